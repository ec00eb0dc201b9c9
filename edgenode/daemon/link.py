"""The node's link to its centre: whether there is one, when a start may write, what is shown."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from edgenode.core.sync.signed_time import Trusted
from edgenode.core.sync.table import Anchor, SyncVerdict, may_append
from edgenode.daemon.config import Central
from edgenode.daemon.folder.folder import OpenedNode
from edgenode.daemon.view.status import NO_LINK, LinkStatus
from edgenode.model.errors import InvariantBrokenError, RefusedError, UnreachableError
from edgenode.model.hlc import ms_of
from edgenode.model.ledgers import LedgerId
from edgenode.ports.clock import Clock
from edgenode.ports.mirrors import MirrorStore
from edgenode.ports.sync import CentrePeer
from edgenode.services.syncer import Heed, PinnedCentre, Syncer
from edgenode.wire import entry as wire_entry

log = structlog.get_logger()

RETRY_FIRST_S = 0.1
Adopt = Callable[[bytes], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """What sync with a centre needs."""

    syncer: Syncer
    mirrors: MirrorStore
    down: LedgerId
    rng: random.Random  # jitter of retries


class CentreLink:
    """Runs sync for as long as the box lives; without a centre it only guards the start."""

    def __init__(
        self, opened: OpenedNode, settings: Central, linked: Linked | None = None
    ) -> None:
        self._opened = opened
        self._settings = settings
        self._linked = linked
        self._syncer = linked.syncer if linked else None
        self._size_at_start = opened.state.size

    @classmethod
    async def to(  # noqa: PLR0913, PLR0917  what a link is made of
        cls,
        opened: OpenedNode,
        settings: Central,
        centre: PinnedCentre,
        mirrors: MirrorStore,
        peer: CentrePeer,
        rng: random.Random,
        wall: Clock,
        boot: Clock,
    ) -> "CentreLink":
        """Link to a pinned centre; nothing is sent yet."""
        syncer = Syncer(opened.store, opened.signer.vkey, mirrors, peer, centre, wall, boot)
        await syncer.start()
        linked = Linked(syncer=syncer, mirrors=mirrors, down=centre.down, rng=rng)
        return cls(opened, settings, linked)

    @property
    def took_back(self) -> bool:
        """Return whether this start found itself to be an old copy."""
        return self._syncer is not None and self._syncer.took_back

    @property
    def judged(self) -> SyncVerdict | None:
        """Return what the newest answer to a HELLO means; None if none came since the start."""
        return None if self._syncer is None else self._syncer.progress.verdict

    @property
    def online(self) -> bool:
        """Return whether the centre answers now."""
        return self._syncer is not None and self._syncer.progress.online

    def trusted(self) -> Trusted | None:
        """Return the time by the centre; None if it signed none since the start."""
        return None if self._syncer is None else self._syncer.trusted()

    async def run(self, adopt: Adopt, heed: Heed) -> None:
        """Sync until canceled; every loss of the link is retried, two histories end the node."""
        if self._linked is None:
            return
        syncer, rng = self._linked.syncer, self._linked.rng

        async def catch_up() -> None:
            await self.adopt_held(self.adopted(), adopt)

        pause_s = RETRY_FIRST_S
        while True:
            try:
                await syncer.converse(adopt, self._opened.take_back, heed, catch_up)
            except* (UnreachableError, RefusedError) as group:
                error = group.exceptions[0]
                was_online = syncer.progress.online
                syncer.lost(error)
                if was_online:
                    log.warning("centre_lost", found=str(error)[:200])
                    pause_s = RETRY_FIRST_S
            await asyncio.sleep(rng.uniform(0, pause_s))
            pause_s = min(self._settings.retry_max_s, pause_s * 2)

    async def first_hello(self) -> None:
        """Wait until this start may append; EN407 if it may not."""
        waited_out = self._syncer is None
        if self._syncer is not None:
            try:
                async with asyncio.timeout(self._settings.hello_wait_s):
                    await self._syncer.judged.wait()
            except TimeoutError:
                waited_out = True
        judged = None if waited_out else self.judged
        anchor = self._opened.anchor()
        empty = self._size_at_start == 0
        if not may_append(judged, waited_out=waited_out, anchor=anchor, empty=empty):
            raise _not_this_copy(anchor)
        if self._syncer is not None:
            self._syncer.appended = True

    async def adopt_held(self, after: int, adopt: Adopt) -> None:
        """Adopt what was stored before and never adopted."""
        if self._linked is None:
            return
        mirrors, down = self._linked.mirrors, self._linked.down
        while page := await mirrors.entries(down, after, 500):
            for sealed in page:
                await adopt(wire_entry.data_of(down, sealed))
            after = page[-1].entry.seq

    def adopted(self) -> int:
        """Return how far the down-ledger was adopted."""
        if self._linked is None:
            return 0
        cursor = self._opened.state.grants.cursors.get(self._linked.down.name)
        return cursor.seq if cursor else 0

    async def drained(self, within_s: float) -> None:
        """Wait until the centre has cosigned everything; return at once if there is no link.

        A link that was lost less than `within_s` ago counts as one: it may come back in time.
        """
        if self._syncer is not None and self._syncer.lately_online(within_s):
            await self._syncer.synced()

    def status(self) -> LinkStatus:
        """Return what the page and metrics show."""
        if self._syncer is None:
            return NO_LINK
        progress = self._syncer.progress
        size = self._opened.store.head.size if self._opened.store.head else 0
        oldest = self._opened.store.read(progress.acked_size, 1)
        return LinkStatus(
            configured=True,
            online=progress.online,
            offline_since_ns=progress.offline_since_ns,
            acked_size=progress.acked_size,
            unsynced_entries=max(0, size - progress.acked_size),
            unsynced_peak=progress.unsynced_peak,
            oldest_unsynced_ns=ms_of(oldest[0].entry.hlc) * 1_000_000 if oldest else None,
            last_error=progress.last_error,
            refused=progress.refused,
            lag_ms=tuple(progress.lags_ms),
            found=progress.found,
            took_back=self.took_back,
            told_and_lost=progress.told_and_lost,
        )


def _not_this_copy(anchor: Anchor) -> InvariantBrokenError:
    return InvariantBrokenError(
        f"this copy of the ledger may be old: its anchor {anchor.value}, and no centre answered",
        expected="a centre that answers, or the anchor beside the folder agreeing",
        do="bring a path to the centre; or begin a new incarnation with new keys",
        code="EN407",
    )
