import hashlib

from edgenode.core.state.digest import digest
from edgenode.core.state.node_state import PARTS
from edgenode.model.facts import RestrictionSet
from edgenode.wire.canonical import pack
from tests.core.world import World


def test_the_digest_is_the_documented_hash_over_the_parts():
    state = World().state
    parts = {
        name: hashlib.sha256(pack(getattr(state, name).canonical())).digest() for name in PARTS
    }
    whole = hashlib.sha256(b"edgenode/state/1\n" + pack(parts)).digest()
    assert digest(state).digest == whole
    assert digest(state).parts == parts
    assert digest(state).size == state.size


def test_a_change_shows_in_its_part_alone():
    state = World().state
    before = digest(state)
    pause = {"scope": "node", "cause": "person", "level": "reducing"}
    state.restrictions.restricted(RestrictionSet(at_ns=1, **pause, reason="", evidence=""))
    after = digest(state)
    assert [n for n in PARTS if before.parts[n] != after.parts[n]] == ["restrictions"]
    assert before.digest != after.digest
