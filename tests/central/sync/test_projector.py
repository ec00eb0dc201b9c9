"""The fold comes behind what is stored, loses nothing, and a reader never sees less than it named.

A centre is handed entries as the sync server hands them over: stored first, then told.
"""

import asyncio
import sqlite3
from contextlib import asynccontextmanager

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edgenode.adapters.mirrors.sqlite import Mirrors
from edgenode.central.centre import Centre
from edgenode.central.sync import projector as module
from edgenode.central.sync.projector import Projector
from edgenode.core.ledger.chain import Tip, seal_run
from edgenode.core.observations import OrderAsked, Tick
from edgenode.core.state.digest import digest
from edgenode.core.sync.receive import HeldLedger, Taken
from edgenode.model.errors import InvariantBrokenError
from edgenode.model.ids import NodeId
from edgenode.model.ledgers import Head, LedgerId
from edgenode.wire.note import Signer
from tests.central.test_merge_law import Memory
from tests.core.world import CUSTOMER, LEDGER, SECOND, World, intent

OTHER = LedgerId("edge-99", "main", 1)
NODE = NodeId(LEDGER.party)


class Wall:
    """A clock that stands."""

    def now_ns(self):
        return 1


def entries(orders=30):
    world = World()
    for number in range(orders):
        world.now += SECOND
        world.publish("a", 150_000)
        world.observe(Tick())
        ask = intent(f"T{number}", lots=10, price=151_000, time_in_force="ioc")
        world.observe(OrderAsked(ask, CUSTOMER))
    return world.state, [recorded.entry for recorded in world.recorded]


def poisoned(run, at):
    run = [*run[:at], run[at]._replace(kind="FromTheFuture"), *run[at:]]
    return [e._replace(seq=n, idem=n.to_bytes(16, "big")) for n, e in enumerate(run, start=1)]


def a_centre(mirrors):
    signer = Signer("centre", Ed25519PrivateKey.from_private_bytes(bytes(32)))
    centre = Centre(Memory(), signer, Wall(), Wall())
    return centre, Projector(centre, mirrors)


@asynccontextmanager
async def mirrors_in(folder):
    mirrors = await Mirrors.open(folder / "nodes.sqlite")
    try:
        yield mirrors
    finally:
        await mirrors.close()


async def store(mirrors, run, ledger=LEDGER):
    sealed = tuple(seal_run(Tip(ledger), run))
    held = HeldLedger(ledger)
    await mirrors.store(held, Taken(sealed, held.grown(sealed, Head(len(run), b"", "")), len(run)))
    return len(run)


async def test_a_reader_waits_for_all_that_was_stored_before_it_asked(tmp_path):
    state, run = entries()
    async with mirrors_in(tmp_path) as mirrors:
        centre, projector = a_centre(mirrors)
        projector.stored(LEDGER, await store(mirrors, run))
        assert centre.book.states == {}
        await projector.caught_up()
        assert digest(centre.book.states[NODE]) == digest(state)


async def test_a_start_folds_what_was_stored_and_never_folded(tmp_path):
    state, run = entries()
    async with mirrors_in(tmp_path) as mirrors:
        await store(mirrors, run)
        centre, projector = a_centre(mirrors)
        await projector.start()
        await projector.caught_up()
        assert digest(centre.book.states[NODE]) == digest(state)


async def test_a_reader_of_one_node_does_not_wait_for_another(tmp_path):
    _, run = entries(2)
    async with mirrors_in(tmp_path) as mirrors:
        centre, projector = a_centre(mirrors)
        for ledger in (LEDGER, OTHER):
            projector.stored(ledger, await store(mirrors, run, ledger))
        await projector.caught_up(NODE)
        assert list(centre.book.states) == [NODE]


async def test_it_folds_by_itself_also_while_intake_is_never_quiet(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE_S", 0)
    folded = asyncio.Event()
    _, run = entries()
    async with mirrors_in(tmp_path) as mirrors:
        centre, projector = a_centre(mirrors)
        project = centre.project

        def seen(ledger, page):
            reasons = project(ledger, page)
            if page[-1].entry.seq == len(run):
                folded.set()
            return reasons

        monkeypatch.setattr(centre, "project", seen)
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(projector.run())
            with projector.giving_way():
                projector.stored(LEDGER, await store(mirrors, run))
                await folded.wait()
            task.cancel()
        assert centre.book.states[NODE].size == len(run)


async def test_only_what_is_known_to_be_stored_is_folded(tmp_path):
    _, run = entries()
    async with mirrors_in(tmp_path) as mirrors:
        centre, projector = a_centre(mirrors)
        await store(mirrors, run)
        projector.stored(LEDGER, 5)
        await projector.caught_up()
        assert centre.book.states[NODE].size == 5


async def test_readers_together_fold_each_entry_once(tmp_path):
    state, run = entries()
    async with mirrors_in(tmp_path) as mirrors:
        centre, projector = a_centre(mirrors)
        projector.stored(LEDGER, await store(mirrors, run))
        async with asyncio.TaskGroup() as tasks:
            for _ in range(3):
                tasks.create_task(projector.caught_up())
        assert digest(centre.book.states[NODE]) == digest(state)


async def test_what_cannot_be_folded_is_noted_with_its_reason_and_the_rest_goes_on(tmp_path):
    _, run = entries()
    run = poisoned(run, 7)
    async with mirrors_in(tmp_path) as mirrors:
        for _ in range(2):  # a start folds again, and notes nothing twice
            centre, projector = a_centre(mirrors)
            if await mirrors.ledgers():
                await projector.start()
            else:
                projector.stored(LEDGER, await store(mirrors, run))
            await projector.caught_up()
            aside = await mirrors.quarantined(LEDGER)
            assert list(aside) == [8]
            assert "FromTheFuture" in aside[8]
            assert centre.book.states[NODE].size == len(run)


async def test_a_reason_outlives_a_reader_that_was_cancelled(tmp_path, monkeypatch):
    _, run = entries(2)
    run = poisoned(run, 3)
    async with mirrors_in(tmp_path) as mirrors:
        centre, projector = a_centre(mirrors)
        projector.stored(LEDGER, await store(mirrors, run))
        noting, note = asyncio.Event(), mirrors.set_aside

        async def never(*_):
            noting.set()
            await asyncio.Event().wait()

        monkeypatch.setattr(mirrors, "set_aside", never)
        async with asyncio.TaskGroup() as tasks:
            reader = tasks.create_task(projector.caught_up())
            await noting.wait()
            reader.cancel()
        monkeypatch.setattr(mirrors, "set_aside", note)
        await projector.caught_up()
        assert list(await mirrors.quarantined(LEDGER)) == [4]
        assert centre.book.states[NODE].size == len(run)


@pytest.mark.parametrize("call", ["SELECT seq, hlc", "INSERT OR IGNORE INTO quarantine"])
async def test_a_disk_that_fails_ends_the_fold_and_the_next_start_folds_all(
    tmp_path, monkeypatch, call
):
    """Reading what was stored fails, or noting what is set aside of it."""
    _, run = entries()
    run = poisoned(run, len(run) - 3)  # behind many pages
    async with mirrors_in(tmp_path) as mirrors:
        centre, projector = a_centre(mirrors)
        projector.stored(LEDGER, await store(mirrors, run))
        await projector._fold(LEDGER)
        assert centre.book.states[NODE].size == module.PAGE
        with monkeypatch.context() as failing:
            fail(failing, mirrors, call)
            for reader in (projector.run, projector.caught_up):
                with pytest.raises(InvariantBrokenError, match=r"failed: disk I/O error$") as told:
                    await reader()
                assert told.value.code == "EN404"
        centre, projector = a_centre(mirrors)
        await projector.start()
        await projector.caught_up()
        assert list(await mirrors.quarantined(LEDGER)) == [len(run) - 3]
        assert centre.book.states[NODE].size == len(run)


def fail(monkeypatch, mirrors, call):
    """Let each statement that begins so find a disk that fails."""
    for name in ("execute", "execute_fetchall"):
        real = getattr(mirrors._db, name)

        async def execute(sql, *values, real=real):
            if sql.startswith(call):
                error = sqlite3.OperationalError("disk I/O error")
                error.sqlite_errorcode = sqlite3.SQLITE_IOERR_READ
                raise error
            return await real(sql, *values)

        monkeypatch.setattr(mirrors._db, name, execute)
