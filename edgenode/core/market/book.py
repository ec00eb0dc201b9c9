"""A price-time priority order book for one instrument.

A side is a dict of price -> queue and its prices in order with the best one last, so that best,
add and execute cost O(1) amortised. A removed order stays in its queue as a tombstone (no lots)
until it reaches the front of the best level; when tombstones outnumber orders all are swept.

`match` looks and changes nothing; `execute`, `add`, `reduce` and `remove` change. `Matching` joins
them for use without a ledger.
"""

from bisect import insort
from collections import deque
from collections.abc import Iterator
from typing import Literal, NamedTuple

from edgenode.model.orders import Side, TimeInForce

Key = int  # a price, negated on the sell side, so that the best one is always the largest
SWEEP_ABOVE = 1_024  # tombstones that are never worth a sweep
_new = tuple.__new__  # half the time of a NamedTuple's own constructor, on the path of every order


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
    __slots__ = ("account", "key", "lots", "order_id", "side")

    def __init__(self, order_id: str, account: str, side: Side, key: Key, lots: int) -> None:
        self.order_id = order_id
        self.account = account
        self.side = side
        self.key = key
        self.lots = lots  # 0 = removed: a tombstone in its queue


class _Side:
    """One side: queues by key, and the keys in order with the best last."""

    __slots__ = ("keys", "queues")

    def __init__(self) -> None:
        self.keys: list[Key] = []
        self.queues: dict[Key, deque[_Order]] = {}


class OrderBook:
    """Resting orders of one instrument. Ids are unique among resting orders."""

    __slots__ = ("_buys", "_dead", "_orders", "_sells")

    def __init__(self) -> None:
        self._buys = _Side()
        self._sells = _Side()
        self._orders: dict[str, _Order] = {}
        self._dead = 0  # tombstones in the queues

    def match(
        self, order_id: str, account: str, side: Side, price_ticks: int | None, lots: int
    ) -> Matched:
        """Say what an incoming order would execute; None as price takes any. Changes nothing.

        Orders of the same account are never matched; they are named in `prevented` (the resting
        order gives way).
        """
        buy = side == "buy"
        book = self._sells if buy else self._buys
        worst = None if price_ticks is None else -price_ticks if buy else price_ticks
        fills: list[Match] = []
        prevented: list[str] = []
        for key in reversed(book.keys):
            if worst is not None and key < worst:
                break
            for resting in book.queues[key]:
                if not resting.lots or resting.order_id == order_id:
                    continue
                if resting.account == account:
                    prevented.append(resting.order_id)
                    continue
                take = min(resting.lots, lots)
                fills.append(Match(resting.order_id, resting.account, abs(key), take))
                lots -= take
                if not lots:
                    return Matched(tuple(fills), 0, tuple(prevented))
        return Matched(tuple(fills), lots, tuple(prevented))

    def crosses(self, side: Side, price_ticks: int) -> bool:
        """Tell whether an order at this price may meet another; a no is certain."""
        if side == "buy":
            keys = self._sells.keys
            return bool(keys) and price_ticks >= -keys[-1]
        keys = self._buys.keys
        return bool(keys) and price_ticks <= keys[-1]

    def execute(self, account: str, side: Side, price_ticks: int | None, lots: int) -> Matched:
        """Do what `match` says of a new order, in one pass: resting orders shrink and leave."""
        buy = side == "buy"
        book = self._sells if buy else self._buys
        keys = book.keys
        worst = None if price_ticks is None else -price_ticks if buy else price_ticks
        if not keys or (worst is not None and keys[-1] < worst):
            return Matched((), lots, ())
        queues, orders = book.queues, self._orders
        fills: list[Match] = []
        prevented: list[str] = []
        while lots and keys:
            key = keys[-1]
            if worst is not None and key < worst:
                break
            queue = queues[key]
            price = -key if buy else key
            while queue:
                resting = queue[0]
                left = resting.lots
                if not left:  # a tombstone
                    self._dead -= 1
                elif resting.account == account:
                    prevented.append(resting.order_id)
                    del orders[resting.order_id]
                elif left > lots:
                    fills.append(_new(Match, (resting.order_id, resting.account, price, lots)))
                    resting.lots = left - lots
                    return _new(Matched, (tuple(fills), 0, tuple(prevented)))
                else:
                    fills.append(_new(Match, (resting.order_id, resting.account, price, left)))
                    lots -= left
                    del orders[resting.order_id]
                queue.popleft()
                if not lots:
                    break
            if not queue:
                keys.pop()
                del queues[key]
        return _new(Matched, (tuple(fills), lots, tuple(prevented)))

    def add(self, order_id: str, account: str, side: Side, price_ticks: int, lots: int) -> None:
        """Let an order rest, behind all others of its price."""
        orders = self._orders
        assert order_id not in orders, f"{order_id} rests already"
        assert lots > 0, "an order rests with something left"
        if side == "buy":
            book, key = self._buys, price_ticks
        else:
            book, key = self._sells, -price_ticks
        order = orders[order_id] = _Order(order_id, account, side, key, lots)
        queue = book.queues.get(key)
        if queue is not None:
            queue.append(order)
            return
        book.queues[key] = deque((order,))
        keys = book.keys
        if not keys or key > keys[-1]:
            keys.append(key)
        else:
            insort(keys, key)

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
        orders = self._orders
        order = orders.pop(order_id)
        lots = order.lots
        order.lots = 0
        self._dead = dead = self._dead + 1
        if dead > SWEEP_ABOVE and dead > len(orders):
            self._sweep()
        return lots

    def lots(self, order_id: str) -> int:
        """Give what is left of a resting order, 0 where it does not rest."""
        order = self._orders.get(order_id)
        return order.lots if order is not None else 0

    def best(self, side: Side) -> int | None:
        """Give the best price of a side, None where it is empty."""
        for key, queue in _levels(self._buys if side == "buy" else self._sells):
            if any(order.lots for order in queue):
                return abs(key)
        return None

    def depth(self, side: Side, levels: int) -> list[tuple[int, int]]:
        """Give (price, lots) of the best levels, best first."""
        found: list[tuple[int, int]] = []
        for key, queue in _levels(self._buys if side == "buy" else self._sells):
            if len(found) == levels:
                break
            lots = sum(order.lots for order in queue)
            if lots:
                found.append((abs(key), lots))
        return found

    def orders(self) -> list[Resting]:
        """Give all resting orders, buys then sells, each in priority order."""
        return [
            Resting(o.order_id, o.account, o.side, abs(o.key), o.lots)
            for book in (self._buys, self._sells)
            for _, queue in _levels(book)
            for o in queue
            if o.lots
        ]

    def _sweep(self) -> None:
        """Drop every tombstone; the cost is that of the removals since the last sweep."""
        for book in (self._buys, self._sells):
            for key in list(book.queues):
                left = deque(order for order in book.queues[key] if order.lots)
                if left:
                    book.queues[key] = left
                else:
                    del book.queues[key]
            book.keys = sorted(book.queues)
        self._dead = 0

    def __contains__(self, order_id: str) -> bool:
        return order_id in self._orders

    def __len__(self) -> int:
        return len(self._orders)


class Outcome(NamedTuple):
    """What became of a submitted order; `resting_lots` wait in the book."""

    fills: tuple[Match, ...]
    resting_lots: int
    canceled_lots: int


class Matching:
    """An order book that executes at once, for use without a ledger."""

    __slots__ = ("book",)

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
        book = self.book
        if kind == "day" and price_ticks is not None and not book.crosses(side, price_ticks):
            book.add(order_id, account, side, price_ticks, lots)
            return _new(Outcome, ((), lots, 0))
        if kind in {"fok", "post_only"}:
            seen = book.match(order_id, account, side, price_ticks, lots)
            if seen.remaining_lots if kind == "fok" else seen.fills:
                return Outcome((), 0, lots)
        fills, left, _ = book.execute(account, side, price_ticks, lots)
        if left and price_ticks is not None and kind in {"day", "post_only"}:
            book.add(order_id, account, side, price_ticks, left)
            return _new(Outcome, (fills, left, 0))
        return _new(Outcome, (fills, 0, left))


def _levels(side: _Side) -> Iterator[tuple[Key, deque[_Order]]]:
    """Give the levels of a side, best first."""
    for key in reversed(side.keys):
        yield key, side.queues[key]
