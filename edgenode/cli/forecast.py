"""`edgenode forecast`: what the next minutes bring."""

import sys
from functools import partial
from pathlib import Path

import click

from edgenode.cli.options import Command
from edgenode.cli.output import Failed, json_option, print_error, reports_errors
from edgenode.model.errors import RefusedError

PARTLY = 3  # exit code: some lines were taken


@click.command(cls=Command)
@click.option("--stdin", "from_stdin", is_flag=True, required=True, help="a bar a line, as JSON")
@click.option(
    "--state",
    type=click.Path(dir_okay=False),
    help="keep the forecast in this file: it goes on there after any end",
)
@click.option("--explain", is_flag=True, help="say on stderr why, as JSON, a line a bar")
@json_option
@reports_errors
def forecast(state: str | None, *, from_stdin: bool, explain: bool, as_json: bool) -> None:
    """Read bars and print the quantiles of what follows each, before the next is read.

    In: {"t": SECONDS, "v": VOLUME or null, "step": SECONDS, "kind": "count" | "amount"}. Out:
    {"5": [...], "15": [...], "30": [...], "60": [...]}: the total volume of the next minutes at 1,
    5, 10, 25, 50, 75, 90, 95 and 99 %. {} while too little is known. A line that is no bar of this
    signal is answered by an error, and changes nothing; exit 3 if there were some, 2 if no other.

    --explain tells of each horizon how many times the usual volume its middle is, what makes it so
    in per cent of the usual, and the chances of 2 and 4 times the usual.
    """
    from edgenode.daemon import forecasting

    assert from_stdin
    del as_json  # bars and answers are JSON anyway
    taken, failed = 0, 0
    told = partial(click.echo, err=True) if explain else None
    for answer in forecasting.answers(sys.stdin, Path(state) if state else None, told):
        if isinstance(answer, RefusedError):
            failed = answer.exit_code
            print_error(answer, as_json=True)
        else:
            taken += 1
            click.echo(answer)
    if failed:
        raise Failed(PARTLY if taken else failed)
