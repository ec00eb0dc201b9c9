"""The failures' report: one HTML file, its verdict first, a row a failure, some courses."""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from edgenode.daemon.report import document
from edgenode.daemon.report.document import Verdict, figure, number, pair, section, table
from edgenode.daemon.report.plot import Axis, Plot, axis
from edgenode.sim.arms.figures import LOT
from edgenode.sim.failures.cases import LASTS_S
from edgenode.sim.failures.judged import World
from edgenode.sim.failures.seen import Sample
from edgenode.sim.failures.summary import QUESTIONS, SAID

Json = dict[str, Any]
TITLE = "Failures: what is left when links, venues, power, disks and copies fail"
STRIP = "<b>PAPER</b> · invented worlds in virtual time · nothing real was sent"
STYLES = ("ours", "none", "other")
WAITING = ("link_cut", "stick", "centre_power_cut")
EXPOSED = ("silent_venue", "power_cut", "late_outcome")
Value = Callable[[Sample], float | None]


def report(told: Json, worlds: Sequence[World]) -> str:
    """Return the whole page."""
    first: dict[str, World] = {}
    for world in worlds:
        first.setdefault(world.name, world)
    courses = [drawn for drawn in (_waiting(first), _exposed(first)) if drawn]
    head = "All held." if told["held"] else "Not all held."
    return document.page(
        title=TITLE,
        strip=STRIP,
        verdict=Verdict("ready" if told["held"] else "fault", head, told["verdict"]),
        parts=[
            _answers(told),
            *([section("The first seed's course", pair(*courses))] if courses else []),
            section("In words", *(document.paragraph(r["verdict"]) for r in told["failures"])),
        ],
        note=f"{told['note']}.",
    )


def _answers(told: Json) -> str:
    head = (
        "failure", "held", "struck", *(SAID[question] for question in QUESTIONS),
        "most waiting", "settled, s", "checks",
    )  # fmt: skip
    rows = [
        (
            row["failure"].replace("_", " "), f"{row['held']} of {row['worlds']}",
            str(row["struck"]), *(_answer(row["answers"].get(q)) for q in QUESTIONS),
            str(row["waiting_max"]), number(row["settled_s_max"], 1), number(row["checks"], 0),
        )
        for row in told["failures"]
    ]  # fmt: skip
    return section(
        "Each failure, judged by what venues and disks truly hold",
        table("Failures", head, rows),
        note="Waiting: entries that the centre did not hold yet. Settled: from the failure's end"
        " until nothing waits and no order is UNKNOWN, at most. A dash: not asked of it.",
    )


def _answer(found: Json | None) -> str:
    if found is None:
        return "-"
    if found["no"] or found["not_asked"]:
        return f"NO: {found['no']} wrong, {found['not_asked']} not asked"
    return "yes"


def _waiting(first: dict[str, World]) -> str:
    """Draw how many entries wait for the centre."""
    return _course(
        first, WAITING, lambda sample: float(sample.waiting), "entries waiting",
        "Entries that the centre does not hold yet: all are told once a path exists.",
    )  # fmt: skip


def _exposed(first: dict[str, World]) -> str:
    """Draw net exposure by the venues' truth; a box that is off has none."""
    return _course(
        first, EXPOSED, lambda sample: None if sample.net is None else sample.net * LOT,
        "net exposure, WETH",
        "Net exposure by what the venues truly executed; a gap: the box has no power.",
    )  # fmt: skip


def _course(
    first: dict[str, World], names: Sequence[str], value: Value, up: str, sentence: str
) -> str:
    found = {
        name: [(sample.at_s, value(sample)) for sample in first[name].seen.samples]
        for name in names
        if name in first
    }
    values = [v for course in found.values() for _, v in course if v is not None]
    if not values:
        return ""
    plot = Plot(Axis(0.0, LASTS_S, "seconds"), axis(values, up))
    for style, (name, course) in zip(STYLES, found.items(), strict=False):
        for known, points in groupby(course, lambda point: point[1] is not None):
            if known:
                plot.line([(at, v) for at, v in points if v is not None], style)
        at, top = max(
            ((at, v) for at, v in course if v is not None), key=lambda point: abs(point[1])
        )
        plot.text((at, top), name.replace("_", " "), f"{style}-name")
    return figure(plot.svg(sentence), sentence)
