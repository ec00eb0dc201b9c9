"""A node's data folder: begun once, opened by the one process that may write it.

DIR/ledger.sqlite    the signed ledger, and where its segments are
DIR/segments/        its older entries in sealed files, with receipts of what the archive holds
DIR/peers.sqlite     the centre's down-ledger and cosignatures, fetched again where lost
DIR/bars.sqlite      bars of signals, forecasts; lost, they begin anew (adapters/bars)
DIR/keys/ledger.key  the ledger's private key (0600); never in a backup
DIR/centre.json      the pinned centre, once enrolled
DIR/incarnations/    older ledgers of the box, each to read (daemon/folder/rekeying)
DIR/lock             held by the one process that may write
.DIR.anchor          beside the folder: how far the ledger had come
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from edgenode.adapters import data_folder, folder_lock, sqlite_files
from edgenode.adapters.clock import WallClock, check_released
from edgenode.adapters.keys import file as keys_file
from edgenode.adapters.ledger import store as ledger_store
from edgenode.adapters.ledger.anchor import AnchorFile
from edgenode.core import node
from edgenode.core.ledger.retention import SEGMENT_ENTRIES
from edgenode.core.observations import Born, Observation
from edgenode.core.past import names_of
from edgenode.core.seen import NOTHING_SEEN
from edgenode.core.state.node_state import NodeState
from edgenode.core.sync import anchor
from edgenode.core.sync.anchor import Anchored
from edgenode.core.sync.table import Anchor
from edgenode.daemon import paper
from edgenode.daemon.folder import proving
from edgenode.model.errors import RefusedError
from edgenode.model.hlc import Hlc
from edgenode.model.ledgers import MAIN, Entry, Head, LedgerId, Sealed
from edgenode.ports.clock import Clock
from edgenode.ports.ledger import Anchors, LedgerStore
from edgenode.wire import entry as wire_entry
from edgenode.wire import facts as wire_facts
from edgenode.wire import frame
from edgenode.wire.note import Signer

Json = dict[str, Any]
PAGE = 2_000
PAPER_PARTY = paper.PARTY


@dataclass(slots=True)
class OpenedNode:
    """A node's ledger with its fold, opened by the one process that may write it."""

    mode: str
    store: LedgerStore
    signer: Signer
    state: NodeState
    last_hlc: int
    anchors: Anchors
    release: Callable[[], None]
    proved_from: int = 1  # the first entry that this start proved; those before lie in a snapshot

    def anchor(self) -> Anchor:
        """Compare the ledger with its anchor."""
        store = self.store
        size = store.head.size if store.head else 0
        return anchor.compare(self.anchors.read(), store.ledger.name, size, store.root_at)

    def write_anchor(self) -> None:
        """Note how far the ledger has come."""
        head = self.store.head
        if head is not None:
            self.anchors.write(Anchored(self.store.ledger.name, head.size, head.root))

    def take_back(self, entries: Sequence[Sealed], head: Head) -> None:
        """Restore own entries from a peer, and fold them."""
        facts = [wire_facts.decode(s.entry.kind, s.entry.body) for s in entries]
        names = [
            (name, s.entry.seq)
            for s, fact in zip(entries, facts, strict=True)
            for name in names_of(fact)
        ]
        # Power lost in here: all of them are back, with the note that they were, or none.
        self.store.restore(entries, head, names)
        node.fold(self.state, [sealed.entry for sealed in entries])
        self.last_hlc = max([self.last_hlc, *(sealed.entry.hlc for sealed in entries)])

    def close(self) -> None:
        """Release the folder; what was appended is durable before this returns."""
        self.store.close()
        self.release()


def init(  # noqa: PLR0913  what a folder begins with
    data: Path,
    *,
    node_id: str,
    mode: str,
    incarnation: int = 1,
    world: paper.PaperWorld | None = None,
    funds: Iterable[Observation] = (),
    market: Clock | None = None,
) -> Json:
    """Make keys and a ledger whose first entry is Genesis.

    PAPER gets its `world` adopted from a local key; without one its limits come from a centre.
    `market` tells market time where it is not the machine's own. An `incarnation` beyond the first
    goes on with a node whose older ledger was lost: its centre gives it rules and books.
    """
    ledger = LedgerId(node_id, MAIN, incarnation)
    wire_entry.check_ledger(ledger)
    path = data / "ledger.sqlite"
    check_released(WallClock().now_ns())
    with data_folder.begun(data):
        # Power lost from here on: a folder that no start takes (EN401, or EN402 once the ledger is
        # there without an entry). It holds nothing yet: remove it, and init again.
        signer = keys_file.create(data / "keys" / "ledger.key", node_id)
        ledger_store.create(path, ledger, {"mode": mode})
        observations: list[Observation] = [
            Born(ledger_key=signer.public, previous_head=None, approval=mode)
        ]
        if mode == "paper" and world is not None:
            observations += _paper(data, node_id, world)
        asyncio.run(_record(data, [*observations, *funds], market or WallClock()))
    return {
        "message_type": "summary",
        "schema": "edgenode.init/1",
        "ledger": ledger.name,
        "node_id": node_id,
        "mode": mode,
        "data": str(data),
        "ledger_vkey": signer.vkey.text,
        "fingerprint": signer.vkey.fingerprint,
    }


def open_for_writing(
    data: Path, *, length: int = SEGMENT_ENTRIES, begins: bool = False
) -> OpenedNode:
    """Lock the folder, verify its ledger and fold it; `length` is that of new segments.

    EN401 no ledger, EN403 locked, EN405 a key that is missing or another's, EN402 does not verify,
    EN409 if entries were pruned and no snapshot is of this release. A ledger without an entry is
    EN402, unless the caller `begins` it: anything but Genesis as entry 1 would spoil it.
    """
    path = data / "ledger.sqlite"
    meta = ledger_store.meta(path)
    lock = locked(data)
    try:
        signer = load_key(data)
        ledger = LedgerId.parse(meta["ledger"])
        store = ledger_store.OwnLedger(path, ledger, signer, length=length)
        try:
            if not begins:
                _check_begun(store, path)
            state, last_hlc = folded(store, proving.state_at(store.began, ledger))
        except BaseException:
            store.close()
            raise
    except BaseException:
        lock.close()
        raise
    return OpenedNode(
        mode=meta["mode"],
        store=store,
        signer=signer,
        state=state,
        last_hlc=last_hlc,
        anchors=AnchorFile(data),
        release=lock.close,
        proved_from=store.began.from_seq,
    )


def _check_begun(store: LedgerStore, path: Path) -> None:
    if store.head is None:
        found = "holds no entry: its `init` was cut off"
        raise sqlite_files.damaged(path, found, RefusedError)


def entries(
    read: Callable[[int, int], list[Sealed]], upto: int | None = None, after: int = 0
) -> Iterator[Entry]:
    """Page through a ledger's entries with `after` < seq <= `upto`."""
    while page := read(after, PAGE):
        for sealed in page:
            if upto is not None and sealed.entry.seq > upto:
                return
            yield sealed.entry
        after = page[-1].entry.seq


def folded(store: LedgerStore, proved: NodeState | None) -> tuple[NodeState, int]:
    """Fold on from the state that opening has proved, or from nothing: (state, newest hlc)."""
    state = proved or node.new_state(store.ledger)
    node.fold(state, entries(store.read, after=state.size))
    newest = store.read(state.size - 1, 1) if state.size else []
    return state, max((sealed.entry.hlc for sealed in newest), default=0)  # they only grow


def locked(data: Path) -> IO[str]:
    """Take the folder's lock, until the file is closed (adapters/folder_lock)."""
    return folder_lock.taken(data, "stop the other one first")


def load_key(data: Path) -> Signer:
    """Load the ledger's key; EN405 if it is missing, or not the one that entry 1 names."""
    signer = keys_file.load(data / "keys" / "ledger.key")
    with ledger_store.reading(data / "ledger.sqlite") as files:
        sealed, born = files.segments(), files.newest_head() is not None
        # A start reads no segment: where entry 1 lies in one, its key was noted.
        named = (
            proving.noted_vkey(files)
            if sealed
            else proving.vkey_of(files)
            if born
            else signer.vkey
        )
    if named != signer.vkey:
        raise RefusedError(
            f"keys/ledger.key ({signer.vkey.short}) is not the key of {files.ledger.name}",
            expected="the key that entry 1 names",
            do="put the right key back; a lost key means a new incarnation",
            code="EN405",
        )
    return signer


async def _record(data: Path, observations: list[Observation], market: Clock) -> None:
    """Record the first steps into a ledger that no daemon serves yet."""
    opened = open_for_writing(data, begins=True)
    try:
        await record(opened, observations, WallClock(), market)
    finally:
        opened.close()


async def record(
    opened: OpenedNode, observations: Iterable[Observation], wall: Clock, market: Clock
) -> None:
    """Take the first steps of a ledger, recorded as one unit."""
    hlc = Hlc(opened.last_hlc)
    made = [
        recorded.entry
        for observation in observations
        for recorded in node.step(
            opened.state,
            NOTHING_SEEN,
            observation,
            now_ns=market.now_ns(),
            wall_ns=wall.now_ns(),
            hlc=hlc,
        )
    ]
    assert frame.fit(made) == len(made), "a frame of sync holds each unit"
    # Power lost in here: all first steps or none, and a ledger without an entry never starts.
    await opened.store.append(made)
    # Power lost here: no anchor: the box waits for a centre, or is begun again if it has none.
    opened.write_anchor()


def _paper(data: Path, node_id: str, world: paper.PaperWorld) -> list[Observation]:
    """Make the local paper down-ledger's entries, in order, and the opening funds."""
    signer = keys_file.create(data / "keys" / "paper.key", PAPER_PARTY)
    now = WallClock().now_ns()
    facts = paper.down_ledger(world, now)
    return [*paper.said_locally(node_id, signer.public, facts, now), *paper.funds(world)]
