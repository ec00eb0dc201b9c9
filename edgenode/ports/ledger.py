"""The ledger that this process writes, its folder, and what is noted beside it."""

from asyncio import Future
from collections.abc import Callable, Sequence
from typing import Protocol

from edgenode.core.ledger.merkle import Frontier
from edgenode.core.state.snapshot import Snapshot
from edgenode.core.sync.anchor import Anchored
from edgenode.model.ledgers import Entry, ExternalId, Head, LedgerId, Named, Sealed
from edgenode.wire.note import Signer

Names = Sequence[tuple[ExternalId, int]]  # (name, seq of the entry that it finds)


class OwnChain(Protocol):
    """A ledger that this process writes, as sync sends it."""

    ledger: LedgerId
    head: Head | None  # the newest durable one; None before Genesis
    on_commit: list[Callable[[list[Sealed], Head], None]]

    def read(self, after: int, limit: int) -> list[Sealed]:
        """Return durable entries with seq > `after`, in order, at most `limit`."""
        ...

    def leaves(self, start: int, end: int) -> Sequence[bytes]:
        """Return durable leaves [start, end), from 0."""
        ...

    def edge(self) -> Frontier:
        """Return the tree's edge at the cut, below which entries and leaves were pruned."""
        ...

    def covered(self, after: int, limit: int) -> tuple[list[Sealed], list[Head]]:
        """Return durable entries with seq > `after`, at most `limit`, and the heads over them.

        Both as of one moment, in order: the newest head covers the newest entry.
        """
        ...


class LedgerStore(OwnChain, Protocol):
    """A party's own chain. One writer; the order of `append` calls is the order of the ledger."""

    def append(
        self, entries: Sequence[Entry], names: Names = (), snapshot: Snapshot | None = None
    ) -> Future[Head]:
        """Queue entries as one unit, with names to find them by. Neither waits nor refuses.

        `snapshot` is of the state behind these entries.

        Durable in order, never split over transactions. A failed commit is final: this and all
        later calls fail with InvariantBrokenError EN404, and nothing is retried.
        """
        ...

    def recall(self, name: ExternalId) -> Named | None:
        """Return what was appended under a name, durable or not; None if there is nothing.

        Below the cut a `client` name is still known, its entry is not; other names are gone.
        """
        ...

    def root_at(self, size: int) -> bytes:
        """Return the root over the first `size` entries; b"" below the cut."""
        ...

    async def room(self, *, urgent: bool = False) -> None:
        """Wait until the bounded queue takes another step. Called before deciding.

        What takes risk off is urgent, and has room of its own.
        """
        ...

    def restore(self, entries: Sequence[Sealed], head: Head, names: Names = ()) -> None:
        """Take back own entries that a peer holds and this copy lost; before any append.

        One transaction, with the note that `took_back` reads.
        """
        ...

    @property
    def took_back(self) -> bool:
        """Return whether own entries were taken back and nothing was appended since.

        It outlives the process: a start that was cut off may have taken them back.
        """
        ...

    def check_in_place(self) -> None:
        """Raise EN404 if what is stored is no longer where the next start looks for it."""
        ...

    def close(self) -> None:
        """Close; what was appended is durable, or failed, before this returns."""
        ...


class Ledgers(Protocol):
    """The folder of the ledgers that this process writes."""

    def open(self, ledger: LedgerId, signer: Signer) -> LedgerStore:
        """Open a ledger that was begun, proved; EN402 if it is missing: never read as empty."""
        ...

    def begin(self, ledger: LedgerId, signer: Signer) -> LedgerStore:
        """Open a ledger, proved; an empty one is made first if there is none."""
        ...


class Anchors(Protocol):
    """How far a ledger had come, kept where a restored or copied ledger does not bring it."""

    def read(self) -> Anchored | None:
        """Return what was noted last; None if there is nothing whole."""
        ...

    def write(self, anchored: Anchored) -> None:
        """Note, durably."""
        ...
