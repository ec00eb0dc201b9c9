"""Bars of this box's own book. It always hears itself, so a minute without a fill is a zero.

A minute that began before the box did is not known: what was traded in it may be missing. So are
minutes that the box slept through, or that a clock jumped over.
"""

from edgenode.model.orders import Side, sign
from edgenode.model.signals import STEP_S, Bar

LATE_S = 2  # a fill is told once it is durable
SLEPT_S = 600  # bars are closed every second: nobody was awake in what is open for longer


class OwnBars:
    """The bars of one instrument; `from_s` is when the box began to listen."""

    def __init__(self, from_s: int) -> None:
        self.closed_s: int | None = -(-from_s // STEP_S) * STEP_S
        self._lots: dict[int, tuple[int, int]] = {}

    def traded(self, at_s: int, side: Side, lots: int) -> None:
        """Take a fill of the desk's book with a customer."""
        begins_s = at_s - at_s % STEP_S
        volume, net = self._lots.get(begins_s, (0, 0))
        self._lots[begins_s] = volume + lots, net + sign(side) * lots

    def close(self, now_s: int) -> list[Bar]:
        """Close the minutes that are over and return them."""
        to_s = (now_s - LATE_S) // STEP_S * STEP_S
        assert self.closed_s is not None
        bars, from_s = [], self.closed_s
        if to_s - from_s > SLEPT_S:
            from_s = to_s
        for begins_s in range(from_s, to_s, STEP_S):
            volume, net = self._lots.get(begins_s, (0, 0))
            bars.append(Bar(begins_s=begins_s, value=volume, net_lots=net))
        self.closed_s = max(self.closed_s, to_s)
        self._lots = {m: lots for m, lots in self._lots.items() if m >= self.closed_s}
        return bars
