"""What a popup's folder tells: its rows read again, and the report and summary beside them.

DIR/report.html    the report; it needs no other file
DIR/summary.json   what `--json` prints

Both are made from the rows alone and may be lost: `drill popup --report --into DIR` makes them.
"""

from functools import partial
from pathlib import Path
from typing import Any

from edgenode.sim import told
from edgenode.sim.popup.report import report
from edgenode.sim.popup.seeds import kept
from edgenode.sim.popup.summary import summary

Json = dict[str, Any]


def made(folder: Path) -> Json:
    """Write report and summary of a folder's rows, and return the summary."""
    plan, rows = kept(folder)
    return told.into(folder, summary(plan, rows), partial(report, rows=rows))
