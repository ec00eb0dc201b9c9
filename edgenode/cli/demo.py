"""`edgenode demo`: seventy recorded minutes, twelve nodes side by side, one page to look at."""

import asyncio
import shutil
import signal
import socket
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import click

from edgenode.cli import demo_table
from edgenode.cli.options import PORT, Command
from edgenode.cli.output import Failed, Json, emit, json_option, reports_errors
from edgenode.model.errors import RefusedError

BAR = 40
NAMED = 4  # of those that are waited for; JSON names them all
TERMINATED = 143  # 128 + SIGTERM, as a shell says it


@click.command(cls=Command)
@click.option("--spike", default=1.0, type=click.FloatRange(0.1, 20), help="customers' quantities")
@click.option("--speed", default=60, type=click.IntRange(1, 600), help="market seconds a second")
@click.option("--port", default=8080, type=PORT, help="of the page; 0 takes a free one")
@click.option("--exit-after", help="wall time from `listening`, e.g. 90s")
@click.option("--no-browser", is_flag=True, help="do not open the page")
@click.option("--keep", is_flag=True, help="keep ledgers and logs in the new folder")
@click.option("--data", "data_dir", type=click.Path(file_okay=False), help="keep them here")
@click.option("--seed", default=1, type=int, help="of the late venue's noise")
@json_option
@reports_errors
def demo(  # noqa: PLR0913  the documented options
    spike: float,
    speed: int,
    port: int,
    exit_after: str | None,
    data_dir: str | None,
    seed: int,
    *,
    keep: bool,
    no_browser: bool,
    as_json: bool,
) -> None:
    """Watch a recorded liquidity spike with and without the overlay, the link up and cut."""
    from edgenode.sim.demo import summary as told
    from edgenode.sim.demo.world import Places

    seconds = _seconds(exit_after)
    _check_free(port)
    data = Path(data_dir) if data_dir else Path(tempfile.mkdtemp(prefix="edgenode-demo-"))
    data.mkdir(parents=True, exist_ok=True)
    places = Places(data=data.resolve(), speed=speed, seed=seed, port=port)
    screen = Screen(as_json=as_json, browser=not no_browser)
    try:
        seen = asyncio.run(_run(places, spike, seconds, screen))
    except asyncio.CancelledError:
        screen.say(f"stopped; nothing of it runs on. {demo_table.kept(str(places.data))}")
        raise Failed(TERMINATED) from None
    screen.say("reading the books from disk")
    arms = told.collect(places, seen)
    code = told.exit_code(arms)
    is_kept = keep or data_dir is not None or code != 0  # where books differ, they are evidence
    summary = told.summary(places, seen, arms) | ({} if is_kept else {"data": None})
    (places.data / "summary.json").write_text(_pretty(summary), encoding="utf-8")
    emit(summary, as_json=as_json, text=demo_table.table(summary))
    if not is_kept:
        shutil.rmtree(places.data)
    if code:
        raise Failed(code)


async def _run(places: Any, spike: float, exit_after_s: float | None, screen: "Screen") -> Any:
    from edgenode.sim.demo import conductor, stage

    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    async with stage.stage(places, screen) as on:  # ends every process it started
        screen.listening(on.page)
        seen = await conductor.play(on, spike, screen.progress, exit_after_s)
        screen.say(f"{ran(seen.ended_ns)}; the nodes stop and the centre catches up")
        await conductor.finish(on, seen, screen)
    return seen


def ran(ended_ns: int) -> str:
    """Say how much of the recorded time ran."""
    from edgenode.sim.demo import world
    from edgenode.sim.recorded import MINUTE_NS

    minutes, whole = ((end - world.BEGINS) / MINUTE_NS for end in (ended_ns, world.ENDS))
    if minutes >= whole:
        return f"all {whole:.0f} market minutes ran"
    return f"{minutes:.0f} of {whole:.0f} market minutes ran, and no more were asked for"


class Screen:
    """Progress on a terminal (one line that moves), in a log (a line per 10 s), or as JSON."""

    def __init__(self, *, as_json: bool, browser: bool) -> None:
        self._as_json = as_json
        self._browser = browser
        self._moving = sys.stderr.isatty()
        self._last = 0.0
        self._began = time.monotonic()
        self._net: list[float] = []

    def say(self, text: str) -> None:
        """Print one step."""
        if self._moving:
            click.echo("\r\x1b[K", nl=False, err=True)
        click.echo(f"{time.monotonic() - self._began:5.1f} s  {text}", err=True)

    def waits(self, what: str, names: list[str]) -> None:
        """Report what is waited for, and which processes are not there yet."""
        if self._as_json:
            message: Json = {"message_type": "status", "code": "waiting", "what": what}
            emit({**message, "for": names}, as_json=True)
            sys.stdout.flush()
        shown = ", ".join(names[:NAMED]) + (", ..." if len(names) > NAMED else "")
        by = f", {len(names)} left: {shown}" if names else ""
        self.say(f"waiting for {what}{by}")

    def listening(self, url: str) -> None:
        """Print where the page is, and open it."""
        import os
        import webbrowser

        if self._as_json:
            message: Json = {"message_type": "status", "code": "listening", "url": url}
            emit({**message, "pid": os.getpid()}, as_json=True)
        self.say(f"the page of arm recorded / overlay on / link cut at 17:58: {url}")
        if self._browser and self._moving and os.environ.get("DISPLAY"):
            webbrowser.open(url)
        sys.stdout.flush()

    def progress(self, market_ns: int, found: dict[Any, Json]) -> None:
        """Draw market time, the link, and net exposure with and without the overlay."""
        from edgenode.model.instants import instant
        from edgenode.sim.demo import world

        done = (market_ns - world.BEGINS) / (world.ENDS - world.BEGINS)
        on, off = (
            next(s for arm, s in found.items() if arm.overlay is key) for key in (True, False)
        )
        nets = [float(s["exposure"][0]["net_quantity"]) if s["exposure"] else 0 for s in (on, off)]
        self._net.append(abs(nets[0]))
        if not self._moving and time.monotonic() - self._last < 10:  # noqa: PLR2004
            return
        self._last = time.monotonic()
        filled = int(BAR * min(1, max(0, done)))
        bar = "█" * filled + "░" * (BAR - filled)
        link = (
            "online " if on["sync"]["online"] else f"OFFLINE {on['sync']['unsynced_entries']:>5}"
        )
        line = (
            f"{instant(market_ns)[11:19]} {bar} {link} {on['verdict'] or '':<8}"
            f" net {nets[0]:+7.2f} (overlay off {nets[1]:+7.2f}) WETH"
        )
        click.echo(f"\r\x1b[K{line}" if self._moving else line, nl=not self._moving, err=True)


def _check_free(port: int) -> None:
    """Refuse a port that another program holds, before a minute of starts; EN008."""
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", port))
        except OSError as error:
            raise RefusedError(
                f"cannot listen on 127.0.0.1:{port}: {error.strerror}",
                expected="a free port",
                do="choose another with --port; 0 takes any free one",
                code="EN008",
            ) from error


def _seconds(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        return float(text.removesuffix("s"))
    except ValueError as error:
        raise click.UsageError(f"--exit-after {text!r}: give seconds, e.g. 90s") from error


def _pretty(summary: Json) -> str:
    import json

    return json.dumps(summary, indent=1)
