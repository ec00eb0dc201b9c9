"""A box without a policy reads nothing of venues; then it goes on where it is told.

It estimates by what can be a reference price, and by nothing else.
"""

import asyncio
import random
from dataclasses import replace
from types import SimpleNamespace

import pytest

from edgenode.adapters.clock import WallClock
from edgenode.core.breaks import books
from edgenode.core.observations import CentreSaid
from edgenode.core.state.streams import Stream
from edgenode.daemon.box import Box
from edgenode.daemon.box import World as Surroundings
from edgenode.daemon.config import Config
from edgenode.daemon.folder import folder
from edgenode.daemon.link import CentreLink
from edgenode.model.facts import Genesis, Policy
from edgenode.model.ledgers import Entry, LedgerId
from edgenode.model.orders import OrderState
from edgenode.model.venue import BookView, MassStatus, Unknown
from edgenode.wire import entry as wire_entry
from edgenode.wire import facts as wire_facts
from tests.core.state.test_escrow import fill, hedge, ready
from tests.core.world import SECOND, START, WETH, World

DOWN = LedgerId("centre", ">edge-07", 2)
PERSONS = ("person:ann", "person:bob")


class Venue:
    """A venue that notes what is asked of it."""

    id = "a"

    def __init__(self):
        self.asked, self.looked, self.canceled = [], asyncio.Event(), asyncio.Event()

    def resume(self, epoch, cursor):
        self.asked.append(("resume", epoch, cursor))

    async def snapshot(self, *, whole=False):
        self.asked.append(("snapshot", whole))
        self.looked.set()
        return MassStatus(
            venue="a", open_orders=(), fills=(), balances={}, positions={}, cursor=7, epoch="e1"
        )

    async def events(self):
        self.asked.append(("events",))
        await asyncio.Event().wait()
        yield

    async def books(self):
        await asyncio.Event().wait()
        yield

    async def query(self, order_id):
        self.asked.append(("query", order_id))
        return Unknown("no answer")

    async def cancel(self, *named):
        self.asked.append(("cancel", *named))
        self.canceled.set()
        return Unknown("no answer")


def told():
    """What a down-ledger says of the books of an older ledger, in its canonical bytes."""
    world = ready()
    order = hedge(world)
    fill(world, order, 40)
    older = world.state
    older.orders.streams["a"] = Stream("e1", 7)
    genesis = Genesis(at_ns=START, ledger_key=b"down", previous_head=None, approval="")
    facts = [genesis, *books.facts(older, {}, PERSONS, START)]
    data, prev = [], bytes(32)
    for seq, fact in enumerate(facts, 1):
        kind, body = type(fact).__name__, wire_facts.encode(fact)
        entry = Entry(seq, seq << 16, kind, "centre", True, seq.to_bytes(16, "big"), body)
        sealed = wire_entry.seal(DOWN, entry, prev)
        prev = sealed.leaf
        data.append(wire_entry.data_of(DOWN, sealed))
    return facts, data


@pytest.fixture
def opened(tmp_path):
    folder.init(tmp_path / "node", node_id="edge-07", mode="paper", incarnation=2)
    made = folder.open_for_writing(tmp_path / "node")
    yield made
    made.close()


async def test_a_box_reads_venues_only_once_it_has_a_policy_and_then_from_the_carried_place(
    opened,
):
    config, venue, started, stop = Config(), Venue(), asyncio.Event(), asyncio.Event()
    rng = random.Random(1)
    world = Surroundings(
        wall=WallClock(), market=WallClock(), rng=rng, bits=rng.getrandbits,
        venues={"a": venue}, link=CentreLink(opened, config.central),
        free_bytes=lambda: 1 << 40,
    )  # fmt: skip
    box = Box(opened, config, world)
    facts, data = told()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(box.run(stop, started.set))
        await started.wait()
        for fact, said in zip(facts, data, strict=True):
            assert venue.asked == []
            recorded = await box.recorder.observe(CentreSaid(said))
            assert recorded[0].fact.applied, recorded[0].fact.reason
            if isinstance(fact, Policy):
                break
        await venue.looked.wait()
        await venue.canceled.wait()  # the order that the older ledger left open
        assert ("resume", "e1", 7) in venue.asked
        kinds = [kind for kind, *_ in venue.asked]
        assert kinds.index("resume") < kinds.index("events")
        assert {*kinds} <= {"resume", "events", "snapshot", "cancel", "query"}
        stop.set()
    (order,) = box.recorder.state.orders.at_venues()
    assert (order.state, order.remaining_lots) == (OrderState.UNKNOWN, 60)
    assert not box.recorder.state.breaks.open


MINUTE = 60 * SECOND
BOOK = BookView(
    venue="a", instrument=WETH, published_ns=START, mid_ticks=150_000, volume_lots=7,
    bids=((149_990, 10),), asks=((150_010, 8),),
)  # fmt: skip


async def heard(opened, wrong=()):
    """A box whose reference venue published a book a minute, one of them followed by others."""
    clock = SimpleNamespace(now_ns=lambda: at_ns)
    rng = random.Random(1)
    world = Surroundings(
        wall=clock, market=clock, rng=rng, bits=rng.getrandbits, venues={},
        link=CentreLink(opened, Config().central), free_bytes=lambda: 1 << 40,
    )  # fmt: skip
    at_ns = START
    box = Box(opened, Config(), world)
    box.recorder = SimpleNamespace(state=World().state)  # with a policy and an instrument

    class Publishing:
        async def books(self):
            nonlocal at_ns
            for minute in range(60):
                at_ns = START + minute * MINUTE
                mid = 150_000 + minute % 2 * 10
                yield replace(BOOK, published_ns=at_ns, mid_ticks=mid)
                for changes, later_ns in wrong if minute == 30 else ():
                    yield replace(BOOK, **{"published_ns": at_ns + later_ns, **changes})

    await box.board.follow(Publishing())
    return box


@pytest.mark.parametrize(
    ("changes", "later_ns"),
    [
        ({"mid_ticks": 1, "bids": (), "asks": ()}, 1),
        ({"mid_ticks": 15_000, "bids": ((15_000, 1),), "asks": ()}, 1),
        ({"mid_ticks": 900_000, "bids": ()}, 1),
        ({}, SECOND + 1),
        ({}, 86_400 * SECOND),
        ({"mid_ticks": 149_000}, -11 * SECOND),
    ],
)
async def test_a_book_that_can_be_no_reference_changes_no_estimate(opened, changes, later_ns):
    clean, told = await heard(opened), await heard(opened, [(changes, later_ns)])
    assert clean.board.estimates.variances[WETH].value > 0
    assert told.board.estimates == clean.board.estimates
    assert len(told.series.json()["t"]) == 60
