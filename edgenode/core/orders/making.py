"""What the desk would quote now: both sides within every limit, the bid first.

Each side passes the gate as an order of `desk:book` would (core/gate/sides). One that finds less
room in grants, balances, sizes or hedges is cut to it; one that other limits deny is cut to what
reduces net exposure, or not made.

Hedges come first: a side that may only reduce takes no more than the overlay's band leaves
unhedged. A quote for all of it would make every hedge a possible change of sign, which no
`reducing` admits.
"""

from edgenode.core.estimate.quotes import priced
from edgenode.core.gate import trading_state
from edgenode.core.gate.check import Replaced
from edgenode.core.gate.sides import Sides
from edgenode.core.hedge.edges import region
from edgenode.core.hedge.look import look
from edgenode.core.market.quoting import Pricing, Quote, quote, widened
from edgenode.core.restrictions.causes import PERSON
from edgenode.core.risk.room import Rooms
from edgenode.core.seen import Reference, Seen
from edgenode.core.state import fx
from edgenode.core.state.exposure import Exposure, Interval
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.restrictions import NODE
from edgenode.model.facts import Instrument, Policy
from edgenode.model.ids import DESK_BOOK, LOCAL_VENUE, EventId
from edgenode.model.orders import Side

REDUCING = "reducing"  # the reason of a quote that takes no risk on


class Making:
    """A quote in the making; `reason` is what its entry will say.

    The bid comes first: what it takes is no room of the ask's. `bid_ticks` and `bid_lots` hold
    once `bid` was called.
    """

    __slots__ = (
        *("_instrument", "_policy", "_pricing", "_rate", "_reference", "_rooms", "_sides"),
        *("_ask_ticks", "_bid_room", "_most", "bid_lots", "bid_ticks", "reason"),
    )

    def __init__(  # noqa: PLR0913, PLR0917  what a quote is made from
        self,
        policy: Policy,
        instrument: Instrument,
        reference: Reference,
        rate: fx.Rate,
        pricing: Pricing,
        sides: Sides,
        rooms: Rooms,
        reason: str,
    ) -> None:
        self._policy = policy
        self._instrument = instrument
        self._reference = reference
        self._rate = rate
        self._pricing = pricing
        self._sides = sides
        self._rooms = rooms
        self._most = _reducing(policy, rooms.net)
        self._bid_room = self._ask_ticks = self.bid_ticks = self.bid_lots = 0
        self.reason = reason

    def bid(self) -> None:
        """Make the bid."""
        room = self._bid_room = self._rooms.admitted("buy", self._pricing.size_lots)
        made = self._priced(room, room)
        self.bid_ticks, self._ask_ticks = made.bid_ticks, made.ask_ticks
        self.bid_lots = self._lots("buy", room, self.bid_ticks)

    def quote(self) -> Quote | None:
        """Make the ask beside the bid; returns both, None if neither may stand."""
        outlay = self._instrument.notional_minor(self.bid_ticks, self.bid_lots)
        self._rooms.cash = self._rate.up(outlay)  # no hedge's any more
        room = self._rooms.admitted("sell", self._pricing.size_lots)
        ask_ticks = self._ask_ticks
        if room != self._bid_room:  # the bid stays: it does not depend on the ask's room
            ask_ticks = self._priced(self._bid_room, room).ask_ticks
        ask_lots = self._lots("sell", room, ask_ticks)
        if not (self.bid_lots or ask_lots):
            return None
        return Quote(self.bid_ticks, ask_ticks, self.bid_lots, ask_lots)

    def _lots(self, side: Side, room: int, ticks: int) -> int:
        most = self._most[side]
        wanted = min(self._pricing.size_lots, room)
        if self.reason == REDUCING:
            wanted = min(wanted, most)
        return self._sides.lots(side, ticks, wanted, most)

    def _priced(self, bid_room: int, ask_room: int) -> Quote:
        """Return the prices of both sides, each wider the less hedge room it has."""
        return quote(
            mid_ticks=self._reference.ticks,
            half_spreads_ppm=(self._spread(bid_room), self._spread(ask_room)),
            pricing=self._pricing,
        )

    def _spread(self, room_lots: int) -> int:
        """Return the half-spread of a side with that much hedge room."""
        return widened(
            self._pricing.half_spread_ppm,
            self._policy.quote_half_spread_ppm_max,
            room_lots=room_lots,
            size_lots=self._pricing.size_lots,
        )


def begun(  # noqa: PLR0913, PLR0917  what a quote is made from, and why there is none
    state: NodeState,
    seen: Seen,
    policy: Policy,
    instrument: Instrument,
    reference: Reference | None,
    held: Replaced,
    event_id: EventId,
    now_ns: int,
) -> Making | str:
    """Return a quote in the making, in place of what is `held`; or why none may stand."""
    name = instrument.id
    if policy.quote_size_lots == 0:
        return "no quoter"
    if state.restrictions.find(NODE, PERSON) is not None:
        return "paused"
    if name in state.limits.auctions:
        return "auction"
    rate = fx.rate(state.rules, policy, instrument.quote, now_ns)
    if reference is None or rate is None:
        return "no fresh reference"
    trading, _, _ = trading_state.effective(
        state.restrictions, DESK_BOOK, LOCAL_VENUE, name, event_id
    )
    if trading == "halted":
        return "halted"
    # hedges may use what expired grants keep for reducing
    lapsed = policy.overlay_enabled and state.grants.lapsed(
        name, policy.currency, state.limits.latest(now_ns)
    )
    exposure = state.exposure(name).without(buys=held.buys, sells=held.sells)
    sides = Sides(state, seen, policy, instrument, held, exposure, now_ns)
    rooms = Rooms(state, seen, policy, instrument, exposure, now_ns, sides.freed)
    reason = REDUCING if lapsed else trading
    pricing = _pricing(state, seen, policy, instrument, exposure, now_ns)
    return Making(policy, instrument, reference, rate, pricing, sides, rooms, reason)


def _pricing(
    state: NodeState,
    seen: Seen,
    policy: Policy,
    instrument: Instrument,
    exposure: Exposure,
    now_ns: int,
) -> Pricing:
    """Price the risk where policy says so and the market is known; else policy's constants."""
    net_lots = exposure.net_agreed
    looked = look(state, seen, policy, instrument, now_ns) if policy.quote_risk_priced else None
    if looked is None or seen.estimates is None:
        return Pricing(
            half_spread_ppm=policy.quote_half_spread_ppm,
            skew_ppm=policy.quote_skew_ppm,
            net_lots=net_lots,
            unit_lots=policy.quote_unit_lots,
            size_lots=policy.quote_size_lots,
        )
    edges = looked.edges
    within = region(
        exposure.agreed + exposure.mandate,
        share_ppm=edges.share_ppm,
        band_lots=edges.band_lots,
        hurdle_lots=edges.hurdle_lots,
    )
    markout = seen.estimates.markout(instrument.id)
    return priced(policy, instrument, looked.sight, net_lots, within.upper, markout)


def _reducing(policy: Policy, net: Interval) -> dict[Side, int]:
    """Return the lots of each side that reduce net exposure and leave hedges their room."""
    most = policy.band_lots if policy.overlay_enabled else policy.quote_size_lots
    return {"buy": min(most, max(0, -net.high)), "sell": min(most, max(0, net.low))}
