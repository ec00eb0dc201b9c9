"""What was worked out of the rules of one state, kept while they stand.

It belongs to whoever looks (core/seen) and to no state: nothing is decided otherwise without it.
"""

from collections.abc import Hashable
from typing import Any

from edgenode.core.state.node_state import NodeState


class Memo:
    """A memo of one state's rules at a time; another state, or a newer rule, clears it."""

    __slots__ = ("_found", "_ruled_seq", "_state")

    def __init__(self) -> None:
        self._state: NodeState | None = None
        self._ruled_seq = 0
        self._found: dict[Hashable, Any] = {}

    def of(self, state: NodeState) -> dict[Hashable, Any]:
        """Return what is kept of a state; whoever works out more puts it in."""
        if state.ruled_seq != self._ruled_seq or state is not self._state:
            self._state, self._ruled_seq = state, state.ruled_seq
            self._found.clear()
        return self._found
