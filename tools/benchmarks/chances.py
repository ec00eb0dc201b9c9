"""Chances beside what came: Brier skill and AUC of each signal, horizon and multiple.

Brier skill: 1 less our mean squared error over that of one who always says how often it came on
this very signal, horizon and multiple: hindsight that no forecast has. AUC: how often a bar before
an event has the higher chance than one before none, ties half. Signals with fewer than `EVENTS`
events have no AUC; pooled figures count every bar.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from tools.benchmarks.report import Report

EVENTS = 10
BRIER = {15: 0.11, 30: 0.08, 60: 0.04}  # of four times the usual, by horizon in minutes
AUC = {15: 0.80, 30: 0.80, 60: 0.72}
JUDGED = 4  # times the usual; other multiples are noted


@dataclass(slots=True)
class Said:
    """What was said of one signal, horizon and multiple, and whether it came."""

    chances: list[float] = field(default_factory=list)
    came: list[bool] = field(default_factory=list)

    def take(self, chance: float, *, came: bool) -> None:
        """Keep a chance."""
        self.chances.append(chance)
        self.came.append(came)

    @property
    def events(self) -> int:
        """Return how often it came."""
        return sum(self.came)

    @property
    def lost(self) -> float:
        """Return the sum of our squared errors."""
        return sum(
            (chance - came) ** 2 for chance, came in zip(self.chances, self.came, strict=True)
        )

    @property
    def climate(self) -> float:
        """Return the sum of squared errors of the share that came."""
        share = self.events / max(1, len(self.came))
        return len(self.came) * share * (1 - share)

    def auc(self) -> float | None:
        """Return the area under the curve; None with too few events."""
        others = len(self.came) - self.events
        if self.events < EVENTS or others < EVENTS:
            return None
        at: defaultdict[float, list[int]] = defaultdict(lambda: [0, 0])
        for chance, came in zip(self.chances, self.came, strict=True):
            at[chance][came] += 1
        below, wins = 0, 0.0
        for chance in sorted(at):
            none, some = at[chance]
            wins += some * (below + none / 2)
            below += none
        return wins / (self.events * others)


Chances = defaultdict[tuple[str, int, int], Said]  # by signal, horizon in minutes, multiple


def skill(said: Iterable[Said]) -> float | None:
    """Return the Brier skill over all; None if nothing came."""
    held = list(said)
    climate = sum(one.climate for one in held)
    return 1 - sum(one.lost for one in held) / climate if climate else None


def judge(report: Report, chances: Chances) -> None:
    """Report the skill of each horizon over all signals, and note that of each signal."""
    for minutes, wanted in BRIER.items():
        held = [said for (_, h, n), said in chances.items() if (h, n) == (minutes, JUDGED)]
        brier, areas = skill(held), [area for said in held if (area := said.auc()) is not None]
        if brier is None or not areas:
            continue
        title = f"{JUDGED} times the usual, {minutes} min"
        report.bar(f"{title}: Brier skill", ">=", wanted, round(brier, 3))
        mean = sum(areas) / len(areas)
        report.bar(f"{title}: AUC, mean", ">=", AUC[minutes], round(mean, 3))
    for (name, minutes, times), said in sorted(chances.items()):
        brier, area = skill([said]), said.auc()
        found = "none came" if brier is None else f"Brier skill {brier:+.3f}"
        below = f"fewer than {EVENTS} events" if area is None else f"AUC {area:.3f}"
        rate = 100 * said.events / max(1, len(said.came))
        report.notes.append(
            f"{name}, {minutes} min, {times} times the usual: {found}, {below}, came {rate:.2f} %"
        )
