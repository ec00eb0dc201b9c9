"""The folder in which a ledger is begun: it must be new, or empty."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edgenode.adapters import durable_file
from edgenode.model.errors import EdgenodeError, RefusedError

WORDED = (FileExistsError, NotADirectoryError)  # a file is where a folder shall be


@contextmanager
def begun(data: Path) -> Iterator[None]:
    """Make a data folder for what the block puts into it; EN406, EN009, EN404.

    A block that fails leaves the folder empty, as it found it, so that the same command can begin
    again: nothing of it was told to anybody.
    """
    begin(data)
    try:
        yield
    except OSError as error:
        _empty(data)
        raise RefusedError(
            f"{data} cannot be filled: {error.strerror}",
            expected="a disk with room, and a folder that may be written",
            do="make room, or choose another --data, then begin again: nothing was kept",
            code="EN404",
        ) from error
    except EdgenodeError:
        _empty(data)
        raise


def _empty(data: Path) -> None:
    for item in data.iterdir():
        if item.is_dir():
            shutil.rmtree(item, ignore_errors=True)
        else:
            item.unlink(missing_ok=True)


def begin(data: Path) -> None:
    """Make a data folder; EN406 if something is in it, EN009, EN404 if it cannot be made."""
    try:
        if data.exists() and any(data.iterdir()):
            raise RefusedError(
                f"{data} is not empty",
                expected="an empty or absent folder",
                do="choose another --data; a ledger is never begun over another",
                code="EN406",
            )
        # Power lost in here: no folder, or an empty one; `init` takes both.
        durable_file.folder(data, 0o700)
    except WORDED as error:
        raise RefusedError(
            f"{data} cannot be made: a file is in its way",
            expected="a path of folders",
            do="choose another --data",
            code="EN009",
        ) from error
    except OSError as error:
        raise RefusedError(
            f"{data} cannot be made: {error.strerror}",
            expected="a disk with room, and a folder that may be written",
            do="choose another --data, or mend what is named",
            code="EN404",
        ) from error
