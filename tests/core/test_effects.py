"""Every kind of a node's own ledger has its effect; the centre's kinds have none there."""

import pytest

from edgenode.core import node
from edgenode.core.effects import EFFECTS
from edgenode.model.errors import InvariantBrokenError
from edgenode.model.facts import (
    CARRIED_KINDS,
    DESK_KINDS,
    DOWN_KINDS,
    KINDS,
    CarriedIn,
    GrantRevoked,
)
from edgenode.model.ledgers import Entry
from tests.core.world import World


def test_every_own_kind_has_a_row_and_no_other_has():
    told = {*DESK_KINDS, *DOWN_KINDS, *CARRIED_KINDS} - {CarriedIn}  # a decision here carries too
    own = set(KINDS.values()) - told
    assert set(EFFECTS) == own


def test_a_fact_of_another_ledger_is_no_fact_of_this_one():
    world = World()
    entry = Entry(world.state.size + 1, 0, "GrantRevoked", "x", True, bytes(16), b"")
    with pytest.raises(InvariantBrokenError, match="no fact of a node"):
        node.evolve(world.state, entry, GrantRevoked(at_ns=1, id="g", reason=""))
