"""More exposed than hedging works off: the verdict EXPOSED, and the short record it needs.

    policy hedges, and names no outside venue                            exposed
    |net| within the band                                                not exposed
    |net| beyond the band, and one of
        more than two thirds of the net limit
        nothing works on it: no overlay, or no order and no plan for longer than a slice
        grown for 2 min
        not back inside within 12 min at the pace of the last 5 min

|net| is its worst end over all that may still execute, without the desk's own quotes: they are
pulled and made anew for what is left. The record is a view's: it is not in the ledger and not in
the state, because no decision uses it. After a start it is empty, and what needs it waits.
"""

from collections import deque
from dataclasses import dataclass, field
from itertools import pairwise

from edgenode.core.risk import room
from edgenode.core.state.node_state import NodeState
from edgenode.daemon.view.units import lots
from edgenode.model.facts import Instrument, Policy
from edgenode.model.ids import DESK_OVERLAY, LOCAL_VENUE, InstrumentId

SECOND_NS = 1_000_000_000
EVERY_NS = 10 * SECOND_NS  # between two samples
GROWN_NS = 120 * SECOND_NS
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

    def note(self, state: NodeState, now_ns: int) -> None:
        """Take a sample of every instrument, if the newest is old enough."""
        for name in state.rules.instruments:
            taken = self.samples.setdefault(name, deque(maxlen=SAMPLES_MAX))
            if taken and now_ns < taken[-1][0]:
                taken.clear()  # the clock was set back: what was noted has no age any more
                self.beyond_ns.pop(name, None)
            worst = worst_of(state, name)
            if not taken or now_ns - taken[-1][0] >= EVERY_NS:
                taken.append((now_ns, worst))
            if worst > band_of(state, name):
                self.beyond_ns.setdefault(name, now_ns)
            else:
                self.beyond_ns.pop(name, None)

    def since(self, name: InstrumentId, now_ns: int) -> int:
        """Return how long |net| has been beyond the band."""
        return now_ns - self.beyond_ns.get(name, now_ns)

    def within(self, name: InstrumentId, span_ns: int, now_ns: int) -> list[int]:
        """Return the samples of the last span, oldest first; none if they do not cover it."""
        taken = self.samples.get(name, ())
        young = [worst for at_ns, worst in taken if now_ns - at_ns < span_ns + EVERY_NS]
        covered = any(now_ns - at_ns >= span_ns for at_ns, _ in taken)
        return young if covered else []


def why(state: NodeState, pace: Pace, now_ns: int) -> tuple[str, int | None] | None:
    """Return why the node is exposed and since when (None if unknown); None if it is not."""
    policy = state.rules.policy
    if policy is None:
        return None
    if policy.overlay_enabled and not _outside(policy):
        return "Policy hedges, and no venue to hedge at is set up", None
    for name, instrument in sorted(state.rules.instruments.items()):
        text = _why(state, policy, instrument, pace, now_ns)
        if text:
            shown = lots(worst_of(state, name), instrument)
            since_ns = pace.beyond_ns.get(name)
            return f"{text}: {shown} {instrument.base} exposed", since_ns
    return None


def worst_of(state: NodeState, name: InstrumentId) -> int:
    """Return the worst end of |net| without the desk's own quotes, in lots."""
    return room.without_quote(state, name).net.worst


def band_of(state: NodeState, name: InstrumentId) -> int:
    """Return the lots that are left on purpose: the programme's upper edge, else policy's band."""
    policy = state.rules.policy
    newest = state.programmes.of(name).newest
    if policy is None:
        return 0
    if newest is None or not policy.overlay_enabled:
        return policy.band_lots
    return newest.upper


def works(state: NodeState, name: InstrumentId) -> bool:
    """Return whether a hedge is at work: an open order of the overlay, or a plan of slices."""
    open_lots = state.orders.open_lots
    programme = state.programmes.of(name)
    return bool(
        open_lots(DESK_OVERLAY, name, "buy")
        or open_lots(DESK_OVERLAY, name, "sell")
        or any(programme.slots)
    )


def _why(state: NodeState, policy: Policy, instrument: Instrument, pace: Pace, now_ns: int) -> str:
    name = instrument.id
    worst, band = worst_of(state, name), band_of(state, name)
    if worst <= band:
        return ""
    if 3 * worst > 2 * policy.net_position_lots_max:
        return "More than two thirds of the limit"
    if not policy.overlay_enabled:
        return "Nothing hedges it: policy has no overlay"
    late = pace.since(name, now_ns) > policy.slice_s * SECOND_NS
    if late and not works(state, name):
        return "Nothing works on it"
    return _lagging(pace, name, worst, band, now_ns)


def _lagging(pace: Pace, name: InstrumentId, worst: int, band: int, now_ns: int) -> str:
    """Say whether hedging falls behind by what the last minutes show."""
    grown = pace.within(name, GROWN_NS, now_ns)
    if grown and grown[0] < worst and all(a <= b for a, b in pairwise(grown)):
        return "Orders come in faster than they are hedged: it has grown for 2 min"
    if pace.since(name, now_ns) >= PACE_NS:
        then = pace.within(name, PACE_NS, now_ns)
        gone = then[0] - worst if then else 0
        if then and (gone <= 0 or (worst - band) * PACE_NS > gone * BACK_NS):
            return "Not back inside the band within 12 min at the pace of the last 5"
    return ""


def _outside(policy: Policy) -> bool:
    return any(venue.venue != LOCAL_VENUE for venue in policy.overlay_venues)
