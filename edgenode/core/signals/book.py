"""Bars of a venue's published books.

A book tells the volume of the last whole minute, so the first book of a minute tells that of the
minute before. Spread, depth and mid are of the minute in which a book was published; a book that
lacks a side has none of them.
"""

from dataclasses import dataclass, field

from edgenode.model.signals import STEP_S, Bar, Outcome
from edgenode.model.venue import BookView

SECOND_NS = 1_000_000_000
LATE_S = 60  # a venue may show its book this late
AHEAD_S = 60  # and its clock may be ahead of ours by this
NEAR_BP = 50  # depth is counted this near to the mid
MINUTES_MAX = 8  # that can be open at once


@dataclass(slots=True)
class _Minute:
    """What was published in one minute."""

    tells: int = 0  # volume of the minute before, by the first book
    first_ns: int = 0
    last_ns: int = 0
    close_ns: int = -1
    close_ticks: int | None = None  # the newest mid of a book with both sides
    spreads: list[int] = field(default_factory=list)
    depths: list[int] = field(default_factory=list)


class BookBars:
    """The bars of one venue and instrument; `closed_s` is where the open ones begin."""

    def __init__(self, closed_s: int | None = None) -> None:
        self.closed_s = closed_s
        self._minutes: dict[int, _Minute] = {}

    def take(self, book: BookView, now_s: int) -> Outcome:
        """Take a book, in any order."""
        at_s = book.published_ns // SECOND_NS
        begins_s = at_s - at_s % STEP_S
        if at_s > now_s + AHEAD_S:
            return Outcome.FUTURE
        # Its minute closed, or so long ago that it tells nothing of what is open.
        open_s = now_s - LATE_S - MINUTES_MAX * STEP_S
        if begins_s < max(self.closed_s or 0, open_s):
            return Outcome.LATE
        minute = self._minutes.get(begins_s)
        if minute is None:
            first = _Minute(book.volume_lots, book.published_ns)
            minute = self._minutes[begins_s] = first
        elif book.published_ns in (minute.last_ns, minute.first_ns):
            return Outcome.DUPLICATE
        elif book.published_ns < minute.first_ns:
            minute.first_ns, minute.tells = book.published_ns, book.volume_lots
        minute.last_ns = max(minute.last_ns, book.published_ns)
        if book.bids and book.asks:
            if book.published_ns > minute.close_ns:
                minute.close_ns, minute.close_ticks = book.published_ns, book.mid_ticks
            minute.spreads.append(book.asks[0][0] - book.bids[0][0])
            minute.depths.append(book.depth_lots(NEAR_BP))
        return Outcome.TAKEN

    def close(self, now_s: int) -> list[Bar]:
        """Close the bars whose time is over, and return those of which anything is known."""
        to_s = (now_s - LATE_S) // STEP_S * STEP_S
        if self.closed_s is None:
            if not self._minutes:
                return []
            self.closed_s = min(self._minutes)
        if to_s <= self.closed_s:
            return []
        began = [m for m in self._minutes if m < to_s]
        told = [m - STEP_S for m in self._minutes if self.closed_s < m <= to_s]
        bars = [self._bar(m) for m in sorted({*began, *told})]
        self.closed_s = to_s
        for minute in began:
            del self._minutes[minute]
        return [bar for bar in bars if bar != Bar(begins_s=bar.begins_s)]

    def _bar(self, begins_s: int) -> Bar:
        after, minute = self._minutes.get(begins_s + STEP_S), self._minutes.get(begins_s)
        value = None if after is None else after.tells
        if minute is None:
            return Bar(begins_s=begins_s, value=value)
        spreads, depths = minute.spreads, minute.depths
        return Bar(
            begins_s=begins_s,
            value=value,
            close_ticks=minute.close_ticks,
            spread_ticks=-(-sum(spreads) // len(spreads)) if spreads else None,
            depth_lots=sum(depths) // len(depths) if depths else None,
        )
