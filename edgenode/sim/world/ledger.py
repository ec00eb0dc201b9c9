"""A party's own ledger without a thread: the twin of adapters/ledger/store in virtual time.

It keeps the same promises in the same order: natural batches, one signed head a batch, entries
durable before anything is told, a failed commit final. A crash may strike while a commit is on its
way to the disk, and between a commit and its telling.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence

from edgenode.adapters import sqlite_files
from edgenode.adapters.ledger.backlog import Append, Backlog, batched
from edgenode.adapters.ledger.head_spacing import HeadSpacing
from edgenode.core.ledger import chain
from edgenode.core.ledger.chain import Tip
from edgenode.core.ledger.merkle import Frontier
from edgenode.core.state import snapshot as snapshots
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.snapshot import Snapshot
from edgenode.core.sync.tree import Tree
from edgenode.model.errors import InvariantBrokenError
from edgenode.model.ledgers import MAIN, Entry, ExternalId, Head, LedgerId, Named, Sealed
from edgenode.ports.ledger import Names
from edgenode.sim.world.disk import Chain, Disk, PowerGoneError, covering
from edgenode.wire.entry import Sealer
from edgenode.wire.note import Signer


class SimLedger:
    """Implements `ports.LedgerStore` on a simulated disk; opening it proves it."""

    def __init__(self, disk: Disk, ledger: LedgerId, signer: Signer) -> None:
        self.ledger = ledger
        self.on_commit: list[Callable[[list[Sealed], Head], None]] = []
        self._disk = disk
        self._power = disk.powered
        self._signer = signer
        self._chain = disk.files.chains.setdefault(ledger.name, Chain())
        self._sealer = Sealer(ledger)
        self._spacing = HeadSpacing()
        self._tip = Tip(ledger)
        chain.extend(self._tip, self._chain.sealed, bodies=False)
        self.head: Head | None = None
        if self._chain.heads:
            self.head = chain.check_head(self._tip, self._chain.heads[-1].note, signer.vkey)
        self._waiting: list[Append] = []
        self._busy = False
        self._failed: InvariantBrokenError | None = None
        self._backlog = Backlog()

    def proved_state(self) -> NodeState | None:
        """Return the newest snapshot's state; None if there is none."""
        if not self._chain.snapshots:
            return None
        return snapshots.load(self.ledger, self._chain.snapshots[-1][1].parts)

    # -- writing -------------------------------------------------------------------------------

    def append(
        self, entries: Sequence[Entry], names: Names = (), snapshot: Snapshot | None = None
    ) -> asyncio.Future[Head]:
        """Queue entries as one unit; done once they are durable."""
        self._alive()
        append = self._backlog.add(entries, names, snapshot)
        self._waiting.append(append)
        if not self._busy:
            self._begin()
        return append.durable

    def restore(self, entries: Sequence[Sealed], head: Head, names: Names = ()) -> None:
        """Take back own entries that a peer holds and this copy lost; before any append."""
        self._alive()
        assert not self._waiting, "a restored copy appends nothing before it is whole"
        self._tip = chain.verify_run(self._tip, entries, head.note, self._signer.vkey)
        self._keep(list(entries), names, head, None)
        self._chain.took_back_to = head.size
        self.head = head

    @property
    def took_back(self) -> bool:
        """Return whether own entries were taken back and nothing was appended since."""
        return self.head is not None and self.head.size == self._chain.took_back_to

    async def room(self, *, urgent: bool = False) -> None:
        """Wait until the queue takes another step."""
        await self._backlog.room(urgent=urgent)

    def check_in_place(self) -> None:
        """Nothing to look for: nobody deletes a file here."""

    def close(self) -> None:
        """Nothing to close: what is committed is on the disk."""

    def _begin(self) -> None:
        """Write what waits, unless an earlier commit failed."""
        self._busy = True
        batch, self._waiting = batched(self._waiting)
        if self._failed is not None:
            self._tell_later(batch, None)
            return
        entries = (entry for append in batch for entry in append.entries)
        tip, sealed, head = chain.grown(self._tip, entries, self._signer, self._sealer)
        names = [name for append in batch for name in append.names]
        # The power may go from here on: all of it is there then, or nothing, and nobody was told.
        self._disk.commit(
            lambda: self._keep(sealed, names, head, batch[-1].snapshot),
            lambda error: self._committed(batch, error, (tip, sealed, head)),
        )

    def _committed(
        self, batch: list[Append], error: Exception | None, grown: tuple[Tip, list[Sealed], Head]
    ) -> None:
        if self._power != self._disk.powered:
            return  # the power went first
        if error is not None:
            self._failed = sqlite_files.not_durable(error)
            self._tell_later(batch, None)
            return
        self._tip, sealed, head = grown
        self._tell_later(batch, (sealed, head))

    def _tell_later(self, batch: list[Append], done: tuple[list[Sealed], Head] | None) -> None:
        """Tell; the power may go first: durable, and nobody was told."""
        loop = asyncio.get_running_loop()
        loop.call_later(self._disk.commit_s() / 10, self._tell, batch, done)

    def _keep(
        self, sealed: list[Sealed], names: Names, head: Head, snapshot: Snapshot | None
    ) -> None:
        """Commit: all of it at once, as a transaction does."""
        kept = self._chain
        size_bytes = sum(len(s.entry.body) for s in sealed)
        dropped = self._spacing.next(
            head.size, len(sealed), size_bytes, stays=snapshot is not None
        )
        if dropped and not self._disk.lies:
            kept.heads = [one for one in kept.heads if one.size != dropped]
        kept.sealed.extend(sealed)
        kept.heads.append(head)
        kept.names.update(names)
        if snapshot is not None:
            kept.snapshots = [*kept.snapshots[-1:], (head.size, snapshot)]

    def _tell(self, batch: list[Append], done: tuple[list[Sealed], Head] | None) -> None:
        if self._power != self._disk.powered:
            return
        self._busy = False
        if self._waiting:
            self._begin()
        if done is None:
            assert self._failed is not None
            self._backlog.settle(batch, self._failed)
            return
        self.head = done[1]
        self._backlog.settle(batch, self.head)
        for tell in self.on_commit:
            tell(*done)

    def _alive(self) -> None:
        if self._power != self._disk.powered:
            raise PowerGoneError

    # -- reading -------------------------------------------------------------------------------

    def recall(self, name: ExternalId) -> Named | None:
        """Return what was appended under a name, durable or not."""
        queued = self._backlog.named.get(name)
        if queued is not None:
            return Named(queued.seq, queued)
        seq = self._chain.names.get(name)
        return Named(seq, self._chain.sealed[seq - 1].entry) if seq else None

    def edge(self) -> Frontier:
        """Return the tree's edge at the cut: nothing was pruned."""
        return Frontier()

    def root_at(self, size: int) -> bytes:
        """Return the root over the first `size` entries."""
        return Tree(self.leaves).root_at(size)

    def read(self, after: int, limit: int) -> list[Sealed]:
        """Return durable entries with seq > `after`."""
        return self._chain.sealed[max(0, after) : max(0, after) + limit]

    def leaves(self, start: int, end: int) -> list[bytes]:
        """Return durable leaves [start, end), from 0."""
        return [sealed.leaf for sealed in self._chain.sealed[start:end]]

    def covered(self, after: int, limit: int) -> tuple[list[Sealed], list[Head]]:
        """Return durable entries with seq > `after` and the heads over them."""
        return self.read(after, limit), covering(self._chain.heads, after, after + limit)


class SimLedgers:
    """Implements `ports.Ledgers`: every ledger that one party writes."""

    def __init__(self, disk: Disk, opened: Callable[[SimLedger], None]) -> None:
        self._disk = disk
        self._opened = opened

    def open(self, ledger: LedgerId, signer: Signer) -> SimLedger:
        """Open a ledger, proved; a down-ledger was begun before, and is never read as empty."""
        begun = ledger.stream == MAIN or ledger.name in self._disk.files.chains
        assert begun, f"{ledger.name} is missing"
        return self.begin(ledger, signer)

    def begin(self, ledger: LedgerId, signer: Signer) -> SimLedger:
        """Open a ledger, proved; an empty one is made first if there is none."""
        store = SimLedger(self._disk, ledger, signer)
        self._opened(store)
        return store


def kinds(sealed: Iterable[Sealed]) -> str:
    """Word a run of entries by their kinds."""
    return " ".join(one.entry.kind for one in sealed)
