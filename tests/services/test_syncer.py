import asyncio

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edgenode.adapters.clock import BootClock, WallClock
from edgenode.adapters.mirrors.sqlite import Mirrors
from edgenode.core.ledger.merkle import Frontier
from edgenode.core.sync import receive
from edgenode.core.sync.evidence import ForkError
from edgenode.core.sync.receive import HeldLedger
from edgenode.model.errors import InvariantBrokenError, RefusedError, UnreachableError
from edgenode.model.ledgers import LedgerId
from edgenode.services.syncer import PinnedCentre, Syncer
from edgenode.wire import checkpoint
from edgenode.wire.message import HeadAnswer, HelloAck, Pull, Push, PushAck
from edgenode.wire.note import COSIGNATURE_V1, Signer
from tests.core.sync.parties import LEDGER, SIGNER, Writer

CENTRE = Signer("centre", Ed25519PrivateKey.generate())
COSIGNER = Signer("centre-cosigner", Ed25519PrivateKey.generate(), COSIGNATURE_V1)
COMMIT = 500  # entries under a head: a frame holds two of these


class Own:
    """A ledger of commits of the same length."""

    ledger = LEDGER

    def __init__(self, count):
        self.writer = Writer(count)
        self.head = self.writer.head()
        self.on_commit = []
        self.asked, self.ahead = [], asyncio.Event()

    def covered(self, after, limit):
        self.asked.append(after)
        if len(self.asked) > 1:
            self.ahead.set()
        ends = range(after + COMMIT, after + limit + 1, COMMIT)
        heads = [self.writer.head(end) for end in ends if end <= self.writer.size]
        return self.writer.sealed[after : after + limit], heads

    def leaves(self, start, end):
        return [sealed.leaf for sealed in self.writer.sealed[start:end]]

    def edge(self):
        return Frontier()


class Peer:
    """A centre that takes what it is given, and holds each push until it may answer."""

    def __init__(self, own):
        self.own, self.held, self.pushed = own, HeldLedger(LEDGER), []
        self.may_answer = asyncio.Semaphore(0)
        self.breaks, self.takes = False, None

    async def ask(self, message):
        match message:
            case Push(frame):
                self.pushed.append(frame.first)
                await self.may_answer.acquire()
                if self.breaks:
                    raise UnreachableError("the link is down", code="EN301")
                if self.takes is not None:  # less than it was given
                    frame, self.takes = self.own.writer.frame(1, self.takes), None
                self.held = receive.take(frame, self.held, SIGNER.vkey).after
                note = checkpoint.cosign(self.held.head.note, COSIGNER, 1)
                return PushAck(ledger=LEDGER, note=note)
            case Pull():
                return await asyncio.get_running_loop().create_future()  # nothing ever follows
            case _:
                return HelloAck(standing="current", heads=(HeadAnswer(ledger=LEDGER),))


@pytest.fixture
async def ends(tmp_path):
    own = Own(COMMIT * 6)
    mirrors = await Mirrors.open(tmp_path / "peers.sqlite")
    down = LedgerId("centre", ">edge-07", 1)
    centre = PinnedCentre("centre", CENTRE.vkey, COSIGNER.vkey, down)
    peer = Peer(own)
    yield (
        own,
        peer,
        mirrors,
        Syncer(own, SIGNER.vkey, mirrors, peer, centre, WallClock(), BootClock()),
    )
    await mirrors.close()


async def heed(_):
    """Go on, whatever the centre allows."""


async def caught_up():
    """Nothing is stored that was not adopted."""


async def live(syncer):
    await syncer.converse(None, None, heed, caught_up)


async def test_the_next_frame_is_made_while_one_is_on_its_way(ends):
    own, peer, mirrors, syncer = ends
    async with asyncio.TaskGroup() as tasks:
        talk = tasks.create_task(live(syncer))
        await own.ahead.wait()
        assert peer.pushed == [1], "one push at a time"
        assert own.asked == [0, 1_000]
        for _ in range(3):
            peer.may_answer.release()
        await syncer.synced()
        assert own.asked == [0, 1_000, 2_000], "each was made once"
        assert peer.pushed == [1, 1_001, 2_001]
        assert checkpoint.parse(await mirrors.acked(LEDGER, "centre")).size == 3_000
        talk.cancel()


async def test_what_was_made_ahead_is_not_sent_where_the_centre_holds_something_else(ends):
    own, peer, _, syncer = ends
    async with asyncio.TaskGroup() as tasks:
        talk = tasks.create_task(live(syncer))
        await own.ahead.wait()
        peer.takes = COMMIT
        for _ in range(4):
            peer.may_answer.release()
        await syncer.synced()
        assert peer.pushed == [1, COMMIT + 1, COMMIT + 1_001, COMMIT + 2_001]
        talk.cancel()


async def test_a_lost_link_ends_the_exchange_with_that_error(ends):
    _, peer, _, syncer = ends
    peer.breaks = True
    peer.may_answer.release()
    with pytest.raises(ExceptionGroup) as caught:
        await live(syncer)
    (error,) = caught.value.exceptions
    assert isinstance(error, UnreachableError)


async def test_what_an_exchange_before_stored_is_adopted_before_more_is_asked_for(ends):
    own, peer, _, syncer = ends
    order, pulled = [], asyncio.Event()

    async def ask(message):
        if isinstance(message, Pull):
            order.append("pull")
            pulled.set()
            return await asyncio.get_running_loop().create_future()
        note = checkpoint.cosign(own.head.note, COSIGNER, 1)
        return HelloAck(standing="current", heads=(HeadAnswer(ledger=LEDGER, note=note),))

    async def catch_up():
        await syncer.synced()
        order.append("caught up")

    peer.ask = ask
    async with asyncio.TaskGroup() as tasks:
        talk = tasks.create_task(syncer.converse(None, None, heed, catch_up))
        await pulled.wait()
        talk.cancel()
    assert order == ["caught up", "pull"]


async def test_an_acknowledgement_that_was_lost_is_taken_from_the_next_hello(ends):
    own, peer, mirrors, syncer = ends

    async def ask(message):
        if isinstance(message, Pull):
            return await asyncio.get_running_loop().create_future()
        note = checkpoint.cosign(own.head.note, COSIGNER, 1)
        return HelloAck(standing="current", heads=(HeadAnswer(ledger=LEDGER, note=note),))

    peer.ask = ask
    async with asyncio.TaskGroup() as tasks:
        talk = tasks.create_task(live(syncer))
        await syncer.synced()
        assert syncer.progress.acked_size == own.head.size
        assert checkpoint.parse(await mirrors.acked(LEDGER, "centre")).size == own.head.size
        talk.cancel()


@pytest.mark.parametrize("answers", [True, False])
async def test_a_longer_branch_is_shown_to_the_centre_before_the_box_stops(ends, answers):
    _, peer, mirrors, syncer = ends
    other = Writer(COMMIT * 2, twist=10)
    shown = []

    async def ask(message):
        if isinstance(message, Push):
            shown.append(message.frame)
            raise RefusedError("", code="EN303") if answers else UnreachableError("", code="EN301")
        head = HeadAnswer(ledger=LEDGER, note=other.head().note)
        return HelloAck(standing="current", heads=(head,))

    peer.ask = ask
    with pytest.raises(InvariantBrokenError) as caught:
        await live(syncer)
    assert caught.value.code == "EN303"
    assert await mirrors.evidence(LEDGER)
    (frame,) = shown
    with pytest.raises(ForkError) as found:
        receive.take(frame, other.held(other.size), SIGNER.vkey)
    assert found.value.evidence.proves_fork()


async def test_a_shorter_branch_needs_no_showing(ends):
    _, peer, _, syncer = ends
    other = Writer(COMMIT * 8, twist=10)
    size = COMMIT * 6
    asked = []

    async def ask(message):
        asked.append(message)
        head = HeadAnswer(
            ledger=LEDGER,
            note=other.head().note,
            at_root=other.tree.root_at(size),
            proof=other.tree.proof(size, other.size),
        )
        return HelloAck(standing="current", heads=(head,))

    peer.ask = ask
    with pytest.raises(InvariantBrokenError):
        await live(syncer)
    assert len(asked) == 1, "the centre saw it by the HELLO"


class Wall:
    """A clock that a test sets."""

    def __init__(self):
        self.seconds = 1_000

    def now_ns(self):
        return self.seconds * 1_000_000_000


async def test_a_link_that_was_lost_a_moment_ago_counts_as_one_for_a_stop(ends, monkeypatch):
    _, peer, _, syncer = ends
    wall = Wall()
    monkeypatch.setattr(syncer, "_wall", wall)
    syncer.progress.offline_since_ns = wall.now_ns()
    assert not syncer.lately_online(10), "a node that never spoke with its centre does not wait"
    peer.breaks = True
    peer.may_answer.release()
    with pytest.raises(ExceptionGroup) as caught:
        await live(syncer)
    assert syncer.lately_online(10), "online until told otherwise"
    syncer.lost(caught.value.exceptions[0])
    wall.seconds += 9
    assert syncer.lately_online(10)
    wall.seconds += 1
    assert not syncer.lately_online(10)


@pytest.mark.parametrize(
    "error",
    [
        RefusedError("a signature that does not hold", do="ask the desk", code="EN307"),
        UnreachableError("the link is down", code="EN301"),
    ],
)
async def test_a_centre_that_refuses_is_told_apart_from_one_that_does_not_answer(ends, error):
    syncer = ends[3]
    syncer.lost(error)
    assert syncer.progress.refused is (error if isinstance(error, RefusedError) else None)
    syncer.lost(UnreachableError("the link is down", code="EN301"))
    assert syncer.progress.refused is None
