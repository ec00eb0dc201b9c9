"""The status of a node from its folder alone, in the shape of daemon/view/status.

Null is what only a running node knows; the verdict is FAULT if the node stopped itself.
What is beside the ledger may be missing or damaged: then that is a problem, and the rest is told.
"""

from pathlib import Path
from typing import Any

from edgenode import __version__
from edgenode.adapters import folder_lock
from edgenode.adapters.clock import WallClock
from edgenode.adapters.ledger import store as ledger_store
from edgenode.adapters.ledger.files import LedgerFiles
from edgenode.core.ledger.retention import PrunedError
from edgenode.core.seen import NOTHING_SEEN
from edgenode.core.state.node_state import NodeState
from edgenode.daemon import offline
from edgenode.daemon.folder import pinned, proving
from edgenode.daemon.folder.pinned import Pinned
from edgenode.daemon.folder.stop_note import StopNote, Stopped
from edgenode.daemon.view import books as books_view
from edgenode.daemon.view import programmes as programmes_view
from edgenode.daemon.view import restrictions as restrictions_view
from edgenode.daemon.view import status
from edgenode.model.errors import EdgenodeError
from edgenode.model.hlc import ms_of
from edgenode.model.instants import instant

Json = dict[str, Any]
FAULT = "FAULT"
is_held = folder_lock.is_held  # a daemon runs, though it may not answer


def status_of(data: Path) -> Json:
    """Return the status from disk; the daemon is not running."""
    meta, note = ledger_store.meta(data / "ledger.sqlite"), StopNote(data).read()
    with offline.reading(data) as files:
        state, head, ledger = offline.state_of(files), files.newest_head(), files.ledger
        sync, problems = _sync(data, files, state)
        fingerprint = proving.vkey_of(files).fingerprint if head else None
    return {
        "message_type": "summary",
        "schema": status.SCHEMA,
        "version": __version__,
        "node_id": ledger.party,
        "incarnation": ledger.incarnation,
        "fingerprint": fingerprint,
        "running": False,
        "observes": False,
        "pid": None,
        "url": None,
        "mode": meta["mode"],
        "verdict": note and FAULT,
        "exposed": None,
        "problems": [
            *([_stopped_itself(note)] if note else []),
            *problems,
            *restrictions_view.problems(state),
            *programmes_view.problems(state),
            *books_view.break_problems(state),
        ],
        "ledger": {
            "size": state.size,
            "root": head.root.hex() if head else None,
            "verified_at": None,
            "verified_from_seq": None,
        },
        "sync": sync,
        "quoting": None,
        "unhedged": None,
        "log_lines_dropped": None,
        "market_time": None,
        "market": None,
        **status.books(state, NOTHING_SEEN, WallClock().now_ns()),
    }


def stopped_itself(data: Path) -> bool:
    """Return whether the node stopped itself, and did not trade since."""
    return StopNote(data).read() is not None


def _stopped_itself(note: Stopped) -> Json:
    text = f"The node stopped itself, and trades nothing: {note.found}"
    return status.problem(note.code, "error", text, note.do, note.at_ns)


def _sync(data: Path, files: LedgerFiles, state: NodeState) -> tuple[Json, list[Json]]:
    """Return the link as the newest cosignature on disk shows it, and what could not be read."""
    sync: Json = {
        "configured": None,
        "online": False,
        "offline_since": None,
        "acked_size": None,
        "unsynced_entries": None,
        "unsynced_peak": None,
        "lag_ms": None,
        "oldest_unsynced_at": None,
        **status.at_stake(state, WallClock().now_ns()),
        "refused": None,
        "last_error": None,
        "checked_at": None,
    }
    try:
        sync |= _acked(data, files, state.size)
    except EdgenodeError as error:
        return sync, [status.problem(error.code, "error", error.found, error.do, None)]
    return sync, []


def _acked(data: Path, files: LedgerFiles, size: int) -> Json:
    if Pinned.read(data, files.ledger) is None:  # nobody to sync with: as the daemon says it
        return {"configured": False, "acked_size": 0, "unsynced_entries": 0}
    acked = pinned.cosigned_size(data, files, proving.vkey_of(files))
    return {
        "configured": True,
        "acked_size": acked,
        "unsynced_entries": size - acked,
        "oldest_unsynced_at": _time_of(files, acked + 1),
    }


def _time_of(files: LedgerFiles, seq: int) -> str | None:
    try:
        run = files.read(seq - 1, 1)
    except PrunedError:
        return None
    return instant(ms_of(run[0].entry.hlc) * 1_000_000) if run else None
