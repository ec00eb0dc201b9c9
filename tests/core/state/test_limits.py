from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.state.limits import DAYS_KEPT, Limits
from edgenode.model.facts import (
    MicroEventClosed,
    MicroEventOpened,
    TimeTrusted,
    TradingDayOpened,
)
from edgenode.model.ids import NO_EVENT

SECOND = 1_000_000_000


def event(id_, starts, ends):
    return MicroEventOpened(
        at_ns=0, event_id=id_, source="scheduled", name=id_, starts=starts, ends=ends
    )


def test_the_micro_event_that_began_last_tags_what_happens():
    limits = Limits()
    limits.event_opened(event("day", 0, 100))
    limits.event_opened(event("drop", 10, 20))
    assert [limits.event_at(t) for t in (0, 10, 19, 20, 100)] == [
        "day", "drop", "drop", "day", "none",
    ]  # fmt: skip
    assert limits.ended(20) == ["drop"]
    limits.event_closed(MicroEventClosed(at_ns=20, event_id="drop", reason="ended"))
    assert limits.event_at(15) == "day"


def test_messages_are_counted_by_venue_and_event_within_one_market_second():
    limits = Limits()
    for now in (0, SECOND - 1, SECOND):
        limits.count("a", "drop", now)
    for scope in ("venue:a", "event:drop"):
        assert limits.messages(scope, SECOND) == 1
        assert limits.messages(scope, 2 * SECOND) == 0
    assert limits.messages("venue:b", SECOND) == 0


def test_reading_an_events_use_leaves_no_trace():
    limits = Limits()
    before = limits.canonical()
    assert limits.used("e1") == 0
    assert limits.canonical() == before
    limits.spending("e1").spent += 5
    limits.spending("e1").reserved += 2
    assert limits.used("e1") == 7


def day(number, hour=0):
    return (number * 24 + hour) * 3600 * SECOND


def test_what_belongs_to_no_event_is_capped_by_trading_day_and_an_event_as_a_whole():
    limits = Limits(newest_ns=day(3))
    for event_id in (NO_EVENT, "drop"):
        limits.book_spent(event_id, 40)
        limits.spending(event_id).reserved += 2
    assert limits.used(NO_EVENT, day(3, 23)) == limits.used("drop", day(3, 23)) == 42
    assert limits.used(NO_EVENT, day(4)) == 2  # open orders count on
    assert limits.used("drop", day(4)) == 42
    limits.newest_ns = day(4)
    assert limits.used(NO_EVENT, day(3)) == 2  # a clock set back asks for today all the same
    limits.book_spent(NO_EVENT, 1)
    assert limits.spent(NO_EVENT) == 1


def test_a_clock_that_was_set_back_does_not_renew_the_days_cap():
    limits = Limits(newest_ns=day(9))
    limits.book_spent(NO_EVENT, 40)
    limits.time_trusted(TimeTrusted(at_ns=day(5), trusted_ns=day(5), evidence=""))
    assert limits.spent(NO_EVENT, day(5)) == 40
    assert limits.spent(NO_EVENT, day(6)) == 0
    limits.time_anew(day(2))
    assert limits.spent(NO_EVENT, day(2)) == 40


class Days:
    """The rule said again: what a clock dated to days that had not come was of the day at hand."""

    def __init__(self):
        self.now, self.spent, self.begun = 500, [], []

    def trusted(self, day_):
        self.spent = [(min(label, day_), amount) for label, amount in self.spent]
        first = [(label, pnl) for label, pnl in self.begun if label >= day_][:1]
        self.begun = [row for row in self.begun if row[0] < day_]
        self.begun += [(day_, pnl) for _, pnl in first]
        self.now = day_


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("spend"), st.integers(1, 9)),
            st.tuples(st.just("ahead"), st.integers(0, 3)),
            st.tuples(st.just("trusted"), st.integers(0, 4)),
        ),
        max_size=20,
    )
)
def test_days_that_a_clock_was_ahead_renew_neither_cap_nor_losses_of_the_day_at_hand(steps):
    limits, model = Limits(newest_ns=day(500)), Days()
    for number, (what, amount) in enumerate(steps):
        if what == "spend":
            limits.book_spent(NO_EVENT, amount)
            model.spent.append((model.now, amount))
        elif what == "ahead":
            model.now += amount
            limits.newest_ns = day(model.now)
            if model.now > limits.day:
                limits.day_opened(TradingDayOpened(
                    at_ns=day(model.now), day=model.now, pnl_minor=number, none_pnl_minor=-number,
                ))  # fmt: skip
                model.begun.append((model.now, number))
        else:
            model.trusted(model.now - amount)
            at_ns = day(model.now)
            limits.time_trusted(TimeTrusted(at_ns=at_ns, trusted_ns=at_ns, evidence=""))
        today = [spent for label, spent in model.spent if label == model.now]
        assert limits.spent(NO_EVENT, day(model.now)) == sum(today)
        if model.begun:
            assert (limits.day, limits.pnl_begun(None)) == model.begun[-1]
            assert limits.pnl_begun(NO_EVENT) == -model.begun[-1][1]


def test_what_an_event_had_spent_counts_on_where_its_end_had_not_come():
    limits = Limits(newest_ns=day(5))
    limits.event_opened(event("drop", day(5), day(6)))
    limits.book_spent("drop", 40)
    limits.newest_ns = day(6)
    limits.event_closed(MicroEventClosed(at_ns=day(6), event_id="drop", reason="ended"))
    limits.book_spent(NO_EVENT, 1)
    assert limits.spent("drop") == 0
    limits.time_trusted(TimeTrusted(at_ns=day(5, 1), trusted_ns=day(5, 1), evidence=""))
    assert limits.spent("drop") == 40


def test_figures_of_a_few_earlier_days_are_kept():
    limits = Limits()
    for number in range(100):
        limits.newest_ns = day(number)
        limits.book_spent(NO_EVENT, 1)
    assert len(limits.earlier) == DAYS_KEPT


def test_spend_of_ended_events_is_forgotten_once_the_day_is_over_and_nothing_is_open():
    """Law: the counters are those of open events, and of what an ended one has open."""
    limits = Limits(newest_ns=day(3))
    for number in range(100):
        event_id = f"e{number}"
        limits.event_opened(
            MicroEventOpened(at_ns=0, event_id=event_id, source="declared", name="", starts=0,
                             ends=day(3))
        )  # fmt: skip
        limits.book_spent(event_id, 5)
        limits.event_closed(MicroEventClosed(at_ns=0, event_id=event_id, reason="ended"))
    limits.spending("e7").reserved += 1
    assert len(limits.spend) == 100  # told until the day is over
    limits.day_opened(TradingDayOpened(at_ns=day(4), day=4, pnl_minor=0, none_pnl_minor=0))
    assert set(limits.spend) == {"e7"}
