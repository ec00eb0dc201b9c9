"""The reserve follows the lots: an unwind is funded whatever became of its event or grants."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core import effects
from edgenode.core.observations import OrderAsked, Reported, ResolveAsked, Tick
from edgenode.core.state.execution import FillKey
from edgenode.core.state.unwind import closing_cash, closing_cost, dearest_fee_ppm, kept
from edgenode.daemon.paper import PaperWorld
from edgenode.model.facts import CarriedIn, OrderDenied, OrderGated
from edgenode.model.venue import CorrectReport, FillReport
from tests.core.gate.orders import declare
from tests.core.hedge.laws import assert_programmes
from tests.core.state.test_escrow import bust, cash, cost, fill, finished
from tests.core.world import SECOND, WETH, World, intent

MID = 150_000


def ready(**figures):
    world = World(PaperWorld(venues=("a", "b"), **figures))
    for venue in "ab":
        world.publish(venue, MID)
    return world


def hedge(world, name, side, lots, mid=MID, **more):
    """Ask for a child as the programme does: its limit a collar away."""
    away = -(-mid * 2_000 // 1_000_000)
    price = mid + away if side == "buy" else mid - away
    more.setdefault("venue", "a")
    ask = intent(name, side=side, lots=lots, price=price, account="desk:overlay",
                 time_in_force="ioc", **more)  # fmt: skip
    return world.facts(OrderAsked(ask, "rule:overlay"))[0]


def spend_the_rest(world):
    """Let nothing be left of the grants."""
    for account in (cost(world), cash(world)):
        account.spent = account.grant.limit - account.reserved


def lack(world):
    """Return how much of the reserve is missing; 0 or less: it is whole."""
    policy, instrument = world.state.rules.policy, world.state.rules.instruments[WETH]
    lots, reserve, to_buy_back = kept(world.state, WETH)
    fee_ppm = dearest_fee_ppm(policy)
    return max(
        closing_cost(policy, instrument, MID, lots, fee_ppm) - reserve,
        closing_cash(policy, instrument, MID, lots, fee_ppm) - to_buy_back,
    )


def test_the_rule_is_the_dearest_fee_and_the_collar_on_the_side_that_closes():
    world = ready()
    policy, instrument = world.state.rules.policy, world.state.rules.instruments[WETH]
    dear = replace(policy.overlay_venues[1], fee_ppm=1_000)
    policy = replace(policy, overlay_venues=(policy.overlay_venues[0], dear))
    fee = dearest_fee_ppm(policy)
    assert fee == 1_000
    assert closing_cost(policy, instrument, MID, 3, fee) == 3 * (149_700 * 100 // 1_000 + 30_000)
    assert closing_cost(policy, instrument, MID, -3, fee) == 3 * (150_300 * 100 // 1_000 + 30_000)
    assert closing_cost(policy, instrument, MID, 0, fee) == 0


@pytest.mark.parametrize("side", ["buy", "sell"])
@pytest.mark.parametrize("ends", ["event", "grant", "both"])
def test_an_unwind_is_funded_though_its_event_or_its_grant_ended(side, ends):
    world = ready()
    declare(world, "ev-1", ends_s=60)
    opened = hedge(world, "H1", side, 100, event_id="ev-1")
    fill(world, opened, 100, price=MID)
    spend_the_rest(world)
    back = "sell" if side == "buy" else "buy"
    world.now += 120 * SECOND
    if ends != "grant":
        world.observe(Tick())
    if ends != "event":
        grant = cost(world).grant
        cost(world).grant = replace(grant, expiry=world.now, grace_until=world.now)
    for venue in "ab":
        world.publish(venue, MID)
    closing = hedge(world, "H2", back, 100)
    assert isinstance(closing, OrderGated), closing
    assert closing.event_id == "none"
    fill(world, closing, 100, price=MID, exec_id="x2")
    assert kept(world.state, WETH) == (0, 0, 0)
    assert {n: s.reserved for n, s in world.state.limits.spend.items() if s.reserved} == {}


def test_a_reserve_that_the_price_outran_still_lets_the_unwind_pass():
    world = ready()
    fill(world, hedge(world, "H1", "buy", 100), 100, price=MID)
    spend_the_rest(world)
    for venue in "ab":
        world.publish(venue, 300_000)
    world.policy(static_reference_ticks=None)
    closing = hedge(world, "H2", "sell", 100, mid=300_000)
    assert isinstance(closing, OrderGated), closing
    assert kept(world.state, WETH).cost > 0
    more = hedge(world, "H3", "buy", 1, mid=300_000)
    assert isinstance(more, OrderDenied)
    assert "grant_cost" in {reason.name for reason in more.reasons}


def test_what_an_unwind_did_not_cost_stays_for_the_lots_that_are_left():
    world = ready()
    fill(world, hedge(world, "H1", "buy", 90), 90, price=MID)
    whole = kept(world.state, WETH).cost
    fill(world, hedge(world, "H2", "sell", 30), 30, price=MID, exec_id="x2")
    assert kept(world.state, WETH) == (60, whole * 60 // 90, 0)
    assert cost(world).reserved == whole * 60 // 90  # the rest is free again


def test_a_late_fill_and_a_closing_fill_taken_back_find_their_reserve():
    world = ready()
    order = hedge(world, "H1", "buy", 100)
    finished(world, order, 0)
    fill(world, order, 40, price=MID)
    assert lack(world) == 0
    closing = hedge(world, "H2", "sell", 40)
    fill(world, closing, 40, price=MID, exec_id="x2")
    assert kept(world.state, WETH) == (0, 0, 0)
    bust(world, "x2")
    assert kept(world.state, WETH).lots == 40
    assert lack(world) <= 0
    world.assert_refolds()


def test_an_unwind_that_ends_unfilled_after_the_overlay_is_flat_keeps_nothing():
    world = ready()
    fill(world, hedge(world, "H1", "buy", 50), 50, price=MID)
    closing = hedge(world, "H2", "sell", 50)
    bust(world, "x1")
    finished(world, closing, 0)
    assert kept(world.state, WETH) == (0, 0, 0)
    assert cost(world).reserved == 0
    world.assert_refolds()


def test_a_buy_that_ends_unfilled_once_the_overlay_is_long_keeps_no_cash():
    world = ready()
    fill(world, hedge(world, "S", "sell", 100), 100, price=MID)
    buys = [hedge(world, f"B{lots}", "buy", lots) for lots in (100, 120)]
    fill(world, buys[1], 120, price=MID, exec_id="x2")
    finished(world, buys[0], 0)
    assert kept(world.state, WETH).lots == 20
    assert kept(world.state, WETH).cash == 0
    assert_programmes(world.state)
    assert lack(world) <= 0
    world.assert_refolds()


def test_a_closing_sale_that_is_corrected_keeps_no_cash_for_a_long():
    world = ready()
    fill(world, hedge(world, "P", "buy", 300), 300, price=MID)
    sells = [hedge(world, f"H{number}", "sell", 200) for number in range(3)]
    fill(world, sells[2], 100, price=MID, exec_id="x2")
    told = world.state.fills.content_of(FillKey("a", "desk", "venue", "x2"))
    right = FillReport(
        venue="a", venue_account="desk", scope="venue", exec_id="x3", order_id=told.order_id,
        instrument=WETH, side="sell", quantity_lots=99, price_ticks=MID, fee_minor=0,
        fee_currency="USDC", venue_time_ns=world.now,
    )  # fmt: skip
    world.observe(Reported(CorrectReport(fill=right, refers_to="x2", version=1)))
    for number, order in enumerate(sells):
        finished(world, order, 99 if number == 2 else 0)
    assert kept(world.state, WETH).lots == 201
    assert_programmes(world.state)
    assert lack(world) <= 0
    world.assert_refolds()


def test_a_decision_that_moves_a_closing_fill_to_another_order_leaves_its_reserve():
    world = ready()
    fill(world, hedge(world, "S", "sell", 100), 100, price=MID)
    ended, works = hedge(world, "B1", "buy", 40), hedge(world, "B2", "buy", 55)
    fill(world, ended, 40, price=MID, exec_id="x2")
    finished(world, ended, 40)
    fill(world, works, 50, price=MID, exec_id="x2")  # the venue gave this id twice
    (about,) = [id_ for id_ in world.state.breaks.open if id_.startswith("fill_content")]
    versions = world.state.fills.versions(FillKey("a", "desk", "venue", "x2"))
    for version in sorted(versions, key=lambda told: told.order_id):
        for person in ("ann", "bob"):
            decided = ResolveAsked(break_id=about, decision="version", reason="", person=person,
                                   actor=person, version=version.content_hash.hex())  # fmt: skip
            world.observe(decided)
    assert kept(world.state, WETH).lots == -50
    assert lack(world) <= 0
    world.assert_refolds()


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["buy", "sell"]), st.integers(1, 80), st.integers(0, 80),
            st.sampled_from([MID - 300, MID, MID + 300]), st.sampled_from(["", "bust", "event"]),
        ),
        min_size=1, max_size=10,
    ),
    st.randoms(use_true_random=False),
)  # fmt: skip
def test_the_reserve_covers_what_is_held_in_every_state(run, rng):
    """At any time: reserve kept >= what closing the held lots costs at worst."""
    world = ready(cost_limit=10**6, event_spend_max=10**6)
    told: list[str] = []
    for number, (side, lots, filled, price, then) in enumerate(run):
        if then == "event":
            declare(world, f"e{number}", ends_s=rng.choice((0, 3600)) + 1)
        order = hedge(world, f"H{number}", side, lots, venue=rng.choice("ab"))
        assert isinstance(order, OrderGated)
        part = min(lots, filled)
        if part:
            at_limit = min(price, order.price_ticks) if side == "buy" else max(
                price, order.price_ticks
            )  # fmt: skip
            fee = -(-at_limit * part * 100 * 500 // 1_000_000)
            fill(world, order, part, price=at_limit, fee=fee, exec_id=f"x{number}")
            told.append(f"x{number}/{order.venue}")
            assert lack(world) <= 0
        if rng.random() < 0.7:
            finished(world, order, part)
            assert lack(world) <= 0
        if then == "bust" and told:
            exec_id, venue = told.pop(rng.randrange(len(told))).split("/")
            bust(world, exec_id, venue)
            assert lack(world) <= 0
    used = sum(spend.reserved for spend in world.state.limits.spend.values())
    assert used == cost(world).reserved
    world.assert_refolds()


@settings(max_examples=60)
@given(
    st.sampled_from(["buy", "sell"]),
    st.lists(st.tuples(st.integers(1, 60), st.integers(100_000, 250_000)), min_size=1, max_size=8),
    st.booleans(),
)
def test_what_closes_is_never_denied_for_cost_while_a_reserve_is_left(side, steps, declared):
    """No grant and no cap is left, and the price goes anywhere: each closing order passes."""
    world = ready()
    world.policy(static_reference_ticks=None)
    if declared:
        declare(world, "ev-1", ends_s=1)
    fill(world, hedge(world, "H1", side, 100), 100, price=MID)
    spend_the_rest(world)
    world.policy(event_spend_max=0)
    world.now += 2 * SECOND
    world.observe(Tick())
    for number, (asked, mid) in enumerate(steps):
        held, reserve, _ = kept(world.state, WETH)
        lots = min(asked, abs(held))
        if not lots or not reserve:
            break
        for venue in "ab":
            world.publish(venue, mid)
        back = "sell" if side == "buy" else "buy"
        closing = hedge(world, f"C{number}", back, lots, mid=mid)
        assert isinstance(closing, OrderGated), closing
        fill(world, closing, lots, price=mid, exec_id=f"c{number}")
        finished(world, closing, lots)
    assert cost(world).spent + cost(world).reserved <= cost(world).grant.limit


def customers_sold(world, *, times, lots=100):
    """Let the desk buy with its cash grant."""
    for number in range(times):
        ask = intent(f"T{number}", side="sell", lots=lots, price=149_000, time_in_force="ioc")
        world.observe(OrderAsked(ask, "c"))
        world.publish("a", MID)
        world.observe(Tick())


def test_a_short_keeps_what_its_sale_brings_and_no_hedge_waits_for_more_cash():
    """What was paid for the lots that a short hedges comes back, and stays to buy it back."""
    world = World(PaperWorld(venues=("a",), quote_size_lots=500, cash_limit=3_010))
    world.publish("a", MID)
    world.policy(overlay_enabled=False)
    customers_sold(world, times=3)
    held = world.exposure().agreed
    assert held == 200, "the cash grant bounds what the desk buys"
    spent = cash(world).spent
    opened = hedge(world, "H1", "sell", held)
    assert isinstance(opened, OrderGated)
    assert cash(world).used <= cash(world).grant.limit
    fill(world, opened, held, price=MID)
    assert cash(world).spent < spent
    assert kept(world.state, WETH).cash == cash(world).reserved > 2_990 * 10**6
    world.now += SECOND
    world.publish("a", MID)
    closing = hedge(world, "H2", "buy", held)
    assert isinstance(closing, OrderGated), closing
    fill(world, closing, held, price=MID, exec_id="x2")
    assert kept(world.state, WETH) == (0, 0, 0)
    assert (cash(world).reserved, cash(world).claimed) == (0, 0)
    world.assert_refolds()


def test_a_sale_that_ends_unfilled_claims_nothing_any_more():
    world = World(PaperWorld(venues=("a",), quote_size_lots=500, cash_limit=3_010))
    world.publish("a", MID)
    world.policy(overlay_enabled=False)
    customers_sold(world, times=2)
    order = hedge(world, "H1", "sell", 150)
    claimed = cash(world).claimed
    assert claimed == sum(r.amount for r in order.reserved if r.kind == "unwind_proceeds") > 0
    fill(world, order, 50, price=MID)
    assert cash(world).claimed == claimed * 100 // 150
    finished(world, order, 50)
    assert cash(world).claimed == 0
    assert kept(world.state, WETH).cash == cash(world).reserved
    world.assert_refolds()


@settings(max_examples=60)
@given(
    st.integers(-200, 200).filter(bool), st.sampled_from([0, MID]),
    st.lists(st.integers(1, 60), min_size=1, max_size=6), st.sampled_from(["carried", "late"]),
)  # fmt: skip
def test_lots_that_no_order_reserved_for_can_be_closed_all_the_same(lots, price, parts, how):
    """They came by decision or late, with hardly any grant: closing them passes, and is shown."""
    world = ready(cost_limit=1, cash_limit=200)
    side, back = ("buy", "sell") if lots > 0 else ("sell", "buy")
    if how == "late":
        order = hedge(world, "H1", side, 1)
        finished(world, order, 0)
        fill(world, order, abs(lots), price=MID)
    else:
        fact = CarriedIn(
            at_ns=world.now, account="desk:overlay", venue="a", currency=None, instrument=WETH,
            amount=lots, is_position=True, cash_minor=-lots * price * 100, totals=None,
            from_ledger="", from_size=0, approvals=("ann", "bob"),
        )  # fmt: skip
        effects.EFFECTS[CarriedIn](world.state, fact, 0)
        world.observe(Tick())
    assert world.state.positions.net("desk:overlay", WETH) == lots
    for number, part in enumerate(parts):
        open_lots = world.state.orders.open_lots("desk:overlay", WETH, back)  # its programme's
        left = abs(world.state.positions.net("desk:overlay", WETH)) - open_lots
        world.now += SECOND
        for venue in "ab":
            world.publish(venue, MID)
        closing = hedge(world, f"C{number}", back, min(part, left or 1))
        if not left:
            break
        assert isinstance(closing, OrderGated), closing
        fill(world, closing, min(part, left), price=MID, exec_id=f"c{number}")
        finished(world, closing, min(part, left))
    for id_, account in world.state.grants.accounts.items():
        if account.used > account.grant.limit:
            assert f"grant_overdrawn:{id_}" in world.state.breaks.open
