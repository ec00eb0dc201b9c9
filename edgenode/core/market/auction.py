"""A call auction: collected orders meet at one price.

The price executes the most lots; of several such prices the one that leaves the fewest lots over,
then the one nearest to the reference, then the lower. Orders execute in price-time priority. Two
orders of one account never meet: the selling one gives way.
"""

from typing import NamedTuple

from edgenode.core.market.book import OrderBook, Resting


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
        """Give the executed lots."""
        return sum(pair.lots for pair in self.pairs)


NOTHING_MET = Cleared(None, (), ())


def clear(book: OrderBook, reference_ticks: int | None) -> Cleared:
    """Say what would execute; changes nothing."""
    resting = book.orders()
    buys = [r for r in resting if r.side == "buy"]  # each side in priority order
    sells = [r for r in resting if r.side == "sell"]
    prevented: list[str] = []
    while (price := price_of(buys, sells, reference_ticks)) is not None:
        pairs, gave_way = _meet(
            [r for r in buys if r.price_ticks >= price],
            [r for r in sells if r.price_ticks <= price],
        )
        if not gave_way:
            return Cleared(price, tuple(pairs), tuple(prevented))
        prevented += gave_way  # and once more without them
        sells = [r for r in sells if r.order_id not in gave_way]
    return Cleared(None, (), tuple(prevented))


def price_of(buys: list[Resting], sells: list[Resting], reference_ticks: int | None) -> int | None:
    """Give the clearing price, None where no buy reaches a sell."""
    best: tuple[int, int, int, int] | None = None
    for price in sorted({r.price_ticks for r in (*buys, *sells)}):
        demand = sum(r.lots for r in buys if r.price_ticks >= price)
        supply = sum(r.lots for r in sells if r.price_ticks <= price)
        volume = min(demand, supply)
        if not volume:
            continue
        far = abs(price - reference_ticks) if reference_ticks is not None else 0
        rank = (-volume, abs(demand - supply), far, price)
        best = rank if best is None else min(best, rank)
    return best[3] if best else None


def _meet(buys: list[Resting], sells: list[Resting]) -> tuple[list[Pair], list[str]]:
    """Pair orders off in priority; give the pairs, and sells that met their own account."""
    pairs: list[Pair] = []
    left = {r.order_id: r.lots for r in (*buys, *sells)}
    for buy in buys:
        for sell in sells:
            if not left[buy.order_id]:
                break
            if sell.account == buy.account:
                return [], [sell.order_id]
            lots = min(left[buy.order_id], left[sell.order_id])
            left[buy.order_id] -= lots
            left[sell.order_id] -= lots
            pairs.append(Pair(buy, sell, lots))
        sells = [r for r in sells if left[r.order_id]]
    return pairs, []
