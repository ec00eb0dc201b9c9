"""What the next hour may need to hedge, and what grants and the cap leave for it. Integers.

`lots` come from a forecast: the volume that customers trade here in the next hour, by its quantile
of 95 %, as if all of it were on one side and core took none. Each lot is hedged once and closed
once: both cost a fee and half of the spread. What is needed at most:

    position_buy, position_sell   lots, of the grants of that side
    cash                          the outlay of buying them, fee included
    cost, event_spend             2 x lots x (fee + half of the spread)

What is left is what the gate would let orders use: of grants that live through the hour, and with
what is disputed at its worse end. `event_spend` is held against the micro-event that runs, or that
begins within the hour. Where something is short it is asked for (core/risk/requests); it opens
nothing by itself.
"""

from typing import NamedTuple

from edgenode.core.risk import doubt
from edgenode.core.seen import Seen
from edgenode.core.state import fx
from edgenode.core.state.limits import SECOND_NS
from edgenode.core.state.node_state import NodeState
from edgenode.model.facts import Instrument, MicroEventOpened, Policy
from edgenode.model.ids import DESK_OVERLAY, NO_EVENT, EventId, InstrumentId
from edgenode.model.money import div_up
from edgenode.model.orders import SIDES, Side

PPM = 1_000_000
HOUR_NS = 3_600 * SECOND_NS
ANY_AMOUNT = 1 << 60
POSITION: dict[str, Side] = {f"position_{side}": side for side in SIDES}


class Need(NamedTuple):
    """One kind of room: what may be needed of it, and what is left, in lots or money."""

    kind: str
    needed: int
    left: int

    @property
    def side(self) -> Side | None:
        """Return the side whose lots it counts, None for money."""
        return POSITION.get(self.kind)

    @property
    def short(self) -> int:
        """Return what is missing."""
        return max(0, self.needed - self.left)


class Inputs(NamedTuple):
    """What a sizing was counted from, besides the lots."""

    reference_ticks: int
    fee_ppm: int
    half_spread_ppm: int


class Sizing(NamedTuple):
    """What an instrument may need; `why` nothing can be said where `needs` is empty."""

    lots: int
    event: MicroEventOpened | None  # that it is for, None if none runs or begins soon
    needs: tuple[Need, ...]
    why: str = ""
    inputs: Inputs | None = None  # None where `needs` is empty


def size(
    state: NodeState,
    seen: Seen,
    policy: Policy,
    instrument: Instrument,
    lots: int,
    now_ns: int,
) -> Sizing:
    """Return what `lots` to hedge within the hour need, and what is left for it."""
    event = event_ahead(state, now_ns)
    if not (policy.overlay_enabled and policy.overlay_venues):
        return Sizing(lots, event, (), "this node hedges nothing by itself")
    reference = seen.reference(policy, instrument.id, now_ns)
    rate = fx.rate(state.rules, policy, instrument.quote, now_ns)
    if reference is None or rate is None:
        return Sizing(lots, event, (), "no fresh price" if reference is None else "no fresh rate")
    notional = instrument.notional_minor(reference.ticks, lots)
    fee_ppm = max(venue.fee_ppm for venue in policy.overlay_venues)
    half_spread_ppm = _half_spread_ppm(seen, policy, instrument)
    fee = div_up(notional * fee_ppm, PPM)
    spread = div_up(notional * half_spread_ppm, PPM)
    cost = rate.up(2 * (fee + spread))
    needed = {**dict.fromkeys(POSITION, lots), "cash": rate.up(notional + fee)}
    needed |= {"cost": cost, "event_spend": cost}
    event_id = event.event_id if event else NO_EVENT
    needs = (
        Need(kind, amount, left(state, seen, policy, kind, (instrument.id, event_id), now_ns))
        for kind, amount in needed.items()
    )
    inputs = Inputs(reference.ticks, fee_ppm, half_spread_ppm)
    return Sizing(lots, event, tuple(needs), inputs=inputs)


def left(
    state: NodeState,
    seen: Seen,
    policy: Policy,
    kind: str,
    of: tuple[InstrumentId | None, EventId],
    now_ns: int,
) -> int:
    """Return what grants, or the cap, leave of one kind; less than 0 where it is overdrawn.

    `of` names the instrument of lots, and the micro-event whose cap it is.
    """
    name, event_id = of
    if kind == "event_spend":
        used = state.limits.used(event_id, now_ns)
        used += doubt.spent(state, seen, policy, event_id, now_ns)
        return policy.event_spend_max - used
    until_ns = state.limits.latest(now_ns) + HOUR_NS
    side = POSITION.get(kind)
    if side is not None and name is not None:
        granted = state.grants.position_limit(name, side, until_ns, reducing=False)
        return granted - state.position_use(DESK_OVERLAY, name, side)
    in_doubt = doubt.used(state, seen, policy, kind, now_ns)
    taken, _ = state.grants.take(
        kind, policy.currency, ANY_AMOUNT, until_ns, reducing=False, in_doubt=in_doubt
    )
    return sum(amount for _, amount in taken)


def event_ahead(state: NodeState, now_ns: int) -> MicroEventOpened | None:
    """Return the micro-event that tags orders now, or that begins next within the hour."""
    limits = state.limits
    running = limits.events.get(limits.event_at(now_ns))
    if running is not None:
        return running
    soon = [e for e in limits.events.values() if now_ns < e.starts <= now_ns + HOUR_NS]
    return min(soon, key=lambda e: (e.starts, e.event_id), default=None)


def _half_spread_ppm(seen: Seen, policy: Policy, instrument: Instrument) -> int:
    """Return the widest half-spread that a hedge venue shows, the collar where none does."""
    found = []
    for venue in policy.overlay_venues:
        book = seen.book(venue.venue, instrument.id)
        if book is not None and book.bids and book.asks and book.mid_ticks > 0:
            wide = max(0, book.asks[0][0] - book.bids[0][0])
            found.append(div_up(wide * PPM, 2 * book.mid_ticks))
    return min(policy.collar_ppm, max(found)) if found else policy.collar_ppm
