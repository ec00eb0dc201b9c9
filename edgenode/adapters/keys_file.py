"""Key files (temporary minimal form)."""

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edgenode.model.errors import RefusedError
from edgenode.wire.checkpoint import Signer


def create(path: Path, name: str) -> Signer:
    key = Ed25519PrivateKey.generate()
    path.parent.mkdir(parents=True, exist_ok=True)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "w") as file:
        file.write(f"{name}\n{key.private_bytes_raw().hex()}\n")
    return Signer(name, key)


def load(path: Path) -> Signer:
    try:
        name, secret = path.read_text().split()
        return Signer(name, Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret)))
    except (OSError, ValueError) as error:
        raise RefusedError(f"key {path}: {error}", expected="a key file", code="EN405") from error
