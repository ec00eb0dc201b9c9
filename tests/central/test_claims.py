"""One code, one claim; and whatever cuts a claim off, the centre starts again and goes on."""

import asyncio
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from itertools import permutations
from pathlib import Path
from unittest.mock import ANY
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edgenode.adapters.clock import WallClock
from edgenode.adapters.ledger import store as ledger_store
from edgenode.central import folder
from edgenode.central.desk.desk import Desk
from edgenode.model.errors import REGISTRY, RefusedError
from edgenode.model.ledgers import LedgerId
from edgenode.wire import request
from edgenode.wire.note import Signer
from tests.adapters.test_disk_faults import EVERY
from tests.central.claimer import NODE, VKEY, claim_of
from tests.journeys.centre import Centre
from tests.journeys.tracing import injected

ROOT = Path(__file__).parents[2]
CALLS = ("mkdir", "pwrite64", "fdatasync", "fsync", "rename", "unlink")
INVITED = {"node_id": NODE, "actor": "ann"}


def key():
    return Signer(NODE, Ed25519PrivateKey.generate()).vkey


async def code_of(desk):
    return (await desk.perform("node.enroll", INVITED))["code"]


def claims(desk, vkeys, code):
    return [desk.claim({**claim_of(code), "ledger_vkey": vkey.text}) for vkey in vkeys]


def approval(desk, vkey):
    asked = {"node_id": NODE, "key": vkey.fingerprint, "actor": "bob"}
    return desk.perform("node.approve", asked)


async def at_once(acts):
    """Begin all in this order, before any waits for the disk; refusals are answers."""

    async def ended(act):
        try:
            return await act
        except RefusedError as error:
            return error

    async with asyncio.TaskGroup() as tasks:
        begun = [tasks.create_task(ended(act)) for act in acts]
    return [task.result() for task in begun]


async def state_of(desk):
    (row,) = (await desk.perform("node.ls", {}))["nodes"]
    return row["state"], row["key"]


@pytest.fixture
async def opened(tmp_path):
    folder.init(tmp_path / "centre")
    wall = WallClock()
    async with folder.opened(tmp_path / "centre", wall, wall) as made:
        yield made


@pytest.mark.parametrize("same_key", [False, True])
async def test_of_twenty_claims_at_one_moment_one_is_taken(opened, same_key):
    desk = Desk(opened)
    code, one = await code_of(desk), key()
    vkeys = [one if same_key else key() for _ in range(20)]
    done = await at_once(claims(desk, vkeys, code))
    taken = [vkey for vkey, answer in zip(vkeys, done, strict=True) if isinstance(answer, dict)]
    refused = [answer for answer in done if isinstance(answer, RefusedError)]
    assert (len(taken), [error.code for error in refused]) == (1, ["EN502"] * 19)
    assert await state_of(desk) == ("claimed", taken[0].fingerprint)


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_whatever_happens_at_the_same_moment_only_the_key_that_was_named_is_approved(
    opened, order
):
    """An approval, a claim by another key and a revocation, begun in every order."""
    desk = Desk(opened)
    mine, theirs = key(), key()
    await claims(desk, [mine], await code_of(desk))[0]
    other = claims(desk, [theirs], await code_of(desk))[0]
    acts = [approval(desk, mine), other, desk.perform("node.revoke", {"node_id": NODE})]
    await at_once([acts[at] for at in order])
    assert await state_of(desk) == ("revoked", theirs.fingerprint)
    assert not opened.centre.registry.nodes[NODE].approved


async def test_an_approval_says_nothing_of_a_key_that_is_claimed_afterwards(opened):
    desk = Desk(opened)
    mine, theirs = key(), key()
    await claims(desk, [mine], await code_of(desk))[0]
    assert (await approval(desk, mine))["state"] == "approved"
    await claims(desk, [theirs], await code_of(desk))[0]
    assert await state_of(desk) == ("claimed", theirs.fingerprint)
    with pytest.raises(RefusedError, match=f"has the key {theirs.fingerprint}") as told:
        await approval(desk, mine)
    assert (told.value.code, told.value.exit_code) == ("EN508", 6)


def test_a_fingerprint_is_compared_as_people_type_it_and_never_in_part():
    vkey = key()
    shown = vkey.fingerprint
    for words in (shown, shown.upper(), shown.replace("-", " "), f" {shown}\n", vkey.text):
        assert vkey.is_meant_by(words)
    for words in ("", shown[:-1], shown[:9], vkey.short, vkey.key_id.hex(), key().fingerprint):
        assert not vkey.is_meant_by(words)


# -- cut off --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def invited(tmp_path_factory):
    """A centre's folder with one code that nobody used: (folder, code)."""
    data = tmp_path_factory.mktemp("invited") / "centre"
    folder.init(data)

    async def issue():
        wall = WallClock()
        async with folder.opened(data, wall, wall) as opened:
            return await code_of(Desk(opened))

    code = asyncio.run(issue())
    for made in data.glob("nodes.sqlite*"):
        made.unlink()  # so that a start writes it
    return data, code


def claim(data, code, *more, inject=(), trace="/dev/null"):
    """Run the program, under strace where something is injected: (exit code, what it said)."""
    argv = [sys.executable, "-m", "tests.central.claimer", str(data), code, *more]
    if inject or trace != "/dev/null":
        strace = ["strace", "-f", "-qq", "-o", str(trace), "-e", f"trace={','.join(CALLS)}"]
        argv = [*strace, *(part for one in inject for part in ("-e", f"inject={one}")), *argv]
    done = subprocess.run(
        argv, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
        check=False, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    return done.returncode, done.stdout.split()


def goes_on(data, code, *, told):
    """Start the centre again: nothing told is lost, and the enrolment is brought to its end."""

    async def story():
        wall = WallClock()
        async with folder.opened(data, wall, wall) as opened:
            desk = Desk(opened)
            state, shown = await state_of(desk)
            assert state in ({"claimed"} if told else {"invited", "claimed"})
            if state == "invited":
                await desk.claim(claim_of(code))
            else:
                assert shown == VKEY.fingerprint
                with pytest.raises(RefusedError, match="has claimed edge-07 already"):
                    await desk.claim(claim_of(code))
            assert (await approval(desk, VKEY))["state"] == "approved"
            revoked = [{"fact": "GrantRevoked", "id": "g", "reason": "drill"}]
            await desk.perform("tell", {"node_id": NODE, "facts": revoked})
            kinds = [s.entry.kind for s in opened.centre.downs[NODE].store.read(0, 10)]
            assert kinds == ["Genesis", "GrantRevoked"]

    asyncio.run(story())


def copied(invited, to):
    shutil.copytree(invited[0], to)
    return to


@pytest.mark.needs("strace")
@pytest.mark.timeout(600)
@pytest.mark.parametrize("fault", ["signal=KILL", "error=ENOSPC", "error=EIO"])
@pytest.mark.parametrize("call", CALLS)
def test_struck_at_any_call_of_a_claim_the_centre_starts_again(invited, tmp_path, call, fault):
    trace = tmp_path / "calls"
    assert claim(copied(invited, tmp_path / "whole"), invited[1], trace=trace)[1][-1] == "claimed"
    count = len(re.findall(rf"{call}\(", trace.read_text()))
    assert count, f"a claim makes no {call}: strike at what it does make"
    step = 1 if EVERY == 1 else max(1, count // (4 if fault == "signal=KILL" else 2))
    for number in range(1, count + 1, step):
        data = copied(invited, tmp_path / str(number))
        code, said = claim(data, invited[1], inject=[f"{call}:{fault}:when={number}"])
        if fault == "signal=KILL":
            assert code in {0, -signal.SIGKILL, 128 + signal.SIGKILL}, (number, code, said)
        goes_on(data, invited[1], told="claimed" in said)


def test_short_of_descriptors_a_claim_is_refused_and_the_code_stays_good(invited, tmp_path):
    """From none left to enough; the same process takes the claim once there are some."""
    seen = []
    for descriptors in range(1, 12):
        data = copied(invited, tmp_path / str(descriptors))
        code, said = claim(data, invited[1], str(descriptors))
        assert code == 0
        assert said in (["ready", "EN404", "claimed"], ["ready", "claimed", "EN502"]), said
        seen.append(said[1])
        goes_on(data, invited[1], told=True)
    assert seen == sorted(seen, key=lambda word: word == "claimed"), seen
    assert {"EN404", "claimed"} == set(seen)


@pytest.mark.needs("strace")
async def test_a_commit_that_fails_is_told_and_ends_the_centre_whose_next_start_takes_the_claim(
    invited, tmp_path
):
    data, code = copied(invited, tmp_path / "centre"), invited[1]
    centre = Centre(data)
    await asyncio.to_thread(centre.start)
    try:
        wal = data / "desk.sqlite-wal"
        async with injected(centre.process.pid, "pwrite64", "error=ENOSPC", wal):
            status, told = await asyncio.to_thread(posted, centre.url, code)
            assert (status, told["code"]) == (503, "EN404")
            ended = await asyncio.to_thread(centre.process.wait, 60)
        assert ended == REGISTRY["EN404"].exit_code
        centre.kill()  # it has ended: only its pipe is left
        await asyncio.to_thread(centre.start)
        assert await asyncio.to_thread(posted, centre.url, code) == (200, ANY)
    finally:
        centre.kill()


async def test_of_whoever_is_unknown_a_long_body_is_not_read(invited, tmp_path):
    centre = Centre(copied(invited, tmp_path / "centre"))
    await asyncio.to_thread(centre.start)
    try:
        head = "POST /sync/v1 HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n"
        head += f"{request.HEADER}: edge-99/1 {'00' * 64}\r\n\r\n"
        reader, writer = await asyncio.open_connection(*centre.address)
        writer.write(head.encode())
        status = await reader.readline()  # nothing of the body was sent
        assert status.split()[1] in {b"400", b"403"}
        writer.close()
    finally:
        centre.kill()


def posted(url, code):
    """Claim over HTTP: (status, answer)."""
    at = urlsplit(url)
    connection = http.client.HTTPConnection(at.hostname, at.port, timeout=60)
    try:
        connection.request("POST", "/enroll/v1", json.dumps(claim_of(code)))
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


@pytest.mark.parametrize("lost", ["file", "entries"])
def test_a_down_ledger_that_is_lost_stops_the_start_and_is_never_begun_anew(tmp_path, lost):
    data = tmp_path / "centre"
    folder.init(data)

    async def claimed():
        async with folder.opened(data, WallClock(), WallClock()) as opened:
            desk = Desk(opened)
            await desk.claim(claim_of(await code_of(desk)))

    async def started():
        async with folder.opened(data, WallClock(), WallClock()):
            pass

    asyncio.run(claimed())
    down = data / "down" / f"{NODE}.1.sqlite"
    kept = down.read_bytes()
    down.unlink()
    if lost == "entries":
        ledger_store.create(down, LedgerId("centre", f">{NODE}", 1), {})
    with pytest.raises(RefusedError, match=r"is missing|has no entry") as caught:
        asyncio.run(started())
    assert caught.value.code == "EN402"
    assert "from a backup" in caught.value.do
    assert down.exists() == (lost == "entries")
    down.write_bytes(kept)
    asyncio.run(started())
