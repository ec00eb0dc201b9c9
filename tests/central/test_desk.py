"""What the desk is told while the book is behind what is stored, and that nobody waits in vain."""

import asyncio
import http.client
import json
import socket
import threading
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edgenode.adapters.clock import WallClock
from edgenode.central import app, folder, offline
from edgenode.central.config import Config
from edgenode.central.desk.desk import Desk
from edgenode.central.door import CentreDoor
from edgenode.central.sync.projector import FoldProgress
from edgenode.core.state.digest import digest
from edgenode.model.errors import RefusedError, UnreachableError
from edgenode.model.ledgers import LedgerId
from edgenode.wire.note import Signer, Vkey
from tests.central.sync.test_projector import entries, mirrors_in, store
from tests.patience import PATIENCE_S

READERS = (
    *("grant.ls", "request.ls", "mandate.ls"),
    *("book.positions", "book.pnl", "book.exposure", "book.digest"),
)
NODE = {"node_id": "edge-07"}


@asynccontextmanager
async def behind(data, orders=30):
    """A centre that has just started over a ledger it never folded: (parts, entries, state)."""
    folder.init(data)
    state, run = entries(orders)
    async with mirrors_in(data) as mirrors:
        await store(mirrors, run)
    wall = WallClock()
    async with folder.opened(data, wall, wall) as opened:
        yield opened, len(run), state


@asynccontextmanager
async def fresh(data):
    """A centre that holds no entry of any node."""
    folder.init(data)
    wall = WallClock()
    async with folder.opened(data, wall, wall) as opened:
        yield opened


@pytest.mark.parametrize("verb", READERS)
async def test_a_reader_without_patience_is_told_how_far_the_fold_is(tmp_path, verb):
    async with behind(tmp_path / "data") as (opened, stored, _):
        with pytest.raises(RefusedError) as told:
            await Desk(opened, patience_s=0).perform(verb, {})
        assert told.value.code == "EN310"
        assert told.value.found == f"the book is still being folded: 0 of {stored} entries"
        assert (await Desk(opened).perform(verb, {}))["schema"] == f"edgecentral.{verb}/1"
        assert opened.projector.progress() == FoldProgress(stored, stored)


async def test_a_question_that_was_given_up_leaves_the_fold_further_on(tmp_path, monkeypatch):
    async with behind(tmp_path / "data") as (opened, stored, state):
        read, read_after, begun = opened.mirrors.entries, [], asyncio.Event()

        async def entries_of(ledger, after, limit):
            page = await read(ledger, after, limit)
            read_after.append(after)
            if len(read_after) == 2:
                begun.set()
            return page

        monkeypatch.setattr(opened.mirrors, "entries", entries_of)
        desk = Desk(opened)
        async with asyncio.TaskGroup() as tasks:
            asked = tasks.create_task(desk.perform("book.digest", NODE))
            await begun.wait()
            asked.cancel()
        assert 0 < opened.projector.progress().folded < stored
        made = await desk.perform("book.digest", NODE)
        assert made["digest"] == digest(state).digest.hex()
        assert sorted(set(read_after)) == read_after, "a page was folded twice"


async def test_who_reads_no_book_does_not_wait_for_it(tmp_path):
    async with behind(tmp_path / "data") as (opened, stored, _):
        desk = Desk(opened, patience_s=0)
        await desk.perform("node.enroll", NODE)
        row = (await desk.perform("node.ls", {}))["nodes"][0]
        assert (row["state"], row["entries"], row["unfolded_entries"]) == (
            "invited",
            stored,
            stored,
        )
        assert (await desk.perform("node.revoke", NODE))["state"] == "revoked"
        assert (await desk.perform("core-hedge.ls", {}))["core_hedges"] == []
        await opened.projector.caught_up()
        row = (await desk.perform("node.ls", {}))["nodes"][0]
        assert (row["state"], row["entries"], row["unfolded_entries"]) == ("revoked", stored, 0)


async def claimed(desk, **by):
    """A box that has used its code."""
    code = (await desk.perform("node.enroll", {**NODE, **by}))["code"]
    vkey = Signer("edge-07", Ed25519PrivateKey.generate()).vkey.text
    await desk.claim({"ledger": "edge-07/1", "ledger_vkey": vkey, "code": code})
    return Vkey.parse(vkey).fingerprint


async def test_the_status_names_what_somebody_has_to_do_and_does_not_wait(tmp_path):
    async with fresh(tmp_path / "fresh") as opened:
        desk = Desk(opened, patience_s=0)
        said = await desk.perform("status", {})
        assert (said["problems"], said["nodes"], said["entries"]) == ([], {}, 0)
        key = await claimed(desk)
        said = await desk.perform("status", {})
        assert said["nodes"] == {"claimed": 1}
        (problem,) = said["problems"]
        assert key in problem["text"]
        assert "edgecentral node approve edge-07" in problem["do"]
    async with behind(tmp_path / "behind") as (opened, stored, _):
        desk = Desk(opened, patience_s=0)
        await desk.perform("node.enroll", NODE)
        said = await desk.perform("status", {})
        assert (said["entries"], said["unfolded_entries"]) == (stored, stored)


@pytest.mark.parametrize("issuer", ["", "ann", "desk"])
@pytest.mark.parametrize("approver", [None, "", "  ", "desk"])
async def test_nobody_approves_without_a_name(tmp_path, issuer, approver):
    async with fresh(tmp_path / "data") as opened:
        desk = Desk(opened)
        key = await claimed(desk, actor=issuer)
        with pytest.raises(RefusedError, match="nobody is named") as told:
            await desk.perform("node.approve", {**NODE, "key": key, "actor": approver})
        assert (told.value.code, told.value.exit_code) == ("EN503", 6)
        assert "--actor" in told.value.do
        assert (await desk.perform("node.ls", {}))["nodes"][0]["state"] == "claimed"


@pytest.mark.parametrize("approver", ["ann", " ann", "Ann"])
async def test_who_issued_the_code_does_not_approve_it(tmp_path, approver):
    async with fresh(tmp_path / "data") as opened:
        desk = Desk(opened)
        key = await claimed(desk, actor="ann")
        with pytest.raises(RefusedError, match="person:ann issued the code") as told:
            await desk.perform("node.approve", {**NODE, "key": key, "actor": approver})
        assert told.value.code == "EN503"
        assert (await desk.perform("node.approve", {**NODE, "key": key, "actor": "bob"}))[
            "state"
        ] == "approved"


async def test_a_node_that_was_revoked_is_not_approved(tmp_path):
    async with fresh(tmp_path / "data") as opened:
        desk = Desk(opened)
        key = await claimed(desk, actor="ann")
        await desk.perform("node.revoke", NODE)
        with pytest.raises(RefusedError, match="edge-07 was revoked") as told:
            await desk.perform("node.approve", {**NODE, "key": key, "actor": "bob"})
        assert (told.value.code, told.value.exit_code) == ("EN307", 6)


async def test_over_the_socket_and_the_port_the_same_is_said(tmp_path):
    data = tmp_path / "data"
    async with behind(data) as (opened, stored, _):
        desk = Desk(opened, patience_s=0)
        options = app.Options(data=data, config=Config(port=0))
        async with app._serving(opened, desk, options, CentreDoor()) as (url, _):
            assert await asyncio.to_thread(health, url) == {
                "live": True,
                "unfolded_entries": stored,
            }
            with pytest.raises(RefusedError) as told:
                await asyncio.to_thread(offline.perform, data, "book.digest", {})
            assert (told.value.code, told.value.exit_code) == ("EN310", 5)
            assert told.value.do.startswith("ask again")
            await opened.projector.caught_up()
            assert await asyncio.to_thread(health, url) == {"live": True, "unfolded_entries": 0}


def test_a_centre_that_hangs_up_is_an_error_of_its_own(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(tmp_path / "control.sock"))
        listening.listen()

        def hang_up():
            listening.accept()[0].close()

        other = threading.Thread(target=hang_up)
        other.start()
        with pytest.raises(UnreachableError) as told:
            offline.perform(tmp_path, "node.ls", {})
        other.join()
    assert told.value.code == "EN302"
    assert told.value.found.startswith(f"the centre at {tmp_path}/control.sock did not answer")


def health(url):
    at = urlsplit(url)
    connection = http.client.HTTPConnection(at.hostname, at.port, timeout=PATIENCE_S)
    try:
        connection.request("GET", "/healthz")
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


async def test_node_ls_tells_what_could_not_be_folded_and_why(tmp_path):
    folder.init(tmp_path / "data")
    wall = WallClock()
    async with folder.opened(tmp_path / "data", wall, wall) as opened:
        desk = Desk(opened)
        await desk.perform("node.enroll", {**NODE, "desk": "d"})

        async def told():
            (row,) = (await desk.perform("node.ls", {}))["nodes"]
            return row["set_aside_entries"], row["set_aside_reason"]

        assert await told() == (0, None)
        ledger = LedgerId("edge-07", "main", opened.centre.registry.nodes["edge-07"].incarnation)
        for seq in (9, 7):
            await opened.mirrors.set_aside(ledger, seq, f"no such kind {seq}", 1)
        assert await told() == (2, "no such kind 7")


@pytest.mark.parametrize("args", [NODE, {}])
async def test_each_answer_carries_the_digest_of_what_it_is_as_of(tmp_path, args):
    async with behind(tmp_path / "data") as (opened, _, state):
        desk = Desk(opened)
        own = digest(state).digest.hex()
        for verb in ("book.positions", "book.pnl", "book.exposure"):
            answer = await desk.perform(verb, args)
            assert [row["ledger"] for row in answer["as_of"]] == ["edge-07/1"]
            assert answer["digest"] == (await desk.perform("book.digest", args))["digest"]
            assert (answer["digest"] == own) == bool(args)


def test_a_centre_that_is_slow_is_waited_for_in_words_and_its_answer_still_counts(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(offline, "SAID_AFTER_S", 0.0)
    said, told = [], threading.Event()

    def waits(message):
        said.append(message)
        told.set()

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(tmp_path / "control.sock"))
        listening.listen()

        def answer():
            peer, _ = listening.accept()
            told.wait()
            asked = b""
            while not asked.endswith(b"}}"):  # headers and body may come one after the other
                asked += peer.recv(65_536)
            peer.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"nodes":1}')
            peer.close()

        other = threading.Thread(target=answer)
        other.start()
        assert offline.perform(tmp_path, "node.ls", {}, waits) == {"nodes": 1}
        other.join()
    assert [message["code"] for message in said] == ["waiting"]
    expected = f"waiting for the centre at {tmp_path}/control.sock, for at most 30 s"
    assert said[0]["text"] == expected
