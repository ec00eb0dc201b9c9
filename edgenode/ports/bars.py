"""Where bars of signals are kept: a table of its own, no part of the ledger or its digest.

All of it may be lost: forecasts then begin anew, and are warm after some hours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from edgenode.model.signals import Bar, Reading, Source, SourceId

PRUNED_BEHIND = 288  # bars: fewer newer ones may be of a clock that is wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is kept of one source beside its bars."""

    source: Source
    closed_s: int | None = None  # where its open bars begin
    until_s: int = 0  # all that happened before it was told
    readings: tuple[Reading, ...] = ()
    state: bytes | None = None  # of its forecast, saved


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """What one closing leaves of one source."""

    source: SourceId
    closed_s: int
    bars: Sequence[Bar] = ()
    readings_from_ms: int = 0  # older readings are not needed any more


@dataclass(frozen=True, slots=True)
class Batch:
    """What is stored together: all of it, or nothing."""

    closed: Sequence[Closed] = ()
    states: Mapping[SourceId, bytes | None] = field(default_factory=dict)  # None: forgotten
    bars_from_s: int = 0  # older bars are dropped, of a source with PRUNED_BEHIND newer ones


class BarStore(Protocol):
    """The table. Each call is whole and durable on return, or raises; calls may overlap."""

    async def load(self) -> list[Kept]:
        """Return every source that is known, with what is kept of it."""
        ...

    async def declare(self, source: Source) -> None:
        """Keep a source."""
        ...

    async def forget(self, source: SourceId) -> None:
        """Forget a source with all that is kept of it."""
        ...

    async def forget_after(self, at_s: int) -> None:
        """Forget all that is dated at or after a time: the open bars of every source begin there.

        A forecast that took any of it is forgotten too.
        """
        ...

    async def said(self, source: SourceId, readings: Sequence[Reading], until_s: int) -> None:
        """Keep readings of a feed, and until when it told all."""
        ...

    async def store(self, batch: Batch) -> None:
        """Keep what a closing leaves."""
        ...

    async def is_read(self, sha256: bytes) -> bool:
        """Return whether a file of these bytes was read to its end."""
        ...

    async def mark_read(
        self, sha256: bytes, name: str, *, rows: int, refused: int, at_s: int
    ) -> None:
        """Note that a file was read to its end."""
        ...

    async def bars(self, source: SourceId, from_s: int, limit: int) -> list[Bar]:
        """Return bars that begin at or after a time, in order."""
        ...
