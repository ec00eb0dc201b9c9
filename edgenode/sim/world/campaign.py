"""Many worlds, on all cores: counted, timed, and the failing ones kept with their timelines."""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field

from edgenode.sim.world.plan import SCENARIOS
from edgenode.sim.world.shrink import shrunk
from edgenode.sim.world.world import Outcome, live

Progress = Callable[["Campaign"], None]


@dataclass(slots=True)
class Tally:
    """What the worlds of one scenario came to."""

    worlds: int = 0
    failed: int = 0
    virtual_s: float = 0.0
    entries: int = 0
    orders: int = 0
    fills: int = 0
    checks: int = 0
    faults: Counter[str] = field(default_factory=Counter)

    def add(self, outcome: Outcome) -> None:
        """Count one world."""
        self.worlds += 1
        self.failed += outcome.violation is not None
        self.virtual_s += outcome.virtual_s
        self.entries += outcome.entries
        self.orders += outcome.orders
        self.fills += outcome.fills
        self.checks += outcome.checks
        self.faults.update(fault.detail or fault.kind for fault in outcome.faults)


@dataclass(slots=True)
class Campaign:
    """The worlds of one run, as they come in."""

    planned: int
    tallies: dict[str, Tally] = field(default_factory=dict)
    failures: list[Outcome] = field(default_factory=list)
    took_s: float = 0.0

    @property
    def worlds(self) -> int:
        """Return how many have been lived."""
        return sum(tally.worlds for tally in self.tallies.values())

    @property
    def per_minute(self) -> float:
        """Return the rate so far."""
        return self.worlds / self.took_s * 60 if self.took_s else 0.0


def seeds_of(names: Sequence[str], count: int, first: int) -> Iterator[tuple[str, int]]:
    """Deal seeds to scenarios in turn, so that any part of a campaign covers all of them."""
    for number in range(first, first + count):
        yield names[number % len(names)], number


def lived(name: str, seed: int) -> Outcome:
    """Run one world; a failing one runs once more, whole, for its timeline."""
    outcome = live(SCENARIOS[name], seed, lines_max=1)
    if outcome.violation is None:
        return outcome
    return live(SCENARIOS[name], seed, lines_max=None)


def run(
    names: Sequence[str], count: int, *, first: int = 0, jobs: int = 1, progress: Progress
) -> Campaign:
    """Run `count` worlds, and shrink the plans of those that fail."""
    campaign = Campaign(count, {name: Tally() for name in names})
    began = time.monotonic()
    with ProcessPoolExecutor(jobs) as pool:
        waiting = [pool.submit(lived, name, seed) for name, seed in seeds_of(names, count, first)]
        for done in as_completed(waiting):
            outcome = done.result()
            campaign.tallies[outcome.scenario].add(outcome)
            if outcome.violation is not None:
                campaign.failures.append(outcome)
            campaign.took_s = time.monotonic() - began
            progress(campaign)
        smaller = [pool.submit(_smaller, failed) for failed in campaign.failures[:8]]
        campaign.failures[:8] = [one.result() for one in smaller]
    campaign.failures.sort(key=lambda outcome: (outcome.scenario, outcome.seed))
    return campaign


def _smaller(failed: Outcome) -> Outcome:
    return shrunk(SCENARIOS[failed.scenario], failed)


def show(campaign: Campaign) -> None:
    """Show progress: a line that is written over on a terminal, one per 50 worlds elsewhere."""
    line = (
        f"{campaign.worlds}/{campaign.planned} worlds, {len(campaign.failures)} failed, "
        f"{campaign.per_minute:.0f} a minute"
    )
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{line} ")
        if campaign.worlds == campaign.planned:
            sys.stderr.write("\n")
    elif campaign.worlds % 50 == 0 or campaign.worlds == campaign.planned:
        sys.stderr.write(line + "\n")
    sys.stderr.flush()
