"""The messages of sync and the frame of entries inside them; see PROTOCOL.md.

    message     direction        says
    ----------  ---------------  -------------------------------------------------------------
    Hello       node -> centre   my heads, the newest cosignatures I hold, is this a fresh start
    HelloAck    centre -> node   what I hold of each, with my root at your size and a proof
    Push        node -> centre   a frame of a ledger
    PushAck     centre -> node   the cosigned newest head: contents durably stored
    Pull        node -> centre   what follows `after` in this ledger; I wait up to `wait_ms`
    PullReply   centre -> node   a frame, empty where nothing follows
    Refusal     centre -> node   a stable code, the size held, evidence

Every message is a canonical msgpack map with "v" and "type". `parse` is strict and total: bytes
that are not exactly one such message raise RefusedError (EN003 not canonical, EN004 too large,
EN308 wrong shape) and nothing else. Signatures, roots and proofs are checked by the receiver.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import zstandard

from edgenode.model.errors import RefusedError
from edgenode.model.ledgers import Entry, LedgerId
from edgenode.wire.canonical import Natural, pack, pack_unchecked, reader, unpack
from edgenode.wire.entry import IDEM_BYTES
from edgenode.wire.take import SEQ_MAX, Take, refused

VERSION = 1
MESSAGE_BYTES_MAX = 512 * 1024
ENTRIES_MAX = 1_000
ENTRIES_BYTES_MAX = 256 * 1024  # of a frame's entries before compression
NOTE_BYTES_MAX = 4_096
EVIDENCE_BYTES_MAX = 65_535
WAIT_MS_MAX = 20_000
EMPTY = ""  # the note of a ledger of which nothing is held
_ENTRY_OVERHEAD = 48  # bytes of an entry beyond its texts and body
_LEVEL = 3
_ROW = "[hlc, kind, actor, automatic, idem, body]"
_read_rows = reader(
    list[tuple[Natural, str, str, bool, bytes, bytes]], bytes_max=ENTRIES_BYTES_MAX, bounded=True
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadClaim:
    """A head of the sender's: its signed note, and the newest cosigned note it holds."""

    ledger: LedgerId
    note: str = EMPTY
    cosigned: str = EMPTY


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadAnswer:
    """The centre's head of a ledger, against the one claimed.

    `note` is signed by the ledger's writer and, for a node's ledger, cosigned. Where the centre is
    longer, `at_root` is its root at the claimed size and `proof` leads from there to its head;
    otherwise both are empty, and the claimant finds the root at the centre's size by itself.
    """

    ledger: LedgerId
    note: str = EMPTY
    at_root: bytes = b""
    proof: tuple[bytes, ...] = ()


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
        """Give the seq of the last entry (first - 1 where there is none)."""
        return self.first - 1 + len(self.entries)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """Opens every exchange. `fresh`: first answered HELLO of this start, nothing appended."""

    fresh: bool
    heads: tuple[HeadClaim, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HelloAck:
    """The answer: the node's standing (core/sync/table) and one head per claim, in order."""

    standing: str
    heads: tuple[HeadAnswer, ...]


@dataclass(frozen=True, slots=True)
class Push:
    """Entries of the sender's ledger, starting right behind the receiver's head."""

    frame: Frame


@dataclass(frozen=True, slots=True, kw_only=True)
class PushAck:
    """All entries up to the note's size are durably stored."""

    ledger: LedgerId
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """Asks for entries with seq > `after`, waiting up to `wait_ms` for the first."""

    ledger: LedgerId
    after: int
    wait_ms: int = 0


@dataclass(frozen=True, slots=True)
class PullReply:
    """A frame that starts at `after` + 1; empty where nothing follows yet."""

    frame: Frame


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """No. `size` is what the refuser holds durably (-1 where that is not the matter)."""

    code: str
    found: str
    expected: str = ""
    do: str = ""
    size: int = -1
    evidence: bytes = field(default=b"", repr=False)


Message = Hello | HelloAck | Push | PushAck | Pull | PullReply | Refusal


def encode(message: Message) -> bytes:
    """Give the message's bytes; RefusedError EN004 where they would pass the limit."""
    name = _NAMES[type(message)]
    write = _CODECS[name][1]
    data = pack({"v": VERSION, "type": name, **write(message)})
    if len(data) > MESSAGE_BYTES_MAX:
        raise _too_large(len(data), MESSAGE_BYTES_MAX)
    return data


def parse(data: bytes) -> Message:
    """Read exactly one message; RefusedError EN003, EN004 or EN308 otherwise, nothing else."""
    value = unpack(data, bytes_max=MESSAGE_BYTES_MAX)
    take = Take(value, "message")
    version = take.number("v")
    if version != VERSION:
        raise refused(f"version {version}", f"version {VERSION}")
    name = take.text("type", 32)
    if name not in _CODECS:
        raise refused(f"a message of type {name!r}", f"one of {sorted(_CODECS)}")
    message: Message = _CODECS[name][2](take)
    take.end()
    return message


def fit(entries: Iterable[Entry]) -> int:
    """Tell how many of the first entries fit into one frame."""
    count = size = 0
    for _, _, kind, actor, _, _, body in entries:
        size += _ENTRY_OVERHEAD + len(body) + len((kind + actor).encode())
        if count == ENTRIES_MAX or size > ENTRIES_BYTES_MAX - 16:
            break
        count += 1
    return count


# -- entries ----------------------------------------------------------------------------------


def deflate(entries: Iterable[Entry]) -> bytes:
    """Give zstd of the array of rows, an entry's fields but for its seq."""
    rows = [entry[1:] for entry in entries]  # all fields but seq
    data = pack_unchecked(rows)  # they were judged when they were stored
    if len(rows) > ENTRIES_MAX or len(data) > ENTRIES_BYTES_MAX:
        raise _too_large(len(data), ENTRIES_BYTES_MAX)
    return zstandard.ZstdCompressor(level=_LEVEL, write_content_size=True).compress(data)


def inflate(data: bytes, first: int) -> tuple[Entry, ...]:
    """Read the entries back, the first with seq `first`. Bounded before anything is inflated."""
    try:
        head = zstandard.get_frame_parameters(data)
        size = head.content_size
        if not 0 <= size <= ENTRIES_BYTES_MAX:  # zstandard gives a huge number for "unknown"
            raise _too_large(size, ENTRIES_BYTES_MAX)
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


# -- one writer and one reader per message ----------------------------------------------------


def _write_claim(claim: HeadClaim) -> dict[str, object]:
    return {"ledger": claim.ledger.name, "note": claim.note, "cosigned": claim.cosigned}


def _read_claim(take: Take) -> HeadClaim:
    claim = HeadClaim(
        ledger=take.ledger("ledger"),
        note=take.text("note", NOTE_BYTES_MAX),
        cosigned=take.text("cosigned", NOTE_BYTES_MAX),
    )
    take.end()
    return claim


def _write_answer(answer: HeadAnswer) -> dict[str, object]:
    return {
        "ledger": answer.ledger.name,
        "note": answer.note,
        "at_root": answer.at_root,
        "proof": answer.proof,
    }


def _read_answer(take: Take) -> HeadAnswer:
    answer = HeadAnswer(
        ledger=take.ledger("ledger"),
        note=take.text("note", NOTE_BYTES_MAX),
        at_root=take.root("at_root", optional=True),
        proof=take.path("proof"),
    )
    take.end()
    return answer


def _write_frame(frame: Frame) -> dict[str, object]:
    return {
        "ledger": frame.ledger.name,
        "first": frame.first,
        "entries": deflate(frame.entries),
        "note": frame.note,
        "from_root": frame.from_root,
        "proof": frame.proof,
        "rest": frame.rest,
    }


def _read_frame(take: Take) -> Frame:
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


_Codec = tuple[type[Any], Callable[[Any], dict[str, object]], Callable[[Take], Any]]
_CODECS: dict[str, _Codec] = {
    "hello": (
        Hello,
        lambda m: {"fresh": m.fresh, "heads": [_write_claim(c) for c in m.heads]},
        lambda t: Hello(fresh=t.flag("fresh"), heads=t.each("heads", _read_claim)),
    ),
    "hello_ack": (
        HelloAck,
        lambda m: {"standing": m.standing, "heads": [_write_answer(a) for a in m.heads]},
        lambda t: HelloAck(standing=t.text("standing", 32), heads=t.each("heads", _read_answer)),
    ),
    "push": (Push, lambda m: _write_frame(m.frame), lambda t: Push(_read_frame(t))),
    "push_ack": (
        PushAck,
        lambda m: {"ledger": m.ledger.name, "note": m.note},
        lambda t: PushAck(ledger=t.ledger("ledger"), note=t.text("note", NOTE_BYTES_MAX)),
    ),
    "pull": (
        Pull,
        lambda m: {"ledger": m.ledger.name, "after": m.after, "wait_ms": m.wait_ms},
        lambda t: Pull(
            ledger=t.ledger("ledger"),
            after=t.number("after"),
            wait_ms=t.number("wait_ms", high=WAIT_MS_MAX),
        ),
    ),
    "pull_reply": (
        PullReply,
        lambda m: _write_frame(m.frame),
        lambda t: PullReply(_read_frame(t)),
    ),
    "refusal": (
        Refusal,
        lambda m: {
            "code": m.code,
            "found": m.found,
            "expected": m.expected,
            "do": m.do,
            "size": m.size,
            "evidence": m.evidence,
        },
        lambda t: Refusal(
            code=t.text("code", 8),
            found=t.text("found"),
            expected=t.text("expected"),
            do=t.text("do"),
            size=t.number("size", low=-1),
            evidence=t.raw("evidence", EVIDENCE_BYTES_MAX),
        ),
    ),
}
_NAMES = {codec[0]: name for name, codec in _CODECS.items()}


def _too_large(size: int, limit: int) -> RefusedError:
    return RefusedError(f"{size} bytes", expected=f"at most {limit}", code="EN004")
