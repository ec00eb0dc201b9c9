"""`edgenode breaks`: differences that a rule or a person must close."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from edgenode.cli.decision import answered, decision_options, listed_lines, shown_lines, taken
from edgenode.cli.options import Group
from edgenode.cli.output import Failed, data_option, emit, json_option, reports_errors
from edgenode.model.errors import REGISTRY, UnreachableError


@click.group(cls=Group)
def breaks() -> None:
    """Differences that a rule or a person must close."""


@breaks.command("ls")
@data_option
@json_option
@reports_errors
def breaks_ls(data_dir: str, *, as_json: bool) -> None:
    """List the open breaks; exit 4 if there are any. Works with the daemon stopped."""
    from edgenode.cli.control_client import ask
    from edgenode.daemon import offline

    try:
        rows = ask(Path(data_dir), "GET", "/api/v1/breaks")
    except UnreachableError:
        rows = offline.breaks(Path(data_dir))
    for row in rows:
        emit({"message_type": "item", **row}, as_json=as_json, text="\n".join(listed_lines(row)))
    emit({"message_type": "summary", "breaks": len(rows)}, as_json=as_json, text="")
    if rows:
        raise Failed(REGISTRY["EN408"].exit_code)


@breaks.command("close")
@click.argument("break_id")
@click.option("--reason", required=True, help="what you found, for the record")
@click.option("--actor", "person", help="your name, for the record; default: your user's number")
@data_option
@json_option
@reports_errors
def breaks_close(
    break_id: str, reason: str, person: str | None, data_dir: str, *, as_json: bool
) -> None:
    """Close a break that you have looked at; recorded with your reason and your name."""
    from edgenode.cli.control_client import ask

    path = f"/api/v1/breaks/{quote(os.fsencode(break_id), safe='')}/close"
    answer = ask(Path(data_dir), "POST", path, {"reason": reason, "person": person})
    emit({"message_type": "summary", **answer}, as_json=as_json, text=f"{break_id} is closed")


@breaks.command("show")
@click.argument("break_id")
@data_option
@json_option
@reports_errors
def breaks_show(break_id: str, data_dir: str, *, as_json: bool) -> None:
    """Show one break: what happened, its versions, and what may be decided about it."""
    from edgenode.cli.control_client import ask

    row = ask(Path(data_dir), "GET", f"/api/v1/breaks/{quote(os.fsencode(break_id), safe='')}")
    emit({"message_type": "summary", **row}, as_json=as_json, text="\n".join(shown_lines(row)))


@breaks.command("resolve")
@decision_options
@data_option
@json_option
@reports_errors
def breaks_resolve(break_id: str, data_dir: str, *, as_json: bool, **said: Any) -> None:
    """Decide a break that evidence cannot settle. Large ones need a second person's same word."""
    from edgenode.cli.control_client import ask

    path = f"/api/v1/breaks/{quote(os.fsencode(break_id), safe='')}/resolve"
    answer = ask(Path(data_dir), "POST", path, taken(said))
    text = answered(answer, f"{break_id} is decided")
    emit({"message_type": "summary", **answer}, as_json=as_json, text=text)
    if answer["state"] != "settled":
        raise Failed(3)
