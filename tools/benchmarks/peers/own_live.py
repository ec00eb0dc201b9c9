"""How long a fill waits for its cosignature, at a node that trades while it is connected.

The node's end is a process: python -m tools.benchmarks.peers.own_live FOLDER URL ACTS EACH_WAY_MS.
It goes on with the story that its ledger tells, ACTS acts at four times the usual load, and notes
for each act with a fill how long the centre's cosignature took, from the append on.
"""

import asyncio
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import uvloop

from edgenode.adapters import logs
from edgenode.adapters.clock import BootClock, WallClock
from edgenode.adapters.mirrors.sqlite import Mirrors
from edgenode.adapters.sync.http import HttpCentre
from edgenode.daemon.folder import folder as node_folder
from edgenode.daemon.folder.pinned import Pinned
from edgenode.model.ledgers import Entry
from edgenode.services.syncer import Syncer
from edgenode.wire import checkpoint
from edgenode.wire.message import Message, PushAck
from tools.benchmarks.children import python, running
from tools.benchmarks.peers.own_sync import adopt, caught_up, enrolled, heed, say, serving
from tools.benchmarks.records import LEDGER, SEED, Records
from tools.benchmarks.story import Story

ACTS_PER_S = 28  # 20 customer orders and 8 fills a second: four times the load unit
MORE_ENTRIES = 20  # an act records fewer
MS, NS = 1_000, 1_000_000_000


def until_cosigned(records: Records, folder: Path, *, acts: int, each_way_ms: int) -> list[int]:
    """Return the nanoseconds that each act with a fill waited, sorted."""
    centre = enrolled(records, folder)
    with serving(centre, folder) as (_, url):
        argv = python(__name__, str(records.node), url, str(acts), str(each_way_ms))
        with running("live node", argv, folder) as node:
            waited: list[int] = node.hear()["waited_ns"]
    return sorted(waited)


class _Far(HttpCentre):
    """The centre over HTTP and a line that takes its time; it hears which sizes are cosigned."""

    def __init__(self, url: str, node: node_folder.OpenedNode, each_way_s: float) -> None:
        super().__init__(url, node.store.ledger, node.signer)
        self._each_way_s = each_way_s
        self.waiting: deque[tuple[int, int]] = deque()  # (seq of a fill, when it was appended)
        self.waited_ns: list[int] = []

    async def ask(self, message: Message) -> Message:
        await asyncio.sleep(self._each_way_s)
        answer = await super().ask(message)
        await asyncio.sleep(self._each_way_s)
        if isinstance(answer, PushAck):
            now, size = time.perf_counter_ns(), checkpoint.parse(answer.note).size
            while self.waiting and self.waiting[0][0] <= size:
                self.waited_ns.append(now - self.waiting.popleft()[1])
        return answer


async def _node_end(data: Path, url: str, acts: int, each_way_s: float) -> None:
    """Be the node: sync what is there, trade on, answer, wait for the end."""
    logs.configure(level="warning", to_stderr=True)
    async with AsyncExitStack() as stack:
        opened = node_folder.open_for_writing(data)
        stack.callback(opened.close)
        pinned = Pinned.read(data, opened.store.ledger)
        assert pinned is not None
        mirrors = await Mirrors.open(data / "peers.sqlite")
        stack.push_async_callback(mirrors.close)
        peer = _Far(url, opened, each_way_s)
        stack.push_async_callback(peer.close)
        vkey, wall = opened.signer.vkey, WallClock()
        syncer = Syncer(opened.store, vkey, mirrors, peer, pinned.centre, wall, BootClock())
        await syncer.start()
        async with asyncio.TaskGroup() as tasks:
            live = tasks.create_task(syncer.converse(adopt, opened.take_back, heed, caught_up))
            await syncer.judged.wait()
            await syncer.synced()
            await _trade(opened, peer, acts)
            await syncer.synced()
            say({"waited_ns": peer.waited_ns})
            await asyncio.to_thread(sys.stdin.readline)
            live.cancel()


async def _trade(node: node_folder.OpenedNode, peer: _Far, acts: int) -> None:
    began, durable = time.perf_counter_ns(), []
    for number, step in enumerate(_goes_on(node, acts)):
        due = began + number * NS // ACTS_PER_S
        await asyncio.sleep(max(0, due - time.perf_counter_ns()) / NS)
        fills = [entry.seq for entry in step if entry.kind == "FillRecorded"]
        if fills:
            peer.waiting.append((fills[-1], time.perf_counter_ns()))
        durable.append(node.store.append(step))
    for appended in durable:
        await appended


def _goes_on(node: node_folder.OpenedNode, acts: int) -> Iterator[list[Entry]]:
    """Return the acts that follow what the ledger holds: the same story, told again."""
    assert node.store.head is not None
    held, given = node.store.head.size, 0
    story = Story(SEED, LEDGER, node.signer.public)
    for step in story.entries(held + acts * MORE_ENTRIES):
        if step[0].seq > held:
            given += 1
            yield step
            if given == acts:
                return


if __name__ == "__main__":
    uvloop.run(_node_end(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]) / MS))
