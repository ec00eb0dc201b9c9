"""What a sandbox server hosts, and the market time it lives in."""

import msgspec

from edgenode.adapters.clock import MarketClock, WallClock
from edgenode.ports.clock import Clock
from edgenode.sim.recorded import SECOND_NS, load
from edgenode.sim.venue.server import VenueSpec

DAY_OPENS_S = 17 * 3600 + 40 * 60  # a replayed day begins at 17:40 UTC unless `from_ns` is given


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A server's configuration; `start_file`: market time begins when that file exists."""

    venues: tuple[VenueSpec, ...]
    speed: int = 1
    day: str = ""
    from_ns: int = 0
    start_file: str = ""


def clock_of(settings: Settings) -> Clock:
    """Return wall time, or scaled market time where a recorded day is replayed."""
    from_ns = settings.from_ns
    if from_ns == 0 and settings.day:
        from_ns = load(settings.day).start_ns + DAY_OPENS_S * SECOND_NS
    if from_ns == 0:
        return WallClock()
    return MarketClock(from_ns, settings.speed, settings.start_file)
