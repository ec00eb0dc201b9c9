import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.observations import AuctionAsked, OrderAsked, StateAsked, Tick
from edgenode.daemon.paper import PaperWorld, funds
from edgenode.model.errors import RefusedError
from edgenode.model.facts import FillRecorded
from tests.core.gate.orders import declare
from tests.core.world import SECOND, WETH, World, intent
from tests.examples import examples

orders = st.lists(
    st.tuples(
        st.sampled_from(["customer:c1", "customer:c2"]), st.sampled_from(["buy", "sell"]),
        st.integers(149_999, 150_001), st.integers(1, 30), st.sampled_from(["day", "ioc"]),
    ),
    max_size=25,
)  # fmt: skip


def market():
    figures = PaperWorld()
    world = World(figures)
    for fund in funds(figures):
        if fund.account == "customer:c1":
            other = {f: getattr(fund, f) for f in fund.__dataclass_fields__}
            world.observe(type(fund)(**{**other, "account": "customer:c2"}))
    return world


@settings(max_examples=examples(60))
@given(orders)
def test_nothing_is_made_or_lost_between_customers(run):
    world = market()
    before = dict(world.state.wallet.balances)
    for index, (account, side, price, lots, tif) in enumerate(run):
        ask = intent(
            f"T{index}", account=account, side=side, price=price, lots=lots, time_in_force=tif
        )
        world.observe(OrderAsked(ask, account))
    fills = [r.fact for r in world.recorded if isinstance(r.fact, FillRecorded)]
    by_side = {side: sum(f.quantity_lots for f in fills if f.side == side) for side in
               ("buy", "sell")}  # fmt: skip
    assert by_side["buy"] == by_side["sell"]
    after = world.state.wallet.balances
    for asset in ("USDC", WETH):
        total = [sum(n for k, n in book.items() if k.asset == asset) for book in (before, after)]
        assert total[0] == total[1]
    open_lots = sum(
        o.remaining_lots for o in world.state.orders.orders.values() if o.state != "DONE"
    )
    assert open_lots == sum(row.lots for row in world.state.orders.book(WETH).orders())
    for key, held in world.state.wallet.held.items():
        assert 0 <= held <= world.state.wallet.balances[key]
    world.assert_refolds()


@settings(max_examples=examples(60))
@given(orders)
def test_the_market_is_never_crossed(run):
    world = market()
    for index, (account, side, price, lots, tif) in enumerate(run):
        ask = intent(
            f"T{index}", account=account, side=side, price=price, lots=lots, time_in_force=tif
        )
        world.observe(OrderAsked(ask, account))
        book = world.state.orders.book(WETH)
        bid, ask_ = book.best("buy"), book.best("sell")
        assert bid is None or ask_ is None or bid < ask_


def test_both_fills_of_a_match_share_an_exec_id_and_differ_in_account():
    world = market()
    world.observe(OrderAsked(intent("A", side="sell", price=140_000, lots=5), "customer:c1"))
    facts = world.facts(
        OrderAsked(intent("B", account="customer:c2", price=140_000, lots=5), "customer:c2")
    )
    one, two = (f for f in facts if isinstance(f, FillRecorded))
    assert one.exec_id == two.exec_id
    assert {one.venue_account, two.venue_account} == {"customer:c1", "customer:c2"}
    assert one.content_hash != two.content_hash


def empty_market(*resting):
    """Return a book without a quoter, with resting sells of (account, price, lots)."""
    world = market()
    world.policy(quote_size_lots=0, overlay_enabled=False)
    for index, (account, price, lots) in enumerate(resting):
        ask = intent(f"S{index}", account=account, side="sell", price=price, lots=lots)
        world.observe(OrderAsked(ask, account))
    return world


def ended(world, ask):
    """Place an order: (kinds recorded after the gate, how it ended, lots it executed)."""
    facts = world.facts(OrderAsked(ask, "customer:c1"))
    last = facts[-1]
    held = world.state.orders.orders[facts[0].order_id]
    world.assert_refolds()
    return [type(f).__name__ for f in facts[1:]], getattr(last, "reason", None), held.filled_lots


SELLS = (("customer:c2", 150_000, 30), ("customer:c2", 150_010, 30))


def test_a_market_order_takes_up_to_the_collar_and_never_rests():
    world = empty_market(*SELLS, ("customer:c2", 151_000, 30))
    world.policy(price_collar_ppm=1_000)  # up to 1,501.50 at a reference of 1,500
    ask = intent("M", price=None, type="market", time_in_force="ioc", lots=100)
    assert ended(world, ask)[1:] == ("canceled", 60)
    assert world.state.orders.book(WETH).best("buy") is None


def test_fill_or_kill_executes_all_or_nothing():
    world = empty_market(*SELLS)
    fok = {"price": 150_010, "time_in_force": "fok"}
    assert ended(world, intent("F1", lots=61, **fok)) == (["OrderDone"], "canceled", 0)
    assert ended(world, intent("F2", lots=60, **fok))[1:] == ("filled", 60)


def test_fill_or_kill_that_kills_prevents_no_self_trade_either():
    world = empty_market(("customer:c1", 150_000, 30), *SELLS)
    ask = intent("F1", lots=100, price=150_010, time_in_force="fok")
    assert ended(world, ask)[0] == ["OrderDone"]
    assert world.state.orders.book(WETH).best("sell") == 150_000  # the own order still rests


def test_post_only_rests_or_ends():
    world = empty_market(*SELLS)
    assert ended(world, intent("P1", price=150_000, post_only=True)) == (
        ["OrderDone"], "canceled", 0,
    )  # fmt: skip
    assert ended(world, intent("P2", price=149_990, post_only=True))[0] == ["OrderWorking"]


@pytest.mark.parametrize("scope", ["node", "venue:local", f"instrument:{WETH}", "event:none"])
def test_a_call_that_is_over_waits_while_trading_is_halted(scope):
    world = empty_market()
    world.observe(AuctionAsked(instrument=WETH, ends=world.now + 5 * SECOND, actor="person:p"))
    for name, account, side in (("B", "customer:c1", "buy"), ("S", "customer:c2", "sell")):
        ask = intent(name, account=account, side=side, price=150_000, lots=10)
        world.observe(OrderAsked(ask, account))
    for state, expected in (("halted", 0), ("active", 2)):
        world.observe(StateAsked(scope=scope, state=state, reason="", actor="person:p"))
        world.now += 6 * SECOND
        world.publish("a", 150_000)
        facts = world.facts(Tick())
        assert sum(type(f).__name__ == "FillRecorded" for f in facts) == expected
    assert world.state.limits.auctions == {}
    world.assert_refolds()


def test_a_call_for_an_unknown_instrument_is_refused():
    world = empty_market()
    size = world.state.size
    with pytest.raises(RefusedError) as caught:
        world.observe(AuctionAsked(instrument="NOPE", ends=world.now + 1, actor="person:p"))
    assert (caught.value.code, world.state.size) == ("EN006", size)


def test_an_execution_belongs_to_its_orders_micro_event_and_frees_its_room():
    world = empty_market()
    ask = intent("D", account="desk:book", price=150_100, lots=50)  # adverse: it reserves cost
    world.observe(OrderAsked(ask, "desk"))
    assert world.state.limits.spend["none"].reserved > 0
    declare(world, "drop")
    sell = intent("S", account="customer:c2", side="sell", price=149_000, lots=50)
    world.observe(OrderAsked(sell, "customer:c2"))
    assert world.exposure().agreed == 50
    assert {name: spend.reserved for name, spend in world.state.limits.spend.items()} == {
        "none": 0
    }
    world.assert_refolds()


def test_a_call_auction_opens_a_drop():
    world = market()
    world.policy(quote_size_lots=500, overlay_enabled=False)
    world.observe(Tick())
    world.observe(AuctionAsked(instrument=WETH, ends=world.now + 60 * SECOND, actor="person:p"))
    assert world.state.orders.quotes[WETH].reason == "auction"
    assert world.state.orders.quotes[WETH].bid_lots == 0
    for name, account, side, price, lots in (
        ("B1", "customer:c1", "buy", 150_100, 50), ("B2", "customer:c1", "buy", 150_000, 50),
        ("S1", "customer:c2", "sell", 149_900, 60), ("S2", "customer:c2", "sell", 150_050, 40),
    ):  # fmt: skip
        ask = intent(name, account=account, side=side, price=price, lots=lots)
        assert [r.entry.kind for r in world.observe(OrderAsked(ask, account))] == [
            "OrderGated", "OrderWorking",
        ]  # fmt: skip
    world.now += 60 * SECOND
    world.publish("a", 150_000)
    facts = [
        f for f in world.facts(Tick()) if type(f).__name__ in {"FillRecorded", "AuctionClosed"}
    ]
    *fills, closed = [f for f in facts if getattr(f, "account", "customer").startswith("customer")]
    assert {f.price_ticks for f in fills} == {closed.price_ticks} == {150_000}
    assert closed.executed_lots == 60
    assert len({(f.exec_id, f.venue_account) for f in fills}) == len(fills)
    assert world.state.orders.quotes[WETH].bid_lots > 0
    world.assert_refolds()
