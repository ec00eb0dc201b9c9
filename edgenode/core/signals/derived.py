"""Bars of five minutes from those of one: unknown where one of the five is."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from edgenode.model.signals import STEP_S, Bar


def longer(bars: Iterable[Bar], step_s: int) -> Iterator[Bar]:
    """Yield bars of `step_s` from bars of a minute, in order of time.

    Volumes add up; the mid is the last one, spread and depth are the means of those known.
    """
    if step_s == STEP_S:
        yield from bars
        return
    for begins_s, group in groupby(bars, key=lambda bar: bar.begins_s // step_s * step_s):
        yield _joined(begins_s, list(group), step_s // STEP_S)


def _joined(begins_s: int, bars: list[Bar], whole: int) -> Bar:
    closes = [bar.close_ticks for bar in bars if bar.close_ticks is not None]
    spreads = [bar.spread_ticks for bar in bars if bar.spread_ticks is not None]
    depths = [bar.depth_lots for bar in bars if bar.depth_lots is not None]
    return Bar(
        begins_s=begins_s,
        value=_sum([bar.value for bar in bars], whole),
        close_ticks=closes[-1] if closes else None,
        spread_ticks=-(-sum(spreads) // len(spreads)) if spreads else None,
        depth_lots=sum(depths) // len(depths) if depths else None,
        net_lots=_sum([bar.net_lots for bar in bars], whole),
    )


def _sum(values: list[int | None], whole: int) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == whole else None
