"""Private keys on disk: one file, one key, one role; mode 0600, never in a backup.

edgenode-key/1 NAME TYPE SEED       TYPE and SEED in hex (TYPE as in wire/note)
"""

import os
import stat
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edgenode.adapters import durable_file
from edgenode.model.errors import RefusedError
from edgenode.wire.note import ED25519, Signer

FORMAT = "edgenode-key/1"


def create(path: Path, name: str, type_: int = ED25519) -> Signer:
    """Make a new key, durable on return; EN405 if there is one already."""
    signer = Signer(name, Ed25519PrivateKey.generate(), type_)
    durable_file.folder(path.parent, 0o700)
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise _bad(path, "a key is there already") from error
    with os.fdopen(fd, "w", encoding="ascii") as file:
        file.write(f"{FORMAT} {name} {type_:02x} {signer.key.private_bytes_raw().hex()}\n")
        file.flush()
        # Power lost here: no key, or a cut-off one that `load` refuses. No ledger names it yet:
        # callers begin the ledger after this call.
        os.fsync(file.fileno())
    durable_file.sync(path.parent)  # else a ledger could be there whose key is gone
    return signer


def load(path: Path) -> Signer:
    """Read a key; EN405 if it is missing, malformed, or readable by others."""
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise _bad(path, "others may read it: chmod 600")
        form, name, type_, seed = path.read_text(encoding="ascii").split()
        if form != FORMAT:
            raise _bad(path, f"format {form[:40]!r}")
        key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))
        return Signer(name, key, int(type_, 16))
    except (OSError, ValueError) as error:
        raise _bad(path, str(error)) from error


def _bad(path: Path, found: str) -> RefusedError:
    return RefusedError(
        f"key {path}: {found}",
        expected=f"a file `{FORMAT} NAME TYPE SEED` that only its owner may read",
        do="a lost key means a new incarnation: init elsewhere and enroll again",
        code="EN405",
    )
