"""Hybrid logical clock (Kulkarni et al. 2014): milliseconds << 16 | counter.

It orders display across ledgers; nothing is decided by it.
"""

from dataclasses import dataclass

COUNTER_BITS = 16
_COUNTER_MAX = (1 << COUNTER_BITS) - 1


def pack(ms: int, counter: int) -> int:
    """Join a millisecond time and a counter into one ordered integer."""
    return ms << COUNTER_BITS | counter


def ms_of(hlc: int) -> int:
    """Return the millisecond part (Unix time)."""
    return hlc >> COUNTER_BITS


@dataclass(slots=True)
class Hlc:
    """The stamps of one writer: strictly increasing, never behind the last one given."""

    last: int = 0

    def stamp(self, now_ns: int) -> int:
        """Return the next stamp for wall time `now_ns`."""
        ms = now_ns // 1_000_000
        last_ms, counter = self.last >> COUNTER_BITS, self.last & _COUNTER_MAX
        if ms > last_ms:
            self.last = pack(ms, 0)
        elif counter < _COUNTER_MAX:
            self.last += 1
        else:
            self.last = pack(last_ms + 1, 0)
        return self.last
