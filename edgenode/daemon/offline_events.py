"""Micro-events of a folder or of an export without a daemon: a list, a report, its files."""

import json
from pathlib import Path
from typing import Any

from edgenode.adapters import durable_file
from edgenode.daemon import offline
from edgenode.daemon.folder import events, exported, folder
from edgenode.daemon.report import event_page
from edgenode.daemon.view import event_report
from edgenode.model.errors import RefusedError
from edgenode.model.ids import EventId
from edgenode.model.instants import instant

Json = dict[str, Any]


def listed(data: Path, archive: Path | None = None) -> list[Json]:
    """Return the micro-events that the ledger here tells of, oldest first."""
    with offline.reading(data, archive) as files:
        cut = files.cut()
        after = cut.last if cut is not None else 0
        found = events.listed(folder.entries(files.read, after=after))
    return _rows(found)


def listed_of_export(file: Path) -> list[Json]:
    """Return the micro-events that an export tells of, proved first."""
    return _rows(events.listed(exported.read(file).entries))


def _rows(found: list[events.Listed]) -> list[Json]:
    return [
        {
            "event_id": opened.event_id,
            "name": opened.name,
            "source": opened.source,
            "starts": instant(opened.starts),
            "ends": instant(opened.ends),
            "closed_at": instant(closed.at_ns) if closed else None,
            "ledger_seq": seq,
        }
        for seq, opened, closed in found
    ]


def report_of(data: Path, event_id: str, archive: Path | None = None) -> Json:
    """Return the report of a micro-event; EN006 if there is none, EN409 if it was pruned."""
    with offline.reading(data, archive) as files:
        return event_report.report(events.of_files(files, EventId(event_id)))


def report_of_export(file: Path, event_id: str) -> Json:
    """Return the report that another machine makes of an export alone, proved first."""
    return event_report.report(events.of_export(file, EventId(event_id)))


def write(found: Json, out: Path) -> list[str]:
    """Write a report as a page and, beside it, as JSON; returns both paths.

    EN002 if they cannot be. Each file is whole or as it was before: killed between them, the page
    is new and the JSON is not.
    """
    beside = out.with_suffix(".json")
    if beside == out:
        raise _not_written(f"{out} is the name of the JSON beside the page")
    try:
        durable_file.write(out, event_page.render(found).encode())
        durable_file.write(beside, json.dumps(found, indent=1).encode())
    except OSError as error:
        raise _not_written(str(error)) from error
    return [str(out), str(beside)]


def _not_written(found: str) -> RefusedError:
    return RefusedError(
        f"the report cannot be written: {found}",
        expected="a file name that ends in .html, in a folder that takes files",
        do="give another --out; the same report can be made again at any time",
        code="EN002",
    )
