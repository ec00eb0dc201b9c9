"""The currencies of a world whose venues take fees in several, with scales from 0 to 18.

currency  decimals  a fee in it is priced by
--------  --------  --------------------------------------------------
USDC      6         itself: the policy's currency, and the quote
JPY       0         a dated rate, told once
WETH      18        the execution's own price: it is the base asset
GAS       18        the policy's worst rate: no rate of it is ever told
"""

from dataclasses import replace

from edgenode.model.facts import Currency, Fact, FxRate, Policy, WorstRate
from edgenode.sim.venue.engine import USDC, FeeCurrency

MICRO = 1_000_000
PPB = 1_000_000_000
JPY = FeeCurrency("JPY", 0, 150, MICRO)
WETH = FeeCurrency("WETH", 18, 10**18, 1_500 * MICRO)
GAS = FeeCurrency("GAS", 18, 10**18, MICRO // 2)
ALL = (USDC, JPY, WETH, GAS)
WORST_PPB = {"JPY": PPB // 100, "GAS": PPB}


def equipped(facts: list[Fact], fees: tuple[FeeCurrency, ...], now_ns: int) -> list[Fact]:
    """Return a down-ledger's facts with what is needed to count fees in these currencies."""
    declared = {fact.code for fact in facts if isinstance(fact, Currency)}
    new = [fee for fee in fees if fee.code not in declared]
    worst = tuple(WorstRate(currency=fee.code, ppb=WORST_PPB[fee.code]) for fee in new)
    currencies = [Currency(at_ns=now_ns, code=fee.code, decimals=fee.decimals) for fee in new]
    rest = [
        replace(fact, fee_worst_rates=(*fact.fee_worst_rates, *worst))
        if isinstance(fact, Policy)
        else fact
        for fact in facts
    ]
    rate = FxRate(
        at_ns=now_ns, base="USDC", quote="JPY", bid_ppb=149 * PPB, ask_ppb=151 * PPB,
        as_of=now_ns, source="sim",
    )  # fmt: skip
    return [*currencies, *rest, *([rate] if JPY in new else [])]
