"""A price-time priority order book for one instrument.

Levels are a dict of price -> queue; a side's prices are kept sorted with the best one last, so
that best, add and execute cost O(1) amortised. A removed order leaves a tombstone that is dropped
when it reaches the front of its queue.

`match` looks and changes nothing; `add`, `reduce` and `remove` change. `Matching` joins them for
use without a ledger.
"""

from bisect import bisect_left, insort
from collections import deque
from dataclasses import dataclass
from typing import Literal, NamedTuple

from edgenode.model.orders import Side, TimeInForce

Key = int  # a price, negated on the sell side, so that the best one is always the largest


class Match(NamedTuple):
    """What an incoming order would execute against one resting order, at the resting price."""

    resting_id: str
    resting_account: str
    price_ticks: int
    lots: int


class Matched(NamedTuple):
    """Executions in priority order, lots left, and own resting orders that were met."""

    fills: tuple[Match, ...]
    remaining_lots: int
    prevented: tuple[str, ...]


class Resting(NamedTuple):
    """A resting order as a reader sees it."""

    order_id: str
    account: str
    side: Side
    price_ticks: int
    lots: int


class _Order:
    __slots__ = ("account", "lots", "order_id", "price_ticks", "side")

    def __init__(
        self, order_id: str, account: str, side: Side, price_ticks: int, lots: int
    ) -> None:
        self.order_id = order_id
        self.account = account
        self.side = side
        self.price_ticks = price_ticks
        self.lots = lots  # 0 = removed: a tombstone in its queue


class _Side:
    """One side: queues by key, and the keys in order with the best last."""

    __slots__ = ("keys", "live", "queues")

    def __init__(self) -> None:
        self.keys: list[Key] = []
        self.queues: dict[Key, deque[_Order]] = {}
        self.live: dict[Key, int] = {}  # orders of a queue that are no tombstones

    def add(self, key: Key, order: _Order) -> None:
        queue = self.queues.get(key)
        if queue is None:
            self.queues[key] = deque((order,))
            self.live[key] = 1
            if not self.keys or key > self.keys[-1]:
                self.keys.append(key)
            else:
                insort(self.keys, key)
        else:
            queue.append(order)
            self.live[key] += 1

    def gone(self, key: Key) -> None:
        """Count one order less; an empty queue leaves the book."""
        self.live[key] -= 1
        if self.live[key]:
            queue = self.queues[key]
            while not queue[0].lots:
                queue.popleft()
            return
        del self.queues[key]
        del self.live[key]
        if self.keys[-1] == key:
            self.keys.pop()
        else:
            del self.keys[bisect_left(self.keys, key)]


class OrderBook:
    """Resting orders of one instrument. Ids are unique among resting orders."""

    __slots__ = ("_buys", "_orders", "_sells")

    def __init__(self) -> None:
        self._buys = _Side()
        self._sells = _Side()
        self._orders: dict[str, _Order] = {}

    def match(
        self, order_id: str, account: str, side: Side, price_ticks: int | None, lots: int
    ) -> Matched:
        """Say what an incoming order would execute; None as price takes any. Changes nothing.

        Orders of the same account are never matched; they are named in `prevented` (the resting
        order gives way).
        """
        buy = side == "buy"
        book = self._sells if buy else self._buys
        fills: list[Match] = []
        prevented: list[str] = []
        for key in reversed(book.keys):
            price = -key if buy else key
            if price_ticks is not None and (price > price_ticks if buy else price < price_ticks):
                break
            for resting in book.queues[key]:
                if not resting.lots or resting.order_id == order_id:
                    continue
                if resting.account == account:
                    prevented.append(resting.order_id)
                    continue
                take = min(resting.lots, lots)
                fills.append(Match(resting.order_id, resting.account, price, take))
                lots -= take
                if not lots:
                    return Matched(tuple(fills), 0, tuple(prevented))
        return Matched(tuple(fills), lots, tuple(prevented))

    def add(self, order_id: str, account: str, side: Side, price_ticks: int, lots: int) -> None:
        """Let an order rest, behind all others of its price."""
        assert order_id not in self._orders, f"{order_id} rests already"
        assert lots > 0, "an order rests with something left"
        order = self._orders[order_id] = _Order(order_id, account, side, price_ticks, lots)
        if side == "buy":
            self._buys.add(price_ticks, order)
        else:
            self._sells.add(-price_ticks, order)

    def reduce(self, order_id: str, lots: int) -> None:
        """Execute part or all of a resting order; it keeps its time priority."""
        order = self._orders[order_id]
        assert 0 < lots <= order.lots, f"{lots} lots of {order.lots} of {order_id}"
        if lots == order.lots:
            self.remove(order_id)
        else:
            order.lots -= lots

    def remove(self, order_id: str) -> int:
        """Take an order out; returns the lots that were left."""
        order = self._orders.pop(order_id)
        lots, order.lots = order.lots, 0
        if order.side == "buy":
            self._buys.gone(order.price_ticks)
        else:
            self._sells.gone(-order.price_ticks)
        return lots

    def lots(self, order_id: str) -> int:
        """Give what is left of a resting order, 0 where it does not rest."""
        order = self._orders.get(order_id)
        return order.lots if order is not None else 0

    def best(self, side: Side) -> int | None:
        """Give the best price of a side, None where it is empty."""
        if side == "buy":
            return self._buys.keys[-1] if self._buys.keys else None
        return -self._sells.keys[-1] if self._sells.keys else None

    def depth(self, side: Side, levels: int) -> list[tuple[int, int]]:
        """Give (price, lots) of the best levels, best first."""
        book = self._buys if side == "buy" else self._sells
        return [
            (abs(key), sum(order.lots for order in book.queues[key]))
            for key in book.keys[: -levels - 1 : -1]
        ]

    def orders(self) -> list[Resting]:
        """Give all resting orders, buys then sells, each in priority order."""
        return [
            Resting(o.order_id, o.account, o.side, o.price_ticks, o.lots)
            for book in (self._buys, self._sells)
            for key in reversed(book.keys)
            for o in book.queues[key]
            if o.lots
        ]

    def __contains__(self, order_id: str) -> bool:
        return order_id in self._orders

    def __len__(self) -> int:
        return len(self._orders)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a submitted order; `resting_lots` wait in the book."""

    fills: tuple[Match, ...]
    resting_lots: int
    canceled_lots: int


class Matching:
    """An order book that executes at once, for use without a ledger."""

    def __init__(self) -> None:
        self.book = OrderBook()

    def submit(
        self,
        order_id: str,
        account: str,
        side: Side,
        price_ticks: int | None,
        lots: int,
        kind: TimeInForce | Literal["fok", "post_only"] = "day",
    ) -> Outcome:
        """Execute an order; None as price is a market order, which never rests."""
        matched = self.book.match(order_id, account, side, price_ticks, lots)
        if (kind == "fok" and matched.remaining_lots) or (kind == "post_only" and matched.fills):
            return Outcome((), 0, lots)
        for own in matched.prevented:
            self.book.remove(own)
        for fill in matched.fills:
            self.book.reduce(fill.resting_id, fill.lots)
        left = matched.remaining_lots
        if left and price_ticks is not None and kind in {"day", "post_only"}:
            self.book.add(order_id, account, side, price_ticks, left)
            return Outcome(matched.fills, left, 0)
        return Outcome(matched.fills, 0, left)
