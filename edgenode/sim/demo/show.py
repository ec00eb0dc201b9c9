"""The demo from its begin to its end: the live nodes, the twelve arms beside them, the page."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from edgenode.adapters import data_folder, durable_file
from edgenode.sim.demo import beside, conductor, stage, story_page, story_server, summary, world
from edgenode.sim.demo.arms import ARMS, Arm
from edgenode.sim.demo.conductor import RunRecord, Tell
from edgenode.sim.demo.story import Story
from edgenode.sim.demo.story_server import StoryServer
from edgenode.sim.demo.virtual import Told
from edgenode.sim.demo.waiting import Reporter
from edgenode.sim.demo.world import Places
from edgenode.sim.recorded import MINUTE_NS, SECOND_NS

Json = dict[str, Any]
BEGIN_S, END_S = 12.0, 8.0  # about, of set-up and of stops
ARM_S = 10.0  # of one core, for the whole window
LIVE_CORES = 0.9  # what the live nodes take beside


class Screen(Reporter, Protocol):
    """Where progress is reported."""

    def listening(self, url: str) -> None:
        """Report the page's address."""
        ...

    def arm(self, arm: Arm, done: int) -> None:
        """Report an arm that is done."""
        ...

    @property
    def progress(self) -> Tell:
        """Return what draws market time and the live nodes."""
        ...


@dataclass(frozen=True, slots=True)
class Ask:
    """What a run was asked for; `keep_report` is the report's place where nothing else is kept."""

    until_ns: int
    spike: float
    jobs: int
    port: int
    keep: bool
    keep_report: Path

    def estimate_s(self, speed: int) -> float:
        """Estimate how long it takes, in seconds."""
        minutes = (self.until_ns - world.BEGINS) / MINUTE_NS
        whole = (world.ENDS - world.BEGINS) / MINUTE_NS
        hour_s = minutes * 60 / speed
        cores_s = len(ARMS) * ARM_S * minutes / whole + LIVE_CORES * hour_s
        return BEGIN_S + max(hour_s, cores_s / self.jobs) + END_S


def until_of(exit_after_s: float | None, speed: int) -> int:
    """Return the market time at which a run ends that may take so long, in whole minutes."""
    if exit_after_s is None:
        return world.ENDS
    minutes = max(1, int(exit_after_s * speed) * SECOND_NS // MINUTE_NS)
    return min(world.ENDS, world.BEGINS + minutes * MINUTE_NS)


@asynccontextmanager
async def shown(
    places: Places, ask: Ask, screen: Screen
) -> AsyncIterator[tuple[Json, StoryServer]]:
    """Run it all; yield the summary while the page still stands. No process outlives this."""
    story = Story(ask.until_ns, places.speed, ask.estimate_s(places.speed))
    async with story_server.serving(story, ask.port) as page:
        summary_ = await _ran(places, ask, screen, story, page.url)
        yield summary_, page


async def _ran(places: Places, ask: Ask, screen: Screen, story: Story, url: str) -> Json:
    data_folder.begin(places.data)
    (places.data / "logs").mkdir()
    screen.say(f"twelve arms and two live nodes: about {story.estimate_s:.0f} s")
    order = beside.Order(ask.until_ns, ask.spike, places.seed, ask.jobs)
    try:
        async with asyncio.TaskGroup() as tasks:
            arms = tasks.create_task(_arms(order, places, screen, story))
            seen = await _live(places, ask, screen, story, url)
            story.phase = "ending"
            screen.say(
                f"reading the books from disk; {len(story.arms)} of {len(ARMS)} arms played"
            )
            books = await asyncio.to_thread(summary.collect, places, seen)
            played = await arms
    except BaseExceptionGroup as group:
        raise _first(group) from group
    told = summary.summary(places, seen, books, played)
    return _ended(places, ask, story, told)


async def _arms(
    order: beside.Order, places: Places, screen: Screen, story: Story
) -> dict[Arm, Told]:
    async for arm, told in beside.play(order, places.data):
        story.arms[arm] = told
        screen.arm(arm, len(story.arms))
    return story.arms


async def _live(places: Places, ask: Ask, screen: Screen, story: Story, url: str) -> RunRecord:
    async with stage.stage(places, screen) as on:  # ends every process it started
        story.urls = {arm: child.url for arm, child in on.nodes.items()}
        story.phase = "playing"
        screen.listening(url)

        def tell(market_ns: int, statuses: Mapping[Arm, Json]) -> None:
            story.heard(market_ns, statuses)
            screen.progress(market_ns, statuses)

        seen = await conductor.play(on, ask.until_ns, ask.spike, tell)
        screen.say("the hour is over: the nodes stop and the centre catches up")
        story.phase, story.urls = "ending", {}
        await conductor.finish(on, seen, screen)
    return seen


def _ended(places: Places, ask: Ask, story: Story, told: Json) -> Json:
    """Write what is kept, and remove the rest."""
    keep = ask.keep or summary.exit_code(told) != 0  # where books differ, they are evidence
    folder = places.data if keep else ask.keep_report
    told |= {"data": str(places.data) if keep else None, "report": str(folder / "report.html")}
    story.summary, story.phase = told, "finished"
    try:
        folder.mkdir(exist_ok=True)
        durable_file.write(folder / "report.html", story_page.report(story).encode())
    except OSError:  # a folder that may only be read: the page has the report too
        told["report"] = None
    if keep:
        (places.data / "summary.json").write_text(json.dumps(told, indent=1), encoding="utf-8")
    else:
        shutil.rmtree(places.data)
    return told


def _first(error: BaseException) -> BaseException:
    """Return the error that ended the others."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
