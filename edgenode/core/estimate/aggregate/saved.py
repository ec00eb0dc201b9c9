"""An aggregate as bytes and back: what is loaded gives the same quantiles, to the last bit.

Plain JSON, as core/estimate/forecast/saved writes it. `VERSION` rises with the shape; bytes of
another version, or cut off, are no aggregate. Bars that wait are not saved: they are taken again.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TypeVar

from edgenode.core.estimate.aggregate.aggregate import Aggregate, Made, Member
from edgenode.core.estimate.aggregate.copies import LAGS, Pair, Told
from edgenode.core.estimate.aggregate.level import SIZE, Level
from edgenode.core.estimate.aggregate.pool import Belief
from edgenode.core.estimate.aggregate.regressor import Regressor, Spoken
from edgenode.core.estimate.aggregate.trial import DAYS_KEPT, DROPPED, SHADOW, USED, Day, Trial
from edgenode.core.estimate.forecast.residuals import LEVELS
from edgenode.core.estimate.forecast.signal import Signal
from edgenode.model.errors import RefusedError
from edgenode.wire import foreign

T = TypeVar("T")
VERSION = 1
BYTES_MAX = 1 << 21

Matrix = list[list[float]]
LevelRow = tuple[
    int, bool, int, int | None, list[float], int | None, int | None,
    int, float, list[float], list[float], list[int],
]  # fmt: skip
DayRow = tuple[int, int, float, float]
TrialRow = tuple[list[DayRow], DayRow, str, int | None, str]
BeliefRow = tuple[float, float]
RegressorRow = tuple[Matrix, Matrix, Matrix, list[BeliefRow], TrialRow]
MemberRow = tuple[str, int, LevelRow, RegressorRow]
SpokenRow = tuple[str, Matrix, Matrix, list[float], list[float]]
MadeRow = tuple[
    list[list[float] | None], list[list[float] | None], list[float], list[float], list[SpokenRow]
]
CalendarRow = tuple[list[tuple[int, int]], list[Matrix], Matrix, list[BeliefRow], TrialRow]
ToldRow = tuple[str, int, float, float, list[float | None]]
PairRow = tuple[str, str, list[int], list[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """An aggregate's state by name; see the `..._row` functions for what each row holds."""

    version: int
    step_s: int
    counts: bool
    early: bool
    newest_s: int | None
    own: LevelRow
    own_gains: Matrix
    members: list[MemberRow]
    calendar: CalendarRow
    beliefs: list[BeliefRow]
    narrowings: list[BeliefRow]
    trial: TrialRow
    copies: tuple[int, list[ToldRow], list[PairRow], list[tuple[str, str]]]
    values: list[float | None]
    made: list[MadeRow | None]
    said: list[tuple[int, list[float]]]


def save(aggregate: Aggregate) -> bytes:
    """Return an aggregate as bytes."""
    calendar, copies = aggregate.calendar, aggregate.copies
    saved = Saved(
        version=VERSION,
        step_s=aggregate.step_s,
        counts=aggregate.counts,
        early=aggregate.early,
        newest_s=aggregate.newest_s,
        own=_level_row(aggregate.own),
        own_gains=aggregate.own_gains.matrix,
        members=[_member_row(name, one) for name, one in sorted(aggregate.members.items())],
        calendar=(
            calendar.events,
            [gains.matrix for gains in calendar.gains],
            calendar.weights,
            [_belief_row(belief) for belief in calendar.beliefs],
            _trial_row(calendar.trial),
        ),
        beliefs=[_belief_row(belief) for belief in aggregate.beliefs],
        narrowings=[(one.left, one.alone) for one in aggregate.narrowings],
        trial=_trial_row(aggregate.trial),
        copies=(
            copies.bars,
            [(n, t.bars, t.mean, t.square, list(t.newest)) for n, t in copies.told.items()],
            [(a, b, pair.samples, pair.apart) for (a, b), pair in copies.pairs.items()],
            list(copies.of.items()),
        ),
        values=list(aggregate.values),
        made=[None if made is None else _made_row(made) for made in aggregate.made],
        said=list(aggregate.said.items()),
    )
    held = {field.name: getattr(saved, field.name) for field in fields(saved)}  # asdict copies
    return json.dumps(held, separators=(",", ":"), allow_nan=False).encode()


def load(data: bytes, signal: Signal) -> Aggregate:
    """Return the aggregate that was saved beside `signal`; EN002 if the bytes are none of it."""
    try:
        saved = foreign.json_as(data[:BYTES_MAX], Saved)
        if saved.version != VERSION:
            raise _refused(f"version {saved.version}")
        of = (signal.step_s, signal.counts, signal.newest_s)
        if (saved.step_s, saved.counts, saved.newest_s) != of:
            raise _refused("one of another signal, or of another bar")
        return _aggregate(saved, signal)
    except (RefusedError, ValueError) as error:
        raise _refused(str(error)) from error


def _refused(found: str) -> RefusedError:
    return RefusedError(
        f"a saved aggregate that cannot be read: {found}"[:200],
        expected=f"what this release saves, version {VERSION}",
        do="nothing: it begins anew, and other sources are in shadow for some days",
        code="EN002",
    )


def _level_row(level: Level) -> LevelRow:
    usual, times = level.usual, level.times
    return (
        level.step_s, level.counts, level.bars, level.heard_s, level.logs,
        times.newest_s, times.doubted_s,
        usual.bars, usual.level, list(usual.levels), usual.profile.ratios, usual.profile.seen,
    )  # fmt: skip


def _trial_row(trial: Trial) -> TrialRow:
    days = [_day_row(day) for day in trial.days]
    return (days, _day_row(trial.today), trial.state, trial.since_s, trial.why)


def _day_row(day: Day) -> DayRow:
    return (day.day, day.scored, day.lost, day.alone)


def _belief_row(belief: Belief) -> BeliefRow:
    return (belief.moved, belief.agreed)


def _member_row(name: str, member: Member) -> MemberRow:
    regressor = member.regressor
    beliefs = [_belief_row(belief) for belief in regressor.beliefs]
    row = (
        regressor.cleared,
        regressor.gains.matrix,
        regressor.weights,
        beliefs,
        _trial_row(regressor.trial),
    )
    return (name, member.from_s, _level_row(member.level), row)


def _made_row(made: Made) -> MadeRow:
    spoken = [(n, s.features, s.gains, s.raw, s.shifts) for n, s in made.spoken.items()]
    return (made.alone, made.said, made.means, made.shifts, spoken)


def _aggregate(saved: Saved, signal: Signal) -> Aggregate:
    aggregate = Aggregate(signal, early=saved.early)
    size = len(aggregate.spans)
    aggregate.newest_s, aggregate.said = saved.newest_s, dict(saved.said)
    _load_level(aggregate.own, saved.own)
    aggregate.own_gains.matrix = _square(saved.own_gains, 1 + SIZE)
    for name, from_s, level_row, regressor_row in saved.members:
        if not aggregate.join(name, level_row[0], counts=level_row[1], from_s=from_s):
            raise _refused(f"source {name[:80]} twice, or too many")
        member = aggregate.members[name]
        _load_level(member.level, level_row)
        _load_regressor(member.regressor, regressor_row, size)
    _load_calendar(aggregate, saved.calendar, size)
    _load_beliefs(aggregate.beliefs, saved.beliefs)
    for held, (left, alone) in zip(aggregate.narrowings, saved.narrowings, strict=True):
        held.left, held.alone = left, alone
    _load_trial(aggregate.trial, saved.trial)
    _load_copies(aggregate, saved)
    if max(len(saved.values), len(saved.made)) > (aggregate.values.maxlen or 0):
        raise _refused("more bars than a horizon has")
    aggregate.values.extend(saved.values)
    aggregate.made.extend(None if row is None else _made(row, size) for row in saved.made)
    return aggregate


def _load_level(level: Level, row: LevelRow) -> None:
    _, _, bars, heard_s, logs, newest_s, doubted_s, seen, at, levels, ratios, times = row
    usual = level.usual
    level.bars, level.heard_s, level.logs = bars, heard_s, _sized(logs, SIZE)
    level.times.newest_s, level.times.doubted_s = newest_s, doubted_s
    usual.bars, usual.level = seen, at
    usual.levels.extend(levels)
    usual.profile.ratios = _sized(ratios, len(usual.profile.ratios))
    usual.profile.seen = _sized(times, len(usual.profile.seen))


def _load_trial(trial: Trial, row: TrialRow) -> None:
    days, today, state, since_s, why = row
    if state not in {SHADOW, USED, DROPPED} or len(days) > DAYS_KEPT:
        raise _refused(f"a trial that is {state[:20]!r} with {len(days)} days")
    trial.days.extend(Day(*day) for day in days)
    trial.today = Day(*today)
    trial.state, trial.since_s, trial.why = state, since_s, why


def _load_beliefs(beliefs: list[Belief], rows: list[BeliefRow]) -> None:
    for belief, (moved, agreed) in zip(beliefs, rows, strict=True):
        belief.moved, belief.agreed = moved, agreed


def _load_regressor(regressor: Regressor, row: RegressorRow, size: int) -> None:
    cleared, matrix, weights, beliefs, trial = row
    regressor.cleared = [_sized(one, 1 + SIZE) for one in _sized(cleared, SIZE)]
    regressor.gains.matrix = _square(matrix, SIZE)
    regressor.weights = [_sized(one, SIZE) for one in _sized(weights, size)]
    _load_beliefs(regressor.beliefs, beliefs)
    _load_trial(regressor.trial, trial)


def _load_calendar(aggregate: Aggregate, row: CalendarRow, size: int) -> None:
    events, matrices, weights, beliefs, trial = row
    calendar = aggregate.calendar
    features = len(calendar.weights[0]) if calendar.weights else 0
    calendar.announce(events)
    for gains, matrix in zip(calendar.gains, matrices, strict=True):
        gains.matrix = _square(matrix, features)
    calendar.weights = [_sized(one, features) for one in _sized(weights, size)]
    _load_beliefs(calendar.beliefs, beliefs)
    _load_trial(calendar.trial, trial)


def _load_copies(aggregate: Aggregate, saved: Saved) -> None:
    copies = aggregate.copies
    copies.bars, told, pairs, of = saved.copies
    for name, bars, mean, square, newest in told:
        copies.told[name] = Told(bars, mean, square)
        copies.told[name].newest.extend(newest)
    for one, other, samples, apart in pairs:
        copies.pairs[one, other] = Pair(_sized(samples, LAGS), _sized(apart, LAGS))
    copies.of = dict(of)


def _made(row: MadeRow, size: int) -> Made:
    alone, said, means, shifts, spoken = row
    for logs in (*alone, *said):
        _sized(logs or LEVELS, len(LEVELS))
    held = {
        name: Spoken(features, gains, _sized(raw, size), _sized(believed, size))
        for name, features, gains, raw, believed in spoken
    }
    return Made(
        _sized(alone, size), _sized(said, size), _sized(means, size), _sized(shifts, size), held
    )


def _square(rows: Sequence[list[float]], size: int) -> Matrix:
    return [_sized(row, size) for row in _sized(rows, size)]


def _sized(values: Sequence[T], size: int) -> list[T]:
    if len(values) != size:
        raise _refused(f"{len(values)} numbers, expected {size}")
    return list(values)
