"""Matching in the node's own book: an incoming order against what rests there."""

import hashlib

from edgenode.core.market.book import Match
from edgenode.core.observations import Act
from edgenode.core.state.orders import Orders
from edgenode.model.facts import FillRecorded, Instrument, OrderDone, OrderGated
from edgenode.model.ids import (
    LOCAL_VENUE,
    AccountId,
    EventId,
    ExecId,
    ExecScope,
    OrderId,
    VenueAccount,
)
from edgenode.model.orders import Side, opposite
from edgenode.wire.canonical import pack

SCOPE = ExecScope("local")
MATCHER = "rule:match"


def execute(
    orders: Orders,
    instrument: Instrument,
    taker: OrderGated | tuple[OrderId, AccountId, Side, EventId],
    matches: tuple[Match, ...],
    now_ns: int,
) -> list[Act]:
    """Give both fills of each match, and the end of resting orders that were used up."""
    if isinstance(taker, OrderGated):
        order_id, account, side = taker.order_id, taker.account, taker.side
        event_id = taker.event_id
    else:
        order_id, account, side, event_id = taker
    acts = []
    for index, match in enumerate(matches):
        exec_id = ExecId(f"{order_id}.{index}")
        rest_side = opposite(side)
        sides: tuple[tuple[AccountId, OrderId, Side], ...] = (
            (account, order_id, side),
            (AccountId(match.resting_account), OrderId(match.resting_id), rest_side),
        )
        for whose, id_, which in sides:
            acts.append(
                Act(
                    _fill(instrument, whose, id_, which, match, exec_id, event_id, now_ns), MATCHER
                )
            )
        resting = orders.orders.get(OrderId(match.resting_id))
        if resting is not None and resting.remaining_lots == match.lots:
            done = OrderDone(
                at_ns=now_ns,
                order_id=resting.gated.order_id,
                reason="filled",
                filled_lots=resting.gated.quantity_lots,
            )
            acts.append(Act(done, MATCHER))
    return acts


def _fill(  # noqa: PLR0913, PLR0917  a fill has that many facts
    instrument: Instrument,
    account: AccountId,
    order_id: OrderId,
    side: Side,
    match: Match,
    exec_id: ExecId,
    event_id: EventId,
    now_ns: int,
) -> FillRecorded:
    content = pack([order_id, instrument.id, side, match.lots, match.price_ticks, now_ns])
    return FillRecorded(
        at_ns=now_ns,
        venue=LOCAL_VENUE,
        venue_account=VenueAccount(account),
        scope=SCOPE,
        exec_id=exec_id,
        order_id=order_id,
        account=account,
        instrument=instrument.id,
        side=side,
        quantity_lots=match.lots,
        price_ticks=match.price_ticks,
        fee_minor=0,
        fee_currency=instrument.quote,
        venue_time_ns=now_ns,
        content_hash=hashlib.sha256(content).digest(),
        event_id=event_id,
        cost_minor=0,
    )
