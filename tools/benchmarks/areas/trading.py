"""Closed forms of the trading rules beside optima found by numbers, ours and SciPy's.

Each bar is the largest relative distance over a grid of problems. The overlay's cheapest path in
hindsight (sim/arms/foresight) is held against the bound that its own multipliers prove, over a
whole recorded hour, and against SciPy's solution of the dual problem.
"""

import math
import random
from collections.abc import Iterable, Sequence
from itertools import product
from typing import Protocol

from edgenode.core.estimate import edges
from edgenode.daemon import paper
from edgenode.model.facts import Instrument, Policy
from edgenode.sim.arms.figures import TICK, deals, figures
from edgenode.sim.arms.foresight import best_path, total
from edgenode.sim.arms.played import play
from edgenode.sim.arms.replay import Window, settings
from edgenode.sim.arms.score import variances
from edgenode.sim.recorded import MINUTE_NS, SECOND_NS, load
from edgenode.sim.venue.engine import FEE_PPM
from edgenode.sim.venue.ladder import STEP_TICKS
from tools.benchmarks import closed_forms, optima
from tools.benchmarks.bench import Bench
from tools.benchmarks.measure import Contender, Run
from tools.benchmarks.peers.optima_by_scipy import Scipy

PEERS = ("scipy",)
NEAR = 1e-9
DAY, FROM_MINUTE = "2022-07-27", 17 * 60 + 40
GAMMA = 0.01
BANDS = tuple(product((0.3, 0.8, 5.0), (0.05, 1.0, 400.0), (1e-4, 0.02, 1.0)))
SCHEDULES = tuple(product((1.0, 250.0), (3, 12, 100), (0.1, 3.0), (1e-4, 0.05, 2.0)))
BOOKS = tuple(product((1.0, 250.0), (2, 12, 60), (0.01, 0.5, 0.9, 0.99)))
PPM = 1_000_000
JUMPS = 0.1  # of the seconds of an invented problem
STEP = 1 / 8  # of a band: it is rounded up to steps of so much, and whole lots
CHOSEN = (4 / 9) ** (1 / 3)  # 1/3 in place of 3/4
Problem = tuple[list[float], list[float], list[float]]


class Solver(Protocol):
    """Finds the optima by numbers; a module or an object."""

    def band(self, cost: float, flow: float, risk: float) -> float:
        """Return the edge of the no-trade region."""
        ...

    def almgren_chriss(
        self, quantity: float, steps: int, impact: float, risk: float
    ) -> list[float]:
        """Return what is held after each step."""
        ...

    def obizhaeva_wang(self, quantity: float, intervals: int, left: float) -> list[float]:
        """Return the trades."""
        ...


def run(bench: Bench) -> None:
    """Hold the closed forms and the cheapest path against what solvers find."""
    scipy = Scipy() if bench.wants("scipy") else None
    for name, solver in (("by our numbers", optima), ("by SciPy", scipy)):
        if solver is not None:
            bench.progress(f"closed forms, {name}")
            _forms(bench, name, solver)
    problems = [_invented(seed, bench.of(100, 20)) for seed in range(bench.of(20, 4))]
    gaps = [optima.gap(best_path(*problem), *problem) for problem in problems]
    _bar(bench, "foresight, above a proved bound, invented", gaps)
    if scipy is not None:
        bench.progress("foresight, SciPy")
        _bar(bench, "foresight, from SciPy's dual", [_apart(scipy, one) for one in problems])
    bench.progress("foresight, a recorded hour")
    hour = _recorded(bench.of(60, 4))
    _bar(bench, "foresight, above a proved bound, recorded", [optima.gap(best_path(*hour), *hour)])
    bench.report.costs(bench.measure([Contender("foresight, a second", lambda: _find(hour))]))
    bench.profile("foresight of an hour", _find(hour))
    _chosen(bench)


def _forms(bench: Bench, name: str, solver: Solver) -> None:
    bands = [abs(closed_forms.band(*one) / solver.band(*one) - 1) for one in BANDS]
    held = [
        _distance(closed_forms.almgren_chriss(*one), solver.almgren_chriss(*one))
        for one in SCHEDULES
    ]
    trades = [
        _distance(closed_forms.obizhaeva_wang(*one), solver.obizhaeva_wang(*one)) for one in BOOKS
    ]
    _bar(bench, f"3/4 band of T, {name}", bands)
    _bar(bench, f"Almgren-Chriss, {name}", held)
    _bar(bench, f"Obizhaeva-Wang, {name}", trades)


def _distance(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the largest distance of two schedules, as a share of the largest value."""
    apart = max(abs(a - b) for a, b in zip(one, other, strict=True))
    return apart / max(map(abs, other))


def _bar(bench: Bench, name: str, found: Iterable[float]) -> None:
    bench.report.bar(name, "<=", NEAR, max(map(abs, found)), unit="")


def _apart(scipy: Scipy, problem: Problem) -> float:
    """Return the relative distance of our path's cost from what SciPy finds to be the least."""
    return total(best_path(*problem), *problem) / scipy.path_cost(*problem) - 1


def _invented(seed: int, seconds: int) -> Problem:
    """Return a problem of so many seconds: what is unhedged walks and jumps."""
    chance = random.Random(f"bench/foresight/{seed}")  # noqa: S311  seeded
    at, unhedged = 0.0, []
    for _ in range(seconds):
        at += chance.gauss(0, 0.3) + (chance.gauss(0, 4) if chance.random() < JUMPS else 0.0)
        unhedged.append(at)
    weights = [chance.uniform(0.002, 0.05) for _ in unhedged]
    return unhedged, weights, [chance.uniform(0.3, 1.5) for _ in unhedged]


def _recorded(minutes: int) -> Problem:
    """Return what core left unhedged in each second of a recorded hour, and its prices."""
    day = load(DAY)
    window = Window(day, day.start_ns + FROM_MINUTE * MINUTE_NS, minutes)
    (alone,) = (s for arm, s in settings(window, GAMMA) if arm.name == "core-recorded-up")
    played = play(alone)
    made = deals(played.facts(), played.core_fills(), alone.name, day.mid_ticks)
    begin, end = alone.from_ns, alone.to_ns
    found = figures(made, day.mid_ticks, day.close_ticks, {}, from_ns=begin, to_ns=end)
    unhedged = found.net_by_second[:-1]
    risks = variances(day, begin, end)
    weights = [GAMMA * risks[second // 60] / 60 for second in range(len(unhedged))]
    mids = (day.mid_ticks(at) * TICK for at in range(begin, end, SECOND_NS))
    return unhedged, weights, [mid * FEE_PPM / PPM + STEP_TICKS * TICK for mid in mids]


def _find(problem: Problem) -> Run:
    def run() -> int:
        return len(best_path(*problem))

    return run


def _chosen(bench: Bench) -> None:
    """Hold the product's band against the form's, and say what its constant costs there."""
    facts = list(paper.down_ledger(paper.by_hand(("a",)), 0))
    (policy,) = (fact for fact in facts if isinstance(fact, Policy))
    (instrument,) = (fact for fact in facts if isinstance(fact, Instrument))
    lot = 10.0**-instrument.quantity_decimals
    gamma = policy.risk_aversion_ppm / PPM
    apart = []
    for cost, flow, variance in product((0.3, 0.8, 5.0), (0.05, 1.0, 400.0), (0.05, 2.0, 30.0)):
        sight = edges.Sight(1_500.0, variance, flow, cost, cost, 1e-3)
        chosen = edges.proposed(policy, instrument, sight, 100, core=True).band_lots * lot
        form = closed_forms.band(cost, flow, gamma * variance) * CHOSEN
        apart.append((chosen - form - lot) / form if chosen >= form else math.inf)
    bench.report.bar(
        "the product's band, above (4/9)^(1/3) of T's", "<=", STEP, max(0.0, *apart), unit="",
    )  # fmt: skip
    share = (2 / CHOSEN + CHOSEN**2) / 3 - 1
    bench.report.notes.append(
        f"the product's band is {CHOSEN:.3f} of the form's: in the form's model it costs"
        f" {share:.1%} more; recorded days, where flow comes in runs, chose it"
    )
