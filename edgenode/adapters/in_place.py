"""Whether a SQLite file and its -wal are still those that were opened.

A file that was deleted, or replaced by another copy, takes commits as before, and nobody finds
them again: the names lead elsewhere. So whoever commits looks behind it, before anybody is told.
"""

import os
from pathlib import Path

from edgenode.model.errors import InvariantBrokenError

Identity = tuple[int, int]  # device and inode


class InPlace:
    """The names of one file, and what they led to when it was opened."""

    def __init__(self, path: Path) -> None:
        self._names = (path, path.with_name(f"{path.name}-wal"))
        self._opened: dict[Path, Identity] = {}
        self.check()

    def check(self) -> None:
        """Raise EN404 if a name leads elsewhere, or nowhere; a -wal once it was seen."""
        for name in self._names:
            found, opened = _identity(name), self._opened.get(name)
            if opened is None and found is not None:
                self._opened[name] = found
            elif found != opened:
                raise InvariantBrokenError(
                    f"{name} is {'gone' if found is None else 'another file'}:"
                    " it was deleted or replaced while in use",
                    expected="the file that was opened, in its place",
                    do="stop; put the newest copy of the folder back, then start: what is missing"
                    " is fetched from the centre",
                    code="EN404",
                )


def _identity(path: Path) -> Identity | None:
    try:
        found = os.stat(path)  # noqa: PTH116  half the cost, on the way of every commit
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
