"""A report as one page that needs nothing else: tables, and pictures drawn here as SVG.

Both axes of a growth curve are powers of ten. The picture of the bars shows each as a part of what
was promised, also in powers of ten: right of the line it is kept, left of it missed.
"""

import html
import math
from collections.abc import Iterable

from tools.benchmarks.report import Bar, Curve, Report, figure

_COLOURS = ("#0b6e4f", "#b23a48", "#2a4d9b", "#8a6d00", "#6b3fa0", "#00707a", "#555555")
_KEPT, _MISSED, _OPEN = "#0b6e4f", "#b23a48", "#888888"
_WIDTH, _HEIGHT = 720, 340
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 190, 16, 44
_ROW = 26
_BARS_WIDTH = 440
_LETTER = 6.6  # width, at most, of most letters
_DECADES_MAX = 2.0  # of the picture of bars, each way
_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}
h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}svg{max-width:100%;height:auto}
text{font:12px system-ui,sans-serif;fill:#222}pre{background:#f5f5f3;padding:1rem;overflow:auto;
font-size:12px;line-height:1.4}
"""


def page(report: Report) -> str:
    """Return the page."""
    parts = [f"<h1>{html.escape(report.area)}</h1>"]
    if report.bars:
        parts.append("<h2>What was promised, and what was found</h2>" + bars(report.bars))
    parts += [f"<h2>{html.escape(c.title)}</h2>{growth(c)}" for c in report.curves]
    parts.append(f"<h2>Everything</h2><pre>{html.escape(report.to_text())}</pre>")
    title = f"edgenode bench: {html.escape(report.area)}"
    head = f'<meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
    return (
        f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(parts)}</body></html>'
    )


def bars(rows: list[Bar]) -> str:
    """Draw each bar as found over promised (or promised over found where less is better)."""
    height = _ROW * len(rows) + 30
    label = _LETTER * max(len(row.name) for row in rows)
    width = round(label) + _BARS_WIDTH
    middle = label + _BARS_WIDTH / 2
    drawn = [_line(middle, 0, middle, height - 24, "#222")]
    for index, row in enumerate(rows):
        drawn.append(_bar(row, index * _ROW + 4, middle))
    drawn.append(_text(middle, height - 8, "exactly as promised", "middle"))
    return _svg(width, height, drawn)


def growth(curve: Curve) -> str:
    """Draw a growth curve, one line per contender."""
    points = [p for line in curve.lines.values() for p in line if p[0] > 0 and p[1] > 0]
    if not points:
        return "<p>nothing was measured</p>"
    xs = _decades(x for x, _ in points)
    ys = _decades(y for _, y in points)
    drawn = _grid(xs, ys, curve)
    for index, (name, line) in enumerate(curve.lines.items()):
        colour = _COLOURS[index % len(_COLOURS)]
        at = [(_x(x, xs), _y(y, ys)) for x, y in line if x > 0 and y > 0]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
        drawn.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        drawn += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in at]
        top = _TOP + 12 + 18 * index
        right = _WIDTH - _RIGHT + 12
        drawn.append(_line(right, top - 4, right + 16, top - 4, colour, 2))
        drawn.append(_text(right + 22, top, name))
    return _svg(_WIDTH, _HEIGHT, drawn)


def _bar(row: Bar, top: float, middle: float) -> str:
    found, limit = row.found.median, row.limit
    kept = found / limit if row.sense == ">=" else limit / found if found else math.inf
    decades = max(-_DECADES_MAX, min(_DECADES_MAX, math.log10(kept) if kept else -_DECADES_MAX))
    reach = decades / _DECADES_MAX * _BARS_WIDTH / 2 * 0.7
    colour = _OPEN if not row.judged else _KEPT if row.met else _MISSED
    left = middle + min(0.0, reach)
    shape = (
        f'<rect x="{left:.1f}" y="{top}" width="{max(1.0, abs(reach)):.1f}" '
        f'height="{_ROW - 8}" fill="{colour}"/>'
    )
    unit = row.unit if row.unit == "x" else f" {row.unit}".rstrip()
    value = f"{figure(found)}{unit} ({row.sense} {limit:g})"
    at = middle + max(0.0, reach) + 6
    return shape + _text(0, top + 13, row.name) + _text(at, top + 13, value)


def _grid(xs: tuple[int, int], ys: tuple[int, int], curve: Curve) -> list[str]:
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    drawn = []
    for power in range(xs[0], xs[1] + 1):
        x = _x(10.0**power, xs)
        drawn.append(_line(x, _TOP, x, bottom, "#ddd"))
        drawn.append(_text(x, bottom + 16, f"{10.0**power:,g}", "middle"))
    for power in range(ys[0], ys[1] + 1):
        y = _y(10.0**power, ys)
        drawn.append(_line(_LEFT, y, right, y, "#ddd"))
        drawn.append(_text(_LEFT - 6, y + 4, f"{10.0**power:,g}", "end"))
    drawn.append(_text((_LEFT + right) / 2, _HEIGHT - 8, curve.x, "middle"))
    drawn.append(_text(4, _TOP - 3, curve.y))
    return drawn


def _decades(values: Iterable[float]) -> tuple[int, int]:
    logs = [math.log10(value) for value in values]
    low, high = math.floor(min(logs)), math.ceil(max(logs))
    return low, max(high, low + 1)


def _x(value: float, ends: tuple[int, int]) -> float:
    part = (math.log10(value) - ends[0]) / (ends[1] - ends[0])
    return _LEFT + part * (_WIDTH - _RIGHT - _LEFT)


def _y(value: float, ends: tuple[int, int]) -> float:
    part = (math.log10(value) - ends[0]) / (ends[1] - ends[0])
    return _HEIGHT - _BOTTOM - part * (_HEIGHT - _BOTTOM - _TOP)


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: int = 1) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        f'stroke="{colour}" stroke-width="{width}"/>'
    )


def _text(x: float, y: float, said: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{html.escape(said)}</text>'


def _svg(width: int, height: int, drawn: list[str]) -> str:
    opened = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">'
    return f"{opened}{''.join(drawn)}</svg>"
