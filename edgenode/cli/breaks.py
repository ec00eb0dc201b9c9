"""`edgenode breaks`: differences that a rule or a person must close."""

from pathlib import Path
from urllib.parse import quote

import click

from edgenode.cli.output import Failed, data_option, emit, json_option, reports_errors
from edgenode.model.errors import REGISTRY, UnreachableError


@click.group()
def breaks() -> None:
    """Differences that a rule or a person must close."""


@breaks.command("ls")
@data_option
@json_option
@reports_errors
def breaks_ls(data_dir: str, *, as_json: bool) -> None:
    """List the open breaks; exit 4 where there are any. Works with the daemon stopped."""
    from edgenode.cli.control_client import ask
    from edgenode.daemon import offline

    try:
        rows = ask(Path(data_dir), "GET", "/api/v1/breaks")
    except UnreachableError:
        rows = offline.breaks(Path(data_dir))
    for row in rows:
        text = f"! {row['break_id']}  since {row['since']}\n  {row['text']}\n  Do: {row['do']}"
        emit({"message_type": "item", **row}, as_json=as_json, text=text)
    emit({"message_type": "summary", "breaks": len(rows)}, as_json=as_json, text="")
    if rows:
        raise Failed(REGISTRY["EN408"].exit_code)


@breaks.command("close")
@click.argument("break_id")
@click.option("--reason", required=True, help="what you found, for the record")
@data_option
@json_option
@reports_errors
def breaks_close(break_id: str, reason: str, data_dir: str, *, as_json: bool) -> None:
    """Close a break that you have looked at; recorded with your name and reason."""
    from edgenode.cli.control_client import ask

    path = f"/api/v1/breaks/{quote(break_id, safe='')}/close"
    answer = ask(Path(data_dir), "POST", path, {"reason": reason})
    emit({"message_type": "summary", **answer}, as_json=as_json, text=f"{break_id} is closed")
