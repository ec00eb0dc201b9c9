"""`edgenode forecast`: what the next minutes bring."""

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click

from edgenode.cli import tables
from edgenode.cli.options import Command, File, Folder, named
from edgenode.cli.output import Failed, Json, emit, json_option, print_error, reports_errors
from edgenode.model.errors import RefusedError

DAY_S = 86_400
PARTLY = 3  # exit code: some lines were taken


@click.command(cls=Command)
@click.option(
    "--data", "data_dir", envvar="EDGENODE_DATA", type=Folder(), help="a running box's folder"
)
@click.option("--stdin", "from_stdin", is_flag=True, help="a bar a line, as JSON")
@click.option(
    "--state",
    type=File(),
    help="keep the forecast in this file: it goes on there after any end",
)
@click.option("--explain", is_flag=True, help="say on stderr why, as JSON, a line a bar")
@json_option
@reports_errors
def forecast(
    data_dir: str | None, state: str | None, *, from_stdin: bool, explain: bool, as_json: bool
) -> None:
    """Show what a running box forecasts (--data), or forecast the bars of a pipe (--stdin).

    With --stdin the quantiles of what follows a bar are printed before the next is read. In: {"t":
    SECONDS, "v": VOLUME or null, "step": SECONDS, "kind": "count" | "amount"}. Out: {"5": [...],
    "15": [...], "30": [...], "60": [...]}: the total volume of the next minutes at 1, 5, 10, 25,
    50, 75, 90, 95 and 99 %. {} while too little is known. A line that is no bar of this signal is
    answered by an error, and changes nothing; exit 3 if there were some, 2 if no other.

    --explain tells of each horizon how many times the usual volume its middle is, what makes it so
    in per cent of the usual, and the chances of 2 and 4 times the usual.
    """
    if not from_stdin:
        if explain:
            raise click.UsageError("--explain explains the bars of --stdin")
        _show(data_dir, state, as_json=as_json)
        return
    if named("data_dir"):
        raise click.UsageError("give --data alone, or --stdin with or without --state")
    from edgenode.daemon import forecasting

    taken, failed = 0, 0
    told = partial(click.echo, err=True) if explain else None
    bars = forecasting.lines(sys.stdin.buffer)
    for answer in forecasting.answers(bars, Path(state) if state else None, told):
        if isinstance(answer, RefusedError):
            failed = answer.exit_code
            print_error(answer, as_json=True)
        else:
            taken += 1
            click.echo(answer)
    if failed:
        raise Failed(PARTLY if taken else failed)


def _show(data_dir: str | None, state: str | None, *, as_json: bool) -> None:
    """Ask a running box."""
    from edgenode.cli.control_client import ask

    if data_dir is None or state is not None:
        raise click.UsageError("give --data alone, or --stdin with or without --state")
    found: Json = ask(Path(data_dir), "GET", "/api/v1/forecast")
    rows = [
        {
            "instrument": row["instrument"],
            "source": source["source"],
            "state": source["state"],
            "next": f"{ahead['minutes']} min",
            **(ahead["quantiles"] or {"bars": f"{ahead['have']} of {ahead['need']}"}),
        }
        for row in found["instruments"]
        for source in row["sources"]
        for ahead in source["horizons"]
    ]
    text = tables.table(rows) if rows else "no bar yet"
    text += _feeds(found["instruments"])
    text += _sized(found.get("sizing", ()))
    asked = found.get("requests", ())
    text += "".join(f"\nasked, {one['need_id']}: {one['text']}" for one in asked)
    emit({"message_type": "summary", **found}, as_json=as_json, text=text)


def _feeds(instruments: Sequence[Json]) -> str:
    """Return what the other sources add to the one that speaks for each instrument."""
    rows = [
        {
            "instrument": row["instrument"],
            "beside it": feed["source"],
            "state": feed["state"],
            "weight": feed["weight"],
            "skill": feed["skill"] or "-",
            "last bar": _ago(feed["last_bar_age_s"]),
            "why": feed["sentence"],
        }
        for row in instruments
        for source in row["sources"]
        if source["source"] == row["source"] and len(row["sources"]) > 1
        for feed in source["feeds"]
    ]
    return f"\n\n{tables.table(rows)}" if rows else ""


def _ago(age_s: int | None) -> str:
    if age_s is None:
        return "-"
    return f"{age_s} s ago" if age_s < DAY_S else f"{age_s // DAY_S} days ago"


def _sized(sizing: Sequence[Json]) -> str:
    """Return what the next hour may need of each instrument, and what is left for it."""
    rows = [
        {"instrument": row["instrument"], "may need": need["kind"], "unit": need["unit"]}
        | {key: need[key] for key in ("needed", "left", "short")}
        for row in sizing
        for need in row["needs"]
    ]
    why = "".join(
        f"\n{row['instrument']}: not sized, {row['why']}" for row in sizing if row["why"]
    )
    return (f"\n\n{tables.table(rows)}" if rows else "") + why
