import asyncio

import pytest

from edgenode.adapters.mirrors.sqlite import Mirrors
from edgenode.core.sync import receive
from edgenode.core.sync.receive import OffsetError
from tests.core.sync.parties import LEDGER, SIGNER, Writer


@pytest.fixture
async def mirrors(tmp_path):
    opened = await Mirrors.open(tmp_path / "nodes.sqlite")
    yield opened
    await opened.close()


async def store(mirrors, writer, end=None):
    held = await mirrors.held(LEDGER)
    taken = receive.take(writer.frame(held.size + 1, end), held, SIGNER.vkey)
    await mirrors.store(held, taken, "cosigned")
    return held, taken


async def test_what_was_stored_is_held_after_a_restart(mirrors, tmp_path):
    writer = Writer(7)
    await store(mirrors, writer, 3)
    await store(mirrors, writer)
    again = await Mirrors.open(tmp_path / "nodes.sqlite")
    held = await again.held(LEDGER)
    assert (held.size, held.root, held.prev) == (7, writer.head().root, writer.sealed[-1].leaf)
    assert await again.entries(LEDGER, 2, 3) == writer.sealed[2:5]
    assert await again.leaves(LEDGER, 0, 2) == [s.leaf for s in writer.sealed[:2]]
    assert await again.cosigned(LEDGER) == "cosigned"
    assert await again.ledgers() == [LEDGER]
    await again.close()


async def test_of_two_deliveries_of_the_same_entries_one_is_stored(mirrors):
    writer = Writer(5)
    held = await mirrors.held(LEDGER)
    taken = receive.take(writer.frame(1), held, SIGNER.vkey)
    found = []

    async def deliver():
        try:
            await mirrors.store(held, taken)
        except OffsetError as refused:
            found.append(refused.size)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(5):
            tasks.create_task(deliver())
    assert found == [5] * 4
    assert (await mirrors.held(LEDGER)).size == 5


async def test_a_writer_cancelled_at_any_moment_leaves_the_file_usable(mirrors):
    """A link that is cut cancels whoever was storing an acknowledgement."""
    for steps in range(12):
        task = asyncio.get_running_loop().create_task(
            mirrors.ack(LEDGER, "centre", steps, f"note {steps}")
        )
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled() or task.exception() is None
    await mirrors.ack(LEDGER, "centre", 99, "note 99")
    assert await mirrors.acked(LEDGER, "centre") == "note 99"


async def test_an_older_acknowledgement_replaces_nothing(mirrors):
    await mirrors.ack(LEDGER, "centre", 9, "nine")
    await mirrors.ack(LEDGER, "centre", 8, "eight")
    assert await mirrors.acked(LEDGER, "centre") == "nine"
    assert await mirrors.acked(LEDGER, "another") == ""


async def test_entries_are_never_changed_or_dropped(mirrors):
    await store(mirrors, Writer(2))
    for statement in ("DELETE FROM mirror_entry", "UPDATE mirror_entry SET actor = 'x'"):
        with pytest.raises(Exception, match="a mirrored entry is never"):
            await mirrors._db.execute(statement)


async def test_what_is_set_aside_is_kept_with_its_reason(mirrors):
    await mirrors.set_aside(LEDGER, 3, "no such kind", 1)
    await mirrors.set_aside(LEDGER, 3, "again", 2)
    assert await mirrors.quarantined(LEDGER) == {3: "no such kind"}
