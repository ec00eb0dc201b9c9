"""What a ledger costs as it grows from a thousand entries to a million: one long ledger."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from edgenode.adapters.ledger import start as ledger_start
from edgenode.adapters.ledger import store as ledger_store
from edgenode.adapters.ledger.store import OwnLedger
from edgenode.core import node
from edgenode.core.state.digest import digest
from edgenode.core.state.snapshot import taken
from edgenode.model.ledgers import Entry
from edgenode.services.recorder import SNAPSHOT_EVERY
from edgenode.wire.note import Signer
from tools.benchmarks import own
from tools.benchmarks.bench import Bench
from tools.benchmarks.measure import settled
from tools.benchmarks.node import LEDGER
from tools.benchmarks.report import Curve
from tools.benchmarks.story import Story

BATCH = 1_000
PART = 100_000  # entries whose throughput is compared
PART_BAR = 0.8
Points = dict[str, list[tuple[float, float]]]


def grow(bench: Bench, folder: Path) -> None:
    """Append a day without end, and look at every power of ten."""
    asyncio.run(_Growing(bench, folder / "long.sqlite").run())


class _Growing:
    def __init__(self, bench: Bench, path: Path) -> None:
        self._bench = bench
        self._path = path
        self._key: Signer = own.signer()
        self._story = Story(2)
        self._cpu: dict[int, tuple[int, int]] = {}  # size -> CPU and wall ns spent so far
        self._append: Points = {"CPU": [], "wall": []}
        self._start: Points = {"as a start does": [], "the whole chain": []}
        self._digest: Points = {"digest": []}

    async def run(self) -> None:
        """Grow, then report."""
        powers = [100, 1_000] if self._bench.quick else [10**p for p in range(3, 7)]
        whole = self._bench.of(BATCH, 50)
        ledger = own.created(self._path, self._key)
        spent, size, snapshot_at = (0, 0), 0, 0
        self._cpu[0] = spent
        batch: list[Entry] = []
        for step in self._story.entries(powers[-1] + 2 * whole):
            batch += step
            size += len(step)
            if len(batch) < whole:
                continue
            due = size - snapshot_at >= SNAPSHOT_EVERY
            snapshot_at = size if due else snapshot_at
            spent = await self._appended(ledger, batch, spent, snapshot=due)
            batch = []
            self._cpu[size] = spent
            if size >= powers[0]:
                ledger.close()
                self._looked(powers.pop(0), size)
                ledger = OwnLedger(self._path, LEDGER, self._key)
            if size % PART < BATCH:
                self._bench.progress(f"growth: {size:,} entries")
            if not powers:
                break
        ledger.close()
        self._report(size)

    async def _appended(
        self, ledger: OwnLedger, batch: list[Entry], spent: tuple[int, int], *, snapshot: bool
    ) -> tuple[int, int]:
        state = taken(self._story.node.state) if snapshot else None
        cpu, wall = time.process_time_ns(), time.perf_counter_ns()
        await ledger.append(batch, (), state)
        cpu, wall = time.process_time_ns() - cpu, time.perf_counter_ns() - wall
        return spent[0] + cpu, spent[1] + wall

    def _looked(self, power: int, size: int) -> None:
        """Look at the ledger as a start does, once from a snapshot and once as a whole."""
        self._bench.progress(f"growth: a start at {size:,} entries")
        before = max(at for at in self._cpu if at <= power // 10)
        for index, name in enumerate(("CPU", "wall")):
            cost = (self._cpu[size][index] - self._cpu[before][index]) / (size - before)
            self._append[name].append((power, cost / 1e3))
        with settled():
            self._start["as a start does"].append((power, _ms(self._started)))
            self._start["the whole chain"].append((power, _ms(self._verified)))
            self._digest["digest"].append((power, _ms(lambda: digest(self._story.node.state))))

    def _started(self) -> None:
        """Do what a start does: prove from the newest snapshot, and fold what follows."""
        ledger = OwnLedger(self._path, LEDGER, self._key)
        state, at = ledger.began.state, ledger.began.from_seq - 1
        state = state if state is not None else node.new_state(LEDGER)
        while page := ledger.read(at, ledger_start.PAGE):
            node.fold(state, [sealed.entry for sealed in page])
            at = page[-1].entry.seq
        ledger.close()
        assert digest(state) == digest(self._story.node.state)

    def _verified(self) -> None:
        with ledger_store.reading(self._path) as files:
            ledger_start.verify(files, self._key.vkey)

    def _report(self, size: int) -> None:
        report = self._bench.report
        report.curves += [
            Curve("Appending, within each power of ten", "entries", "us an entry", self._append),
            Curve(
                "Starting (newest snapshot, then fold), and proving all",
                "entries",
                "ms",
                self._start,
            ),
            Curve("Digest of the state", "entries", "ms", self._digest),
        ]
        part = min(PART, size // 2)
        for index, name in enumerate(("CPU", "wall")):
            first, last = self._cost(part, 0, index), self._cost(size, size - part, index)
            title = f"throughput of the last {part:,} of {size:,} entries over the first ({name})"
            if name == "CPU":
                report.bar(title, ">=", PART_BAR, first / last)
            else:
                report.notes.append(f"{title}: {first / last:.2f}")

    def _cost(self, size: int, after: int, index: int) -> float:
        """Return the cost of an entry between two sizes, at the nearest batches."""
        low = max(at for at in self._cpu if at <= after)
        high = max(at for at in self._cpu if at <= size)
        return (self._cpu[high][index] - self._cpu[low][index]) / (high - low)


def _ms(work: Callable[[], object]) -> float:
    began = time.perf_counter_ns()
    work()
    return (time.perf_counter_ns() - began) / 1e6
