"""An observer reads what venues publish, and does nothing else to anyone."""

import asyncio
import random

import pytest

from edgenode.adapters.clock import WallClock
from edgenode.core.observations import PauseAsked, Tick
from edgenode.daemon import observer
from edgenode.daemon.box import Box
from edgenode.daemon.box import World as Surroundings
from edgenode.daemon.config import Config
from edgenode.daemon.folder import folder
from edgenode.daemon.link import CentreLink
from edgenode.daemon.paper import PaperWorld
from edgenode.daemon.view.status import NO_LINK, status
from tests.core.world import WETH, World


class Venue:
    """A venue that publishes one book, and admits nothing but to be read."""

    id = "a"

    def __init__(self, book):
        self.book, self.read = book, asyncio.Event()

    async def events(self):
        await self.read.wait()
        yield "a fill of ours, which is the box's own"
        await asyncio.Event().wait()

    async def books(self):
        yield self.book
        self.read.set()
        await asyncio.Event().wait()


@pytest.fixture
def opened(tmp_path):
    folder.init(
        tmp_path / "node", node_id="edge-07", mode="paper", world=PaperWorld(venues=("a",))
    )
    made = folder.open_for_writing(tmp_path / "node")
    yield made
    made.close()


async def test_it_follows_books_and_refuses_every_step(opened):
    known = World()
    known.publish("a", 150_000)
    (book,) = known.seen.books.values()
    venue, stop, started, rng = Venue(book), asyncio.Event(), asyncio.Event(), random.Random(1)
    box = Box(opened, Config(), Surroundings(
        wall=WallClock(), market=WallClock(), rng=rng, bits=rng.getrandbits, venues={"a": venue},
        link=CentreLink(opened, Config().central), free_bytes=lambda: 0,
    ))  # fmt: skip
    head = opened.store.head
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(observer.watch(box, stop, started.set))
        await started.wait()
        await venue.read.wait()
        assert box.board.books[("a", WETH)] == book
        for step in (Tick(), PauseAsked(paused=True, hedges=True, reason="", actor="person:p")):
            with pytest.raises(observer.ObservingError):
                await box.recorder.observe(step)
        told = status(opened.state, box.running, NO_LINK, box.recorder.seen)
        assert (told["verdict"], told["trading_state"]) == ("HOLD", "halted")
        assert told["problems"][0]["code"] == "EN121"
        stop.set()
    assert opened.store.head == head
