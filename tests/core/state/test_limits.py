from edgenode.core.state.limits import Limits
from edgenode.model.facts import MicroEventClosed, MicroEventOpened

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
