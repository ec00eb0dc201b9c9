"""Ledgers that others write."""

from collections.abc import Sequence
from typing import Protocol

from edgenode.core.sync.receive import HeldLedger, Taken
from edgenode.model.ledgers import LedgerId, Sealed


class MirrorStore(Protocol):
    """Ledgers that others write, and what they cosigned of ours; all durable on return."""

    async def held(self, ledger: LedgerId) -> HeldLedger:
        """Return what is held of a ledger."""
        ...

    async def store(self, before: HeldLedger, taken: Taken, cosigned: str = "") -> None:
        """Store verified entries with their head; OffsetError if `before` has passed."""
        ...

    async def entries(self, ledger: LedgerId, after: int, limit: int) -> list[Sealed]:
        """Return held entries with seq > `after`, in order."""
        ...

    async def leaves(self, ledger: LedgerId, start: int, end: int) -> Sequence[bytes]:
        """Return held leaves [start, end), from 0."""
        ...

    async def ledgers(self) -> list[LedgerId]:
        """List the ledgers held."""
        ...

    async def cosigned(self, ledger: LedgerId) -> str:
        """Return the newest head's note with its cosignature as stored, "" where none."""
        ...

    async def acked(self, ledger: LedgerId, peer: str) -> str:
        """Return the newest note of ours that a peer cosigned, "" where none."""
        ...

    async def ack(self, ledger: LedgerId, peer: str, size: int, note: str) -> None:
        """Keep a peer's cosignature where it is newer."""
        ...

    async def set_aside(self, ledger: LedgerId, seq: int, reason: str, at_ns: int) -> None:
        """Note an entry that was stored and could not be folded."""
        ...

    async def quarantined(self, ledger: LedgerId) -> dict[int, str]:
        """Return the entries set aside, by seq, with their reasons."""
        ...

    async def keep(self, ledger: LedgerId, evidence: bytes, at_ns: int) -> None:
        """Keep evidence of two histories."""
        ...

    async def evidence(self, ledger: LedgerId) -> bytes:
        """Return the first evidence kept of a ledger, empty if there is none."""
        ...

    async def close(self) -> None:
        """Close."""
        ...
