"""A micro-event is told by its ledger alone, and what is told is what the state knows."""

from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.observations import OrderAsked, Reported
from edgenode.core.report.event import EventFold
from edgenode.core.state import snapshot
from edgenode.core.state.digest import digest
from edgenode.model.venue import BustReport, NotAnswered
from tests.core.report.lived import (
    EVENT,
    STAFF,
    begun,
    drop,
    ended,
    folded,
    hedged,
    report_of,
    tick,
)
from tests.core.world import LEDGER, WETH, intent


def test_a_report_says_when_it_began_who_declared_it_and_how_it_ended():
    world = drop()
    fold = folded(world)
    assert (fold.opened.name, fold.opened.source, fold.opened_by) == (
        "Friday drop", "declared", STAFF,
    )  # fmt: skip
    assert fold.closed.reason == "ended"
    assert fold.opened_seq < fold.closed_seq <= fold.last_seq
    assert not fold.open_orders
    assert not fold.open_breaks


def test_the_fold_of_a_report_is_the_fold_of_the_ledger():
    world = drop()
    assert digest(folded(world).state) == digest(world.state)


def test_customers_orders_are_counted_with_why_they_were_turned_away():
    world = drop()
    fold = folded(world)
    assert fold.customers.taken >= 1
    assert fold.customers.denied == 1
    assert {code for code, _ in fold.customers.why} == {"EN121"}
    assert fold.hedges.taken == fold.trades.of[WETH].hedge_fills > 0


def test_another_event_has_its_own_figures():
    fold = folded(drop(), "ev-2")
    assert fold.opened is None
    assert not fold.trades.of
    assert fold.customers.taken == 0


def test_what_was_spent_is_what_the_limit_counted():
    world = begun()
    hedged(world)
    fold = folded(world)
    assert fold.spent_minor == world.state.limits.spent(EVENT) > 0
    assert fold.spent_minor == fold.trades.of[WETH].cost_minor
    assert fold.used_max_minor >= fold.spent_minor


def test_the_spend_is_told_after_the_day_on_which_the_state_forgets_it():
    world = begun()
    hedged(world)
    spent = world.state.limits.spent(EVENT)
    ended(world)
    tick(world, 2 * 86_400)
    world.observe(OrderAsked(intent("T9", price=151_000, lots=10), "customer:c1"))
    assert folded(world).spent_minor == spent


def test_exposure_is_followed_and_the_worst_is_told():
    world = begun()
    hedged(world, lots=400)
    path = folded(world).paths[WETH]
    assert path.bare_worst.bare == -400
    assert path.worst.worst >= 400
    assert abs(path.points[-1].net) < 400
    assert [at.at_ns for at in path.points] == sorted(at.at_ns for at in path.points)


def test_an_answer_that_is_missing_is_told_and_open():
    world = begun()
    world.observe(OrderAsked(intent("T1", price=151_000, lots=400), "customer:c1"))
    order = next(iter(tick(world, 30)))
    world.observe(
        Reported(NotAnswered(venue=order.venue, order_id=order.order_id, detail="no answer"))
    )
    ended(world)
    fold = folded(world)
    assert fold.unknown >= 1
    assert order.order_id in {o.gated.order_id for o in fold.open_orders}
    assert any("Answer missing" in row.what for row in fold.happened)


def test_a_difference_that_came_meanwhile_is_told_until_it_is_explained():
    world = begun()
    order = hedged(world)[0]
    stranger = report_of(order, lots=7, exec_id="x-other")
    world.observe(Reported(stranger))  # more than was ordered
    fold = folded(world)
    assert [one.break_id for one in fold.open_breaks] == sorted(world.state.breaks.open)


def test_a_report_from_a_snapshot_before_it_says_the_same():
    world = drop()
    before = next(r.entry.seq for r in world.recorded if r.entry.kind == "MicroEventOpened") - 1
    early = EventFold(folded(world, upto=before).state, EVENT)
    early.state = snapshot.load(LEDGER, snapshot.dump(early.state))
    for recorded in world.recorded[before:]:
        early.take(recorded.entry)
    whole = folded(world)
    assert early.trades == whole.trades
    assert early.paths == whole.paths
    assert early.happened == whole.happened


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 3), max_size=6), st.booleans())
def test_whatever_venues_take_back_the_lots_told_are_those_that_are_booked(steps, late):
    world = begun(minutes=600)
    for number, step in enumerate(steps):
        hedges = hedged(world, lots=40 * (step + 1), name=f"N{number}")
        if hedges and (step % 2 or late):
            order = hedges[0]
            bust = BustReport(
                venue=order.venue, venue_account="desk", scope="venue",
                exec_id=f"x-{order.order_id}", version=1, detail="bust",
            )  # fmt: skip
            world.observe(Reported(bust))
    fold = folded(world)
    traded = fold.trades.of.get(WETH)
    held = world.state.positions.desk(EVENT, WETH)
    if traded is None:
        assert held.lots == 0
        return
    assert traded.hedges_bought - traded.hedges_sold == held.overlay_lots
    assert traded.customers_sold - traded.customers_bought == held.book_lots
    assert fold.trades.changed == sum(1 for r in world.recorded if r.entry.kind == "FillBusted")


def test_ledger_of_a_report_is_the_one_that_was_folded():
    assert folded(drop()).state.ledger == LEDGER
