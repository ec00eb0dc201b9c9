"""One transfer of all records from one process to another, and what it cost."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tools.benchmarks.children import Child, Json, Watch
from tools.benchmarks.measure import Sample
from tools.benchmarks.network import loopback_bytes
from tools.benchmarks.records import Records


@dataclass(frozen=True, slots=True)
class Transfer:
    """What a transfer cost both ends together, and what went over the wire."""

    sample: Sample
    wire_bytes: int
    growth: dict[str, int] = field(default_factory=dict)  # by process: bytes above what it had
    folded: Sample | None = None  # of a peer that makes sense of it behind that: until it has


class SyncPeer(Protocol):
    """A way to bring records from one process to another, durably as that peer means it."""

    name: str
    note: str

    def version(self) -> str:
        """Say which version this is; AbsentPeerError if there is none."""
        ...

    def transfer(self, records: Records, folder: Path) -> Transfer:
        """Set everything up afresh in an empty folder, then move all records once."""
        ...


def timed(count: int, go: Callable[[], Json | None], *ends: Child) -> Transfer:
    """Measure `go`, which returns when all is at the other end."""
    watch, carried = Watch(*ends), loopback_bytes()
    began = time.perf_counter_ns()
    go()
    took = time.perf_counter_ns() - began
    sample = Sample(count, max(1, watch.cpu_ns()), took)
    return Transfer(sample, loopback_bytes() - carried, watch.growth())
