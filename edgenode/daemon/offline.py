"""What a node's folder says without its daemon, also beside it: digest, log, proof.

Reads only, and starts fast: no aiohttp, no uvloop.
"""

import base64
import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from edgenode.adapters.archive import folder as archive_folder
from edgenode.adapters.ledger import start as ledger_start
from edgenode.adapters.ledger import store as ledger_store
from edgenode.adapters.ledger.anchor import AnchorFile
from edgenode.adapters.ledger.files import LedgerFiles
from edgenode.core import node
from edgenode.core.breaks import shown
from edgenode.core.ledger.chain import BrokenChainError
from edgenode.core.state.digest import digest
from edgenode.core.state.node_state import STATE_VERSION, NodeState
from edgenode.core.sync.tree import Tree
from edgenode.daemon.folder import exported, folder, pinned, proving
from edgenode.model.errors import RefusedError
from edgenode.model.hlc import ms_of
from edgenode.model.instants import instant
from edgenode.model.ledgers import LedgerId, Sealed
from edgenode.wire import entry as wire_entry
from edgenode.wire.canonical import unpack
from edgenode.wire.export_row import plain, row

Json = dict[str, Any]
SEQ_END = 1 << 63  # of int64


def breaks(data: Path) -> list[Json]:
    """Return the open breaks."""
    with reading(data) as files:
        return shown.listed(state_of(files))


def digest_of(data: Path, at: int | None, archive: Path | None = None) -> Json:
    """Return the digest of the folded state, up to entry `at`; EN006 if there is none yet."""
    with reading(data, archive) as files:
        head = files.newest_head()
        _check_at(at, head.size if head else 0)
        state = state_of(files, at)
    root = head.root if head is not None and head.size == state.size else None
    return digest_json(state, root)


def state_of(files: LedgerFiles, at: int | None = None) -> NodeState:
    """Fold a ledger from its beginning; from a snapshot where that was pruned, else EN409."""
    cut = files.cut()
    if cut is None:
        return node.fold(node.new_state(files.ledger), folder.entries(files.read, at))
    vkey = proving.vkey_of(files)
    for size in ledger_start.snapshots(files):
        loaded = ledger_start.load(files, vkey, size) if at is None or size <= at else None
        if loaded is not None:
            return node.fold(loaded.state, folder.entries(files.read, at, after=size))
    raise proving.no_snapshot(files.ledger.name, cut.last)


def digest_of_export(file: Path, at: int | None) -> Json:
    """Return the digest that another machine gets from an export alone, proved first."""
    ledger, entries = exported.read(file)
    _check_at(at, len(entries))
    return digest_json(node.fold(node.new_state(ledger), entries[:at]), None)


def digest_json(state: NodeState, root: bytes | None) -> Json:
    """Return the documented shape of a state's digest."""
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

    From the beginning, with the archive's copies if one is given; where entries were pruned
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
        "vkey": vkey.text,
        "cosigned_size": _cosigned_size(data, ledger),
        "anchor": anchor,
    }


def export(data: Path, archive: Path | None = None) -> Iterator[str]:
    """Return every entry as a JSON line, then the checkpoint; EN409 if some were pruned."""
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
    """Return the newest signed head as a note."""
    with reading(data) as files:
        head = files.newest_head()
    return head.note if head else ""


def prove(data: Path, seq: int, archive: Path | None = None) -> Json:
    """Prove that an entry is in the ledger under its newest signed head (RFC 6962, 2.1.1).

    Checked before it is given: EN402 if it would not hold. wire/verifier.py checks it again.
    """
    with reading(data, archive) as files:
        head, found = files.newest_head(), _entry(files, seq)
        if head is None or head.size < seq:
            raise _unknown(seq)
        path = proving.inclusion(files, found, head)
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
    """Return the newest entries, newest first; fewer where the others were pruned."""
    with reading(data, archive) as files:
        head, cut = files.newest_head(), files.cut()
        after = max(cut.last if cut else 0, (head.size if head else 0) - limit)
        rows = [row(files.ledger, s) for s in files.read(after, limit)]
    for one in rows:
        one["at"] = instant(ms_of(int(one["hlc"])) * 1_000_000)
    return rows[::-1]


def show(data: Path, seq: int, archive: Path | None = None) -> Json:
    """Return one entry, and in readable form the centre's entry that it adopts, where it does."""
    with reading(data, archive) as files:
        found = row(files.ledger, _entry(files, seq))
    if found["kind"] == "Adopted":
        found["adopted"] = _adopted(bytes.fromhex(found["body"]["bytes"]))
    return found


def _adopted(data: bytes) -> Json:
    ledger, entry, _ = wire_entry.parse(data)
    return {
        "ledger": ledger.name,
        "seq": entry.seq,
        "kind": entry.kind,
        "actor": entry.actor,
        "body": plain(unpack(entry.body)),
    }


def reading(data: Path, archive: Path | None = None) -> AbstractContextManager[LedgerFiles]:
    """Open a folder's ledger to read; `archive` is where `ledger archive` wrote to."""
    path = data / "ledger.sqlite"
    if archive is not None:
        archive = archive_folder.place(archive, LedgerId.parse(ledger_store.meta(path)["ledger"]))
    return ledger_store.reading(path, archive)


def _entry(files: LedgerFiles, seq: int) -> Sealed:
    found = files.read(seq - 1, 1) if 0 < seq < SEQ_END else []
    if not found or found[0].entry.seq != seq:
        raise _unknown(seq)
    return found[0]


def _check_at(at: int | None, size: int) -> None:
    if at is not None and at > size:
        raise RefusedError(
            f"there is no entry {at}",
            expected=f"--at up to {size}, the newest entry",
            do="leave --at out for the newest state, or wait until that entry is here",
            code="EN006",
        )


def _unknown(seq: int) -> RefusedError:
    return RefusedError(
        f"there is no entry {seq}",
        expected="a seq of the log",
        do="edgenode ledger log lists the entries that are here",
        code="EN006",
    )


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
    if not (data / "peers.sqlite").exists():
        return 0
    with pinned.peers(data) as db:
        rows = db.execute("SELECT max(size) FROM ack WHERE ledger = ?", (ledger.name,)).fetchall()
    return int(rows[0][0] or 0)
