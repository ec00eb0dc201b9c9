"""The clocks that the inside is given."""

from typing import Protocol


class Clock(Protocol):
    """A clock: wall (HTTP time-outs, HLC, watchdog), market (quotes, slices, expiry), or boot.

    The boot clock tells how much time passed since another look at it; nobody sets it.
    """

    def now_ns(self) -> int:
        """Return nanoseconds since the Unix epoch; the boot clock, since the machine started."""
        ...
