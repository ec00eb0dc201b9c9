"""A row of a demand feed as text becomes a reading: exact, or RefusedError with what is wrong."""

from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from edgenode.model.errors import RefusedError
from edgenode.model.instants import EPOCH
from edgenode.model.money import parse_decimal
from edgenode.model.signals import VALUE_END, Reading, Source

MS = 1_000
TIME_S_END = 1 << 36
KEY_MAX = 64
TIME = "RFC 3339 with its offset, or whole seconds since 1970"


class Row(NamedTuple):
    """One row as it was written. `flag`: its writer did not measure it."""

    t: str
    v: str
    id: str = ""
    flag: str = ""


def reading_of(row: Row, source: Source) -> Reading:
    """Return the reading of a row; EN002 if it is none.

    Without an id the time is its key: two things of one instant then need ids.
    """
    at_ms = _time_ms(row.t.strip(), source.offset_min)
    value = _value(row.v.strip(), source.decimals)
    key = row.id.strip()
    if len(key) > KEY_MAX:
        raise _no_row(f"an id of {len(key)} characters", f"at most {KEY_MAX}")
    return Reading(key=f"i{key}" if key else f"t{at_ms}", at_ms=at_ms, value=value)


def _time_ms(text: str, offset_min: int | None) -> int:
    if text.isascii() and text.isdecimal():
        if len(text) > len(str(TIME_S_END)) or int(text) >= TIME_S_END:
            raise _no_row(f"t {text[:40]}", "seconds since 1970, not milliseconds")
        return int(text) * MS
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise _no_row(f"t {text[:40]!r} is no time", TIME) from error
    if at.tzinfo is None:
        if offset_min is None:
            found = f"t {text[:40]!r} says no offset from UTC"
            raise _no_row(found, f"{TIME}; or the feed's utc_offset_min")
        at = at.replace(tzinfo=timezone(timedelta(minutes=offset_min)))
    at_ms = (at - EPOCH) // timedelta(milliseconds=1)
    if not 0 <= at_ms < TIME_S_END * MS:
        raise _no_row(f"t {text[:40]!r}", "a time from 1970 on")
    return at_ms


def _value(text: str, decimals: int) -> int:
    try:
        value = parse_decimal(text, decimals)
    except RefusedError as error:
        expected = f"a plain decimal of at most {decimals} decimals, or another `decimals`"
        raise _no_row(f"v {text[:40]!r}", expected) from error
    if not 0 <= value < VALUE_END:
        raise _no_row(f"v {text[:40]!r}", "0 or more, below 2^53 of its smallest unit")
    return value


def _no_row(found: str, expected: str) -> RefusedError:
    return RefusedError(
        found, expected=expected, do="correct this row and send it again", code="EN002"
    )
