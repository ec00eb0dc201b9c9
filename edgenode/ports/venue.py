"""A place that executes orders."""

from collections.abc import AsyncIterator
from typing import Protocol

from edgenode.model.ids import OrderId, VenueId
from edgenode.model.venue import (
    BookView,
    MassStatus,
    NotFound,
    OrderToSend,
    Unknown,
    VenueCaps,
    VenueEvent,
    VenueView,
)


class Venue(Protocol):
    """A place that executes orders. Answers come as events; nothing here decides anything."""

    id: VenueId
    caps: VenueCaps

    async def submit(self, order: OrderToSend) -> VenueView | None:
        """Send an order.

        Returns the venue's own view of this order, or None if the venue took it and says no more.
        Only a view with the state `rejected` is a refusal. UnreachableError if the answer is not
        clear: the venue may work the order. Safe to call again only if `caps.deduplicates`.
        """
        ...

    async def cancel(self, order_id: OrderId) -> None:
        """Ask for a cancel; the outcome comes as an event, or is asked.

        A venue that does not know the order has not ended it: its submit may still arrive.
        """
        ...

    async def query(self, order_id: OrderId) -> VenueView | NotFound | Unknown:
        """Ask what the venue knows of an order. Three-valued on purpose."""
        ...

    async def snapshot(self, *, whole: bool = False) -> MassStatus:
        """Ask for open orders, fills since our cursor (`whole`: all), balances and positions.

        If the venue's numbers began anew, the stream goes on from this snapshot, and it is whole.
        """
        ...

    def resume(self, epoch: str, cursor: int) -> None:
        """Set the recorded place from which events are read; called before anything is asked."""
        ...

    def events(self) -> AsyncIterator[VenueEvent]:
        """Yield what the venue says until canceled; reconnects, and replays from its cursor."""
        ...

    def books(self) -> AsyncIterator[BookView]:
        """Yield published books; newest wins when we are slow."""
        ...
