"""How quantities are written to the outside."""

from decimal import Context
from typing import Any

from edgenode.model.facts import Instrument
from edgenode.model.money import format_decimal

WIDE = Context(prec=200)  # digits: more than any amount has
Json = dict[str, Any]
SECOND_NS = 1_000_000_000
MINUTE_S, MINUTES_AN_HOUR = 60, 60


def lots(count: int, instrument: Instrument) -> str:
    """Write lots as a quantity."""
    return format_decimal(count, instrument.quantity_decimals)


def duration(ns: int) -> str:
    """Write how long something lasts: `40 s`, `2 min 40 s`, `3 h 5 min`."""
    minutes, seconds = divmod(max(0, ns) // SECOND_NS, MINUTE_S)
    hours, rest = divmod(minutes, MINUTES_AN_HOUR)
    if hours:
        return f"{hours} h {rest} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
