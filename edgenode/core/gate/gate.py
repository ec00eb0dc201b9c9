"""The gate: every control on an order, in integers, failing closed.

Each failed check gives one reason with its code (EN1nn, nn = the control's row in CONTROLS.md),
limit and value; all checks that can be evaluated are, and reasons come sorted by code. A
check whose inputs already failed is skipped. There is no bypass. What rules say of a whole kind of
orders is worked out once while they stand (terms); what an order itself is, each time. Where
trading is halted nothing else is: a flood that meets a kill is denied at next to no cost.

    standing       1 instrument   2 restricted list, permissions, zones   19 session
                   27 unknown input
    admission      3 client order id   18 clock   19 expiry   21 trading state   27 account, event
    order_limits   4 price   5 collar, fresh reference   6 quantity   7, 8 notional   9 rate
                   12 open orders   17 self-trade   18 market data
    risk_limits    11 net position, over-hedge   14 gross exposure   15 losses   20 reduce-only
    money_limits   13 funds, grants   16 event spend, approvals   29 unexpired grants   30 currency
"""

from collections.abc import Sequence

from edgenode.core.gate import admission, money_limits, order_limits, risk_limits
from edgenode.core.gate.check import Check, Replaced
from edgenode.core.gate.money_limits import Row
from edgenode.core.gate.terms import Terms, in_order, terms_of
from edgenode.core.seen import Seen
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.order import Order
from edgenode.model.facts import Reason, Reserved, Saw
from edgenode.model.ids import DESK_OVERLAY, EventId
from edgenode.model.orders import OrderIntent


class Judgement:
    """The gate's answer: allowed where `reasons` is empty.

    What an entry says of it is written when it is asked for.
    """

    __slots__ = ("_check", "_rows", "_terms", "reasons")

    def __init__(
        self,
        terms: Terms,
        reasons: tuple[Reason, ...],
        check: Check | None = None,
        rows: Sequence[Row] = (),
    ) -> None:
        self.reasons = reasons
        self._terms = terms
        self._check = check
        self._rows = rows

    @property
    def would_reserve(self) -> tuple[Reserved, ...]:
        """Return what the order would hold, were it allowed."""
        return tuple(
            Reserved(grant=grant, kind=kind, amount=amount, unit=unit)
            for grant, kind, amount, unit in self._rows
        )

    @property
    def reserved(self) -> tuple[Reserved, ...]:
        """Return what must be reserved; nothing where the order was denied."""
        return () if self.reasons else self.would_reserve

    @property
    def saw(self) -> Saw:
        """Say what was looked at."""
        check = self._check
        assert check is not None, "nothing is looked at while trading is halted"
        reference, rate = check.reference, check.terms.rate
        return Saw(
            reference_ticks=reference.ticks if reference else None,
            age_ms=reference.age_ms if reference else None,
            source=reference.source if reference else "",
            fx=(rate.source or None) if rate else None,
            worst_ticks=check.worst,
            worst_before=check.net.worst,
            worst_after=check.after.worst,
        )

    @property
    def event_id(self) -> EventId:
        """Return the micro-event whose limits the order was held against."""
        return self._terms.event_id

    @property
    def limits_version(self) -> int:
        """Name the limits."""
        return self._terms.version

    @property
    def price_ticks(self) -> int | None:
        """Return the limit, or the edge of the collar for a market order."""
        return self._check.price if self._check else None

    @property
    def plan_id(self) -> str | None:
        """Name the approved plan that covers it, None if none was needed."""
        return self._check.plan_id if self._check else None


def judge(
    state: NodeState,
    seen: Seen,
    intent: OrderIntent,
    now_ns: int,
    replaces: Order | None = None,
) -> Judgement:
    """Judge one order, or a change of a working one, against every control.

    Pure, but for terms that it keeps; O(1) in open orders.
    """
    terms = terms_of(state, seen, intent, now_ns)
    if terms.halted:
        return Judgement(terms, terms.halted)
    replaced = None if replaces is None else Replaced.of(state, replaces)
    check = Check(terms, state, seen, intent, now_ns, replaced)
    rows = _run(check)
    return Judgement(terms, in_order(check.reasons) if check.reasons else (), check, rows)


def _run(check: Check) -> list[Row]:
    """Evaluate every check that can be; returns what must be reserved."""
    admission.judge(check)
    policy, instrument = check.terms.policy, check.terms.instrument
    if policy is None:
        check.fail("EN129", "policy_missing", "1", "0", "policy")
        return []
    if instrument is None:
        return []
    order_limits.judge(check, policy, instrument)
    risk_limits.judge(check, policy, instrument)
    rows = money_limits.judge(check, policy, instrument)
    if check.intent.account != DESK_OVERLAY:
        risk_limits.hedge_room(check, policy, instrument)
    return rows
