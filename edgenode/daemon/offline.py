"""What a node's folder says without its daemon, also beside it: status, digest, log, proof.

Reads only, and starts fast: no aiohttp, no uvloop.
"""

import base64
import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from edgenode import __version__
from edgenode.adapters import archive_folder, ledger_sqlite, ledger_start
from edgenode.adapters.anchor_file import AnchorFile
from edgenode.adapters.clock import WallClock
from edgenode.adapters.ledger_files import LedgerFiles
from edgenode.core import node
from edgenode.core.gate import trading_state
from edgenode.core.ledger.chain import BrokenChainError
from edgenode.core.state.digest import digest
from edgenode.core.state.node_state import STATE_VERSION, NodeState
from edgenode.core.sync.tree import Tree
from edgenode.daemon import folder, proving
from edgenode.daemon.view import books as books_view
from edgenode.daemon.view import orders as orders_view
from edgenode.daemon.view.units import instant
from edgenode.model.errors import RefusedError
from edgenode.model.hlc import ms_of
from edgenode.model.ledgers import Entry, LedgerId, Sealed
from edgenode.wire import entry as wire_entry
from edgenode.wire.canonical import unpack

Json = dict[str, Any]


def status(data: Path) -> Json:
    """Give the status from disk alone; the daemon is not running."""
    with reading(data) as files:
        state, head, ledger = state_of(files), files.newest_head(), files.ledger
    now = WallClock().now_ns()
    meta = ledger_sqlite.meta(data / "ledger.sqlite")
    return {
        "message_type": "summary",
        "schema": "edgenode.status/1",
        "version": __version__,
        "node_id": ledger.party,
        "incarnation": ledger.incarnation,
        "running": False,
        "pid": None,
        "url": None,
        "mode": meta["mode"],
        "verdict": None,
        "trading_state": trading_state.of_node(state.limits, state.breaks),
        "paused": state.limits.paused,
        "hedges_paused": state.limits.hedges_paused,
        "problems": books_view.break_problems(state),
        "ledger": {
            "size": state.size,
            "root": head.root.hex() if head else None,
            "verified_at": None,
        },
        "sync": {"online": False},
        "orders": orders_view.order_counts(state),
        "exposure": books_view.exposure(state),
        "wallet": books_view.wallet(state, now),
        "events": books_view.events(state, now),
    }


def breaks(data: Path) -> list[Json]:
    """Give the open breaks."""
    with reading(data) as files:
        return books_view.breaks(state_of(files))


def digest_of(data: Path, at: int | None, archive: Path | None = None) -> Json:
    """Give the digest of the folded state, up to entry `at`."""
    with reading(data, archive) as files:
        state, head = state_of(files, at), files.newest_head()
    root = head.root if head is not None and head.size == state.size else None
    return digest_json(state, root)


def state_of(files: LedgerFiles, at: int | None = None) -> NodeState:
    """Fold a ledger from its beginning; from a snapshot where that was pruned, else EN409."""
    cut = files.cut()
    if cut is None:
        return folder.fold(files.ledger, folder.entries(files.read, at))[0]
    vkey = proving.vkey_of(files)
    for size in ledger_start.snapshots(files):
        loaded = ledger_start.load(files, vkey, size) if at is None or size <= at else None
        if loaded is not None:
            return node.fold(loaded.state, folder.entries(files.read, at, after=size))
    raise proving.no_snapshot(files.ledger.name, cut.last)


def digest_of_export(file: Path, at: int | None) -> Json:
    """Give the digest that another machine gets from an export alone."""
    entries: list[Entry] = []
    ledger: LedgerId | None = None
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            row = json.loads(line)
            if "bytes" not in row:
                continue
            ledger, entry, _ = wire_entry.parse(base64.b64decode(row["bytes"], validate=True))
        except ValueError as error:
            raise RefusedError(
                f"{file} line {number}: {error}",
                expected="a line of `ledger export --format jsonl`",
                code="EN002",
            ) from error
        if at is None or entry.seq <= at:
            entries.append(entry)
    if ledger is None:
        raise RefusedError(f"{file} holds no entries", expected="a jsonl export", code="EN002")
    return digest_json(folder.fold(ledger, entries)[0], None)


def digest_json(state: NodeState, root: bytes | None) -> Json:
    """Give the documented shape of a state's digest."""
    made = digest(state)
    return {
        "message_type": "summary",
        "schema": "edgenode.state.digest/1",
        "ledger": state.ledger.name,
        "size": made.size,
        "root": root.hex() if root else None,
        "state_version": STATE_VERSION,
        "digest": made.digest.hex(),
        "parts": {name: value.hex() for name, value in sorted(made.parts.items())},
    }


def verify(data: Path, *, since_snapshot: bool = False, archive: Path | None = None) -> Json:
    """Prove every entry, the tree, the signed head and the anchor; EN402 names what broke.

    From the beginning, with the archive's copies where one is given; where entries were pruned
    and none is, from the signed head at the cut. Every entry is folded too, from the newest
    snapshot behind a cut. `since_snapshot` proves what a start would.
    """
    with reading(data, archive) as files:
        ledger, vkey = files.ledger, proving.vkey_of(files)
        if since_snapshot:
            began = ledger_start.open_at(files, vkey)
            tip, head, from_seq = began.tip, began.head, began.from_seq
        else:
            if archive is not None:
                archive_folder.check_whole(files)
            tip, head, from_seq = ledger_start.verify(files, vkey, bodies=True)
            state_of(files)
        anchor = _anchor(data, ledger, tip.size, Tree(files.leaves, files.edge))
    return {
        "message_type": "summary",
        "schema": "edgenode.ledger.verify/1",
        "ok": True,
        "ledger": ledger.name,
        "from_seq": from_seq,
        "entries": tip.size - from_seq + 1,
        "size": tip.size,
        "root": head.root.hex() if head else None,
        "signer": vkey.short,
        "cosigned_size": _cosigned_size(data, ledger),
        "anchor": anchor,
    }


def export(data: Path, archive: Path | None = None) -> Iterator[str]:
    """Give every entry as a JSON line, then the checkpoint; EN409 where some were pruned."""
    with reading(data, archive) as files:
        head = files.newest_head()
        size = head.size if head else 0
        after = 0
        while after < size:
            for sealed in files.read(after, min(folder.PAGE, size - after)):
                yield json.dumps(row(files.ledger, sealed), separators=(",", ":"))
                after = sealed.entry.seq
        if head is not None:
            yield json.dumps({"checkpoint": head.note})


def checkpoint(data: Path) -> str:
    """Give the newest signed head as a note."""
    with reading(data) as files:
        head = files.newest_head()
    return head.note if head else ""


def prove(data: Path, seq: int, archive: Path | None = None) -> Json:
    """Prove that an entry is in the ledger under its newest signed head (RFC 6962, 2.1.1)."""
    with reading(data, archive) as files:
        head, found = files.newest_head(), _entry(files, seq)
        if head is None or head.size < seq:
            raise _unknown(seq)
        path = Tree(files.leaves, files.edge).inclusion(seq - 1, head.size)
    return {
        "schema": "edgenode.ledger.prove/1",
        "ledger": files.ledger.name,
        "seq": seq,
        "bytes": base64.b64encode(wire_entry.data_of(files.ledger, found)).decode(),
        "leaf": found.leaf.hex(),
        "size": head.size,
        "root": head.root.hex(),
        "proof": [step.hex() for step in path],
        "checkpoint": head.note,
    }


def log(data: Path, limit: int, archive: Path | None = None) -> list[Json]:
    """Give the newest entries, newest first; fewer where the others were pruned."""
    with reading(data, archive) as files:
        head, cut = files.newest_head(), files.cut()
        after = max(cut.last if cut else 0, (head.size if head else 0) - limit)
        rows = [row(files.ledger, s) for s in files.read(after, limit)]
    for one in rows:
        one["at"] = instant(ms_of(int(one["hlc"])) * 1_000_000)
    return rows[::-1]


def show(data: Path, seq: int, archive: Path | None = None) -> Json:
    """Give one entry."""
    with reading(data, archive) as files:
        return row(files.ledger, _entry(files, seq))


def row(ledger: LedgerId, sealed: Sealed) -> Json:
    """Give one entry as it is exported; `bytes` are the leaf data in base64."""
    entry = sealed.entry
    return {
        "ledger": ledger.name,
        "seq": entry.seq,
        "hlc": str(entry.hlc),
        "kind": entry.kind,
        "actor": entry.actor,
        "automatic": entry.automatic,
        "idem": entry.idem.hex(),
        "body": _plain(unpack(entry.body)),
        "prev": sealed.prev.hex(),
        "leaf": sealed.leaf.hex(),
        "bytes": base64.b64encode(wire_entry.data_of(ledger, sealed)).decode(),
    }


def reading(data: Path, archive: Path | None = None) -> AbstractContextManager[LedgerFiles]:
    """Open a folder's ledger to read; `archive` is where `ledger archive` wrote to."""
    path = data / "ledger.sqlite"
    if archive is not None:
        archive = archive_folder.place(archive, LedgerId.parse(ledger_sqlite.meta(path)["ledger"]))
    return ledger_sqlite.reading(path, archive)


def _entry(files: LedgerFiles, seq: int) -> Sealed:
    found = files.read(seq - 1, 1) if seq > 0 else []
    if not found or found[0].entry.seq != seq:
        raise _unknown(seq)
    return found[0]


def _unknown(seq: int) -> RefusedError:
    return RefusedError(f"there is no entry {seq}", expected="a seq of the log", code="EN006")


def _anchor(data: Path, ledger: LedgerId, size: int, tree: Tree) -> str:
    anchored = AnchorFile(data).read()
    if anchored is None:
        return "absent"
    if anchored.size > size:
        return "ahead"
    if anchored.size < tree.begins:
        return "pruned"  # what it names has left this box
    if anchored.ledger != ledger.name or tree.root_at(anchored.size) != anchored.root:
        raise BrokenChainError(ledger, anchored.size, "anchor", "the anchor names another history")
    return "match"


def _cosigned_size(data: Path, ledger: LedgerId) -> int:
    path = data / "peers.sqlite"
    if not path.exists():
        return 0
    with ledger_sqlite.opened(path) as db:
        rows = db.execute("SELECT max(size) FROM ack WHERE ledger = ?", (ledger.name,)).fetchall()
    return int(rows[0][0] or 0)


def _plain(value: object) -> object:
    match value:
        case bytes():
            return value.hex()
        case dict():
            return {key: _plain(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_plain(inner) for inner in value]
        case _:
            return value
