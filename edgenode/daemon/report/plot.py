"""Plots as inline SVG: lines, areas, dots and intervals between two axes.

Colours are classes of the report's style: `ours`, `none`, `other`, `limit`; so a plot follows its
page's theme. Each plot is one sentence for who cannot see it. What lies outside of the axes is cut
at their edge.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise

LEFT, RIGHT, TOP, FOOT = 64, 18, 30, 46
LABEL_DOWN, NAME_DOWN, BESIDE = 18, 38, 8
TICKS_MAX = 6
SPAN_MIN = 1e-9  # less between the values is drawn as none
ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Axis:
    """From where to where, and what is counted."""

    low: float
    high: float
    name: str

    def __post_init__(self) -> None:
        """Refuse an axis without length."""
        assert self.low < self.high, f"{self.name}: from {self.low} to {self.high}"

    def ticks(self) -> list[float]:
        """Return round values, at most seven."""
        rough = (self.high - self.low) / TICKS_MAX
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * r for r in ROUND if power * r >= rough * (1 - 1e-9))
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [step * n for n in range(first, last + 1)]


def axis(values: Iterable[float], name: str, *, zero: bool = True) -> Axis:
    """Return an axis with room for all values (and zero)."""
    known = [value for value in values if math.isfinite(value)] + ([0.0] if zero else [])
    low, high = min(known, default=0.0), max(known, default=1.0)
    room = (high - low) * 0.06 if high - low > SPAN_MIN else max(abs(high), 1.0) * 0.5
    below = room if low < 0 or not zero else 0.0
    above = room if high > 0 or not zero or low == high else 0.0
    return Axis(low - below, high + above, name)


@dataclass(slots=True)
class Plot:
    """One plot being drawn; `svg` returns it. Units of the box are about pixels."""

    across: Axis
    up: Axis
    width: int = 560
    height: int = 320
    left: int = LEFT  # room for the labels upwards
    drawn: list[str] = field(default_factory=list)

    def line(self, points: Sequence[Point], style: str) -> None:
        """Draw straight from point to point."""
        if points:
            path = "L".join(f"{self._x(x)} {self._y(y)}" for x, y in points)
            self.drawn.append(f'<path class="{style}" d="M{path}"/>')

    def area(self, upper: Sequence[Point], lower: Sequence[Point], style: str) -> None:
        """Fill what lies between two lines over the same places."""
        around = [*upper, *reversed(lower)]
        if around:
            path = "L".join(f"{self._x(x)} {self._y(y)}" for x, y in around)
            self.drawn.append(f'<path class="fill {style}" d="M{path}Z"/>')

    def dot(self, at: Point, style: str, radius: float = 4.5) -> None:
        """Draw a dot."""
        x, y = self._x(at[0]), self._y(at[1])
        self.drawn.append(f'<circle class="dot {style}" cx="{x}" cy="{y}" r="{radius}"/>')

    def whisker(self, x: float, low: float, high: float, style: str) -> None:
        """Draw an interval upright."""
        place, ends = self._x(x), (self._y(low), self._y(high))
        bars = "".join(f"M{place - 5} {end}H{place + 5}" for end in ends)
        self.drawn.append(f'<path class="{style}" d="M{place} {ends[0]}V{ends[1]}{bars}"/>')

    def lying(self, y: float, low: float, high: float, style: str) -> None:
        """Draw an interval that lies."""
        place, ends = self._y(y), (self._x(low), self._x(high))
        bars = "".join(f"M{end} {place - 5}V{place + 5}" for end in ends)
        self.drawn.append(f'<path class="{style}" d="M{ends[0]} {place}H{ends[1]}{bars}"/>')

    def text(self, at: Point, words: str, style: str = "", *, down: float = 0.0) -> None:
        """Write to the right of a place, or to its left where there is no room."""
        x, y = self._x(at[0]), self._y(at[1])
        end = x > self.width * 0.72
        place = round(x - BESIDE if end else x + BESIDE, 1)
        way = "y" if end else "start"
        where = f'x="{place}" y="{y + 5 + down}"'
        self.drawn.append(f'<text class="name {way} {style}" {where}>{escape(words)}</text>')

    def svg(self, sentence: str, *, labels: Sequence[tuple[float, str]] | None = None) -> str:
        """Return the plot; `labels` replace the numbers upwards: (value, words)."""
        said = escape(sentence, quote=True)
        return (
            f'<svg viewBox="0 0 {self.width} {self.height}" role="img" class="chart"'
            f' aria-label="{said}">{"".join([*self._ground(labels), *self.drawn])}</svg>'
        )

    def _ground(self, labels: Sequence[tuple[float, str]] | None) -> list[str]:
        right, foot = self.width - RIGHT, self.height - FOOT
        told = []
        wide = self.across.ticks()
        high = self.up.ticks() if labels is None else [value for value, _ in labels]
        words = _numbers(high) if labels is None else [text for _, text in labels]
        for value, text in zip(high, words, strict=True):
            y, style = self._y(value), "zero" if value == 0 and labels is None else "grid"
            told.append(f'<path class="{style}" d="M{self.left} {y}H{right}"/>')
            told.append(f'<text class="y" x="{self.left - 8}" y="{y + 4}">{escape(text)}</text>')
        for value, text in zip(wide, _numbers(wide), strict=True):
            x, style = self._x(value), "zero" if value == 0 else "grid"
            told.append(f'<path class="{style}" d="M{x} {TOP}V{foot}"/>')
            told.append(f'<text class="x" x="{x}" y="{foot + LABEL_DOWN}">{text}</text>')
        middle = (self.left + right) / 2
        across, up = escape(self.across.name), escape(self.up.name)
        told.append(f'<text class="x" x="{middle}" y="{foot + NAME_DOWN}">{across}</text>')
        told.append(f'<text class="start" x="4" y="16">{up}</text>')
        return told

    def _x(self, value: float) -> float:
        share = _share(self.across, value)
        return round(self.left + (self.width - self.left - RIGHT) * share, 1)

    def _y(self, value: float) -> float:
        share = _share(self.up, value)
        return round(TOP + (self.height - TOP - FOOT) * (1 - share), 1)


def _share(of: Axis, value: float) -> float:
    return min(1.0, max(0.0, (value - of.low) / (of.high - of.low)))


def _numbers(values: Sequence[float]) -> list[str]:
    """Return ticks with as many decimals as tell them apart."""
    step = min((b - a for a, b in pairwise(values)), default=1.0)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    if step * 10**decimals % 1 > 1e-6:  # noqa: PLR2004  2.5 needs one more
        decimals += 1
    return [f"{value + 0.0:,.{decimals}f}".replace("-", "−") for value in values]  # noqa: RUF001
