from dataclasses import fields

from edgenode.core.state.node_state import PARTS, NodeState
from tests.core.world import LEDGER


def test_every_field_belongs_to_one_part_of_the_digest():
    state = NodeState.empty(LEDGER)
    assert {f.name for f in fields(state)} == {"ledger", "size", "ruled_seq", *PARTS}
    for name in PARTS:
        assert getattr(state, name).canonical() is not None


def test_the_escrow_moves_the_states_own_parts():
    state = NodeState.empty(LEDGER)
    assert state.escrow.wallet is state.wallet
    assert state.escrow.grants is state.grants
