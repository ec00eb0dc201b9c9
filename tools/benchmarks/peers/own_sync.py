"""Our own sync, production code at both ends: `edgecentral serve`, and the daemon's syncer.

The node's end is a process that opens a data folder as the daemon does and lets its syncer talk to
the centre over HTTP: python -m tools.benchmarks.peers.own_sync NODE_FOLDER URL. It answers `sync`
once the centre has cosigned everything that the ledger holds. Nothing else of a daemon runs.
"""

import asyncio
import cProfile
import json
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import uvloop

from edgenode import __version__
from edgenode.adapters import logs
from edgenode.adapters.clock import BootClock, WallClock
from edgenode.adapters.mirrors.sqlite import Mirrors
from edgenode.adapters.sync.http import HttpCentre
from edgenode.central import config as central_config
from edgenode.central import folder as central_folder
from edgenode.central import offline
from edgenode.central.desk.desk import Desk
from edgenode.central.main import run_centre
from edgenode.core.sync.table import SyncVerdict
from edgenode.daemon.folder import enrolment
from edgenode.daemon.folder import folder as node_folder
from edgenode.daemon.folder.pinned import Pinned
from edgenode.model.errors import RefusedError
from edgenode.services.syncer import Syncer
from edgenode.wire import message as wire_message
from edgenode.wire.message import Message
from edgenode.wire.note import Vkey
from tools.benchmarks.bench import lines_of
from tools.benchmarks.children import Child, ChildError, Json, Watch, python, running
from tools.benchmarks.measure import Sample
from tools.benchmarks.network import loopback_bytes
from tools.benchmarks.records import LEDGER, NODE, Records
from tools.benchmarks.transfer import Transfer, timed

CENTRE = "from edgenode.__main__ import central; central()"
PROFILED = "--profile"


class Own:
    """Ours."""

    name = "ours"
    note = "verified, durable and cosigned at the centre; the book is folded behind that"

    def version(self) -> str:
        """Say which version this is."""
        return __version__

    def transfer(self, records: Records, folder: Path) -> Transfer:
        """Enrol the node at a new centre, then let it push its whole ledger."""
        centre = enrolled(records, folder)
        with serving(centre, folder) as (server, url), _node(records, folder, url) as source:
            watch, began = Watch(source, server), time.perf_counter_ns()
            done = timed(records.count, lambda: source.ask(verb="sync"), source, server)
            _folded(centre)
            took = time.perf_counter_ns() - began
            folded = Sample(records.count, max(1, watch.cpu_ns()), took)
        if "entry_set_aside" in (folder / "centre.log").read_text(encoding="utf-8"):
            raise ChildError(f"the centre could not fold all entries: see {folder}/centre.log")
        return replace(done, folded=folded)

    def held_already(self, records: Records, folder: Path) -> Json:
        """Sync, then connect again with nothing new; give what was said until that is known."""
        centre = enrolled(records, folder)
        with serving(centre, folder) as (_, url):
            with _node(records, folder, url) as source:
                source.ask(verb="sync")
            with _node(records, folder, url) as source:
                return source.ask(verb="sync")

    def profiled(self, records: Records, folder: Path) -> dict[str, list[str]]:
        """Return where the time of each end goes."""
        centre, file = enrolled(records, folder), folder / "centre.profile"
        with (
            serving(centre, folder, file) as (_, url),
            _node(records, folder, url, PROFILED) as one,
        ):
            pushed: list[str] = one.ask(verb="sync")["profile"]
        taken = lines_of(str(file))
        return {"sync, the node's end: push": pushed, "sync, the centre's end: intake": taken}


def enrolled(records: Records, folder: Path) -> Path:
    """Begin a centre that knows the node, and pin it at the node; nothing is synced yet."""
    for old in records.node.glob("peers.sqlite*"):
        old.unlink()
    centre = folder / "centre"
    central_folder.init(centre)
    asyncio.run(_enrol(records.node, centre))
    return centre


async def _enrol(node: Path, centre: Path) -> None:
    opened_node = node_folder.open_for_writing(node)
    vkey = opened_node.signer.vkey.text
    opened_node.write_anchor()
    opened_node.close()
    wall = WallClock()
    async with central_folder.opened(centre, wall, wall) as opened:
        desk = Desk(opened)
        invited = await desk.perform("node.enroll", {"node_id": NODE, "desk": "bench"})
        claim = {"ledger": LEDGER.name, "ledger_vkey": vkey, "code": invited["code"]}
        answer = await desk.claim(claim)
        key = Vkey.parse(vkey).fingerprint
        await desk.perform("node.approve", {"node_id": NODE, "key": key, "actor": "second"})
    pin = {key: str(answer[key]) for key in ("party", "vkey", "cosigner")}
    enrolment.write_pin(node, {"url": "http://127.0.0.1", **pin})


@contextmanager
def serving(
    centre: Path, folder: Path, profile: Path | None = None
) -> Iterator[tuple[Child, str]]:
    """Run the centre as `edgecentral serve` runs, or under a profiler that writes to a file."""
    serve = ("serve", "--data", str(centre), "--port", "0", "--json")
    argv: tuple[str, ...] = (sys.executable, "-c", CENTRE, *serve)
    if profile is not None:
        argv = python(__name__, "--centre", str(centre), str(profile))
    # Killed, but for the profile's sake: it would wait a second for the node's open request.
    stop = signal.SIGKILL if profile is None else signal.SIGTERM
    with running("centre", argv, folder, stop=stop) as server:
        yield server, str(server.hear()["url"])


def _folded(centre: Path) -> None:
    """Wait until all is folded: a reader of the book waits too, for a while each time."""
    while True:
        try:
            offline.perform(centre, "mandate.ls", {})
        except RefusedError as error:
            if error.code != "EN310":
                raise
        else:
            return


@contextmanager
def _node(records: Records, folder: Path, url: str, *more: str) -> Iterator[Child]:
    with running("node", python(__name__, str(records.node), url, *more), folder) as source:
        source.hear()  # ready
        yield source


class _Counting(HttpCentre):
    """The centre over HTTP, noting what was said and how much."""

    said: list[str]
    message_bytes = 0
    wire_bytes = 0  # of the first exchange, connection included

    async def ask(self, message: Message) -> Message:
        before = loopback_bytes()
        self.said.append(type(message).__name__)
        answer = await super().ask(message)
        if len(self.said) == 1:
            self.wire_bytes = loopback_bytes() - before
            sent, back = wire_message.encode(message), wire_message.encode(answer)
            self.message_bytes = len(sent) + len(back)
        return answer


async def _node_end(data: Path, url: str, *, profile: bool) -> None:
    """Be the node: say that we are ready, wait to be told, sync, answer, wait for the end."""
    logs.configure(level="warning", to_stderr=True)
    async with AsyncExitStack() as stack:
        opened = node_folder.open_for_writing(data)
        stack.callback(opened.close)
        pinned = Pinned.read(data, opened.store.ledger)
        assert pinned is not None
        mirrors = await Mirrors.open(data / "peers.sqlite")
        stack.push_async_callback(mirrors.close)
        peer = _Counting(url, opened.store.ledger, opened.signer)
        peer.said = []
        stack.push_async_callback(peer.close)
        vkey, wall = opened.signer.vkey, WallClock()
        syncer = Syncer(opened.store, vkey, mirrors, peer, pinned.centre, wall, BootClock())
        await syncer.start()
        say({"ready": True})
        await asyncio.to_thread(sys.stdin.readline)
        profiler = cProfile.Profile() if profile else None
        if profiler is not None:
            profiler.enable()
        async with asyncio.TaskGroup() as tasks:
            live = tasks.create_task(syncer.converse(adopt, opened.take_back, heed, caught_up))
            await syncer.judged.wait()
            await syncer.synced()
            lines = lines_of(profiler) if profiler is not None else []
            exchanges = sum(said != "Pull" for said in peer.said)
            figures = {"wire": peer.wire_bytes, "messages": peer.message_bytes}
            say(
                {
                    "size": syncer.progress.acked_size,
                    "exchanges": exchanges,
                    "profile": lines,
                    **figures,
                }
            )
            await asyncio.to_thread(sys.stdin.readline)
            live.cancel()


async def heed(_: SyncVerdict) -> None:
    """Go on, whatever the centre allows."""


async def caught_up() -> None:
    """Nothing was stored before this."""


async def adopt(_: bytes) -> None:
    """Take what the centre says; it is durable in the mirror, and this node decides nothing."""


def _centre_end(data: Path, profile: str) -> None:
    profiler = cProfile.Profile()
    try:
        profiler.runcall(run_centre, data, central_config.load(None, port=0), as_json=True)
    finally:
        profiler.dump_stats(profile)


def say(words: Json) -> None:
    """Speak to whoever started this process."""
    print(json.dumps(words), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "--centre":
        _centre_end(Path(sys.argv[2]), sys.argv[3])
    else:
        uvloop.run(_node_end(Path(sys.argv[1]), sys.argv[2], profile=PROFILED in sys.argv))
