"""What no policy could do better: the overlay's cheapest path when all that comes is known.

Over the overlay positions x of a window's seconds, x = 0 before it, the least of

    sum over t of   w_t (x_t + z_t)^2   +   c_t |x_t - x_(t-1)|

z is what core leaves unhedged, w the price of its risk, c the cost of a unit then: a total
variation problem with a weight of its own at each step. The exact minimum in one pass (Johnson
2013, "A dynamic programming algorithm for the fused lasso", with weights): the derivative of the
cost so far is a rising polyline; each step adds the risk's straight line to it and cuts it at the
cost of a trade. Our own impact is left out, so nobody who has one can reach it.

Floats: this reports, nothing is decided from it.
"""

from collections import deque
from collections.abc import Sequence


class Slope:
    """The derivative of the cost of being at x: a rising polyline between two flat ends.

    What is added to all of it at once is kept beside the points.
    """

    def __init__(self, first_cost: float) -> None:
        """Begin with the cost of the first trade, from 0."""
        self._points = deque([(0.0, -first_cost), (0.0, first_cost)])
        self._tilt = self._lift = 0.0
        self._end = 0.0  # the tilt of both ends

    def add(self, weight: float, unhedged: float) -> None:
        """Add the risk of one second, weight x (x + unhedged)^2."""
        self._end = 2 * weight
        self._tilt += self._end
        self._lift += self._end * unhedged

    def cut(self, cost: float) -> tuple[float, float]:
        """Cut it at +-cost, and return from where to where no trade is worth that."""
        low = self._crossing(0, -cost)
        high = self._crossing(-1, cost)
        return low, high

    def _crossing(self, end: int, level: float) -> float:
        """Cut one end off where it crosses a level, put the crossing there, and return its x."""
        points, sign = self._points, -1 if end else 1
        last = None
        while points and sign * (self._value(points[end]) - level) <= 0:
            last = points.pop() if end else points.popleft()
        if last is None:
            x, value = points[end][0], self._value(points[end])
            crossed = x + (level - value) / self._end
        elif not points:
            crossed = last[0] + (level - self._value(last)) / self._end
        else:
            (x, _), (beyond, _) = last, points[end]
            value, rise = self._value(last), self._value(points[end]) - self._value(last)
            crossed = x + (beyond - x) * (level - value) / rise
        made = crossed, level - self._tilt * crossed - self._lift
        if end:
            points.append(made)
        else:
            points.appendleft(made)
        return crossed

    def _value(self, point: tuple[float, float]) -> float:
        return point[1] + self._tilt * point[0] + self._lift


def best_path(
    unhedged: Sequence[float], weights: Sequence[float], costs: Sequence[float]
) -> list[float]:
    """Return the cheapest overlay position at each step; weights above 0, costs not below."""
    slope = Slope(costs[0])
    rests = []
    for z, weight, cost in zip(unhedged, weights, (*costs[1:], 0.0), strict=True):
        slope.add(weight, z)
        rests.append(slope.cut(cost))
    path = []
    at = rests[-1][0]
    for low, high in reversed(rests):
        at = min(max(at, low), high)
        path.append(at)
    return path[::-1]


def total(
    path: Sequence[float],
    unhedged: Sequence[float],
    weights: Sequence[float],
    costs: Sequence[float],
) -> float:
    """Return what a path costs, its risk included."""
    before = (0.0, *path[:-1])
    return sum(
        weight * (x + z) ** 2 + cost * abs(x - was)
        for x, was, z, weight, cost in zip(path, before, unhedged, weights, costs, strict=True)
    )
