"""`edgenode breaks`: differences that a rule or a person must close."""

from pathlib import Path
from typing import Any
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
    """List the open breaks; exit 4 if there are any. Works with the daemon stopped."""
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


@breaks.command("show")
@click.argument("break_id")
@data_option
@json_option
@reports_errors
def breaks_show(break_id: str, data_dir: str, *, as_json: bool) -> None:
    """Show one break: what happened, its versions, and what may be decided about it."""
    from edgenode.cli.control_client import ask

    row = ask(Path(data_dir), "GET", f"/api/v1/breaks/{quote(break_id, safe='')}")
    lines = [f"! {row['break_id']}  since {row['since']}", f"  {row['text']}"]
    lines += [f"  {v['hash'][:16]}  {v['text']}, order {v['order_id']}" for v in row["versions"]]
    if row["proposed"]:
        lines.append(f"  {row['proposed']['person']} proposed: {row['proposed']['decision']}")
    decisions = ", ".join("--" + one.replace("_", "-") for one in row["decisions"])
    lines.append(f"  Decide: {decisions}" if decisions else f"  Do: {row['do']}")
    emit({"message_type": "summary", **row}, as_json=as_json, text="\n".join(lines))


@breaks.command("resolve")
@click.argument("break_id")
@click.option("--both", "decision", flag_value="both", help="all versions are true")
@click.option("--version", "version", help="this version is true: its first digits")
@click.option("--never-happened", "decision", flag_value="never_happened", help="none is true")
@click.option("--write-off", "decision", flag_value="write_off", help="what is booked stands")
@click.option("--carry-in", "account", help="into this account")
@click.option("--amount", help="what is carried in: a decimal in whole units, such as -12.50")
@click.option("--reason", required=True, help="what you found, for the record")
@click.option("--actor", "person", required=True, help="your name")
@data_option
@json_option
@reports_errors
def breaks_resolve(break_id: str, data_dir: str, *, as_json: bool, **said: Any) -> None:
    """Decide a break that evidence cannot settle. Large ones need a second person's same word."""
    from edgenode.cli.control_client import ask

    chosen = [
        *([said["decision"]] if said["decision"] else []),
        *(["version"] if said["version"] else []),
        *(["carry_in"] if said["account"] else []),
    ]
    if len(chosen) != 1:
        raise click.UsageError(
            "say one of --both, --version, --never-happened, --write-off, --carry-in"
        )
    body = {**said, "decision": chosen[0]}
    path = f"/api/v1/breaks/{quote(break_id, safe='')}/resolve"
    answer = ask(Path(data_dir), "POST", path, body)
    settled = answer["state"] == "settled"
    text = f"{break_id} is decided" if settled else f"{break_id} waits for a second person"
    emit({"message_type": "summary", **answer}, as_json=as_json, text=text)
    if not settled:
        raise Failed(3)
