"""What foretells volume: a source, what it says, and the bars that this becomes.

A source is a venue's published book, this box's own book, or a demand feed (sales, page views).
Values are integers in the source's smallest unit: 10^-`decimals` of its unit, lots for venues.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Literal, NewType

from edgenode.model.ids import InstrumentId, VenueId

SourceId = NewType("SourceId", str)  # venue:NAME or feed:NAME
VENUE, FEED = "venue:", "feed:"
STEP_S, STEPS_S = 60, (60, 300)
VALUE_END = 1 << 53  # of one reading: what a double carries exactly
BAR_END = 1 << 62  # of a bar's sum

Kind = Literal["count", "amount"]
Form = Literal["book", "own", "each", "counter"]


class Outcome(Enum):
    """What became of one thing that a source said."""

    TAKEN = "taken"
    DUPLICATE = "duplicate"  # said before, with the same content: counted once
    CHANGED = "changed"  # said before with other content: the first one stands
    FUTURE = "future"  # dated ahead of the clock
    LATE = "late"  # dated in a bar that is closed, or before what is kept
    MALFORMED = "malformed"  # not of the documented shape
    FLAGGED = "flagged"  # its writer says that it was not measured
    BACKWARD = "backward"  # beside taken: a counter fell, and so began anew


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One source, as it was declared.

    `kind`: things that are counted, or an amount. `form`: what a reading is: a published book, a
    fill of our own book, something that happened (`each`), or a total so far (`counter`).
    `offset_min`: minutes east of UTC of times that name no offset; None refuses those.
    """

    id: SourceId
    instrument: InstrumentId
    kind: Kind = "amount"
    form: Form = "each"
    step_s: int = STEP_S
    decimals: int = 0
    offset_min: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One row of a demand feed. The same `key` again is the same reading."""

    key: str
    at_ms: int
    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """What a source said of `step_s` seconds from `begins_s` on; None: it was not heard.

    `value` is the volume; of books with both sides also the last mid, the mean spread (ticks,
    rounded up) and the mean depth near the mid of the thinner side (lots, rounded down); of our
    own book the net of its customers' side.
    """

    begins_s: int
    value: int | None = None
    close_ticks: int | None = None
    spread_ticks: int | None = None
    depth_lots: int | None = None
    net_lots: int | None = None


def name_of(venue: VenueId, instrument: InstrumentId) -> SourceId:
    """Return the source of a venue's instrument."""
    return SourceId(f"{VENUE}{venue}/{instrument}")
