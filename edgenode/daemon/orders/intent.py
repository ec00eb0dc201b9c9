"""From an order as people and programs write it to integers on the instrument's grid."""

from edgenode.core.observations import AmendAsked
from edgenode.core.state.rules import Rules
from edgenode.daemon.control.facade import AmendRequest, OrderRequest
from edgenode.model.errors import RefusedError
from edgenode.model.facts import OrderGated
from edgenode.model.ids import (
    AccountId,
    Actor,
    ClientOrderId,
    EventId,
    InstrumentId,
    VenueId,
    is_customer,
)
from edgenode.model.instants import nanoseconds
from edgenode.model.money import parse_decimal
from edgenode.model.orders import OrderIntent


def intent_of(body: OrderRequest, rules: Rules) -> OrderIntent:
    """Convert texts to lots and ticks; RefusedError EN005 if they are off the grid.

    An unknown instrument has no grid: two decimals are assumed, and the gate denies it by name.
    """
    if not is_customer(AccountId(body.account)):
        raise RefusedError(
            f"account {body.account[:40]!r}",
            expected="customer:NAME; the desk's accounts take no outside orders",
            do="name the customer's account; the desk acts by policy and by mandate alone",
            code="EN002",
        )
    instrument = rules.instruments.get(InstrumentId(body.instrument))
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
        post_only=body.post_only,
        reduce_only=body.reduce_only,
        expires_ns=None if body.expires is None else nanoseconds(body.expires),
        event_id=EventId(body.event_id) if body.event_id else None,
    )


def change_of(body: AmendRequest, held: OrderGated, rules: Rules, actor: str) -> AmendAsked:
    """Convert another price or quantity for a working order; EN005 if it is off the grid."""
    instrument = rules.instruments[held.instrument]
    price = held.price_ticks
    if body.price is not None:
        price = parse_decimal(body.price, instrument.price_decimals)
    lots = held.quantity_lots
    if body.quantity is not None:
        lots = parse_decimal(body.quantity, instrument.quantity_decimals)
    return AmendAsked(
        order_id=held.order_id,
        client_order_id=ClientOrderId(body.client_order_id),
        quantity_lots=lots,
        price_ticks=price,
        actor=Actor(actor),
    )
