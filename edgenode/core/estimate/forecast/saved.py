"""A signal as bytes and back: what is loaded gives the same quantiles, to the last bit.

Plain JSON, whose shortest decimals of a double read back as the same double (Python's repr).
`VERSION` rises with the shape; bytes of another version, or cut off, are no signal.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TypeVar

from edgenode.core.estimate.forecast.residuals import LEVELS, Residuals
from edgenode.core.estimate.forecast.signal import Made, Signal
from edgenode.model.errors import RefusedError
from edgenode.wire import foreign

T = TypeVar("T")
VERSION = 2
BYTES_MAX = 1 << 20

MadeRow = tuple[
    list[float], list[float], float, list[float], list[float], list[list[float] | None]
]
HorizonRow = tuple[list[float], list[float], list[float], list[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A signal's state by name; see `save` for what each list holds."""

    version: int
    step_s: int
    counts: bool
    newest_s: int | None
    bars: tuple[int, int, int]
    levels: tuple[float, float, float, float, float]
    logs: list[float]
    ratios: list[float]
    seen: list[int]
    matrix: list[list[float]]
    values: list[float | None]
    made: list[MadeRow | None]
    horizons: list[HorizonRow]
    said: list[tuple[int, list[float]]]
    days: list[float]


def save(signal: Signal) -> bytes:
    """Return a signal as bytes."""
    averages = signal.averages
    saved = Saved(
        version=VERSION,
        step_s=signal.step_s,
        counts=signal.counts,
        newest_s=signal.newest_s,
        bars=(signal.bars, signal.wider_until, averages.bars),
        levels=(signal.mean, signal.largest, averages.base, averages.local, averages.day),
        logs=averages.logs,
        ratios=signal.profile.ratios,
        seen=signal.profile.seen,
        matrix=signal.gains.matrix,
        values=list(signal.values),
        made=[None if made is None else _row(made) for made in signal.made],
        horizons=[
            (h.weights, h.scale, list(h.residuals.newest), h.residuals.shifts)
            for h in signal.horizons
        ],
        said=list(signal.said.items()),
        days=list(signal.days),
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


def _row(made: Made) -> MadeRow:
    return (made.features, made.gain, made.base, made.middles, made.scales, made.quantiles)


def _signal(saved: Saved) -> Signal:
    signal = Signal(max(1, saved.step_s), counts=saved.counts)
    averages, profile, size = signal.averages, signal.profile, len(signal.gains.matrix)
    signal.newest_s, signal.said = saved.newest_s, dict(saved.said)
    signal.bars, signal.wider_until, averages.bars = saved.bars
    signal.mean, signal.largest, averages.base, averages.local, averages.day = saved.levels
    averages.logs = _sized(saved.logs, len(averages.logs))
    profile.ratios = _sized(saved.ratios, len(profile.ratios))
    profile.seen = _sized(saved.seen, len(profile.seen))
    signal.gains.matrix = [_sized(row, size) for row in _sized(saved.matrix, size)]
    assert signal.values.maxlen is not None
    if max(len(saved.values), len(saved.made)) > signal.values.maxlen:
        raise _refused("more bars than a horizon has")
    signal.values.extend(saved.values)
    signal.made.extend(None if row is None else _made(row, signal) for row in saved.made)
    signal.days.extend(_days(saved, signal))
    for horizon, row in zip(signal.horizons, saved.horizons, strict=True):
        weights, scale, newest, shifts = row
        horizon.weights, horizon.scale = _sized(weights, size), _sized(scale, size)
        horizon.residuals = Residuals(newest, _sized(shifts, len(LEVELS)))
    return signal


def _days(saved: Saved, signal: Signal) -> list[float]:
    assert signal.days.maxlen is not None
    if not (signal.averages.bars > 0) <= len(saved.days) <= signal.days.maxlen:
        raise _refused(f"the levels of {len(saved.days)} bars, expected 1 to {signal.days.maxlen}")
    return saved.days


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
