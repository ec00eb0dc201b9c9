"""`edgenode risk`: the live book's P&L in its parts, its triggers, and what shocks would cost."""

from pathlib import Path

import click

from edgenode.cli.options import Command
from edgenode.cli.output import Json, data_option, emit, json_option, reports_errors


@click.command(cls=Command)
@data_option
@json_option
@reports_errors
def risk(data_dir: str, *, as_json: bool) -> None:
    """Show a running box's P&L by event, venue, desk and currency, triggers and scenarios.

    Scenarios are the book as it is, moved at once: price 5 to 20 % either way, core hedges that
    follow a quarter, a stable coin that loses 10 %, other currencies 5 %. No forecast.
    """
    from edgenode.cli.control_client import ask

    found: Json = ask(Path(data_dir), "GET", "/api/v1/risk")
    emit({"message_type": "summary", **found}, as_json=as_json)
