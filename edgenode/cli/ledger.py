"""`edgenode ledger`: the ledger read from its files, its archive, its cut."""

from collections.abc import Iterator
from pathlib import Path

import click

from edgenode.cli.options import File, Folder, Group
from edgenode.cli.output import (
    Json,
    archive_option,
    data_option,
    emit,
    folder_of,
    json_option,
    reports_errors,
)

dry_run_option = click.option("--dry-run", is_flag=True, help="say what would be done, do nothing")


@click.group(cls=Group)
def ledger() -> None:
    """The signed append-only ledger, read from its files."""


@ledger.command("verify")
@data_option
@archive_option
@click.option("--since-snapshot", is_flag=True, help="only what a start proves: since a snapshot")
@json_option
@reports_errors
def verify(data_dir: str, archive_dir: str | None, *, since_snapshot: bool, as_json: bool) -> None:
    """Check every hash, the tree and the signatures; exit 13 where one does not hold."""
    from edgenode.daemon import offline

    archive = folder_of(archive_dir)
    found = offline.verify(Path(data_dir), since_snapshot=since_snapshot, archive=archive)
    emit(found, as_json=as_json)


@ledger.command("export")
@data_option
@archive_option
@click.option("--format", "form", type=click.Choice(["jsonl"]), default="jsonl")
@json_option
@reports_errors
def export(data_dir: str, archive_dir: str | None, form: str, *, as_json: bool) -> None:
    """Print every entry with its canonical bytes, then the checkpoint."""
    from edgenode.daemon import offline

    del as_json  # each line is JSON anyway

    assert form == "jsonl"
    for line in offline.export(Path(data_dir), folder_of(archive_dir)):
        click.echo(line)


@ledger.command("log")
@data_option
@archive_option
@click.option("--limit", default=20, type=click.IntRange(1, 10_000))
@json_option
@reports_errors
def log(data_dir: str, archive_dir: str | None, limit: int, *, as_json: bool) -> None:
    """Show the newest entries, newest first."""
    from edgenode.daemon import offline

    rows = offline.log(Path(data_dir), limit, folder_of(archive_dir))
    for row in rows:
        text = f"{row['seq']:>8}  {row['at']}  {row['kind']:<18} {row['actor']}"
        emit({"message_type": "item", **row}, as_json=as_json, text=text)
    emit({"message_type": "summary", "entries": len(rows)}, as_json=as_json, text="")


@ledger.command("show")
@click.argument("seq", type=int)
@data_option
@archive_option
@json_option
@reports_errors
def show(seq: int, data_dir: str, archive_dir: str | None, *, as_json: bool) -> None:
    """Show one entry whole."""
    from edgenode.daemon import offline

    found = offline.show(Path(data_dir), seq, folder_of(archive_dir))
    emit({"message_type": "summary", **found}, as_json=as_json)


@ledger.command("prove")
@click.argument("seq", type=int)
@data_option
@archive_option
@json_option
@reports_errors
def prove(seq: int, data_dir: str, archive_dir: str | None, *, as_json: bool) -> None:
    """Prove that one entry is in the ledger, under its newest signed head (RFC 6962)."""
    from edgenode.daemon import offline

    found = offline.prove(Path(data_dir), seq, folder_of(archive_dir))
    emit({"message_type": "summary", **found}, as_json=as_json)


@ledger.command("checkpoint")
@data_option
@json_option
@reports_errors
def checkpoint(data_dir: str, *, as_json: bool) -> None:
    """Show the newest signed checkpoint (C2SP tlog-checkpoint)."""
    from edgenode.daemon import offline

    note = offline.checkpoint(Path(data_dir))
    emit({"message_type": "summary", "checkpoint": note}, as_json=as_json, text=note)


@ledger.command("archive")
@data_option
@click.option("--to", required=True, type=Folder(), help="folder of the archive")
@dry_run_option
@json_option
@reports_errors
def archive(data_dir: str, to: str, *, dry_run: bool, as_json: bool) -> None:
    """Copy sealed segments to a folder on another disk, read them back, leave receipts."""
    from edgenode.daemon import retention

    _emit_all(retention.archive(Path(data_dir), Path(to), dry_run=dry_run), as_json)


@ledger.command("prune")
@data_option
@click.option("--config", "config_file", type=File(), help="TOML file")
@click.option("--keep", type=click.IntRange(0), help="segments to keep; default as configured")
@click.option("--keep-days", type=click.IntRange(0), help="days to keep; default as configured")
@dry_run_option
@json_option
@reports_errors
def prune(
    data_dir: str,
    config_file: str | None,
    keep: int | None,
    keep_days: int | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Drop old segments that are cosigned, archived, and behind every open order."""
    from edgenode.daemon import config, retention

    set_here = {"ledger.segments_kept": keep, "ledger.keep_days": keep_days}
    loaded = config.load(file=folder_of(config_file), overrides=set_here).config.ledger
    kept = retention.Retention(loaded.segments_kept or 0, loaded.keep_days)
    _emit_all(retention.prune(Path(data_dir), kept, dry_run=dry_run), as_json)


@ledger.command("snapshot")
@data_option
@click.option("--archive", "archive_dir", required=True, type=Folder(),
              help="folder of the archive")  # fmt: skip
@json_option
@reports_errors
def snapshot(data_dir: str, archive_dir: str, *, as_json: bool) -> None:
    """Fold everything from the archive on, where a pruned box has no snapshot it can use."""
    from edgenode.daemon import retention

    emit(retention.resnapshot(Path(data_dir), Path(archive_dir)), as_json=as_json)


def _emit_all(messages: Iterator[Json], as_json: bool) -> None:  # noqa: FBT001
    for message in messages:
        emit(message, as_json=as_json)
