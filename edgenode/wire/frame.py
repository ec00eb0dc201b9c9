"""A frame: consecutive entries of one ledger on their way, packed; see PROTOCOL.md.

Entries travel as zstd of a canonical array of rows. What is read is bounded before anything is
inflated: RefusedError EN003 not canonical, EN004 too large, EN308 wrong shape, and nothing else.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import zstandard

from edgenode.model.errors import RefusedError
from edgenode.model.ledgers import Entry, LedgerId
from edgenode.wire.canonical import Natural, pack_unchecked, reader, unpack
from edgenode.wire.entry import IDEM_BYTES
from edgenode.wire.take import SEQ_MAX, Take, refused

MESSAGE_BYTES_MAX = 512 * 1024
ENTRIES_MAX = 1_000
ENTRIES_BYTES_MAX = 256 * 1024  # of a frame's entries before compression
NOTE_BYTES_MAX = 4_096
_ENTRY_OVERHEAD = 48  # bytes of an entry beyond its texts and body
_LEVEL = 3
_ROW = "[hlc, kind, actor, automatic, idem, body]"
_read_rows = reader(
    list[tuple[Natural, str, str, bool, bytes, bytes]], bytes_max=ENTRIES_BYTES_MAX, bounded=True
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Consecutive entries of one ledger, from seq `first`, and the signed head that covers them.

    The leaves' hashes are not sent: the receiver recomputes them from its own last leaf.
    `from_root` is the sender's root at first - 1 and `proof` leads from there to the note's root.
    `rest` leads from the frame's end to the note's root, and is empty where they are the same.
    """

    ledger: LedgerId
    first: int
    entries: tuple[Entry, ...]
    note: str
    from_root: bytes
    proof: tuple[bytes, ...] = ()
    rest: tuple[bytes, ...] = ()

    @property
    def end(self) -> int:
        """Return the seq of the last entry (first - 1 if there is none)."""
        return self.first - 1 + len(self.entries)


def fit(entries: Iterable[Entry]) -> int:
    """Return how many of the first entries fit into one frame."""
    count = size = 0
    for _, _, kind, actor, _, _, body in entries:
        size += _ENTRY_OVERHEAD + len(body) + len((kind + actor).encode())
        if count == ENTRIES_MAX or size > ENTRIES_BYTES_MAX - 16:
            break
        count += 1
    return count


def deflate(entries: Iterable[Entry]) -> bytes:
    """Return zstd of the array of rows, an entry's fields but for its seq."""
    rows = [entry[1:] for entry in entries]  # all fields but seq
    data = pack_unchecked(rows)  # they were judged when they were stored
    if len(rows) > ENTRIES_MAX or len(data) > ENTRIES_BYTES_MAX:
        raise too_large(len(data), ENTRIES_BYTES_MAX)
    return zstandard.ZstdCompressor(level=_LEVEL, write_content_size=True).compress(data)


def inflate(data: bytes, first: int) -> tuple[Entry, ...]:
    """Read the entries back, the first with seq `first`. Bounded before anything is inflated."""
    try:
        head = zstandard.get_frame_parameters(data)
        size = head.content_size
        if not 0 <= size <= ENTRIES_BYTES_MAX:  # zstandard gives a huge number for "unknown"
            raise too_large(size, ENTRIES_BYTES_MAX)
        if head.dict_id:
            raise refused("a compression dictionary", "none")
        raw = zstandard.ZstdDecompressor().decompress(
            data, max_output_size=ENTRIES_BYTES_MAX, allow_extra_data=False
        )
    except zstandard.ZstdError as error:
        raise refused(f"entries that do not decompress: {error}", "one zstd frame") from error
    if len(raw) != size:
        raise refused(f"{len(raw)} bytes of entries", f"{size}, as the frame says")
    rows = _read_rows(raw)
    if rows is None:
        unpack(raw, bytes_max=ENTRIES_BYTES_MAX)  # refuses what is not canonical
    if rows is None or len(rows) > ENTRIES_MAX or any(len(row[4]) != IDEM_BYTES for row in rows):
        raise refused("entries of another shape", f"at most {ENTRIES_MAX} of {_ROW}")
    if first + len(rows) - 1 > SEQ_MAX:
        raise refused("entries beyond the last seq", "seq within int64")
    return tuple(Entry(seq, *row) for seq, row in enumerate(rows, first))


def write(frame: Frame) -> dict[str, object]:
    """Return the fields of a frame as a message has them."""
    return {
        "ledger": frame.ledger.name,
        "first": frame.first,
        "entries": deflate(frame.entries),
        "note": frame.note,
        "from_root": frame.from_root,
        "proof": frame.proof,
        "rest": frame.rest,
    }


def read(take: Take) -> Frame:
    """Read them back."""
    first = take.number("first", low=1)
    return Frame(
        ledger=take.ledger("ledger"),
        first=first,
        entries=inflate(take.raw("entries", MESSAGE_BYTES_MAX), first),
        note=take.text("note", NOTE_BYTES_MAX),
        from_root=take.root("from_root"),
        proof=take.path("proof"),
        rest=take.path("rest"),
    )


def too_large(size: int, limit: int) -> RefusedError:
    """Return the error of more than the limit."""
    return RefusedError(
        f"{size} bytes", expected=f"at most {limit}", do="send less at a time", code="EN004"
    )
