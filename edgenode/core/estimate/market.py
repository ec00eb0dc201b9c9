"""What is estimated of a market while it runs: how far a minute moves the price, and the flow.

    variance   EWMA of squared one-minute log returns of the reference's mid, half-life 10 min
    markout    what a customer's fill lost within a minute: the mean over newest fills, shrunk to 0
    flow       EWMA of the squared net fill of customers a minute, half-life 60 min; a minute
               without fills is one of nothing

A start warms both from the bars that are kept, as if it had lived through them. A minute that no
bar tells of is unknown there, and counts for neither.

Nothing of it is recorded, and nothing is decided by it alone: it proposes. A minute without a mid
is unknown: it is no return, and the ones on either side of it are not joined. No single mid or
date counts for much: what one adds is bounded, and a clock that was set back begins a new minute.
"""

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import dropwhile
from typing import NamedTuple

from edgenode.core.estimate.stops.watch import Watch
from edgenode.core.estimate.venues.books import Books
from edgenode.model.ids import InstrumentId

MINUTE_NS = 60_000_000_000
RETURNS_MIN, FLOW_MIN = 10.0, 60.0  # half-lives, minutes
MARKOUT_FILLS, SHRUNK = 200, 50
MARKOUT_MAX = 5e-4
WAITING_MAX = 1_024
KEPT_MAX = 60  # minutes with fills that a clock can be set back over
RETURN_MAX = 0.2  # of one minute's log return, either way: a wrong mid counts for no more
LOSS_MAX = 5e-3  # of one fill, of the price, either way: it moves the markout by 1 bp at most


class Told(NamedTuple):
    """What a bar told of a minute; `minute_ns` is when that began."""

    minute_ns: int
    value: float


@dataclass(slots=True)
class Variance:
    """The mean square of one-minute log returns, each at most 0.2; None until one is known.

    A mid of the minute before the newest is late, and counts for nothing. One of an earlier minute
    shows that the newest was dated ahead: that minute is dropped, and minutes begin anew.
    """

    value: float | None = None
    _minute: int = -1
    mid: float = 0.0  # the newest of this minute
    _close: float | None = None  # of the minute before, where it had one
    _weight: float = 0.0

    def saw(self, at_ns: int, mid: float) -> None:
        """Take a mid."""
        minute = at_ns // MINUTE_NS
        if minute > self._minute:
            self._ends()
            self._close = self.mid if minute == self._minute + 1 else None
            self._minute = minute
        elif minute < self._minute - 1:
            self._close, self._minute = None, minute
        if minute == self._minute:
            self.mid = mid

    def _ends(self) -> None:
        """Count the return of the minute that is over."""
        if self._close is None or self.mid <= 0 or self._close <= 0:
            return
        square = min(RETURN_MAX, abs(math.log(self.mid / self._close))) ** 2
        decay = 0.5 ** (1 / RETURNS_MIN)
        self._weight = self._weight * decay + (1 - decay)
        share = (1 - decay) / self._weight  # the mean of what there is, before it is an EWMA
        self.value = square if self.value is None else self.value + share * (square - self.value)


class Minute(NamedTuple):
    """A flow as it stood in a minute: the mean square before it, and the net fill in it."""

    minute: int
    mean: float
    net: float = 0.0

    def at(self, minute: int) -> "Minute":
        """Return it in this or a later minute: the minutes between had no fills."""
        over = minute - self.minute
        if over <= 0:
            return self
        decay = 0.5 ** (1 / FLOW_MIN)
        mean = self.mean * decay + (1 - decay) * self.net**2
        return Minute(minute, mean * decay ** (over - 1))


@dataclass(slots=True)
class Flow:
    """The mean square of customers' net fill in a minute, in base units^2.

    Reading moves nothing. The newest minutes that had fills are kept: after a clock that was
    ahead is set back, what it counted ahead is dropped, and the flow goes on from before it.
    """

    start: float
    _kept: deque[Minute] = field(default_factory=lambda: deque(maxlen=KEPT_MAX))  # by minute

    def value(self, at_ns: int) -> float:
        """Return it as of then."""
        return self._at(at_ns // MINUTE_NS).mean

    def traded(self, at_ns: int, quantity: float) -> None:
        """Take a fill, signed."""
        held = self._at(at_ns // MINUTE_NS)
        while self._kept and self._kept[-1].minute >= held.minute:
            self._kept.pop()
        self._kept.append(held._replace(net=held.net + quantity))

    def skipped(self, at_ns: int) -> None:
        """Count the minute at hand, and go on at a later one: between them nothing is known."""
        minute = at_ns // MINUTE_NS
        if self._kept and (newest := self._kept[-1]).minute < minute:
            self._kept.append(newest.at(newest.minute + 1)._replace(minute=minute))

    def _at(self, minute: int) -> Minute:
        """Return it in a minute, by the newest kept one that is no later.

        A fill of the minute before the newest is late, and counts in the newest.
        """
        if not self._kept:
            return Minute(minute, self.start)
        newest = self._kept[-1]
        if newest.minute == minute + 1:
            return newest
        for held in reversed(self._kept):
            if held.minute <= minute:
                return held.at(minute)
        return Minute(minute, newest.mean)  # set back further than is kept


@dataclass(slots=True)
class Markout:
    """What fills with customers lost within the next minute, as a share of the price.

    The mean of the newest fills (half-life 200), each at most 50 bp either way, shrunk as if 50
    more had lost nothing; between 0 and 5 bp. A fill whose next minute has no mid says nothing,
    and neither does one that was dated ahead of a later one.
    """

    lost: float = 0.0
    weight: float = 0.0
    _waiting: deque[tuple[int, float, float]] = field(
        default_factory=lambda: deque(maxlen=WAITING_MAX)
    )

    @property
    def value(self) -> float:
        """Return it, bounded."""
        return max(0.0, min(MARKOUT_MAX, self.lost / (self.weight + SHRUNK)))

    def traded(self, at_ns: int, quantity: float, mid: float) -> None:
        """Take a fill of ours with a customer, signed, at the mid of its time."""
        while self._waiting and self._waiting[-1][0] > at_ns + MINUTE_NS:
            self._waiting.pop()  # of a clock that was set back: it would keep the others waiting
        if quantity and mid > 0:
            self._waiting.append((at_ns + MINUTE_NS, math.copysign(1.0, quantity), mid))

    def saw(self, at_ns: int, mid: float) -> None:
        """Take a mid: what waited for it is known."""
        while self._waiting and self._waiting[0][0] <= at_ns:
            due_ns, way, before = self._waiting.popleft()
            if at_ns < due_ns + MINUTE_NS and mid > 0:
                keep = 0.5 ** (1 / MARKOUT_FILLS)
                lost = -way * math.log(mid / before)
                self.lost = self.lost * keep + max(-LOSS_MAX, min(LOSS_MAX, lost))
                self.weight = self.weight * keep + 1


@dataclass(slots=True)
class Estimates:
    """All of it, by instrument; what venues are like; and whether the centre is reached."""

    linked: bool = False
    variances: dict[InstrumentId, Variance] = field(default_factory=dict)
    flows: dict[InstrumentId, Flow] = field(default_factory=dict)
    markouts: dict[InstrumentId, Markout] = field(default_factory=dict)
    watch: Watch = field(default_factory=Watch)
    books: Books = field(default_factory=Books)

    def saw(self, name: InstrumentId, at_ns: int, mid: float) -> None:
        """Take the reference's mid of an instrument."""
        held = self.variances.get(name)
        if held is None:
            held = self.variances[name] = Variance()
        held.saw(at_ns, mid)
        if (markout := self.markouts.get(name)) is not None:
            markout.saw(at_ns, mid)

    def warm(self, name: InstrumentId, closes: Iterable[tuple[int, float]]) -> None:
        """Begin a variance anew from earlier (market ns, mid), oldest first."""
        held = self.variances[name] = Variance()
        for at_ns, mid in closes:
            held.saw(at_ns, mid)

    def traded(self, name: InstrumentId, at_ns: int, quantity: float, start: float) -> None:
        """Take a customer's fill, signed; `start` is the flow's mean square before any."""
        held = self.flows.get(name)
        if held is None:
            held = self.flows[name] = Flow(start)
        held.traded(at_ns, quantity)
        seen = self.variances.get(name)
        if seen is not None:
            self.markouts.setdefault(name, Markout()).traded(at_ns, quantity, seen.mid)

    def variance(self, name: InstrumentId) -> float | None:
        """Return the mean square of one-minute returns, None while none is known."""
        held = self.variances.get(name)
        return held.value if held else None

    def markout(self, name: InstrumentId) -> float:
        """Return what fills with customers lost within a minute, as a share of the price."""
        held = self.markouts.get(name)
        return held.value if held else 0.0

    def warm_flow(
        self, name: InstrumentId, nets: Iterable[Told], now_ns: int, start: float
    ) -> None:
        """Take customers' net fills of past minutes, in order of time, up to now.

        As in a life, the flow begins with the first fill.
        """
        filled = list(dropwhile(lambda told: told.value == 0, nets))
        if not filled:
            return
        held = self.flows.setdefault(name, Flow(start))
        for told in filled:
            held.skipped(told.minute_ns)
            held.traded(told.minute_ns, told.value)
        held.skipped(now_ns)

    def flow(self, name: InstrumentId, at_ns: int, start: float) -> float:
        """Return the mean square of customers' net fill in a minute; it changes nothing."""
        held = self.flows.get(name)
        if held is None:
            return start
        return held.value(at_ns)
