"""Keeps the centre's copy of the node's ledger equal to ours, and adopts what the centre says.

Every exchange begins with HELLO; the state table judges the pair of heads, and what it says is
done here: push what the centre lacks, take back what this copy lost, wait for approval, or stop.
While the link lives, each commit is pushed at once, so that a fill is cosigned in a round trip.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

import structlog

from edgenode.core.sync import receive
from edgenode.core.sync.session import JudgedHeads, SyncSession
from edgenode.core.sync.signed_time import SignedTime, Trusted
from edgenode.core.sync.table import FORK, Action, SyncVerdict
from edgenode.core.sync.tree import Tree
from edgenode.model.errors import (
    EdgenodeError,
    InvariantBrokenError,
    RefusedError,
    UnreachableError,
)
from edgenode.model.ledgers import Head, LedgerId, Sealed
from edgenode.ports.clock import Clock
from edgenode.ports.ledger import OwnChain
from edgenode.ports.mirrors import MirrorStore
from edgenode.ports.sync import CentrePeer
from edgenode.services.frames import frame_after
from edgenode.wire import checkpoint, note
from edgenode.wire import entry as wire_entry
from edgenode.wire.frame import Frame
from edgenode.wire.message import (
    EMPTY,
    WAIT_MS_MAX,
    HeadClaim,
    HelloAck,
    Message,
    Pull,
    PullReply,
    Push,
    PushAck,
)
from edgenode.wire.note import Verified, Vkey

log = structlog.get_logger()

LAGS_KEPT = 10_000
ADMITTED = "one history of this ledger, and a centre that admits this node"
SHOW_S = 3.0  # for a fork to be shown: a box that must stop does not wait for long
SECOND_NS = 1_000_000_000
SENT_S = 0.001  # until a request has left, and its time can be used
T = TypeVar("T", bound=Message)
Adopt = Callable[[bytes], Awaitable[None]]
CatchUp = Callable[[], Awaitable[None]]
Heed = Callable[[SyncVerdict], Awaitable[None]]
TakeBack = Callable[[Sequence[Sealed], Head], None]


@dataclass(frozen=True, slots=True)
class PinnedCentre:
    """The pinned centre: its name, the key of its ledgers, the key of its cosignatures."""

    party: str
    vkey: Vkey
    cosigner: Vkey
    down: LedgerId


@dataclass(slots=True)
class SyncProgress:
    """What people and metrics are told of sync."""

    online: bool = False
    offline_since_ns: int | None = None
    acked_size: int = 0
    unsynced_peak: int = 0
    last_error: str | None = None
    refused: RefusedError | None = None  # why the centre turned us away; None if it did not answer
    verdict: SyncVerdict | None = None
    found: SyncVerdict | None = (
        None  # what this connection began with; a rollback is then worked off
    )
    told_and_lost: int = 0  # entries that the centre told this node and no longer holds
    lags_ms: deque[float] = field(default_factory=lambda: deque(maxlen=LAGS_KEPT))


class Syncer:
    """The node's side of sync with one centre."""

    def __init__(  # noqa: PLR0913, PLR0917  what sync is made of
        self,
        own: OwnChain,
        own_vkey: Vkey,
        mirrors: MirrorStore,
        peer: CentrePeer,
        centre: PinnedCentre,
        wall: Clock,
        boot: Clock,
    ) -> None:
        self.progress = SyncProgress(offline_since_ns=wall.now_ns())
        self.appended = False  # this start has written: from here on, behind means a clone
        self.took_back = False  # this start found itself to be an old copy
        self.judged = asyncio.Event()
        self._own, self._mirrors, self._peer = own, mirrors, peer
        self._centre, self._wall, self._boot = centre, wall, boot
        self._time = SignedTime()
        self._tree = Tree(own.leaves, own.edge)
        self._session = SyncSession(own.ledger, own_vkey, self._tree)
        self._commit = asyncio.Event()
        self._acked = asyncio.Event()
        self._answered = asyncio.Event()
        self._unkept = (0, EMPTY)  # the newest acknowledgement: size, note
        self._sent_at: deque[tuple[int, int]] = deque(maxlen=LAGS_KEPT)  # (size, wall ns)
        own.on_commit.append(self._hear)

    async def start(self) -> None:
        """Read what was cosigned before."""
        acked = await self._mirrors.acked(self._own.ledger, self._centre.party)
        self.progress.acked_size = checkpoint.parse(acked).size if acked else 0

    def trusted(self) -> Trusted | None:
        """Return the time by the centre; None if it signed none since the start."""
        return self._time.at(self._boot.now_ns())

    async def converse(
        self, adopt: Adopt, take_back: TakeBack, heed: Heed, catch_up: CatchUp
    ) -> None:
        """Run one connection; ends with the error that broke it.

        `heed` is told what was judged, and may record it, before anything else is sent.
        `catch_up` adopts what is stored and was not adopted: the exchange before this one may
        have been cut off in between.
        """
        judged = await self._greet()
        self.progress.found = judged.verdict
        if judged.verdict.action is Action.PULL_BACK:
            await self._pull_back(take_back)
            self.took_back = True
            judged = await self._greet()
        self.judged.set()
        await heed(judged.verdict)
        self._settle(judged.verdict)
        shown = judged.mirror_note  # the answer to the last push may have been lost
        if judged.mirror_size > self.progress.acked_size and self._by_centre(shown):
            self._cosigned(shown)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._push(judged.mirror_size, tasks))
            tasks.create_task(self._keep())
            tasks.create_task(self._follow(adopt, catch_up))

    async def synced(self) -> None:
        """Wait until the centre has cosigned all that is durable."""
        while self._own.head and self.progress.acked_size < self._own.head.size:
            self._acked.clear()
            await self._acked.wait()

    def lately_online(self, within_s: float) -> bool:
        """Return whether the link is up, or was lost less than `within_s` ago."""
        progress = self.progress
        if progress.online or progress.offline_since_ns is None:
            return True
        lost_ns = self._wall.now_ns() - progress.offline_since_ns
        return progress.verdict is not None and lost_ns < within_s * SECOND_NS

    def lost(self, error: Exception) -> None:
        """Note that the link is down."""
        if self.progress.online or self.progress.offline_since_ns is None:
            self.progress.offline_since_ns = self._wall.now_ns()
        self.progress.online = False
        self.progress.refused = error if isinstance(error, RefusedError) else None
        if isinstance(error, UnreachableError):
            self.progress.found = None
        self.progress.last_error = str(error)[:200]
        self._sent_at.clear()

    # -- greeting ----------------------------------------------------------------------------

    async def _greet(self) -> JudgedHeads:
        own, session = self._own.head, self._session
        cosigned = await self._mirrors.acked(self._own.ledger, self._centre.party)
        held = await self._mirrors.held(self._centre.down)
        claim = HeadClaim(ledger=self._centre.down, note=held.head.note if held.head else EMPTY)
        hello = session.hello(own, cosigned, claim, fresh=not self.appended)
        ack = await self._ask(hello, HelloAck)
        # Patience may have ended while we asked: what this start has written since counts.
        judged = session.judge(own, cosigned, ack, fresh=not self.appended)
        self.progress.told_and_lost = max(0, held.size - self._told(ack))
        verdict = judged.verdict
        if judged.evidence is not None:
            data = judged.evidence.encode()
            # Power lost in here: kept or not; the next HELLO finds the same two histories.
            await self._mirrors.keep(self._own.ledger, data, self._wall.now_ns())
        log.info("sync_judged", verdict=verdict.name, code=verdict.code, mirror=judged.mirror_size)
        self.progress.verdict = verdict
        if verdict.action is Action.STOP:
            await self._show(judged)
            do = verdict.do_at(self._own.ledger.party)
            raise InvariantBrokenError(verdict.page, do=do, expected=ADMITTED, code=verdict.code)
        return judged

    def _told(self, ack: HelloAck) -> int:
        """Return how much of the down-ledger the centre holds, by its own signature."""
        said = next((a.note for a in ack.heads if a.ledger == self._centre.down), EMPTY)
        return checkpoint.verify(said, self._centre.vkey).size if said else 0

    async def _show(self, judged: JudgedHeads) -> None:
        """Show a centre that holds a shorter branch our own, so that it has the evidence too.

        It can tell by itself where our head is no longer than its own. Nothing is signed for it:
        what is shown was signed before. One try, for we stop whatever it says.
        """
        own_size = self._own.head.size if self._own.head else 0
        if judged.verdict is FORK and judged.mirror_size < own_size:
            with suppress(EdgenodeError, TimeoutError):
                async with asyncio.timeout(SHOW_S):
                    await self._peer.ask(
                        Push(frame_after(self._own, self._tree, judged.mirror_size))
                    )

    def _settle(self, verdict: SyncVerdict) -> None:
        """Refuse what cannot go on."""
        if verdict.action in {Action.AWAIT_APPROVAL, Action.AWAIT_ARCHIVE}:
            do = verdict.do_at(self._own.ledger.party)
            raise RefusedError(verdict.page, do=do, expected=ADMITTED, code=verdict.code)
        self.progress.online = True
        self.progress.offline_since_ns = None
        self.progress.last_error = self.progress.refused = None

    async def _pull_back(self, take_back: TakeBack) -> None:
        """Take our own entries back from the centre; nothing was appended since the start."""
        ledger = self._own.ledger
        size = self._own.head.size if self._own.head else 0
        held = receive.HeldLedger(
            ledger, self._own.head, self._leaf(size), self._tree.frontier(size)
        )
        sealed: list[Sealed] = []
        said = size + 1
        while held.size < said:
            reply = await self._ask(Pull(ledger=ledger, after=held.size), PullReply)
            taken = receive.take(reply.frame, held, self._session.vkey, whole=False)
            sealed.extend(taken.sealed)
            held, said = taken.after, taken.said
        assert held.head is not None
        # Power lost before this: nothing was taken back; the next start is behind again. Behind
        # it: the store's note says so (`took_back`), and the first step restricts the node.
        take_back(sealed, held.head)
        log.warning("took_own_entries_back", before=size, after=held.size)

    def _leaf(self, size: int) -> bytes:
        return self._own.leaves(size - 1, size)[0] if size else bytes(32)

    # -- pushing -----------------------------------------------------------------------------

    async def _push(self, held: int, tasks: asyncio.TaskGroup) -> None:
        """Push whatever the centre lacks, and each commit as it comes.

        What the centre says that it holds is the only cursor. While a frame is on its way the next
        one is made, and the acknowledgement of the one before stored.
        """
        ready: Frame | None = None
        while True:
            while self._own.head is not None and held < self._own.head.size:
                if ready is None or ready.first != held + 1:
                    ready = frame_after(self._own, self._tree, held)
                made = tasks.create_task(self._next(ready.end))
                answer = await self._ask(Push(ready), PushAck)
                held, ready = self._cosigned(answer.note), await made
            self._commit.clear()
            if self._own.head is None or held >= self._own.head.size:
                await self._commit.wait()

    async def _next(self, after: int) -> Frame | None:
        """Make the frame behind one that has just been sent; None if nothing follows yet."""
        if self._own.head is None or after >= self._own.head.size:
            return None
        await asyncio.sleep(SENT_S)
        return frame_after(self._own, self._tree, after)

    def _cosigned(self, cosigned: str) -> int:
        """Check an acknowledgement and have it stored; give what the centre holds."""
        said = checkpoint.verify(cosigned, self._session.vkey)
        by_centre = self._by_centre(cosigned)
        if not by_centre:
            raise RefusedError(
                "an acknowledgement that the centre did not cosign",
                expected="the cosignature of the centre that this box is enrolled at",
                do="compare DIR/centre.json with the centre's keys; enrol again if they changed",
                code="EN308",
            )
        if by_centre[0].at_s is not None:
            self._time.signed(said.size, by_centre[0].at_s, cosigned, self._boot.now_ns())
        self._unkept = (said.size, cosigned)
        self._answered.set()
        return said.size

    def _by_centre(self, text: str) -> tuple[Verified, ...]:
        """Return the cosignatures of the enrolled centre under a note; none under no note."""
        return note.parse(text).verify([self._centre.cosigner]) if text else ()

    async def _keep(self) -> None:
        """Store acknowledgements as they come, each newest one; only then is it told."""
        while True:
            await self._answered.wait()
            self._answered.clear()
            size, cosigned = self._unkept
            # Power lost in here: the newest acknowledgement may be missing; HELLO shows it again.
            await self._mirrors.ack(self._own.ledger, self._centre.party, size, cosigned)
            self.progress.acked_size = size
            now = self._wall.now_ns()
            while self._sent_at and self._sent_at[0][0] <= size:
                _, at_ns = self._sent_at.popleft()
                self.progress.lags_ms.append((now - at_ns) / 1e6)
            self._acked.set()

    def _hear(self, _: list[Sealed], head: Head) -> None:
        self._commit.set()
        self._time.made(head.size, self._boot.now_ns())
        waiting = head.size - self.progress.acked_size
        self.progress.unsynced_peak = max(self.progress.unsynced_peak, waiting)
        if self.progress.online:
            self._sent_at.append((head.size, self._wall.now_ns()))

    # -- pulling -----------------------------------------------------------------------------

    async def _follow(self, adopt: Adopt, catch_up: CatchUp) -> None:
        """Pull the down-ledger as it grows; each entry is stored before it is adopted.

        A centre that lost what it told has nothing to add; what is recorded here goes to it.
        """
        await catch_up()
        if self.progress.told_and_lost:
            return
        held = await self._mirrors.held(self._centre.down)
        while True:
            pull = Pull(ledger=self._centre.down, after=held.size, wait_ms=WAIT_MS_MAX)
            frame = (await self._ask(pull, PullReply)).frame
            if not frame.entries:
                continue
            taken = receive.take(frame, held, self._centre.vkey)
            await self._mirrors.store(held, taken)
            # Power or link lost here: stored and not adopted; the next start, or the next
            # exchange, adopts it before anything else (link.adopt_held).
            held = taken.after
            for sealed in taken.sealed:
                await adopt(wire_entry.data_of(self._centre.down, sealed))

    async def _ask(self, message: Message, kind: type[T]) -> T:
        answer = await self._peer.ask(message)
        if not isinstance(answer, kind):
            raise RefusedError(
                f"the centre answers {type(answer).__name__}",
                expected=kind.__name__,
                do="use releases of box and centre that speak the same PROTOCOL.md",
                code="EN308",
            )
        return answer
