"""A signal as bytes and back: what is loaded gives the same quantiles, to the last bit.

Plain JSON, whose shortest decimals of a double read back as the same double (Python's repr).
`VERSION` rises with the shape; bytes of another version, or cut off, are no signal.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TypeVar

from edgenode.core.estimate.forecast.horizon import AVERAGE_KEPT, Horizon, Made
from edgenode.core.estimate.forecast.residuals import LEVELS, NEEDED, Residuals
from edgenode.core.estimate.forecast.signal import Signal
from edgenode.core.estimate.forecast.usual import Usual
from edgenode.core.estimate.forecast.watch import Day
from edgenode.model.errors import RefusedError
from edgenode.wire import foreign

T = TypeVar("T")
VERSION = 4
BYTES_MAX = 1 << 20

MadeRow = tuple[
    list[float], list[float], float, list[float], list[float], list[list[float] | None]
]
DayRow = tuple[int, int, int, float, float]
WatchRow = tuple[str, int, list[DayRow], DayRow]
UsualRow = tuple[int, float, list[float], list[float], list[int]]
HorizonRow = tuple[list[float], list[float], list[float], list[float], list[float], WatchRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A signal's state by name; see `save` for what each list holds."""

    version: int
    step_s: int
    counts: bool
    times: tuple[int | None, int | None]  # newest, doubted
    bars: tuple[int, int, int]
    levels: tuple[float, float, float, float, float]
    before: tuple[float, int]  # the largest bar when its day began, and that day
    logs: list[float]
    ratios: list[float]
    seen: list[int]
    matrix: list[list[float]]
    values: list[float | None]
    made: list[MadeRow | None]
    horizons: list[HorizonRow]
    said: list[tuple[int, list[float]]]
    usual: UsualRow


def save(signal: Signal) -> bytes:
    """Return a signal as bytes."""
    averages = signal.averages
    saved = Saved(
        version=VERSION,
        step_s=signal.step_s,
        counts=signal.counts,
        times=(signal.times.newest_s, signal.times.doubted_s),
        bars=(signal.bars, signal.wider_until, averages.bars),
        levels=(signal.mean, signal.largest, averages.base, averages.local, averages.day),
        before=(signal.before, signal.day),
        logs=averages.logs,
        ratios=signal.profile.ratios,
        seen=signal.profile.seen,
        matrix=signal.gains.matrix,
        values=list(signal.values),
        made=[None if made is None else _row(made) for made in signal.made],
        horizons=[_horizon_row(horizon) for horizon in signal.horizons],
        said=list(signal.said.items()),
        usual=_usual_row(signal.habit),
    )
    return json.dumps(asdict(saved), separators=(",", ":"), allow_nan=False).encode()


def load(data: bytes) -> Signal:
    """Return the signal that was saved; EN002 if the bytes are none of this version."""
    try:
        saved = foreign.json_as(data[:BYTES_MAX], Saved)
        if saved.version != VERSION:
            raise _refused(f"version {saved.version}")
        return _signal(saved)
    except (RefusedError, ValueError) as error:
        raise _refused(str(error)) from error


def _refused(found: str) -> RefusedError:
    return RefusedError(
        f"a saved forecast that cannot be read: {found}"[:200],
        expected=f"what this release saves, version {VERSION}",
        do="delete the file: the forecast begins anew and is warm after some hours",
        code="EN002",
    )


def _horizon_row(horizon: Horizon) -> HorizonRow:
    residuals, watch = horizon.residuals, horizon.watch
    days = [_day_row(day) for day in watch.days]
    watched = (watch.why, watch.since_s, days, _day_row(watch.today))
    average = list(horizon.average.newest)
    newest, shifts = list(residuals.newest), residuals.shifts
    return (horizon.weights, horizon.scale, newest, shifts, average, watched)


def _usual_row(usual: Usual) -> UsualRow:
    profile = usual.profile
    return (usual.bars, usual.level, list(usual.levels), profile.ratios, profile.seen)


def _day_row(day: Day) -> DayRow:
    return (day.day, day.scored, day.held, day.lost, day.average_lost)


def _row(made: Made) -> MadeRow:
    return (made.features, made.gain, made.base, made.middles, made.scales, made.quantiles)


def _signal(saved: Saved) -> Signal:
    signal = Signal(max(1, saved.step_s), counts=saved.counts)
    averages, profile, size = signal.averages, signal.profile, len(signal.gains.matrix)
    signal.times.newest_s, signal.times.doubted_s = saved.times
    signal.said = dict(saved.said)
    signal.bars, signal.wider_until, averages.bars = saved.bars
    signal.mean, signal.largest, averages.base, averages.local, averages.day = saved.levels
    signal.before, signal.day = saved.before
    averages.logs = _sized(saved.logs, len(averages.logs))
    profile.ratios = _sized(saved.ratios, len(profile.ratios))
    profile.seen = _sized(saved.seen, len(profile.seen))
    signal.gains.matrix = [_sized(row, size) for row in _sized(saved.matrix, size)]
    assert signal.values.maxlen is not None
    if max(len(saved.values), len(saved.made)) > signal.values.maxlen:
        raise _refused("more bars than a horizon has")
    signal.values.extend(saved.values)
    signal.made.extend(None if row is None else _made(row, signal) for row in saved.made)
    _load_usual(signal.habit, saved.usual)
    for horizon, row in zip(signal.horizons, saved.horizons, strict=True):
        _load_horizon(horizon, row, size)
    return signal


def _load_horizon(horizon: Horizon, row: HorizonRow, size: int) -> None:
    weights, scale, newest, shifts, average, (why, since_s, days, today) = row
    horizon.weights, horizon.scale = _sized(weights, size), _sized(scale, size)
    horizon.residuals = Residuals(newest, _sized(shifts, len(LEVELS)))
    horizon.average = Residuals(average, kept=AVERAGE_KEPT)
    if why and len(average) < NEEDED:
        raise _refused("a fallen forecast beside an average without errors")
    watch = horizon.watch
    watch.why, watch.since_s, watch.today = why, since_s, Day(*today)
    watch.days.extend(Day(*day) for day in days)


def _load_usual(usual: Usual, row: UsualRow) -> None:
    bars, level, levels, ratios, seen = row
    assert usual.levels.maxlen is not None
    if not (bars > 0) <= len(levels) <= usual.levels.maxlen:
        raise _refused(f"the levels of {len(levels)} bars, expected 1 to {usual.levels.maxlen}")
    usual.bars, usual.level = bars, level
    usual.levels.extend(levels)
    usual.profile.ratios = _sized(ratios, len(usual.profile.ratios))
    usual.profile.seen = _sized(seen, len(usual.profile.seen))


def _made(row: MadeRow, signal: Signal) -> Made:
    size, horizons = len(signal.gains.matrix), len(signal.horizons)
    features, gain, base, middles, scales, quantiles = row
    for found in quantiles:
        _sized(found or LEVELS, len(LEVELS))
    return Made(
        _sized(features, size),
        _sized(gain, size),
        base,
        _sized(middles, horizons),
        _sized(scales, horizons),
        list(_sized(quantiles, horizons)),
    )


def _sized(values: Sequence[T], size: int) -> list[T]:
    if len(values) != size:
        raise _refused(f"{len(values)} numbers, expected {size}")
    return list(values)
