"""The overlay's policies. They propose; the programme decides what is sent (core/hedge/programme).

risk aversion set    beyond an edge of the no-trade region: at once to that edge (core/hedge/
edges), as the market and the policy's risk aversion place it
none, or no price    a fixed band around -(E + M), and even slices over a horizon (TWAP)
"""

from dataclasses import dataclass

from edgenode.core.estimate.edges import Edges
from edgenode.core.hedge import edges as no_trade
from edgenode.core.hedge.band import to_edge
from edgenode.core.hedge.schedule import Slots, pop, replan
from edgenode.core.state.exposure import Exposure, Interval
from edgenode.core.state.programmes import Programme
from edgenode.model.facts import Policy, ProposalInput, Proposed

TWAP, AT_ONCE = "twap-in-a-band", "at-once-to-the-edge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A target and a pace: lots due in this slice, and lots of each slice after it."""

    target_lots: int
    due_lots: int
    slots: Slots
    band_lots: int
    share_ppm: int = 0
    hurdle_lots: int = 0
    proposed: Proposed


def propose(
    policy: Policy,
    exposure: Exposure,
    programme: Programme,
    given_up_lots: int,
    slices_due: int = 1,
) -> Proposal:
    """Propose the next slice of one instrument; `slices_due` have begun since the last one.

    The programme keeps its target while that lies within the band. Its target never lies further
    away than -(E + M), nor on the other side of what is held and works already.
    """
    committed = programme.done + programme.working - given_up_lots
    target = _target(policy, exposure, programme, committed)
    due_now, later = programme.slots[:slices_due], programme.slots[slices_due:]
    planned = (programme.carried + sum(due_now), *later)
    slices = max(1, policy.horizon_s // policy.slice_s)
    due, slots = pop(replan(planned, target - committed - sum(planned), slices))
    return Proposal(
        target_lots=target,
        due_lots=due,
        slots=_trimmed(slots),
        band_lots=policy.band_lots,
        proposed=Proposed(policy=TWAP, inputs=_inputs(exposure)),
    )


def at_edge(
    exposure: Exposure, overlay: Interval, programme: Programme, given_up_lots: int, edges: Edges
) -> Proposal:
    """Propose what lies beyond the edges, all of it now; `overlay` is O without what was given up.

    What was sent for an earlier proposal and did not trade is measured afresh, not carried.
    """
    to_take = exposure.agreed + exposure.mandate
    region = no_trade.region(
        to_take,
        share_ppm=edges.share_ppm,
        band_lots=edges.band_lots,
        hurdle_lots=edges.hurdle_lots,
    )
    due = no_trade.change(to_take, overlay, region)
    told = tuple(ProposalInput(name=name, value=value) for name, value in edges.inputs)
    return Proposal(
        target_lots=programme.done + programme.working - given_up_lots + due,
        due_lots=due,
        slots=(),
        band_lots=edges.band_lots,
        share_ppm=edges.share_ppm,
        hurdle_lots=edges.hurdle_lots,
        proposed=Proposed(policy=AT_ONCE, inputs=(*_inputs(exposure), *told)),
    )


def is_idle(policy: Policy, exposure: Exposure, programme: Programme, given_up_lots: int) -> bool:
    """Return whether a proposal would change nothing of a programme that has nothing to do."""
    if programme.carried or programme.slots or programme.given_up != given_up_lots:
        return False
    committed = programme.done + programme.working - given_up_lots
    target = programme.target
    return target == committed and target == _target(policy, exposure, programme, committed)


def _target(policy: Policy, exposure: Exposure, programme: Programme, committed: int) -> int:
    headed = programme.target if programme.newest else committed
    wanted = headed + to_edge(exposure.target, headed, policy.band_lots)
    return _between(wanted, committed, exposure.target)


def _between(wanted: int, one: int, other: int) -> int:
    return max(min(one, other), min(wanted, max(one, other)))


def _trimmed(slots: Slots) -> Slots:
    """Leave out empty slices at the end."""
    length = len(slots)
    while length and not slots[length - 1]:
        length -= 1
    return slots[:length]


def _inputs(exposure: Exposure) -> tuple[ProposalInput, ...]:
    rows = (
        ("exposure_lots", exposure.agreed),
        ("mandate_lots", exposure.mandate),
        ("overlay_lots", exposure.overlay_agreed),
    )
    return tuple(ProposalInput(name=name, value=str(value)) for name, value in rows)
