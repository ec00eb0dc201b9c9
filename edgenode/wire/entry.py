"""Temporary: leaf data of an entry."""

import hashlib

from edgenode.model.errors import RefusedError
from edgenode.model.ledgers import Entry, LedgerId, Sealed
from edgenode.wire.canonical import pack, unpack


def seal(ledger: LedgerId, entry: Entry, prev: bytes) -> Sealed:
    data = pack(
        [
            1,
            ledger.party,
            ledger.stream,
            ledger.incarnation,
            entry.seq,
            entry.hlc,
            entry.kind,
            entry.actor,
            entry.automatic,
            entry.idem,
            entry.body,
            prev,
        ]
    )
    return Sealed(entry, prev, leaf_hash(data), data)


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def parse(data: bytes) -> tuple[LedgerId, Entry, bytes]:
    row = unpack(data)
    if not isinstance(row, list) or len(row) != 12:
        raise RefusedError("not an entry", code="EN002")
    _, party, stream, inc, seq, hlc, kind, actor, auto, idem, body, prev = row
    return LedgerId(party, stream, inc), Entry(seq, hlc, kind, actor, auto, idem, body), prev
