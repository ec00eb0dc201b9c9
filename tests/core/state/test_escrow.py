"""Room is held, used and given back as the table of the escrow says, over whole steps."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.observations import OrderAsked, Reported
from edgenode.daemon.paper import PaperWorld
from edgenode.model.venue import BustReport, CorrectReport, FillReport, Finished
from tests.core.gate.orders import declare
from tests.core.world import SECOND, WETH, World, intent
from tests.examples import examples


def ready():
    world = World(PaperWorld(venues=("a", "b")))  # without a quoter
    world.publish("a", 150_000)
    world.publish("b", 150_000)
    return world


def hedge(world, name="H1", side="buy", lots=100, price=150_100, event_id="none"):
    ask = intent(name, side=side, lots=lots, price=price, account="desk:overlay", venue="a",
                 time_in_force="ioc", event_id=event_id)  # fmt: skip
    return world.facts(OrderAsked(ask, "rule:overlay"))[0]


def fill(world, order, lots, *, price=150_050, fee=0, exec_id="x1"):
    world.observe(
        Reported(
            FillReport(
                venue=order.venue, venue_account="desk", scope="venue", exec_id=exec_id,
                order_id=order.order_id, instrument=WETH, side=order.side, quantity_lots=lots,
                price_ticks=price, fee_minor=fee, fee_currency="USDC", venue_time_ns=world.now,
            )
        )
    )  # fmt: skip


def finished(world, order, cum):
    world.observe(
        Reported(
            Finished(venue=order.venue, order_id=order.order_id, reason="canceled", cum_lots=cum)
        )
    )


def cost(world):
    return world.state.grants.accounts["cost-1"]


def cash(world):
    return world.state.grants.accounts["cash-1"]


NOTIONAL = 150_100 * 100 * 100  # at the limit, in micro-USDC
FEE = NOTIONAL * 500 // 1_000_000
ADVERSE = 100 * 100 * 100
UNWIND = 100 * (149_700 * 100 * 500 // 1_000_000 + 300 * 100)  # at the collar below 150,000
KEY = ("desk:overlay", WETH)


def test_a_gated_hedge_holds_cost_unwind_and_cash_at_its_worst_case():
    world = ready()
    order = hedge(world)
    rows = {r.kind: r.amount for r in order.reserved}
    assert rows == {
        "funds": NOTIONAL + FEE, "cost": FEE + ADVERSE, "unwind": UNWIND,
        "cash": NOTIONAL + FEE,
    }  # fmt: skip
    assert cost(world).reserved == FEE + ADVERSE + UNWIND
    assert world.state.limits.used("none") == FEE + ADVERSE + UNWIND


def test_an_unfilled_hedge_gives_all_of_it_back():
    world = ready()
    finished(world, hedge(world), 0)
    assert (cost(world).reserved, cost(world).spent, cash(world).reserved) == (0, 0, 0)
    assert world.state.limits.used("none") == 0
    assert world.state.wallet.held == {}
    world.assert_refolds()


def test_a_fill_spends_what_it_cost_and_keeps_room_for_the_way_back():
    world = ready()
    order = hedge(world)
    fill(world, order, 100, price=150_050, fee=9_000)
    slippage = 50 * 100 * 100
    assert cost(world).spent == slippage + 9_000
    kept = world.state.reservations.kept[KEY]
    assert sum(r.amount for r in kept) == UNWIND
    assert cost(world).reserved == UNWIND
    assert cash(world).spent == 150_050 * 100 * 100 + 9_000


def test_closing_draws_on_the_kept_room_first_and_flat_gives_back_the_rest():
    world = ready()
    fill(world, hedge(world), 100)
    back = hedge(world, "H2", "sell", 100, 149_900)
    rows = {r.kind: r.amount for r in back.reserved}
    notional = 149_900 * 100 * 100
    assert rows["unwind_use"] == notional * 500 // 1_000_000 + ADVERSE
    assert "cost" not in rows
    fill(world, back, 100, price=150_000, exec_id="x2")
    assert world.state.reservations.kept == {}
    assert (cost(world).reserved, cash(world).reserved) == (0, 0)
    assert cash(world).spent == 50 * 100 * 100  # bought at 150,050, sold at 150,000
    world.assert_refolds()


def test_a_late_fill_of_an_ended_order_is_charged_all_the_same():
    world = ready()
    order = hedge(world)
    finished(world, order, 0)
    fill(world, order, 10, price=150_050, fee=1_000)
    assert cost(world).spent == 50 * 10 * 100 + 1_000
    assert world.exposure().overlay_agreed == 10
    world.assert_refolds()


def test_a_micro_events_name_may_hold_any_character():
    world = ready()
    for name in ("a", "a/b", f"b/{WETH}"):
        declare(world, name)
        fill(world, hedge(world, f"{name}1", event_id=name), 100, exec_id=f"{name}1")
        back = hedge(world, f"{name}2", "sell", 100, 149_900, event_id=name)
        assert "cost" not in {r.kind for r in back.reserved}
        fill(world, back, 100, price=150_000, exec_id=f"{name}2")
    assert all(spend.reserved == 0 for spend in world.state.limits.spend.values())
    assert world.state.reservations.kept == {}


def bust(world, exec_id="x1", venue="a"):
    world.observe(
        Reported(BustReport(venue=venue, venue_account="desk", scope="venue", exec_id=exec_id,
                            version=0, detail=""))
    )  # fmt: skip


def test_what_is_taken_back_of_a_working_order_is_held_again():
    world = ready()
    order = hedge(world)
    before = (world.state.reservations.canonical(), cost(world).reserved, cash(world).reserved)
    held = dict(world.state.wallet.held)
    fill(world, order, 40, price=150_050, fee=9_000)
    bust(world)
    assert world.state.orders.orders[order.order_id].remaining_lots == 100
    after = (world.state.reservations.canonical(), cost(world).reserved, cash(world).reserved)
    assert after == before
    assert world.state.wallet.held == held
    assert cash(world).spent == 0
    assert cost(world).spent == 50 * 40 * 100 + 9_000  # cost is monotone
    finished(world, order, 0)
    assert (cost(world).reserved, cash(world).reserved, world.state.wallet.held) == (0, 0, {})
    world.assert_refolds()


def test_a_smaller_correction_of_a_working_order_holds_the_difference_again():
    world = ready()
    order = hedge(world)
    fill(world, order, 40)
    right = FillReport(
        venue="a", venue_account="desk", scope="venue", exec_id="c1", order_id=order.order_id,
        instrument=WETH, side="buy", quantity_lots=30, price_ticks=150_050, fee_minor=0,
        fee_currency="USDC", venue_time_ns=world.now,
    )  # fmt: skip
    world.observe(Reported(CorrectReport(fill=right, refers_to="x1", version=1)))
    rows = {r.kind: r.amount for r in world.state.reservations.orders[order.order_id]}
    assert rows["funds"] >= NOTIONAL * 70 // 100
    assert rows["cash"] >= NOTIONAL * 70 // 100
    (kept,) = world.state.reservations.kept.values()
    assert sum(r.amount for r in kept) + rows["unwind"] == UNWIND
    world.assert_refolds()


def test_a_sale_that_is_taken_back_spends_no_more_than_it_had_restored():
    world = ready()
    fill(world, hedge(world, "S", "sell", 60, 149_900), 60)
    assert cash(world).spent == 0  # nothing was spent that could be restored
    bust(world)
    assert cash(world).spent == 0
    fill(world, hedge(world, "B"), 10, exec_id="b")
    bought = cash(world).spent
    fill(world, hedge(world, "S2", "sell", 60, 149_900), 60, exec_id="s")
    assert cash(world).spent == 0
    bust(world, "s")
    assert cash(world).spent == bought
    world.assert_refolds()


def test_a_rebate_refills_nothing():
    world = ready()
    fill(world, hedge(world), 100, price=150_000, fee=-5_000_000)
    assert (cost(world).spent, world.state.limits.spending("none").spent) == (0, 0)
    assert cash(world).spent == 150_000 * 100 * 100 - 5_000_000


def test_late_and_corrected_fills_are_charged_to_grants_that_are_live():
    world = ready()
    old = cash(world).grant
    world.adopt(replace(old, id="cash-0", limit=10**12, expiry=world.now + SECOND,
                        grace_until=world.now + SECOND))  # fmt: skip
    expired = world.state.grants.accounts["cash-0"]
    world.now += 10 * SECOND
    world.publish("a", 150_000)
    order = hedge(world)
    fill(world, order, 50)
    finished(world, order, 50)
    right = FillReport(
        venue="a", venue_account="desk", scope="venue", exec_id="c1", order_id=order.order_id,
        instrument=WETH, side="buy", quantity_lots=50, price_ticks=150_051, fee_minor=0,
        fee_currency="USDC", venue_time_ns=world.now,
    )  # fmt: skip
    world.observe(Reported(CorrectReport(fill=right, refers_to="x1", version=1)))
    assert (cash(world).spent, expired.spent) == (150_051 * 50 * 100, 0)
    fill(world, order, 10, exec_id="late")
    assert (cash(world).spent, expired.spent) == (150_051 * 50 * 100 + 150_050 * 10 * 100, 0)
    world.assert_refolds()


@settings(max_examples=examples(60))
@given(
    st.lists(
        st.tuples(st.sampled_from(["buy", "sell"]), st.integers(1, 60)), min_size=1, max_size=7
    ),
    st.randoms(use_true_random=False),
)
def test_once_everything_was_taken_back_no_cash_was_ever_spent(run, rng):
    world = ready()
    names = []
    for index, (side, lots) in enumerate(run):
        order = hedge(world, f"H{index}", side, lots, 150_100 if side == "buy" else 149_900)
        if type(order).__name__ == "OrderGated":
            fill(world, order, lots, exec_id=f"x{index}")
            names.append(f"x{index}")
        if names and rng.random() < 0.3:
            bust(world, names.pop(rng.randrange(len(names))))
    rng.shuffle(names)
    for name in names:
        bust(world, name)
    assert (cash(world).spent, cash(world).ahead) == (0, 0)
    assert world.exposure().overlay_agreed == 0
    assert world.state.reservations.canonical() == [[], []]
    world.assert_refolds()


@settings(max_examples=examples(40))
@given(
    st.lists(
        st.tuples(st.sampled_from(["buy", "sell"]), st.integers(1, 120), st.integers(0, 120)),
        max_size=8,
    )
)
def test_nothing_stays_held_once_all_orders_ended_and_the_overlay_is_flat(run):
    world = ready()
    for index, (side, lots, filled) in enumerate(run):
        order = hedge(world, f"H{index}", side, lots, 150_100 if side == "buy" else 149_900)
        if type(order).__name__ != "OrderGated":
            continue
        part = min(lots, filled)
        if part:
            fill(world, order, part, exec_id=f"x{index}")
        finished(world, order, part)
    held = world.exposure().overlay_agreed
    if held:
        closing = hedge(world, "LAST", "sell" if held > 0 else "buy", abs(held),
                        149_900 if held > 0 else 150_100)  # fmt: skip
        assert type(closing).__name__ == "OrderGated", "an unwind is never unfunded"
        fill(world, closing, abs(held), exec_id="last")
    assert cost(world).reserved == cash(world).reserved == 0
    assert world.state.wallet.held == {}
    assert world.state.reservations.canonical() == [[], []]
    assert world.state.limits.used("none") == cost(world).spent
    world.assert_refolds()
