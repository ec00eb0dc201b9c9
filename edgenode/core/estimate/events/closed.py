"""Whether a market is closed: an hour without volume where the usual volume is none of the least.

    open      -- an hour without volume, though usual --> closed
    open      -- an hour without a bar                --> opening
    closed    -- volume                               --> opening
    opening   -- an hour has passed                   --> open

What trades while a market opens is compared with nothing: the level of before is old, and the
first minutes catch up with what waited.
"""

CLOSED_MIN = 60.0  # without volume
OPENING_MIN = 60.0
USUAL_FLOORS = 4.0  # a bar: what was expected in that hour, so that its absence says something


class Closed:
    """The hours of one signal with bars of `step_min` minutes."""

    __slots__ = ("bars", "empty", "expected", "gap", "opening", "opening_bars", "shut")

    def __init__(self, step_min: float) -> None:
        self.bars = max(2, round(CLOSED_MIN / step_min))
        self.opening_bars = max(1, round(OPENING_MIN / step_min))
        self.shut = False
        self.empty = 0  # bars without volume, up to now
        self.expected = 0.0  # their usual volume, in floors
        self.gap = 0  # missing bars, up to now
        self.opening = 0  # bars until it is open

    def missed(self) -> None:
        """Let a missing bar pass."""
        self.gap += 1
        if self.gap >= self.bars:
            self.opening = self.opening_bars

    def take(self, value: float, usual: float, floor: float) -> bool:
        """Take a bar; return whether the market is open in it."""
        self.gap = 0
        if value > 0:
            self.opening = self.opening_bars if self.shut else self.opening
            self.shut, self.empty, self.expected = False, 0, 0.0
        else:
            self.empty += 1
            self.expected += usual / floor
            enough = self.expected >= USUAL_FLOORS * self.empty
            self.shut = self.shut or (self.empty >= self.bars and enough)
        if self.shut or not self.opening:
            return not self.shut
        self.opening -= 1
        return False
