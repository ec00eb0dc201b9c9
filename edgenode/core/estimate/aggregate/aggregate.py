"""The forecast of one target, corrected by the other sources of its instrument and the calendar.

    target's bar    labels that are due, then what every source says, then quantiles
    missing bar     no label that looks over it; sources correct what the last bars say of the
                    target, for `STALE_BARS`; then the calendar alone does
    nothing proved  the target's own forecast, to the last bit

Bars of sources wait here until the bar of the target comes. Only those are taken that are closed
by then in any run (`usable_s`), so bars of an earlier run that are taken again say the same.
All corrections together move no quantile beyond `SHIFT_MAX`.
"""

import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from edgenode.core.estimate.aggregate.announced import Announced, Event
from edgenode.core.estimate.aggregate.copies import Copies
from edgenode.core.estimate.aggregate.level import SIZE, Level
from edgenode.core.estimate.aggregate.pool import Belief, Narrowing
from edgenode.core.estimate.aggregate.regressor import (
    Regressor,
    Spoken,
    clipped,
    gains_of,
    limited,
)
from edgenode.core.estimate.aggregate.trial import USED, Trial
from edgenode.core.estimate.forecast.horizon import pinball
from edgenode.core.estimate.forecast.residuals import LEVELS
from edgenode.core.estimate.forecast.signal import GROWS_MAX, Quantiles, Signal

TARGET, CALENDAR = "", "calendar"  # names beside those of sources
BELIEVED_MAX = 2.0  # times the mean correction: sources that say different things add up
MIDDLE = LEVELS.index(0.50)
MEMBERS_MAX = 24  # sources of one target: each takes 35 us a bar, and 30 KiB
WAITING_MAX = 4_096  # bars of a source while the target is silent


@dataclass(frozen=True, slots=True)
class Correction:
    """What all sources together make of one horizon's quantiles: log moved, spread narrowed."""

    shift: float = 0.0
    narrower: float = 1.0


@dataclass(slots=True)
class Made:
    """What was said at one bar, kept until the longest horizon has passed."""

    alone: list[list[float] | None]  # by horizon: logs of the target's own quantiles
    said: list[list[float] | None]  # and as corrected
    means: list[float]  # of the corrections, by share
    shifts: list[float]  # as they were believed
    spoken: dict[str, Spoken]


@dataclass(slots=True)
class Member:
    """One source of the target: its regressor, and its bars that wait for the target's."""

    level: Level
    regressor: Regressor
    from_s: int = 0  # bars before it are not taken: they came when others had gone on
    waiting: deque[tuple[int, float | None]] = field(
        default_factory=lambda: deque(maxlen=WAITING_MAX)
    )


class Aggregate:
    """The sources of one target with bars of `signal.step_s` seconds.

    `early`: its bars close a bar before those of other sources do, as those of the own book.
    """

    def __init__(self, signal: Signal, *, early: bool = False) -> None:
        self.step_s, self.counts, self.early = signal.step_s, signal.counts, early
        self.minutes = [horizon.minutes for horizon in signal.horizons]
        self.spans = [horizon.bars for horizon in signal.horizons]
        longest = max(self.spans, default=0)
        self.own = Level(self.step_s, counts=self.counts)
        self.own_gains = gains_of(1 + SIZE, self.step_s)
        self.members: dict[str, Member] = {}
        self.calendar = Announced(self.step_s, horizons=len(self.spans))
        self.beliefs = [Belief(self.step_s, prior=1.0, most=BELIEVED_MAX) for _ in self.spans]
        self.narrowings = [Narrowing(self.step_s) for _ in self.spans]
        self.trial = Trial()  # of all together
        self.copies = Copies()
        self.values: deque[float | None] = deque(maxlen=longest)
        self.made: deque[Made | None] = deque(maxlen=longest)
        self.newest_s: int | None = None
        self.said: Quantiles = {}
        self.corrections = [Correction() for _ in self.spans]

    def join(self, name: str, step_s: int, *, counts: bool, from_s: int = 0) -> bool:
        """Begin to hear a source's bars from a time on; False if it is known, or one too many."""
        if name in self.members or len(self.members) >= MEMBERS_MAX:
            return False
        level = Level(step_s, counts=counts)
        regressor = Regressor(self.step_s, own=1 + SIZE, horizons=len(self.spans))
        self.members[name] = Member(level, regressor, from_s)
        return True

    def leave(self, name: str) -> None:
        """Forget a source."""
        self.members.pop(name, None)
        self.copies.forget(name)

    def announce(self, events: Sequence[Event]) -> None:
        """Know these scheduled events alone."""
        self.calendar.announce(events)

    def hear(self, name: str, at_s: int, value: float | None) -> None:
        """Keep a source's bar until the target's bar of its time."""
        member = self.members.get(name)
        if member is not None and at_s >= member.from_s:
            member.waiting.append((at_s, value))

    def step(self, at_s: int, signal: Signal) -> Quantiles:
        """Take the target's bar that `signal` just took; return the quantiles of what follows.

        One that is not newer changes nothing.
        """
        newest = self.newest_s
        if newest is not None and at_s <= newest:
            return self.said
        if newest is not None:
            missing = (at_s - newest) // self.step_s - 1
            for _ in range(min(missing, self.values.maxlen or 0)):
                self._miss()
        self.newest_s = at_s
        self._hear_all(at_s)
        value = signal.values[-1] if signal.values else None
        if value is None:
            self._miss()
            self.said = self._say(signal, self._shifts(at_s), None)
            return self.said
        self.values.append(value)
        self._learn(at_s, signal.floor)
        self.own.take(at_s, value)
        spoken = self._spoken(at_s)
        made = Made([], [], [], [], spoken)
        self.said = self._say(signal, {name: said.shifts for name, said in spoken.items()}, made)
        self.made.append(made)
        return self.said

    def trials(self) -> dict[str, Trial]:
        """Return the trial of each source, and of the calendar."""
        found = {name: member.regressor.trial for name, member in sorted(self.members.items())}
        return {**found, CALENDAR: self.calendar.trial}

    def shares(self) -> dict[str, float]:
        """Return what share each used source has; copies have none."""
        weights = {
            name: trial.weight
            for name, trial in self.trials().items()
            if trial.state == USED and name not in self.copies.of
        }
        total = sum(weights.values())
        return {name: weight / total for name, weight in weights.items() if weight > 0}

    def usable_s(self, at_s: int, step_s: int) -> int:
        """Return the begin of the newest bar that is closed whenever the target's bar closes."""
        closes = at_s + self.step_s * (1 if self.early else 2)
        return min(closes - 2 * step_s, at_s + self.step_s - step_s)

    def uncorrected(self, index: int, signal: Signal) -> Callable[[float], float]:
        """Return what takes a mean bar of a horizon back into the target's own forecast.

        So the target's own chance of that is the corrected chance of the mean.
        """
        correction, bars = self.corrections[index], self.spans[index]
        totals = signal.said.get(self.minutes[index])
        if correction == Correction() or totals is None or self.newest_s != signal.newest_s:
            return lambda mean: mean
        floor = signal.floor
        middle = math.log(totals[MIDDLE] / bars + floor)

        def back(mean: float) -> float:
            log = math.log(mean + floor) - correction.shift - middle
            return math.exp(middle + log / correction.narrower) - floor

        return back

    def _miss(self) -> None:
        """Let a missing bar pass: it teaches nothing, now or later."""
        self.values.append(None)
        self.made.append(None)

    def _hear_all(self, at_s: int) -> None:
        for member in self.members.values():
            usable_s = self.usable_s(at_s, member.level.step_s)
            while member.waiting and member.waiting[0][0] <= usable_s:
                member.level.take(*member.waiting.popleft())

    def _learn(self, at_s: int, floor: float) -> None:
        """Learn from what was said a horizon ago, unless a bar since is missing."""
        values, turn = list(self.values), at_s // self.step_s % max(1, len(self.spans))
        for index, bars in enumerate(self.spans):
            if len(self.made) < bars:
                continue
            made, window = self.made[-bars], values[-bars:]
            if made is None or None in window:
                continue
            alone = made.alone[index]
            if alone is None:
                continue
            found = math.log(sum(filter(None, window)) / bars + floor)
            error = found - alone[MIDDLE]
            for name, spoken in made.spoken.items():
                if name == CALENDAR:
                    self.calendar.learn(spoken, index, error)
                elif name in self.members:
                    self.members[name].regressor.learn(spoken, index, error)
            if made.means[index]:
                self.beliefs[index].learn(made.means[index], clipped(error))
                self.narrowings[index].learn(made.shifts[index], clipped(error))
            self._score(at_s, made, index, found, all_of=index == turn)

    def _score(self, at_s: int, made: Made, index: int, found: float, *, all_of: bool) -> None:
        """Score corrections beside the target's own forecast.

        Sources take turns by horizon, one a bar; the calendar speaks seldom, and is scored always.
        """
        if not (all_of or CALENDAR in made.spoken):
            return
        alone, said = made.alone[index], made.said[index]
        assert alone is not None
        assert said is not None
        without = pinball(alone, found)
        trials = self.trials()
        for name, spoken in made.spoken.items():
            if name == CALENDAR or (all_of and name in trials):
                shift = spoken.shifts[index]
                lost = pinball([log + shift for log in alone], found)
                trials[name].take(at_s, lost=lost, alone=without)
        if all_of and made.means[index]:
            self.trial.take(at_s, lost=pinball(said, found), alone=without)

    def _say(
        self, signal: Signal, shifts: Mapping[str, list[float]], made: Made | None
    ) -> Quantiles:
        """Return the target's quantiles, corrected; note in `made` what was said."""
        shares = {name: share for name, share in self.shares().items() if name in shifts}
        total = sum(shares.values())
        quantiles: Quantiles = {}
        self.corrections = []
        for index, (minutes, bars) in enumerate(zip(self.minutes, self.spans, strict=True)):
            mean = sum(share * shifts[name][index] for name, share in shares.items())
            mean = mean / total if total else 0.0
            correction = self._corrected(index, mean)
            self.corrections.append(correction)
            totals, alone, said = signal.said.get(minutes), None, None
            if totals is not None:
                alone = [math.log(one / bars + signal.floor) for one in totals]
                said = corrected(alone, correction, signal)
                quantiles[minutes] = totals if said is alone else _totals(said, signal, bars)
            if made is not None:
                made.alone.append(alone)
                made.said.append(said)
                made.means.append(mean)
                made.shifts.append(correction.shift)
        return quantiles

    def _corrected(self, index: int, mean: float) -> Correction:
        if not mean:
            return Correction()
        shift = limited(self.beliefs[index].times * mean)
        return Correction(shift, self.narrowings[index].times)

    def _spoken(self, at_s: int) -> dict[str, Spoken]:
        """Return what each source says, and learn what does not wait for what comes."""
        found, surprises = self.own.surprise(at_s), self._surprises(at_s)
        spoken: dict[str, Spoken] = {}
        if found is not None:
            own = [1.0, *found]
            gain = self.own_gains.of(own)
            for name, surprise in surprises.items():
                if surprise is not None:
                    regressor = self.members[name].regressor
                    spoken[name] = regressor.speak(surprise, own, gain)
        self.copies.take(
            {
                name: None if surprise is None else surprise[0]
                for name, surprise in {TARGET: found, **surprises}.items()
            }
        )
        announced = self.calendar.speak(at_s, self._spans_s)
        if announced is not None:
            spoken[CALENDAR] = announced
        return spoken

    def _shifts(self, at_s: int) -> dict[str, list[float]]:
        """Return the corrections of each source where the target's bar is missing."""
        found = self.own.surprise(at_s)
        shifts: dict[str, list[float]] = {}
        if found is not None:
            own = [1.0, *found]
            for name, surprise in self._surprises(at_s).items():
                if surprise is not None:
                    shifts[name] = self.members[name].regressor.shifts(surprise, own)
        announced = self.calendar.shifts(at_s, self._spans_s)
        return shifts if announced is None else {**shifts, CALENDAR: announced}

    def _surprises(self, at_s: int) -> dict[str, list[float] | None]:
        return {
            name: member.level.surprise(self.usable_s(at_s, member.level.step_s))
            for name, member in sorted(self.members.items())
        }

    @property
    def _spans_s(self) -> list[int]:
        return [bars * self.step_s for bars in self.spans]


def _totals(logs: list[float], signal: Signal, bars: int) -> list[float]:
    return [max(0.0, math.exp(log) - signal.floor) * bars for log in logs]


def corrected(alone: list[float], correction: Correction, signal: Signal) -> list[float]:
    """Return the logs of quantiles, moved and narrowed; `alone` itself if nothing changes."""
    if correction == Correction():
        return alone
    middle, most = alone[MIDDLE], math.log(GROWS_MAX * signal.largest + signal.floor)
    moved = middle + correction.shift
    return [min(moved + correction.narrower * (log - middle), most) for log in alone]
