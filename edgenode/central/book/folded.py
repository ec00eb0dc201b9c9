"""One ledger of a node as the centre folds it: whatever entry comes, the fold goes on.

An entry that cannot be folded is set aside whole. Evolve may have done half of its effect by then,
so the state is made again without it: from a copy of at most `COPY_EVERY` entries ago.
"""

from dataclasses import dataclass, field

from edgenode.core import node as spine
from edgenode.core.state import snapshot
from edgenode.core.state.node_state import NodeState
from edgenode.model.facts import Fact
from edgenode.model.ledgers import Entry, LedgerId, Sealed

COPY_EVERY = 1_000
REASON_MAX = 200


@dataclass(slots=True)
class Folded:
    """The state folded from one ledger, and what it takes to make it again."""

    ledger: LedgerId
    state: NodeState = field(init=False)
    _copy: bytes = b""
    _since: list[tuple[Entry, Fact | None]] = field(default_factory=list)  # None: set aside

    def __post_init__(self) -> None:
        self.state = NodeState.empty(self.ledger)

    def take(self, sealed: Sealed) -> str:
        """Fold the next entry; "" or why it was set aside. One folded before changes nothing."""
        entry = sealed.entry
        if entry.seq <= self.state.size:
            return ""
        if len(self._since) >= COPY_EVERY:
            self._copy, self._since = snapshot.dump(self.state), []
        try:
            fact = spine.take(self.state, entry)
        except Exception as error:  # noqa: BLE001  no entry of a node may stall the centre
            self._since.append((entry, None))
            self._again()
            return f"{type(error).__name__}: {error}"[:REASON_MAX]
        self._since.append((entry, fact))
        return ""

    def _again(self) -> None:
        """Make the state again, without what was set aside."""
        empty = NodeState.empty(self.ledger)
        self.state = snapshot.load(self.ledger, self._copy) if self._copy else empty
        for entry, fact in self._since:
            if fact is None:
                self.state.size = entry.seq
            else:
                spine.evolve(self.state, entry, fact)
