"""Risk aversion in outward shapes: what the policy's one number means here and now."""

from edgenode.core.estimate.appetite import FLOW_TIMES, MOVE_BP, meanings
from edgenode.core.hedge.look import look
from edgenode.core.seen import Seen
from edgenode.core.state.node_state import NodeState
from edgenode.daemon.view.units import Json
from edgenode.model.facts import Instrument, Policy
from edgenode.model.money import format_decimal


def appetite(state: NodeState, seen: Seen, now_ns: int) -> list[Json]:
    """Return what risk aversion means for each instrument; none where policy sets none.

    `meanings` is None while too little is seen of the market.
    """
    policy = state.rules.policy
    if policy is None or not policy.risk_aversion_ppm:
        return []
    return [
        {
            "instrument": instrument.id,
            "currency": instrument.quote,
            "base": instrument.base,
            "gamma_ppm": policy.risk_aversion_ppm,
            "event": {"move_bp": MOVE_BP, "flow_times": FLOW_TIMES},
            "meanings": _meanings(state, seen, policy, instrument, now_ns),
        }
        for instrument in state.rules.instruments.values()
    ]


def _meanings(
    state: NodeState, seen: Seen, policy: Policy, instrument: Instrument, now_ns: int
) -> list[Json] | None:
    looked = look(state, seen, policy, instrument, now_ns)
    if looked is None:
        return None
    return [
        {
            "gamma": round(meaning.gamma, 6),
            "holding": f"{meaning.holding:.2f}",
            "band": format_decimal(meaning.band_lots, instrument.quantity_decimals),
            "worst_minute": f"{meaning.worst:.2f}",
        }
        for meaning in meanings(policy, instrument, looked.sight)
    ]
