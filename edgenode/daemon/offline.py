"""Open a node's data folder without the daemon, quickly: no aiohttp, no uvloop.

DIR/ledger.sqlite    the signed ledger, and mirrors of others'
DIR/keys/ledger.key  the ledger's private key (0600); never in a backup
DIR/centre.json      the pinned centre, once enrolled
DIR/lock             held by the one process that may write
"""

import asyncio
import fcntl
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from edgenode import __version__
from edgenode.adapters import keys_file, ledger_sqlite
from edgenode.adapters.clock import WallClock
from edgenode.core import node
from edgenode.core.observations import Born, CentreSaid, Observation
from edgenode.core.seen import NOTHING_SEEN
from edgenode.core.state.digest import digest
from edgenode.core.state.node_state import STATE_VERSION, NodeState
from edgenode.daemon import paper, view
from edgenode.model.errors import RefusedError
from edgenode.model.facts import Fact, Genesis
from edgenode.model.hlc import Hlc, ms_of
from edgenode.model.ledgers import MAIN, Entry, LedgerId, Sealed
from edgenode.wire import entry as wire_entry
from edgenode.wire import facts as wire_facts
from edgenode.wire.canonical import unpack

Json = dict[str, Any]
PAGE = 2_000
PAPER_PARTY = "paper"


@dataclass(slots=True)
class Opened:
    """A data folder opened by the one process that may write it."""

    data: Path
    mode: str
    store: ledger_sqlite.OwnLedger
    state: NodeState
    last_hlc: int
    lock: IO[str]

    def close(self) -> None:
        """Let go of the folder; what was appended is durable before this returns."""
        self.store.close()
        self.lock.close()

    def ledger_rows(self, after: int, limit: int) -> list[Json]:
        """Give durable entries after a seq, as exported."""
        return [_row(self.store.ledger, s) for s in self.store.read(after, limit)]


def init(data: Path, *, node_id: str, mode: str, world: paper.PaperWorld | None = None) -> Json:
    """Make keys and a ledger whose first entry is Genesis; PAPER gets its world adopted."""
    ledger = LedgerId(node_id, MAIN, 1)
    path = data / "ledger.sqlite"
    if path.exists():
        raise RefusedError(
            f"there is a ledger at {path}",
            expected="an empty or absent folder",
            do="choose another --data, or restore and re-enroll",
            code="EN406",
        )
    data.mkdir(parents=True, exist_ok=True)
    signer = keys_file.create(data / "keys" / "ledger.key", node_id)
    ledger_sqlite.create(path, ledger, {"mode": mode})
    observations: list[Observation] = [
        Born(ledger_key=signer.public, previous_head=None, approval=mode)
    ]
    if mode == "paper" and world is not None:
        observations += _paper(data, node_id, world)
    asyncio.run(_record(data, observations))
    return {
        "message_type": "summary",
        "schema": "edgenode.init/1",
        "ledger": ledger.name,
        "node_id": node_id,
        "mode": mode,
        "data": str(data),
        "key_name": signer.name,
        "ledger_key": signer.public.hex(),
    }


def open_for_writing(data: Path) -> Opened:
    """Lock the folder and fold its ledger; EN401 no ledger, EN403 locked, EN405 wrong key."""
    path = data / "ledger.sqlite"
    meta = ledger_sqlite.meta(path)
    lock = (data / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise RefusedError(
            f"{data} is in use by another process",
            expected="one process for one data folder",
            do="stop the other one first",
            code="EN403",
        ) from error
    signer = keys_file.load(data / "keys" / "ledger.key")
    store = ledger_sqlite.OwnLedger(path, LedgerId.parse(meta["ledger"]), signer)
    state, last_hlc = _fold(store.ledger, _entries(store.read))
    return Opened(data, meta["mode"], store, state, last_hlc, lock)


def status(data: Path) -> Json:
    """Give the status from disk alone; the daemon is not running."""
    state = _state(data, None)
    now = WallClock().now_ns()
    head = _head(data)
    return {
        "message_type": "summary",
        "schema": "edgenode.status/1",
        "version": __version__,
        "node_id": state.ledger.party,
        "incarnation": state.ledger.incarnation,
        "running": False,
        "pid": None,
        "url": None,
        "mode": ledger_sqlite.meta(data / "ledger.sqlite")["mode"],
        "verdict": None,
        "trading_state": state.limits.state_of(),
        "problems": [],
        "ledger": {"size": state.size, "root": head[1].hex(), "verified_at": None},
        "sync": {"online": False},
        "orders": {"open": len(state.orders.orders), "unknown": 0},
        "exposure": view.exposure(state),
        "wallet": view.wallet(state, now),
        "events": view.events(state),
    }


def digest_of(data: Path, at: int | None) -> Json:
    """Give the digest of the folded state, up to entry `at`."""
    return _digest_json(_state(data, at), _head(data)[1] if at is None else None)


def digest_of_export(file: Path, at: int | None) -> Json:
    """Give the digest that another machine gets from an export alone."""
    rows = (json.loads(line) for line in file.read_text(encoding="utf-8").splitlines())
    import base64  # noqa: PLC0415

    entries: list[Entry] = []
    ledger: LedgerId | None = None
    for row in rows:
        if "bytes" not in row:
            continue
        ledger, entry, _ = wire_entry.parse(base64.b64decode(row["bytes"]))
        if at is None or entry.seq <= at:
            entries.append(entry)
    if ledger is None:
        raise RefusedError(f"{file} holds no entries", expected="a jsonl export", code="EN002")
    state, _ = _fold(ledger, entries)
    return _digest_json(state, None)


def log(data: Path, limit: int) -> list[Json]:
    """Give the newest entries, newest first."""
    with _reading(data) as (ledger, read):
        size = _head(data)[0]
        rows = [_row(ledger, s) for s in read(max(0, size - limit), limit)]
    for row in rows:
        row["at"] = view.instant(ms_of(row.pop("hlc")) * 1_000_000)
    return rows[::-1]


def show(data: Path, seq: int) -> Json:
    """Give one entry."""
    with _reading(data) as (ledger, read):
        found = read(seq - 1, 1)
    if not found or found[0].entry.seq != seq:
        raise RefusedError(f"no entry {seq}", expected=f"1 to {_head(data)[0]}", code="EN006")
    return _row(ledger, found[0])


def _digest_json(state: NodeState, root: bytes | None) -> Json:
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


def fold(ledger: LedgerId, entries: Iterator[Entry]) -> NodeState:
    """Fold a run of entries from nothing."""
    return _fold(ledger, entries)[0]


async def _record(data: Path, observations: list[Observation]) -> None:
    """Record a few steps into a ledger that no daemon serves."""
    opened = open_for_writing(data)
    try:
        wall = WallClock()
        hlc = Hlc(opened.last_hlc)
        for observation in observations:
            now = wall.now_ns()
            made = node.step(
                opened.state, NOTHING_SEEN, observation, now_ns=now, wall_ns=now, hlc=hlc
            )
            if made:
                await opened.store.append([recorded.entry for recorded in made])
    finally:
        opened.close()


def _paper(data: Path, node_id: str, world: paper.PaperWorld) -> list[Observation]:
    """Make the local paper down-ledger's entries, in order, and the opening funds."""
    signer = keys_file.create(data / "keys" / "paper.key", PAPER_PARTY)
    ledger = LedgerId(PAPER_PARTY, f">{node_id}", 1)
    now = WallClock().now_ns()
    genesis = Genesis(
        at_ns=now, ledger_key=signer.public, previous_head=None, approval="local paper key"
    )
    hlc, prev = Hlc(), bytes(32)
    said: list[Observation] = []
    facts: list[Fact] = [genesis, *paper.down_ledger(world, now)]
    for seq, fact in enumerate(facts, start=1):
        stamp = hlc.stamp(now)
        entry = Entry(
            seq=seq,
            hlc=stamp,
            kind=type(fact).__name__,
            actor="rule:paper",
            automatic=True,
            idem=hashlib.sha256(f"{ledger.name}/{seq}".encode()).digest()[:16],
            body=wire_facts.encode(fact),
        )
        sealed = wire_entry.seal(ledger, entry, prev)
        prev = sealed.leaf
        said.append(CentreSaid(sealed.data))
    return [*said, *paper.funds(world)]


def _entries(read: Callable[[int, int], list[Sealed]], upto: int | None = None) -> Iterator[Entry]:
    after = 0
    while page := read(after, PAGE):
        for sealed in page:
            if upto is not None and sealed.entry.seq > upto:
                return
            yield sealed.entry
        after = page[-1].entry.seq


def _fold(ledger: LedgerId, entries: Iterator[Entry] | list[Entry]) -> tuple[NodeState, int]:
    state, last_hlc = node.new_state(ledger), 0
    for entry in entries:
        node.evolve(state, entry, wire_facts.decode(entry.kind, entry.body))
        last_hlc = max(last_hlc, entry.hlc)
    return state, last_hlc
