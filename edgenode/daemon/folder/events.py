"""Micro-events read back from a ledger: which there were, and one folded for its report."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from edgenode.adapters.ledger import start as ledger_start
from edgenode.adapters.ledger.files import LedgerFiles
from edgenode.core import node
from edgenode.core.report.event import EventFold
from edgenode.daemon.folder import exported, folder, proving
from edgenode.model.errors import RefusedError
from edgenode.model.facts import MicroEventClosed, MicroEventOpened
from edgenode.model.ids import EventId
from edgenode.model.ledgers import Entry
from edgenode.wire import facts as wire_facts

Json = dict[str, Any]
Listed = tuple[int, MicroEventOpened, MicroEventClosed | None]
OPENED, CLOSED = MicroEventOpened.__name__, MicroEventClosed.__name__


def listed(
    entries: Iterable[Entry],
) -> list[Listed]:
    """Return each micro-event with the seq that opened it, oldest first, and how it ended."""
    found: dict[EventId, Listed] = {}
    for entry in entries:
        if entry.kind not in {OPENED, CLOSED}:
            continue
        fact = wire_facts.decode(entry.kind, entry.body)
        if isinstance(fact, MicroEventOpened):
            found.pop(fact.event_id, None)
            found[fact.event_id] = entry.seq, fact, None
        elif isinstance(fact, MicroEventClosed) and fact.event_id in found:
            seq, opened, _ = found[fact.event_id]
            found[fact.event_id] = seq, opened, fact
    return list(found.values())


def of_files(files: LedgerFiles, event_id: EventId) -> EventFold:
    """Fold a micro-event from a folder's ledger; EN006 if it names none, EN409 if it was pruned.

    It begins at the newest snapshot from before the micro-event, or at the ledger's beginning.
    """
    cut = files.cut()
    after = cut.last if cut is not None else 0
    found = {o.event_id: s for s, o, _ in listed(folder.entries(files.read, after=after))}
    if event_id not in found:
        raise _unknown(event_id)
    vkey, state = proving.vkey_of(files), None
    for size in ledger_start.snapshots(files):
        if after <= size < found[event_id]:
            loaded = ledger_start.load(files, vkey, size)
            state = loaded.state if loaded is not None else None
        if state is not None:
            break
    if state is None and cut is not None:
        raise proving.no_snapshot(files.ledger.name, cut.last)
    fold = EventFold(state or node.new_state(files.ledger), event_id)
    for entry in folder.entries(files.read, after=fold.state.size):
        fold.take(entry)
    return fold


def of_export(file: Path, event_id: EventId) -> EventFold:
    """Fold a micro-event from an export, proved first; EN006 if it names none."""
    ledger, entries = exported.read(file)
    fold = EventFold(node.new_state(ledger), event_id)
    for entry in entries:
        fold.take(entry)
    if fold.opened is None:
        raise _unknown(event_id)
    return fold


def _unknown(event_id: str) -> RefusedError:
    return RefusedError(
        f"no micro-event {event_id[:40]!r} in this ledger",
        expected="the id of one that was opened",
        do="edgenode event ls names them",
        code="EN006",
    )
