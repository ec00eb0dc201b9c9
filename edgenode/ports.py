"""What we need from the world: one Protocol per need. The doc comment is the contract."""

from asyncio import Future
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Protocol

from edgenode.core.ledger.merkle import Frontier
from edgenode.core.state.snapshot import Snapshot
from edgenode.core.sync.anchor import Anchored
from edgenode.core.sync.receive import Held, Taken
from edgenode.model.ids import OrderId, VenueId
from edgenode.model.ledgers import Entry, ExternalId, Head, LedgerId, Named, Sealed
from edgenode.model.venue import (
    BookView,
    MassStatus,
    NotFound,
    OrderToSend,
    Unknown,
    VenueCaps,
    VenueEvent,
    VenueView,
)
from edgenode.wire.message import Message
from edgenode.wire.note import Signer

Names = Sequence[tuple[ExternalId, int]]  # (name, seq of the entry that it finds)


class Clock(Protocol):
    """A clock: wall (HTTP time-outs, HLC, watchdog), market (quotes, slices, expiry), or boot.

    The boot clock tells how much time passed since another look at it; nobody sets it.
    """

    def now_ns(self) -> int:
        """Give nanoseconds since the Unix epoch; the boot clock, since the machine started."""
        ...


class OwnChain(Protocol):
    """A ledger that this process writes, as sync sends it."""

    ledger: LedgerId
    head: Head | None  # the newest durable one; None before Genesis
    on_commit: list[Callable[[list[Sealed], Head], None]]

    def read(self, after: int, limit: int) -> list[Sealed]:
        """Give durable entries with seq > `after`, in order, at most `limit`."""
        ...

    def leaves(self, start: int, end: int) -> Sequence[bytes]:
        """Give durable leaves [start, end), from 0."""
        ...

    def edge(self) -> Frontier:
        """Give the tree's edge at the cut, below which entries and leaves were pruned."""
        ...

    def covered(self, after: int, limit: int) -> tuple[list[Sealed], list[Head]]:
        """Give durable entries with seq > `after`, at most `limit`, and the heads over them.

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
        """Give what was appended under a name, durable or not; None where there is nothing.

        Below the cut a `client` name is still known, its entry is not; other names are gone.
        """
        ...

    def root_at(self, size: int) -> bytes:
        """Give the root over the first `size` entries; b"" below the cut."""
        ...

    async def room(self, *, urgent: bool = False) -> None:
        """Wait until the bounded queue takes another step. Called before deciding.

        What takes risk off is urgent, and has room of its own.
        """
        ...

    def restore(self, entries: Sequence[Sealed], head: Head, names: Names = ()) -> None:
        """Take back own entries that a peer holds and this copy lost; before any append."""
        ...

    def close(self) -> None:
        """Let go; what was appended is durable, or failed, before this returns."""
        ...


class Ledgers(Protocol):
    """The folder of the ledgers that this process writes."""

    def open(self, ledger: LedgerId, signer: Signer) -> LedgerStore:
        """Open a ledger, proved; an empty one is begun where there is none."""
        ...


class Anchors(Protocol):
    """How far a ledger had come, kept where a restored or copied ledger does not bring it."""

    def read(self) -> Anchored | None:
        """Give what was noted last; None where there is nothing whole."""
        ...

    def write(self, anchored: Anchored) -> None:
        """Note, durably."""
        ...


class MirrorStore(Protocol):
    """Ledgers that others write, and what they cosigned of ours; all durable on return."""

    async def held(self, ledger: LedgerId) -> Held:
        """Give what is held of a ledger."""
        ...

    async def store(self, before: Held, taken: Taken, cosigned: str = "") -> None:
        """Store verified entries with their head; OffsetError where `before` has passed."""
        ...

    async def entries(self, ledger: LedgerId, after: int, limit: int) -> list[Sealed]:
        """Give held entries with seq > `after`, in order."""
        ...

    async def leaves(self, ledger: LedgerId, start: int, end: int) -> Sequence[bytes]:
        """Give held leaves [start, end), from 0."""
        ...

    async def ledgers(self) -> list[LedgerId]:
        """List the ledgers held."""
        ...

    async def cosigned(self, ledger: LedgerId) -> str:
        """Give the newest head's note with its cosignature as stored, "" where none."""
        ...

    async def acked(self, ledger: LedgerId, peer: str) -> str:
        """Give the newest note of ours that a peer cosigned, "" where none."""
        ...

    async def ack(self, ledger: LedgerId, peer: str, size: int, note: str) -> None:
        """Keep a peer's cosignature where it is newer."""
        ...

    async def set_aside(self, ledger: LedgerId, seq: int, reason: str, at_ns: int) -> None:
        """Note an entry that was stored and could not be folded."""
        ...

    async def quarantined(self, ledger: LedgerId) -> dict[int, str]:
        """Give the entries set aside, by seq, with their reasons."""
        ...

    async def keep(self, ledger: LedgerId, evidence: bytes, at_ns: int) -> None:
        """Keep evidence of two histories."""
        ...

    async def evidence(self, ledger: LedgerId) -> bytes:
        """Give the first evidence kept of a ledger, empty where there is none."""
        ...

    async def close(self) -> None:
        """Let go."""
        ...


class CentrePeer(Protocol):
    """The centre, asked over any transport. UnreachableError: no answer, nothing is known."""

    async def ask(self, message: Message) -> Message:
        """Send one message and give the answer; RefusedError where the centre refuses it."""
        ...

    async def close(self) -> None:
        """Let go."""
        ...


class Venue(Protocol):
    """A place that executes orders. Answers come as events; nothing here decides anything."""

    id: VenueId
    caps: VenueCaps

    async def submit(self, order: OrderToSend) -> VenueView | None:
        """Hand over an order.

        Returns the venue's own view of this order, or None if the venue took it and says no more.
        Only a view with the state `rejected` is a refusal. UnreachableError if the answer is not
        clear: the venue may work the order. Safe to call again only if `caps.deduplicates`.
        """
        ...

    async def cancel(self, order_id: OrderId) -> None:
        """Ask for a cancel; the outcome comes as an event, or is asked.

        A venue that does not know the order has not ended it: its submit may still arrive.
        """
        ...

    async def query(self, order_id: OrderId) -> VenueView | NotFound | Unknown:
        """Ask what the venue knows of an order. Three-valued on purpose."""
        ...

    async def snapshot(self) -> MassStatus:
        """Ask for open orders, fills since our cursor, balances and positions."""
        ...

    def events(self) -> AsyncIterator[VenueEvent]:
        """Yield what the venue says, for ever; reconnects by itself, replays from its cursor."""
        ...

    def books(self) -> AsyncIterator[BookView]:
        """Yield published books; newest wins when we are slow."""
        ...
