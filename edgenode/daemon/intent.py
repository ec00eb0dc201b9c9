"""From an order as people and programs write it to integers on the instrument's grid."""

from edgenode.core.state.limits import Limits
from edgenode.daemon.control.facade import OrderRequest
from edgenode.model.errors import RefusedError
from edgenode.model.ids import (
    AccountId,
    ClientOrderId,
    EventId,
    InstrumentId,
    VenueId,
    is_customer,
)
from edgenode.model.money import parse_decimal
from edgenode.model.orders import OrderIntent


def intent_of(body: OrderRequest, limits: Limits) -> OrderIntent:
    """Convert texts to lots and ticks; RefusedError EN005 where they are off the grid.

    An unknown instrument has no grid: two decimals are assumed, and the gate denies it by name.
    """
    if not is_customer(AccountId(body.account)):
        raise RefusedError(
            f"account {body.account[:40]!r}",
            expected="customer:NAME; the desk's accounts take no outside orders",
            code="EN002",
        )
    instrument = limits.instruments.get(InstrumentId(body.instrument))
    price_decimals = instrument.price_decimals if instrument else 2
    quantity_decimals = instrument.quantity_decimals if instrument else 2
    price = None if body.price is None else parse_decimal(body.price, price_decimals)
    return OrderIntent(
        client_order_id=ClientOrderId(body.client_order_id),
        account=AccountId(body.account),
        venue=VenueId(body.venue),
        instrument=InstrumentId(body.instrument),
        side=body.side,
        quantity_lots=parse_decimal(body.quantity, quantity_decimals),
        price_ticks=price,
        type=body.type,
        time_in_force=body.time_in_force,
        reduce_only=body.reduce_only,
        event_id=EventId(body.event_id) if body.event_id else None,
    )
