"""The no-trade band: how far a hedge may stand from its target before it trades."""

from edgenode.core.hedge.edges import region
from edgenode.core.state.node_state import NodeState
from edgenode.model.ids import InstrumentId


def to_edge(target_lots: int, position_lots: int, band_lots: int) -> int:
    """Return the change wanted: 0 within the band, else to its nearest edge."""
    gap = target_lots - position_lots
    if abs(gap) <= band_lots:
        return 0
    return gap - band_lots if gap > 0 else gap + band_lots


def band_of(state: NodeState, name: InstrumentId) -> int:
    """Return the lots that are left on purpose: the programme's edge, else policy's."""
    policy = state.rules.policy
    newest = state.programmes.of(name).newest
    if policy is None:
        return 0
    if newest is None or not policy.overlay_enabled:
        return policy.band_lots
    exposure = state.exposure(name)
    to_take = exposure.agreed + exposure.mandate
    return region(
        to_take,
        share_ppm=newest.share_ppm,
        band_lots=newest.band_lots,
        hurdle_lots=newest.hurdle_lots,
    ).upper
