"""What customers of one arm ask: each recorded minute's net flow as four IOC orders.

Quantity = 10 % of the minute's net flow x the spike factor, a quarter at seconds 7, 22, 37, 52;
limit = A's mid +- 10 bp, or what this customer would pay (`elastic`); what does not fill is
counted, never sent again.
"""

import random
from collections.abc import Callable, Iterator
from typing import Any, Protocol

Json = dict[str, Any]
Away = Callable[[int], int]  # market ns -> how far from the mid a customer goes, in ppm
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


def all_pay(_: int) -> int:
    """Return the limit of customers who take any quote within policy's most."""
    return LIMIT_PPM


def elastic(seed: int, mean_ppm: int) -> Away:
    """Return limits of customers of whom e^(-d / mean) still trade at a distance d.

    Each time has its own draw, the same in every arm, whatever is quoted.
    """
    return lambda at_ns: round(random.Random(f"limit/{seed}/{at_ns}").expovariate(1 / mean_ppm))


def orders_of(
    name: str, direction: int, day: FlowSource, minute_ns: int, spike: float, away: Away
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
        apart = mid * away(at) // 1_000_000
        price = mid + apart if side == "buy" else mid - apart
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


def orders_between(
    name: str,
    direction: int,
    day: FlowSource,
    window: tuple[int, int],
    spike: float,
    away: Away = all_pay,
) -> Iterator[tuple[int, Json]]:
    """Yield (market time, order) of a window, which begins with a minute."""
    for minute in range(*window, MINUTE_NS):
        found = orders_of(name, direction, day, minute, spike, away)
        yield from ((at_ns, order) for at_ns, order in found if at_ns < window[1])
