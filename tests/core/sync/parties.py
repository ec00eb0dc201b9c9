"""Two parties of sync without a system: a writer with its tree, and what a mirror holds."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edgenode.core.ledger.chain import Tip, seal_run
from edgenode.core.sync.receive import HeldLedger
from edgenode.core.sync.tree import Tree
from edgenode.model.ledgers import Entry, Head, LedgerId, Sealed
from edgenode.wire import checkpoint
from edgenode.wire.canonical import pack
from edgenode.wire.frame import Frame
from edgenode.wire.note import Signer

LEDGER = LedgerId("edge-07", "main", 1)
SIGNER = Signer("edge-07", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


class Writer:
    """A ledger in memory; `twist` makes another history from that entry on."""

    def __init__(self, count=0, *, twist=None):
        self.entries: list[Entry] = []
        self.sealed: list[Sealed] = []
        self.tip = Tip(LEDGER)
        self.tree = Tree(lambda a, b: [s.leaf for s in self.sealed[a:b]])
        self.grow(count, twist=twist)

    def grow(self, count, *, twist=None):
        for _ in range(count):
            n = self.tip.size + 1
            body = pack({"n": n, "twist": twist is not None and n >= twist})
            entry = Entry(n, n << 16, "SessionClosed", "rule:x", True, n.to_bytes(16, "big"), body)
            self.entries.append(entry)
            self.sealed += seal_run(self.tip, [entry])

    @property
    def size(self):
        return self.tip.size

    def head(self, size=None):
        size = self.size if size is None else size
        root = self.tree.root_at(size)
        return Head(size, root, checkpoint.sign(LEDGER, size, root, SIGNER))

    def held(self, size):
        """What an honest mirror of the first `size` entries holds."""
        if not size:
            return HeldLedger(LEDGER)
        prev = self.sealed[size - 1].leaf
        return HeldLedger(LEDGER, self.head(size), prev, self.tree.frontier(size))

    def frame(self, first, end=None, *, said=None):
        end = self.size if end is None else end
        said = end if said is None else said
        return Frame(
            ledger=LEDGER,
            first=first,
            entries=tuple(self.entries[first - 1 : end]),
            note=self.head(said).note,
            from_root=self.tree.root_at(first - 1),
            proof=self.tree.proof(first - 1, said),
            rest=self.tree.proof(end, said) if end < said else (),
        )
