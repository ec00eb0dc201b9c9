"""What a venue's published books are like: means over minutes, half-life 60 minutes.

Of a minute the first book to arrive counts. A book without both sides, or with a price that cannot
be one, tells neither spread nor basis. The lag is how old a book was when it arrived, 0 where a
venue's clock is ahead. What one book adds is bounded.
"""

from dataclasses import dataclass, field

from edgenode.model.ids import InstrumentId, VenueId
from edgenode.model.venue import BookView

MINUTE_NS, HOUR_MIN, WEEK_H = 60_000_000_000, 60, 168
MS = 1_000_000
HALF_LIFE_MIN = 60.0
BP, NEAR_BP = 10_000, 50
SPREAD_BP_MAX = BASIS_BP_MAX = 1_000.0
LAG_MS_MAX = 3_600_000.0
PRICE_END = 1 << 53
KEYS_MAX = 256
EPOCH_WEEKDAY_H = 3 * 24  # 1970-01-01 was a Thursday; hours count from Monday, UTC
Key = tuple[VenueId, InstrumentId]


@dataclass(slots=True)
class Mean:
    """An EWMA over minutes, that begins as the plain mean of what there is."""

    value: float | None = None
    weight: float = 0.0

    def take(self, value: float, minutes: int = 1) -> None:
        """Take a value, so many minutes after the one before."""
        decay = 0.5 ** (minutes / HALF_LIFE_MIN)
        self.weight = self.weight * decay + 1
        before = value if self.value is None else self.value
        self.value = before + (value - before) / self.weight


@dataclass(slots=True)
class VenueBooks:
    """One venue's books of an instrument."""

    spread_bp: Mean = field(default_factory=Mean)
    depth_lots: Mean = field(default_factory=Mean)  # of the thinner side, within 50 bp of the mid
    basis_bp: Mean = field(default_factory=Mean)  # of its mid to the reference
    lag_ms: Mean = field(default_factory=Mean)
    hours: list[int] = field(default_factory=lambda: [0] * WEEK_H)  # minutes it published in
    minute: int = -1

    def take(self, book: BookView, received_ns: int, reference_ticks: int | None) -> None:
        """Take a book as it arrived; the reference is None where there is none."""
        minute = received_ns // MINUTE_NS
        if minute == self.minute:
            return
        over = max(1, minute - self.minute) if self.minute >= 0 else 1
        self.minute = minute
        lag_ms = max(0, received_ns - book.published_ns) / MS
        self.lag_ms.take(min(LAG_MS_MAX, lag_ms), over)
        hour = (minute // HOUR_MIN + EPOCH_WEEKDAY_H) % WEEK_H
        self.hours[hour] = min(self.hours[hour] + 1, PRICE_END)
        if not (book.bids and book.asks and 0 < book.mid_ticks < PRICE_END):
            return
        spread = (book.asks[0][0] - book.bids[0][0]) / book.mid_ticks * BP
        self.spread_bp.take(max(0.0, min(SPREAD_BP_MAX, spread)), over)
        self.depth_lots.take(min(book.depth_lots(NEAR_BP), PRICE_END), over)
        if reference_ticks:
            basis = (book.mid_ticks - reference_ticks) / reference_ticks * BP
            self.basis_bp.take(max(-BASIS_BP_MAX, min(BASIS_BP_MAX, basis)), over)

    @property
    def open_hours(self) -> int:
        """Return in how many hours of the week it was seen to publish."""
        return sum(minutes > 0 for minutes in self.hours)


@dataclass(slots=True)
class Books:
    """The books of all venues; bounded."""

    known: dict[Key, VenueBooks] = field(default_factory=dict)

    def saw(self, book: BookView, received_ns: int, reference_ticks: int | None) -> None:
        """Take a published book as it arrived, with the reference of then."""
        key = book.venue, book.instrument
        held = self.known.get(key)
        if held is None:
            if len(self.known) >= KEYS_MAX:
                return
            held = self.known[key] = VenueBooks()
        held.take(book, received_ns, reference_ticks)
