"""Signed checkpoints (temporary minimal form)."""

import base64
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from edgenode.model.errors import RefusedError
from edgenode.model.ledgers import LedgerId


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key with its name."""

    name: str
    key: Ed25519PrivateKey

    @property
    def public(self) -> bytes:
        """Give the raw public key."""
        return self.key.public_key().public_bytes_raw()


def origin(ledger: LedgerId) -> str:
    """Name a ledger's checkpoints."""
    stream = "" if ledger.stream == "main" else ledger.stream
    return f"edgenode/{ledger.party}{stream}/{ledger.incarnation}"


def sign(ledger: LedgerId, size: int, root: bytes, signer: Signer) -> str:
    """Give the signed note of a head."""
    text = f"{origin(ledger)}\n{size}\n{base64.b64encode(root).decode()}\n"
    key_id = hashlib.sha256(f"{signer.name}\n".encode() + b"\x01" + signer.public).digest()[:4]
    signature = signer.key.sign(text.encode())
    return f"{text}\n\u2014 {signer.name} {base64.b64encode(key_id + signature).decode()}\n"


def verify(note: str, public: bytes) -> tuple[str, int, bytes]:
    """Check a note's first signature; give (origin, size, root)."""
    text, _, signatures = note.partition("\n\n")
    text += "\n"
    raw = base64.b64decode(signatures.split("\n")[0].split(" ")[2])
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(raw[4:], text.encode())
    except InvalidSignature as error:
        raise RefusedError("a checkpoint with a wrong signature", code="EN402") from error
    name, size, root = text.rstrip("\n").split("\n")
    return name, int(size), base64.b64decode(root)
