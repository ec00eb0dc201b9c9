"""Risk intake follows the ability to hedge: rooms, and what quotes and the gate do with them."""

import random

import pytest

from edgenode.core.observations import AmendAsked, CancelAsked, OrderAsked, StateAsked, Tick
from edgenode.core.risk import room
from edgenode.daemon.paper import PaperWorld, by_hand
from edgenode.model.facts import GrantRevoked, OrderAmended, OrderGated, VenueLimit
from edgenode.model.ids import DESK_OVERLAY, LOCAL_VENUE, ClientOrderId, is_customer
from edgenode.model.orders import SIDES
from edgenode.model.venue import Finished
from tests.core.gate.orders import names, reasons
from tests.core.orders.sent import fill, say
from tests.core.world import CUSTOMER, SECOND, WETH, World, intent


def hedging(*, published=True, lots=90, **figures):
    """A desk that quotes 5 WETH a side and carries nothing unhedged; venue "a" shows 5 levels."""
    wanted = {"quote_size_lots": 500, "venues": ("a",), "unhedged_max": 0, **figures}
    world = World(PaperWorld(**wanted))
    if published:
        world.publish("a", 150_000, lots=lots)
    world.observe(Tick())
    return world


def rooms(world):
    state, free = world.state, room.without_quote(world.state, WETH)
    instrument = state.rules.instruments[WETH]
    return room.Rooms(state, world.seen, state.rules.policy, instrument, free, world.now)


def of(world, side):
    return rooms(world).of(side)


def quoted(world):
    return world.state.orders.quote_lots(WETH)


def ask(name="T", **more):
    return intent(name, **{"lots": 100, "price": 151_000, "time_in_force": "ioc", **more})


def test_it_is_what_venues_display_within_the_collar_where_money_leaves_more():
    world = hedging()  # 5 levels of 90 lots, the collar is 300 ticks away
    assert of(world, "buy") == (450, "depth")
    assert of(world, "sell") == (450, "depth")
    assert quoted(world) == (450, 450)
    world.policy(collar_ppm=100)  # 15 ticks: two levels
    assert of(world, "sell") == (180, "depth")
    assert quoted(world) == (180, 180)  # in the step that adopted the policy


@pytest.mark.parametrize(
    ("figures", "side", "least"),
    [
        ({"cost_limit": 5}, "sell", "grant_cost"),
        ({"event_spend_max": 3}, "buy", "event_spend"),
        ({"cash_limit": 600, "quote_size_lots": 0}, "sell", "grant_cash"),
        ({"position_lots": 40}, "buy", "grant_position"),
    ],
)
def test_it_is_the_least_of_money_caps_and_grants(figures, side, least):
    world = hedging(**figures)
    found = of(world, side)
    assert found.least == least
    assert 0 < found.lots < 450


def test_it_is_the_least_of_balances_and_venue_limits():
    world = hedging(funds_lots=70)
    assert of(world, "buy") == (70, "inventory")
    world.adopt(VenueLimit(at_ns=world.now, venue="a", gross_notional_max=60_000 * 10**4))
    assert of(world, "buy") == (40, "venue_gross")


@pytest.mark.parametrize(
    ("change", "least"),
    [
        (lambda world: world.policy(overlay_enabled=False), "overlay"),
        (lambda world: world.policy(overlay_venues=()), "overlay"),
        (lambda world: world.books.clear(), "venues"),
        (
            lambda world: world.observe(
                StateAsked(scope="venue:a", state="halted", reason="", actor="p")
            ),
            "venues",
        ),
        (lambda world: world.adopt(GrantRevoked(at_ns=1, id="cost-1", reason="")), "grant_cost"),
    ],
)
def test_it_is_nothing_where_nothing_can_hedge_and_no_new_risk_passes(change, least):
    world = hedging()
    change(world)
    world.observe(Tick())
    assert of(world, "sell") == (0, least)
    assert quoted(world) == (0, 0)
    found = [r for r in reasons(world, ask()) if r.name == "hedge_room"]
    assert [(r.code, r.limit, r.value) for r in found] == [("EN111", "0.00", "1.00")]
    world.policy(unhedged_max=99)
    assert quoted(world)[0] <= 99
    assert "hedge_room" in names(world, ask(lots=100))
    assert "hedge_room" not in names(world, ask(lots=99))


def test_at_no_room_what_reduces_passes_and_is_quoted_alone():
    world = hedging()
    world.observe(OrderAsked(ask(lots=300), CUSTOMER))
    assert world.exposure().net_agreed == -300
    world.policy(overlay_enabled=False)
    assert quoted(world) == (300, 0)
    standing = world.state.orders.quotes[WETH]
    plain = 150_009 * (10**6 - 700) // 10**6  # of 500 wanted lots 200 have no room: 700 ppm
    assert abs(standing.bid_ticks - plain) <= 1
    sell = {"side": "sell", "price": 149_000}
    assert names(world, ask("S", lots=300, **sell)) == []
    assert names(world, ask("S", lots=301, **sell)) == ["hedge_room"]
    assert names(world, ask("B", lots=1)) == ["hedge_room"]


def test_an_order_that_works_may_be_changed_to_less_though_its_room_is_gone():
    world = hedging()
    day = ask("D", side="sell", lots=300, price=153_000, time_in_force="day")
    (gated, *_) = world.facts(OrderAsked(day, CUSTOMER))

    def change(gated, name, lots, price):
        asked = AmendAsked(order_id=gated.order_id, client_order_id=ClientOrderId(name),
                           quantity_lots=lots, price_ticks=price, actor=CUSTOMER)  # fmt: skip
        return world.facts(asked)[0]

    world.policy(overlay_enabled=False)
    for name, lots, price in (("LESS", 200, 153_000), ("AWAY", 200, 153_100)):
        assert isinstance(change(gated, name, lots, price), OrderAmended)
    for name, lots, price in (("MORE", 201, 153_100), ("NEAR", 200, 153_099)):
        denied = change(gated, name, lots, price)
        assert [reason.name for reason in denied.reasons] == ["hedge_room"]


def test_the_spread_widens_as_the_room_shrinks():
    plain, scarce = hedging(lots=100), hedging(lots=50)
    wide, narrow = (w.state.orders.quotes[WETH] for w in (scarce, plain))
    assert (narrow.bid_lots, narrow.bid_ticks, narrow.ask_ticks) == (500, 149_925, 150_075)
    assert (wide.bid_lots, wide.bid_ticks, wide.ask_ticks) == (250, 149_887, 150_113)  # 750 ppm


def test_what_was_hedged_gives_its_room_back_and_what_is_open_uses_it():
    world = hedging()
    world.observe(OrderAsked(ask(lots=300), CUSTOMER))
    assert of(world, "sell").lots == 450 - 300
    hedge = ask("H", lots=300, account="desk:overlay", venue="a", price=150_100)
    assert world.facts(OrderAsked(hedge, "rule"))
    assert of(world, "sell").lots == 450 - 300  # it may not execute: the worst end counts


def test_what_closes_a_hedge_needs_no_cost_of_its_own():
    world = hedging(cost_limit=1)
    before = of(world, "buy")
    assert before.least == "grant_cost"
    hedge = ask("H", lots=20, account="desk:overlay", venue="a", price=150_010)
    order_id = world.facts(OrderAsked(hedge, "rule"))[0].order_id
    say(world, fill(order_id, lots=20))
    assert of(world, "buy").lots >= before.lots - 20 - 20  # its cost, and net; 20 lots close


@pytest.mark.parametrize("seed", range(10))
def test_nothing_new_is_taken_or_quoted_beyond_the_room(seed):
    """Law: rooms that come and go; no accepted order and no quote is beyond its room."""
    rng = random.Random(seed)
    world = hedging(
        cost_limit=rng.choice((2, 20, 1_000)), unhedged_max=rng.choice((0, 0, 50)),
        static_reference_ticks=150_000,
    )  # fmt: skip
    for number in range(100):
        world.now += rng.choice((0, 1, 15)) * SECOND
        if rng.random() < 0.7:
            world.publish("a", 150_000 + rng.randint(-300, 300), lots=rng.choice((0, 5, 90)))
        if rng.random() < 0.1:
            world.policy(overlay_enabled=rng.random() < 0.6)
        side = rng.choice(SIDES)
        asked = ask(f"T{number}", side=side, lots=rng.randint(1, 400),
                    price=150_000 + rng.randint(-900, 900),
                    time_in_force=rng.choice(("ioc", "day")))  # fmt: skip
        state = world.state
        world.observe(Tick())
        limits = {one: rooms(world).admitted(one, 10**9) for one in SIDES}
        assert all(lots <= limits[one] for one, lots in zip(SIDES, quoted(world), strict=True))
        before = room.without_quote(state, WETH).net.worst
        for fact in world.facts(OrderAsked(asked, CUSTOMER)):
            if isinstance(fact, OrderGated) and is_customer(fact.account):
                assert fact.venue == LOCAL_VENUE
                assert fact.quantity_lots <= limits["sell" if side == "buy" else "buy"]
        after = room.without_quote(state, WETH).net.worst
        if not max(limits.values()):
            assert after <= before
    world.assert_refolds()


def test_a_box_by_hand_carries_risk_only_where_it_has_no_outside_venue():
    assert by_hand().unhedged_max == 10_000
    assert by_hand(("a",)).unhedged_max == 0


def test_what_may_have_been_closed_already_draws_on_no_kept_money():
    """A purchase told with two contents: at its worse end less is left to close."""
    world = hedging(cost_limit=2, unhedged_max=1_000)
    asked = {"account": "desk:overlay", "venue": "a"}
    first = ask("H", lots=20, side="sell", price=149_990, **asked)
    order_id = world.facts(OrderAsked(first, "rule"))[0].order_id
    say(world, fill(order_id, lots=20, side="sell"))
    back = ask("B", lots=8, price=150_010, **asked)
    order_id = world.facts(OrderAsked(back, "rule"))[0].order_id
    say(world, fill(order_id, "x2", lots=5))
    world.observe(CancelAsked(order_id, CUSTOMER))
    say(world, Finished(venue="a", order_id=order_id, reason="canceled", cum_lots=5))
    before = rooms(world).overlay("buy")
    say(world, fill(order_id, "x2", lots=8))
    after = rooms(world).overlay("buy")
    assert world.state.fills.span(DESK_OVERLAY, WETH) == (0, 3)
    assert (before.least, after.least) == ("grant_cost", "grant_cost")
    assert after.lots <= before.lots - 3
