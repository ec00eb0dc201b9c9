"""A price-time priority order book for one instrument.

A side is a dict of price -> queue and its prices in order with the best one last, so that best,
add and execute cost O(1) amortised. A removed order stays in its queue as a tombstone (no lots)
until it reaches the front of the best level; when tombstones outnumber orders all are swept.

An order is no object: its lots are in one dict by its id, and its queue holds its id and account.
That is quicker to make, and in a deep book a cancel, which comes in any order, misses the
processor's caches at the dict only.

`match` looks and changes no order; `execute`, `add`, `reduce` and `remove` do. Who looks at the
front first drops the tombstones there, so that what was matched or canceled is walked over once.
`Matching` joins them for use without a ledger.
"""

from bisect import insort
from collections import deque
from collections.abc import Iterator, Mapping
from itertools import chain, islice
from operator import neg
from typing import Literal, NamedTuple

from edgenode.model.orders import Side, TimeInForce

Queue = deque[str]  # of one price, in time order: order id, account, order id, account, ...
NO_CAPS: Mapping[str, int] = {}
SWEEP_ABOVE = 1_024  # tombstones that are never worth a sweep

# Told of every order, thus plain tuples: a NamedTuple takes five times as long to make.
Execution = tuple[str, str, int, int]  # resting id, its account, price ticks, lots: as in `Match`
Outcome = tuple[tuple[Execution, ...], int, int]  # executions, lots that rest, lots canceled


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


class _Side:
    """One side: queues by price, and the prices in order with the best last."""

    __slots__ = ("buys", "prices", "queues")

    def __init__(self, *, buys: bool) -> None:
        self.buys = buys
        self.prices: list[int] = []
        self.queues: dict[int, Queue] = {}

    def open_level(self, price: int, order_id: str, account: str) -> None:
        """Begin the queue of a price that has none."""
        self.queues[price] = deque((order_id, account))
        prices = self.prices
        if not prices or (price > prices[-1] if self.buys else price < prices[-1]):
            prices.append(price)
        else:
            insort(prices, price, key=None if self.buys else neg)

    def levels(self) -> Iterator[tuple[int, Iterator[tuple[str, str]]]]:
        """Return the levels, best first: each a price, and ids with accounts in time order."""
        for price in reversed(self.prices):
            rows = iter(self.queues[price])
            yield price, zip(rows, rows, strict=True)


class OrderBook:
    """Resting orders of one instrument. Ids are unique among resting orders."""

    __slots__ = ("_buys", "_dead", "_lots", "_sells")

    def __init__(self) -> None:
        self._buys = _Side(buys=True)
        self._sells = _Side(buys=False)
        self._lots: dict[str, int] = {}  # of all that is queued; 0 = removed: a tombstone
        self._dead = 0  # tombstones in the queues

    def match(
        self,
        order_id: str,
        account: str,
        side: Side,
        price_ticks: int | None,
        lots: int,
        most: Mapping[str, int] = NO_CAPS,
    ) -> Matched:
        """Return what an incoming order would execute; price None takes any. Changes no order.

        Orders of the same account are never matched; they are named in `prevented` (the resting
        order gives way). `most` holds resting orders that may execute no more than so many lots.
        """
        buy = side == "buy"
        book = self._sells if buy else self._buys
        prices, lots_of = self._cleared(book).prices, self._lots
        fills: list[Match] = []
        prevented: list[str] = []
        for price in reversed(prices):
            if price_ticks is not None and (price > price_ticks if buy else price < price_ticks):
                break
            rows = iter(book.queues[price])
            for resting_id in rows:
                owner = next(rows)
                left = lots_of[resting_id]
                if not left or resting_id == order_id:
                    continue
                if owner == account:
                    prevented.append(resting_id)
                    continue
                take = min(left, lots)
                if most and resting_id in most:
                    take = min(take, most[resting_id])
                    if not take:
                        continue
                fills.append(Match(resting_id, owner, price, take))
                lots -= take
                if not lots:
                    return Matched(tuple(fills), 0, tuple(prevented))
        return Matched(tuple(fills), lots, tuple(prevented))

    def execute(
        self, account: str, side: Side, price_ticks: int | None, lots: int
    ) -> tuple[tuple[Execution, ...], int]:
        """Execute a new order as `match` says, in one pass: resting orders shrink and leave.

        Gives the executions and the lots left.
        """
        buy = side == "buy"
        book = self._sells if buy else self._buys
        prices, queues, lots_of = book.prices, book.queues, self._lots
        fills: list[Execution] = []
        while lots and prices:
            price = prices[-1]
            if price_ticks is not None and (price > price_ticks if buy else price < price_ticks):
                break
            queue = queues[price]
            take = queue.popleft
            while queue:
                order_id, owner = take(), take()
                left = lots_of[order_id]
                if left > lots and owner != account:
                    lots_of[order_id] = left - lots
                    queue.appendleft(owner)
                    queue.appendleft(order_id)
                    fills.append((order_id, owner, price, lots))
                    return tuple(fills), 0
                del lots_of[order_id]
                if not left:  # a tombstone
                    self._dead -= 1
                elif owner != account:
                    fills.append((order_id, owner, price, left))
                    lots -= left
                    if not lots:
                        break
            if not queue:
                del prices[-1], queues[price]
        return tuple(fills), lots

    def add(self, order_id: str, account: str, side: Side, price_ticks: int, lots: int) -> None:
        """Add a resting order, behind all others of its price."""
        assert lots > 0, "an order rests with something left"
        own = self._buys if side == "buy" else self._sells
        if order_id in self._lots:
            self._forget(order_id)
        self._lots[order_id] = lots
        queue = own.queues.get(price_ticks)
        if queue is None:
            own.open_level(price_ticks, order_id, account)
        else:
            queue.append(order_id)
            queue.append(account)

    def reduce(self, order_id: str, lots: int) -> None:
        """Execute part or all of a resting order; it keeps its time priority."""
        left = self._lots[order_id]
        assert 0 < lots <= left, f"{lots} lots of {left} of {order_id}"
        if lots == left:
            self.remove(order_id)
        else:
            self._lots[order_id] = left - lots

    def remove(self, order_id: str) -> int:
        """Take an order out; returns the lots that were left."""
        lots_of = self._lots
        lots = lots_of[order_id]
        if not lots:
            raise KeyError(order_id)
        lots_of[order_id] = 0
        self._dead = dead = self._dead + 1
        if dead > SWEEP_ABOVE and dead * 2 > len(lots_of):
            self._sweep()
        return lots

    def lots(self, order_id: str) -> int:
        """Return what is left of a resting order, 0 where it does not rest."""
        return self._lots.get(order_id, 0)

    def best(self, side: Side) -> int | None:
        """Return the best price of a side, None if it is empty."""
        prices = self._cleared(self._buys if side == "buy" else self._sells).prices
        return prices[-1] if prices else None

    def depth(self, side: Side, levels: int) -> list[tuple[int, int]]:
        """Return (price, lots) of the best levels, best first."""
        found: list[tuple[int, int]] = []
        for price, rows in (self._buys if side == "buy" else self._sells).levels():
            if len(found) == levels:
                break
            lots = sum(self._lots[order_id] for order_id, _ in rows)
            if lots:
                found.append((price, lots))
        return found

    def orders(self) -> list[Resting]:
        """Return all resting orders, buys then sells, each in priority order."""
        sides: tuple[tuple[Side, _Side], ...] = (("buy", self._buys), ("sell", self._sells))
        return [
            Resting(order_id, account, side, price, lots)
            for side, book in sides
            for price, rows in book.levels()
            for order_id, account in rows
            if (lots := self._lots[order_id])
        ]

    def _cleared(self, book: _Side) -> _Side:
        """Return a side whose front, if it has any, is an order and no tombstone."""
        prices, queues, lots_of = book.prices, book.queues, self._lots
        while prices:
            queue = queues[prices[-1]]
            while queue and not lots_of[queue[0]]:
                del lots_of[queue.popleft()]
                queue.popleft()  # its account
                self._dead -= 1
            if queue:
                break
            del queues[prices.pop()]
        return book

    def _forget(self, order_id: str) -> None:
        """Drop the tombstone of an order that rests again, lest it rise in its old place.

        Where it is must be searched for (some 20 ns an order): rare, as for an amended price.
        """
        assert not self._lots.pop(order_id), f"{order_id} rests already"
        self._dead -= 1
        for queue in chain(self._buys.queues.values(), self._sells.queues.values()):
            ids = islice(queue, 0, None, 2)  # an account may have the very name
            at = next((at for at, queued in enumerate(ids) if queued == order_id), None)
            if at is not None:
                del queue[2 * at], queue[2 * at]
                return

    def _sweep(self) -> None:
        """Drop every tombstone; the cost is that of the removals since the last sweep."""
        lots_of = self._lots
        for book in (self._buys, self._sells):
            kept: dict[int, Queue] = {}
            for price, rows in book.levels():
                alive = [row for row in rows if lots_of[row[0]]]
                if alive:
                    kept[price] = deque(chain.from_iterable(alive))
            book.prices, book.queues = list(reversed(kept)), kept
        self._lots = {order_id: lots for order_id, lots in lots_of.items() if lots}
        self._dead = 0

    def __contains__(self, order_id: str) -> bool:
        return self._lots.get(order_id, 0) > 0

    def __len__(self) -> int:
        return len(self._lots) - self._dead


class Matching(OrderBook):
    """An order book that executes at once, for use without a ledger."""

    __slots__ = ()

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
        if kind == "day" and price_ticks is not None:
            if side == "buy":
                own, against = self._buys, self._sells.prices
                met = against and price_ticks >= against[-1]
            else:
                own, against = self._sells, self._buys.prices
                met = against and price_ticks <= against[-1]
            if not met:  # half of all operations: `add`, written out as a call is felt here
                assert lots > 0, "an order rests with something left"
                lots_of = self._lots
                if order_id in lots_of:
                    self._forget(order_id)
                lots_of[order_id] = lots
                queue = own.queues.get(price_ticks)
                if queue is None:
                    own.open_level(price_ticks, order_id, account)
                else:
                    queue.append(order_id)
                    queue.append(account)
                return (), lots, 0
        elif kind in {"fok", "post_only"}:
            seen = self.match(order_id, account, side, price_ticks, lots)
            if seen.remaining_lots if kind == "fok" else seen.fills:
                return (), 0, lots
        fills, left = self.execute(account, side, price_ticks, lots)
        if left and price_ticks is not None and kind in {"day", "post_only"}:
            self.add(order_id, account, side, price_ticks, left)
            return fills, left, 0
        return fills, 0, left
