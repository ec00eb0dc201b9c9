"""Files that are whole after a power cut: written under another name, synced, then renamed.

A reader sees a file whole or not at all. Errors come as OSError.

    step                                   power lost behind it
    -------------------------------------  ---------------------------------------------------
    write to NAME.part, sync the part      NAME is as before; a part that nobody reads
    rename the part to NAME                NAME is as before or new, whole in both cases
    sync the folder                        NAME is new
"""

import errno
import os
from pathlib import Path

PART = ".part"  # how the name of a file ends that is not whole yet


def part_of(path: Path) -> Path:
    """Return the name that a file has until it is whole."""
    return path.with_name(path.name + PART)


def sync(path: Path) -> None:
    """Make what was written to a file (or named in a folder) durable."""
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def place(path: Path) -> None:
    """Rename a synced part to its name; durable on return."""
    part_of(path).replace(path)
    # Power lost here: the old file or the new one has the name, and it is whole.
    sync(path.parent)


def remove(path: Path) -> None:
    """Remove a file if it exists; durable on return."""
    path.unlink(missing_ok=True)
    # Power lost here: the file may be back at the next start, whole.
    sync(path.parent)


def write(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write a small file; durable on return. `mode` is its permissions, less the umask."""
    part = part_of(path)
    part.unlink(missing_ok=True)  # one left by a power cut may have another mode
    fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(data)
            file.flush()
            # Power lost here: the part may be empty or torn, and nobody reads it.
            os.fsync(fd)
        place(path)
    except OSError:
        part.unlink(missing_ok=True)  # a full disk gets back what the part took of it
        raise


def folder(path: Path, mode: int = 0o777) -> None:
    """Make a folder, and the missing ones above it; what this call made is durable on return.

    `mode` is the permissions of `path` itself, less the umask. If `path` exists nothing is done:
    where a killed process may have made it, the caller syncs the folder above.
    """
    missing = [one for one in (path, *path.parents) if not one.is_dir()]
    for one in reversed(missing):
        one.mkdir(mode if one == path else 0o777, exist_ok=True)
        # Power lost here: the folder may be gone, with all that is in it.
        sync(one.parent)


def forget_cached(path: Path) -> None:
    """Make the next read come from the disk, as far as the system allows."""
    fd = os.open(path, os.O_RDONLY)
    try:
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(fd)


def check_room(path: Path, spare_bytes: int) -> None:
    """Raise OSError where a folder's disk has less room than is to be left."""
    found = os.statvfs(path)
    free = found.f_bavail * found.f_frsize
    if free < spare_bytes:
        raise OSError(errno.ENOSPC, f"{free >> 20} MiB are free, not {spare_bytes >> 20}")
