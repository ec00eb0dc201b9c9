"""What a run found: bars met and missed, costs, growth, profiles; as text and as JSON."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from tools.benchmarks.measure import POLICY, Sample, Samples, Spread, cpu, wall

Json = dict[str, Any]
SCHEMA = "edgenode.bench/1"
Sense = Literal["<=", ">="]
Verdict = Literal["pass", "MISSED", "not judged"]


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure that was promised, and what was found; `unit` is x for a ratio."""

    name: str
    sense: Sense
    limit: float
    found: Spread
    unit: str = "x"
    note: str = ""
    judged: bool = True

    @property
    def met(self) -> bool:
        """Return whether the median keeps the promise."""
        if self.sense == "<=":
            return self.found.median <= self.limit
        return self.found.median >= self.limit

    @property
    def verdict(self) -> Verdict:
        """Say it in a word; a run too short to judge judges nothing."""
        if not self.judged:
            return "not judged"
        return "pass" if self.met else "MISSED"


@dataclass(frozen=True, slots=True)
class Row:
    """What one contender's work cost, in microseconds per operation."""

    name: str
    operations: int
    cpu_us: Spread
    wall_us: Spread
    note: str = ""


@dataclass(frozen=True, slots=True)
class Curve:
    """How a figure grows: one line of (x, y) per contender."""

    title: str
    x: str
    y: str
    lines: dict[str, list[tuple[float, float]]]


@dataclass(frozen=True, slots=True)
class Profile:
    """Where the time of one path goes: lines of cProfile, the costliest first."""

    title: str
    lines: list[str]


@dataclass(slots=True)
class Report:
    """Everything that one area's run found."""

    area: str
    quick: bool = False
    invented: bool = False  # there was nothing recorded to judge by
    bars: list[Bar] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    curves: list[Curve] = field(default_factory=list)
    profiles: list[Profile] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    machine: dict[str, str] = field(default_factory=dict)

    def bar(
        self,
        name: str,
        sense: Sense,
        limit: float,
        found: Spread | float,
        *,
        unit: str = "x",
        note: str = "",
    ) -> None:
        """Add a bar; a quick run is too short to judge by, an invented signal is nobody's."""
        spread = found if isinstance(found, Spread) else Spread(found, found, found)
        judged = not (self.quick or self.invented)
        self.bars.append(Bar(name, sense, limit, spread, unit, note, judged))

    def costs(self, samples: Samples, notes: dict[str, str] | None = None) -> None:
        """Add a row for each contender."""
        for name, taken in samples.items():
            note = (notes or {}).get(name, "")
            self.rows.append(
                Row(name, taken[0].operations, _us(taken, cpu), _us(taken, wall), note)
            )

    @property
    def missed(self) -> list[Bar]:
        """Return the promises that were not kept."""
        return [bar for bar in self.bars if bar.verdict == "MISSED"]

    def to_json(self) -> str:
        """Return all of it for programs."""
        body: Json = {"schema": SCHEMA, "policy": POLICY, **asdict(self)}
        for row, bar in zip(body["bars"], self.bars, strict=True):
            row["verdict"] = bar.verdict
        return json.dumps(body, indent=1)

    def to_text(self) -> str:
        """Return all of it for people."""
        parts = [f"{self.area}: {self._verdict()}"]
        if self.bars:
            parts.append(_table(_BAR_HEAD, [_bar_cells(bar) for bar in self.bars]))
        if self.rows:
            parts.append(_table(_ROW_HEAD, [_row_cells(row) for row in self.rows]))
        parts += [_curve_text(curve) for curve in self.curves]
        parts += ["\n  ".join((profile.title, *profile.lines)) for profile in self.profiles]
        if self.left_out:
            parts.append(f"left out: {', '.join(self.left_out)}")
        parts.append("\n".join(f"note: {note}" for note in (*self.notes, POLICY)))
        parts.append(_pairs("versions", self.versions) + "\n" + _pairs("machine", self.machine))
        return "\n\n".join(parts)

    def _verdict(self) -> str:
        if self.quick:
            return "a quick run, which judges nothing"
        if self.invented:
            return "of invented signals, which judge nothing"
        if self.missed:
            return f"{len(self.missed)} of {len(self.bars)} bars MISSED"
        return f"all {len(self.bars)} bars pass"


_BAR_HEAD = ("bar", "wanted", "found", "lowest to highest", "")
_ROW_HEAD = ("cost of one operation", "CPU us", "lowest to highest", "wall us", "in a sample", "")


def figure(value: float) -> str:
    """Write a figure with three digits that count."""
    if value and abs(value) < 100:  # noqa: PLR2004
        return f"{value:#.3g}".rstrip(".")
    return f"{value:,.0f}"


def _us(taken: Sequence[Sample], cost: Callable[[Sample], float]) -> Spread:
    return Spread.of([cost(sample) for sample in taken]).scaled(1e-3)


def _ends(spread: Spread) -> str:
    return f"{figure(spread.low)} to {figure(spread.high)}"


def _bar_cells(bar: Bar) -> tuple[str, ...]:
    unit = bar.unit if bar.unit == "x" else f" {bar.unit}".rstrip()
    said = f"{bar.verdict}{'  ' + bar.note if bar.note else ''}"
    wanted = f"{bar.sense} {bar.limit:g}{unit}"
    return bar.name, wanted, f"{figure(bar.found.median)}{unit}", _ends(bar.found), said


def _row_cells(row: Row) -> tuple[str, ...]:
    return (
        row.name,
        figure(row.cpu_us.median),
        _ends(row.cpu_us),
        figure(row.wall_us.median),
        f"{row.operations:,}",
        row.note,
    )


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    widths = [max(len(cells[i]) for cells in (head, *rows)) for i in range(len(head))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
        for cells in (head, *rows)
    ]
    return "\n".join((lines[0], "-" * max(map(len, lines)), *lines[1:]))


def _curve_text(curve: Curve) -> str:
    xs = sorted({x for points in curve.lines.values() for x, _ in points})
    head = (curve.x, *(f"{x:,.0f}" for x in xs))
    rows = []
    for name, points in curve.lines.items():
        found = dict(points)
        rows.append((name, *(figure(found[x]) if x in found else "" for x in xs)))
    return f"{curve.title}, {curve.y}\n" + _table(head, rows)


def _pairs(title: str, pairs: dict[str, str]) -> str:
    return f"{title}: " + ", ".join(f"{name} {value}" for name, value in pairs.items())
