"""Ledgers of which two signed histories were seen: nothing more of them is taken or handed out.

Whoever holds the key can sign a branch: a clone, a restored disk that wrote on, a thief. Which of
two branches is the node's, no protocol can tell. So the evidence is kept, both writers are refused
with it (EN303), whatever they show next, and the node goes on as a new incarnation with new keys,
once a person has looked. What was cosigned before stays as it is.
"""

import structlog

from edgenode.core.sync import evidence
from edgenode.core.sync.evidence import Evidence, ForkError
from edgenode.model.ledgers import LedgerId
from edgenode.ports.mirrors import MirrorStore
from edgenode.wire import checkpoint

log = structlog.get_logger()


class Quarantine:
    """Knows every ledger that is quarantined: as kept, and as found since."""

    def __init__(self, mirrors: MirrorStore) -> None:
        self._mirrors = mirrors
        self._known: dict[LedgerId, Evidence | None] = {}

    async def begin(self, ledger: LedgerId, found: Evidence, at_ns: int) -> None:
        """Quarantine a ledger, durably on return."""
        if self._known.get(ledger) is None:
            self._known[ledger] = found
            log.warning("ledger_quarantined", ledger=ledger.name)
        # Power lost here: it is not quarantined; the next exchange that shows both branches is.
        await self._mirrors.keep(ledger, found.encode(), at_ns)

    async def refuse(self, ledger: LedgerId) -> None:
        """Raise ForkError with the evidence where a ledger is quarantined."""
        found = await self.of(ledger)
        if found is not None:
            sizes = checkpoint.parse(found.shorter).size, checkpoint.parse(found.longer).size
            raise ForkError(found, ledger.name, sizes)

    async def of(self, ledger: LedgerId) -> Evidence | None:
        """Return why a ledger is quarantined; None if it is not."""
        if ledger not in self._known:
            kept = await self._mirrors.evidence(ledger)
            self._known.setdefault(ledger, evidence.parse(kept) if kept else None)
        return self._known[ledger]
