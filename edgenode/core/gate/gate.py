"""The gate: every control on an order, in integers, failing closed.

Each failed check gives one reason with its code (EN1nn, nn = the control's row in the design's
table), limit and value; all checks that can be evaluated are, and reasons come sorted by code. A
check whose inputs already failed is skipped. There is no bypass.

    admission      1 instrument   2 restricted list, permissions, zones   3 client order id
                   18 clock   19 session, expiry   21 trading state   27 unknown input
    order_limits   4 price   5 collar, fresh reference   6 quantity   7, 8 notional   9 rate
                   12 open orders   17 self-trade   18 market data
    risk_limits    11 net position, over-hedge   14 gross exposure   15 losses   20 reduce-only
    money_limits   13 funds, grants   16 event spend, approvals   29 unexpired grants   30 currency
"""

from dataclasses import dataclass

from edgenode.core.gate import admission, money_limits, order_limits, risk_limits
from edgenode.core.gate.check import Check, Replaced
from edgenode.core.seen import Seen
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.orders import Order
from edgenode.model.facts import Reason, Reserved, Saw
from edgenode.model.ids import EventId
from edgenode.model.orders import OrderIntent


@dataclass(frozen=True, slots=True)
class Verdict:
    """The gate's answer: allowed where `reasons` is empty.

    `price_ticks` is the limit, or the edge of the collar for a market order.
    """

    reasons: tuple[Reason, ...]
    would_reserve: tuple[Reserved, ...]
    saw: Saw
    event_id: EventId
    limits_version: int
    price_ticks: int | None
    plan_id: str | None

    @property
    def reserved(self) -> tuple[Reserved, ...]:
        """Give what must be reserved; nothing where the order was denied."""
        return () if self.reasons else self.would_reserve


def judge(
    state: NodeState,
    seen: Seen,
    intent: OrderIntent,
    now_ns: int,
    replaces: Order | None = None,
) -> Verdict:
    """Judge one order, or a change of a working one, against every control.

    Pure; O(1) in open orders.
    """
    replaced = None if replaces is None else Replaced.of(state, replaces)
    check = Check(state, seen, intent, now_ns, replaced)
    reserved = _run(check)
    return Verdict(
        reasons=tuple(sorted(check.reasons, key=lambda r: (r.code, r.name, r.scope))),
        would_reserve=reserved,
        saw=_saw(check),
        event_id=check.event_id,
        limits_version=state.limits.version,
        price_ticks=check.price,
        plan_id=check.plan_id,
    )


def _run(check: Check) -> tuple[Reserved, ...]:
    """Evaluate every check that can be."""
    admission.judge(check)
    policy, instrument = check.policy, check.instrument
    if policy is None:
        check.fail("EN129", "policy_missing", "1", "0", "policy")
        return ()
    if instrument is None:
        return ()
    order_limits.judge(check, policy, instrument)
    risk_limits.judge(check, policy, instrument)
    return money_limits.judge(check, policy, instrument)


def _saw(check: Check) -> Saw:
    """Say what was looked at, for the entry."""
    reference = check.reference
    return Saw(
        reference_ticks=reference.ticks if reference else None,
        age_ms=reference.age_ms if reference else None,
        source=reference.source if reference else "",
        fx=check.rate.source or None if check.rate else None,
        worst_before=check.net.worst,
        worst_after=check.after.worst,
    )
