"""Bars of a demand feed, from readings that may come late, twice, out of order, or not at all.

`each`     a reading is something that happened; a bar is their sum. A bar without a reading is
           unknown, unless the feed said that it told all up to a later time: then it is a zero.
`counter`  a reading is a total so far; a bar is its rise since the last reading of the bar before.
           A total that fell begins anew: what was added around that is not known.

A feed that has no bar yet may begin with history. Later ones must come before their bar closes.
"""

from itertools import pairwise

from edgenode.model.signals import BAR_END, Bar, Outcome, Reading, Source

MS = 1_000
LATE_BARS = 1  # a bar stays open this many bars
AHEAD_S = 60
KEYS_S = 3_600  # for so long after its bar a reading that comes again is known as said before
DAY_S = 86_400


class FeedBars:
    """The bars of one feed; `closed_s` is where the open ones begin, None before the first."""

    def __init__(self, source: Source, *, keep_days: int, closed_s: int | None = None) -> None:
        self.source, self.closed_s = source, closed_s
        self._keep_s = keep_days * DAY_S
        self.until_s = 0  # all before it was told
        self.falls = 0  # of a counter's total: how often it began anew
        self._said: dict[str, Reading] = {}
        self._newest: Reading | None = None  # of those in closed bars: a counter rises from it

    def resume(self, readings: list[Reading], until_s: int) -> None:
        """Take what was kept of an earlier run: open readings, and keys of closed ones."""
        self.until_s = until_s
        for reading in sorted(readings, key=lambda r: r.at_ms):
            self._said[reading.key] = reading
            if self._is_closed(reading):
                self._newest = reading

    def take(self, reading: Reading, now_s: int) -> Outcome:
        """Take a reading, in any order."""
        said = self._said.get(reading.key)
        if said is not None:
            return Outcome.DUPLICATE if said == reading else Outcome.CHANGED
        if reading.at_ms > (now_s + AHEAD_S) * MS:
            return Outcome.FUTURE
        if self._is_closed(reading) or reading.at_ms < (now_s - self._keep_s) * MS:
            return Outcome.LATE
        self._said[reading.key] = reading
        return Outcome.TAKEN

    def forget(self, readings: list[Reading]) -> None:
        """Take readings back that were just taken: they could not be kept."""
        for reading in readings:
            del self._said[reading.key]

    def told_until(self, at_s: int) -> None:
        """Note that the feed told all that happened before a time."""
        self.until_s = max(self.until_s, at_s)

    def close(self, now_s: int) -> list[Bar]:
        """Close the bars whose time is over, and return those whose value is known."""
        step = self.source.step_s
        to_s = now_s // step * step - LATE_BARS * step
        if self.closed_s is None:
            if not self._said:
                return []
            self.closed_s = min(self._begins(reading) for reading in self._said.values())
        if to_s <= self.closed_s:
            return []
        bars = self._counted(to_s) if self.source.form == "counter" else self._summed(to_s)
        self.closed_s = to_s
        closed = [r for r in self._said.values() if self._is_closed(r)]
        self._newest = max([*closed, *filter(None, [self._newest])], key=_at, default=None)
        for reading in closed:
            if reading.at_ms < (to_s - KEYS_S) * MS:
                del self._said[reading.key]
        return bars

    def kept_from_ms(self) -> int:
        """Return since when readings must be kept for another run.

        Older ones are in bars that closed long ago; the newest is kept, whatever its age.
        """
        if self.closed_s is None:
            return 0
        from_ms = (self.closed_s - KEYS_S) * MS
        return from_ms if self._newest is None else min(from_ms, self._newest.at_ms)

    def _summed(self, to_s: int) -> list[Bar]:
        assert self.closed_s is not None
        sums: dict[int, int] = {}
        for reading in self._open(to_s):
            begins_s = self._begins(reading)
            sums[begins_s] = sums.get(begins_s, 0) + reading.value
        step = self.source.step_s
        from_s = max(self.closed_s, to_s - self._keep_s // step * step)  # where a clock jumped
        for begins_s in range(from_s, min(to_s, self.until_s - step + 1), step):
            sums.setdefault(begins_s, 0)
        return [Bar(begins_s=m, value=s) for m, s in sorted(sums.items()) if s < BAR_END]

    def _counted(self, to_s: int) -> list[Bar]:
        step, bars = self.source.step_s, []
        by_bar: dict[int, list[Reading]] = {}
        for reading in sorted(self._open(to_s), key=_at):
            by_bar.setdefault(self._begins(reading), []).append(reading)
        before = self._newest
        for begins_s, readings in by_bar.items():
            totals = [reading.value for reading in (*filter(None, [before]), *readings)]
            falls = sum(b < a for a, b in pairwise(totals))
            self.falls += falls
            follows = before is not None and self._begins(before) == begins_s - step
            if follows and not falls:
                bars.append(Bar(begins_s=begins_s, value=totals[-1] - totals[0]))
            before = readings[-1]
        return bars

    def _open(self, to_s: int) -> list[Reading]:
        """Return the readings in bars that are open, up to a time."""
        held = self._said.values()
        return [r for r in held if not self._is_closed(r) and r.at_ms < to_s * MS]

    def _is_closed(self, reading: Reading) -> bool:
        return self.closed_s is not None and reading.at_ms < self.closed_s * MS

    def _begins(self, reading: Reading) -> int:
        at_s = reading.at_ms // MS
        return at_s - at_s % self.source.step_s


def _at(reading: Reading) -> int:
    return reading.at_ms
