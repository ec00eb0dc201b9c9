"""Matching engines by others, and ours, behind two verbs: replay a flow, say what executed.

`replay` is what is measured: the engine's own calls in a plain loop, with the names of orders kept
where the engine gives ids of its own. `executions` are (resting order, price, lots) in order;
None if an engine does not tell.
"""

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Protocol

from edgenode.core.market.book import Matching, OrderBook
from tools.benchmarks.bench import AbsentPeerError
from tools.benchmarks.flow import Op

Execution = tuple[str, int, int]


class Engine(Protocol):
    """One order book."""

    def replay(self, ops: Iterable[Op]) -> None:
        """Take the operations in turn."""
        ...

    def executions(self, ops: Iterable[Op]) -> list[Execution] | None:
        """Take them, and tell what executed; None if the engine does not say."""
        ...


class Ours:
    """edgenode.core.market.book; each order is an account of its own, so none meets its own."""

    def __init__(self) -> None:
        self._matching = Matching()

    def replay(self, ops: Iterable[Op]) -> None:
        """Take the operations in turn."""
        submit, remove = self._matching.submit, self._matching.remove
        for submits, name, side, price, lots in ops:
            if submits:
                submit(name, name, side, price, lots)
            else:
                remove(name)

    def executions(self, ops: Iterable[Op]) -> list[Execution]:
        """Return what executed."""
        made: list[Execution] = []
        for submits, name, side, price, lots in ops:
            if submits:
                fills, _, _ = self._matching.submit(name, name, side, price, lots)
                made += [(resting_id, at, taken) for resting_id, _, at, taken in fills]
            else:
                self._matching.remove(name)
        return made


class Looking:
    """The same book as a ledger uses it: look, then let each thing that follows take effect."""

    def __init__(self) -> None:
        self._book = OrderBook()

    def replay(self, ops: Iterable[Op]) -> None:
        """Take the operations in turn."""
        self.executions(ops)

    def executions(self, ops: Iterable[Op]) -> list[Execution]:
        """Return what executed."""
        book, made = self._book, []
        for submits, name, side, price, lots in ops:
            if not submits:
                book.remove(name)
                continue
            seen = book.match(name, name, side, price, lots)
            for resting_id, _, at, taken in seen.fills:
                book.reduce(resting_id, taken)
                made.append((resting_id, at, taken))
            if seen.remaining_lots:
                book.add(name, name, side, price, seen.remaining_lots)
        return made


class CythonOrderbook:
    """cython-orderbook: price levels in a sorted dict, compiled by Cython."""

    def __init__(self) -> None:
        module = _imported("cython-orderbook", "cython_orderbook")
        self._book: Any = module.OrderBook()
        self._order: Any = module.Order
        self._sides = {"buy": module.OrderSide.BID, "sell": module.OrderSide.ASK}
        self._ids: dict[str, str] = {}

    def replay(self, ops: Iterable[Op]) -> None:
        """Take the operations in turn."""
        add, cancel, order, sides = (
            *(self._book.add_limit_order, self._book.cancel_order),
            *(self._order, self._sides),
        )
        ids = self._ids
        for submits, name, side, price, lots in ops:
            if submits:
                made = order(sides[side], lots, price)
                ids[name] = made.order_id
                add(made)
            else:
                cancel(ids[name])

    def executions(self, ops: Iterable[Op]) -> list[Execution]:
        """Return what executed, from its log of trades."""
        self.replay(ops)
        names = {id_: name for name, id_ in self._ids.items()}
        log = self._book.trade_log
        return [(names[t.filler_id], t.price, t.quantity_filled) for t in log]


class Light:
    """lightmatchingengine: plain Python."""

    def __init__(self) -> None:
        module = _imported("lightmatchingengine", "lightmatchingengine.lightmatchingengine")
        self._engine: Any = module.LightMatchingEngine()
        self._ids: dict[str, int] = {}

    def replay(self, ops: Iterable[Op]) -> None:
        """Take the operations in turn."""
        self._take(ops, lambda _id, _trades: None)

    def executions(self, ops: Iterable[Op]) -> list[Execution]:
        """Return what executed: of each pair of trades, the resting order's."""
        rows: list[tuple[int, int, int]] = []

        def keep(taker: int, trades: list[Any]) -> None:
            passive = (t for t in trades if t.order_id != taker)
            rows.extend((t.order_id, t.trade_price, t.trade_qty) for t in passive)

        self._take(ops, keep)
        names = {id_: name for name, id_ in self._ids.items()}
        return [(names[id_], price, lots) for id_, price, lots in rows]

    def _take(self, ops: Iterable[Op], each: Callable[[int, list[Any]], None]) -> None:
        add, cancel, ids = self._engine.add_order, self._engine.cancel_order, self._ids
        for submits, name, side, price, lots in ops:
            if submits:
                order, trades = add("X", price, lots, 1 if side == "buy" else 2)
                ids[name] = order.order_id
                if trades:
                    each(order.order_id, trades)
            else:
                cancel(ids[name], "X")


class PyOrderBook:
    """pyorderbook: plain Python."""

    def __init__(self) -> None:
        level = logging.getLogger().level
        module = _imported("pyorderbook", "pyorderbook")
        logging.getLogger().setLevel(level)  # it sets up logging when it is imported
        logging.disable(logging.INFO)
        self._book: Any = module.Book()
        self._made = {"buy": module.bid, "sell": module.ask}
        self._orders: dict[str, Any] = {}

    def replay(self, ops: Iterable[Op]) -> None:
        """Take the operations in turn."""
        match, cancel, made, orders = self._book.match, self._book.cancel, self._made, self._orders
        for submits, name, side, price, lots in ops:
            if submits:
                order = orders[name] = made[side]("X", price, lots)
                match(order)
            else:
                cancel(orders[name])

    def executions(self, ops: Iterable[Op]) -> list[Execution]:
        """Return what executed."""
        trades, names = [], {}
        for submits, name, side, price, lots in ops:
            if submits:
                order = self._orders[name] = self._made[side]("X", price, lots)
                names[order.id] = name
                trades += self._book.match(order).trades
            else:
                self._book.cancel(self._orders[name])
        return [(names[t.standing_order_id], int(t.fill_price), t.fill_quantity) for t in trades]


class OrderMatching:
    """order-matching: plain Python; each order costs time in proportion to what rests."""

    def __init__(self) -> None:
        with suppress(ImportError):
            _imported("loguru", "loguru").logger.disable("order_matching")
        self._orders: Any = _imported("order-matching", "order_matching.orders").Orders
        self._order: Any = _imported("order-matching", "order_matching.order").LimitOrder
        sides = _imported("order-matching", "order_matching.enums").Side
        self._sides = {"buy": sides.BUY, "sell": sides.SELL}
        engine = _imported("order-matching", "order_matching.matching_engine")
        self._engine: Any = engine.MatchingEngine(seed=1)
        self._at = datetime(2026, 1, 1)  # noqa: DTZ001  it compares with datetime.max, which has none

    def replay(self, ops: Iterable[Op]) -> None:
        """Take the operations in turn."""
        for op in ops:
            self._take(op)

    def executions(self, ops: Iterable[Op]) -> list[Execution]:
        """Return what executed."""
        trades = [trade for op in ops for trade in self._take(op)]
        return [(t.book_order_id, int(t.price), int(t.size)) for t in trades]

    def _take(self, op: Op) -> list[Any]:
        if not op.submits:
            self._engine.cancel_order(op.name)
            return []
        self._at += timedelta(microseconds=1)
        order = self._order(
            side=self._sides[op.side],
            price=float(op.price),
            size=float(op.lots),
            timestamp=self._at,
            order_id=op.name,
            trader_id=op.name,
        )
        self._engine.place(self._orders([order]))
        trades: list[Any] = self._engine.match(timestamp=self._at).trades
        return trades


class LimitOrderBook:
    """limit-order-book: C++ behind ctypes; it does not say what executed."""

    def __init__(self) -> None:
        self._book: Any = _imported("limit-order-book", "limit_order_book").LimitOrderBook()
        self._ids: dict[str, int] = {}

    def replay(self, ops: Iterable[Op]) -> None:
        """Take the operations in turn."""
        book, ids = self._book, self._ids
        buy, sell, cancel = book.limit_buy, book.limit_sell, book.cancel
        for submits, name, side, price, lots in ops:
            if submits:
                id_ = ids[name] = len(ids) + 1
                (buy if side == "buy" else sell)(id_, lots, price)
            else:
                cancel(ids[name])

    def executions(self, ops: Iterable[Op]) -> None:
        """Take them; nothing is told."""
        self.replay(ops)


Make = Callable[[], Engine]
Engines = dict[str, Make]

ENGINES: Engines = {
    "cython-orderbook": CythonOrderbook,
    "lightmatchingengine": Light,
    "pyorderbook": PyOrderBook,
    "limit-order-book": LimitOrderBook,
    "order-matching": OrderMatching,
}


def _imported(peer: str, module: str) -> Any:  # noqa: ANN401  a module by others, without types
    try:
        return __import__(module, fromlist=["*"])
    except ImportError as error:
        raise AbsentPeerError(f"the peer {peer} is absent ({error})") from error
