"""The orders part of the state: open orders, the local books they rest in, names ever used.

Done orders stay at hand until `OrdersClosed`; then they enter a running hash and leave the maps,
their names with them, so that state, digest and memory do not grow with history. A name is found
again in the ledger (core/past), for it is never free.
"""

import hashlib
from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import takewhile

from edgenode.core.market.book import OrderBook
from edgenode.core.state.counted import Counted
from edgenode.core.state.execution import NO_ORDER
from edgenode.core.state.names import Names, UsedId
from edgenode.core.state.open_lots import NO_LOADS, Load, OpenLots
from edgenode.core.state.order import Order, both_sides, quote_order_id, quote_order_ids
from edgenode.core.state.order_ids import after, order_id
from edgenode.core.state.order_machine import OrderEvent, next_state
from edgenode.core.state.streams import Stream, Streams
from edgenode.core.state.streams import canonical as canonical_streams
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
    DESK_OVERLAY,
    DESK_SUSPENSE,
    LOCAL_VENUE,
    AccountId,
    EventId,
    InstrumentId,
    OrderId,
    VenueId,
)
from edgenode.model.orders import OrderKey, OrderState, Side
from edgenode.wire.canonical import pack

RESTING = frozenset({"day", "gtd"})  # an order that never rests is met by no other


@dataclass(slots=True)
class Orders:
    """Open orders, quotes, and the client order ids of what is in the maps."""

    node_id: str
    boot_tag: int = 0
    counter: int = 0
    orders: dict[OrderId, Order] = field(default_factory=dict)
    quotes: dict[InstrumentId, QuotesSet] = field(default_factory=dict)
    names: Names = field(default_factory=Names)
    closed_chain: bytes = bytes(32)
    closed_count: int = 0
    late_lots: dict[OrderId, int] = field(default_factory=dict)  # of left orders, since their end
    counted: dict[OrderId, Counted] = field(default_factory=dict)  # by venues, not as booked
    done_count: int = 0
    streams: Streams = field(default_factory=dict)  # of outside venues
    sessions: set[AccountId] = field(default_factory=set)  # whose orders end with a connection
    # derived: looked up, never part of the digest
    _books: dict[InstrumentId, OrderBook] = field(default_factory=dict)
    _open: OpenLots = field(default_factory=OpenLots)
    _outside: dict[OrderId, int] = field(default_factory=dict)  # open at outside venues: their seq
    _own: dict[tuple[AccountId, VenueId, InstrumentId], OrderBook] = field(default_factory=dict)
    _expiring: list[tuple[int, OrderId]] = field(default_factory=list)  # soonest first
    _done: dict[OrderId, int] = field(default_factory=dict)  # seq of the end, in its order

    def booted(self, fact: BootStarted) -> None:
        """Begin a start: its tag, and a counter from zero."""
        self.boot_tag = fact.boot_tag
        self.counter = 0

    def next_id(self) -> OrderId:
        """Propose the id of the next order; taken by `gated`."""
        return order_id(self.node_id, self.boot_tag, self.counter)

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

    @property
    def ended_count(self) -> int:
        """Return how many orders and ids in the maps leave with the next closing."""
        return self.done_count + self.names.leaving

    def _ended(self) -> Iterator[Order]:
        """Yield the orders that ended, the first end first."""
        return (self.orders[id_] for id_ in self._done)

    def holds(self, order_id_: OrderId) -> bool:
        """Return whether an order is in the maps."""
        return order_id_ in self.orders

    def named(self, key: OrderKey) -> UsedId | None:
        """Return what a submitter's id was used for."""
        return self.names.used.get(key)

    def denial(self, key: OrderKey) -> OrderDenied | None:
        """Return the recorded denial of a submitter's id."""
        return self.names.denials.get(key)

    def book(self, instrument: InstrumentId) -> OrderBook:
        """Return the local book of an instrument, to read; an empty one if it has none."""
        book = self._books.get(instrument)
        return OrderBook() if book is None else book

    def best_bid(self, instrument: InstrumentId) -> int | None:
        """Return the best bid in the local book, None if nobody bids."""
        book = self._books.get(instrument)
        return None if book is None else book.best("buy")

    def open_lots(self, account: AccountId, instrument: InstrumentId, side: Side) -> int:
        """Return lots that may still execute on one side, quotes included."""
        return self._open.lots.get((account, instrument, side), 0)

    def desk_lots(self, instrument: InstrumentId) -> tuple[int, int, int, int]:
        """Return what `desk:book` and then the overlay may still buy and sell."""
        lots = self._open.lots
        return (
            lots.get((DESK_BOOK, instrument, "buy"), 0),
            lots.get((DESK_BOOK, instrument, "sell"), 0),
            lots.get((DESK_OVERLAY, instrument, "buy"), 0),
            lots.get((DESK_OVERLAY, instrument, "sell"), 0),
        )

    def venue_lots(
        self, account: AccountId, venue: VenueId, instrument: InstrumentId, side: Side
    ) -> int:
        """Return lots that may still execute on one side at one venue, quotes included."""
        return self._open.at_venue.get((account, venue, instrument, side), 0)

    @property
    def has_reduce_only(self) -> bool:
        """Return whether any open order may only reduce a position."""
        return bool(self._open.reduce_only)

    def reduce_only_lots(
        self, account: AccountId, venue: VenueId, instrument: InstrumentId, side: Side
    ) -> int:
        """Return the open lots of orders at one venue that may only reduce a position."""
        return self._open.reduce_only.get((account, venue, instrument, side), 0)

    def loads(self, account: AccountId) -> Mapping[InstrumentId, Load]:
        """Return an account's open orders by instrument, quotes apart."""
        return self._open.loads.get(account, NO_LOADS)

    def event_lots(self, event_id: EventId, instrument: InstrumentId) -> int:
        """Return the lots of the desk's orders that may still execute for a micro-event."""
        return self._open.of_event.get((event_id, instrument), 0)

    def quote_lots(self, instrument: InstrumentId) -> tuple[int, int]:
        """Return the lots that the desk's quote bids for and offers now."""
        quote = self.quotes.get(instrument)
        if quote is None:
            return 0, 0
        book = self.book(instrument)
        bid, offer = quote_order_ids(quote.quote_id)
        return book.lots(bid), book.lots(offer)

    def quote_price(self, instrument: InstrumentId, side: Side) -> int | None:
        """Return the price of a side of the desk's quote, None if it has nothing left there."""
        quote = self.quotes.get(instrument)
        if quote is None or not self.book(instrument).lots(quote_order_id(quote.quote_id, side)):
            return None
        return quote.bid_ticks if side == "buy" else quote.ask_ticks

    def quote_lots_of(self, event_id: EventId, instrument: InstrumentId) -> int:
        """Return the larger side of the desk's quote where it is a micro-event's."""
        quote = self.quotes.get(instrument)
        return max(self.quote_lots(instrument)) if quote and quote.event_id == event_id else 0

    def own_best(
        self, account: AccountId, venue: VenueId, instrument: InstrumentId, side: Side
    ) -> int | None:
        """Return the best price of an account's own open orders at an outside venue."""
        own = self._own.get((account, venue, instrument))
        return own.best(side) if own is not None else None

    def expired(self, now_ns: int) -> list[OrderId]:
        """Return the orders whose time has passed."""
        return [id_ for _, id_ in self._expiring[: bisect_left(self._expiring, (now_ns + 1,))]]

    def resting(self, instrument: InstrumentId) -> list[Order]:
        """Return the orders that rest in the local book, quotes apart."""
        ids = (OrderId(r.order_id) for r in self.book(instrument).orders())
        return [self.orders[id_] for id_ in ids if id_ in self.orders]

    def open_of(self, account: AccountId) -> list[Order]:
        """Return an account's open orders in the local book."""
        return [
            o
            for o in self.orders.values()
            if o.gated.account == account
            and o.state is not OrderState.DONE
            and o.gated.venue == LOCAL_VENUE
        ]

    def at_venues(self) -> list[Order]:
        """Return the orders that some outside venue may still execute, oldest first."""
        return [self.orders[id_] for id_ in self._outside]

    def oldest_open(self) -> int | None:
        """Return the seq at which the oldest open order began, None if none is open."""
        open_seqs = (o.seq for o in self.orders.values() if o.state is not OrderState.DONE)
        return min(open_seqs, default=None)

    def executed(self, order_id_: OrderId, done_lots: int) -> int:
        """Return the booked lots of an order, `done_lots` at its end if it has left the state."""
        order = self.orders.get(order_id_)
        return order.filled_lots if order else done_lots + self.late_lots.get(order_id_, 0)

    def canonical(self) -> object:
        """Return the part's content for the digest."""
        return [
            [self.node_id, self.boot_tag, self.counter],
            [
                [
                    *(key, o.state, o.gated.quantity_lots, o.gated.price_ticks, o.filled_lots),
                    *(o.done_reason, o.seq, o.done_seq, o.done_lots, o.unknown_ns),
                    *(o.cancel_sent, o.acked, *o.times()),
                    *(o.gated.reduce_only, o.ended),
                ]
                for key, o in sorted(self.orders.items())
            ],
            [
                [key, q.quote_id, q.bid_ticks, q.bid_lots, q.ask_ticks, q.ask_lots]
                for key, q in sorted(self.quotes.items())
            ],
            [[*key, lots] for key, lots in sorted(self._open.lots.items()) if lots],
            [self.names.chain, self.closed_chain, self.closed_count, self.done_count],
            [[key, lots] for key, lots in sorted(self.late_lots.items())],
            [[key, *c.row()] for key, c in sorted(self.counted.items())],
            sorted(self.sessions),
            canonical_streams(self.streams),
        ]

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

    def _order_of(self, fact: FillRecorded) -> Order | None:
        """Return the order at hand that an execution counts on."""
        order = self.orders.get(fact.order_id)
        if order is None or order.gated.account != fact.account:
            return None
        return order

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
