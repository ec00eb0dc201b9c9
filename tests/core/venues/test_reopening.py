"""An order that had ended here and of which its venue says that it works: it works again."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edgenode.core.breaks.executions import versions
from edgenode.core.observations import Difference, OrderAsked, Reconciled
from edgenode.core.venues.reopening import ENDED_HERE
from edgenode.model.facts import OrderDone
from edgenode.model.ids import DESK_OVERLAY
from edgenode.model.orders import OrderState
from edgenode.model.venue import Acked, BustReport, CorrectReport, Finished, NotKnown, NotSent
from tests.core.breaks.test_resolving import held, ids, interval, resolve
from tests.core.hedge.laws import assert_programmes
from tests.core.orders.sent import fill, say, sent
from tests.core.orders.test_evidence import RICH
from tests.core.world import SECOND, World, intent


def never_received(world, order_id):
    for _ in range(2):
        world.now += 11 * SECOND
        say(world, NotKnown(venue="a", order_id=order_id))


def listed(world, order_id):
    found = Difference(type="open_order", subject=f"a/{order_id}", venue_says="1", we_say="0")
    told = Reconciled(venue="a", differences=(found,), lasting=(found,))
    return [type(fact).__name__ for fact in world.facts(told)]


def test_an_order_that_was_never_received_and_works_is_in_the_worst_case_and_canceled():
    world, order_id = sent()
    reserved = world.state.reservations.orders[order_id]
    never_received(world, order_id)
    assert interval(world) == (0, 0)
    assert say(world, Acked(venue="a", order_id=order_id))[:2] == ["OrderReopened", "CancelSent"]
    order = world.state.orders.orders[order_id]
    assert (order.state, order.cancel_sent) == (OrderState.UNKNOWN, True)
    assert interval(world) == (0, 100)
    assert world.state.reservations.orders[order_id] == reserved
    say(world, fill(order_id, lots=30))
    say(world, Finished(venue="a", order_id=order_id, reason="canceled", cum_lots=30))
    assert (interval(world), order.done_reason) == ((30, 30), "canceled")
    assert_programmes(world.state)
    world.assert_refolds()


def test_what_a_venue_ended_by_its_own_word_works_again_where_its_snapshots_list_it():
    world, order_id = sent()
    say(world, Finished(venue="a", order_id=order_id, reason="canceled", cum_lots=0))
    assert say(world, Acked(venue="a", order_id=order_id)) == [], "that was said before"
    assert listed(world, order_id)[:3] == ["BreakOpened", "OrderReopened", "CancelSent"]
    assert interval(world) == (0, 100)


def test_one_that_has_left_the_state_is_found_again():
    world, order_id = sent()
    say(world, Finished(venue="a", order_id=order_id, reason="canceled", cum_lots=0))
    world.close_orders()
    assert listed(world, order_id) == ["BreakOpened"]
    assert "OrderReopened" in say(world, Acked(venue="a", order_id=order_id))
    assert interval(world) == (0, 100)


@pytest.mark.parametrize("closed", [False, True])
def test_one_that_was_never_received_and_executes_in_part_is_in_the_worst_case(closed):
    for kind, lots in (("fill", 10), ("correction", 9)):
        world, order_id = sent()
        never_received(world, order_id)
        if closed:
            world.close_orders()
        report = fill(order_id, "c1", lots)
        if kind == "correction":
            report = CorrectReport(fill=report, refers_to="x1", version=1)
        assert say(world, report)[:2] == ["OrderReopened", "CancelSent"]
        order = world.state.orders.orders[order_id]
        assert (order.state, order.cancel_sent) == (OrderState.UNKNOWN, True)
        assert interval(world) == (lots, 100)
        assert ids(world, "after_end"), "a person looks at what was taken for never received"
        say(world, Finished(venue="a", order_id=order_id, reason="canceled", cum_lots=lots))
        assert interval(world) == (lots, lots)
        assert_programmes(world.state)
        world.assert_refolds()


def test_one_that_was_never_received_and_executes_in_full_has_ended():
    world, order_id = sent()
    never_received(world, order_id)
    assert "OrderReopened" not in say(world, fill(order_id, lots=100))
    assert interval(world) == (100, 100)


STEP = st.one_of(
    st.tuples(st.just("works")),
    st.tuples(st.just("listed")),
    st.tuples(st.just("not known")),
    st.tuples(st.just("not sent")),
    st.tuples(st.just("close")),
    st.tuples(st.just("never happened")),
    st.tuples(st.just("fill"), st.integers(1, 60)),
    st.tuples(st.just("end"), st.sampled_from(("canceled", "rejected", "expired"))),
)
STEPS = st.lists(STEP, max_size=10)


def ask(world, order_id, step, lots):
    """Let the venue, or people, say one thing; its executions are told apart."""
    match step:
        case ("works",):
            say(world, Acked(venue="a", order_id=order_id))
        case ("listed",):
            listed(world, order_id)
            say(world, Acked(venue="a", order_id=order_id))  # as the executor asks
        case ("not known",):
            never_received(world, order_id)
        case ("not sent",):
            say(world, NotSent(venue="a", order_id=order_id, detail="d"))
        case ("close",):
            world.close_orders()
        case ("end", reason):
            say(world, Finished(venue="a", order_id=order_id, reason=reason, cum_lots=lots))
        case _:
            for person in ("ann", "bob"):
                for break_id in ids(world, "forgotten"):
                    resolve(world, break_id, "never_happened", person)


def is_open(world, order_id):
    order = world.state.orders.orders.get(order_id)
    return order is not None and order.state is not OrderState.DONE


def newest_end(world):
    return [r.fact for r in world.recorded if isinstance(r.fact, OrderDone)][-1]


@given(STEPS)
def test_whatever_ends_and_works_again_its_books_are_as_its_last_word(steps):
    world, order_id = sent()
    lots = 0
    for number, step in enumerate(steps):
        ended = not is_open(world, order_id)
        here = ended and newest_end(world).reason in ENDED_HERE
        if step[0] == "fill":
            say(world, fill(order_id, f"x{number}", step[1]))
            lots += step[1]
        else:
            ask(world, order_id, step, lots)
        works = is_open(world, order_id)
        assert works or step[0] != "listed" or lots >= 100
        assert works or not here or step[0] != "fill" or lots >= 100
        assert held(world) == lots
        assert interval(world) == (lots, max(lots, 100) if works else lots)
        assert (order_id in world.state.reservations.orders) == (works and lots < 100)
        assert not (works and ended) or world.state.orders.orders[order_id].cancel_sent
    assert_programmes(world.state)
    world.assert_refolds()


BUST = ("bust",)
ROUNDED = 20  # minor units that rows may be rounded by, of some 15,000,000 for a lot


def accepted(world, order_id, *, in_grace):
    """Let each grant of an order have expired just before, or behind, the order was accepted."""
    grants, rows = world.state.grants.accounts, Counter()
    for row in world.state.reservations.orders[order_id]:
        if row.grant in grants:
            rows[row.grant] += row.amount
    for id_, amount in rows.items():
        account = grants[id_]
        account.grant = replace(account.grant, expiry=world.now + (0 if in_grace else 1))
        account.grace_used += amount if in_grace else 0
    world.now += SECOND
    return rows


def taken_back(world, booked):
    """Let the venue take back its last execution."""
    if booked:
        exec_id, _ = booked.popitem()
        say(world, BustReport(
            venue="a", venue_account="desk", scope="venue", version=1, detail="", exec_id=exec_id,
        ))  # fmt: skip


@given(st.lists(st.one_of(st.just(BUST), STEP), max_size=12), st.booleans())
@example([("fill", 60), BUST] * 6 + [("end", "canceled")], False)
@example([("fill", 60), BUST] * 6 + [("end", "canceled")], True)
@example([("not known",), ("fill", 60), ("works",), BUST, ("end", "canceled")], True)
@example([("fill", 60), ("end", "canceled"), BUST, ("listed",)] * 3, True)
def test_an_order_uses_the_reducing_reserve_once_and_only_if_it_was_accepted_in_grace(
    steps, in_grace
):
    world, order_id = sent()
    grants = world.state.grants.accounts
    rows = accepted(world, order_id, in_grace=in_grace)
    booked = {}
    for number, step in enumerate(steps):
        if step == BUST:
            taken_back(world, booked)
        elif step[0] == "fill":
            booked[f"x{number}"] = step[1]
            say(world, fill(order_id, f"x{number}", step[1]))
        else:
            ask(world, order_id, step, sum(booked.values()))
        for id_, amount in rows.items():
            used = grants[id_].grace_used
            assert 0 <= used <= in_grace * (amount + ROUNDED)
            if in_grace and is_open(world, order_id):
                assert used >= amount - ROUNDED
    if is_open(world, order_id) and not booked:
        ask(world, order_id, ("end", "canceled"), 0)
        for id_ in rows:
            assert grants[id_].grace_used <= ROUNDED


def test_what_it_holds_in_grace_is_given_back_once_whatever_became_of_the_clock():
    world, order_id = sent()
    grants = world.state.grants.accounts
    rows = [row for row in world.state.reservations.orders[order_id] if row.grant in grants]
    for row in rows:  # as if the order had been accepted after each grant's expiry
        account = grants[row.grant]
        account.grant = replace(account.grant, expiry=world.now)
        account.grace_used += row.amount
    never_received(world, order_id)
    world.state.limits.newest_ns = world.now - 3600 * SECOND  # a clock that was ahead is right
    say(world, Acked(venue="a", order_id=order_id))
    say(world, NotSent(venue="a", order_id=order_id, detail="d"))
    assert [grants[row.grant].grace_used for row in rows] == [0] * len(rows)


def resting(tif="day"):
    """Return a world and an order at venue a that rests."""
    world = World(RICH)
    world.publish("a", 150_000)
    ask = intent("H", account=DESK_OVERLAY, venue="a", lots=100, price=150_100, time_in_force=tif)
    return world, world.facts(OrderAsked(ask, "rule:overlay"))[0].order_id


BUST_ = BustReport(venue="a", venue_account="desk", scope="venue", exec_id="x2", version=1,
                   detail="")  # fmt: skip


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize("end", [None, 60, 100])
def test_one_that_we_took_for_filled_is_open_once_some_of_it_is_taken_back(closed, end):
    """Its venue never said that it ended; what it says from then on counts."""
    world, order_id = resting()
    say(world, fill(order_id, "x1", 60))
    assert "OrderDone" in say(world, fill(order_id, "x2", 40))
    if closed:
        world.close_orders()
    assert say(world, BUST_)[-2:] == ["OrderReopened", "CancelSent"]
    assert interval(world) == (60, 100)
    world.assert_refolds()
    if end is None:
        assert say(world, Acked(venue="a", order_id=order_id)) == ["OrderWorking"]
        say(world, fill(order_id, "x3", 40))
        assert interval(world) == (100, 100)
        assert not ids(world, "after_end")
    else:
        say(world, Finished(venue="a", order_id=order_id, reason="filled", cum_lots=end))
        assert interval(world) == (60, end)
    world.assert_refolds()


@pytest.mark.parametrize("lots", [(60, 40), (40, 60)])
def test_a_decision_that_is_corrected_leaves_an_order_as_if_it_had_been_made_at_once(lots):
    ends = []
    for first in (False, True):
        world, order_id = resting()
        for some in lots:
            say(world, fill(order_id, lots=some))
        (name,) = ids(world, "fill_content")
        broken = world.state.breaks.open[name]
        told = {v.quantity_lots: v.content_hash.hex() for v in versions(world.state, broken)}
        for version in (f"{told[60]},{told[40]}", told[60])[not first :]:
            for person in ("ann", "bob"):
                resolve(world, name, "version", person, version=version)
        ends.append((interval(world), world.state.orders.orders[order_id].filled_lots))
        world.assert_refolds()
    assert ends == [((60, 100), 60)] * 2


def test_what_is_disputed_of_a_filled_order_may_have_executed():
    world, order_id = resting()
    say(world, fill(order_id, lots=100))
    assert "OrderReopened" not in say(world, fill(order_id, lots=60))
    assert interval(world) == (60, 100)


@pytest.mark.parametrize("tif", ["ioc", "fok"])
def test_one_that_never_rests_has_ended_by_its_own_terms(tif):
    world, order_id = resting(tif)
    say(world, fill(order_id, "x2", 100))
    assert "OrderReopened" not in say(world, BUST_)
    assert interval(world) == (0, 0)
