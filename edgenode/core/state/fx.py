"""From an order's currency to that of the limits: the worse side of a dated rate, and a haircut.

A missing rate, or one older than policy allows, converts nothing: the gate denies.
"""

from typing import NamedTuple

from edgenode.core.state.rules import Rules
from edgenode.model.facts import FxRate, Policy
from edgenode.model.money import div_down, div_up

PPB = 1_000_000_000
PPM = 1_000_000
_MS = 1_000_000


class Rate(NamedTuple):
    """What 1 unit of one currency is worth in another, in billionths; haircut included."""

    low_ppb: int  # what we would surely get
    high_ppb: int  # what we may have to pay
    source: str  # "" where the currencies are the same

    @property
    def fx_ppb(self) -> int | None:
        """Give the rate that an entry names, None where none was used."""
        return self.high_ppb if self.source else None

    def up(self, amount_minor: int) -> int:
        """Convert what we may owe, rounded up."""
        return div_up(amount_minor * self.high_ppb, PPB) if self.source else amount_minor

    def down(self, amount_minor: int) -> int:
        """Convert what we may own, rounded down."""
        return div_down(amount_minor * self.low_ppb, PPB) if self.source else amount_minor


SAME = Rate(PPB, PPB, "")


def rate(rules: Rules, policy: Policy, currency: str, now_ns: int) -> Rate | None:
    """Give the rate from a currency to the policy's; None where there is none fresh enough.

    Both currencies keep the same number of decimals (model/money).
    """
    if currency == policy.currency:
        return SAME
    straight = rules.fx.get((currency, policy.currency))
    inverse = rules.fx.get((policy.currency, currency))
    dated = straight or inverse
    if dated is None or not _fresh(dated, policy, now_ns):
        return None
    if straight is not None:
        low, high = straight.bid_ppb, straight.ask_ppb
    else:
        low, high = PPB * PPB // dated.ask_ppb, div_up(PPB * PPB, dated.bid_ppb)
    low = low * (PPM - policy.fx_haircut_ppm) // PPM
    high = div_up(high * (PPM + policy.fx_haircut_ppm), PPM)
    return Rate(low, high, f"{dated.source}:{dated.base}/{dated.quote}@{dated.as_of}={high}")


def charged(amount_minor: int, fx_ppb: int | None) -> int:
    """Convert what was paid at the rate that an entry names."""
    return amount_minor if fx_ppb is None else div_up(amount_minor * fx_ppb, PPB)


def returned(amount_minor: int, fx_ppb: int | None) -> int:
    """Convert what came back at the rate that an entry names."""
    return amount_minor if fx_ppb is None else div_down(amount_minor * fx_ppb, PPB)


def _fresh(dated: FxRate, policy: Policy, now_ns: int) -> bool:
    return 0 <= now_ns - dated.as_of <= policy.fx_age_ms_max * _MS
