"""Codes of the ledger's folder, and of invariants."""

import asyncio
import shutil
import sqlite3

from edgenode.adapters.ledger import store as ledger_store
from edgenode.core import node
from edgenode.core.observations import Reported
from edgenode.daemon import offline, retention
from edgenode.daemon.view import books as books_view
from tests.codes.table import Ground, Words, ended, raised, says
from tests.core.orders.sent import fill
from tests.core.sync.parties import LEDGER, SIGNER, Writer
from tests.core.world import World
from tests.daemon import boxes
from tests.journeys.box import running


@says(
    "EN400",
    "entry 2 after 0",
    "entry 1",
    "stop; fold the ledger again",
)
def invariant_broken(_: Ground) -> Words:
    """A fold leaves an entry out."""
    entry, fact = World().recorded[1]
    return raised(lambda: node.evolve(node.new_state(LEDGER), entry, fact))


@says(
    "EN401",
    "there is no ledger at {tmp}/nowhere/ledger.sqlite",
    "the data folder of an existing ledger",
    "check --data, or make one with init",
)
def no_ledger(ground: Ground) -> Words:
    return ended(10, "run", "--data", str(ground.tmp / "nowhere"))


@says(
    "EN402",
    "edge-07/1 at entry 3, check gap: entry 4 follows entry 2",
    "entries that follow one another under signed heads",
    "stop; keep this copy as evidence, restore from a peer or a backup, verify that",
)
def integrity(ground: Ground) -> Words:
    data = ground.node()
    with sqlite3.connect(data / "ledger.sqlite") as db:
        db.execute("DROP TRIGGER entry_delete")
        db.execute("DELETE FROM entry WHERE seq = 3")
    db.close()
    return ended(13, "ledger", "verify", "--data", str(data))


@says(
    "EN403",
    "{tmp}/node is in use by another process",
    "one process for one data folder",
    "stop the other one first",
)
def locked(ground: Ground) -> Words:
    data = ground.node()
    with running(data):
        return ended(11, "run", "--data", str(data), "--port", "0")


@says(
    "EN404",
    "a commit failed: UNIQUE constraint failed: entry.idem",
    "every entry made durable",
    "stop; check the disk; start again from the ledger",
)
def commit_failed(ground: Ground) -> Words:
    """The store itself refuses an entry: here one whose idempotency key was used before."""
    path = ground.tmp / "ledger.sqlite"
    ledger_store.create(path, LEDGER, {})
    entries = Writer(2).entries
    twisted = entries[1]._replace(idem=entries[0].idem)

    async def append() -> None:
        own = ledger_store.OwnLedger(path, LEDGER, SIGNER)
        try:
            await own.append(entries[:1])
            await own.append([twisted])
        finally:
            own.close()

    return raised(lambda: asyncio.run(append()))


@says(
    "EN405",
    "key {tmp}/node/keys/ledger.key: others may read it: chmod 600",
    "a file `edgenode-key/1 NAME TYPE SEED` that only its owner may read",
    "a lost key means a new incarnation: init elsewhere and enroll again",
)
def bad_key(ground: Ground) -> Words:
    data = ground.node()
    key = data / "keys" / "ledger.key"
    key.chmod(0o644)
    return ended(12, "run", "--data", str(data))


@says(
    "EN406",
    "{tmp}/node is not empty",
    "an empty or absent folder",
    "choose another --data; a ledger is never begun over another",
)
def ledger_exists(ground: Ground) -> Words:
    return ended(1, "init", "--data", str(ground.node()))


@says(
    "EN407",
    "this copy of the ledger may be old: its anchor differs, and no centre answered",
    "a centre that answers, or the anchor beside the folder agreeing",
    "bring a path to the centre; or begin a new incarnation with new keys",
)
def anchor_ahead(ground: Ground) -> Words:
    """An older copy is put back: the anchor beside the folder remembers more."""
    data = ground.node()
    old = data.with_name("old")
    shutil.copytree(data, old)
    with running(data) as box:
        assert box.stop() == 0
    shutil.rmtree(data)
    old.rename(data)
    return ended(13, "run", "--data", str(data), "--port", "0")


@says(
    "EN408",
    "Venue a reported a trade of an order that this box did not send:"
    " buy 0.40 WETH at 1500.50 USDC. It counts as exposure, held in suspense",
    "",
    "Ask venue a whose trade x1 is, and to take it back if it is not ours."
    " If the venue never settles it, decide: edgenode breaks show ID, then breaks resolve ID",
)
def break_open(_: Ground) -> Words:
    """A venue reports an execution of nobody's order: what the status says of it."""
    world = World()
    world.observe(Reported(fill("SOMEONE", "x1")))
    (row,) = books_view.break_problems(world.state)
    return Words(row["code"], row["text"], do=row["do"])


@says(
    "EN409",
    "entry 1 of edge-07/1 was pruned; what is here begins at 78",
    "an entry behind 77",
    "name the folder that `ledger archive` wrote to with --archive",
)
def pruned(ground: Ground) -> Words:
    """A box whose older entries are archived, cosigned and dropped is asked for its first."""
    data = boxes.made(ground.tmp / "node")
    boxes.grow(data, boxes.LENGTH * 3)
    archive = ground.tmp / "archive"
    archive.mkdir()
    list(retention.archive(data, archive, dry_run=False))
    boxes.cosign(data, offline.checkpoint(data))
    list(retention.prune(data, retention.Retention(0, 0), dry_run=False))
    return ended(1, "ledger", "show", "1", "--data", str(data))
