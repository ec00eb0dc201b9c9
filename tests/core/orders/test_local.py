from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.observations import OrderAsked
from edgenode.daemon.paper import PaperWorld, funds
from edgenode.model.facts import FillRecorded
from tests.core.world import WETH, World, intent

orders = st.lists(
    st.tuples(
        st.sampled_from(["customer:c1", "customer:c2"]), st.sampled_from(["buy", "sell"]),
        st.integers(99, 101), st.integers(1, 30), st.sampled_from(["day", "ioc"]),
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


@settings(max_examples=60)
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


@settings(max_examples=60)
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
    world.observe(OrderAsked(intent("A", side="sell", price=100, lots=5), "customer:c1"))
    facts = world.facts(
        OrderAsked(intent("B", account="customer:c2", price=100, lots=5), "customer:c2")
    )
    one, two = (f for f in facts if isinstance(f, FillRecorded))
    assert one.exec_id == two.exec_id
    assert {one.venue_account, two.venue_account} == {"customer:c1", "customer:c2"}
    assert one.content_hash != two.content_hash
