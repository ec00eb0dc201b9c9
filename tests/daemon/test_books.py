"""What the books say outside: micro-events that run, and the money that hedging has used."""

import random
from decimal import Decimal

import pytest

from edgenode.core.observations import EventDeclared, OrderAsked, Reported, Tick
from edgenode.daemon.paper import PaperWorld
from edgenode.daemon.view import books
from edgenode.model.facts import GrantRevoked
from edgenode.model.ids import DESK_BOOK, DESK_OVERLAY
from edgenode.model.orders import sign
from tests.core.orders.sent import fill, sent
from tests.core.risk.test_room import hedging
from tests.core.world import SECOND, START, WETH, World, intent


def declared(world, event_id, starts_s, ends_s):
    world.observe(
        EventDeclared(
            event_id=event_id, source="declared", name=event_id.upper(), actor="person:p",
            starts=START + starts_s * SECOND, ends=START + ends_s * SECOND,
        )
    )  # fmt: skip


def test_an_event_is_listed_from_its_beginning_to_its_end_before_any_money_is_spent():
    world = World()
    declared(world, "fomc", 10, 60)
    seen = [books.events(world.state, START + s * SECOND) for s in (9, 10, 59, 60)]
    assert [len(rows) for rows in seen] == [0, 1, 1, 0]
    assert seen[1] == [
        {"event_id": "fomc", "name": "FOMC", "running": True, "ends": "2022-07-27T17:41:00.000Z",
         "spent": "0.00", "reserved": "0.00", "cap": "250.00", "currency": "USDC"}
    ]  # fmt: skip
    assert world.state.limits.spend == {}  # looking makes no counters


def test_what_runs_stands_before_what_only_cost_something():
    world, id_ = sent()
    world.observe(Reported(fill(id_)))
    declared(world, "zeta", 0, 60)
    declared(world, "alpha", 90, 99)
    rows = books.events(world.state, world.now)
    assert [(row["event_id"], row["running"]) for row in rows] == [("zeta", True), ("none", False)]


def test_hedging_money_is_what_live_cost_grants_have_given_away():
    world, id_ = sent()
    before = books.hedging_money(world.state, world.now)
    assert (before["granted"], before["currency"]) == ("1000.00", "USDC")
    world.observe(Reported(fill(id_)))
    cost = next(row for row in books.wallet(world.state, world.now) if row["kind"] == "cost")
    left = Decimal(cost["granted"]) - Decimal(cost["available"])
    told = books.hedging_money(world.state, world.now)
    assert Decimal(told["used"]) == left > 0
    forever = world.now + 100 * 365 * 24 * 3600 * SECOND
    assert books.hedging_money(world.state, forever) is None
    assert books.hedging_money(World(funded=False).state, START) is None


@pytest.mark.parametrize("seed", range(15))
def test_a_position_grant_is_spent_by_what_is_held_and_reserved_by_what_is_open(seed):
    """Both together are the larger use of the two desk accounts, on each side."""
    rng = random.Random(seed)
    world = World(PaperWorld(quote_size_lots=500, venues=("a",)))
    for number in range(6):
        world.now += SECOND
        world.publish("a", 150_000)
        world.observe(Tick())
        side = rng.choice(("buy", "sell"))
        price = 152_000 if side == "buy" else 148_000
        world.observe(OrderAsked(intent(f"T{number}", side=side, lots=rng.randint(1, 300),
                                        price=price, time_in_force="ioc"), "c"))  # fmt: skip
        state = world.state
        rows = {r["side"]: r for r in books.wallet(state, world.now) if r["kind"] == "position"}
        for side, row in rows.items():
            held = [state.positions.net(a, WETH) * sign(side) for a in (DESK_BOOK, DESK_OVERLAY)]
            uses = [state.position_use(a, WETH, side) for a in (DESK_BOOK, DESK_OVERLAY)]
            assert int(row["spent"]) in {max(0, lots) for lots in held}
            assert int(row["spent"]) + int(row["reserved"]) == max(uses)
            assert int(row["available"]) == int(row["granted"]) - max(uses)


def test_before_any_trade_a_quote_reserves_of_position_grants_and_spends_nothing():
    world = World()
    world.publish("a", 150_000)
    world.observe(Tick())
    rows = [row for row in books.wallet(world.state, world.now) if row["kind"] == "position"]
    assert [(row["reserved"], row["spent"]) for row in rows] == [("500", "0"), ("500", "0")]


@pytest.mark.parametrize(
    ("lost", "side", "said"),
    [
        ("cost-1", "sell", "no cost grant"),
        ("cash-1", "sell", "no cash grant"),
        ("position-buy", "sell", "no grant to buy the hedge"),
        ("position-sell", "buy", "no grant to sell the hedge"),
    ],
)
def test_a_room_that_a_missing_grant_bounds_says_that_it_is_missing(lost, side, said):
    world = hedging()
    world.adopt(GrantRevoked(at_ns=1, id=lost, reason=""))
    rows = books.hedge_room(world.state, world.seen, world.now)
    (row,) = [row for row in rows if row["side"] == side]
    assert (row["quantity"], row["bounded_by"]) == ("0.00", said)


def test_a_room_that_a_grant_bounds_names_the_grant():
    world = hedging(position_lots=40)
    rows = books.hedge_room(world.state, world.seen, world.now)
    assert {row["bounded_by"] for row in rows} == {"by the position grant"}
