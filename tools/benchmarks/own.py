"""Our ledger as an area drives it: opened for a run, appended to by producers, closed."""

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edgenode.adapters import ledger_sqlite
from edgenode.adapters.ledger_sqlite import OwnLedger, _Append
from edgenode.model.ledgers import Entry, LedgerId
from edgenode.wire.note import Signer
from tools.benchmarks.node import LEDGER


def signer(ledger: LedgerId = LEDGER) -> Signer:
    """Make a key for a ledger that nobody will keep."""
    return Signer(ledger.party, Ed25519PrivateKey.generate())


def created(path: Path, key: Signer, ledger: LedgerId = LEDGER) -> OwnLedger:
    """Begin a ledger and open it."""
    ledger_sqlite.create(path, ledger, {})
    return OwnLedger(path, ledger, key)


async def append_single(own: OwnLedger, entries: Sequence[Entry], producers: int) -> list[int]:
    """Let producers append an entry at a time, each waiting until it is durable; ns of each."""
    todo = iter(entries)
    taken: list[int] = []
    clock = time.perf_counter_ns

    async def produce() -> None:
        for entry in todo:
            began = clock()
            await own.append((entry,))
            taken.append(clock() - began)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(producers):
            tasks.create_task(produce())
    return taken


async def append_many(own: OwnLedger, entries: Sequence[Entry], batch: int) -> int:
    """Append batches, one after another."""
    for start in range(0, len(entries), batch):
        await own.append(entries[start : start + batch])
    return len(entries)


def commits(own: OwnLedger, entries: Sequence[Entry], batch: int) -> Callable[[], None]:
    """Give the writer's own work on batches, to be run in the calling thread."""
    loop = asyncio.new_event_loop()
    batches = [
        [_Append((entry,), (), None, loop.create_future()) for entry in entries[at : at + batch]]
        for at in range(0, len(entries), batch)
    ]
    loop.close()

    def work() -> None:
        for one in batches:
            own._commit(one)  # noqa: SLF001  a look into the writer, for a profile

    return work
