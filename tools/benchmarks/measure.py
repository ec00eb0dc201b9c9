"""Cost of the same work, ours and others', taken turn by turn in one process or many.

A sample is one uninterrupted run of a contender. In each round every contender takes one sample,
in an order that rotates, so that a slow minute of the machine falls on all of them; a ratio is
taken within a round, and what is judged is the median of the rounds with the lowest and highest
beside it. One round before the first is thrown away.

Collector: before each sample everything alive is collected and frozen (others' garbage is not our
cost), then the collector is on with Python's default thresholds, as each contender would run.
"""

import gc
import os
import resource
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

POLICY = (
    "CPU time of user and system, children included; collected and frozen before each sample, "
    "then the collector on with default thresholds; first round discarded; "
    "medians over interleaved rounds in rotated order, [lowest to highest]"
)
TICK_NS = 1_000_000_000 // os.sysconf("SC_CLK_TCK")

Run = Callable[[], int]  # does the work, and gives how many operations that was
Prepare = Callable[[], Run]  # what is made here is not measured


@dataclass(frozen=True, slots=True)
class Contender:
    """Something that does the work: `prepare` makes a fresh run."""

    name: str
    prepare: Prepare


@dataclass(frozen=True, slots=True)
class Sample:
    """What one run cost, in nanoseconds."""

    operations: int
    cpu_ns: int
    wall_ns: int

    @property
    def cpu_each(self) -> float:
        """Return CPU nanoseconds per operation."""
        return self.cpu_ns / self.operations

    @property
    def wall_each(self) -> float:
        """Return wall nanoseconds per operation."""
        return self.wall_ns / self.operations


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some figures, and their ends."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, figures: Sequence[float]) -> "Spread":
        """Return the spread of at least one figure."""
        return cls(statistics.median(figures), min(figures), max(figures))

    def scaled(self, factor: float) -> "Spread":
        """Return it in another unit."""
        return Spread(self.median * factor, self.low * factor, self.high * factor)


Samples = Mapping[str, Sequence[Sample]]
Cost = Callable[[Sample], float]


def cpu(sample: Sample) -> float:
    """Cost in CPU time."""
    return sample.cpu_each


def wall(sample: Sample) -> float:
    """Cost in wall time."""
    return sample.wall_each


def ratio(samples: Samples, above: str, below: str, cost: Cost = cpu) -> Spread:
    """Return the cost of one contender over that of another, round by round."""
    pairs = zip(samples[above], samples[below], strict=True)
    return Spread.of([cost(a) / cost(b) for a, b in pairs])


def rounds(
    contenders: Sequence[Contender], count: int, progress: Callable[[str], None]
) -> dict[str, list[Sample]]:
    """Let all contenders take `count` samples, interleaved, after one round that is discarded."""
    taken: dict[str, list[Sample]] = {contender.name: [] for contender in contenders}
    for number in range(count + 1):
        turn = number % len(contenders)
        for contender in (*contenders[turn:], *contenders[:turn]):
            progress(f"round {number} of {count}: {contender.name}")
            sample = sampled(contender.prepare())
            if number:
                taken[contender.name].append(sample)
    return taken


def sampled(run: Run) -> Sample:
    """Take one sample under the collector's policy."""
    with settled():
        began_cpu, began = _cpu_ns(), time.perf_counter_ns()
        operations = run()
        took, took_cpu = time.perf_counter_ns() - began, _cpu_ns() - began_cpu
    return Sample(operations, max(1, took_cpu), max(1, took))


@contextmanager
def settled() -> Iterator[None]:
    """Collect and freeze what is alive, for one measurement."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def each_ns(call: Callable[[], object], count: int) -> list[int]:
    """Return the wall time of each of `count` calls, sorted."""
    clock = time.perf_counter_ns
    taken = [0] * count
    with settled():
        for index in range(count):
            began = clock()
            call()
            taken[index] = clock() - began
    taken.sort()
    return taken


def quantile(taken: Sequence[float], part: float) -> float:
    """Return the figure that this part of them does not exceed; `taken` is sorted."""
    return taken[min(len(taken) - 1, int(len(taken) * part))]


def process_cpu_ns(pid: int) -> int:
    """Return the CPU time of another process and its ended children, all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15]) * TICK_NS


def resident(pid: int) -> int:
    """Return how much memory of a process is resident, in bytes."""
    return _memory(pid, "VmRSS:")


def resident_peak(pid: int) -> int:
    """Return the most memory that a process had resident, in bytes."""
    return _memory(pid, "VmHWM:")


def _memory(pid: int, field: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith(field):
            return int(line.split()[1]) * 1024
    return 0


def _cpu_ns() -> int:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = round((children.ru_utime + children.ru_stime) * 1e9)
    return time.process_time_ns() + spent
