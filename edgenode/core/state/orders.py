"""The orders part of the state: open orders, the local books they rest in, names ever used.

Done orders stay at hand until `OrdersClosed`; then they enter a running hash and leave the maps,
their names with them, so that state, digest and memory do not grow with history. A name is found
again in the ledger (core/past), for it is never free.
"""

import hashlib
from bisect import bisect_left, insort
from dataclasses import dataclass, replace
from itertools import takewhile

from edgenode.core.market.book import OrderBook
from edgenode.core.state.execution import NO_ORDER
from edgenode.core.state.order import Order, both_sides, quote_order_id
from edgenode.core.state.order_ids import after
from edgenode.core.state.order_machine import OrderEvent, next_state
from edgenode.core.state.orders_at_hand import OrdersAtHand
from edgenode.core.state.streams import Stream
from edgenode.model.facts import (
    AmendDenied,
    BootStarted,
    CancelSent,
    FillRecorded,
    OrderAmended,
    OrderDenied,
    OrderDone,
    OrderGated,
    OrderNotFound,
    OrderReopened,
    OrdersClosed,
    OrderUnknown,
    QuotesSet,
    VenueRead,
)
from edgenode.model.ids import (
    DESK_BOOK,
    DESK_SUSPENSE,
    LOCAL_VENUE,
    OrderId,
)
from edgenode.model.orders import OrderKey, OrderState
from edgenode.wire.canonical import pack

RESTING = frozenset({"day", "gtd"})  # an order that never rests is met by no other


@dataclass(slots=True)
class Orders(OrdersAtHand):
    """The orders part of the state, as facts change it."""

    def booted(self, fact: BootStarted) -> None:
        """Begin a start: its tag, and a counter from zero."""
        self.boot_tag = fact.boot_tag
        self.counter = 0

    def gated(self, fact: OrderGated, seq: int) -> None:
        """Open an order."""
        self.boot_tag, self.counter = after(self.boot_tag, self.counter)
        self.orders[fact.order_id] = Order(fact, seq)
        self.names.use(
            OrderKey(fact.account, fact.client_order_id), fact.content_hash, seq, fact.order_id
        )
        self._let_work(self.orders[fact.order_id], seq)

    def reopened(self, fact: OrderReopened, seq: int) -> int:
        """Let an order that had ended work again, UNKNOWN; returns its open lots."""
        order = self.orders.get(fact.order_id)
        if order is None:
            assert fact.recalled is not None, "an order that left the state is recalled"
            order = Order(fact.recalled, seq, filled_lots=fact.filled_lots)
            self.orders[fact.order_id] = order
            self.late_lots.pop(fact.order_id, None)
        else:
            del self._done[fact.order_id]
            self.done_count -= 1
        order.state, order.ended = OrderState.UNKNOWN, fact.times
        order.done_reason, order.done_seq, order.done_lots = None, 0, 0
        order.cancel_sent, order.cancel_ns, order.unknown_ns = False, 0, fact.at_ns
        order.heard(fact.at_ns, acked=True)
        self._let_work(order, seq)
        return order.remaining_lots

    def amended(self, fact: OrderAmended, seq: int) -> int:
        """Change a working order; returns its open lots before. Less keeps its place."""
        order = self.orders[fact.order_id]
        gated, before = order.gated, order.remaining_lots
        self._change_named(fact, seq)
        self._open.works(gated, -before)
        order.gated = replace(
            gated,
            at_ns=fact.at_ns,
            quantity_lots=fact.quantity_lots,
            price_ticks=fact.price_ticks,
            reserved=fact.reserved,
            limits_version=fact.limits_version,
            saw=fact.saw,
        )
        after = order.remaining_lots
        self._open.works(order.gated, after)
        book = self.book(gated.instrument)
        if fact.order_id in book:
            if fact.price_ticks == gated.price_ticks and after < before:
                book.reduce(fact.order_id, before - after)
            elif (fact.price_ticks, after) != (gated.price_ticks, before):
                book.remove(fact.order_id)  # `working` lets it rest again, behind the others
        return before

    def amend_denied(self, fact: AmendDenied, seq: int) -> None:
        """Remember the name of a change that was refused."""
        self._change_named(fact, seq)

    def denied(self, fact: OrderDenied, seq: int) -> None:
        """Remember a denial, so that a repeat gets the same answer."""
        key = OrderKey(fact.account, fact.client_order_id)
        self.names.use(key, fact.content_hash, seq, None)
        self.names.denials[key] = fact

    def moved(self, order_id_: OrderId, event: OrderEvent, at_ns: int) -> None:
        """Apply a state change; an order resting at the local venue enters its book."""
        order = self.orders[order_id_]
        order.unknown_ns = (order.unknown_ns or at_ns) if event == "unknown" else 0
        order.state = next_state(order.state, event, filled_lots=order.filled_lots)
        gated = order.gated
        if gated.venue != LOCAL_VENUE:
            if event in {"sent", "working"}:
                order.heard(at_ns, acked=event == "working")
            return
        if event == "working" and order.remaining_lots:
            book = self._books.setdefault(gated.instrument, OrderBook())
            if order_id_ not in book:
                lots = order.remaining_lots
                book.add(order_id_, gated.account, gated.side, gated.price_ticks, lots)

    def time_trusted(self, at_ns: int) -> None:
        """Let nothing be unknown since a time that has not come."""
        for order in self.at_venues():
            order.time_trusted(at_ns)

    def cancel_sent(self, fact: CancelSent) -> None:
        """Remember that an outside venue was asked to end an order: its answer is due."""
        order = self.orders[fact.order_id]
        order.cancel_sent, order.cancel_ns = True, fact.at_ns
        order.heard(fact.at_ns, acked=False)

    def unknown(self, fact: OrderUnknown) -> None:
        """Note that it is not known what became of an order."""
        self.moved(fact.order_id, "unknown", fact.at_ns)
        if fact.acknowledged:
            self.orders[fact.order_id].heard(fact.at_ns, acked=True)

    def venue_read(self, fact: VenueRead) -> None:
        """Take the place in a venue's stream; the orders that it lists were heard of."""
        self.streams[fact.venue] = Stream(fact.epoch, fact.cursor)
        working = {OrderState.WORKING, OrderState.PARTIAL}
        for order in self.at_venues():
            here = order.gated.venue == fact.venue and order.state in working
            if here and not order.cancel_sent and order.gated.order_id not in fact.missing:
                order.heard(fact.at_ns, acked=True)

    def not_found(self, fact: OrderNotFound) -> None:
        """Remember since when an order's venue does not know it."""
        self.moved(fact.order_id, "unknown", fact.at_ns)
        self.orders[fact.order_id].absent_ns = fact.at_ns

    def filled(self, fact: FillRecorded) -> tuple[int, int]:
        """Count an execution; returns the order's open lots before and after.

        One that is no order's of ours as ordered counts on none: it is booked in suspense, or
        people carried it in (core/state/execution).
        """
        resting = 0
        if fact.venue == LOCAL_VENUE:
            book = self._books.get(fact.instrument)
            resting = book.lots(fact.order_id) if book is not None else 0
            if book is not None and resting:
                book.reduce(fact.order_id, fact.quantity_lots)
        order = self._order_of(fact)
        if order is None:
            self._late(fact, fact.quantity_lots)
            return self._quote_filled(fact, resting)
        if fact.venue != LOCAL_VENUE:
            order.heard(fact.at_ns, acked=True)
        before = order.remaining_lots
        order.filled_lots += fact.quantity_lots
        order.state = next_state(order.state, "fill", filled_lots=order.filled_lots)
        after = order.remaining_lots
        self._open.works(order.gated, after - before)
        return before, after

    def unfilled(self, fact: FillRecorded) -> tuple[int, int]:
        """Count an execution no more; returns the order's open lots before and after.

        An order that still works may execute that much again.
        """
        order = self._order_of(fact)
        if order is None:
            self._late(fact, -fact.quantity_lots)
            return 0, 0
        before = order.remaining_lots
        order.filled_lots -= fact.quantity_lots
        after = order.remaining_lots
        self._open.works(order.gated, after - before)
        return before, after

    def done(self, fact: OrderDone, seq: int) -> int:
        """End an order; returns the lots that will not execute."""
        order = self.orders[fact.order_id]
        if order.state is OrderState.DONE:
            return 0
        gated, left = order.gated, order.remaining_lots
        book = self._books.get(gated.instrument)
        if book is not None and fact.order_id in book:
            book.remove(fact.order_id)
        order.state = OrderState.DONE
        self._outside.pop(fact.order_id, None)
        order.done_reason, order.done_seq = fact.reason, seq
        order.done_lots = fact.filled_lots
        self.done_count += 1
        self._done[fact.order_id] = seq
        self._open.works(gated, -left, orders=-1)
        own = self._own.get((gated.account, gated.venue, gated.instrument))
        if own is not None and fact.order_id in own:
            own.remove(fact.order_id)
        if gated.expires_ns is not None:
            del self._expiring[bisect_left(self._expiring, (gated.expires_ns, fact.order_id))]
        return left

    def quoted(self, fact: QuotesSet) -> None:
        """Replace the desk's quote in the local book."""
        book = self._books.setdefault(fact.instrument, OrderBook())
        old = self.quotes.get(fact.instrument)
        if old is not None:
            for side in ("buy", "sell"):
                if quote_order_id(old.quote_id, side) in book:
                    lots = book.remove(quote_order_id(old.quote_id, side))
                    self._open.change(DESK_BOOK, LOCAL_VENUE, fact.instrument, side, -lots)
        self.quotes[fact.instrument] = fact
        # an empty quote uses up its id too
        self.boot_tag, self.counter = after(self.boot_tag, self.counter)
        for side, ticks, lots in both_sides(fact):
            if lots:
                book.add(quote_order_id(fact.quote_id, side), DESK_BOOK, side, ticks, lots)
                self._open.change(DESK_BOOK, LOCAL_VENUE, fact.instrument, side, lots)

    def closed(self, fact: OrdersClosed) -> None:
        """Fold orders done at or before `to_seq` into the running hash."""
        gone = list(takewhile(lambda o: o.done_seq <= fact.to_seq, self._ended()))
        for order in gone:
            row = [order.gated.order_id, order.done_reason, order.filled_lots]
            self.closed_chain = hashlib.sha256(self.closed_chain + pack(row)).digest()
            self._count_late(order.gated.order_id, order.filled_lots - order.done_lots)
            if order.gated.order_id in self.counted:
                self.counted[order.gated.order_id].done_lots = order.done_lots
            del self.orders[order.gated.order_id], self._done[order.gated.order_id]
        self.closed_count += len(gone)
        self.done_count -= len(gone)
        keys = (OrderKey(o.gated.account, o.gated.client_order_id) for o in gone)
        self.names.close(fact.to_seq, keys)

    def _let_work(self, order: Order, seq: int) -> None:
        """Count what an order may execute, and where it works until when."""
        gated, lots = order.gated, order.remaining_lots
        self._open.works(gated, lots, orders=1)
        if gated.venue != LOCAL_VENUE:
            self._outside[gated.order_id] = seq
            if gated.time_in_force in RESTING:
                key = (gated.account, gated.venue, gated.instrument)
                own = self._own.setdefault(key, OrderBook())
                own.add(gated.order_id, gated.account, gated.side, gated.price_ticks, lots)
        if gated.expires_ns is not None:
            insort(self._expiring, (gated.expires_ns, gated.order_id))

    def _change_named(self, fact: OrderAmended | AmendDenied, seq: int) -> None:
        """Take the id of a change into use, until the next closing."""
        key = OrderKey(fact.account, fact.client_order_id)
        self.names.use(key, fact.content_hash, seq, fact.order_id)
        self.names.changes.add(key)

    def _late(self, fact: FillRecorded, lots: int) -> None:
        """Count evidence of an order that has left the state; its end was recorded without it."""
        ours = fact.venue != LOCAL_VENUE and fact.account != DESK_SUSPENSE
        if ours and fact.order_id != NO_ORDER and fact.order_id not in self.orders:
            self._count_late(fact.order_id, lots)

    def _count_late(self, order_id_: OrderId, lots: int) -> None:
        late = self.late_lots.get(order_id_, 0) + lots
        if late:
            self.late_lots[order_id_] = late
        else:
            self.late_lots.pop(order_id_, None)

    def _quote_filled(self, fact: FillRecorded, before: int) -> tuple[int, int]:
        """Count an execution of the standing quote, which had `before` lots in the book."""
        quote = self.quotes.get(fact.instrument)
        if quote is None or fact.venue != LOCAL_VENUE:
            return 0, 0
        if fact.order_id != quote_order_id(quote.quote_id, fact.side):
            return 0, 0  # a quote that crosses fills before it stands
        self._open.change(DESK_BOOK, LOCAL_VENUE, fact.instrument, fact.side, -fact.quantity_lots)
        return before, before - fact.quantity_lots
