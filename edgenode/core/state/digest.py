r"""The state's digest: equal on every machine that folded the same entries.

digest = SHA256("edgenode/state/1\n" || canonical msgpack of {part name: SHA256 of the part}).
A part's hash is the SHA256 of the canonical msgpack of its content.
"""

import hashlib
from dataclasses import dataclass

from edgenode.core.state.node_state import PARTS, STATE_VERSION, NodeState
from edgenode.wire.canonical import pack

DOMAIN = f"edgenode/state/{STATE_VERSION}\n".encode()


@dataclass(frozen=True, slots=True)
class Digest:
    """The hash of a state and of each part."""

    size: int
    digest: bytes
    parts: dict[str, bytes]


def digest(state: NodeState) -> Digest:
    """Hash a state; O(open orders and accounts), not O(history)."""
    parts = {
        name: hashlib.sha256(pack(getattr(state, name).canonical())).digest() for name in PARTS
    }
    return Digest(state.size, hashlib.sha256(DOMAIN + pack(parts)).digest(), parts)
