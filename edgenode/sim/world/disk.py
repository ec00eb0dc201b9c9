"""What a party has on disk, what survives a crash of it, and what the disk does wrong.

honest    what was committed stays; what was not is gone
lies      a crash also takes the newest commits, which the disk had only said to have kept
full      commits fail (ENOSPC)
fails     commits fail (EIO)
slow      every commit takes longer
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from edgenode.core.state.snapshot import Snapshot
from edgenode.core.sync.anchor import Anchored
from edgenode.core.sync.receive import Held
from edgenode.model.ledgers import ExternalId, Head, Sealed
from edgenode.services.space import MIB

COMMIT_S = (0.0002, 0.004)
FREE_BYTES = 4_096 * MIB
LIE_COMMITS_MAX = 12


class PowerGoneError(Exception):
    """A killed process tried to act."""


@dataclass(slots=True)
class Chain:
    """One ledger as committed; heads, names and snapshots by the size they belong to."""

    sealed: list[Sealed] = field(default_factory=list)
    heads: list[Head] = field(default_factory=list)
    names: dict[ExternalId, int] = field(default_factory=dict)
    snapshots: list[tuple[int, Snapshot]] = field(default_factory=list)

    def copy(self) -> "Chain":
        """Give an image of it."""
        return Chain(list(self.sealed), list(self.heads), dict(self.names), list(self.snapshots))

    def cut(self, size: int) -> None:
        """Take back what was committed after a size."""
        del self.sealed[size:]
        self.heads = [head for head in self.heads if head.size <= size]
        self.names = {name: seq for name, seq in self.names.items() if seq <= size}
        self.snapshots = [(at, taken) for at, taken in self.snapshots if at <= size]


@dataclass(slots=True)
class Mirror:
    """One ledger of another party as held."""

    held: Held
    sealed: list[Sealed] = field(default_factory=list)
    cosigned: str = ""

    def copy(self) -> "Mirror":
        """Give an image of it."""
        return replace(self, sealed=list(self.sealed))


@dataclass(slots=True)
class Files:
    """Everything on one party's data partition."""

    chains: dict[str, Chain] = field(default_factory=dict)
    mirrors: dict[str, Mirror] = field(default_factory=dict)
    acks: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)
    quarantine: dict[tuple[str, int], str] = field(default_factory=dict)
    evidence: list[bytes] = field(default_factory=list)

    def copy(self) -> "Files":
        """Give an image of the partition, as a backup holds it."""
        return Files(
            {name: chain.copy() for name, chain in self.chains.items()},
            {name: mirror.copy() for name, mirror in self.mirrors.items()},
            dict(self.acks),
            dict(self.quarantine),
            list(self.evidence),
        )


class Disk:
    """A data partition, the anchor outside it, and the disk's present behaviour."""

    def __init__(self, rng: random.Random) -> None:
        self.files = Files()
        self.anchored: Anchored | None = None
        self.rng = rng
        self.lies = self.full = self.fails = False
        self.slow = 1.0
        self.powered = 0  # counts starts; a handle of an earlier one is dead

    @property
    def free_bytes(self) -> int:
        """Give the room left."""
        return 0 if self.full else FREE_BYTES

    def commit_s(self) -> float:
        """Draw how long the next commit takes."""
        return self.rng.uniform(*COMMIT_S) * self.slow

    def error(self) -> OSError | None:
        """Give what a commit would fail with now."""
        if self.full:
            return OSError(28, "No space left on device")
        return OSError(5, "Input/output error") if self.fails else None

    def power_goes(self) -> None:
        """Let the power go: handles die; a lying disk forgets its newest commits."""
        self.powered += 1
        if not self.lies:
            return
        for chain in self.files.chains.values():
            sizes = [head.size for head in chain.heads][-LIE_COMMITS_MAX:]
            if len(sizes) > 1:
                chain.cut(self.rng.choice(sizes))

    # -- the anchor, on another partition ------------------------------------------------------

    def read(self) -> Anchored | None:
        """Give the anchor."""
        return self.anchored

    def write(self, anchored: Anchored) -> None:
        """Note the anchor."""
        self.anchored = anchored


def covering(heads: Sequence[Head], after: int, upto: int) -> list[Head]:
    """Give the heads with `after` < size <= `upto`, oldest first."""
    found: list[Head] = []
    for head in reversed(heads):
        if head.size <= after:
            break
        if head.size <= upto:
            found.append(head)
    return found[::-1]
