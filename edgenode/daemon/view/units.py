"""How instants and quantities are written to the outside."""

from datetime import UTC, datetime
from typing import Any

from edgenode.model.facts import Instrument
from edgenode.model.money import format_decimal

Json = dict[str, Any]


def instant(ns: int) -> str:
    """Write nanoseconds since the epoch as RFC 3339 UTC."""
    at = datetime.fromtimestamp(ns / 1e9, tz=UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def lots(count: int, instrument: Instrument) -> str:
    """Write lots as a quantity."""
    return format_decimal(count, instrument.quantity_decimals)
