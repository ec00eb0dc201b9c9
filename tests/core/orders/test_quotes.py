from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.observations import Funded, OrderAsked, PauseAsked, Requote, StateAsked, Tick
from edgenode.daemon.paper import PaperWorld
from edgenode.model.facts import FillRecorded, QuotesSet
from tests.core.world import CUSTOMER, SECOND, WETH, World, intent


def quoting(**figures):
    world = World(PaperWorld(**{"quote_size_lots": 500, "venues": ("a", "b"), **figures}))
    publish(world)
    world.observe(Tick())
    return world


def publish(world, mid=150_000):
    world.publish("a", mid)
    world.publish("b", mid)


def standing(world):
    return world.state.orders.quotes[WETH]


def sides(world):
    return [world.state.orders.open_lots("desk:book", WETH, side) for side in ("buy", "sell")]


def test_a_quote_that_would_not_change_is_not_renewed():
    world = quoting()
    assert sides(world) == [500, 500]
    assert world.facts(Requote(WETH)) == []


def test_a_moved_reference_moves_it():
    world = quoting()
    publish(world, 151_000)
    (fact,) = [f for f in world.facts(Tick()) if isinstance(f, QuotesSet)]
    assert (fact.bid_ticks, fact.ask_ticks) == (150_924, 151_076)
    assert fact.reference_ticks == 151_000


def test_no_fresh_reference_no_quote():
    world = quoting(static_reference_ticks=None)
    world.now += 11 * SECOND
    world.observe(Tick())
    assert sides(world) == [0, 0]
    assert standing(world).reason == "no fresh reference"


def test_a_pulled_quote_uses_up_its_id_and_what_the_next_one_crosses_is_not_its_fill():
    world = World(PaperWorld(quote_size_lots=50, venues=("a",), funds_lots=0))
    publish(world)
    world.observe(Tick())  # without inventory only a bid stands
    world.observe(OrderAsked(intent("R", lots=40, price=150_500), CUSTOMER))  # above the fair ask
    world.observe(PauseAsked(paused=True, hedges=False, reason="", actor="person:p"))
    pulled = standing(world)
    lots = Funded(account="desk:book", venue="local", currency=None, instrument=WETH,
                  amount=1_000, reference="")  # fmt: skip
    world.observe(lots)
    world.observe(PauseAsked(paused=False, hedges=False, reason="", actor="person:p"))
    assert standing(world).quote_id != pulled.quote_id
    assert world.state.positions.net("desk:book", WETH) == -40  # it crossed what rested
    assert sides(world) == [standing(world).bid_lots, standing(world).ask_lots] == [50, 10]
    world.observe(OrderAsked(intent("Z", lots=10, price=150_500, time_in_force="ioc"), CUSTOMER))
    assert standing(world).quote_id != pulled.quote_id
    world.assert_refolds()


def test_pause_and_halt_pull_both_sides_and_reducing_leaves_the_reducing_one():
    world = quoting()
    world.observe(PauseAsked(paused=True, hedges=False, reason="", actor="person:p"))
    assert sides(world) == [0, 0]
    world.observe(PauseAsked(paused=False, hedges=False, reason="", actor="person:p"))
    assert sides(world) == [500, 500]
    world.observe(OrderAsked(intent(price=151_000, lots=300), CUSTOMER))  # the desk is short
    world.observe(StateAsked(scope="node", state="reducing", reason="", actor="person:p"))
    assert sides(world) == [300, 0]
    world.observe(StateAsked(scope="node", state="halted", reason="", actor="person:p"))
    assert sides(world) == [0, 0]
    world.assert_refolds()


def test_a_side_is_cut_to_its_room_rather_than_pulled():
    world = quoting(position_lots=120)
    assert sides(world) == [120, 120]
    world = quoting(funds_lots=70)
    assert sides(world)[1] == 70
    world = quoting(cash_limit=1_500)
    assert 0 < sides(world)[0] < 100


def test_a_quote_executes_against_what_it_crosses():
    world = quoting()
    world.observe(OrderAsked(intent("A", price=149_990, lots=50), CUSTOMER))  # inside the spread
    publish(world, 149_000)  # the market falls: our ask now is below that bid
    facts = world.facts(Tick())
    fills = [f for f in facts if isinstance(f, FillRecorded)]
    assert {(f.account, f.side, f.price_ticks, f.quantity_lots) for f in fills} == {
        ("desk:book", "sell", 149_990, 50), (CUSTOMER, "buy", 149_990, 50),
    }  # fmt: skip
    assert world.exposure().agreed == -50
    world.assert_refolds()


moves = st.lists(
    st.one_of(
        st.tuples(st.just("mid"), st.integers(140_000, 160_000)),
        st.tuples(st.just("buy"), st.integers(1, 900)),
        st.tuples(st.just("sell"), st.integers(1, 900)),
        st.tuples(st.just("pause"), st.integers(0, 1)),
    ),
    max_size=15,
)


@settings(max_examples=60)
@given(moves)
def test_what_a_quote_holds_is_exactly_what_stands(run):
    world = quoting()
    for index, (what, value) in enumerate(run):
        world.now += SECOND
        publish(world, value if what == "mid" else 150_000)
        if what in {"buy", "sell"}:
            price = 170_000 if what == "buy" else 130_000
            ask = intent(f"T{index}", side=what, price=price, lots=value, time_in_force="ioc")
            world.observe(OrderAsked(ask, CUSTOMER))
        elif what == "pause":
            world.observe(
                PauseAsked(paused=bool(value), hedges=False, reason="", actor="person:p")
            )
        world.observe(Tick())
        bid, ask_lots = sides(world)
        quote = standing(world)
        held = {k.asset: n for k, n in world.state.wallet.held.items() if k.account == "desk:book"}
        assert held.get(WETH, 0) == ask_lots
        assert held.get("USDC", 0) == bid * quote.bid_ticks * 100
        cash = world.state.grants.accounts["cash-1"]
        if not world.state.orders.at_venues():
            assert cash.reserved == bid * quote.bid_ticks * 100
        assert cash.reserved + cash.spent <= cash.grant.limit
    world.assert_refolds()
