"""More exposed than hedging works off: the verdict EXPOSED, and the short record it needs.

    policy hedges, and names no outside venue                            exposed
    |net| within the band                                                not exposed
    |net| beyond the band, and one of
        more than two thirds of the net limit
        nothing works on it: no overlay, or for longer than a slice neither an order, nor a
            fill, nor a plan that can be sent
        grown for 2 min, without a fall and without a minute in which it did not grow
        not back inside within 12 min at the pace of the last 5 min

An order works while its venue owes no answer. A plan can be sent while a programme, asked now,
finds a venue, a price and the gate's consent for some of its lots; else its reason is told.
|net| is its worst end over all that may still execute, without the desk's own quotes: they are
pulled and made anew for what is left. The record is a view's: it is not in the ledger and not in
the state, because no decision uses it. After a start it is empty, and what needs it waits.
"""

from collections import deque
from dataclasses import dataclass, field

from edgenode.core.hedge.band import band_of
from edgenode.core.hedge.children import Sender
from edgenode.core.hedge.programme import NO_ROOM, NOT_TRIED, lots_given_up, within
from edgenode.core.risk import room
from edgenode.core.seen import Seen
from edgenode.core.state.node_state import NodeState
from edgenode.daemon.view.units import Json, lots
from edgenode.model.facts import Instrument, Policy
from edgenode.model.ids import DESK_OVERLAY, LOCAL_VENUE, InstrumentId
from edgenode.model.orders import OrderState, Side

SECOND_NS = 1_000_000_000
EVERY_NS = 10 * SECOND_NS  # between two samples
GROWN_NS = 120 * SECOND_NS
QUIET_NS = 60 * SECOND_NS  # without growth for longer: what grew before is over
PACE_NS = 300 * SECOND_NS
BACK_NS = 720 * SECOND_NS
SAMPLES_MAX = PACE_NS // EVERY_NS + 2
Sample = tuple[int, int]  # market time, |net| in lots


@dataclass(slots=True)
class Pace:
    """What |net| was in the last 5 min of market time, and since when it is beyond the band.

    At most `SAMPLES_MAX` samples of each instrument.
    """

    samples: dict[InstrumentId, deque[Sample]] = field(default_factory=dict)
    beyond_ns: dict[InstrumentId, int] = field(default_factory=dict)
    worked_ns: dict[InstrumentId, int] = field(default_factory=dict)  # a hedge was seen at work
    done: dict[InstrumentId, int] = field(default_factory=dict)  # the overlay's lots then

    def note(self, state: NodeState, now_ns: int) -> None:
        """Take a sample of every instrument, if the newest is old enough."""
        for name in state.rules.instruments:
            taken = self.samples.setdefault(name, deque(maxlen=SAMPLES_MAX))
            if taken and now_ns < taken[-1][0]:
                taken.clear()  # the clock was set back: what was noted has no age any more
                self.beyond_ns.pop(name, None)
                self.worked_ns.pop(name, None)
            worst = worst_of(state, name)
            if not taken or now_ns - taken[-1][0] >= EVERY_NS:
                taken.append((now_ns, worst))
            if worst > band_of(state, name):
                self.beyond_ns.setdefault(name, now_ns)
            else:
                self.beyond_ns.pop(name, None)
            done = state.programmes.of(name).done
            if self.done.get(name, 0) != done or orders_work(state, name):
                self.worked_ns[name] = now_ns
            self.done[name] = done

    def idle(self, name: InstrumentId, now_ns: int) -> int:
        """Return for how long |net| has been beyond the band with no hedge seen at work."""
        beyond_ns = self.beyond_ns.get(name, now_ns)
        return now_ns - max(beyond_ns, self.worked_ns.get(name, beyond_ns))

    def since(self, name: InstrumentId, now_ns: int) -> int:
        """Return how long |net| has been beyond the band."""
        return now_ns - self.beyond_ns.get(name, now_ns)

    def within(self, name: InstrumentId, span_ns: int, now_ns: int) -> list[int]:
        """Return the samples of the last span, oldest first; none if they do not cover it."""
        taken = self.samples.get(name, ())
        young = [worst for at_ns, worst in taken if now_ns - at_ns < span_ns + EVERY_NS]
        covered = any(now_ns - at_ns >= span_ns for at_ns, _ in taken)
        return young if covered else []

    def grows(self, name: InstrumentId, worst: int, now_ns: int) -> int:
        """Return for how long |net| has grown up to now, without a fall and without a rest."""
        began_ns, later = now_ns, worst
        for at_ns, before in reversed(self.samples.get(name, ())):
            if before > later or (before == later and began_ns - at_ns > QUIET_NS):
                break
            if before < later:
                began_ns = at_ns
            later = before
        return now_ns - began_ns


def why(state: NodeState, seen: Seen, pace: Pace, now_ns: int) -> tuple[str, int | None] | None:
    """Return why the node is exposed and since when (None if unknown); None if it is not."""
    policy = state.rules.policy
    if policy is None:
        return None
    if policy.overlay_enabled and not _outside(policy):
        return "Policy hedges, and no venue to hedge at is set up", None
    for name, instrument in sorted(state.rules.instruments.items()):
        text = _why(state, seen, instrument, pace, now_ns)
        if text:
            shown = lots(worst_of(state, name), instrument)
            since_ns = pace.beyond_ns.get(name)
            return f"{text}: {shown} {instrument.base} exposed{_span(state, instrument)}", since_ns
    return None


def worst_of(state: NodeState, name: InstrumentId) -> int:
    """Return the worst end of |net| without the desk's own quotes, in lots."""
    return room.without_quote(state, name).net.worst


def row(state: NodeState, instrument: Instrument) -> Json:
    """Return what is exposed over all that may still execute: its worst end, and its ends."""
    net = room.without_quote(state, instrument.id).net
    worst = net.high if net.high == net.worst else net.low
    return {
        "exposed_quantity": lots(worst, instrument),
        "exposed_min": lots(net.low, instrument),
        "exposed_max": lots(net.high, instrument),
    }


def residual(state: NodeState) -> str:
    """Return what would stay exposed if everything stopped now: at worst, if it is open."""
    found = []
    for _, instrument in sorted(state.rules.instruments.items()):
        span = _span(state, instrument)
        shown = f"{row(state, instrument)['exposed_quantity']} {instrument.base}"
        found.append(f"{shown} at worst{span}" if span else shown)
    return ", ".join(found) or "none"


def _span(state: NodeState, instrument: Instrument) -> str:
    """Return the ends in brackets if they differ."""
    found = row(state, instrument)
    low, high = found["exposed_min"], found["exposed_max"]
    return f" ({low} to {high})" if low != high else ""


def works(state: NodeState, name: InstrumentId) -> bool:
    """Return whether a hedge is at work: an open order of the overlay, or a plan of slices."""
    open_lots = state.orders.open_lots
    return bool(
        open_lots(DESK_OVERLAY, name, "buy")
        or open_lots(DESK_OVERLAY, name, "sell")
        or any(state.programmes.of(name).slots)
    )


def orders_work(state: NodeState, name: InstrumentId) -> bool:
    """Return whether an order works on |net|: on the side that it needs, and not UNKNOWN."""
    wanted = (DESK_OVERLAY, name, _needed(state, name))
    return any(
        (order.gated.account, order.gated.instrument, order.gated.side) == wanted
        and order.state is not OrderState.UNKNOWN
        for order in state.orders.at_venues()
    )


def _needed(state: NodeState, name: InstrumentId) -> Side:
    """Return the side that brings the worst end of |net| nearer to zero."""
    net = room.without_quote(state, name).net
    return "buy" if -net.low > net.high else "sell"


def _why(state: NodeState, seen: Seen, instrument: Instrument, pace: Pace, now_ns: int) -> str:
    policy, name = state.rules.policy, instrument.id
    worst, band = worst_of(state, name), band_of(state, name)
    if policy is None or worst <= band:
        return ""
    if 3 * worst > 2 * policy.net_position_lots_max:
        return "More than two thirds of the limit"
    if not policy.overlay_enabled:
        return "Nothing hedges it: policy has no overlay"
    if pace.idle(name, now_ns) > policy.slice_s * SECOND_NS and not orders_work(state, name):
        stuck = _stuck(state, seen, policy, instrument, now_ns)
        if stuck is not None:
            return f"Nothing works on it{stuck and f' ({stuck})'}"
    return _lagging(pace, name, worst, band, now_ns)


def _stuck(
    state: NodeState, seen: Seen, policy: Policy, instrument: Instrument, now_ns: int
) -> str | None:
    """Return why nothing of the plan can be sent, "" if there is no plan; None if some can."""
    programme = state.programmes.of(instrument.id)
    lots = programme.remaining
    if not lots or (lots > 0) != (_needed(state, instrument.id) == "buy"):
        return ""
    given_up = lots_given_up(state, policy, instrument, now_ns)
    allowed = within(lots, given_up.allowed(state.exposure(instrument.id)))
    if not allowed:
        return NO_ROOM
    sender = Sender(state, seen, policy, instrument, programme, now_ns)
    found = sender.children(allowed, NOT_TRIED, ask=False)
    return None if found.intents else found.reason


def _lagging(pace: Pace, name: InstrumentId, worst: int, band: int, now_ns: int) -> str:
    """Return whether hedging falls behind, from the last minutes."""
    if pace.grows(name, worst, now_ns) >= GROWN_NS:
        return "Orders come in faster than they are hedged: it has grown for 2 min"
    if pace.since(name, now_ns) >= PACE_NS:
        then = pace.within(name, PACE_NS, now_ns)
        gone = then[0] - worst if then else 0
        if then and (gone <= 0 or (worst - band) * PACE_NS > gone * BACK_NS):
            return "Not back inside the band within 12 min at the pace of the last 5"
    return ""


def _outside(policy: Policy) -> bool:
    return any(venue.venue != LOCAL_VENUE for venue in policy.overlay_venues)
