"""DIR/lock: held by the one process that may write in a data folder."""

import fcntl
import os
from pathlib import Path
from typing import IO

from edgenode.model.errors import RefusedError

LOCKS = Path("/proc/locks")


def taken(data: Path, do: str) -> IO[str]:
    """Take a folder's lock, until the file is closed; EN403 if another process has it.

    EN404 if the folder cannot be written. `do` says what to do about the other process.
    """
    try:
        # Power lost here: the file holds nothing, and no lock outlives its process.
        lock = (data / "lock").open("w")
    except OSError as error:
        raise RefusedError(
            f"{data} cannot be written: {error.strerror or error}",
            expected="a data folder that this user may write, on a disk that can be written",
            do="check who owns the folder and how its disk is mounted; a copy of it may be looked"
            " at with `edgenode ledger verify` and `status`",
            code="EN404",
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise RefusedError(
            f"{data} is in use by another process",
            expected="one process for one data folder",
            do=do,
            code="EN403",
        ) from error
    return lock


def is_held(data: Path) -> bool:
    """Return whether a process holds a folder's lock, as the kernel lists it.

    The lock is not tried for that: whoever starts at that moment would find it taken.
    """
    try:
        at = (data / "lock").stat()
        rows = [line.split() for line in LOCKS.read_text(encoding="ascii").splitlines()]
    except OSError:
        return False
    place = f"{os.major(at.st_dev):02x}:{os.minor(at.st_dev):02x}:{at.st_ino}"
    return any("FLOCK" in row and place in row for row in rows)
