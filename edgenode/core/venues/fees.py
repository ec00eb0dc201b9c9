"""Fees that no dated rate prices yet: counted at the policy's worst, and one break a currency.

    evidence of a fee in a currency without a fresh rate   break fee_unpriced, once
    a fresh rate of that currency                          FeePriced for each micro-event, then the
                                                           break closes

`FeePriced` replaces what was counted in cost, event spend and cost grants. P&L needs no fact: it
values fees in other currencies at the rate of the moment, as it does what is held.
"""

from edgenode.core.breaks.opening import closed, opened
from edgenode.core.observations import Act
from edgenode.core.state import fx
from edgenode.core.state.costs import UNPRICED
from edgenode.core.state.node_state import NodeState
from edgenode.model.break_types import FEE_UNPRICED
from edgenode.model.currencies import worded
from edgenode.model.facts import FeePriced, FillRecorded, Policy
from edgenode.model.money import Money

RULE = "rule:fees"


def unpriced(state: NodeState, fact: FillRecorded, now_ns: int) -> tuple[Act, ...]:
    """Return the break of a fee that counts at the policy's worst; nothing if it has a rate."""
    policy = state.rules.policy
    if policy is None or fact.fee_fx not in UNPRICED:
        return ()
    known = state.rules.currencies
    counts = worded(known, Money(fact.fee_counted_minor, policy.currency))
    detail = f"venue {fact.venue} took {worded(known, fact.fee)}; it counts as {counts}"
    return opened(state, FEE_UNPRICED, fact.fee_currency, detail, now_ns)


def due(state: NodeState, policy: Policy, now_ns: int) -> list[Act]:
    """Return what prices fees whose currency has a fresh rate now, and closes their breaks."""
    if not state.limits.unpriced and not state.breaks.open:
        return []
    waiting = {currency for _, currency in state.limits.unpriced}
    waiting |= {b.subject for b in state.breaks.open.values() if b.type == FEE_UNPRICED}
    acts: list[Act] = []
    for currency in sorted(waiting & state.rules.currencies.keys()):
        rate = fx.rate(state.rules, policy, currency, now_ns)
        if rate is None:
            continue
        acts += _priced(state, currency, rate, now_ns)
        acts += closed(state, FEE_UNPRICED, currency, "a dated rate prices it", now_ns)
    return acts


def _priced(state: NodeState, currency: str, rate: fx.Rate, now_ns: int) -> list[Act]:
    rows = [row for row in sorted(state.limits.unpriced.items()) if row[0][1] == currency]
    return [
        Act(
            FeePriced(
                at_ns=now_ns,
                event_id=event_id,
                currency=currency,
                number=number,
                fees_minor=row.owed.fees_minor,
                counted_minor=row.owed.counted_minor,
                priced_minor=rate.up(row.owed.fees_minor),
                fx=rate.source or None,
            ),
            RULE,
        )
        for number, ((event_id, _), row) in enumerate(rows, state.fills.times_priced(currency))
    ]
