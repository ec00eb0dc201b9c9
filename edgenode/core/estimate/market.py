"""What is estimated of a market while it runs: how far a minute moves the price, and the flow.

    variance   EWMA of squared one-minute log returns of the reference's mid, half-life 10 min
    flow       EWMA of the squared net fill of customers a minute, half-life 60 min; a minute
               without fills is one of nothing

Nothing of it is recorded, and nothing is decided by it alone: it proposes. A minute without a mid
is unknown: it is no return, and the ones on either side of it are not joined.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from edgenode.model.ids import InstrumentId

MINUTE_NS = 60_000_000_000
RETURNS_MIN, FLOW_MIN = 10.0, 60.0  # half-lives, minutes


@dataclass(slots=True)
class Variance:
    """The mean square of one-minute log returns; None until one is known."""

    value: float | None = None
    _minute: int = -1
    _mid: float = 0.0  # the newest of this minute
    _close: float | None = None  # of the minute before, where it had one
    _weight: float = 0.0

    def saw(self, at_ns: int, mid: float) -> None:
        """Take a mid."""
        minute = at_ns // MINUTE_NS
        if minute > self._minute:
            self._ends()
            self._close = self._mid if minute == self._minute + 1 else None
            self._minute = minute
        if minute == self._minute:
            self._mid = mid

    def _ends(self) -> None:
        """Count the return of the minute that is over."""
        if self._close is None or self._mid <= 0 or self._close <= 0:
            return
        square = math.log(self._mid / self._close) ** 2
        decay = 0.5 ** (1 / RETURNS_MIN)
        self._weight = self._weight * decay + (1 - decay)
        share = (1 - decay) / self._weight  # the mean of what there is, before it is an EWMA
        self.value = square if self.value is None else self.value + share * (square - self.value)


@dataclass(slots=True)
class Flow:
    """The mean square of customers' net fill in a minute, in base units^2."""

    value: float
    _minute: int = -1
    _net: float = 0.0

    def traded(self, at_ns: int, quantity: float) -> None:
        """Take a fill, signed."""
        self.passed(at_ns)
        self._net += quantity

    def passed(self, at_ns: int) -> None:
        """Count the minutes that are over."""
        minute = at_ns // MINUTE_NS
        if self._minute < 0:
            self._minute = minute
        over = minute - self._minute
        if over <= 0:
            return
        decay = 0.5 ** (1 / FLOW_MIN)
        self.value = self.value * decay + (1 - decay) * self._net**2
        self.value *= decay ** (over - 1)
        self._minute, self._net = minute, 0.0


@dataclass(slots=True)
class Estimates:
    """Both, by instrument; and whether the centre is reached, which no ledger says."""

    linked: bool = False
    variances: dict[InstrumentId, Variance] = field(default_factory=dict)
    flows: dict[InstrumentId, Flow] = field(default_factory=dict)

    def saw(self, name: InstrumentId, at_ns: int, mid: float) -> None:
        """Take the reference's mid of an instrument."""
        held = self.variances.get(name)
        if held is None:
            held = self.variances[name] = Variance()
        held.saw(at_ns, mid)

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

    def flow(self, name: InstrumentId, at_ns: int, start: float) -> float:
        """Return the mean square of customers' net fill in a minute."""
        held = self.flows.get(name)
        if held is None:
            return start
        held.passed(at_ns)
        return held.value
