"""The forecast as a fan: what was, what had been said of it, and what is said of the next hour.

One axis from zero, as high as what was and what is ahead; figures are a minute. Dotted edges are 5
and 95 %, the tint inside 25 and 75 %, the dashed line is the median. A gap in data is a gap.
"""

from html import escape
from typing import Any

from edgenode.daemon.page.figures import HOUR_S, MINUTE_S, about, clock, epoch_s

Json = dict[str, Any]
Points = list[tuple[int, list[float]]]
WIDTH, HEIGHT = 400, 180
LEFT, RIGHT, TOP, FOOT = 60, 6, 14, 26
PAST_MIN, AHEAD_MIN = 60, 60
BAR_SHARE = 0.8
DRAWN = ("q05", "q25", "q50", "q75", "q95")


def chart(source: Json, at_s: int, words: str) -> str:
    """Return the fan as SVG: what was, what had been said of it, and what is said of the next."""
    now_s = epoch_s(source["newest_bar"]) + source["step_s"]
    per_minute = MINUTE_S / source["step_s"]
    past = [(t, None if v is None else float(v) * per_minute) for t, v in source["past"]]
    past = [(t, v) for t, v in past if t >= now_s - PAST_MIN * MINUTE_S]
    said = [(t, [float(q) * per_minute for q in qs]) for t, *qs in source["said"]]
    said = [(t, qs) for t, qs in said if now_s - PAST_MIN * MINUTE_S <= t < now_s]
    ahead = [
        (
            now_s + h["minutes"] * MINUTE_S,
            [a_minute(h, q) for q in ("q05", "q25", "q50", "q75", "q95")],
        )
        for h in source["horizons"]
        if h["quantiles"]
    ]
    if ahead:
        ahead.insert(0, (now_s, ahead[0][1]))
    shown = [v for _, v in past if v is not None] + [max(qs) for _, qs in ahead]
    top = max(shown, default=0.0)
    if top <= 0:
        return ""  # no empty axes
    scale = _Scale(now_s, top)
    parts = [scale.axes()]
    parts += [_band(run, 0, -1, "then", scale) for run in _runs(said, source["step_s"])]
    parts.append(_bars(past, source["step_s"], scale))
    parts += [_line(run, 1, "then", scale) for run in _runs(said, source["step_s"])]
    if ahead:
        parts += [_band(ahead, 0, 4, "wide", scale), _band(ahead, 1, 3, "near", scale)]
        parts.append(_line(ahead, 2, "half", scale))
    old = " old" if source["state"] == "stale" else ""
    late = "" if at_s - now_s < HOUR_S else f" as of {clock(now_s)} UTC"
    return (
        f'<svg class="fan{old}" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-label="{escape(words + late, quote=True)}">{"".join(parts)}</svg>'
    )


class _Scale:
    """Where a time and a volume stand in the drawing."""

    def __init__(self, now_s: int, top: float) -> None:
        self.now_s, self.top = now_s, top
        self._from_s = now_s - PAST_MIN * MINUTE_S
        self._wide = (WIDTH - LEFT - RIGHT) / ((PAST_MIN + AHEAD_MIN) * MINUTE_S)
        self._high = (HEIGHT - TOP - FOOT) / top

    def x(self, at_s: float) -> str:
        return f"{LEFT + (at_s - self._from_s) * self._wide:.1f}"

    def y(self, value: float) -> str:
        return f"{HEIGHT - FOOT - min(value, self.top) * self._high:.1f}"

    def axes(self) -> str:
        zero, foot = self.y(0), HEIGHT - 6
        marks = [
            f'<line class="zero" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{zero}" y2="{zero}"/>',
            f'<path class="now" d="M{self.x(self.now_s)} {TOP}V{zero}"/>',
            f'<text x="{LEFT - 6}" y="{zero}" class="end">0</text>',
            f'<text x="{LEFT - 6}" y="{TOP + 8}" class="end">{about(self.top)}</text>',
        ]
        for minutes in (-60, -30, 0, 30, 60):
            at_s = self.now_s + minutes * MINUTE_S
            place = "end" if minutes == AHEAD_MIN else "middle"
            text = f"{clock(at_s)}" if minutes else f"{clock(at_s)} now"
            marks.append(f'<text x="{self.x(at_s)}" y="{foot}" class="{place}">{text}</text>')
        return "".join(marks)


def _bars(past: list[tuple[int, float | None]], step_s: int, scale: _Scale) -> str:
    """Return a bar for each value; a gap in data is a gap."""
    zero, drawn = scale.y(0), ""
    for at_s, value in past:
        if value is not None:
            left, right, top = scale.x(at_s), scale.x(at_s + step_s * BAR_SHARE), scale.y(value)
            drawn += f"M{left} {zero}V{top}H{right}V{zero}Z"
    return f'<path class="was" d="{drawn}"/>'


def _runs(said: Points, step_s: int) -> list[Points]:
    """Return what was said, cut where a bar is missing."""
    runs: list[Points] = []
    for one in said:
        if not runs or one[0] - runs[-1][-1][0] > step_s:
            runs.append([])
        runs[-1].append(one)
    return [run for run in runs if len(run) > 1]


def _band(points: Points, low: int, high: int, name: str, scale: _Scale) -> str:
    there = " ".join(f"{scale.x(t)},{scale.y(qs[high])}" for t, qs in points)
    back = " ".join(f"{scale.x(t)},{scale.y(qs[low])}" for t, qs in reversed(points))
    return f'<polygon class="{name}" points="{there} {back}"/>'


def _line(points: Points, index: int, name: str, scale: _Scale) -> str:
    at = " ".join(f"{scale.x(t)},{scale.y(qs[index])}" for t, qs in points)
    return f'<polyline class="{name}" points="{at}"/>'


def a_minute(ahead: Json, quantile: str) -> float:
    """Return a quantile of a horizon's total as a figure a minute."""
    return float(ahead["quantiles"][quantile]) / float(ahead["minutes"])
