"""How far an instrument was exposed over time: few points, and the worst is never lost."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

POINTS_MAX = 1_440  # more are thinned to half as many


class At(NamedTuple):
    """Exposure in lots from a market time on.

    `net` is what is certain; from `low` to `high` it may be, as open orders and disputes end;
    without this node's own hedges `bare` would be left.
    """

    at_ns: int
    net: int
    low: int
    high: int
    bare: int

    @property
    def worst(self) -> int:
        """Return the largest absolute value that it may have."""
        return max(abs(self.low), abs(self.high))


@dataclass(slots=True)
class Path:
    """The points of one instrument, oldest first, with the extremes since `begin`."""

    points: list[At] = field(default_factory=list)
    worst: At | None = None  # of what may be
    bare_worst: At | None = None  # of what would be left without hedges

    def begin(self, at_ns: int) -> None:
        """Look for extremes from here on, with what stands now among them."""
        self.worst = self.bare_worst = None
        if self.points:
            self._extreme(self.points[-1]._replace(at_ns=at_ns))

    def add(self, point: At) -> None:
        """Add a point; one that changes nothing is left out."""
        if self.points and self.points[-1][1:] == point[1:]:
            return
        self._extreme(point)
        self.points.append(point)
        if len(self.points) > POINTS_MAX:
            self.points = _thinned(self.points)

    def _extreme(self, point: At) -> None:
        if self.worst is None or point.worst > self.worst.worst:
            self.worst = point
        if self.bare_worst is None or abs(point.bare) > abs(self.bare_worst.bare):
            self.bare_worst = point


def _thinned(points: list[At]) -> list[At]:
    """Return the first and newest point, and of each two between the worse one."""
    first, *between, newest = points
    pairs = zip(between[::2], between[1::2], strict=False)
    odd = between[-1:] if len(between) % 2 else []
    return [first, *(_worse(pair) for pair in pairs), *odd, newest]


def _worse(pair: Iterable[At]) -> At:
    return max(pair, key=lambda at: (at.worst, at.at_ns))
