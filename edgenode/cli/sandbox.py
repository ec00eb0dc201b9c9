"""`edgenode sandbox`: servers to practise on."""

import asyncio
import os
import signal
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgenode.cli.options import BOM, PORT, File, Group, named
from edgenode.cli.output import emit, json_option, reports_errors
from edgenode.model.errors import RefusedError

if TYPE_CHECKING:
    from edgenode.sim.venue.settings import Settings


@click.group(cls=Group)
def sandbox() -> None:
    """Servers to practise on: venues and a payment rail."""


@sandbox.command()
@click.option("--port", default=0, type=PORT, help="0 takes a free one")
@click.option("--seed", default=1, type=int)
@click.option("--replay", "day", help="a packaged recorded day, e.g. 2022-07-27")
@click.option("--dedupe", type=click.Choice(["on", "off"]), default="on")
@click.option("--speed", default=1, type=click.IntRange(1, 1000), help="market seconds per second")
@click.option("--config", "config_file", type=File(), help="many venues, JSON")
@json_option
@reports_errors
def venue(  # noqa: PLR0913  the documented options
    port: int,
    seed: int,
    day: str | None,
    dedupe: str,
    speed: int,
    config_file: str | None,
    *,
    as_json: bool,
) -> None:
    """Serve sandbox venues until SIGTERM: own matching, recorded prices, faults on demand."""
    from edgenode.sim.venue.server import Kind, VenueSpec
    from edgenode.sim.venue.settings import Settings

    if config_file is not None:
        if beside := named("day", "seed", "dedupe", "speed"):
            raise click.UsageError(f"{', '.join(beside)}: the file of --config says that")
        settings = _settings(Path(config_file))
    else:
        kind: Kind = "recorded" if day else "plain"
        spec = VenueSpec("venue", kind, day or "", seed=seed, dedupe=dedupe == "on")
        settings = Settings(venues=(spec,), speed=speed, day=day or "")
    asyncio.run(_serve(settings, port, as_json=as_json))


@sandbox.command()
@click.option("--port", default=0, type=PORT, help="0 takes a free one")
@click.option("--speed", default=1, type=click.IntRange(1, 1000), help="seconds per second")
@json_option
@reports_errors
def rail(port: int, speed: int, *, as_json: bool) -> None:
    """Serve a sandbox payment rail until SIGTERM: transfers, statement, faults on demand."""
    from edgenode.sim.rail.server import clock_at, serving

    server = serving(clock_at(speed), speed=speed, port=port)
    asyncio.run(_until_signal(server, as_json=as_json))


def _settings(file: Path) -> "Settings":
    from edgenode.sim.venue.settings import Settings
    from edgenode.wire import foreign

    try:
        return foreign.json_as(file.read_bytes().removeprefix(BOM.encode()), Settings)
    except (OSError, RefusedError) as error:
        raise RefusedError(
            f"{file}: {error}",
            expected="venues as JSON, documented keys only",
            do="correct the file and start again",
            code="EN008",
        ) from error


async def _serve(settings: "Settings", port: int, *, as_json: bool) -> None:
    from edgenode.sim.venue.server import serving
    from edgenode.sim.venue.settings import clock_of

    venues, clock = list(settings.venues), clock_of(settings)
    await _until_signal(serving(venues, clock, speed=settings.speed, port=port), as_json=as_json)


async def _until_signal(
    serving: AbstractAsyncContextManager[tuple[object, str]], *, as_json: bool
) -> None:
    """Say where a server listens, and let it run until SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with serving as (_, url):
        listening = {"message_type": "status", "code": "listening", "url": url, "pid": os.getpid()}
        emit(listening, as_json=as_json, text=f"listening on {url}")
        await stop.wait()
    emit({"message_type": "summary", "code": "stopped"}, as_json=as_json, text="stopped")
