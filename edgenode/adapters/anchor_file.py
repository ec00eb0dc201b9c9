"""The anchor: how far a ledger had come, kept where a restored or copied ledger does not bring it.

Off the appliance it lies beside the data folder as `.NAME.anchor`. Two slots are written in turn,
each with its checksum, so that a torn write leaves the older one.
"""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edgenode.core.sync.table import Anchor
from edgenode.model.errors import RefusedError
from edgenode.model.ledgers import Head
from edgenode.wire.canonical import pack, unpack

SLOT_BYTES = 512
SLOTS = 2
_CHECKSUM_BYTES = 32


@dataclass(frozen=True, slots=True)
class Anchored:
    """What a slot says."""

    ledger: str
    size: int
    root: bytes
    writes: int


def path_of(data: Path) -> Path:
    """Give the anchor's place for a data folder."""
    folder = data.resolve()
    return folder.parent / f".{folder.name}.anchor"


def write(data: Path, ledger: str, head: Head) -> None:
    """Note a durable head; overwrites the older slot."""
    path = path_of(data)
    before = read(data)
    writes = before.writes + 1 if before else 0
    body = pack({"ledger": ledger, "size": head.size, "root": head.root, "writes": writes})
    slot = hashlib.sha256(body).digest() + len(body).to_bytes(2, "big") + body
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        os.pwrite(fd, slot.ljust(SLOT_BYTES, b"\0"), writes % SLOTS * SLOT_BYTES)
        os.fsync(fd)
    finally:
        os.close(fd)


def read(data: Path) -> Anchored | None:
    """Give the newest slot that is whole."""
    try:
        raw = path_of(data).read_bytes()
    except OSError:
        return None
    slots = [_slot(raw[i * SLOT_BYTES : (i + 1) * SLOT_BYTES]) for i in range(SLOTS)]
    return max((s for s in slots if s), key=lambda s: s.writes, default=None)


def compare(data: Path, ledger: str, size: int, root_at: Callable[[int], bytes]) -> Anchor:
    """Hold a ledger against its anchor."""
    anchored = read(data)
    if anchored is None:
        return Anchor.ABSENT
    if anchored.ledger != ledger or anchored.size > size:
        return Anchor.DIFFERS
    agrees = root_at(anchored.size) == anchored.root
    return Anchor.AGREES if agrees else Anchor.DIFFERS


def _slot(raw: bytes) -> Anchored | None:
    begin = _CHECKSUM_BYTES + 2
    body = raw[begin : begin + int.from_bytes(raw[_CHECKSUM_BYTES:begin], "big")]
    if not body or hashlib.sha256(body).digest() != raw[:_CHECKSUM_BYTES]:
        return None
    try:
        said = unpack(body)
    except RefusedError:
        return None
    match said:
        case {
            "ledger": str(ledger),
            "size": int(size),
            "root": bytes(root),
            "writes": int(writes),
        }:
            return Anchored(ledger, size, root, writes)
        case _:
            return None
