"""`edgenode drill`: what the product is worth, shown arm beside arm on its own engine."""

import math
import os
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgenode.cli.options import File, FloatRange, Folder, Group, instant
from edgenode.cli.output import Failed, emit, json_option, reports_errors

if TYPE_CHECKING:
    from edgenode.sim.arms.replay import Window


@click.group(cls=Group)
def drill() -> None:
    """Worlds in virtual time, each lived through with and without what is to be shown."""


@drill.command("replay")
@click.option("--flow", required=True, type=File(), help="recorded minutes, as CSV")
@click.option("--from", "begins", required=True, help="market time, e.g. 2022-07-27T17:40:00Z")
@click.option("--minutes", default=60, type=click.IntRange(1, 24 * 60))
@click.option(
    "--gamma", default=0.01, type=FloatRange(1e-6, 10),
    help="what a unit of risk costs, per USDC",
)  # fmt: skip
@click.option("--jobs", type=click.IntRange(1, 64), help="processes; as many as there are cores")
@click.option("--keep", type=Folder(), help="write each arm's ledgers into this new folder")
@click.option(
    "--frontier", is_flag=True,
    help="beside them: a third of gamma, three times gamma, TWAP, all at once",
)  # fmt: skip
@click.option(
    "--quoter", is_flag=True,
    help="judge the quotes instead: fixed, skewed and priced, to customers who mind prices",
)  # fmt: skip
@click.option(
    "--into", type=Folder(), default="edgenode-replay", show_default=True,
    help="write report.html and summary.json there",
)  # fmt: skip
@json_option
@reports_errors
def replay(  # noqa: PLR0913, PLR0917  the documented options
    flow: str,
    begins: str,
    minutes: int,
    gamma: float,
    jobs: int | None,
    keep: str | None,
    into: str,
    *,
    frontier: bool,
    quoter: bool,
    as_json: bool,
) -> None:
    """Replay a recorded hour: core alone beside our overlay, both flows, the link up and cut.

    cost is the overlay's, risk what was left unhedged; total_over_core below 1: it was worth it.
    """
    from edgenode.sim import told
    from edgenode.sim.arms import replayed

    window = replayed.window(Path(flow), instant(begins), minutes)
    cores = jobs or os.cpu_count() or 1
    if quoter:
        if frontier or keep:
            raise click.UsageError("--quoter has arms of its own: no --frontier, no --keep")
        _quoter(window, gamma, cores, told.begin(Path(into)), as_json=as_json)
        return
    folder = told.begin(Path(into))
    wanted = replayed.FRONTIER if frontier else replayed.ARMS
    arms = replayed.run(window, gamma, cores, Path(keep) if keep else None, _tell, wanted)
    summary = replayed.summary(window, gamma, arms)
    summary = told.into(folder, summary, replayed.report)
    emit(summary, as_json=as_json, text=replayed.text(summary))
    if not summary["digest_equal"]:
        raise Failed(told.APART)


def _quoter(window: "Window", gamma: float, jobs: int, into: Path, *, as_json: bool) -> None:
    from edgenode.sim import told
    from edgenode.sim.quoter import report, runs

    summary = runs.summary(window, gamma, runs.run(window, gamma, jobs, _tell))
    summary = told.into(into, summary, report.report)
    emit(summary, as_json=as_json, text=runs.text(summary))
    if not summary["digest_equal"]:
        raise Failed(told.APART)


@drill.command("popup")
@click.option("--seeds", default=20, type=click.IntRange(1, 100_000), help="worlds with a popup")
@click.option(
    "--drawn", type=click.IntRange(0, 100_000),
    help="worlds drawn from the prior beside them: where does the overlay lose?  [a tenth, 15 or"
    " more]",
)  # fmt: skip
@click.option("--first", default=1, type=click.IntRange(0), help="the first seed")
@click.option(
    "--gamma", default=0.01, type=FloatRange(1e-6, 10),
    help="what a unit of risk costs, per USDC",
)  # fmt: skip
@click.option("--world", type=File(), help="your base world: JSON or TOML")
@click.option("--jobs", type=click.IntRange(1, 64), help="processes; as many as there are cores")
@click.option(
    "--into", type=Folder(), default="edgenode-popup", show_default=True,
    help="keep rows and report there, and go on from the rows",
)  # fmt: skip
@click.option("--report", is_flag=True, help="run nothing: make the report of --into again")
@json_option
@reports_errors
def popup(  # noqa: PLR0913, PLR0917  the documented options
    seeds: int,
    drawn: int | None,
    first: int,
    gamma: float,
    world: str | None,
    jobs: int | None,
    into: str,
    *,
    report: bool,
    as_json: bool,
) -> None:
    """Live through popups: six times the demand for an hour, in markets that are made up.

    Beside them worlds without a popup, where an overlay can only cost.
    """
    from edgenode.sim import told
    from edgenode.sim.popup import seeds as lived
    from edgenode.sim.popup import summary as came
    from edgenode.sim.popup import told_files, world_file
    from edgenode.sim.popup.prior import BASE

    folder = Path(into)
    if not report:
        base = world_file.read(Path(world)) if world else BASE
        told.begin(folder)
        beside = max(15, seeds // 10) if drawn is None else drawn
        plan = lived.Plan(gamma, seeds, beside, first, base)
        digests = plan.told["digests"]
        click.echo(f"base {digests[lived.BASE_WORLD]}, prior {plan.told['prior']}", err=True)
        lived.run(plan, jobs or os.cpu_count() or 1, folder, _Pace().tell)
    summary = told_files.made(folder)
    emit(summary, as_json=as_json, text=came.text(summary))
    if not summary["digest_equal"]:
        raise Failed(told.APART)


@drill.command("spike")
@click.option("--seeds", default=8, type=click.IntRange(1, 100_000), help="spikes")
@click.option("--first", default=1, type=click.IntRange(0), help="the first seed")
@click.option(
    "--gamma", default=0.01, type=FloatRange(1e-6, 10),
    help="what a unit of risk costs, per USDC",
)  # fmt: skip
@click.option("--jobs", type=click.IntRange(1, 64), help="processes; as many as there are cores")
@click.option(
    "--into", type=Folder(), default="edgenode-spike", show_default=True,
    help="write report.html and summary.json there",
)  # fmt: skip
@json_option
@reports_errors
def spike(
    seeds: int, first: int, gamma: float, jobs: int | None, into: str, *, as_json: bool
) -> None:
    """Live through spikes: four times the demand on two venues, one of them late.

    A dry run: nothing is sent to any venue.
    """
    from edgenode.sim import told
    from edgenode.sim.spike import report, runs
    from edgenode.sim.spike import summary as came

    folder = told.begin(Path(into))
    rows = runs.run(seeds, first, gamma, jobs or os.cpu_count() or 1, _count)
    summary = told.into(folder, came.summary(rows, gamma), report.report)
    emit(summary, as_json=as_json, text=came.text(summary))
    if not summary["digest_equal"]:
        raise Failed(told.APART)


@drill.command("failures")
@click.argument("names", nargs=-1)
@click.option("--seeds", default=3, type=click.IntRange(1, 100_000), help="worlds of each failure")
@click.option("--first", default=1, type=click.IntRange(0), help="the first seed")
@click.option("--jobs", type=click.IntRange(1, 64), help="processes; as many as there are cores")
@click.option(
    "--into", type=Folder(), default="edgenode-failures", show_default=True,
    help="write report.html and summary.json there",
)  # fmt: skip
@json_option
@reports_errors
def failures(
    names: tuple[str, ...], seeds: int, first: int, jobs: int | None, into: str, *, as_json: bool
) -> None:
    """Let links, venues, power, disks and copies fail, and judge what is left.

    NAMES: some of the failures, as the summary names them; without one all are drilled.
    """
    from edgenode.sim import told
    from edgenode.sim.failures import report, runs
    from edgenode.sim.failures import summary as came

    tasks = runs.tasks(names, seeds, first)
    folder = told.begin(Path(into))
    worlds = runs.run(tasks, jobs or os.cpu_count() or 1, _count)
    page = partial(report.report, worlds=worlds)
    summary = told.into(folder, came.summary(worlds), page)
    emit(summary, as_json=as_json, text=came.text(summary))
    if not summary["held"]:
        raise Failed(came.DIFFERS)


class _Pace:
    """Says how many worlds are done, and how long the rest takes at the pace of this run."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._first: int | None = None

    def tell(self, done: int, of: int) -> None:
        """Say it; `done` of the first call were done before."""
        if self._first is None:
            self._first = done
        left = ""
        if done > self._first:
            pace = (time.monotonic() - self._begun) / (done - self._first)
            left = f", about {math.ceil(pace * (of - done) / 60)} min left"
        click.echo(f"{done}/{of} worlds{left}", err=True)


@drill.command("latency")
@click.option("--orders", default=150, type=click.IntRange(1, 10_000), help="customers' orders")
@click.option(
    "--into", type=Folder(), default="edgenode-latency", show_default=True,
    help="write report.html and summary.json there",
)  # fmt: skip
@json_option
@reports_errors
def latency(orders: int, into: str, *, as_json: bool) -> None:
    """Measure how long a fill takes to its central cosignature: real processes, real sockets.

    A figure of this machine as it is now; nothing is judged by it.
    """
    import asyncio
    import tempfile

    from edgenode.sim import told
    from edgenode.sim.latency import stages, trial
    from edgenode.sim.latency import summary as came

    folder = told.begin(Path(into))
    with tempfile.TemporaryDirectory(prefix="edgenode-latency-") as made:
        seen = asyncio.run(trial.tried(Path(made) / "data", orders, _Teller()))
    page = partial(came.report, found=stages.times(seen))
    summary = told.into(folder, came.summary(seen), page)
    emit(summary, as_json=as_json, text=came.text(summary))
    if not summary["complete"]:
        raise Failed(came.INCOMPLETE)


class _Teller:
    """Reports a drill of processes, a line a step."""

    def say(self, text: str) -> None:
        """Report one step."""
        click.echo(text, err=True)

    def waits(self, what: str, names: list[str]) -> None:
        """Report what is waited for."""
        click.echo(f"waiting for {what}: {', '.join(names)}", err=True)


def _count(done: int, of: int) -> None:
    click.echo(f"{done}/{of} worlds", err=True)


def _tell(done: int, of: int, name: str) -> None:
    click.echo(f"{done}/{of} arms: {name}", err=True)
