"""What listens to signals of volume, wired from the configuration."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from edgenode.adapters.bars.table import BarTable
from edgenode.adapters.feeds.stream import HttpStream
from edgenode.core.state.rules import Rules
from edgenode.daemon.calendar_file import CalendarFile
from edgenode.daemon.config import Config
from edgenode.daemon.drop_folder import DropFolder
from edgenode.daemon.pulled_feeds import pulls
from edgenode.daemon.pushing import Pushes, source_of
from edgenode.daemon.view.signals import Heard
from edgenode.model.errors import EdgenodeError
from edgenode.ports.bars import BarStore
from edgenode.ports.clock import Clock
from edgenode.ports.feeds import FeedStream
from edgenode.services.pulling import Pull
from edgenode.services.signals import Signals
from edgenode.services.sources import Bounds, Sources

log = structlog.get_logger()
Json = dict[str, Any]


def table_of(data: Path) -> tuple[BarTable | None, list[Json]]:
    """Open the table of bars; where that fails there are no signals, a problem, and trade goes on.

    Nothing is decided by it: a disk that fails ends the node at its ledger, or not at all.
    """
    try:
        return BarTable.opened(data), []
    except (EdgenodeError, OSError) as error:
        log.warning("signals_off", found=str(error))
        do = "Check the disk, then start again: until then there are no bars and no forecast"
        problem = {"code": "EN404", "severity": "warning", "do": do, "since": None}
        return None, [{**problem, "text": f"The table of bars cannot be opened: {error}"}]


@dataclass(frozen=True, slots=True)
class Pulled:
    """What pulls feeds: the server of each by name, the wall clock, and jitter."""

    streams: Mapping[str, FeedStream]
    wall: Clock
    rng: random.Random


def streams_of(config: Config) -> dict[str, FeedStream]:
    """Return the servers of the feeds that have a url; nothing is connected yet."""
    return {feed.id: HttpStream(feed.url) for feed in config.demand_feeds if feed.url}


def heard(
    store: BarStore,
    config: Config,
    market: Clock,
    rules: Callable[[], Rules],
    pulled: Pulled | None = None,
) -> Heard:
    """Return the sources of a box, with its drop folder, calendar and pulled feeds if any."""
    wanted = config.signals
    bounds = Bounds(
        keep_days=wanted.keep_days,
        feeds_max=wanted.feeds_max,
        rows_per_minute_max=wanted.rows_per_minute_max,
        requests_per_minute_max=wanted.requests_per_minute_max,
    )
    declared = [source_of(feed) for feed in config.demand_feeds]
    signals = Signals(store, Sources(market, rules, bounds), market, declared)
    files = None
    if wanted.drop_folder:
        files = DropFolder(Path(wanted.drop_folder), store, signals)
        # Files that came while the box was off are read before the bars of that time are closed.
        signals.first = partial(files.look, at_start=True)
    calendar = None
    if wanted.calendar_file:
        calendar = CalendarFile(Path(wanted.calendar_file), read=signals.sources.scheduled)
    pulling: list[Pull] = []
    if pulled is not None:
        pushes = Pushes(signals, pulled.wall)
        pulling = pulls(config.demand_feeds, pulled.streams, pushes, pulled.wall, pulled.rng)
    return Heard(signals, files, calendar, pulling)
