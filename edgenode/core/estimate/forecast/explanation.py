"""Why a forecast differs from what is usual: parts in per cent of the usual level, and a sentence.

The middle of the log is a weighted sum of averages, of the day profile and of a constant. Each
average is compared with the usual level of this time (fast ones) or of the day (slow ones); its
weight times the difference is its part. What the weights make of the time of day is compared with
what is usual then. Last come the constant and the middle of past errors.

    last bars      the averages of up to 12 minutes, over the next ones
    hour           those of half an hour to two hours
    day            those of 8 hours to 3 days
    time of day    what the weights make of it beyond what is usual
    correction     what past errors taught

In logs the parts add up to log(forecast / usual). They are told in per cent of the usual level and
still add up: each log times (forecast / usual - 1) / log(forecast / usual).

Source: the logarithmic mean Divisia index, Ang 2005, Energy Policy 33(7), 867-871.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from edgenode.core.estimate.forecast.averages import HALF_LIVES_MIN
from edgenode.core.estimate.forecast.horizon import FEATURES, Horizon
from edgenode.core.estimate.forecast.regression import dot
from edgenode.core.estimate.forecast.residuals import LEVELS, NEEDED
from edgenode.core.estimate.forecast.signal import Signal

PARTS = ("last bars", "hour", "day", "time of day", "correction")
SUBJECTS = {
    "last bars": "the last bars",
    "hour": "the hour",
    "day": "the day",
    "time of day": "the time of day",
    "correction": "past errors",
}
PLURAL = {"last bars", "correction"}
LOGS, HOUR_LOG, DAY_LOG = len(HALF_LIVES_MIN), 3, 4  # averages of logs; first of an hour, a day
NOW = 1 + LOGS + 2  # the first feature of the day profile
MIDDLE = LEVELS.index(0.50)
SAME = 1e-9
PERCENT_MAX = 999.0  # of a part; opposite weights could say more and mean nothing
TOLD_PERCENT = 4.5  # a smaller part is not worth a word
FINE, COARSE = 10, 100  # per cent from which only fives, and only tens, are told
TIMES_MAX, TIMES_MIN, SAME_TIMES = 50.0, 0.1, (0.95, 1.05)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One horizon's forecast, explained; `known` says whether there is one."""

    minutes: int
    bars_seen: int  # towards `bars_needed`, until it is known
    bars_needed: int
    usual: float  # the usual total of the horizon; 0 while not known
    times_usual: float  # the middle forecast over it; 0 while not known
    parts: tuple[tuple[str, float], ...]  # by PARTS, in % of the usual level, signed; or none
    sentence: str

    @property
    def known(self) -> bool:
        """Return whether the forecast is warm."""
        return bool(self.parts)


def explain(signal: Signal, minutes: int) -> Explanation:
    """Return why the newest forecast of a horizon is what it is; KeyError if it has no such."""
    index = [horizon.minutes for horizon in signal.horizons].index(minutes)
    horizon = signal.horizons[index]
    seen, needed = _seen(signal, horizon)
    if minutes not in signal.said:
        sentence = f"The next {minutes} min are not yet known: {seen} of {needed} bars seen."
        return Explanation(
            minutes=minutes, bars_seen=seen, bars_needed=needed, usual=0.0, times_usual=0.0,
            parts=(), sentence=sentence,
        )  # fmt: skip
    usual, middle = signal.usual()[minutes], signal.said[minutes][MIDDLE] / horizon.bars
    times, logs = middle / usual, _logs(signal, index, middle, usual)
    total = sum(logs)
    scale = (times - 1) / total if abs(total) > SAME else (usual + signal.floor) / usual
    parts = tuple(
        (name, max(-PERCENT_MAX, min(PERCENT_MAX, 100 * scale * log)))
        for name, log in zip(PARTS, logs, strict=True)
    )
    return Explanation(
        minutes=minutes, bars_seen=needed, bars_needed=needed, usual=usual * horizon.bars,
        times_usual=times, parts=parts, sentence=_sentence(horizon, times, parts),
    )  # fmt: skip


def _seen(signal: Signal, horizon: Horizon) -> tuple[int, int]:
    """Return how many bars count towards the first quantiles, and how many it takes."""
    waiting = list(signal.made)[-horizon.bars :]
    labels = len(horizon.residuals.newest)
    needed = NEEDED + horizon.bars
    return min(labels + sum(made is not None for made in waiting), needed), needed


def _logs(signal: Signal, index: int, middle: float, usual: float) -> list[float]:
    """Return the parts in logs; they add up to log((middle + floor) / (usual + floor))."""
    averages, floor, horizon = signal.averages, signal.floor, signal.horizons[index]
    weights = [0.0] * FEATURES if horizon.watch.fallen else horizon.weights
    features = signal.features()
    assert signal.newest_s is not None
    now = math.log(signal.habit.now(signal.profile.slot(signal.newest_s)) + floor)
    day = math.log(signal.habit.before + floor)
    of_logs, of_values = weights[1 : 1 + LOGS], weights[1 + LOGS : NOW]
    base = 1 - sum(of_logs) - sum(of_values)
    fast = [weight * (log - now) for weight, log in zip(of_logs, averages.logs, strict=True)]
    hour = [
        fast[HOUR_LOG],
        base * (averages.base - now),
        of_values[0] * (math.log(averages.local + floor) - now),
    ]
    slow = [
        *[of_logs[i] * (averages.logs[i] - day) for i in range(DAY_LOG, LOGS)],
        of_values[1] * (math.log(averages.day + floor) - day),
    ]
    share = of_values[1] + sum(of_logs[DAY_LOG:])  # of the weights that look at days
    season = (1 - share) * now + share * day + dot(weights[NOW:], features[NOW:])
    found = [sum(fast[:HOUR_LOG]), sum(hour), sum(slow), season - math.log(usual + floor)]
    total = math.log((middle + floor) / (usual + floor))
    return [*found, total - sum(found)]


def _sentence(horizon: Horizon, times: float, parts: Iterable[tuple[str, float]]) -> str:
    told = [(name, _rounded(percent)) for name, percent in parts if abs(percent) >= TOLD_PERCENT]
    adds = [(name, percent) for name, percent in told if percent > 0]
    takes = [(name, -percent) for name, percent in told if percent < 0]
    words = [
        f"{SUBJECTS[name]}{'' if i else _verb(name, 'add')} {percent} %"
        for i, (name, percent) in enumerate(adds)
    ]
    words += [f"{SUBJECTS[name]}{_verb(name, 'take')} {percent} % off" for name, percent in takes]
    because = f": {', '.join(words)}" if words else ""
    why = horizon.watch.why
    by = f" by the half-hour average alone, as the forecast does not hold ({why})" if why else ""
    minutes = horizon.minutes
    return f"The next {minutes} min should see {_times(times)} the usual volume{by}{because}."


def _verb(name: str, verb: str) -> str:
    return f" {verb}" if name in PLURAL else f" {verb}s"


def _rounded(percent: float) -> int:
    unit = 1 if abs(percent) < FINE else 5 if abs(percent) < COARSE else 10
    return unit * round(percent / unit)


def _times(times: float) -> str:
    if times > TIMES_MAX:
        return f"more than {TIMES_MAX:.0f} times"
    if times < TIMES_MIN:
        return f"less than {TIMES_MIN} times"
    if SAME_TIMES[0] <= times <= SAME_TIMES[1]:
        return "about"
    return f"{times:.0f} times" if times >= FINE else f"{times:.1f} times"
