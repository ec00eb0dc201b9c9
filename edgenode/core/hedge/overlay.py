"""The overlay's policy: a no-trade band, and even slices over a horizon (TWAP). It proposes.

The position wanted is -(E + M), approached to the nearest edge of the band. A change is spread
over the horizon's slices. The programme decides what is sent of it (core/hedge/programme).
"""

from dataclasses import dataclass

from edgenode.core.hedge.band import to_edge
from edgenode.core.hedge.schedule import Slots, pop, replan
from edgenode.core.state.exposure import Exposure
from edgenode.core.state.programmes import Programme
from edgenode.model.facts import Policy, ProposalInput, Proposed

NAME = "twap-in-a-band"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A target and a pace: lots due in this slice, and lots of each slice after it."""

    target_lots: int
    due_lots: int
    slots: Slots
    lower: int
    upper: int
    band_lots: int
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
        lower=-policy.band_lots,
        upper=policy.band_lots,
        band_lots=policy.band_lots,
        proposed=Proposed(policy=NAME, inputs=_inputs(exposure)),
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
