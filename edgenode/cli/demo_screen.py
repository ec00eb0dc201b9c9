"""The demo's progress: a line that moves on a terminal, a line per 10 s in a log, or JSON."""

import os
import sys
import time
import webbrowser
from collections.abc import Mapping
from typing import Any

import click

from edgenode.cli.output import Json, emit
from edgenode.model.instants import instant
from edgenode.sim.demo import world
from edgenode.sim.demo.arms import ARMS, Arm
from edgenode.sim.recorded import MINUTE_NS

BAR = 40
NAMED = 4  # of those that are waited for; JSON names them all
LINE_S = 10


class Screen:
    """Where the demo's progress goes."""

    def __init__(self, *, as_json: bool, browser: bool) -> None:
        self._as_json = as_json
        self._browser = browser
        self._moving = sys.stderr.isatty()
        self._last = 0.0
        self._began = self._listens = time.monotonic()

    def say(self, text: str) -> None:
        """Print one step."""
        if self._moving:
            click.echo("\r\x1b[K", nl=False, err=True)
        click.echo(f"{time.monotonic() - self._began:5.1f} s  {text}", err=True)

    def waits(self, what: str, names: list[str]) -> None:
        """Report what is waited for, and which processes are not there yet."""
        self._status({"code": "waiting", "what": what, "for": names})
        shown = ", ".join(names[:NAMED]) + (", ..." if len(names) > NAMED else "")
        by = f", {len(names)} left: {shown}" if names else ""
        self.say(f"waiting for {what}{by}")

    @property
    def is_watched(self) -> bool:
        """Return whether a person sits at a terminal."""
        return self._moving

    @property
    def listens_for_s(self) -> float:
        """Return how long ago the page's address was told, in seconds."""
        return time.monotonic() - self._listens

    def listening(self, url: str) -> None:
        """Print where the page is, and open it."""
        self._listens = time.monotonic()
        self._status({"code": "listening", "url": url, "pid": os.getpid()})
        self.say(f"the page of this demo: {url}")
        if self._browser and self._moving and os.environ.get("DISPLAY"):
            webbrowser.open(url)

    def arm(self, arm: Arm, done: int) -> None:
        """Report an arm that is done."""
        self._status({"code": "arm", "node_id": arm.node_id, "done": done, "of": len(ARMS)})
        self.say(f"{done} of {len(ARMS)} arms played: {arm.node_id}")

    def progress(self, market_ns: int, found: Mapping[Arm, Json]) -> None:
        """Draw market time, the link, and net exposure with and without the overlay."""
        if not self._moving and time.monotonic() - self._last < LINE_S:
            return
        self._last = time.monotonic()
        done = (market_ns - world.BEGINS) / (world.ENDS - world.BEGINS)
        on, off = (
            next(status for arm, status in found.items() if arm.overlay is overlay)
            for overlay in (True, False)
        )
        filled = int(BAR * min(1, max(0, done)))
        bar = "█" * filled + "░" * (BAR - filled)
        link = (
            "online " if on["sync"]["online"] else f"OFFLINE {on['sync']['unsynced_entries']:>5}"
        )
        line = (
            f"{instant(market_ns)[11:19]} {bar} {link} {on['verdict'] or '':<8}"
            f" net {net(on):+7.2f} (overlay off {net(off):+7.2f}) WETH"
        )
        click.echo(f"\r\x1b[K{line}" if self._moving else line, nl=not self._moving, err=True)

    def _status(self, message: Json) -> None:
        if self._as_json:
            emit({"message_type": "status", **message}, as_json=True)
            sys.stdout.flush()


def net(status: Mapping[str, Any]) -> float:
    """Return a node's net exposure in WETH."""
    return float(status["exposure"][0]["net_quantity"]) if status["exposure"] else 0.0


def ran(ended_ns: int) -> str:
    """Say how much of the recorded time ran."""
    minutes, whole = ((end - world.BEGINS) / MINUTE_NS for end in (ended_ns, world.ENDS))
    if minutes >= whole:
        return f"all {whole:.0f} market minutes ran"
    return f"{minutes:.0f} of {whole:.0f} market minutes ran, and no more were asked for"
