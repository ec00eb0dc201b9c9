"""Net exposure over the market hour as SVG: one panel large, or several small ones of one scale.

Colours are the page's CSS variables, so a chart follows its theme; every line is labelled where it
runs, and each chart is one sentence for who cannot see it.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

MINUTES_PER_LABEL = (10, 20, 30)
TICKS_MAX = 4
STEPS = (1, 2, 5, 10, 15, 20, 25, 30, 40, 50, 75, 100, 150, 200, 300, 400, 500)
NAME_ABOVE, NAME_BELOW = -12, 26  # of a line, in SVG units
WHOLE = 5  # a scale ends at a multiple of this
CLOCK_MINUTES = 60


@dataclass(frozen=True, slots=True)
class Line:
    """One line: net exposure in WETH at whole minutes, None where nobody knows."""

    label: str
    style: str  # with | without
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Frame:
    """What a chart shows beside its lines, in minutes from the begin of the window."""

    begins: int  # minute of the day
    minutes: int
    cut: tuple[int, int] | None = None
    event: tuple[int, str] | None = None  # when, and its name


@dataclass(frozen=True, slots=True)
class Size:
    """A chart's box in SVG units, and what it has room for. Its text is as large in every box."""

    name: str
    width: int
    height: int
    times: int  # labels on the time axis, at most
    wordy: bool  # names at the lines, the cut and the event


WIDE = Size("wide", 940, 400, times=8, wordy=True)
MIDDLE = Size("middle", 560, 340, times=4, wordy=True)
NARROW = Size("narrow", 340, 260, times=3, wordy=True)
SMALL = Size("small", 250, 150, times=2, wordy=False)
LARGE = (WIDE, MIDDLE, NARROW)  # the page shows the one that its column has room for


def span(lines: Iterable[Line]) -> tuple[int, int]:
    """Return (lowest, highest) of a scale that has room for all lines, zero between them."""
    known = [v for line in lines for v in line.values if v is not None]
    low, high = min([-1.0, *known]), max([1.0, *known])
    return math.floor(low / WHOLE) * WHOLE, math.ceil(high / WHOLE) * WHOLE


def chart(
    lines: Sequence[Line], frame: Frame, size: Size, scale: tuple[int, int], sentence: str
) -> str:
    """Return one chart as SVG."""
    room = Room(frame, size, scale)
    drawn = [*room.ground(), *(room.line(line) for line in lines), *room.words(lines)]
    return (
        f'<svg viewBox="0 0 {size.width} {size.height}" role="img" class="chart {size.name}"'
        f' aria-label="{escape(sentence, quote=True)}">'
        f"{''.join(drawn)}</svg>"
    )


class Room:
    """Where minutes and quantities stand in one chart."""

    def __init__(self, frame: Frame, size: Size, scale: tuple[int, int]) -> None:
        self._frame, self._size = frame, size
        self._low, self._high = scale
        self._left, self._right = 46, 24
        self._top, self._foot = (46, 30) if size.wordy else (16, 24)

    def x(self, minute: float) -> float:
        """Return where a minute stands."""
        wide = self._size.width - self._left - self._right
        return round(self._left + wide * minute / max(1, self._frame.minutes), 1)

    def y(self, value: float) -> float:
        """Return where a quantity stands."""
        high = self._size.height - self._top - self._foot
        share = (self._high - value) / (self._high - self._low)
        return round(self._top + high * share, 1)

    def ground(self) -> list[str]:
        """Draw the cut, the grid with its labels, zero, and the event."""
        left, right = self._left, self._size.width - self._right
        drawn = []
        if self._frame.cut is not None:
            begins, ends = (self.x(minute) for minute in self._frame.cut)
            box = f'x="{begins}" y="{self.y(self._high)}" width="{round(ends - begins, 1)}"'
            high = round(self.y(self._low) - self.y(self._high), 1)
            drawn.append(f'<rect class="cut" {box} height="{high}"/>')
        for tick in self._ticks():
            y = self.y(tick)
            style = "zero" if tick == 0 else "grid"
            drawn.append(f'<path class="{style}" d="M{left} {y}H{right}"/>')
            drawn.append(f'<text class="y" x="{left - 8}" y="{y + 4}">{signed(tick, 0)}</text>')
        foot = self._size.height - self._foot + 18
        for minute, label in self._times():
            drawn.append(f'<text class="x" x="{self.x(minute)}" y="{foot}">{label}</text>')
        if self._frame.event is not None:
            x = self.x(self._frame.event[0])
            top = self._top - (24 if self._size.wordy else 8)
            drawn.append(f'<path class="event" d="M{x} {top}V{self.y(self._low)}"/>')
            drawn.append(f'<path class="flag" d="M{x} {top - 6}l10 5l-10 5z"/>')
        return drawn

    def line(self, line: Line) -> str:
        """Draw one line; where nobody knows, it has a gap."""
        path, up = [], True
        for minute, value in enumerate(line.values):
            if value is None:
                up = True
                continue
            path.append(f"{'M' if up else 'L'}{self.x(minute)} {self.y(value)}")
            up = False
        return f'<path class="{line.style}" d="{"".join(path)}"/>' if path else ""

    def words(self, lines: Sequence[Line]) -> list[str]:
        """Name the lines, the cut and the event where they are, if there is room."""
        if not self._size.wordy:
            return []
        said = []
        frame = self._frame
        if frame.cut is not None:
            x, y = self.x(frame.cut[1]) - 6, self.y(self._low) - 8
            said.append(f'<text class="name cut-name" x="{x}" y="{y}">link cut</text>')
        if frame.event is not None:
            x = self.x(frame.event[0]) + 16
            name = escape(frame.event[1])
            said.append(
                f'<text class="name event-name" x="{x}" y="{self._top - 22}">{name}</text>'
            )
        return said + self._names(lines)

    def _names(self, lines: Sequence[Line]) -> list[str]:
        """Name each line in the middle of what is known: the upper one above, the other below."""
        known = [[m for m, v in enumerate(line.values) if v is not None] for line in lines]
        at = min((minutes[-1] for minutes in known if minutes), default=0) // 2
        stands = sorted((line.values[at] or 0.0, n) for n, line in enumerate(lines) if known[n])
        said = []
        for rank, (value, n) in enumerate(stands):
            away = NAME_ABOVE if rank else NAME_BELOW
            where = f'x="{self.x(at)}" y="{self.y(value) + away}"'
            name = f"{lines[n].style}-name"
            said.append(f'<text class="name {name}" {where}>{lines[n].label}</text>')
        return said

    def _ticks(self) -> list[int]:
        wide = self._high - self._low
        step = next((s for s in STEPS if wide // s < TICKS_MAX), wide)
        return [step * n for n in range(-(-self._low // step), self._high // step + 1)]

    def _times(self) -> list[tuple[int, str]]:
        minutes = self._frame.minutes
        few = self._size.times
        step = next((s for s in MINUTES_PER_LABEL if minutes / s < few), MINUTES_PER_LABEL[-1])
        first = -self._frame.begins % step
        return [(at, self._clock(at)) for at in range(first, minutes + 1, step)]

    def _clock(self, minute: int) -> str:
        hour, rest = divmod(self._frame.begins + minute, CLOCK_MINUTES)
        return f"{hour:02}:{rest:02}"


def signed(value: float, decimals: int = 2) -> str:
    """Return a number with its sign, a true minus; zero has none."""
    text = f"{abs(value):,.{decimals}f}"
    if not float(text.replace(",", "")):
        return text
    return f"{'+' if value > 0 else '−'}{text}"  # noqa: RUF001  a true minus
