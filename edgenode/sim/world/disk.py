"""What a party has on disk, what survives a crash of it, and what the disk does wrong.

honest    what was committed stays; of what was being committed when the power goes, each
          transaction is wholly there or wholly gone, though nobody was told: SQLite drops a torn
          one as a whole (tests/adapters/test_power_cuts.py cuts a real one at any sector)
lies      a crash also takes the newest commits, which the disk had only said to have kept
full      commits fail (ENOSPC)
fails     commits fail (EIO)
slow      every commit takes longer
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from edgenode.core.state.snapshot import Snapshot
from edgenode.core.sync.anchor import Anchored
from edgenode.core.sync.receive import HeldLedger
from edgenode.model.errors import RefusedError
from edgenode.model.ledgers import ExternalId, Head, Sealed
from edgenode.services.space import MIB

COMMIT_S = (0.0002, 0.004)
FREE_BYTES = 4_096 * MIB
LIE_COMMITS_MAX = 12
WHOLE = 0.5  # the share of torn commits of which the last page was written

Told = Callable[[Exception | None], None]


class PowerGoneError(Exception):
    """A killed process tried to act."""


@dataclass(slots=True)
class Chain:
    """One ledger as committed; heads, names and snapshots by the size they belong to."""

    sealed: list[Sealed] = field(default_factory=list)
    heads: list[Head] = field(default_factory=list)
    names: dict[ExternalId, int] = field(default_factory=dict)
    snapshots: list[tuple[int, Snapshot]] = field(default_factory=list)
    took_back_to: int = 0  # the size up to which own entries were last taken back

    def copy(self) -> "Chain":
        """Return an image of it."""
        return Chain(
            list(self.sealed), list(self.heads), dict(self.names), list(self.snapshots),
            self.took_back_to,
        )  # fmt: skip

    def cut(self, size: int) -> None:
        """Take back what was committed after a size."""
        del self.sealed[size:]
        self.heads = [head for head in self.heads if head.size <= size]
        self.names = {name: seq for name, seq in self.names.items() if seq <= size}
        self.snapshots = [(at, taken) for at, taken in self.snapshots if at <= size]


@dataclass(slots=True)
class Mirror:
    """One ledger of another party as held."""

    held: HeldLedger
    sealed: list[Sealed] = field(default_factory=list)
    cosigned: str = ""

    def copy(self) -> "Mirror":
        """Return an image of it."""
        return replace(self, sealed=list(self.sealed))


@dataclass(slots=True)
class Files:
    """Everything on one party's data partition."""

    chains: dict[str, Chain] = field(default_factory=dict)
    mirrors: dict[str, Mirror] = field(default_factory=dict)
    acks: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)
    quarantine: dict[tuple[str, int], str] = field(default_factory=dict)
    evidence: list[tuple[str, bytes]] = field(default_factory=list)  # by ledger

    def copy(self) -> "Files":
        """Return an image of the partition, as a backup holds it."""
        return Files(
            {name: chain.copy() for name, chain in self.chains.items()},
            {name: mirror.copy() for name, mirror in self.mirrors.items()},
            dict(self.acks),
            dict(self.quarantine),
            list(self.evidence),
        )

    def evidence_of(self, ledger: str) -> bytes:
        """Return the first evidence kept of a ledger, empty if there is none."""
        return next((data for name, data in self.evidence if name == ledger), b"")


@dataclass(slots=True, eq=False)
class Commit:
    """A transaction on its way to the disk: what it will have done, and how long that takes."""

    keep: Callable[[], None]
    takes_s: float


class Disk:
    """A data partition, the anchor outside it, and the disk's present behaviour."""

    def __init__(self, rng: random.Random) -> None:
        self.files = Files()
        self.anchored: Anchored | None = None
        self.rng = rng
        self.lies = self.full = self.fails = False
        self.slow = 1.0
        self.powered = 0  # counts starts; a handle of an earlier one is dead
        self._in_flight: list[Commit] = []
        self._watching: list[asyncio.Future[Commit]] = []
        self._anchored_before: Anchored | None = None
        self._anchor_writes = 0
        self._anchoring = False  # the newest anchor is on its way

    @property
    def free_bytes(self) -> int:
        """Return the room left."""
        return 0 if self.full else FREE_BYTES

    def commit_s(self) -> float:
        """Draw how long the next commit takes."""
        return self.rng.uniform(*COMMIT_S) * self.slow

    def error(self) -> OSError | None:
        """Return what a commit would fail with now."""
        if self.full:
            return OSError(28, "No space left on device")
        return OSError(5, "Input/output error") if self.fails else None

    # -- committing ----------------------------------------------------------------------------

    def commit(self, keep: Callable[[], None], told: Told) -> None:
        """Do `keep`, all of it or nothing, and report how it went once that is certain."""
        one = Commit(keep, self.commit_s())
        self._in_flight.append(one)
        for watching in self._watching:
            if not watching.done():
                watching.set_result(one)
        self._watching.clear()
        asyncio.get_running_loop().call_later(one.takes_s, self._end, one, told)

    async def next_commit(self) -> Commit:
        """Wait until the next commit begins; it is in flight now."""
        watching: asyncio.Future[Commit] = asyncio.get_running_loop().create_future()
        self._watching.append(watching)
        return await watching

    def _end(self, one: Commit, told: Told) -> None:
        if one not in self._in_flight:
            told(PowerGoneError())
            return
        self._in_flight.remove(one)
        error: Exception | None = self.error()
        if error is None:
            try:
                one.keep()
            except RefusedError as refused:
                error = refused
        told(error)

    def process_ends(self) -> str:
        """End the process: its handles die, each commit in flight is whole or gone.

        Gives what became of those, in words; "" if there were none.
        """
        self.powered += 1
        torn, self._in_flight = self._in_flight, []
        became = [self.error() is None and self.rng.random() < WHOLE for _ in torn]
        for one, whole in zip(torn, became, strict=True):
            if whole:
                with suppress(RefusedError):
                    one.keep()
        return ",".join("whole" if whole else "gone" for whole in became)

    def power_goes(self) -> str:
        """Cut the power: a lying disk also forgets its newest commits."""
        became = self.process_ends()
        if self._anchoring and self.rng.random() >= WHOLE:
            self.anchored = self._anchored_before
        self._anchoring = False
        if self.lies:
            for chain in self.files.chains.values():
                sizes = [head.size for head in chain.heads][-LIE_COMMITS_MAX:]
                if len(sizes) > 1:
                    chain.cut(self.rng.choice(sizes))
        return became

    # -- the anchor, on another partition ------------------------------------------------------

    def read(self) -> Anchored | None:
        """Return the anchor."""
        return self.anchored

    def write(self, anchored: Anchored) -> None:
        """Note the anchor; a torn write leaves the older of the file's two slots."""
        self._anchored_before, self.anchored = self.anchored, anchored
        self._anchor_writes, self._anchoring = self._anchor_writes + 1, True
        loop = asyncio.get_running_loop()
        loop.call_later(self.commit_s(), self._anchor_is_whole, self._anchor_writes)

    def _anchor_is_whole(self, write: int) -> None:
        if write == self._anchor_writes:
            self._anchoring = False


def covering(heads: Sequence[Head], after: int, upto: int) -> list[Head]:
    """Return the heads with `after` < size <= `upto`, oldest first."""
    found: list[Head] = []
    for head in reversed(heads):
        if head.size <= after:
            break
        if head.size <= upto:
            found.append(head)
    return found[::-1]
