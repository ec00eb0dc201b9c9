"""What a sandbox server hosts, and the market time it lives in."""

from typing import Annotated

import msgspec

from edgenode.adapters.clock import MarketTime, WallClock
from edgenode.adapters.lockstep import market_clock
from edgenode.ports.clock import Clock
from edgenode.sim.recorded import SECOND_NS, load
from edgenode.sim.venue.server import VenueSpec

DAY_OPENS_S = 17 * 3600 + 40 * 60  # a replayed day begins at 17:40 UTC unless `from_ns` is given


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A server's configuration; `start_file` and `lockstep_file` as in adapters/clock."""

    venues: tuple[VenueSpec, ...]
    speed: int = 1
    day: str = ""
    from_ns: int = 0
    start_file: str = ""
    lockstep_file: str = ""
    lockstep_slot: Annotated[int, msgspec.Meta(ge=0, lt=64)] = 0


def clock_of(settings: Settings) -> Clock:
    """Return wall time, or scaled market time where a recorded day is replayed."""
    from_ns = settings.from_ns
    if from_ns == 0 and settings.day:
        from_ns = load(settings.day).start_ns + DAY_OPENS_S * SECOND_NS
    timing = MarketTime(
        from_ns=from_ns,
        speed=settings.speed,
        start_file=settings.start_file,
        lockstep_file=settings.lockstep_file,
        lockstep_slot=settings.lockstep_slot,
    )
    return market_clock(timing, WallClock())
