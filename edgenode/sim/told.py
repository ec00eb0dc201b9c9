"""What a drill leaves in its folder: `report.html`, which needs no other file, `summary.json`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from edgenode.adapters import durable_file

Json = dict[str, Any]
APART = 4  # exit code: the books of node and centre differ


def into(folder: Path, told: Json, report: Callable[[Json], str]) -> Json:
    """Write both, the folder made where there is none; return the summary as written."""
    told = {**told, "report": str(folder / "report.html")}
    durable_file.folder(folder)
    durable_file.write(folder / "report.html", report(told).encode())
    durable_file.write(folder / "summary.json", json.dumps(told, indent=1).encode())
    return told
