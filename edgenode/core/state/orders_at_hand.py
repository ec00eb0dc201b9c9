"""What is at hand of orders, and every way to look at it; core/state/orders changes it."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from edgenode.core.market.book import OrderBook
from edgenode.core.state.counted import Counted
from edgenode.core.state.names import Names, UsedId
from edgenode.core.state.open_lots import NO_LOADS, Load, OpenLots
from edgenode.core.state.order import Order, quote_order_id, quote_order_ids
from edgenode.core.state.order_ids import order_id
from edgenode.core.state.streams import Streams
from edgenode.core.state.streams import canonical as canonical_streams
from edgenode.model.facts import FillRecorded, OrderDenied, QuotesSet
from edgenode.model.ids import (
    DESK_BOOK,
    DESK_OVERLAY,
    LOCAL_VENUE,
    AccountId,
    EventId,
    InstrumentId,
    OrderId,
    VenueId,
)
from edgenode.model.orders import OrderKey, OrderState, Side


@dataclass(slots=True)
class OrdersAtHand:
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

    def next_id(self) -> OrderId:
        """Propose the id of the next order; taken by `gated`."""
        return order_id(self.node_id, self.boot_tag, self.counter)

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

    def _order_of(self, fact: FillRecorded) -> Order | None:
        """Return the order at hand that an execution counts on."""
        order = self.orders.get(fact.order_id)
        if order is None or order.gated.account != fact.account:
            return None
        return order
