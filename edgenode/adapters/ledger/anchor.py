"""The anchor in a file: off the appliance beside the data folder, as `.NAME.anchor`.

Two slots are written in turn, each with its checksum, so that a torn write leaves the older one.
A file that exists and cannot be read is an error (EN404), never an absent anchor.
"""

import hashlib
import os
from pathlib import Path
from typing import NamedTuple

from edgenode.adapters import durable_file
from edgenode.core.sync.anchor import Anchored
from edgenode.model.errors import InvariantBrokenError, RefusedError
from edgenode.wire.canonical import pack, unpack

SLOT_BYTES = 512
SLOTS = 2
_CHECKSUM_BYTES = 32


class AnchorFile:
    """Implements `ports.Anchors` for a data folder."""

    def __init__(self, data: Path) -> None:
        self.path = path_of(data)

    def read(self) -> Anchored | None:
        """Return the newest slot that is whole; None if there is none, or no file."""
        slot = self._newest()
        return slot.anchored if slot else None

    def write(self, anchored: Anchored) -> None:
        """Overwrite the older slot; durable on return, EN404 if the disk does not take it."""
        newest = self._newest()
        writes = newest.writes + 1 if newest else 0
        said = {"ledger": anchored.ledger, "size": anchored.size, "root": anchored.root}
        body = pack({**said, "writes": writes})
        slot = hashlib.sha256(body).digest() + len(body).to_bytes(2, "big") + body
        try:
            self._put(slot.ljust(SLOT_BYTES, b"\0"), writes % SLOTS * SLOT_BYTES)
        except OSError as error:
            raise self._failed("written", error) from error

    def _put(self, slot: bytes, at: int) -> None:
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.pwrite(fd, slot, at)
            # Power lost here: this slot may be torn; its checksum tells, and the other one holds.
            os.fsync(fd)
        finally:
            os.close(fd)
        # Power lost here: a file that was just made may be gone: a box that is alone would wait
        # for a centre then. So nothing counts as written before its name is durable too.
        durable_file.sync(self.path.parent)

    def _newest(self) -> "_Slot | None":
        try:
            raw = self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._failed("read", error) from error
        slots = [_slot(raw[i * SLOT_BYTES : (i + 1) * SLOT_BYTES]) for i in range(SLOTS)]
        return max((s for s in slots if s), key=lambda s: s.writes, default=None)

    def _failed(self, verb: str, error: OSError) -> InvariantBrokenError:
        return InvariantBrokenError(
            f"the anchor {self.path} cannot be {verb}: {error.strerror or error}",
            expected="a file beside the data folder that this user may read and write",
            do="check that disk, its room and who owns the file, then start again",
            code="EN404",
        )


def path_of(data: Path) -> Path:
    """Return the anchor's place for a data folder."""
    folder = data.resolve()
    return folder.parent / f".{folder.name}.anchor"


class _Slot(NamedTuple):
    anchored: Anchored
    writes: int


def _slot(raw: bytes) -> _Slot | None:
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
            return _Slot(Anchored(ledger, size, root), writes)
        case _:
            return None
