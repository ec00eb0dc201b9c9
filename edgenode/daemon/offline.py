"""What a node's folder says without its daemon, also beside it: status, digest, log, proof.

Reads only, and starts fast: no aiohttp, no uvloop.
"""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from edgenode import __version__
from edgenode.adapters import ledger_sqlite, ledger_start, sqlite_files
from edgenode.adapters.anchor_file import AnchorFile
from edgenode.adapters.clock import WallClock
from edgenode.core.gate import trading_state
from edgenode.core.ledger.chain import BrokenChainError
from edgenode.core.state.digest import digest
from edgenode.core.state.node_state import STATE_VERSION, NodeState
from edgenode.core.sync.tree import Tree
from edgenode.daemon import folder, view
from edgenode.model.errors import RefusedError
from edgenode.model.hlc import ms_of
from edgenode.model.ledgers import Entry, LedgerId, Sealed
from edgenode.wire import entry as wire_entry
from edgenode.wire.canonical import unpack

Json = dict[str, Any]
Read = Callable[[int, int], list[Sealed]]


def status(data: Path) -> Json:
    """Give the status from disk alone; the daemon is not running."""
    with _reading(data) as (db, ledger, read):
        state, _ = folder.fold(ledger, folder.entries(read))
        head = ledger_start.newest_head(db)
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
        "problems": view.break_problems(state),
        "ledger": {
            "size": state.size,
            "root": head.root.hex() if head else None,
            "verified_at": None,
        },
        "sync": {"online": False},
        "orders": view.order_counts(state),
        "exposure": view.exposure(state),
        "wallet": view.wallet(state, WallClock().now_ns()),
        "events": view.events(state),
    }


def breaks(data: Path) -> list[Json]:
    """Give the open breaks."""
    with _reading(data) as (_, ledger, read):
        state, _ = folder.fold(ledger, folder.entries(read))
    return view.breaks(state)


def digest_of(data: Path, at: int | None) -> Json:
    """Give the digest of the folded state, up to entry `at`."""
    with _reading(data) as (db, ledger, read):
        state, _ = folder.fold(ledger, folder.entries(read, at))
        head = ledger_start.newest_head(db)
    root = head.root if head is not None and head.size == state.size else None
    return digest_json(state, root)


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


def verify(data: Path, *, since_snapshot: bool = False) -> Json:
    """Prove every entry, the tree, the signed head and the anchor; EN402 names what broke.

    From the beginning, every entry is folded too; `since_snapshot` proves what a start would.
    """
    with _reading(data) as (db, ledger, read):
        vkey = folder.vkey_of(ledger, read(0, 1))
        if since_snapshot:
            began = ledger_start.open_at(db, ledger, vkey)
            tip, head, from_seq = began.tip, began.head, began.from_seq
        else:
            tip, head = ledger_start.verify(db, ledger, vkey, bodies=True)
            from_seq = 1
            folder.fold(ledger, folder.entries(read))
        anchor = _anchor(data, ledger, tip.size, Tree(partial(_leaves, read)))
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


def export(data: Path) -> Iterator[str]:
    """Give every entry as a JSON line, then the checkpoint."""
    with _reading(data) as (db, ledger, read):
        head = ledger_start.newest_head(db)
        size = head.size if head else 0
        after = 0
        while after < size:
            for sealed in read(after, min(folder.PAGE, size - after)):
                yield json.dumps(row(ledger, sealed), separators=(",", ":"))
                after = sealed.entry.seq
        if head is not None:
            yield json.dumps({"checkpoint": head.note})


def checkpoint(data: Path) -> str:
    """Give the newest signed head as a note."""
    with _reading(data) as (db, _, _):
        head = ledger_start.newest_head(db)
    return head.note if head else ""


def log(data: Path, limit: int) -> list[Json]:
    """Give the newest entries, newest first."""
    with _reading(data) as (db, ledger, read):
        head = ledger_start.newest_head(db)
        rows = [row(ledger, s) for s in read(max(0, (head.size if head else 0) - limit), limit)]
    for one in rows:
        one["at"] = view.instant(ms_of(int(one["hlc"])) * 1_000_000)
    return rows[::-1]


def show(data: Path, seq: int) -> Json:
    """Give one entry."""
    with _reading(data) as (_, ledger, read):
        found = read(seq - 1, 1) if seq > 0 else []
    if not found or found[0].entry.seq != seq:
        raise RefusedError(f"there is no entry {seq}", expected="a seq of the log", code="EN006")
    return row(ledger, found[0])


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
        "bytes": base64.b64encode(sealed.data).decode(),
    }


@contextmanager
def _reading(data: Path) -> Iterator[tuple[Any, LedgerId, Read]]:
    path = data / "ledger.sqlite"
    meta = ledger_sqlite.meta(path)
    ledger = LedgerId.parse(meta["ledger"])
    with ledger_sqlite.reading(path) as db:
        yield db, ledger, partial(sqlite_files.read, db, ledger)


def _leaves(read: Read, start: int, end: int) -> list[bytes]:
    return [sealed.leaf for sealed in read(start, end - start)]


def _anchor(data: Path, ledger: LedgerId, size: int, tree: Tree) -> str:
    anchored = AnchorFile(data).read()
    if anchored is None:
        return "absent"
    if anchored.size > size:
        return "ahead"
    if anchored.ledger != ledger.name or tree.root_at(anchored.size) != anchored.root:
        raise BrokenChainError(ledger, anchored.size, "anchor", "the anchor names another history")
    return "match"


def _cosigned_size(data: Path, ledger: LedgerId) -> int:
    path = data / "peers.sqlite"
    if not path.exists():
        return 0
    with ledger_sqlite.reading(path) as db:
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
