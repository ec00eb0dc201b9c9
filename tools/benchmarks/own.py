"""Our ledger as an area drives it: opened for a run, appended to by producers, closed."""

import asyncio
import cProfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edgenode.adapters.ledger import store as ledger_store
from edgenode.adapters.ledger.store import OwnLedger
from edgenode.model.ledgers import Entry, LedgerId
from edgenode.wire.note import Signer
from tools.benchmarks.node import LEDGER


def signer(ledger: LedgerId = LEDGER) -> Signer:
    """Make a key for a ledger that nobody will keep."""
    return Signer(ledger.party, Ed25519PrivateKey.generate())


def created(path: Path, key: Signer, ledger: LedgerId = LEDGER) -> OwnLedger:
    """Begin a ledger and open it."""
    ledger_store.create(path, ledger, {})
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


class Profiled(OwnLedger):
    """Our ledger with its writer thread under a profiler, which is ready once it is closed."""

    profiler: cProfile.Profile

    @classmethod
    def created(cls, path: Path, key: Signer) -> Self:
        """Begin a ledger and open it."""
        ledger_store.create(path, LEDGER, {})
        return cls(path, LEDGER, key)

    def _run(self) -> None:
        self.profiler = cProfile.Profile()
        self.profiler.runcall(super()._run)
