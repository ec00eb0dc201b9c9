"""The one writer of the ledger.

It decides and evolves at once, in memory, so that orders waiting together see each other's
reservations; the store's writer thread batches, and one fsync pays for all that waited. What
follows from an entry is told only after its batch is committed, in the order of the ledger.
"""

import asyncio
from asyncio import Future
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from edgenode.core.node import Recorded, step
from edgenode.core.observations import (
    CancelAllAsked,
    CancelAsked,
    DigestDue,
    DiskFound,
    Observation,
    PauseAsked,
    SessionEnded,
    StateAsked,
)
from edgenode.core.past import Recalled, names_of, past_of
from edgenode.core.seen import NO_PAST, Seen
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.snapshot import Snapshot, taken
from edgenode.model.errors import EdgenodeError, RefusedError, UnreachableError
from edgenode.model.hlc import Hlc
from edgenode.model.ledgers import ExternalId, Head
from edgenode.ports.clock import Clock
from edgenode.ports.ledger import LedgerStore
from edgenode.wire.facts import decode

Listener = Callable[[Recorded], None]
Stepped = Callable[[Observation, list[Recorded]], None]
SNAPSHOT_EVERY = 20_000  # entries
URGENT = (PauseAsked, StateAsked, DiskFound, CancelAsked, CancelAllAsked, SessionEnded)


class StoppingError(UnreachableError):
    """The node is about to end: it records nothing any more."""

    code = "EN302"

    def __init__(self) -> None:
        super().__init__(
            "the node is stopping and records nothing more",
            expected="a running node",
            do="ask again once it runs; what it answered before is recorded",
        )


class Recorder:
    """Owns the tentative state; nobody else changes it."""

    def __init__(
        self,
        state: NodeState,
        store: LedgerStore,
        seen: Seen,
        *,
        wall: Clock,
        market: Clock,
        hlc: Hlc,
    ) -> None:
        self.state = state
        self.seen = seen
        self._store = store
        self._wall = wall
        self._market = market
        self._hlc = hlc
        self._pending: deque[tuple[Future[Head], list[Recorded]]] = deque()
        self._listeners: list[Listener] = []
        # Called behind each step, before anything of it is durable: for who judges, never for
        # who acts.
        self.on_step: list[Stepped] = []
        self._failed: BaseException | None = None
        self._failure = asyncio.Event()
        self._begun = asyncio.Event()
        self._closed: Callable[[], EdgenodeError] | None = None
        self._snapshot_at = state.size

    def tell(self, listener: Listener) -> None:
        """Call `listener` for every entry, once it is durable."""
        self._listeners.append(listener)

    async def begin(self, *firsts: Observation) -> None:
        """Take the first steps of a start; until then every other step waits, and none between.

        A copy that may be old must not write before it is recognised (core/sync/STATES.md).
        """
        self._begun.set()
        # Nothing else runs before the last of these is taken: with an empty queue none of them
        # waits for room.
        taken = [await self.take(observation) for observation in firsts]
        for durable, _ in taken:
            if durable is not None:
                await asyncio.shield(durable)

    async def end(self, last: Observation) -> None:
        """Take the last step of a clean stop, and wait until it is durable.

        Every later step raises StoppingError. So the ledger ends with this step, and whoever
        waits until the centre holds it leaves nothing behind. Power lost before it is durable: the
        next start reads a ledger without it, as after any crash.
        """
        durable, _ = await self.take(last)
        self.close(StoppingError)  # the loop did not run anything else since that step
        if durable is not None:
            await asyncio.shield(durable)

    def close(self, why: Callable[[], EdgenodeError]) -> None:
        """Record nothing from here on: every step raises `why`."""
        self._closed = why
        self._begun.set()

    @property
    def begun(self) -> bool:
        """Return whether this start has taken its first step."""
        return self._begun.is_set()

    async def observe(self, observation: Observation) -> list[Recorded]:
        """Take one step and wait until it is durable. Any failure to store ends the node."""
        durable, recorded = await self.take(observation)
        if durable is not None:
            await asyncio.shield(durable)  # others wait for it too: who leaves takes nothing along
        return recorded

    async def take(self, observation: Observation) -> tuple[Future[Head] | None, list[Recorded]]:
        """Take one step without waiting for durability: back-pressure is the room alone.

        Raises StoppingError behind the last step of a clean stop, and what `close` was told.
        """
        # Waits here, before anything is decided.
        await self._begun.wait()
        await self._store.room(urgent=isinstance(observation, URGENT))
        if self._closed is not None:  # perhaps while this waited for room
            raise self._closed()
        recorded = self._step(observation)
        for stepped in self.on_step:
            stepped(observation, recorded)
        if not recorded:
            return self._tail(), recorded
        # Power lost before the commit: nothing of this step was told to anyone.
        names = [(name, r.entry.seq) for r in recorded for name in names_of(r.fact)]
        durable = self._store.append(
            [r.entry for r in recorded], names, self._snapshot(observation)
        )
        self._pending.append((durable, recorded))
        durable.add_done_callback(self._release)
        return durable, recorded

    def recall(self, name: ExternalId) -> Recalled | None:
        """Find an entry by a name that may have left the state."""
        found = self._store.recall(name)
        if found is None:
            return None
        entry = found.entry
        return Recalled(found.seq, decode(entry.kind, entry.body) if entry else None)

    async def settled(self) -> None:
        """Wait until all that the tentative state holds is durable: a read tells it too."""
        tail = self._tail()
        if tail is not None:
            await asyncio.shield(tail)

    async def guard(self) -> None:
        """Wait for the failure that ends the node: a failed commit, or a step that broke."""
        await self._failure.wait()
        assert self._failed is not None
        raise self._failed

    def _step(self, observation: Observation) -> list[Recorded]:
        if self._failed is not None:
            raise self._failed
        size = self.state.size
        past = past_of(self.state, observation, self.recall)
        try:
            return step(
                self.state,
                self.seen if past is NO_PAST else replace(self.seen, past=past),
                observation,
                now_ns=self._market.now_ns(),
                wall_ns=self._wall.now_ns(),
                hlc=self._hlc,
            )
        except RefusedError as error:
            if self.state.size == size:
                raise  # turned away before anything changed
            self._fail(error)
            raise
        except Exception as error:
            self._fail(error)  # the tentative state can no longer be trusted
            raise

    def _snapshot(self, observation: Observation) -> Snapshot | None:
        """Take a snapshot with every digest, and after many entries."""
        size = self.state.size
        if not isinstance(observation, DigestDue) and size - self._snapshot_at < SNAPSHOT_EVERY:
            return None
        self._snapshot_at = size
        return taken(self.state)

    def _fail(self, error: BaseException) -> None:
        if self._failed is None:
            self._failed = error
            self._failure.set()

    def _tail(self) -> Future[Head] | None:
        return self._pending[-1][0] if self._pending else None

    def _release(self, _: Future[Head]) -> None:
        while self._pending and self._pending[0][0].done():
            durable, recorded = self._pending.popleft()
            error = durable.exception()
            if error is not None:
                self._fail(error)
                return
            # Power lost here: durable, and not told. What must follow is found in the state at the
            # next start (executor._resume); who waits for an answer asks by the same name.
            for one in recorded:
                for listener in self._listeners:
                    listener(one)
