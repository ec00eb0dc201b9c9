"""Forecasts learn bars: those that closed just now, and at a start those that are kept.

Sources of one instrument correct each other, so their bars are taken together, in order of time: a
window of them is heard by all before any forecast takes its own.
"""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from edgenode.core.estimate.live import LiveForecast
from edgenode.model.signals import Bar, SourceId
from edgenode.ports.bars import BarStore

log = structlog.get_logger()
HOUR_S = 3_600
WINDOW_S = 6 * HOUR_S
BARS_A_TURN = 20  # that are learned before others have their turn
READ_AT_ONCE = 2_000  # bars, of the store: more than a window has
FAILURES = (ArithmeticError, ValueError, AssertionError, LookupError)


async def learn(live: LiveForecast, bars: Sequence[Bar]) -> None:
    """Take bars in order; a forecast that fails begins anew."""
    for number, bar in enumerate(bars, 1):
        try:
            live.take(bar)
        except FAILURES as error:  # of an estimate: it ends no trading, at no start
            log.error("forecast_failed", source=live.source.id, error=repr(error)[:200])  # noqa: TRY400
            live.begin_anew()
        if number % BARS_A_TURN == 0:
            await asyncio.sleep(0)


@dataclass(slots=True)
class Reader:
    """The kept bars of one source, read ahead."""

    store: BarStore
    live: LiveForecast
    from_s: int
    ahead: deque[Bar] = field(default_factory=deque)
    ended: bool = False

    async def fill(self) -> None:
        """Read on if nothing is read ahead."""
        if self.ahead or self.ended:
            return
        bars = await self.store.bars(self.live.source.id, self.from_s, READ_AT_ONCE)
        self.ended = not bars
        if bars:
            self.ahead.extend(bars)
            self.from_s = bars[-1].begins_s + 1

    async def to(self, end_s: int) -> list[Bar]:
        """Return the bars that begin before a time."""
        found: list[Bar] = []
        await self.fill()
        while self.ahead and self.ahead[0].begins_s < end_s:
            found.append(self.ahead.popleft())
            await self.fill()
        return found


async def catch_up(
    store: BarStore, lives: Sequence[LiveForecast], closed_s: Mapping[SourceId, int | None]
) -> None:
    """Take the kept bars that saved states have not seen, of all sources of one instrument.

    `closed_s`: up to where no bar of a source comes any more.
    """
    readers = [Reader(store, live, _from_s(live, lives)) for live in lives]
    while True:
        for reader in readers:
            await reader.fill()
        begins = [reader.ahead[0].begins_s for reader in readers if reader.ahead]
        if not begins:
            break
        end_s = min(begins) + WINDOW_S
        found = [(reader.live, await reader.to(end_s)) for reader in readers]
        hear_each_other(found)
        for live, bars in found:
            await learn(live, bars)
    for live in lives:
        to_s = closed_s.get(live.source.id)
        if to_s is not None:
            live.passed(to_s)
        live.learning = False


def hear_each_other(found: Sequence[tuple[LiveForecast, Sequence[Bar]]]) -> None:
    """Let every forecast hear the bars of the others, before it takes its own of then."""
    for live, _ in found:
        for other, bars in found:
            if other is not live:
                live.hear(other.source, bars)


def _from_s(live: LiveForecast, lives: Sequence[LiveForecast]) -> int:
    """Return since when bars of a source are needed: by its own forecast, or by another one.

    An hour more is read, to be shown; what was taken before changes nothing.
    """
    needed = [live.signal.newest_s]
    for other in lives:
        member = other.aggregate.members.get(live.source.id)
        if member is not None:
            taken = member.level.times.newest_s
            needed.append(member.from_s if taken is None else taken)
    return max(0, min(at_s or 0 for at_s in needed) - HOUR_S)
