"""Codes of sync: what the status, the command or the peer says."""

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

from edgenode.central.desk.desk import Desk
from edgenode.core.sync import receive
from edgenode.daemon.offline import log
from edgenode.wire import message as wire_message
from tests.central.test_desk import behind
from tests.codes.table import Ground, Json, Words, ended, raised, says
from tests.core.sync.parties import SIGNER, Writer
from tests.journeys.box import command, running
from tests.journeys.centre import (
    NO_SOCKET,
    QUICK,
    Centre,
    enrol,
    own_digest,
    same,
    serving,
    synced,
    trade,
    until,
)

CLAIM = ("--central", "http://127.0.0.1:9", "--code-file", "-")


@says(
    "EN301",
    "the centre does not answer at http://127.0.0.1:9/enroll/v1: "
    "<urlopen error [Errno 111] Connection refused>",
    "a running edgecentral serve",
    "check the URL and the path to it, then try again",
)
def offline(ground: Ground) -> Words:
    return ended(5, "enroll", "--data", str(ground.node()), *CLAIM, stdin="code")


@says(
    "EN302",
    "no daemon answers at {tmp}/node/control.sock: [Errno 2] No such file or directory",
    "a running daemon",
    "edgenode run --data {tmp}/node",
)
def unreachable(ground: Ground) -> Words:
    return ended(5, "pause", "--data", str(ground.node()))


@says(
    "EN303",
    "two signed histories of edge-07/1: the head at 3 is no prefix of that at 5",
    "one writer, one history",
    "keep both; stop the node; re-key it after human approval",
)
def fork(_: Ground) -> Words:
    """A writer signs another history behind a head that is held."""
    held = Writer(3).held(3)
    other = Writer(5, twist=2)
    return raised(lambda: receive.take(other.frame(4), held, SIGNER.vkey))


@says(
    "EN304",
    "Restored from an old copy: a is not reconciled yet. Only what reduces risk is let through",
    "",
    "Nothing: each venue is reconciled by itself. Close the breaks that it finds",
)
def rollback(ground: Ground) -> Words:
    """An old copy of the folder is put back, finds itself behind the centre; its venue is away."""
    config = ground.tmp / "venue.toml"
    config.write_text(
        '[[venues]]\nid = "a"\nurl = "http://127.0.0.1:1"\naccount = "desk"\n'
        'instrument = "WETH-USDC"\n'
    )
    with world(ground) as (_, data):
        old = data.with_name("old")
        with running(data) as box:
            until(box, synced)
            assert box.stop() == 0
        shutil.copytree(data, old, ignore=NO_SOCKET)
        with running(data) as box:
            trade(box, "A1")
            until(box, synced)
            assert box.stop() == 0
        shutil.rmtree(data)
        old.rename(data)
        with running(data, "--config", str(config)) as box:
            status = until(box, lambda s: named("EN304", s))
            assert "Restored from an old copy" in box.text("/")
        return problem("EN304", status)


@says(
    "EN305",
    "Another live copy of this node wrote to its ledger. Treated as a fork.",
    "one history of this ledger, and a centre that admits this node",
    "stop the other copy; new keys for every box that claims the node",
)
def clone(ground: Ground) -> Words:
    """A copy of a living box writes while that one sleeps; it wakes to a ledger that went on.

    It is paused and has opened its day, so nothing makes it write as it wakes.
    """
    with world(ground) as (centre, data), running(data) as box:
        assert command("pause", "--hedges", "--data", str(data))[0] == 0
        until(box, lambda _: "TradingDayOpened" in {r["kind"] for r in log(data, 9)})
        until(box, synced)
        box.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, box.process.pid, os.WSTOPPED | os.WNOWAIT)
        copy = data.with_name("copy")
        shutil.copytree(data, copy, ignore=NO_SOCKET)
        shutil.copy(data.parent / ".node.anchor", data.parent / ".copy.anchor")
        with running(copy) as other:
            until(other, synced)
            assert other.stop() == 0
        centre.kill()
        centre.start()
        box.process.send_signal(signal.SIGCONT)
        code, said = box.last_words()
        assert code == said["exit_code"] == 4
        return Words(said["code"], said["found"], said["expected"], said["do"])


@says(
    "EN306",
    "a frame of edge-07/1 from entry 5",
    "one from entry 4",
    "send from there",
)
def push_refused(_: Ground) -> Words:
    writer = Writer(5)
    return raised(lambda: receive.take(writer.frame(5), writer.held(3), SIGNER.vkey))


@says(
    "EN307",
    "This incarnation waits for approval at the centre.",
    "",
    "edgecentral node approve edge-07 --key FINGERPRINT, by a second person",
)
def peer_unknown(ground: Ground) -> Words:
    """A box was claimed, and nobody has approved it yet."""
    with quick(), serving(ground.tmp / "centre") as centre:
        data = ground.node()
        code = centre.desk("node", "enroll", "--node-id", "edge-07")[1]["code"]
        claim = ("--data", str(data), "--central", centre.url, "--code-file", "-")
        assert command("enroll", *claim, stdin=code)[0] == 0
        with running(data) as box:
            status = until(box, lambda s: s["problems"])
        return problem("EN307", status)


@says(
    "EN308",
    "a message without 'type'",
    "all of its fields",
    "send what PROTOCOL.md describes for this message",
)
def frame_refused(_: Ground) -> Words:
    return raised(lambda: wire_message.parse(b"\x81\xa1v\x01"))


@says(
    "EN309",
    "The centre was restored from an old copy; this node gives it back what it lost.",
    "",
    "nothing here; at the centre, find out what else it lost",
)
def centre_rollback(ground: Ground) -> Words:
    """The centre is restored from an old copy; the node gives back what it lost."""
    with world(ground) as (centre, data), running(data) as box:
        until(box, synced)
        centre.kill()
        shutil.copytree(centre.data, centre.data.with_name("kept"), ignore=NO_SOCKET)
        centre.start()
        until(box, synced)
        trade(box, "A1", "A2")
        until(box, synced)
        centre.kill()
        shutil.rmtree(centre.data)
        centre.data.with_name("kept").rename(centre.data)
        centre.start()
        status = until(box, lambda s: named("EN309", s) and synced(s))
        assert "The centre was restored" in box.text("/")
        assert box.stop() == 0
        assert same(own_digest(data), centre.digest())
        return problem("EN309", status)


@says(
    "EN310",
    "the book is still being folded: 0 of 34 entries",
    "all that was stored before the question",
    "ask again: folding goes on; edgecentral node ls shows how far it is",
)
def folding(ground: Ground) -> Words:
    """A reader that does not wait asks a centre that has just started."""

    async def asked() -> None:
        async with behind(ground.tmp / "centre", orders=2) as (opened, _, _):
            await Desk(opened, patience_s=0).perform("book.digest", {})

    return raised(lambda: asyncio.run(asked()))


@contextlib.contextmanager
def world(ground: Ground) -> Iterator[tuple[Centre, Path]]:
    with quick(), serving(ground.tmp / "centre") as centre:
        yield centre, enrol(centre, ground.tmp / "boxes" / "node")


@contextlib.contextmanager
def quick() -> Iterator[None]:
    """Let nodes retry soon: a journey waits for nothing that need not be."""
    before = dict(os.environ)
    os.environ.update(QUICK)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def named(code: str, status: Json) -> list[Json]:
    return [row for row in status["problems"] if row["code"] == code]


def problem(code: str, status: Json) -> Words:
    """Return what the status, and with it the page, says under a code."""
    row = named(code, status)[0]
    return Words(row["code"], row["text"], do=row["do"])
