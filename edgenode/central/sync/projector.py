"""Folds what is stored into the book, behind the sync server, which never waits for it.

    stored by the server  N entries, durable; the node has its cosignature
    read back and folded  in pages, each ledger in its own order, in turns
    set aside             what cannot be folded, with its reason; those behind it go on

Nothing is remembered of the fold but the book itself: a crash anywhere loses nothing, the next
start folds from what is stored, and a reason that was noted before is noted once. Whoever reads
the book first waits for `caught_up`: then it holds all that was cosigned until that call.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import structlog

from edgenode.central.centre import Centre
from edgenode.model.ids import NodeId
from edgenode.model.ledgers import LedgerId
from edgenode.ports.mirrors import MirrorStore

log = structlog.get_logger()

PAGE = 64  # entries folded before others get their turn: a few milliseconds
PAUSE_S = 0.01  # within this a node that has more to send sends it
PATIENCE_S = 0.05  # a page is folded at least this often, however busy the server is


@dataclass(frozen=True, slots=True)
class FoldProgress:
    """How many of the stored entries are folded."""

    folded: int
    stored: int

    @property
    def behind(self) -> int:
        """Return how many are stored and not folded yet."""
        return self.stored - self.folded


class Projector:
    """The one that folds; it drives itself (`run`), and readers drive it (`caught_up`)."""

    def __init__(self, centre: Centre, mirrors: MirrorStore) -> None:
        self._centre, self._mirrors = centre, mirrors
        self._stored: dict[LedgerId, int] = {}
        self._folded: dict[LedgerId, int] = defaultdict(int)
        self._aside: dict[LedgerId, dict[int, str]] = defaultdict(dict)
        self._locks: dict[LedgerId, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._taking = 0
        self._quiet, self._behind = asyncio.Event(), asyncio.Event()
        self._quiet.set()

    async def start(self) -> None:
        """Find what is stored: all of it is to be folded."""
        for ledger in await self._mirrors.ledgers():
            self.stored(ledger, (await self._mirrors.held(ledger)).size)

    def stored(self, ledger: LedgerId, size: int) -> None:
        """Note that the first `size` entries of a ledger are durable."""
        self._stored[ledger] = size
        self._behind.set()

    @contextmanager
    def giving_way(self) -> Iterator[None]:
        """Delay the fold while a frame is taken and another may follow.

        For `PATIENCE_S` at most, however many there are.
        """
        self._taking += 1
        self._quiet.clear()
        try:
            yield
        finally:
            self._taking -= 1
            asyncio.get_running_loop().call_later(PAUSE_S, self._rest)

    def _rest(self) -> None:
        if self._taking == 0:
            self._quiet.set()

    async def caught_up(self, node: NodeId | None = None) -> None:
        """Fold what was stored until now, of one node or of all."""
        for ledger, size in list(self._stored.items()):
            if node is None or ledger.party == node:
                while self._folded[ledger] < size:
                    await self._fold(ledger)

    def progress(self, node: NodeId | None = None) -> FoldProgress:
        """Return how far the fold is, of one node's ledgers or of all."""
        mine = [key for key in self._stored if node is None or key.party == node]
        return FoldProgress(
            sum(self._folded[key] for key in mine), sum(self._stored[key] for key in mine)
        )

    async def run(self) -> None:
        """Fold whatever is stored until canceled."""
        while True:
            await self._behind.wait()
            self._behind.clear()
            while behind := self._ledgers_behind():
                for ledger in behind:
                    await self._turn()
                    await self._fold(ledger)

    def _ledgers_behind(self) -> list[LedgerId]:
        return [key for key, size in self._stored.items() if self._folded[key] < size]

    async def _turn(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                await self._quiet.wait()

    async def _fold(self, ledger: LedgerId) -> None:
        """Fold one page, then let others have their turn."""
        async with self._locks[ledger]:
            after = self._folded[ledger]
            # Only what is known to be committed: a read may see more.
            count = min(PAGE, self._stored[ledger] - after)
            if count > 0:
                page = await self._mirrors.entries(ledger, after, count)
                assert len(page) == count, "what was cosigned is held"
                self._aside[ledger] |= self._centre.project(ledger, page)
                await self._note_aside(ledger)
                self._folded[ledger] = after + count
        await asyncio.sleep(0)

    async def _note_aside(self, ledger: LedgerId) -> None:
        """Note each reason durably; one whose reader was cancelled is noted by the next."""
        aside = self._aside[ledger]
        for seq, reason in list(aside.items()):
            log.warning("entry_set_aside", ledger=ledger.name, seq=seq, reason=reason)
            # Power lost here: the next start folds it again, finds the same and notes it.
            await self._mirrors.set_aside(ledger, seq, reason, self._centre.wall.now_ns())
            del aside[seq]
