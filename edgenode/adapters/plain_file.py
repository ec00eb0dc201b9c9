"""Files that others name: read up to a limit, and never waited for.

A pipe or a device has no end, and opening a pipe waits for whoever writes it: both are refused.
"""

import os
import stat
from pathlib import Path

from edgenode.model.errors import EdgenodeError, RefusedError, UnreachableError


def read(path: Path, bytes_max: int) -> bytes:
    """Return what a file holds.

    RefusedError EN004 if it is larger, EN002 if it is no file; UnreachableError EN404 if it cannot
    be read now: it is gone, or its rights or the disk do not let it.
    """
    name = shown(path.name)
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise _no_file(name, "a pipe or a device")
            data = file.read(bytes_max + 1)
    except IsADirectoryError as error:
        raise _no_file(name, "a folder") from error
    except OSError as error:
        raise unreadable(name, error) from error
    if len(data) > bytes_max:
        raise RefusedError(
            f"{name}: more than {bytes_max} bytes",
            expected=f"at most {bytes_max}",
            do="split it into several files, or name another one",
            code="EN004",
        )
    return data


def shown(name: str) -> str:
    """Return a file's name as text: bytes of it that are not UTF-8 escaped."""
    return name.encode("utf-8", "backslashreplace").decode()


def unreadable(name: str, error: OSError) -> EdgenodeError:
    """Return the error of a file that the system does not let us read or write."""
    return UnreachableError(
        f"{name}: {error.strerror or error}",
        expected="a file that is there, on a disk that works, and that this user may use",
        do="mend what is named; then try again",
        code="EN404",
    )


def _no_file(name: str, found: str) -> EdgenodeError:
    return RefusedError(
        f"{name}: {found}",
        expected="a plain file",
        do="name a file that is there",
        code="EN002",
    )
