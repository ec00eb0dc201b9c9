"""What leaves the ledger's main file for a segment, and which segments leave the box. Pure.

A segment is sealed behind the oldest snapshot that is kept, so that a start reads no segment. It
is dropped, the oldest first, once nothing holds it:

    held by    until
    ---------  --------------------------------------------------------------------
    kept       so many newer segments are here as are to be kept
    cosigned   the centre has cosigned a head at or behind its end
    archive    the archive was read back and holds it (its receipt is here)
    snapshot   every snapshot that is kept lies at or behind its end
    open       no open order, with its reservations, began in it
    age        its newest entry is older than the time to keep

Plans, breaks, quotes, grants and rooms kept for closing hold nothing: the state has their content
whole. A break that nobody closes must not fill the disk.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import NamedTuple

from edgenode.model.errors import RefusedError
from edgenode.model.hlc import ms_of
from edgenode.model.ledgers import Segment

SEGMENT_ENTRIES = 65_536  # some 30 MB: minutes on a slow link, hundreds of files in ten years
DAY_MS = 86_400_000


class PrunedError(RefusedError):
    """An entry was asked for that lies below the cut."""

    code = "EN409"

    def __init__(self, ledger: str, seq: int, cut: int) -> None:
        super().__init__(
            f"entry {seq} of {ledger} was pruned; what is here begins at {cut + 1}",
            expected=f"an entry behind {cut}",
            do="name the folder that `ledger archive` wrote to with --archive",
        )
        self.seq = seq
        self.cut = cut


class Run(NamedTuple):
    """Entries `first` to `last`."""

    first: int
    last: int


def to_seal(
    *,
    after: int,
    size: int,
    snapshots: Sequence[int],
    heads: Iterable[int],
    length: int = SEGMENT_ENTRIES,
) -> Run | None:
    """Return the run to seal next, None if there is none yet.

    `after`: the end of the newest segment. `heads`: the sizes of stored heads, ascending. The run
    ends at the last of them within `length` entries, at the next one if there is none. Both the
    newest entry and the one under a snapshot stay, so that a start reads no segment.
    """
    limit = min((size, *snapshots)) - 1 if snapshots else 0
    if limit - after < length:
        return None
    last = 0
    for head in heads:
        if head <= after:
            continue
        if head > limit or (last and head > after + length):
            break
        last = head
    return Run(after + 1, last) if last else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How far everything has come that a segment must wait for."""

    cosigned: int  # size of the newest head of ours that the centre cosigned
    archived: AbstractSet[bytes]  # hashes of the files that were read back from the archive
    snapshots: Sequence[int]  # sizes of those that hold; none: nothing may be dropped
    oldest_open: int  # seq of the oldest open order; the ledger's size + 1 where there is none
    now_ms: int
    keep_ms: int
    segments_kept: int


def holds(segment: Segment, newer: int, bounds: Bounds) -> tuple[str, ...]:
    """Name everything that holds a segment here; `newer` segments follow it."""
    reasons = {
        "kept": newer < bounds.segments_kept,
        "cosigned": segment.last > bounds.cosigned,
        "archive": segment.sha256 not in bounds.archived,
        "snapshot": segment.last > min(bounds.snapshots, default=0),
        "open": segment.last >= bounds.oldest_open,
        "age": ms_of(segment.hlc) > bounds.now_ms - bounds.keep_ms,
    }
    return tuple(reason for reason, held in reasons.items() if held)


def to_drop(segments: Sequence[Segment], bounds: Bounds) -> list[Segment]:
    """Return the segments to drop, of those that are here in order: whole ones from the oldest."""
    dropped = []
    for index, segment in enumerate(segments):
        if holds(segment, len(segments) - index - 1, bounds):
            break
        dropped.append(segment)
    return dropped
