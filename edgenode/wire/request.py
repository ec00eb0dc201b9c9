"""Who sends a sync request: a signature by the ledger's key over the request's bytes.

    Edgenode-Sender: LEDGER BASE64(Ed25519 signature)

    over the lines `sync-request.edgenode/1` and LEDGER, then SHA256(body) in 32 bytes

The first line keeps these bytes apart from every checkpoint, whose text begins with `edgenode/`.
A replayed request tells its sender nothing new and stores nothing twice.
"""

import base64
import binascii
import hashlib

from edgenode.model.errors import RefusedError
from edgenode.model.ledgers import LedgerId
from edgenode.wire import ed25519
from edgenode.wire.note import Signer, Vkey

HEADER = "Edgenode-Sender"
_DOMAIN = b"sync-request.edgenode/1\n"


def sign(ledger: LedgerId, body: bytes, signer: Signer) -> str:
    """Return the header's value."""
    signed = signer.key.sign(_signed(ledger, body))
    return f"{ledger.name} {base64.b64encode(signed).decode()}"


def sender(header: str) -> LedgerId:
    """Read which ledger a request claims to come from; EN307 if it claims none."""
    try:
        return LedgerId.parse(header.partition(" ")[0])
    except ValueError as error:
        raise _refused("a request without a sender") from error


def verify(header: str, body: bytes, vkey: Vkey) -> None:
    """Refuse (EN307) a request that the holder of `vkey` did not sign."""
    ledger = sender(header)
    try:
        signed = base64.b64decode(header.partition(" ")[2], validate=True)
    except (binascii.Error, ValueError) as error:
        raise _refused("a signature that is no base64") from error
    if not ed25519.verify(vkey.public, signed, _signed(ledger, body)):
        raise _refused(f"a signature of {ledger.name} that does not hold")


def _signed(ledger: LedgerId, body: bytes) -> bytes:
    return _DOMAIN + ledger.name.encode() + b"\n" + hashlib.sha256(body).digest()


def _refused(found: str) -> RefusedError:
    return RefusedError(
        found,
        expected="a request signed by an enrolled ledger",
        do="enrol this box, or sign with the key it was enrolled with",
        code="EN307",
    )
