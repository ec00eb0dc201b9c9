"""The simulator's stores keep the promises that the real ones keep: one set of tests."""

import asyncio
import random

import pytest

from edgenode.adapters.ledger import store as ledger_store
from edgenode.adapters.ledger.store import OwnLedger
from edgenode.adapters.mirrors.sqlite import Mirrors
from edgenode.core.ledger.chain import BrokenChainError
from edgenode.core.sync import receive
from edgenode.core.sync.anchor import Anchored
from edgenode.core.sync.receive import OffsetError
from edgenode.model.errors import InvariantBrokenError
from edgenode.model.ledgers import ExternalId, LedgerId
from edgenode.sim.world.disk import Disk, PowerGoneError
from edgenode.sim.world.ledger import SimLedger
from edgenode.sim.world.mirrors import SimMirrors
from tests.core.sync.parties import LEDGER, SIGNER, Writer


@pytest.fixture(params=["sqlite", "twin"])
def ledgers(request, tmp_path):
    """Return what opens the one ledger of this test, again and again."""
    disk = Disk(random.Random(1))
    path = tmp_path / "ledger.sqlite"
    if request.param == "sqlite":
        ledger_store.create(path, LEDGER, {})
    opened = []

    def open_():
        for one in opened:
            one.close()
        if request.param == "sqlite":
            opened.append(OwnLedger(path, LEDGER, SIGNER))
        else:
            opened.append(SimLedger(disk, LEDGER, SIGNER))
        return opened[-1]

    yield open_
    opened[-1].close()


@pytest.fixture(params=["sqlite", "twin"])
async def mirrors(request, tmp_path):
    if request.param == "sqlite":
        made = await Mirrors.open(tmp_path / "peers.sqlite")
    else:
        made = SimMirrors(Disk(random.Random(1)))
    yield made
    await made.close()


async def test_what_was_told_durable_is_there_after_a_start(ledgers):
    own, writer = ledgers(), Writer(7)
    assert own.head is None
    name = ExternalId("order", bytes(16))
    for entry in writer.entries[:6]:
        await own.append([entry])
    own_head = await own.append([writer.entries[6]], [(name, 7)])
    again = ledgers()
    assert again.head == own_head
    assert (own_head.size, own_head.root) == (7, writer.head().root)
    assert again.read(2, 3) == writer.sealed[2:5]
    assert again.leaves(0, 7) == [s.leaf for s in writer.sealed]
    assert again.recall(name) == (7, writer.entries[6])
    assert again.recall(ExternalId("order", b"\1" * 16)) is None


async def test_a_name_is_found_before_its_entry_is_durable(ledgers):
    own, writer = ledgers(), Writer(2)
    name = ExternalId("client", bytes(16))
    waiting = own.append(writer.entries, [(name, 2)])
    assert own.recall(name) == (2, writer.entries[1])
    await waiting
    assert own.recall(name) == (2, writer.entries[1])


async def test_commits_are_told_in_order_and_once(ledgers):
    own, writer = ledgers(), Writer(40)
    told = []
    own.on_commit.append(lambda sealed, head: told.append((sealed[0].entry.seq, head.size)))
    waiting = [own.append([entry]) for entry in writer.entries]
    heads = [await one for one in waiting]
    assert [head.size for head in heads] == sorted(head.size for head in heads)
    assert [first for first, _ in told] == [1, *(size + 1 for _, size in told[:-1])]
    assert told[-1][1] == 40


async def test_frames_of_sync_always_end_at_a_stored_head(ledgers):
    own, writer = ledgers(), Writer(30)
    for entry in writer.entries:
        await own.append([entry])
    run, heads = own.covered(4, 512)
    assert run == writer.sealed[4:]
    assert heads[-1].size == 30
    assert own.covered(30, 10) == ([], [])


async def test_own_entries_are_taken_back_once_and_only_as_the_same_history(ledgers):
    own, writer = ledgers(), Writer(9)
    await own.append(writer.entries[:4])
    with pytest.raises(BrokenChainError):
        own.restore(Writer(9, twist=3).sealed[4:], Writer(9, twist=3).head())
    own.restore(writer.sealed[4:], writer.head())
    assert own.head == writer.head()
    assert ledgers().head == writer.head()


async def test_a_start_knows_that_the_one_before_took_entries_back_until_it_appends(ledgers):
    """Power lost behind a restore: the next start is no longer behind, and still careful."""
    own, writer = ledgers(), Writer(9)
    await own.append(writer.entries[:4])
    assert not own.took_back
    own.restore(writer.sealed[4:], writer.head())
    assert own.took_back
    again = ledgers()
    assert again.took_back
    writer.grow(1)
    await again.append(writer.entries[9:])
    assert (again.took_back, ledgers().took_back) == (False, False)


async def test_a_failed_commit_is_the_last_one():
    disk = Disk(random.Random(1))
    own, writer = SimLedger(disk, LEDGER, SIGNER), Writer(3)
    await own.append(writer.entries[:1])
    disk.fails = True
    for entry in writer.entries[1:]:
        with pytest.raises(InvariantBrokenError) as caught:
            await own.append([entry])
        assert caught.value.code == "EN404"
    assert own.head.size == 1


async def test_a_disk_that_lies_takes_commits_back_and_an_honest_one_none():
    disk, writer = Disk(random.Random(1)), Writer(20)
    own = SimLedger(disk, LEDGER, SIGNER)
    for entry in writer.entries[:10]:
        await own.append([entry])
    disk.power_goes()
    own = SimLedger(disk, LEDGER, SIGNER)
    assert own.head.size == 10
    disk.lies = True  # its older heads stay: a lie can go back to any commit since then
    for entry in writer.entries[10:]:
        await own.append([entry])
    disk.power_goes()
    assert 10 <= SimLedger(disk, LEDGER, SIGNER).head.size < 20


@pytest.mark.parametrize("seed", range(12))
async def test_a_commit_that_the_power_cuts_is_wholly_there_or_wholly_gone(seed):
    disk, writer = Disk(random.Random(seed)), Writer(7)
    own = SimLedger(disk, LEDGER, SIGNER)
    await own.append(writer.entries[:3])
    name = ExternalId("order", bytes(16))
    told = own.append(writer.entries[3:], [(name, 5)])
    became = disk.power_goes()
    again = SimLedger(disk, LEDGER, SIGNER)
    whole = became == "whole"
    assert whole or became == "gone"
    assert again.head.size == (7 if whole else 3)
    assert again.read(0, 9) == writer.sealed[: again.head.size]
    assert (again.recall(name) is not None) == whole
    await asyncio.sleep(0.05)
    assert not told.done(), "nobody is told"
    assert SimLedger(disk, LEDGER, SIGNER).head == again.head, "a dead process writes nothing"


async def test_of_torn_commits_some_are_there_and_some_are_gone():
    became = set()
    for seed in range(12):
        disk = Disk(random.Random(seed))
        waiting = SimLedger(disk, LEDGER, SIGNER).append(Writer(1).entries)
        became.add(disk.power_goes())
        assert not waiting.done()
    assert became == {"whole", "gone"}


@pytest.mark.parametrize("seed", range(6))
async def test_an_entry_of_a_peer_that_the_power_cuts_is_there_with_its_head_or_not_at_all(seed):
    disk, writer = Disk(random.Random(seed)), Writer(5)
    mirrors = SimMirrors(disk)
    held = await mirrors.held(LEDGER)
    taken = receive.take(writer.frame(1), held, SIGNER.vkey)
    storing = asyncio.ensure_future(mirrors.store(held, taken, "note"))  # noqa: TID251  awaited
    await asyncio.sleep(0)
    became = disk.power_goes()
    with pytest.raises(PowerGoneError):
        await storing
    again = SimMirrors(disk)
    size, note = (5, "note") if became == "whole" else (0, "")
    assert (await again.held(LEDGER)).size == len(await again.entries(LEDGER, 0, 9)) == size
    assert await again.cosigned(LEDGER) == note


async def test_a_commit_that_the_disk_refuses_is_gone_when_the_power_goes():
    for seed in range(12):
        disk = Disk(random.Random(seed))
        own = SimLedger(disk, LEDGER, SIGNER)
        waiting = own.append(Writer(1).entries)
        disk.full = True
        assert disk.power_goes() == "gone"
        assert not waiting.done()


async def test_an_anchor_that_the_power_cuts_is_the_new_one_or_the_one_before():
    one, two = Anchored(LEDGER.name, 1, bytes(32)), Anchored(LEDGER.name, 2, bytes(32))
    found = set()
    for seed in range(12):
        disk = Disk(random.Random(seed))
        disk.write(one)
        await asyncio.sleep(0.05)
        disk.power_goes()
        assert disk.read() == one, "it was whole"
        disk.write(two)
        disk.power_goes()
        found.add(disk.read())
        disk.power_goes()
    assert found == {one, two}


async def test_of_two_deliveries_of_the_same_entries_one_is_stored(mirrors):
    writer = Writer(5)
    held = await mirrors.held(LEDGER)
    taken = receive.take(writer.frame(1), held, SIGNER.vkey)
    await mirrors.store(held, taken)
    with pytest.raises(OffsetError) as caught:
        await mirrors.store(held, taken)
    assert caught.value.size == 5
    now = await mirrors.held(LEDGER)
    assert (now.size, now.root, now.prev) == (5, writer.head().root, writer.sealed[-1].leaf)
    assert await mirrors.entries(LEDGER, 2, 2) == writer.sealed[2:4]
    assert await mirrors.leaves(LEDGER, 1, 3) == [s.leaf for s in writer.sealed[1:3]]
    assert await mirrors.ledgers() == [LEDGER]


async def test_an_older_acknowledgement_replaces_nothing(mirrors):
    await mirrors.ack(LEDGER, "centre", 9, "nine")
    await mirrors.ack(LEDGER, "centre", 8, "eight")
    assert await mirrors.acked(LEDGER, "centre") == "nine"
    assert await mirrors.acked(LEDGER, "another") == ""
    assert await mirrors.cosigned(LEDGER) == ""


async def test_the_first_evidence_of_a_ledger_is_given_back(mirrors):
    other = LedgerId("edge-08", "main", 1)
    assert await mirrors.evidence(LEDGER) == b""
    for data in (b"first", b"second", b"first"):
        await mirrors.keep(LEDGER, data, 1)
    assert await mirrors.evidence(LEDGER) == b"first"
    assert await mirrors.evidence(other) == b""
