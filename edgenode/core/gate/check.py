"""One judgement in progress: what it is about, what was looked at, what failed so far."""

from collections.abc import Mapping
from typing import NamedTuple

from edgenode.core.gate.terms import Terms
from edgenode.core.gate.worst_price import best_bid, worst_price
from edgenode.core.risk import doubt
from edgenode.core.seen import Reference, Seen
from edgenode.core.state.exposure import Exposure, Interval, reduces, with_order
from edgenode.core.state.grants import NOTHING_FREED
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.order import Order
from edgenode.model import currencies
from edgenode.model.facts import Reason, Reserved
from edgenode.model.ids import DESK_BOOK, DESK_OVERLAY, GrantId, is_customer
from edgenode.model.money import Money, format_decimal, format_minor
from edgenode.model.orders import OrderIntent, opposite

PPM = 1_000_000


class Replaced(NamedTuple):
    """What an order takes the place of; once it stands, nothing of this counts any more."""

    buys: int = 0  # lots that may still execute
    sells: int = 0
    filled_lots: int = 0
    orders: int = 0
    price_ticks: int = 0  # of the order; 0 for a quote
    tick_lots: int = 0  # worst price times lots
    event_lots: int = 0  # of an order, counted as the desk's for the micro-event
    held: tuple[Reserved, ...] = ()

    @classmethod
    def of(cls, state: NodeState, order: Order) -> "Replaced":
        """Return what a change takes the place of: the order as it works now."""
        gated, lots = order.gated, order.remaining_lots
        buy = gated.side == "buy"
        return cls(
            buys=lots if buy else 0,
            sells=0 if buy else lots,
            filled_lots=order.filled_lots,
            orders=1,
            price_ticks=gated.price_ticks,
            tick_lots=gated.saw.worst_ticks * lots,
            event_lots=0 if is_customer(gated.account) else lots,
            held=state.reservations.orders.get(gated.order_id, ()),
        )

    def without(self, exposure: Exposure, intent: OrderIntent) -> Exposure:
        """Return an instrument's exposure as if what is replaced were gone."""
        if intent.account == DESK_BOOK and (self.buys or self.sells):
            return exposure.without(buys=self.buys, sells=self.sells)
        return exposure

    @property
    def freed(self) -> Mapping[GrantId, int]:
        """Return what is held of each grant."""
        if not self.held:
            return NOTHING_FREED
        freed: dict[GrantId, int] = {}
        for row in self.held:
            freed[row.grant] = freed.get(row.grant, 0) + row.amount
        return freed


NOTHING_REPLACED = Replaced()


class Check:
    """An order before the gate, with everything that the controls look at; O(1) to make.

    `terms` is what the rules say of its kind. `price` is the limit, or for a market order the
    collar's edge; None if there is none. `worst` is the worst price at which it can execute, and
    `notional` what it is there in the policy's currency; None if that is not known. A change has
    its whole quantity in the intent; `open_lots` of it may still execute, in place of what it
    `replaces`. `exposure`, where it is given, is without that already; `net` is of it, `after`
    with the order. `reducing` tells whether the order takes risk off; `lessens` whether it only
    makes a working order smaller or less aggressive; `is_quote` whether it is a side of the desk's
    quote (core/gate/sides). `in_doubt`: limits look at the worse end of something.
    """

    __slots__ = (
        *("state", "seen", "intent", "now_ns", "changes", "replaces", "reasons", "plan_id"),
        *("terms", "reference", "collar", "exposure", "net", "reducing", "open_lots"),
        *("signed", "price", "worst", "in_quote", "notional", "lessens", "is_quote"),
        "in_doubt",
    )

    def __init__(  # noqa: PLR0913, PLR0915, PLR0917  what an order is judged by
        self,
        terms: Terms,
        state: NodeState,
        seen: Seen,
        intent: OrderIntent,
        now_ns: int,
        replaces: Replaced | None = None,
        exposure: Exposure | None = None,
    ) -> None:
        self.terms = terms
        self.state = state
        self.seen = seen
        self.intent = intent
        self.now_ns = now_ns
        self.changes = replaces is not None
        self.replaces = replaced = NOTHING_REPLACED if replaces is None else replaces
        self.is_quote = replaces is not None and not replaced.orders
        self.in_doubt = doubt.any_of(state)
        self.reasons: list[Reason] = list(terms.reasons)
        self.plan_id: str | None = None
        policy, instrument, lots = terms.policy, terms.instrument, intent.quantity_lots
        self.reference: Reference | None = None
        self.collar = upper = 0  # the most aggressive price that passes, and the highest one
        if policy is not None:
            reference = self.reference = seen.reference(policy, intent.instrument, now_ns)
            if reference is not None:
                ticks = reference.ticks
                distance = -(-ticks * policy.price_collar_ppm // PPM)  # in favour of the order
                upper = ticks + distance
                self.collar = upper if terms.sign > 0 else max(1, ticks - distance)
        if exposure is None:
            exposure = state.exposure(intent.instrument)
            if replaces is not None:
                exposure = replaced.without(exposure, intent)
        self.exposure = exposure
        self.open_lots = lots - replaced.filled_lots
        self.signed = terms.exposed * self.open_lots
        self.net = exposure.net
        limit = intent.price_ticks
        price = self.price = limit if limit is not None and limit > 0 else self._unlimited()
        self.lessens = replaced.orders > 0 and self._lessens()
        self.reducing = self.lessens or self._reduces()
        self.worst = price if terms.sign > 0 and price is not None else self._worst(upper)
        in_quote: int | None = None
        notional: int | None = None
        if instrument is not None and terms.rate is not None and price is not None and lots > 0:
            in_quote = highest = instrument.notional_minor(price, lots)
            if self.worst != price:
                highest = instrument.notional_minor(self.worst, lots)
            notional = terms.rate.up(highest)
        self.in_quote, self.notional = in_quote, notional

    @property
    def after(self) -> Interval:
        """Return the net exposure with the order."""
        return with_order(self.net, self.signed)

    @property
    def freed_lots(self) -> int:
        """Return open lots on the order's own side that it takes the place of."""
        return self.replaces.buys if self.intent.side == "buy" else self.replaces.sells

    def lots(self, lots: int) -> str:
        """Write lots of the order's instrument as a quantity."""
        instrument = self.terms.instrument
        return format_decimal(lots, instrument.quantity_decimals if instrument else 0)

    def fail(
        self, code: str, name: str, limit: str, value: str, unit: str, scope: str = "node"
    ) -> None:
        """Note a failed control."""
        self.reasons.append(
            Reason(code=code, name=name, limit=limit, value=value, unit=unit, scope=scope)
        )

    def fail_lots(self, code: str, name: str, limit: int, value: int, scope: str = "node") -> None:
        """Note a failed control on a quantity."""
        instrument = self.terms.instrument
        unit = instrument.base if instrument else "lots"
        self.fail(code, name, self.lots(limit), self.lots(value), unit, scope)

    def fail_price(
        self, code: str, name: str, limit: int, value: int | None, scope: str = "node"
    ) -> None:
        """Note a failed control on a price."""
        shown = "none" if value is None else self.price_text(value)
        instrument = self.terms.instrument
        unit = instrument.quote if instrument else "ticks"
        self.fail(code, name, self.price_text(limit), shown, unit, scope)

    def price_text(self, ticks: int) -> str:
        """Write a price of the order's instrument."""
        instrument = self.terms.instrument
        return format_decimal(ticks, instrument.price_decimals if instrument else 0)

    def fail_money(
        self, code: str, name: str, limit: int, value: int, scope: str = "node"
    ) -> None:
        """Note a failed control on an amount in the policy's currency."""
        assert self.terms.policy is not None
        unit = self.terms.policy.currency
        self.fail(code, name, self.money(limit, unit), self.money(value, unit), unit, scope)

    def money(self, amount_minor: int, currency: str) -> str:
        """Write an amount with its currency's decimals."""
        known = self.state.rules.currencies
        declared = known.get(currency)
        if declared is not None:
            return format_minor(amount_minor, declared.decimals)
        return currencies.amount(known, Money(amount_minor, currency))

    def _reduces(self) -> bool:
        """Return whether the order is risk-reducing (core/state/exposure.reduces).

        The desk's own quotes do not count against a hedge: they are the desk's to pull, and are
        made anew for the exposure that the hedge leaves. The quoted lots that a customer's order
        takes do not count beside it: they are the same lots.
        """
        low, high = self.net
        if reduces(low, high, self.signed):
            return True
        if self.intent.instrument not in self.state.orders.quotes:
            return False
        buys, sells = self._quoted()
        return bool(buys or sells) and reduces(low + sells, high - buys, self.signed)

    def _quoted(self) -> tuple[int, int]:
        """Return the lots of the desk's quote that do not count as open beside this order."""
        orders, name = self.state.orders, self.intent.instrument
        if self.intent.account == DESK_OVERLAY:
            return orders.quote_lots(name)
        onto = self.net.high <= 0 if self.signed > 0 else self.net.low >= 0
        if not (onto and self.terms.is_customer):
            return 0, 0  # a customer's order that cannot reduce, whatever it takes
        price, best = self.price, orders.quote_price(name, opposite(self.intent.side))
        if best is None or price is None or self.terms.sign * (price - best) < 0:
            return 0, 0
        buys, sells = orders.quote_lots(name)
        taken = max(0, self.open_lots)
        return (0, min(sells, taken)) if self.terms.sign > 0 else (min(buys, taken), 0)

    def _lessens(self) -> bool:
        """Return whether this is a change to less, at the same price or a less aggressive one."""
        if self.price is None:
            return False
        worse = self.terms.sign * (self.price - self.replaces.price_ticks) > 0
        return 0 < self.open_lots <= self.freed_lots and not worse

    def _worst(self, upper: int) -> int:
        intent, price = self.intent, self.price
        if price is None:
            return 0
        bid = best_bid(self.state, self.seen, intent.venue, intent.instrument)
        return worst_price("sell", price, upper, bid)

    def _unlimited(self) -> int | None:
        """Return the price of an order without a limit: a market order has the collar's edge."""
        market = self.intent.price_ticks is None and self.intent.type == "market"
        return self.collar if market and self.reference is not None else None
