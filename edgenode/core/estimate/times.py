"""The times of a signal's bars: which bar comes next, and which one changes nothing.

    newer, up to a day      taken; what lies between is missing
    more than a day newer   doubted: taken once the next bar is no older; forgotten if it is
    not newer               changes nothing

The first bar of all is doubted as long as no second one is newer: a day older, that one is first.
So one bar whose feed mistook its time, or its unit, does not make all later ones old.
"""

LEAP_S = 86_400
LEAP_BARS = 3
MISSING_MAX = 10_000  # a longer gap is a signal that begins anew in all but its habits


class BarTimes:
    """The times of one signal with bars of `step_s` seconds."""

    __slots__ = ("_leap_s", "_step_s", "doubted_s", "newest_s")

    def __init__(self, step_s: int) -> None:
        self._step_s = step_s
        self._leap_s = max(LEAP_S, LEAP_BARS * step_s)
        self.newest_s: int | None = None
        self.doubted_s: int | None = None

    def take(self, at_s: int) -> int | None:
        """Return how many bars before this one are missing; None if it changes nothing now."""
        newest, doubted = self.newest_s, self.doubted_s
        only = newest is not None and doubted == newest  # no second bar has confirmed it
        if newest is None or (only and newest - at_s > self._leap_s):
            self.newest_s = self.doubted_s = at_s
            return 0
        if at_s <= newest:
            return None
        if at_s - newest > self._leap_s and (doubted is None or at_s <= doubted or only):
            self.doubted_s = at_s
            return None
        self.newest_s, self.doubted_s = at_s, None
        return min((at_s - newest) // self._step_s - 1, MISSING_MAX)
