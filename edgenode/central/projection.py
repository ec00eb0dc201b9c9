"""The book follows what is stored: folded behind the cosignature, page by page, from the store.

Nothing is queued: what is left to fold is what the mirrors hold beyond the fold, so a burst, a cut
and a start are one case, and memory is one page. A node that catches up is stored and cosigned
first; its fold waits for a lull, `LAG_S` at most. Whoever reads the book calls `catch_up` before,
and then reads at least what was stored when it asked.
"""

import asyncio
from contextlib import suppress

import structlog

from edgenode.central.book import Book
from edgenode.model.ledgers import LedgerId
from edgenode.ports import Clock, MirrorStore

log = structlog.get_logger()

PAGE = 200
QUIET_S = 0.1
LAG_S = 5.0


class Projection:
    """Folds the nodes' ledgers into the book, as far as they are stored."""

    def __init__(self, book: Book, mirrors: MirrorStore, wall: Clock) -> None:
        self._book = book
        self._mirrors = mirrors
        self._wall = wall
        self._sizes: dict[LedgerId, int] = {}  # stored and not folded yet
        self._folding = asyncio.Lock()
        self._more = asyncio.Event()

    async def start(self) -> None:
        """Fold every ledger as far as it is held."""
        for ledger in await self._mirrors.ledgers():
            self.stored(ledger, (await self._mirrors.held(ledger)).size)
        await self.catch_up()

    def stored(self, ledger: LedgerId, size: int) -> None:
        """Hear that a ledger is durably held up to `size`."""
        self._sizes[ledger] = size
        self._more.set()

    async def follow(self) -> None:
        """Fold whatever comes, for ever."""
        while True:
            await self._more.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(LAG_S):
                    await self._lull()
            await self.catch_up()

    async def catch_up(self) -> None:
        """Fold all that is stored; others get their turn behind each page."""
        async with self._folding:
            while self._sizes:
                ledger, size = next(iter(self._sizes.items()))
                whole = await self._page(ledger, size)
                if whole and self._sizes[ledger] == size:  # nothing came meanwhile
                    del self._sizes[ledger]

    async def _page(self, ledger: LedgerId, size: int) -> bool:
        """Fold the next page of a ledger; tells whether it is folded up to `size`."""
        page = await self._mirrors.entries(ledger, self._book.folded_size(ledger), PAGE)
        for seq, reason in self._book.fold(ledger, page).items():
            log.warning("entry_set_aside", ledger=ledger.name, seq=seq, reason=reason)
            await self._mirrors.set_aside(ledger, seq, reason, self._wall.now_ns())
        return not page or self._book.folded_size(ledger) >= size

    async def _lull(self) -> None:
        """Wait until nothing has been stored for a moment."""
        with suppress(TimeoutError):
            while True:
                self._more.clear()
                async with asyncio.timeout(QUIET_S):
                    await self._more.wait()
