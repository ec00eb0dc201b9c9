"""A call auction: collected orders meet at one price.

The price executes the most lots; of several such prices the one that leaves the fewest lots over,
then the one nearest to the reference, then the lower. Orders execute in price-time priority. Where
an account's own orders cross, the selling one gives way before the price is found, so that two
orders of one account never meet. O(n log n) in orders.
"""

from collections import Counter
from collections.abc import Mapping
from itertools import accumulate
from typing import NamedTuple

from edgenode.core.market.book import NO_CAPS, OrderBook, Resting


class Pair(NamedTuple):
    """Two resting orders that execute against each other at the auction's price."""

    buy: Resting
    sell: Resting
    lots: int


class Cleared(NamedTuple):
    """The auction's outcome; `prevented` are orders that gave way to one of the same account."""

    price_ticks: int | None
    pairs: tuple[Pair, ...]
    prevented: tuple[str, ...]

    @property
    def lots(self) -> int:
        """Return the executed lots."""
        return sum(pair.lots for pair in self.pairs)


NOTHING_MET = Cleared(None, (), ())


def clear(
    book: OrderBook, reference_ticks: int | None, most: Mapping[str, int] = NO_CAPS
) -> Cleared:
    """Return what would execute; changes nothing.

    `most` holds orders that may execute no more than so many lots.
    """
    resting = book.orders()
    if most:
        capped = (r._replace(lots=min(r.lots, most.get(r.order_id, r.lots))) for r in resting)
        resting = [r for r in capped if r.lots]
    buys = [r for r in resting if r.side == "buy"]  # each side in priority order
    highest: dict[str, int] = {}
    for buy in reversed(buys):
        highest[buy.account] = buy.price_ticks
    sells: list[Resting] = []
    prevented: list[str] = []
    for sell in (r for r in resting if r.side == "sell"):
        if sell.price_ticks <= highest.get(sell.account, sell.price_ticks - 1):
            prevented.append(sell.order_id)
        else:
            sells.append(sell)
    price = price_of(buys, sells, reference_ticks)
    if price is None:
        return Cleared(None, (), tuple(prevented))
    pairs = _meet(
        [r for r in buys if r.price_ticks >= price], [r for r in sells if r.price_ticks <= price]
    )
    return Cleared(price, tuple(pairs), tuple(prevented))


def price_of(buys: list[Resting], sells: list[Resting], reference_ticks: int | None) -> int | None:
    """Return the clearing price, None if no buy reaches a sell."""
    bought, sold = _by_price(buys), _by_price(sells)
    prices = sorted({*bought, *sold})
    supply = list(accumulate(sold[price] for price in prices))
    demand = list(accumulate(bought[price] for price in reversed(prices)))[::-1]
    best: tuple[int, int, int, int] | None = None
    for price, wanted, offered in zip(prices, demand, supply, strict=True):
        volume = min(wanted, offered)
        if not volume:
            continue
        far = abs(price - reference_ticks) if reference_ticks is not None else 0
        rank = (-volume, abs(wanted - offered), far, price)
        best = rank if best is None else min(best, rank)
    return best[3] if best else None


def _by_price(orders: list[Resting]) -> Counter[int]:
    lots: Counter[int] = Counter()
    for order in orders:
        lots[order.price_ticks] += order.lots
    return lots


def _meet(buys: list[Resting], sells: list[Resting]) -> list[Pair]:
    """Pair orders off in priority."""
    pairs: list[Pair] = []
    waiting = iter(sells)
    sell, left = next(waiting, None), 0
    for buy in buys:
        wanted = buy.lots
        while wanted and sell is not None:
            left = left or sell.lots
            lots = min(wanted, left)
            pairs.append(Pair(buy, sell, lots))
            wanted -= lots
            left -= lots
            if not left:
                sell = next(waiting, None)
    return pairs
