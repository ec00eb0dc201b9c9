"""`edgenode demo`: a recorded hour, two live nodes and twelve arms, one page to look at."""

import asyncio
import math
import os
import secrets
import signal
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgenode.cli import demo_table
from edgenode.cli.options import PORT, Command, FloatRange, Folder
from edgenode.cli.output import Failed, emit, json_option, reports_errors

if TYPE_CHECKING:
    from edgenode.cli.demo_screen import Screen
    from edgenode.sim.demo.show import Ask
    from edgenode.sim.demo.world import Places

SIGNALED = 128  # + the signal's number, as a shell says it
REPORTS = "edgenode-demo"
LOOK_S = 0.5


@click.command(cls=Command)
@click.option("--spike", default=1.0, type=FloatRange(0.1, 20), help="customers' quantities")
@click.option("--speed", default=60, type=click.IntRange(1, 600), help="market seconds a second")
@click.option("--port", default=8080, type=PORT, help="of the page; 0 takes a free one")
@click.option("--exit-after", help="wall time from `listening`, e.g. 90s")
@click.option("--no-browser", is_flag=True, help="do not open the page")
@click.option("--keep", is_flag=True, help="keep ledgers, logs and report in the new folder")
@click.option("--data", "data_dir", type=Folder(), help="keep them here")
@click.option("--seed", default=1, type=int, help="of the late venue's noise")
@click.option("--jobs", type=click.IntRange(1, 64), help="processes; as many as there are cores")
@json_option
@reports_errors
def demo(  # noqa: PLR0913, PLR0917  the documented options
    spike: float,
    speed: int,
    port: int,
    exit_after: str | None,
    data_dir: str | None,
    seed: int,
    jobs: int | None,
    *,
    keep: bool,
    no_browser: bool,
    as_json: bool,
) -> None:
    """Watch a recorded liquidity spike with and without the overlay, the link up and cut.

    Twelve arms give the table; two nodes of them run live, and their page is one with the table.
    """
    from edgenode.cli.demo_screen import Screen
    from edgenode.sim.demo.show import Ask, until_of
    from edgenode.sim.demo.world import Places

    seconds = _seconds(exit_after)
    ask = Ask(
        until_ns=until_of(seconds, speed),
        spike=spike,
        jobs=jobs or os.cpu_count() or 1,
        port=port,
        keep=keep or data_dir is not None,
        keep_report=Path.cwd() / REPORTS,
    )
    fresh = Path(tempfile.gettempdir()) / f"{REPORTS}-{secrets.token_hex(4)}"
    data = Path(data_dir) if data_dir else fresh
    places = Places(data=data.resolve(), speed=speed, seed=seed)
    screen = Screen(as_json=as_json, browser=not no_browser)
    if code := asyncio.run(_run(places, ask, screen, seconds, as_json=as_json)):
        raise Failed(code)


async def _run(
    places: "Places", ask: "Ask", screen: "Screen", exit_after_s: float | None, *, as_json: bool
) -> int:
    """Run it, print the summary, keep the page until it is closed; return the exit code."""
    from edgenode.sim.demo import show
    from edgenode.sim.demo.summary import exit_code

    stopping = Stopping()
    try:
        async with show.shown(places, ask, screen) as (summary, page):
            emit(summary, as_json=as_json, text=demo_table.table(summary))
            sys.stdout.flush()
            stopping.is_over = True
            if exit_after_s is not None:
                await stopping.asked(lambda: screen.listens_for_s >= exit_after_s)
            elif screen.is_watched:
                screen.say(f"the page stays: {page.url} (Ctrl-C ends it)")
                await stopping.asked(lambda: False)
            else:
                await stopping.asked(lambda: not page.is_looked_at)
            return exit_code(summary)
    except (Exception, asyncio.CancelledError):
        kept = demo_table.kept(str(places.data)) if places.data.exists() else ""
        if stopping.number == 0:
            screen.say(kept)
            raise
        # Ctrl-C at a terminal reaches the demo's processes too: their ends are no news.
        screen.say(f"stopped; nothing of it runs on. {kept}")
        return SIGNALED + stopping.number


class Stopping:
    """Ctrl-C and SIGTERM: before the end they cancel the run, behind it they close the page."""

    def __init__(self) -> None:
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        assert task is not None
        self.is_over = False
        self.number = 0
        self._task, self._closed = task, asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._signaled, number)

    async def asked(self, enough: Callable[[], bool]) -> None:
        """Wait until a signal asks for it, or until it is enough."""
        while not self._closed.is_set() and not enough():
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._closed.wait()

    def _signaled(self, number: int) -> None:
        self.number = number
        if self.is_over:
            self._closed.set()
        else:
            self._task.cancel()


def _seconds(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        seconds = float(text.removesuffix("s"))
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:  # nor of what is no number
        raise click.UsageError(f"--exit-after {text!r}: give seconds, e.g. 90s")
    return seconds
