"""One judgement in progress: what it is about, what was looked at, what failed so far."""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from edgenode.core.seen import Reference, Seen
from edgenode.core.state import fx
from edgenode.core.state.exposure import Exposure, is_reducing, with_order
from edgenode.core.state.grants import NOTHING_FREED
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.orders import Order
from edgenode.model.facts import Policy, Reason, Reserved
from edgenode.model.ids import DESK_BOOK, EventId, GrantId, is_customer
from edgenode.model.money import div_up, format_decimal, format_minor
from edgenode.model.orders import OrderIntent, sign

PPM = 1_000_000


class Replaced(NamedTuple):
    """What an order takes the place of; once it stands, nothing of this counts any more."""

    buys: int = 0  # lots that may still execute
    sells: int = 0
    filled_lots: int = 0
    orders: int = 0
    tick_lots: int = 0  # price times lots, summed
    event_lots: int = 0  # counted as the desk's for the micro-event
    held: tuple[Reserved, ...] = ()

    @classmethod
    def of(cls, state: NodeState, order: Order) -> "Replaced":
        """Give what a change takes the place of: the order as it works now."""
        gated, lots = order.gated, order.remaining_lots
        buy = gated.side == "buy"
        return cls(
            buys=lots if buy else 0,
            sells=0 if buy else lots,
            filled_lots=order.filled_lots,
            orders=1,
            tick_lots=gated.price_ticks * lots,
            event_lots=0 if is_customer(gated.account) else lots,
            held=state.reservations.orders.get(gated.order_id, ()),
        )

    def exposure(self, state: NodeState, intent: OrderIntent) -> Exposure:
        """Give an instrument's exposure as if what is replaced were gone."""
        found = state.exposure(intent.instrument)
        if intent.account == DESK_BOOK and (self.buys or self.sells):
            return found.without(buys=self.buys, sells=self.sells)
        return found

    @property
    def freed(self) -> Mapping[GrantId, int]:
        """Give what is held of each grant."""
        if not self.held:
            return NOTHING_FREED
        freed = Counter[GrantId]()
        for row in self.held:
            freed[row.grant] += row.amount
        return freed


NOTHING_REPLACED = Replaced()


class Check:
    """An order before the gate, with everything that the controls look at; O(1) to make.

    `price` is the limit, or for a market order the collar's edge; None where there is none.
    `notional` is in the policy's currency; None where it cannot be told. A change has its whole
    quantity in the intent; `open_lots` of it may still execute, in place of what it `replaces`.
    `exposure`, where it is given, is without that already; `net` is of it, `after` with the order.
    """

    __slots__ = (
        *("state", "seen", "intent", "now_ns", "changes", "replaces", "reasons", "event_id"),
        *("net", "after", "is_customer"),
        *("instrument", "reference", "exposure", "reducing", "signed", "price", "rate"),
        *("policy", "notional", "plan_id", "open_lots"),
    )

    def __init__(
        self,
        state: NodeState,
        seen: Seen,
        intent: OrderIntent,
        now_ns: int,
        replaces: Replaced | None = None,
        exposure: Exposure | None = None,
    ) -> None:
        self.state = state
        self.seen = seen
        self.intent = intent
        self.now_ns = now_ns
        self.is_customer = is_customer(intent.account)
        self.changes = replaces is not None
        self.replaces = replaced = replaces or NOTHING_REPLACED
        self.reasons: list[Reason] = []
        self.plan_id: str | None = None
        limits = state.limits
        self.event_id: EventId = self._event()
        policy = self.policy = limits.policy
        instrument = self.instrument = limits.instruments.get(intent.instrument)
        self.reference: Reference | None = (
            seen.reference(policy, intent.instrument, now_ns) if policy else None
        )
        self.exposure: Exposure = exposure or replaced.exposure(state, intent)
        self.open_lots = intent.quantity_lots - replaced.filled_lots
        signed = sign(intent.side) * self.open_lots
        # a customer's order is judged as if desk:book took all of it
        self.signed = -signed if self.is_customer else signed
        self.net = self.exposure.net
        self.after = with_order(self.net, self.signed)
        self.reducing = is_reducing(self.net, self.signed)
        self.price = self._price(policy)
        self.rate: fx.Rate | None = None
        self.notional: int | None = None
        if policy is not None and instrument is not None:
            self.rate = fx.rate(limits, policy, instrument.quote, now_ns)
            if self.rate is not None and self.price is not None and intent.quantity_lots > 0:
                notional = instrument.notional_minor(self.price, intent.quantity_lots)
                self.notional = self.rate.up(notional)

    @property
    def is_quote(self) -> bool:
        """Tell whether this is a side of the desk's quote (core/gate/sides)."""
        return self.changes and not self.replaces.orders

    @property
    def freed_lots(self) -> int:
        """Give open lots on the order's own side that it takes the place of."""
        return self.replaces.buys if self.intent.side == "buy" else self.replaces.sells

    def collar_ticks(self, reference: Reference, policy: Policy) -> int:
        """Give the most aggressive price that the collar lets pass."""
        distance = div_up(reference.ticks * policy.price_collar_ppm, PPM)
        return max(1, reference.ticks + sign(self.intent.side) * distance)

    def lots(self, lots: int) -> str:
        """Write lots of the order's instrument as a quantity."""
        return format_decimal(lots, self.instrument.quantity_decimals if self.instrument else 0)

    def fail(
        self, code: str, name: str, limit: str, value: str, unit: str, scope: str = "node"
    ) -> None:
        """Note a failed control."""
        self.reasons.append(
            Reason(code=code, name=name, limit=limit, value=value, unit=unit, scope=scope)
        )

    def fail_lots(self, code: str, name: str, limit: int, value: int, scope: str = "node") -> None:
        """Note a failed control on a quantity."""
        unit = self.instrument.base if self.instrument else "lots"
        self.fail(code, name, self.lots(limit), self.lots(value), unit, scope)

    def fail_money(
        self, code: str, name: str, limit: int, value: int, scope: str = "node"
    ) -> None:
        """Note a failed control on an amount in the policy's currency."""
        assert self.policy is not None
        unit = self.policy.currency
        self.fail(code, name, format_minor(limit, unit), format_minor(value, unit), unit, scope)

    def _event(self) -> EventId:
        """Give the micro-event whose limits hold: of a customer's order always the one that runs.

        A desk order may name another that is open (row 27); a change stays in its order's.
        """
        named = self.intent.event_id
        if named is None or self.is_customer:
            return self.state.limits.event_at(self.now_ns)
        return named

    def _price(self, policy: Policy | None) -> int | None:
        intent = self.intent
        if intent.type == "market" and intent.price_ticks is None:
            if policy is None or self.reference is None:
                return None
            return self.collar_ticks(self.reference, policy)
        price = intent.price_ticks
        return price if price is not None and price > 0 else None
