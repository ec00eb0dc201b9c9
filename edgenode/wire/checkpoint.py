"""A ledger's signed head: a C2SP tlog-checkpoint (c2sp.org/tlog-checkpoint).

    edgenode/edge-07/1                       origin: party, stream and incarnation
    813                                      size, decimal
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=     root, base64

    — edge-07 base64(key id || signature)    by the ledger's writer
    — centre base64(key id || time || signature)     cosignatures (c2sp.org/tlog-cosignature)

The origin of a node's main stream is `edgenode/PARTY/INCARNATION`, that of a down-ledger
`edgenode/PARTY>NODE/INCARNATION`: different ledgers never share one.
"""

import base64
import binascii
from dataclasses import dataclass

from edgenode.model.errors import RefusedError
from edgenode.model.ledgers import Head, LedgerId
from edgenode.wire import note
from edgenode.wire.entry import HASH_BYTES, check_ledger
from edgenode.wire.note import Signer, Vkey

__all__ = ["Checkpoint", "Signer", "Vkey", "cosign", "head", "origin", "parse", "sign", "verify"]

_PREFIX = "edgenode/"
_LINES = 3
_SIZE_END = 1 << 63


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a head's note says. `parse` verifies nothing, `verify` does."""

    ledger: LedgerId
    size: int
    root: bytes


def origin(ledger: LedgerId) -> str:
    """Name a ledger in its checkpoints; EN002 if the ledger's name would be ambiguous."""
    check_ledger(ledger)
    return f"{_PREFIX}{ledger.name}"


def body(ledger: LedgerId, size: int, root: bytes) -> str:
    """Return the text that is signed."""
    assert len(root) == HASH_BYTES
    return f"{origin(ledger)}\n{size}\n{base64.b64encode(root).decode()}\n"


def sign(ledger: LedgerId, size: int, root: bytes, signer: Signer) -> str:
    """Return the signed note of a head."""
    return note.sign(body(ledger, size, root), signer.line)


def cosign(signed: str, cosigner: Signer, at_s: int) -> str:
    """Add a cosignature made at Unix second `at_s`. What it asserts: PROTOCOL.md of the sync."""
    return signed + cosigner.line(note.parse(signed).text, at_s=at_s)


def parse(signed: str) -> Checkpoint:
    """Read a note's text strictly; extension lines are refused. No signature is looked at."""
    return _read(note.parse(signed).text)


def verify(signed: str, vkey: Vkey) -> Checkpoint:
    """Read a head that the holder of `vkey` signed; EN402 if it did not."""
    taken = note.parse(signed)
    if not taken.verify([vkey]):
        raise RefusedError(
            f"no signature by {vkey.short}",
            expected=f"a head signed by {vkey.short}",
            do="check which key the ledger's party registered",
            code="EN402",
        )
    return _read(taken.text)


def head(signed: str) -> Head:
    """Return a note with its size and root beside it, as stores keep it. Nothing is verified."""
    said = parse(signed)
    return Head(said.size, said.root, signed)


def _read(text: str) -> Checkpoint:
    lines = text.removesuffix("\n").split("\n")
    if len(lines) != _LINES:
        raise _malformed(f"{len(lines)} lines")
    name, size, encoded = lines
    ledger = _ledger(name)
    if not (size.isascii() and size.isdecimal()) or (size[0] == "0" and size != "0"):
        raise _malformed(f"a size {size[:40]!r}")
    if len(size) > len(str(_SIZE_END)) or int(size) >= _SIZE_END:
        raise _malformed(f"a size {size[:40]!r}")
    try:
        root = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _malformed(f"a root {encoded[:80]!r}") from error
    if len(root) != HASH_BYTES or base64.b64encode(root).decode() != encoded:
        raise _malformed(f"a root {encoded[:80]!r}")
    return Checkpoint(ledger, int(size), root)


def _ledger(name: str) -> LedgerId:
    try:
        ledger = LedgerId.parse(name.removeprefix(_PREFIX))
    except ValueError as error:
        raise _malformed(f"an origin {name[:80]!r}") from error
    if origin(ledger) != name:  # "01" for 1, or a missing prefix
        raise _malformed(f"an origin {name[:80]!r}")
    return ledger


def _malformed(found: str) -> RefusedError:
    return RefusedError(
        found,
        expected="a C2SP checkpoint: origin, size, root and no more lines",
        do="take the checkpoint again from who signed it",
        code="EN002",
    )
