"""Whether a horizon's forecast is still worth its place beside the plain half-hour average.

Each day that ends is judged with those before it:

    stands    -- its 90 % band held less than 80 % in 7 days                 --> fallen
    stands    -- it lost 2 % more than the average on each of 3 days         --> fallen
    fallen    -- in 3 days it lost less, and its band held at least 85 %     --> stands

A fallen forecast is still made, learned from and watched; what is said comes from the average and
its own errors. A day with few bars counts as none.
"""

from collections import deque
from dataclasses import dataclass

DAY_S = 86_400
DAYS_KEPT, DAYS_JUDGED = 7, 3
HELD_LEAST, HELD_AGAIN = 0.80, 0.85  # of the 90 % band
WORSE = 1.02  # on each day, of what the average lost: equals trade places by chance
SCORED_LEAST = 10  # a day


@dataclass(slots=True)
class Day:
    """What was scored on one UTC day."""

    day: int
    scored: int = 0
    held: int = 0  # within the 90 % band
    lost: float = 0.0
    average_lost: float = 0.0


class Watch:
    """The watch over one horizon."""

    __slots__ = ("days", "since_s", "today", "why")

    def __init__(self) -> None:
        self.days: deque[Day] = deque(maxlen=DAYS_KEPT)  # that ended
        self.today = Day(-1)
        self.why = ""  # it fell; empty while it stands
        self.since_s = 0  # when it fell

    @property
    def fallen(self) -> bool:
        """Return whether the average speaks."""
        return bool(self.why)

    def take(self, at_s: int, *, held: bool, lost: float, average_lost: float) -> None:
        """Score a forecast; judge where a day has ended."""
        day = at_s // DAY_S
        if day != self.today.day:
            if self.today.scored >= SCORED_LEAST:
                self.days.append(self.today)
                self._judge(at_s)
            self.today = Day(day)
        today = self.today
        today.scored, today.held = today.scored + 1, today.held + held
        today.lost, today.average_lost = today.lost + lost, today.average_lost + average_lost

    def _judge(self, at_s: int) -> None:
        newest = list(self.days)[-DAYS_JUDGED:]
        if len(newest) < DAYS_JUDGED:
            return
        if self.fallen:
            better = sum(day.average_lost - day.lost for day in newest)
            if better > 0 and _share(newest) >= HELD_AGAIN:
                self.why, self.since_s = "", 0
                self.days = deque(newest, maxlen=DAYS_KEPT)
            return
        self._fall(at_s, newest, _share(list(self.days)))

    def _fall(self, at_s: int, newest: list[Day], share: float) -> None:
        if len(self.days) == DAYS_KEPT and share < HELD_LEAST:
            self.why = f"its 90 % band held {100 * share:.0f} % in {len(self.days)} days"
        elif all(day.lost > WORSE * day.average_lost for day in newest):
            self.why = f"it lost more than the half-hour average for {DAYS_JUDGED} days"
        self.since_s = at_s if self.why else 0


def _share(days: list[Day]) -> float:
    return sum(day.held for day in days) / sum(day.scored for day in days)
