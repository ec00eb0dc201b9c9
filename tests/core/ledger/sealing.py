"""Seals entries that came without hashes, as their own writer would."""

from edgenode.core.ledger.chain import Tip, extend
from edgenode.model.ledgers import Entry, Sealed
from edgenode.wire.entry import Sealer


def seal_run(tip: Tip, entries: list[Entry]) -> list[Sealed]:
    """Seal entries onto `tip`, which grows; each is checked as a mirror checks it."""
    run = Sealer(tip.ledger).seal(entries, tip.prev)
    extend(tip, run)
    return run
