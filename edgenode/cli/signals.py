"""`edgenode signals`: the bars that the box keeps of what foretells volume."""

import csv
import io
from pathlib import Path

import click

from edgenode.cli import tables
from edgenode.cli.options import Group, instant
from edgenode.cli.output import data_option, emit, json_option, reports_errors

SECOND_NS = 1_000_000_000


@click.group(cls=Group)
def signals() -> None:
    """Bars of venues, of the own book and of demand feeds; also with the daemon stopped."""


@signals.command("ls")
@data_option
@json_option
@reports_errors
def ls(data_dir: str, *, as_json: bool) -> None:
    """List the sources, with the bars that are kept of each."""
    from edgenode.daemon import kept_bars

    rows = kept_bars.sources(Path(data_dir))
    for row in rows if as_json else ():
        emit({"message_type": "item", **row}, as_json=True)
    text = tables.table(rows) if rows else "no source was heard yet"
    emit({"message_type": "summary", "sources": len(rows)}, as_json=as_json, text=text)


@signals.command("export")
@click.argument("source")
@data_option
@click.option("--step", "step_s", type=click.Choice(["60", "300"]), default="60", help="seconds")
@click.option("--since", type=instant, default=None, help="RFC 3339, or ns")
@json_option
@reports_errors
def export(source: str, data_dir: str, step_s: str, since: int | None, *, as_json: bool) -> None:
    """Print the bars of a source as CSV; what is unknown of a bar is empty, never 0."""
    from edgenode.daemon import kept_bars

    count = 0
    since_s = (since or 0) // SECOND_NS
    rows = kept_bars.export(Path(data_dir), source, int(step_s), since_s)
    if not as_json:
        click.echo(",".join(kept_bars.COLUMNS))
    for row in rows:
        count += 1
        emit({"message_type": "item", **row}, as_json=as_json, text=_line(list(row.values())))
    emit({"message_type": "summary", "bars": count}, as_json=as_json, text="")


def _line(values: list[object]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(values)
    return text.getvalue()
