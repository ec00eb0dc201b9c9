"""What a drill leaves in its folder: `report.html`, which needs no other file, `summary.json`."""

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from edgenode.adapters import durable_file
from edgenode.model.errors import RefusedError

Json = dict[str, Any]
APART = 4  # exit code: the books of node and centre differ


def begin(folder: Path) -> Path:
    """Make the folder before hours are spent on what it is for; EN404 if it cannot be written."""
    with _written(folder):
        durable_file.folder(folder)
        with tempfile.TemporaryFile(dir=folder):
            return folder


def into(folder: Path, told: Json, report: Callable[[Json], str]) -> Json:
    """Write both, the folder made where there is none; return the summary as written."""
    told = {**told, "report": str(folder / "report.html")}
    page = report(told).encode()
    with _written(folder):
        durable_file.folder(folder)
        durable_file.write(folder / "report.html", page)
        durable_file.write(folder / "summary.json", json.dumps(told, indent=1).encode())
    return told


@contextmanager
def _written(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RefusedError(
            f"{folder} cannot be written: {error.strerror or error}",
            expected="a disk with room, and a folder that may be written",
            do="give another --into, or mend what is named",
            code="EN404",
        ) from error
