"""The messages of sync; see PROTOCOL.md.

    message     direction        says
    ----------  ---------------  -------------------------------------------------------------
    Hello       node -> centre   my heads, the newest cosignatures I hold, is this a fresh start
    HelloAck    centre -> node   what I hold of each, with my root at your size and a proof
    Push        node -> centre   a frame of a ledger
    PushAck     centre -> node   the cosigned newest head: contents durably stored
    Pull        node -> centre   what follows `after` in this ledger; I wait up to `wait_ms`
    PullReply   centre -> node   a frame, empty if nothing follows
    Refusal     centre -> node   a stable code, the size held, evidence

Every message is a canonical msgpack map with "v" and "type". `parse` is strict and total: bytes
that are not exactly one such message raise RefusedError (EN003 not canonical, EN004 too large,
EN308 wrong shape) and nothing else. Signatures, roots and proofs are checked by the receiver.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from edgenode.model.ledgers import LedgerId
from edgenode.wire import frame
from edgenode.wire.canonical import pack, unpack
from edgenode.wire.frame import MESSAGE_BYTES_MAX, NOTE_BYTES_MAX, Frame
from edgenode.wire.take import Take, refused

VERSION = 1
EVIDENCE_BYTES_MAX = 65_535
WAIT_MS_MAX = 20_000
EMPTY = ""  # the note of a ledger of which nothing is held


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
    """A frame that starts at `after` + 1; empty if nothing follows yet."""

    frame: Frame


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncRefusal:
    """No. `size` is what the refuser holds durably (-1 where that is not the matter)."""

    code: str
    found: str
    expected: str = ""
    do: str = ""
    size: int = -1
    evidence: bytes = field(default=b"", repr=False)


Message = Hello | HelloAck | Push | PushAck | Pull | PullReply | SyncRefusal


def encode(message: Message) -> bytes:
    """Return the message's bytes; RefusedError EN004 if they would pass the limit."""
    name = _NAMES[type(message)]
    write = _CODECS[name][1]
    data = pack({"v": VERSION, "type": name, **write(message)})
    if len(data) > MESSAGE_BYTES_MAX:
        raise frame.too_large(len(data), MESSAGE_BYTES_MAX)
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
    "push": (Push, lambda m: frame.write(m.frame), lambda t: Push(frame.read(t))),
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
        lambda m: frame.write(m.frame),
        lambda t: PullReply(frame.read(t)),
    ),
    "refusal": (
        SyncRefusal,
        lambda m: {
            "code": m.code,
            "found": m.found,
            "expected": m.expected,
            "do": m.do,
            "size": m.size,
            "evidence": m.evidence,
        },
        lambda t: SyncRefusal(
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
