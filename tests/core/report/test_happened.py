"""What people read of a micro-event: each decision with who made it, no everyday work."""

from edgenode.core.observations import (
    EventDeclared,
    OrderAsked,
    Reported,
    Started,
)
from edgenode.core.report.happened import ROWS_MAX, TEXT_MAX
from edgenode.model.facts import FxRate, Mandate
from tests.core.report.lived import STAFF, begun, drop, folded, hedged, report_of, tick
from tests.core.world import SECOND, WETH, intent


def told(world):
    return [(row.what, row.who) for row in folded(world).happened]


def test_begin_pause_resume_and_end_are_told_with_who_did_it():
    rows = told(drop())
    assert rows[0] == ("Friday drop: declared, recorded", STAFF)
    assert ("person restricts node to reducing: crowd", STAFF) in rows
    assert ("person restricts node no more: resumed", STAFF) in rows
    assert rows[-1] == ("The event ends: ended", "rule:calendar")


def test_a_start_of_the_node_is_told():
    world = begun()
    world.observe(Started(boot_tag=2, version="9.9", mode="paper"))
    assert ("The node starts, release 9.9", "rule:node") in told(world)


def test_rates_and_mandates_that_take_effect_are_everyday_work():
    world = begun()
    before = told(world)
    world.adopt(
        Mandate(at_ns=world.now, instrument=WETH, quantity_lots=5, version=1,
                valid_until=world.now + SECOND)
    )  # fmt: skip
    world.adopt(
        FxRate(at_ns=world.now, base="WETH", quote="USDC", bid_ppb=10**12, ask_ppb=10**12,
               as_of=world.now, source="desk")
    )  # fmt: skip
    fold = folded(world)
    assert told(world) == before
    assert fold.mandates == 1


def test_what_the_centre_changes_is_told():
    world = begun()
    world.policy(event_spend_max=1)
    assert ("Policy of the centre takes effect", "centre") in told(world)


def test_another_event_is_not_told_of():
    world = begun()
    world.observe(
        EventDeclared(event_id="ev-2", source="declared", name="other", starts=world.now,
                      ends=world.now + SECOND, actor=STAFF)
    )  # fmt: skip
    tick(world, 30)
    assert len(told(world)) == 1


def test_a_difference_and_its_end_are_told():
    world = begun()
    order = hedged(world)[0]
    world.observe(Reported(report_of(order, lots=7, exec_id="x-more")))
    opened = sorted(world.state.breaks.open)
    assert opened
    assert any(what.startswith(f"Difference {opened[0]}: ") for what, _ in told(world))


def test_what_happened_is_bounded_and_what_is_left_out_is_counted():
    world = begun()
    for number in range(ROWS_MAX + 5):
        world.observe(Started(boot_tag=number + 2, version="v" * 2 * TEXT_MAX, mode="paper"))
    fold = folded(world)
    assert len(fold.happened) == ROWS_MAX
    assert fold.more_happened == 6  # the begin is told too
    assert all(len(row.what) <= TEXT_MAX for row in fold.happened)


def test_a_plan_is_told_with_its_bounds_and_who_answered():
    world = begun()
    world.policy(standard=())
    world.observe(OrderAsked(intent(price=151_000, lots=400), "customer:c1"))
    for _ in range(4):
        tick(world, 30)
    plans = [what for what, _ in told(world) if what.startswith("Larger hedge asked")]
    assert plans
    assert " WETH at " in plans[0]
    assert "USDC" in plans[0]
