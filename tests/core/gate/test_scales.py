"""Limits on money hold whatever the scales of the currencies, against exact fractions."""

from dataclasses import replace
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.gate.gate import judge
from edgenode.core.observations import Funded, OrderAsked
from edgenode.core.seen import Seen
from edgenode.daemon.paper import PaperWorld
from edgenode.model.facts import Currency, FxRate, WorstRate
from tests.core.world import START, WETH, World, intent

PPB = 10**9
NAME = "TOK-QQQ"
DEEP = 10**45


def world_of(policy_decimals, quote_decimals, bid_ppb, spread_ppb, *, inverse, largest):
    """A node whose limits are in PPP and whose instrument trades in QQQ, of any scale."""
    world = World(PaperWorld(venues=("a",)))
    for code, decimals in (("PPP", policy_decimals), ("QQQ", quote_decimals)):
        world.adopt(Currency(at_ns=START, code=code, decimals=decimals))
    worst = tuple(WorstRate(currency=code, ppb=PPB) for code in ("USDC", "QQQ"))
    money = dict.fromkeys(
        ("gross_notional_max", "event_gross_notional_max", "event_loss_max", "day_loss_max",
         "open_notional_max"), DEEP,
    )  # fmt: skip
    world.policy(
        currency="PPP", order_notional_max=largest, fee_worst_rates=worst, price_collar_ppm=0,
        fx_haircut_ppm=0, static_reference_ticks=100, unhedged_max=10**9, **money,
    )  # fmt: skip
    held = world.state.rules.instruments[WETH]
    world.adopt(
        replace(
            held, id=NAME, base="WETH", quote="QQQ", price_decimals=0, quantity_decimals=0,
            tick_lot_minor=10**quote_decimals, quantity_lots_max=10**9, notional_minor_min=0,
        )
    )  # fmt: skip
    pair = ("PPP", "QQQ") if inverse else ("QQQ", "PPP")
    world.adopt(FxRate(at_ns=START, base=pair[0], quote=pair[1], bid_ppb=bid_ppb,
                       ask_ppb=bid_ppb + spread_ppb, as_of=START, source="s"))  # fmt: skip
    for currency, instrument in (("QQQ", None), (None, NAME)):
        world.observe(Funded(account="customer:c1", venue="local", currency=currency,
                             instrument=instrument, amount=DEEP, reference=""))  # fmt: skip
    return world


@settings(max_examples=60)
@given(
    st.integers(0, 18), st.integers(0, 18), st.integers(1, 10**12), st.integers(0, 10**9),
    st.booleans(), st.integers(1, 10**24), st.integers(1, 10**8), st.sampled_from(["buy", "sell"]),
)  # fmt: skip
def test_the_largest_order_is_the_largest_at_any_scale(  # noqa: PLR0917
    policy_decimals, quote_decimals, bid, spread, inverse, largest, lots, side
):
    world = world_of(
        policy_decimals, quote_decimals, bid, spread, inverse=inverse, largest=largest
    )
    ask = intent("T", instrument=NAME, side=side, lots=lots, price=100)
    found = {r.name for r in judge(world.state, Seen(), ask, START).reasons}
    dear = Fraction(PPB, bid) if inverse else Fraction(bid + spread, PPB)
    worth = 100 * lots * dear * 10**policy_decimals  # in the smallest unit of the limits
    assert ("order_notional_max" in found) == (worth > largest)
    assert found <= {"order_notional_max"}


def test_such_an_order_trades_and_its_ledger_folds():
    world = world_of(0, 18, 2 * PPB, 0, inverse=False, largest=10**6)
    (gated, *_) = world.facts(OrderAsked(intent("T", instrument=NAME, lots=3, price=100), "c"))
    assert gated.saw.fx.endswith("=2/1")
    (row,) = gated.reserved
    assert (row.unit, row.amount) == ("QQQ", 3 * 100 * 10**18)  # beyond int64
    world.assert_refolds()
