"""What an area is given: how long it may take, which peers it wants, and where it reports."""

import cProfile
import io
import pstats
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tools.benchmarks.measure import Contender, Sample, rounds
from tools.benchmarks.report import Profile, Report

PROFILE_LINES = 14
_ROOT = str(Path(__file__).resolve().parents[2]) + "/"


class AbsentPeerError(Exception):
    """A peer that should have been measured beside ours is not there."""


@dataclass(slots=True)
class Bench:
    """One run of one area."""

    report: Report
    runs: int = 5
    without: frozenset[str] = frozenset()
    long: bool = False
    progress: Callable[[str], None] = field(default=lambda _: None)

    @property
    def quick(self) -> bool:
        """Return whether this run only shows that everything works."""
        return self.report.quick

    def of(self, full: int, quick: int) -> int:
        """Return a length: that of a full run, or of a quick one."""
        return quick if self.quick else full

    def wants(self, peer: str) -> bool:
        """Return whether a peer takes part; what was left out is reported."""
        if not self.without & {peer, "all"}:
            return True
        if peer not in self.report.left_out:
            self.report.left_out.append(peer)
        return False

    def measure(
        self, contenders: Sequence[Contender], runs: int | None = None
    ) -> dict[str, list[Sample]]:
        """Let contenders take turns."""
        return rounds(contenders, runs or self.runs, self.progress)

    def profile(self, title: str, work: Callable[[], object]) -> None:
        """Say where the time of our own work goes."""
        self.progress(f"profile: {title}")
        profiler = cProfile.Profile()
        profiler.runcall(work)
        self.report.profiles.append(Profile(title, lines_of(profiler)))

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """Return a folder beside the checkout's files, on a real disk, gone afterwards."""
        build = Path(_ROOT) / "build"
        build.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="bench-", dir=build) as name:
            yield Path(name)


def said(text: str) -> None:
    """Show progress on stderr; over one line where that is a terminal."""
    end = "\r" if sys.stderr.isatty() else "\n"
    print(f"bench: {text:<76.76}", end=end, file=sys.stderr, flush=True)


def lines_of(profile: cProfile.Profile | str) -> list[str]:
    """Return the costliest functions, first by their own time, then with all that they call.

    `profile` is a profiler, or the path of what one dumped.
    """
    rows: list[str] = []
    for order in ("tottime", "cumulative"):
        out = io.StringIO()
        pstats.Stats(profile, stream=out).sort_stats(order).print_stats(PROFILE_LINES)
        text = out.getvalue().replace(_ROOT, "")
        found = [line.strip() for line in text.splitlines() if line.strip()]
        start = next(i for i, line in enumerate(found) if line.startswith("ncalls"))
        rows += [f"by {order}", *found[start:]]
    return rows
