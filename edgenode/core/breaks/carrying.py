"""Balances and positions that enter the books by decision: of a frozen branch, or a difference."""

from edgenode.core.state.node_state import NodeState
from edgenode.model.facts import CarriedIn


def carried_in(state: NodeState, fact: CarriedIn) -> None:
    """Evolve: add a balance, or a position with the cash that flowed for it."""
    if fact.instrument is not None and fact.is_position:
        state.positions.carried(fact)
    else:
        state.wallet.carried(fact)
