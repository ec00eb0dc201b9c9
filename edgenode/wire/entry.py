"""The bytes of one entry: the leaf data that is hashed, chained and sent (FORMAT.md, section 2).

    [1, party, stream, incarnation, seq, hlc, kind, actor, automatic, idem, body, prev]

in canonical msgpack; `leaf` = SHA256(0x00 || leaf data) is the entry's hash in the chain and in
the RFC 6962 tree at once. `prev` is the leaf of the entry before, 32 zero bytes for the first.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from edgenode.model.errors import RefusedError
from edgenode.model.ledgers import MAIN, Entry, LedgerId, Sealed
from edgenode.wire.canonical import BYTES_MAX, pack, pack_unchecked, unpack

VERSION = 1
FIRST_PREV = bytes(32)
HASH_BYTES = 32
IDEM_BYTES = 16
PARTY_BYTES_MAX = 64
ACTOR_BYTES_MAX = 200

_FIELDS = 12
_FIELDS_OF_LEDGER = 4  # version, party, stream, incarnation: the same in every entry of a ledger
_INT64_END = 1 << 63
_PARTY = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{PARTY_BYTES_MAX - 1}}}", re.ASCII)
_KIND = re.compile(r"[A-Za-z][A-Za-z0-9]{0,63}", re.ASCII)
_sha256 = hashlib.sha256

# An entry in its chain, field by field, as the stores keep it: seq, hlc, kind, actor, automatic
# (0 or 1), idem, body, prev, leaf.
Row = tuple[int, int, str, str, int, bytes, bytes, bytes, bytes]


class Sealer:
    """Seals the entries of one ledger.

    The four fields that name the ledger are encoded once: sealing is on the path of every order.
    """

    __slots__ = ("_prefix",)

    def __init__(self, ledger: LedgerId) -> None:
        check_ledger(ledger)
        named = pack([VERSION, ledger.party, ledger.stream, ledger.incarnation])
        self._prefix = bytes([0x90 | _FIELDS]) + named[1:]

    def seal(self, entries: Iterable[Entry], prev: bytes) -> list[Sealed]:
        """Return the entries in their chain, behind leaf `prev`.

        EN004 if one is larger than any reader accepts.
        """
        start, run = b"\x00" + self._prefix, []
        size_max = BYTES_MAX + 2  # the hash's first byte, and the header that is cut off below
        for entry in entries:
            rest = pack_unchecked((*entry, prev))
            if len(start) + len(rest) > size_max:
                raise RefusedError(
                    f"entry {entry.seq} ({entry.kind}) of {len(self.data(entry, prev))} bytes",
                    expected=f"at most {BYTES_MAX}",
                    do="record it in smaller pieces",
                    code="EN004",
                )
            leaf = _sha256(start + rest[1:]).digest()
            run.append(Sealed(entry, prev, leaf))
            prev = leaf
        return run

    def holding(self, prev: bytes, after: int, rows: Sequence[Row]) -> list[bytes]:
        """Return the leaves of the rows that continue a chain, up to the first that does not.

        The chain is `after` entries long and ends in leaf `prev`. A row continues it where its
        seq is the next, its prev the leaf before, and its leaf the hash of its fields.
        TypeError, ValueError, OverflowError: a row whose fields have no encoding.
        """
        encode, start = pack_unchecked, b"\x00" + self._prefix
        leaves = []
        for seq, row in enumerate(rows, after + 1):
            said, hlc, kind, actor, automatic, idem, body, before, leaf = row
            if said != seq or before != prev:
                break
            rest = encode((seq, hlc, kind, actor, bool(automatic), idem, body, prev))
            if _sha256(start + rest[1:]).digest() != leaf:
                break
            leaves.append(leaf)
            prev = leaf
        return leaves

    def data(self, entry: Entry, prev: bytes) -> bytes:
        """Return the leaf data; the entry's fields are not judged."""
        return self._prefix + pack_unchecked((*entry, prev))[1:]


def seal(ledger: LedgerId, entry: Entry, prev: bytes) -> Sealed:
    """Return one entry in its chain. For many entries of one ledger, keep a `Sealer`."""
    return Sealer(ledger).seal([entry], prev)[0]


def data_of(ledger: LedgerId, sealed: Sealed) -> bytes:
    """Return the leaf data of a sealed entry."""
    return Sealer(ledger).data(sealed.entry, sealed.prev)


def from_row(row: Row) -> Sealed:
    """Read an entry as it is stored; whether it verifies is judged by core/ledger/chain."""
    seq, hlc, kind, actor, automatic, idem, body, prev, leaf = row
    return Sealed(Entry(seq, hlc, kind, actor, bool(automatic), idem, body), prev, leaf)


def well_formed(rows: Sequence[Row]) -> int:
    """Count the rows before the first whose entry `check_entry` refuses."""
    for index, row in enumerate(rows):
        try:
            _check_fields(row[0], row[1], row[2], row[3], row[5], row[6])
        except RefusedError:
            return index
    return len(rows)


def leaf_hash(data: bytes) -> bytes:
    """Hash leaf data as RFC 6962 hashes a leaf."""
    return _sha256(b"\x00" + data).digest()


def parse(data: bytes) -> tuple[LedgerId, Entry, bytes]:
    """Read leaf data: (ledger, entry, prev).

    RefusedError EN004 too large, EN003 not canonical, EN002 another version, a wrong type, length
    or range. The body must itself be a canonical map; what its fields mean is not judged here.
    """
    row = unpack(data)
    if (
        not isinstance(row, list)
        or len(row) != _FIELDS
        or type(row[0]) is not int
        or row[0] != VERSION
    ):
        raise _malformed("a row that is no entry of version 1")
    ledger = LedgerId(*_ledger_fields(row))
    check_ledger(ledger)
    prev = row[11]
    if type(prev) is not bytes or len(prev) != HASH_BYTES:
        raise _malformed(f"a previous leaf of {type(prev).__name__}")
    entry = Entry(*row[_FIELDS_OF_LEDGER:11])
    check_entry(entry)
    if (entry.seq == 1) != (prev == FIRST_PREV):
        raise _malformed(f"entry {entry.seq} with previous leaf {prev.hex()}")
    return ledger, entry, prev


def check_ledger(ledger: LedgerId) -> None:
    """Refuse (EN002) a ledger whose name would be ambiguous or unfit for a checkpoint."""
    stream = ledger.stream.removeprefix(">")
    named = ledger.stream == MAIN or (stream != ledger.stream and _PARTY.fullmatch(stream))
    if not named or not _PARTY.fullmatch(ledger.party) or not 0 < ledger.incarnation < _INT64_END:
        raise RefusedError(
            f"a ledger named {ledger.name[:120]!r}",
            expected="PARTY/INCARNATION, where PARTY, or a node's id, is at most"
            f" {PARTY_BYTES_MAX} letters, digits and . _ - and begins with a letter or digit",
            do="choose another name",
            code="EN002",
        )


def check_entry(entry: Entry) -> None:
    """Refuse (EN002, EN003) an entry with a wrong type, length or range, or an unfit body."""
    if type(entry.automatic) is not bool:
        raise _malformed(f"automatic is {entry.automatic!r:.40}")
    _check_fields(entry.seq, entry.hlc, entry.kind, entry.actor, entry.idem, entry.body)


def _check_fields(
    seq: object, hlc: object, kind: object, actor: object, idem: object, body: object
) -> None:
    if not (_is_int64(seq) and seq != 0 and _is_int64(hlc)):
        raise _malformed(f"seq {seq!r:.40}, hlc {hlc!r:.40}")
    if type(idem) is not bytes or len(idem) != IDEM_BYTES:
        raise _malformed(f"idem {idem!r:.80}")
    if type(kind) is not str or not _KIND.fullmatch(kind):
        raise _malformed(f"kind {kind!r:.80}")
    if type(actor) is not str or not 0 < len(actor) <= ACTOR_BYTES_MAX or not _is_actor(actor):
        raise _malformed(f"actor {actor!r:.80}")
    if type(body) is not bytes or not isinstance(unpack(body), dict):
        raise _malformed("a body that is no map")


@lru_cache(maxsize=256)  # a ledger has few of them
def _is_actor(actor: str) -> bool:
    return actor.isprintable() and len(actor.encode()) <= ACTOR_BYTES_MAX


def _ledger_fields(row: list[object]) -> tuple[str, str, int]:
    _, party, stream, incarnation, *_ = row
    if type(party) is str and type(stream) is str and type(incarnation) is int:
        return party, stream, incarnation
    raise _malformed("a ledger's fields with wrong types")


def _is_int64(value: object) -> bool:
    return type(value) is int and 0 <= value < _INT64_END


def _malformed(found: str) -> RefusedError:
    return RefusedError(
        found,
        expected="an entry as in FORMAT.md",
        do="take the entry again from who wrote it",
        code="EN002",
    )
