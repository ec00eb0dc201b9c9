"""One side of the desk's quote before the gate: the lots that limits leave room for.

A side passes every check that an order of `desk:book` would, with the standing quote gone, whose
place it takes. Room for money, position and size is looked for rather than judged, at the side's
own price, so that it is cut and not denied. Two rows are not for it: 9, for a quote answers the
market and is no message that anyone sent, and 16, for local fills cost nothing.
"""

from edgenode.core.gate import admission, order_limits, risk_limits
from edgenode.core.gate.check import PPM, Check, Replaced
from edgenode.core.gate.terms import terms_of
from edgenode.core.gate.worst_price import best_bid, worst_price
from edgenode.core.risk import doubt
from edgenode.core.seen import Seen
from edgenode.core.state import fx
from edgenode.core.state.costs import lot_minor
from edgenode.core.state.exposure import Exposure
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.wallet import BalanceKey
from edgenode.model.facts import Instrument, Policy
from edgenode.model.ids import DESK_BOOK, LOCAL_VENUE, ClientOrderId
from edgenode.model.orders import OrderIntent, Side

NAME = ClientOrderId("quote")  # of no order: no submitter has it


class Sides:
    """Both sides of one quote, judged apart; O(1) in open orders.

    `freed` is what the standing quote holds of each grant.
    """

    __slots__ = (
        *("_exposure", "_instrument", "_now_ns", "_policy", "_replaced", "_seen", "_state"),
        *("_beside", "_net", "_rate", "freed"),
    )

    def __init__(  # noqa: PLR0913, PLR0917  what a side is judged by
        self,
        state: NodeState,
        seen: Seen,
        policy: Policy,
        instrument: Instrument,
        replaced: Replaced,
        exposure: Exposure,
        now_ns: int,
    ) -> None:
        self._state = state
        self._seen = seen
        self._policy = policy
        self._instrument = instrument
        self._replaced = replaced
        self._exposure = exposure
        self._net = exposure.net
        self.freed = replaced.freed
        self._now_ns = now_ns
        self._rate = fx.rate(state.rules, policy, instrument.quote, now_ns)
        self._beside: risk_limits.Beside | None = None  # found once for both sides

    def lots(self, side: Side, price_ticks: int, wanted: int, reducing: int) -> int:
        """Return how many of the wanted lots may stand; where not all may, those that reduce."""
        lots = min(wanted, self._room(side, price_ticks, wanted))
        if self._passes(side, price_ticks, lots):
            return lots
        less = min(lots, reducing)
        return less if less < lots and self._passes(side, price_ticks, less) else 0

    def _passes(self, side: Side, price_ticks: int, lots: int) -> bool:
        if lots <= 0:
            return False
        intent = OrderIntent(
            client_order_id=NAME,
            account=DESK_BOOK,
            venue=LOCAL_VENUE,
            instrument=self._instrument.id,
            side=side,
            quantity_lots=lots,
            price_ticks=price_ticks,
        )
        terms = terms_of(self._state, self._seen, intent, self._now_ns)
        check = Check(
            terms, self._state, self._seen, intent, self._now_ns, self._replaced, self._exposure
        )
        admission.judge(check)
        order_limits.judge_one(check, self._policy, self._instrument)
        if self._beside is None and not check.reducing:
            self._beside = risk_limits.beside_of(check, self._policy)
        risk_limits.judge(check, self._policy, self._instrument, self._beside)
        return not check.reasons

    def _room(self, side: Side, price_ticks: int, wanted: int) -> int:
        """Return lots that size, position grants, net limit and money leave."""
        policy, instrument, rate = self._policy, self._instrument, self._rate
        price = instrument.notional_minor(price_ticks, 1)
        if rate is None or price <= 0:
            return 0
        worst = rate.up(instrument.notional_minor(self._worst(side, price_ticks), 1))
        money = self._money(price, rate.up(price), wanted) if side == "buy" else self._inventory()
        largest = policy.order_notional_max // worst
        return min(instrument.quantity_lots_max, largest, self._position(side), money)

    def _worst(self, side: Side, price_ticks: int) -> int:
        """Return the worst price at which the side can execute."""
        if side == "buy":
            return price_ticks
        policy, name = self._policy, self._instrument.id
        reference = self._seen.reference(policy, name, self._now_ns)
        at = reference.ticks if reference else 0
        upper = at - (-at * policy.price_collar_ppm // PPM)
        bid = best_bid(self._state, self._seen, LOCAL_VENUE, name)
        return worst_price(side, price_ticks, upper, bid)

    def _position(self, side: Side) -> int:
        name, replaced = self._instrument.id, self._replaced
        state, whole = self._state, self._net
        held = state.position_use(DESK_BOOK, name, side)
        held -= replaced.buys if side == "buy" else replaced.sells
        latest = state.limits.latest(self._now_ns)
        granted = state.grants.position_limit(name, side, latest, reducing=False)
        net = whole.high if side == "buy" else -whole.low
        return min(granted - held, self._policy.net_position_lots_max - net)

    def _money(self, price: int, in_policy: int, wanted: int) -> int:
        state, held = self._state, self._replaced.held
        cash = BalanceKey(DESK_BOOK, LOCAL_VENUE, self._instrument.quote)
        free = doubt.free(state, cash) + sum(r.amount for r in held if r.kind == "funds")
        asked = wanted * in_policy
        _, missing = state.grants.take(
            *("cash", self._policy.currency, asked, state.limits.latest(self._now_ns)),
            reducing=False,
            freed=self.freed,
            in_doubt=doubt.used(state, self._seen, self._policy, "cash", self._now_ns),
        )
        return min(free // price, (asked - missing) // in_policy)

    def _inventory(self) -> int:
        held = self._replaced.held
        lots = BalanceKey(DESK_BOOK, LOCAL_VENUE, self._instrument.id)
        base = BalanceKey(DESK_BOOK, LOCAL_VENUE, self._instrument.base)
        one_lot = lot_minor(self._state.rules, self._instrument)
        free = doubt.free_lots(self._state, lots, base, one_lot)
        return free + sum(r.amount for r in held if r.kind == "inventory")
