"""Whether a correction has proved itself: pinball loss with it beside the loss without, by day.

Each UTC day that ends is judged with those before it, up to 14:

    shadow    -- 5 days, less lost, and hardly by chance        --> used
    shadow    -- 14 days, more lost                             --> dropped
    used      -- 14 days, more lost                             --> dropped
    dropped   -- 5 fresh days, less lost, and hardly by chance  --> used

Skill is the share of the loss that it saves. Only what is used has a weight: its skill. What is
in shadow or dropped is made, learned from and scored all the same, and changes no quantile.
A day with few scores counts as none.
"""

import math
from collections import deque
from dataclasses import dataclass

DAY_S = 86_400
DAYS_KEPT, DAYS_LEAST = 14, 5
SCORED_LEAST = 8  # a day
SKILL_LEAST = 0.002
ERRORS_LEAST = 2.0  # the mean gain of a day over its standard error
SHADOW, USED, DROPPED = "shadow", "used", "dropped"


@dataclass(slots=True)
class Day:
    """What was scored on one UTC day."""

    day: int
    scored: int = 0
    lost: float = 0.0
    alone: float = 0.0  # lost without it


class Trial:
    """The trial of one correction, that takes `needs` days at least."""

    __slots__ = ("days", "needs", "since_s", "state", "today", "why")

    def __init__(self, needs: int = DAYS_LEAST) -> None:
        self.needs = needs
        self.days: deque[Day] = deque(maxlen=DAYS_KEPT)  # that ended
        self.today = Day(-1)
        self.state = SHADOW
        self.since_s: int | None = None  # when it came to be so
        self.why = ""

    @property
    def skill(self) -> float | None:
        """Return the share of the loss that it saves, negative if it adds; None before a day."""
        alone = sum(day.alone for day in self.days)
        return 1 - sum(day.lost for day in self.days) / alone if alone > 0 else None

    @property
    def weight(self) -> float:
        """Return what it is worth: its skill while it is used."""
        return max(0.0, self.skill or 0.0) if self.state == USED else 0.0

    def take(self, at_s: int, *, lost: float, alone: float) -> None:
        """Score a forecast with it beside the one without; judge where a day has ended."""
        self.pass_to(at_s)
        today = self.today
        today.scored += 1
        today.lost, today.alone = today.lost + lost, today.alone + alone

    def pass_to(self, at_s: int) -> None:
        """Judge where a day has ended."""
        day = at_s // DAY_S
        if day == self.today.day:
            return
        if self.today.scored >= SCORED_LEAST:
            self.days.append(self.today)
            self._judge(at_s)
        self.today = Day(day)

    def _judge(self, at_s: int) -> None:
        skill, days = self.skill or 0.0, len(self.days)
        if self.state != DROPPED and days == DAYS_KEPT and skill < 0:
            self.state, self.since_s = DROPPED, at_s
            self.why = f"it lost {100 * -skill:.1f} % in {days} days"
            self.days.clear()  # only what comes from now on can prove it again
        elif self.state != USED and days >= self.needs and self._proved(skill):
            self.state, self.since_s = USED, at_s
            self.why = f"it saved {100 * skill:.1f} % of the loss in {days} days"

    def _proved(self, skill: float) -> bool:
        """Return whether it saves enough, and on enough days that chance hardly explains it."""
        gains = [(day.alone - day.lost) / day.scored for day in self.days]
        mean = sum(gains) / len(gains)
        spread = sum((gain - mean) ** 2 for gain in gains) / (len(gains) - 1)
        return skill >= SKILL_LEAST and mean >= ERRORS_LEAST * math.sqrt(spread / len(gains))
