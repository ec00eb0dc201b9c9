"""`edgenode event`: micro-events, declared and ended by hand, listed, reported from the ledger."""

import os
from pathlib import Path

import click

from edgenode.cli import tables
from edgenode.cli.options import File, Folder, Group, folder_unless, instant
from edgenode.cli.output import (
    Json,
    archive_option,
    data_option,
    emit,
    folder_of,
    json_option,
    reports_errors,
)


@click.group(cls=Group)
def event() -> None:
    """Micro-events: declare one, list them, report one."""


@event.command("declare")
@click.argument("name")
@click.option("--ends", required=True, type=instant, help="market time: RFC 3339, or ns")
@click.option("--starts", type=instant, help="market time; now when left out")
@data_option
@json_option
@reports_errors
def declare(name: str, ends: int, starts: int | None, data_dir: str, *, as_json: bool) -> None:
    """Declare a micro-event; what happens in it is tagged and capped."""
    from edgenode.cli.control_client import ask

    body: Json = {"name": name, "ends": ends, "starts": starts}
    answer = ask(Path(data_dir), "POST", "/api/v1/micro-events", body)
    emit({"message_type": "summary", **answer}, as_json=as_json)


@event.command("close")
@click.argument("event_id")
@click.option("--reason", required=True, help="why, for the record")
@data_option
@json_option
@reports_errors
def close(event_id: str, reason: str, data_dir: str, *, as_json: bool) -> None:
    """End a micro-event before its end; what was hedged for it is unwound."""
    from urllib.parse import quote

    from edgenode.cli.control_client import ask

    path = f"/api/v1/micro-events/{quote(os.fsencode(event_id), safe='')}/close"
    answer = ask(Path(data_dir), "POST", path, {"reason": reason})
    emit({"message_type": "summary", **answer}, as_json=as_json)


@event.command("ls")
@data_option
@archive_option
@json_option
@reports_errors
def ls(data_dir: str, archive_dir: str | None, *, as_json: bool) -> None:
    """List the micro-events that the ledger here tells of, oldest first."""
    from edgenode.daemon import offline_events

    rows = offline_events.listed(Path(data_dir), folder_of(archive_dir))
    text = tables.table(rows) if rows else "no micro-event yet"
    emit({"message_type": "summary", "events": rows}, as_json=as_json, text=text)


@event.command("report")
@click.argument("event_id")
@click.option("--data", "data_dir", envvar="EDGENODE_DATA", type=Folder(), help="the data folder")
@click.option(
    "--from",
    "export_file",
    type=File(),
    help="a file of `ledger export`, of this box or of the centre's copy",
)
@click.option("--out", type=File(), help="write the page here, and JSON beside")
@archive_option
@json_option
@reports_errors
def report(
    event_id: str,
    data_dir: str | None,
    export_file: str | None,
    out: str | None,
    archive_dir: str | None,
    *,
    as_json: bool,
) -> None:
    """Report one micro-event from the ledger alone, also beside a running daemon.

    What happened, what it cost and earned, how far the desk was exposed, who decided what, what is
    still open. --out writes a page that prints on A4 and the same as JSON (FILE.json).
    """
    from edgenode.daemon import offline_events

    folder = folder_unless(export_file, data_dir)
    if folder is not None:
        found = offline_events.report_of(folder, event_id, folder_of(archive_dir))
    else:
        assert export_file is not None
        found = offline_events.report_of_export(Path(export_file), event_id)
    if out is not None:
        found["files"] = offline_events.write(found, Path(out))
    emit({"message_type": "summary", **found}, as_json=as_json, text=text_of(found))


def text_of(found: Json) -> str:
    """Return the verdict, what happened, and where the page is."""
    lines = [found["verdict"], ""]
    lines += [f"{row['at']}  {row['what']}  ({row['who']})" for row in found["happened"]]
    for file in found.get("files", ()):
        lines += ["", f"written to {file}"]
    return "\n".join(lines)
