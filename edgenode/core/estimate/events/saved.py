"""A detector as bytes and back: what is loaded raises the same alarms.

Plain JSON, as core/estimate/forecast/saved writes it. `VERSION` rises with the shape; bytes of
another version, or cut off, are no detector.
"""

import json
from dataclasses import asdict, dataclass

from edgenode.core.estimate.events.detector import Detector, Sum, Waiting
from edgenode.model.errors import RefusedError
from edgenode.wire import foreign

VERSION = 1
BYTES_MAX = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A detector's state by name."""

    version: int
    step_s: int
    counts: bool
    spreads: float
    times: tuple[int | None, int | None]  # newest, doubted
    habit: tuple[int, float, float]  # bars, level, mean
    ratios: list[float]
    seen: list[int]
    week: list[float]
    closed: tuple[bool, int, float, int, int]
    window: list[float]
    waiting: list[tuple[int, float, float | None] | None]
    excess: tuple[float, float, int]
    sum: tuple[float, int, float]
    silent: int


def save(detector: Detector) -> bytes:
    """Return a detector as bytes."""
    times, habit, closed, held = detector.times, detector.habit, detector.closed, detector.sum
    saved = Saved(
        version=VERSION,
        step_s=detector.step_s,
        counts=detector.counts,
        spreads=detector.spreads,
        times=(times.newest_s, times.doubted_s),
        habit=(habit.bars, habit.level, habit.mean),
        ratios=habit.profile.ratios,
        seen=habit.profile.seen,
        week=habit.week,
        closed=(closed.shut, closed.empty, closed.expected, closed.gap, closed.opening),
        window=list(detector.window),
        waiting=[
            None if bar is None else (bar.at_s, bar.value, bar.excess) for bar in detector.waiting
        ],
        excess=(detector.mean, detector.spread, detector.learned),
        sum=(held.value, held.bars, held.volume),
        silent=detector.silent,
    )
    return json.dumps(asdict(saved), separators=(",", ":"), allow_nan=False).encode()


def load(data: bytes) -> Detector:
    """Return the detector that was saved; EN002 if the bytes are none of this version."""
    try:
        saved = foreign.json_as(data[:BYTES_MAX], Saved)
        if saved.version != VERSION:
            raise _refused(f"version {saved.version}")
        return _detector(saved)
    except RefusedError as error:
        raise _refused(error.found) from error


def _refused(found: str) -> RefusedError:
    return RefusedError(
        f"a saved detector that cannot be read: {found}"[:200],
        expected=f"what this release saves, version {VERSION}",
        do="delete the file: the detector begins anew and is warm after three days",
        code="EN002",
    )


def _detector(saved: Saved) -> Detector:
    if saved.step_s < 1:
        raise _refused(f"bars of {saved.step_s} s")
    detector = Detector(saved.step_s, counts=saved.counts, spreads=saved.spreads)
    habit, closed = detector.habit, detector.closed
    for name, kept, fresh in (
        ("ratios", saved.ratios, habit.profile.ratios),
        ("seen", saved.seen, habit.profile.seen),
        ("week", saved.week, habit.week),
    ):
        if len(kept) != len(fresh):
            raise _refused(f"{len(kept)} numbers of {name}, expected {len(fresh)}")
    detector.times.newest_s, detector.times.doubted_s = saved.times
    habit.bars, habit.level, habit.mean = saved.habit
    habit.profile.ratios, habit.profile.seen, habit.week = saved.ratios, saved.seen, saved.week
    closed.shut, closed.empty, closed.expected, closed.gap, closed.opening = saved.closed
    detector.window.extend(saved.window)
    detector.waiting.extend(None if row is None else Waiting(*row) for row in saved.waiting)
    detector.mean, detector.spread, detector.learned = saved.excess
    detector.sum, detector.silent = Sum(*saved.sum), saved.silent
    return detector
