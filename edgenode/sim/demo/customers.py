"""Customers of one arm: each recorded minute's net flow as four IOC orders on market time.

Quantity = 10 % of the minute's net flow x the spike factor, a quarter at seconds 7, 22, 37, 52;
limit = A's mid +- 10 bp; what does not fill is counted, never sent again.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any, Protocol

import aiohttp

from edgenode.ports.clock import Clock
from edgenode.sim.demo.arms import Arm

Json = dict[str, Any]
SECOND_NS = 1_000_000_000
MINUTE_NS = 60 * SECOND_NS
AT_SECONDS = (7, 22, 37, 52)
SHARE = 0.10
LIMIT_PPM = 1_000
LOTS_PER_WETH = 100


class FlowSource(Protocol):
    """What customers look at: the recorded day."""

    def mid_ticks(self, ns: int) -> int:
        """Return A's mid at a market time."""
        ...

    def net_flow(self, ns: int) -> float:
        """Return what customers bought net in the minute of a market time, in WETH."""
        ...


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
    late_ns: list[int] = field(default_factory=list)  # market time from when due to its answer


def orders_of(
    name: str, direction: int, day: FlowSource, minute_ns: int, spike: float
) -> list[tuple[int, Json]]:
    """Return (market time, order) of one minute; none where the flow rounds to nothing."""
    flow = day.net_flow(minute_ns) * direction * SHARE * spike
    lots = round(abs(flow) * LOTS_PER_WETH / len(AT_SECONDS))
    if lots == 0:
        return []
    side = "buy" if flow > 0 else "sell"
    found = []
    for second in AT_SECONDS:
        at = minute_ns + second * SECOND_NS
        mid = day.mid_ticks(at)
        away = mid * LIMIT_PPM // 1_000_000
        price = mid + away if side == "buy" else mid - away
        found.append(
            (
                at,
                {
                    "client_order_id": f"{name}-{at // SECOND_NS}",
                    "account": "customer:c1",
                    "venue": "local",
                    "instrument": "WETH-USDC",
                    "side": side,
                    "type": "limit",
                    "time_in_force": "ioc",
                    "quantity": f"{lots / LOTS_PER_WETH:.2f}",
                    "price": f"{price / 100:.2f}",
                },
            )
        )
    return found


async def trade(  # noqa: PLR0913  the customers' world
    arm: Arm,
    day: FlowSource,
    desk: CustomerDesk,
    market: Clock,
    *,
    from_ns: int,
    to_ns: int,
    speed: int,
    spike: float,
) -> Counts:
    """Send every order of the window at its market time."""
    counts = Counts()
    for minute in range(from_ns, to_ns, MINUTE_NS):
        for at, order in orders_of(arm.flow, arm.direction, day, minute, spike):
            wait_ns = at - market.now_ns()
            if wait_ns > 0:
                await asyncio.sleep(wait_ns / SECOND_NS / speed)
            counts.sent += 1
            try:
                status = await desk.place(order)
            except (OSError, aiohttp.ClientError):
                counts.failed += 1
                continue
            counts.late_ns.append(market.now_ns() - at)
            counts.by_status[status] = counts.by_status.get(status, 0) + 1
    return counts
