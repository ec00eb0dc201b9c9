"""Balances and positions that enter the books by decision: of a frozen branch, or a difference."""

from edgenode.core.state import unwind
from edgenode.core.state.node_state import NodeState
from edgenode.model.facts import CarriedIn
from edgenode.model.ids import DESK_OVERLAY, is_customer


def carried_in(state: NodeState, fact: CarriedIn) -> None:
    """Evolve: add a balance, or a position with the cash that flowed for it."""
    if fact.instrument is not None and fact.is_position:
        before = unwind.kept(state, fact.instrument)
        state.positions.carried(fact)
        state.programmes.carried_in(fact.account, fact.instrument, fact.amount)
        if is_customer(fact.account):
            state.obligations.carried(fact, state.rules.instruments[fact.instrument])
        if fact.account == DESK_OVERLAY:
            unwind.shrunk(state, fact.instrument, before)
    else:
        state.wallet.carried(fact)
