"""Files that are whole after a power cut: written under another name, synced, then renamed.

A reader sees a file whole or not at all. Errors come as OSError.
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
    """Return a synced part its name; durable on return."""
    part_of(path).replace(path)
    sync(path.parent)


def remove(path: Path) -> None:
    """Remove a file where it is there; durable on return."""
    path.unlink(missing_ok=True)
    sync(path.parent)


def write(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write a small file; durable on return. `mode` is whom it is for, less the umask."""
    part = part_of(path)
    part.unlink(missing_ok=True)  # one left by a power cut may have another mode
    fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(fd, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(fd)
    place(path)


def folder(path: Path) -> None:
    """Make a folder with those above it, where it is not there; durable on return."""
    if not path.is_dir():
        folder(path.parent)
        path.mkdir(exist_ok=True)
        sync(path.parent)


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
