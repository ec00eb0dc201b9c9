"""One judgement in progress: what it is about, what was looked at, what failed so far."""

from edgenode.core.seen import Reference, Seen
from edgenode.core.state import fx
from edgenode.core.state.exposure import Exposure, is_reducing
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.orders import Order
from edgenode.model.facts import Policy, Reason
from edgenode.model.ids import EventId, is_customer
from edgenode.model.money import div_up, format_decimal, format_minor
from edgenode.model.orders import OrderIntent, sign

PPM = 1_000_000


class Check:
    """An order before the gate, with everything that the controls look at; O(1) to make.

    `price` is the limit, or for a market order the collar's edge; None where there is none.
    `notional` is in the policy's currency; None where it cannot be told. `replaces` is the working
    order that this one would change.
    """

    __slots__ = (
        *("state", "seen", "intent", "now_ns", "replaces", "reasons", "event_id", "policy"),
        *("instrument", "reference", "exposure", "reducing", "signed", "price", "rate"),
        *("notional", "plan_id"),
    )

    def __init__(
        self,
        state: NodeState,
        seen: Seen,
        intent: OrderIntent,
        now_ns: int,
        replaces: Order | None = None,
    ) -> None:
        self.state = state
        self.seen = seen
        self.intent = intent
        self.now_ns = now_ns
        self.replaces = replaces
        self.reasons: list[Reason] = []
        self.plan_id: str | None = None
        limits = state.limits
        self.event_id: EventId = self._event()
        policy = self.policy = limits.policy
        instrument = self.instrument = limits.instruments.get(intent.instrument)
        self.reference: Reference | None = (
            seen.reference(policy, intent.instrument, now_ns) if policy else None
        )
        self.exposure: Exposure = state.exposure(intent.instrument)
        signed = sign(intent.side) * intent.quantity_lots
        # a customer's order is judged as if desk:book took all of it
        self.signed = -signed if is_customer(intent.account) else signed
        self.reducing = is_reducing(self.exposure.net, self.signed)
        self.price = self._price(policy)
        self.rate: fx.Rate | None = None
        self.notional: int | None = None
        if policy is not None and instrument is not None:
            self.rate = fx.rate(limits, policy, instrument.quote, now_ns)
            if self.rate is not None and self.price is not None and intent.quantity_lots > 0:
                notional = instrument.notional_minor(self.price, intent.quantity_lots)
                self.notional = self.rate.up(notional)

    @property
    def is_customer(self) -> bool:
        """Tell whether a customer asks."""
        return is_customer(self.intent.account)

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
