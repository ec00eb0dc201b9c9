"""`edgenode drill`: what the product is worth, shown arm beside arm on its own engine."""

import os
from pathlib import Path

import click

from edgenode.cli.options import Folder, Group, instant
from edgenode.cli.output import Failed, emit, json_option, reports_errors


@click.group(cls=Group)
def drill() -> None:
    """Worlds in virtual time, each lived through with and without what is to be shown."""


@drill.command("replay")
@click.option(
    "--flow", required=True, type=click.Path(dir_okay=False), help="recorded minutes, as CSV"
)
@click.option("--from", "begins", required=True, help="market time, e.g. 2022-07-27T17:40:00Z")
@click.option("--minutes", default=60, type=click.IntRange(1, 24 * 60))
@click.option(
    "--gamma", default=0.01, type=click.FloatRange(1e-6, 10),
    help="what a unit of risk costs, per USDC",
)  # fmt: skip
@click.option("--jobs", type=click.IntRange(1, 64), help="processes; as many as there are cores")
@click.option("--keep", type=Folder(), help="write each arm's ledgers into this new folder")
@json_option
@reports_errors
def replay(  # noqa: PLR0913  the documented options
    flow: str,
    begins: str,
    minutes: int,
    gamma: float,
    jobs: int | None,
    keep: str | None,
    *,
    as_json: bool,
) -> None:
    """Replay a recorded hour: core alone beside our overlay, both flows, the link up and cut.

    cost is the overlay's, risk what was left unhedged; total_over_core below 1: it was worth it.
    """
    from edgenode.sim.arms import replayed

    window = replayed.window(Path(flow), instant(begins), minutes)
    cores = jobs or os.cpu_count() or 1
    arms = replayed.run(window, gamma, cores, Path(keep) if keep else None, _tell)
    summary = replayed.summary(window, gamma, arms)
    emit(summary, as_json=as_json, text=replayed.text(summary))
    if not summary["digest_equal"]:
        raise Failed(replayed.APART)


def _tell(done: int, of: int, name: str) -> None:
    click.echo(f"{done}/{of} arms: {name}", err=True)
