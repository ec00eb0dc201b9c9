"""The basis of a venue against the reference, and when it has left what it was like.

    basis   log of the venue's mid over the reference's, at the end of a minute that has both
    usual   EWMA of it, half-life a day, after the median of the first 60 minutes
    spread  EWMA of its squared distance from that, no less than 2 bp and no less than what the
            reference itself moves in a minute (half-life 10 min), no more than 50 bp
    z       (basis - usual) / spread; judged is the median of the last five minutes

    |median| > 6 warns, > 8 stops; the stop has begun anew once it was 16, 32 ... or fell below 6

Two feeds never agree better than the price moves between them: in a fast market the same distance
says less. No single minute counts for much: the median leaves it out, and it enters usual and
spread as at most four spreads. A minute without both mids is unknown. Five minutes that lie over
more than a quarter of an hour are not looked at together: a stop neither begins nor ends by them.
"""

import math
from collections import deque
from dataclasses import dataclass, field
from statistics import median
from typing import NamedTuple

MINUTE_NS = 60_000_000_000
USUAL_MIN, MOVES_MIN = 1_440.0, 10.0  # half-lives, minutes
FIRST = 60  # minutes
JUDGED, SPAN_MIN = 5, 15
WARNS, STOPS = 6.0, 8.0
SPREAD_MIN, SPREAD_MAX = 2e-4, 5e-3
CLIP = 4.0  # spreads
MOVE_MAX = 0.2  # of one minute's log return
MAD = 1.4826  # median distance -> standard deviation
BP = 1e4


class Mid(NamedTuple):
    """A mid, and the minute that it was seen in."""

    minute: int
    value: float


NONE = Mid(-1, 0.0)


@dataclass(slots=True)
class Basis:
    """One venue and instrument. It holds at most `FIRST` minutes."""

    minute: int = -1
    usual: float = 0.0
    square: float = 0.0  # spread^2, before its bounds
    moves: float = 0.0  # of the reference, in a minute: mean square
    since_ns: int | None = None
    away: float = 0.0  # the newest basis, less what was usual before it
    _level: int = -1  # 0 at 8, 1 at 16, 2 at 32 ...
    _venue: Mid = NONE
    _reference: Mid = NONE
    _close: Mid = NONE  # of the reference
    _weight: float = 0.0
    _moved: float = 0.0  # weight
    _first: list[float] = field(default_factory=list)
    _scores: deque[tuple[int, float]] = field(default_factory=lambda: deque(maxlen=JUDGED))

    @property
    def known(self) -> bool:
        """Return whether enough was seen to judge by."""
        return self._weight > 0

    @property
    def spread(self) -> float:
        """Return what the basis is expected to stray by."""
        wide = max(SPREAD_MIN, math.sqrt(self.square), math.sqrt(self.moves))
        return min(SPREAD_MAX, wide)

    @property
    def score(self) -> float:
        """Return the median that is judged; 0 while there are too few minutes."""
        return median(score for _, score in self._scores) if self._enough else 0.0

    @property
    def text(self) -> str:
        """Return what is seen, for people."""
        if not self.known:
            return f"{len(self._first)} of {FIRST} minutes with both mids"
        away, usual = BP * self.away, BP * self.usual
        return f"{away:+.1f} bp from the usual {usual:+.1f} bp, z {self.score:+.1f}"

    @property
    def _enough(self) -> bool:
        scores = self._scores
        return len(scores) == JUDGED and scores[-1][0] - scores[0][0] <= SPAN_MIN

    def saw_venue(self, at_ns: int, mid: float) -> None:
        """Take a mid of the venue; `at_ns` is when it was seen."""
        self._reach(at_ns)
        self._venue = Mid(self.minute, mid)

    def saw_reference(self, at_ns: int, mid: float) -> None:
        """Take a mid of the reference."""
        self._reach(at_ns)
        self._reference = Mid(self.minute, mid)

    def _reach(self, at_ns: int) -> None:
        """Go to a minute. After a clock that was set back, minutes begin anew.

        A stop began as long ago as before: what a person released does not begin again by that.
        """
        minute = at_ns // MINUTE_NS
        if minute == self.minute:
            return
        if minute > self.minute:
            self._ends()
        else:
            self._venue = self._reference = self._close = NONE
            self._scores.clear()
            if self.since_ns is not None:
                self.since_ns = max(0, self.since_ns - (self.minute - minute) * MINUTE_NS)
        self.minute = minute

    def _ends(self) -> None:
        """Count the minute that is over."""
        reference, venue = self._reference, self._venue
        if reference.minute != self.minute or reference.value <= 0:
            return
        self._move(reference)
        if venue.minute == self.minute and venue.value > 0:
            self._take(math.log(venue.value / reference.value))

    def _move(self, reference: Mid) -> None:
        """Count what the reference moved since the minute before."""
        if self._close.minute == reference.minute - 1 and self._close.value > 0:
            move = min(MOVE_MAX, abs(math.log(reference.value / self._close.value)))
            decay = 0.5 ** (1 / MOVES_MIN)
            self._moved = self._moved * decay + (1 - decay)
            self.moves += (1 - decay) / self._moved * (move**2 - self.moves)
        self._close = reference

    def _take(self, basis: float) -> None:
        """Count a basis."""
        if not self.known:
            self._first.append(basis)
            if len(self._first) == FIRST:
                self._begin()
            return
        spread = self.spread
        self.away = basis - self.usual
        self._scores.append((self.minute, self.away / spread))
        self._judge()
        decay = 0.5 ** (1 / USUAL_MIN)
        self._weight = self._weight * decay + (1 - decay)
        share = (1 - decay) / self._weight
        away = max(-CLIP * spread, min(CLIP * spread, self.away))
        self.usual += share * away
        self.square = (1 - share) * (self.square + share * away**2)

    def _begin(self) -> None:
        self.usual = median(self._first)
        self.square = (MAD * median(abs(one - self.usual) for one in self._first)) ** 2
        self._weight = 1 - 0.5 ** (FIRST / USUAL_MIN)
        self._first = []

    def _judge(self) -> None:
        """Note since when it would stop; too few minutes tell nothing, and it goes on."""
        if not self._enough:
            return
        score = abs(self.score)
        if score < WARNS:
            self.since_ns, self._level = None, -1
        elif score > STOPS and (level := int(math.log2(score / STOPS))) > self._level:
            self.since_ns, self._level = (self.minute + 1) * MINUTE_NS, level
