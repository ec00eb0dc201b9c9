"""The one place that converts money: exact ratios over both scales and a dated rate.

A rate is taken at its worse side with a haircut, and the result is rounded against us: `up` is
what we may owe, `down` what we may own. A missing, stale or future-dated rate gives no Rate, and
the caller fails closed. Ratios are integers throughout, so nothing is rounded before the end.
"""

from math import gcd
from typing import NamedTuple

from edgenode.core.state.rules import Rules
from edgenode.model.facts import FxRate, Policy
from edgenode.model.money import Money, div_down, div_up

PPB = 1_000_000_000
PPM = 1_000_000
_MS = 1_000_000


class Rate(NamedTuple):
    """What one smallest unit of a currency is worth in smallest units of another."""

    low: tuple[int, int] = (1, 1)  # numerator and denominator of what we would surely get
    high: tuple[int, int] = (1, 1)  # and of what we may have to pay
    source: str = ""  # names the dated rate; "" if both currencies are the same

    def up(self, amount_minor: int) -> int:
        """Convert what we may owe, rounded up."""
        if not self.source:
            return amount_minor
        numerator, denominator = self.high if amount_minor >= 0 else self.low
        return div_up(amount_minor * numerator, denominator)

    def down(self, amount_minor: int) -> int:
        """Convert what we may own, rounded down."""
        if not self.source:
            return amount_minor
        numerator, denominator = self.low if amount_minor >= 0 else self.high
        return div_down(amount_minor * numerator, denominator)


SAME = Rate()


def rate(rules: Rules, policy: Policy, currency: str, now_ns: int) -> Rate | None:
    """Return the rate from a currency to the policy's; None if there is no fresh one."""
    if currency == policy.currency:
        return SAME
    return between(rules, policy, currency, policy.currency, now_ns)


def between(rules: Rules, policy: Policy, base: str, quote: str, now_ns: int) -> Rate | None:
    """Return the rate from one currency to another; None if there is no fresh one.

    The newest rate counts, whichever way round it was quoted.
    """
    if base == quote:
        return SAME
    quoted = (rules.fx.get((base, quote)), rules.fx.get((quote, base)))
    fresh = [dated for dated in quoted if dated is not None and _fresh(dated, policy, now_ns)]
    if not fresh:
        return None
    return _of(rules, policy, max(fresh, key=lambda dated: dated.as_of), base, quote)


def at_most(rules: Rules, money: Money, ppb: int, currency: str) -> int:
    """Return an amount at a fixed rate in billionths of a whole unit, rounded up."""
    numerator, denominator = _scaled(rules, ppb, PPB, money.currency, currency)
    return div_up(money.amount_minor * numerator, denominator)


def named(rules: Rules, said: str, base: str, quote: str) -> Rate:
    """Return the rate that an entry names (`Rate.source`): its high side, for both sides."""
    numerator, _, denominator = said.rpartition("=")[2].partition("/")
    high = _scaled(rules, int(numerator), int(denominator), base, quote)
    return Rate(high, high, said)


def _of(rules: Rules, policy: Policy, dated: FxRate, base: str, quote: str) -> Rate:
    if (dated.base, dated.quote) == (base, quote):
        low, high, per = dated.bid_ppb, dated.ask_ppb, (PPB, PPB)
    else:
        low, high, per = PPB, PPB, (dated.ask_ppb, dated.bid_ppb)
    low *= PPM - policy.fx_haircut_ppm
    high *= PPM + policy.fx_haircut_ppm
    most = _lowest(high, per[1] * PPM)
    source = f"{dated.source}:{dated.base}/{dated.quote}@{dated.as_of}={most[0]}/{most[1]}"
    lowest = _scaled(rules, low, per[0] * PPM, base, quote)
    return Rate(lowest, _scaled(rules, *most, base, quote), source)


def _scaled(
    rules: Rules, numerator: int, denominator: int, base: str, quote: str
) -> tuple[int, int]:
    """Return a ratio of whole units as one of smallest units."""
    known = rules.currencies
    numerator *= 10 ** known[quote].decimals
    return _lowest(numerator, denominator * 10 ** known[base].decimals)


def _lowest(numerator: int, denominator: int) -> tuple[int, int]:
    """Return a ratio in its lowest terms, so that sums stay short."""
    common = gcd(numerator, denominator)
    return numerator // common, denominator // common


def _fresh(dated: FxRate, policy: Policy, now_ns: int) -> bool:
    return 0 <= now_ns - dated.as_of <= policy.fx_age_ms_max * _MS
