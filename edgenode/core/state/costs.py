"""What an execution counts as in the policy's currency: its cost, its cash, its fee.

    fee taken in                        counted at
    ----------------------------------  ------------------------------------------------------
    the instrument's quote              the rate of the quote, as the notional is
    the instrument's base               the execution's own price, then the rate of the quote
    any other currency                  a fresh dated rate, else the policy's worst rate for it
    one that policy lists no rate for   the policy's amount for such fees

The rate of the quote is a fresh one, else the one that the gate recorded for the order, else the
policy's worst. Every amount is rounded against us, and a rebate without a rate counts as nothing.
Cash is what flows in the quote alone: a fee in another currency takes none of it, and is cost.
"""

from typing import NamedTuple

from edgenode.core.state import fx
from edgenode.core.state.fx import PPB, Rate
from edgenode.core.state.rules import Rules
from edgenode.model.facts import Instrument, Policy
from edgenode.model.money import Money, div_up
from edgenode.model.orders import Side

WORST, UNLISTED = "policy:worst", "policy:unlisted"  # in place of a rate: the fee is unpriced
UNPRICED = frozenset({WORST, UNLISTED})


class Trade(NamedTuple):
    """An execution before it is counted; `slippage_minor` is in the instrument's quote."""

    side: Side
    quantity_lots: int
    price_ticks: int
    slippage_minor: int
    fee: Money


class Weighed(NamedTuple):
    """What an execution counts as; each amount in the policy's currency."""

    cost_minor: int  # fees and slippage; a rebate makes it no smaller than nothing
    cash_minor: int  # what a buy takes, or what a sale brings back
    fee_minor: int  # the fee alone, signed
    fx: str | None  # names the rate of the quote, None if it is the policy's currency
    fee_fx: str | None  # names what the fee was counted at, None if nothing was needed


def counted(
    rules: Rules, instrument: Instrument, trade: Trade, gate_fx: str | None, now_ns: int
) -> Weighed:
    """Return what an execution counts as; `gate_fx` names the rate that its order passed at."""
    notional = instrument.notional_minor(trade.price_ticks, trade.quantity_lots)
    rate = quote_rate(rules, instrument.quote, gate_fx, now_ns)
    fee, fee_fx = _fee(rules, instrument, trade, rate, now_ns)
    in_quote = trade.fee.amount_minor if trade.fee.currency == instrument.quote else 0
    if trade.side == "buy":
        cash = rate.up(max(0, notional + in_quote))
    else:
        cash = rate.down(max(0, notional - in_quote))
    cost = rate.up(max(0, in_quote) + trade.slippage_minor)
    if trade.fee.currency != instrument.quote:
        cost += max(0, fee)
    return Weighed(cost, cash, fee, rate.source or None, fee_fx)


def priced(rules: Rules, policy: Policy, fee: Money, now_ns: int) -> tuple[int, str | None]:
    """Return what a fee counts as, and at which rate: a fresh one, or the policy's worst."""
    known = fee.currency in rules.currencies
    rate = fx.rate(rules, policy, fee.currency, now_ns) if known else None
    if rate is not None:
        return rate.up(fee.amount_minor), rate.source or None
    worst = worst_rate(policy, fee.currency)
    if worst is None:
        return (policy.fee_unlisted_minor if fee.amount_minor > 0 else 0), UNLISTED
    return max(0, fx.at_most(rules, fee, worst, policy.currency)), WORST


def worst_rate(policy: Policy, currency: str) -> int | None:
    """Return the policy's worst rate of a currency in billionths; None if it lists none."""
    return next((r.ppb for r in policy.fee_worst_rates if r.currency == currency), None)


def base_in_quote(rules: Rules, instrument: Instrument, base_minor: int, price_ticks: int) -> int:
    """Return an amount of the base asset in the quote's smallest unit, rounded up."""
    return div_up(instrument.notional_minor(price_ticks, base_minor), lot_minor(rules, instrument))


def lot_minor(rules: Rules, instrument: Instrument) -> int:
    """Return how many smallest units of the base one lot is."""
    lot: int = 10 ** (rules.currencies[instrument.base].decimals - instrument.quantity_decimals)
    return lot


def quote_rate(rules: Rules, quote: str, gate_fx: str | None, now_ns: int) -> Rate:
    """Return the rate at which amounts in an instrument's quote count (see above)."""
    policy = rules.policy
    if policy is None:
        return fx.SAME
    fresh = fx.rate(rules, policy, quote, now_ns)
    if fresh is not None:
        return fresh
    worst = f"{WORST}={worst_rate(policy, quote) or PPB}/{PPB}"
    return fx.named(rules, gate_fx or worst, quote, policy.currency)


def _fee(
    rules: Rules, instrument: Instrument, trade: Trade, rate: Rate, now_ns: int
) -> tuple[int, str | None]:
    fee = trade.fee
    if fee.currency == instrument.quote:
        return rate.up(fee.amount_minor), rate.source or None
    if fee.currency == instrument.base:
        in_quote = base_in_quote(rules, instrument, fee.amount_minor, trade.price_ticks)
        return rate.up(in_quote), rate.source or None
    if rules.policy is None or not fee.amount_minor:
        return 0, None
    return priced(rules, rules.policy, fee, now_ns)
