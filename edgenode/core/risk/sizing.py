"""What the next hour may need to hedge, and what grants and the cap leave for it. Integers.

`lots` come from a forecast: the volume that customers trade here in the next hour, by its quantile
of 95 %, as if all of it were on one side and core took none. Each lot is hedged once and closed
once: both cost a fee and half of the spread. What is needed at most:

    position_buy, position_sell   lots, of the grants of that side
    cash                          the outlay of buying them, fee included
    cost, event_spend             2 x lots x (fee + half of the spread)

What is left is what the gate would let orders use: of grants that live through the hour, and with
what is disputed at its worse end. `event_spend` is held against the micro-event that runs, or that
begins within the hour. It asks for nothing: a person does, before the onset, where something is
short.
"""

from typing import NamedTuple

from edgenode.core.risk import doubt
from edgenode.core.seen import Seen
from edgenode.core.state import fx
from edgenode.core.state.limits import SECOND_NS
from edgenode.core.state.node_state import NodeState
from edgenode.model.facts import Instrument, MicroEventOpened, Policy
from edgenode.model.ids import DESK_OVERLAY, NO_EVENT
from edgenode.model.money import div_up
from edgenode.model.orders import SIDES

PPM = 1_000_000
HOUR_NS = 3_600 * SECOND_NS
ANY_AMOUNT = 1 << 60


class Need(NamedTuple):
    """One kind of room: what may be needed of it, and what is left, in lots or money."""

    kind: str
    needed: int
    left: int

    @property
    def short(self) -> int:
        """Return what is missing."""
        return max(0, self.needed - self.left)


class Sizing(NamedTuple):
    """What an instrument may need; `why` nothing can be said where `needs` is empty."""

    lots: int
    event: MicroEventOpened | None  # that it is for, None if none runs or begins soon
    needs: tuple[Need, ...]
    why: str = ""


def size(
    state: NodeState,
    seen: Seen,
    policy: Policy,
    instrument: Instrument,
    lots: int,
    now_ns: int,
) -> Sizing:
    """Return what `lots` to hedge within the hour need, and what is left for it."""
    event = _event(state, now_ns)
    if not (policy.overlay_enabled and policy.overlay_venues):
        return Sizing(lots, event, (), "this node hedges nothing by itself")
    reference = seen.reference(policy, instrument.id, now_ns)
    rate = fx.rate(state.rules, policy, instrument.quote, now_ns)
    if reference is None or rate is None:
        return Sizing(lots, event, (), "no fresh price" if reference is None else "no fresh rate")
    name, until_ns = instrument.id, state.limits.latest(now_ns) + HOUR_NS
    notional = instrument.notional_minor(reference.ticks, lots)
    fee_ppm = max(venue.fee_ppm for venue in policy.overlay_venues)
    fee = div_up(notional * fee_ppm, PPM)
    spread = div_up(notional * _half_spread_ppm(seen, policy, instrument), PPM)
    cost = rate.up(2 * (fee + spread))
    needs = [
        Need(
            f"position_{side}",
            lots,
            state.grants.position_limit(name, side, until_ns, reducing=False)
            - state.position_use(DESK_OVERLAY, name, side),
        )
        for side in SIDES
    ]
    event_id = event.event_id if event else NO_EVENT
    used = state.limits.used(event_id, now_ns)
    used += doubt.spent(state, seen, policy, event_id, now_ns)
    cash_left, cost_left = (
        _left(state, policy, kind, until_ns, doubt.used(state, seen, policy, kind, now_ns))
        for kind in ("cash", "cost")
    )
    needs += [
        Need("cash", rate.up(notional + fee), cash_left),
        Need("cost", cost, cost_left),
        Need("event_spend", cost, policy.event_spend_max - used),
    ]
    return Sizing(lots, event, tuple(needs))


def _event(state: NodeState, now_ns: int) -> MicroEventOpened | None:
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


def _left(state: NodeState, policy: Policy, kind: str, until_ns: int, in_doubt: int) -> int:
    """Return what grants of a kind that live until then leave together."""
    unit = policy.currency
    taken, _ = state.grants.take(
        kind, unit, ANY_AMOUNT, until_ns, reducing=False, in_doubt=in_doubt
    )
    return sum(amount for _, amount in taken)
