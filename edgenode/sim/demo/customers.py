"""Customers of a live node: every order at its market time, over HTTP."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

import aiohttp

Json = dict[str, Any]


class CustomerDesk(Protocol):
    """Where customers send orders."""

    async def place(self, order: Json) -> int:
        """Send one order; returns the HTTP status."""
        ...


@dataclass(slots=True)
class Counts:
    """How the node answered."""

    sent: int = 0
    by_status: dict[int, int] = field(default_factory=dict)
    failed: int = 0


async def trade(
    desk: CustomerDesk,
    orders: Iterable[tuple[int, Json]],
    until: Callable[[int], Awaitable[None]],
    asked: Callable[[int | None], None],
) -> Counts:
    """Send every order at its market time; `asked` hears of its time, and None at its answer."""
    counts = Counts()
    for at_ns, order in orders:
        asked(at_ns)  # before it is due: market time does not run past it
        await until(at_ns)
        counts.sent += 1
        try:
            status = await desk.place(order)
        except (OSError, aiohttp.ClientError):
            counts.failed += 1
        else:
            counts.by_status[status] = counts.by_status.get(status, 0) + 1
        asked(None)
    return counts
