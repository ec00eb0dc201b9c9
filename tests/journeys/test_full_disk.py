"""A disk without room under a whole node: it ends by itself, and goes on once there is room.

The node's folder is a small ext4 of its own; a file that takes what is left makes ENOSPC real, for
the ledger, for what it holds of others, and for whatever else a process writes. The anchor lies
beside the folder, on another disk, as on the appliance.
"""

import asyncio
import itertools
import json
import os
import subprocess
from contextlib import suppress

import pytest

from edgenode.sim.demo import world
from tests.journeys import books
from tests.journeys.box import command
from tests.journeys.stage import ARM, customers, staged

MIB = 1 << 20
SIZE = 12 * MIB
LEAVE = (0, 1, 5, 17, 64, 200)  # blocks of 4 KiB that are left when it is getting tight
BLOCK = 4096


@pytest.fixture
def place(tmp_path_factory):
    """A short path: a socket's may have 107 bytes."""
    return tmp_path_factory.mktemp("full")


@pytest.fixture
def small(place, needs):
    """A small ext4 where the node's folder will be."""
    needs("mkfs.ext4", "mount")
    if os.geteuid() != 0:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("needs root, to mount")
    image, folder = place / "disk", place / "world" / "nodes" / ARM.node_id
    folder.mkdir(parents=True)
    image.touch()
    os.truncate(image, SIZE)
    subprocess.run(["mkfs.ext4", "-q", "-m", "0", "-b", str(BLOCK), str(image)], check=True)
    subprocess.run(["mount", "-o", "loop", str(image), str(folder)], check=True)
    (folder / "lost+found").rmdir()
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder, leave_blocks):
    """Take the room of a disk, block by block, and give back some."""
    with (folder / "filler").open("wb") as file, suppress(OSError):
        for taken in itertools.count():
            os.posix_fallocate(file.fileno(), taken * BLOCK, BLOCK)
    os.truncate(folder / "filler", max(0, (taken - leave_blocks) * BLOCK))


def take_until(folder, left):
    """Take room until so much is left of the disk, and never all of it on the way."""
    free = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize
    with (folder / "filler").open("ab") as file:
        held = os.fstat(file.fileno()).st_size
        os.posix_fallocate(file.fileno(), held, free - left)


def assert_whole(stage):
    code, said = books.run("main", "ledger", "verify", "--data", str(stage.data))
    assert (code, said.get("ok"), said.get("anchor")) == (0, True, "match"), said


def assert_fault(stage):
    """Stopped by itself, and it says so although no new file fits on its disk."""
    code, said = command("status", "--exit-code", "--data", str(stage.data))
    assert (code, said["running"], said["verdict"]) == (1, False, "FAULT")
    assert said["problems"][0]["code"] == "EN404"


async def start_without_room(stage):
    """Start on the full disk: it says EN404, at once or as soon as it has something to write."""
    args = ("--data", str(stage.data), "--config", str(stage.places.config(ARM.node_id)))
    code, said = await asyncio.to_thread(command, "run", *args)
    assert (code, said["code"]) == (1, "EN404")
    assert said["found"].startswith("a commit failed: ") or "cannot be read: " in said["found"]


async def test_without_room_a_node_ends_and_with_room_it_goes_on(place, small, monkeypatch):
    for key in ("REDUCING_BELOW", "HALTED_BELOW"):  # nobody looks ahead: the disk is really full
        monkeypatch.setenv(f"EDGENODE__DISK__{key}", "0")
    orders = customers(mid=world.recorded(ARM).mid_ticks(world.BEGINS) / 100)
    async with staged(place / "world") as stage:
        stage.begin_market()
        for blocks in LEAVE:
            await stage.until(lambda s: s["market"] and s["sync"]["online"])
            await stage.trade_until("OrderSent", orders)
            fill(small, blocks)
            code = await stage.trade_until_the_end(orders)
            said = json.loads(await stage.children["node"].last_words())
            assert (code, said["code"], said["exit_code"]) == (1, "EN404", 1)
            assert_whole(stage)  # reading needs no room
            assert_fault(stage)
            await start_without_room(stage)
            (small / "filler").unlink()
            assert_whole(stage)
            await stage.start_node()
        await stage.desk.pause_all()
        await stage.until(lambda s: s["orders"]["unknown"] == 0 and s["sync"]["online"])
        assert await stage.stop("node") == 0
        truths = {letter: await stage.venue(letter, "/truth") for letter in "ab"}
        assert await stage.stop("centre") == 0
    rows = books.export(stage.data)
    for letter, truth in truths.items():
        books.assert_fills_are_the_venues(rows, letter, truth)
        books.assert_nothing_sent_twice(rows, letter, truth)
    assert truths["a"]["fills"], "a journey without hedges proves nothing"
    own = books.run("main", "state", "digest", "--data", str(stage.data))[1]
    args = ("book", "digest", "--node-id", ARM.node_id, "--data", str(stage.places.centre))
    theirs = books.run("central", *args)[1]
    assert (own["parts"], own["size"]) == (theirs["parts"], theirs["size"])


async def test_before_the_room_is_gone_the_node_takes_no_more_risk(place, small, monkeypatch):
    monkeypatch.setenv("EDGENODE__DISK__REDUCING_BELOW", "4")  # MiB, of the 5 that are free
    monkeypatch.setenv("EDGENODE__DISK__HALTED_BELOW", "2")
    async with staged(place / "world") as stage:
        stage.begin_market()
        await stage.until(lambda s: s["market"] and s["sync"]["online"])
        take_until(small, 3 * MIB)
        await stage.until(lambda s: s["trading_state"] == "reducing")
        take_until(small, MIB)
        await stage.until(lambda s: s["trading_state"] == "halted" and s["verdict"] == "HOLD")
        orders = customers(mid=world.recorded(ARM).mid_ticks(world.BEGINS) / 100)
        assert await stage.desk.place(next(orders)) == 422
        (small / "filler").unlink()
        assert command("resume", "--data", str(stage.data))[0] == 0
        await stage.until(lambda s: s["trading_state"] == "active")
        assert await stage.stop("node") == 0
        assert_whole(stage)
