"""Reduce-only orders are held to their account's position at each execution."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.observations import AmendAsked, AuctionAsked, OrderAsked, Tick
from edgenode.core.orders.meeting import sweep
from edgenode.daemon.paper import PaperWorld, funds
from edgenode.model.facts import FillRecorded, OrderDone, OrderGated
from edgenode.model.orders import sign
from tests.core.gate.orders import names, reasons
from tests.core.orders.sent import fill, say, sent
from tests.core.world import CUSTOMER, SECOND, WETH, World, intent
from tests.examples import examples

OTHER = "customer:c2"
THIRD = "customer:c3"


def market(**figures):
    world = World(PaperWorld(**figures))
    for fund in funds(world.figures):
        if fund.account == CUSTOMER:
            for account in (OTHER, THIRD):
                world.observe(replace(fund, account=account))
    return world


def asked(world, name, **order):
    """Place an order, and return our id of it with all facts of the step."""
    account = order.get("account", CUSTOMER)
    facts = world.facts(OrderAsked(intent(name, **order), account))
    gated = [fact for fact in facts if isinstance(fact, OrderGated)]
    return (gated[0].order_id if gated else None), facts


def held(world, account):
    return world.state.positions.at_venue(account, "local", WETH)


def long(world, lots):
    asked(world, "seed-s", side="sell", account=THIRD, lots=lots, price=150_000)
    asked(world, "seed-b", lots=lots, price=150_000)
    assert held(world, CUSTOMER) == lots


def ends(world, order_id):
    facts = [r.fact for r in world.recorded if isinstance(r.fact, OrderDone)]
    return [(f.reason, f.filled_lots) for f in facts if f.order_id == order_id]


def reduce_only_rests(world, lots=100):
    """A reduce-only sell of all that the customer holds rests; 60 lots are then sold plainly."""
    long(world, lots)
    one, _ = asked(world, "RO", side="sell", lots=lots, price=152_000, reduce_only=True)
    asked(world, "bid", account=OTHER, lots=60, price=149_000)
    asked(world, "plain", side="sell", lots=60, price=149_000)
    assert held(world, CUSTOMER) == lots - 60
    return one


def test_what_would_open_is_canceled_when_another_order_meets_it():
    world = market()
    one = reduce_only_rests(world)
    asked(world, "B", account=OTHER, lots=100, price=152_000)
    assert held(world, CUSTOMER) == 0
    assert ends(world, one) == [("canceled", 40)]
    assert not world.state.wallet.held.get((CUSTOMER, "local", WETH))
    world.assert_refolds()


def test_the_taker_goes_on_to_the_orders_behind():
    world = market()
    reduce_only_rests(world)
    asked(world, "behind", side="sell", account=THIRD, lots=100, price=152_000)
    _, facts = asked(world, "B", account=OTHER, lots=100, price=152_000)
    fills = [f for f in facts if isinstance(f, FillRecorded) and f.account == OTHER]
    assert [f.quantity_lots for f in fills] == [40, 60]
    world.assert_refolds()


def test_nothing_of_it_executes_where_nothing_is_held():
    world = market()
    one = reduce_only_rests(world, lots=60)
    _, facts = asked(world, "B", account=OTHER, lots=10, price=152_000)
    assert not [f for f in facts if isinstance(f, FillRecorded)]
    assert ends(world, one) == [("canceled", 0)]
    assert world.state.orders.book(WETH).best("buy") == 152_000  # and the book is not crossed
    assert world.state.orders.book(WETH).best("sell") is None
    world.assert_refolds()


def test_a_fill_or_kill_that_finds_too_little_cancels_nothing():
    world = market()
    one = reduce_only_rests(world)
    asked(world, "B", account=OTHER, lots=41, price=152_000, time_in_force="fok")
    assert held(world, CUSTOMER) == 40
    assert ends(world, one) == []


def test_the_desks_quote_and_an_amended_order_hold_it_too():
    world = market(quote_size_lots=500)
    one = reduce_only_rests(world)
    world.policy(static_reference_ticks=153_000)
    world.observe(Tick())  # the quote bids beyond 152,000
    assert held(world, CUSTOMER) == 0
    assert ends(world, one) == [("canceled", 40)]
    world = market()
    one = reduce_only_rests(world)
    bid, _ = asked(world, "B", account=OTHER, lots=100, price=150_000)
    world.observe(AmendAsked(order_id=bid, client_order_id="B2", quantity_lots=100,
                             price_ticks=152_000, actor="c"))  # fmt: skip
    assert held(world, CUSTOMER) == 0
    assert ends(world, one) == [("canceled", 40)]


def test_a_call_auction_holds_it_too():
    world = market()
    one = reduce_only_rests(world)
    world.observe(AuctionAsked(instrument=WETH, ends=world.now + SECOND, actor="p"))
    asked(world, "B", account=OTHER, lots=100, price=152_000)
    world.now += SECOND
    world.observe(Tick())
    assert held(world, CUSTOMER) == 0
    assert ends(world, one) == [("canceled", 40)]
    world.assert_refolds()


def test_executions_earlier_in_the_same_sweep_count():
    world = market()
    long(world, 100)
    asked(world, "RO", side="sell", lots=100, price=152_000, reduce_only=True)
    asked(world, "plain", side="sell", lots=70, price=151_000)
    met = sweep(world.state, WETH, "X", OTHER, "buy", 152_000, 500)
    assert [m.lots for m in met.fills] == [70, 30]
    assert list(met.cut.values()) == [30]


@settings(max_examples=examples(60), deadline=None)
@given(st.data(), st.integers(0, 4))
def test_no_reduce_only_order_ever_opens_a_position_here(data, calls):
    """Law: each execution of one takes lots off its account's position and never turns it over."""
    world = market(quote_size_lots=data.draw(st.sampled_from((0, 40))))
    who, reduce_only = (CUSTOMER, OTHER, THIRD), {}
    for count in range(data.draw(st.integers(10, 40))):
        world.now += SECOND
        if calls and count % 10 == calls:
            ends_ns = world.now + 3 * SECOND
            world.observe(AuctionAsked(instrument=WETH, ends=ends_ns, actor="p"))
        order = intent(
            f"T{count}", account=data.draw(st.sampled_from(who)),
            side=data.draw(st.sampled_from(("buy", "sell"))), lots=data.draw(st.integers(1, 60)),
            price=data.draw(st.integers(149_900, 150_100)),
            time_in_force=data.draw(st.sampled_from(("day", "day", "ioc"))),
            reduce_only=data.draw(st.booleans()),
        )  # fmt: skip
        before = {account: held(world, account) for account in who}
        facts = [*world.facts(OrderAsked(order, "c")), *world.facts(Tick())]
        for fact in facts:
            if isinstance(fact, OrderGated):
                reduce_only[fact.order_id] = fact.reduce_only
            if isinstance(fact, FillRecorded) and fact.account in before:
                signed = sign(fact.side) * fact.quantity_lots
                now = before[fact.account] + signed
                if reduce_only.get(fact.order_id):
                    assert abs(now) == abs(before[fact.account]) - fact.quantity_lots
                before[fact.account] = now
    world.assert_refolds()


def test_at_an_outside_venue_all_orders_beside_it_fit_the_position():
    world, order_id = sent(100)
    say(world, fill(order_id, lots=100))  # the overlay holds 100 at "a"
    overlay = {"account": "desk:overlay", "venue": "a", "side": "sell", "price": 149_900}
    assert names(world, intent("P", lots=101, **overlay)) == []
    assert asked(world, "RO", lots=60, reduce_only=True, **overlay)[0]
    (reason,) = reasons(world, intent("P", lots=41, **overlay))
    assert (reason.code, reason.limit, reason.value) == ("EN120", "0.40", "0.41")
    assert names(world, intent("P", lots=40, **overlay)) == []


def test_a_position_that_is_disputed_counts_at_its_smaller_end():
    world, order_id = sent(100)
    say(world, fill(order_id, lots=100))
    say(world, fill(order_id, lots=70))  # the same execution, told otherwise
    order = {"account": "desk:overlay", "venue": "a", "side": "sell", "price": 149_900}
    assert names(world, intent("R", lots=71, reduce_only=True, **order)) == ["reduce_only"]
    assert names(world, intent("R", lots=70, reduce_only=True, **order)) == []
