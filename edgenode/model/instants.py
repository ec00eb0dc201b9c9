"""Instants as text: RFC 3339, in UTC where written, with any offset where read."""

from datetime import UTC, datetime, timedelta

from edgenode.model.errors import RefusedError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NS_PER_US = 1_000
NS_END = 1 << 63  # of int64


def instant(ns: int) -> str:
    """Return nanoseconds since the epoch as RFC 3339 UTC, to the millisecond."""
    at = EPOCH + timedelta(microseconds=ns // NS_PER_US)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def nanoseconds(text: str) -> int:
    """Return an RFC 3339 time as nanoseconds since the epoch, exactly; EN002 if it is none."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise RefusedError(
            f"{text[:40]!r} is not an RFC 3339 time",
            expected="RFC 3339 with its offset",
            do="write it as 2026-01-31T09:30:00Z",
            code="EN002",
        ) from error
    if at.tzinfo is None:
        raise RefusedError(
            f"{text[:40]!r} has no offset",
            expected="RFC 3339 with its offset",
            do="write it as 2026-01-31T09:30:00Z",
            code="EN002",
        )
    ns = (at - EPOCH) // timedelta(microseconds=1) * NS_PER_US
    if not -NS_END <= ns < NS_END:
        raise RefusedError(
            f"{text[:40]!r} is too far away",
            expected="a time from 1678 to 2262",
            do="write a nearer one: times are nanoseconds in int64",
            code="EN002",
        )
    return ns
