"""How quantities are written to the outside."""

from typing import Any

from edgenode.model.facts import Instrument
from edgenode.model.money import format_decimal

Json = dict[str, Any]


def lots(count: int, instrument: Instrument) -> str:
    """Write lots as a quantity."""
    return format_decimal(count, instrument.quantity_decimals)
