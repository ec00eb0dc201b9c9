"""`edgenode venues`: what each outside venue is like."""

from pathlib import Path

import click

from edgenode.cli import tables
from edgenode.cli.options import Command
from edgenode.cli.output import Json, data_option, emit, json_option, reports_errors


@click.command(cls=Command)
@data_option
@json_option
@reports_errors
def venues(data_dir: str, *, as_json: bool) -> None:
    """Show the venues of a running box: spread, depth, basis, lag, and how orders fared there.

    Figures are estimates: books since the start, hedges by the newest at each venue.
    """
    from edgenode.cli.control_client import ask

    found: Json = ask(Path(data_dir), "GET", "/api/v1/venues")
    rows = [_line(row) for row in found["venues"]]
    text = tables.table(rows) if rows else "no policy names a venue yet"
    emit({"message_type": "summary", **found}, as_json=as_json, text=text)


def _book(row: Json) -> str:
    """Say how old the newest book is, and whether it is too old to be a price."""
    if row["book_age_ms"] is None:
        return "none"
    age = f"{row['book_age_ms'] / 1_000:.0f} s"
    return f"STALE {age}" if row["stale"] else age


def _line(row: Json) -> Json:
    books, orders = row["books"] or {}, row["orders"]
    costs = " ".join(f"{one['quantity']}:{one['cost_bp']:.1f}" for one in orders["curve"])
    return {
        "venue": row["venue"],
        "instrument": row["instrument"],
        "uses": "+".join(row["uses"]),
        "book": _book(row),
        **{key: books.get(key) for key in ("spread_bp", "depth", "basis_bp", "lag_ms")},
        "fee_bp": row["fee_bp"],
        "orders": orders["ended"],
        **{key: orders[key] for key in ("fill_ratio", "missed_bp", "share")},
        "cost_bp by size": costs or None,
        "events_30d": row["events_30d"],
    }
