"""Optima by SciPy: a boundary by integration and root, linear systems, bounded least squares.

The path of the overlay is solved in its dual, where a path's trades have multipliers within their
costs (bounded-variable least squares, Stark and Parker 1995).
"""

import importlib
from collections.abc import Sequence
from typing import Any

from tools.benchmarks.bench import AbsentPeerError

TIGHT = 1e-12


class Scipy:
    """The optima, by SciPy's solvers."""

    def __init__(self) -> None:
        names = ("numpy", "scipy.integrate", "scipy.linalg", "scipy.optimize")
        try:
            found: list[Any] = [importlib.import_module(name) for name in names]
        except ImportError as error:
            raise AbsentPeerError("the peer scipy is absent") from error
        self._np, self._integrate, self._linalg, self._optimize = found

    def band(self, cost: float, flow: float, risk: float) -> float:
        """Return the edge at which the integrated value's slope is the cost."""

        def beyond(edge: float) -> float:
            def bend(n: float, _: object) -> list[float]:
                return [2 * risk * (edge**2 - n**2) / flow]

            made = self._integrate.solve_ivp(bend, (0, edge), [0.0], rtol=TIGHT, atol=TIGHT * cost)
            return float(made.y[0, -1]) - cost

        high = 1.0
        while beyond(high) < 0:
            high *= 2
        return float(self._optimize.brentq(beyond, high * TIGHT, high, xtol=1e-14, rtol=1e-14))

    def almgren_chriss(
        self, quantity: float, steps: int, impact: float, risk: float
    ) -> list[float]:
        """Solve the tridiagonal system of the quadratic programme."""
        np, inner = self._np, steps - 1
        banded = np.vstack([np.full(inner, -1.0), np.full(inner, 2 + risk / impact)])
        right = np.zeros(inner)
        right[0] = quantity
        return [*map(float, self._linalg.solveh_banded(banded, right)), 0.0]

    def obizhaeva_wang(self, quantity: float, intervals: int, left: float) -> list[float]:
        """Solve the quadratic programme's optimality conditions as one system."""
        np, size = self._np, intervals + 1
        system = np.ones((size + 1, size + 1))
        system[:size, :size] = self._linalg.toeplitz(left ** np.arange(size))
        system[size, size] = 0.0
        right = np.zeros(size + 1)
        right[size] = quantity
        return [float(x) for x in self._linalg.solve(system, right, assume_a="sym")[:size]]

    def path_cost(
        self, unhedged: Sequence[float], weights: Sequence[float], costs: Sequence[float]
    ) -> float:
        """Return the least cost of any path; costs above 0."""
        np = self._np
        z, w, c = (np.asarray(values, dtype=float) for values in (unhedged, weights, costs))
        roots = np.sqrt(w)
        pulls = np.eye(len(z)) - np.eye(len(z), k=1)  # of the multipliers, on each second
        solved = self._optimize.lsq_linear(
            pulls / (2 * roots)[:, None], -roots * z, bounds=(-c, c), method="bvls", tol=TIGHT,
            max_iter=20 * len(z),
        )  # fmt: skip
        pull = pulls @ np.clip(solved.x, -c, c)
        return float(-(pull**2 / (4 * w) + pull * z).sum())
