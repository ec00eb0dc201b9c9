"""Gross exposure: what is held, in doubt or may still execute, whatever offsets it.

Valued at the reference prices, in the policy's currency, at the worse side of the rate.
"""

from typing import NamedTuple

from edgenode.core.risk import doubt
from edgenode.core.seen import Seen
from edgenode.core.state.fx import rate
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.positions import DeskHolding
from edgenode.model.facts import Policy
from edgenode.model.ids import (
    DESK_BOOK,
    DESK_OVERLAY,
    DESK_SUSPENSE,
    AccountId,
    EventId,
    InstrumentId,
    VenueId,
)


class Gross(NamedTuple):
    """Of the node, and of one micro-event."""

    node: int
    event: int


NOTHING_ELSE = Gross(0, 0)


def event_lots(
    state: NodeState, event_id: EventId, instrument: InstrumentId, *, quoted: bool = True
) -> int:
    """Return what the desk holds and has open of a micro-event; its quote only if `quoted`."""
    held = state.positions.desk(event_id, instrument)
    lots = held.gross_lots
    if doubt.any_of(state):
        lots = _worst_of(state, event_id, instrument, held)
    lots += state.orders.event_lots(event_id, instrument)
    return lots + state.orders.quote_lots_of(event_id, instrument) if quoted else lots


def others(
    state: NodeState,
    seen: Seen,
    policy: Policy,
    but: InstrumentId,
    event_id: EventId,
    now_ns: int,
) -> Gross | None:
    """Return the money of all instruments but one; None if a price or rate is not known."""
    if len(state.rules.instruments) == 1:
        return NOTHING_ELSE
    node = event = 0
    for name in state.rules.instruments:
        if name == but:
            continue
        found = state.exposure(name)
        whole = found.book.worst + found.overlay.worst
        part = event_lots(state, event_id, name)
        if whole or part:
            each = worth(state, seen, policy, name, now_ns)
            if each is None:
                return None
            node += whole * each
            event += part * each
    return Gross(node, event)


def worth(
    state: NodeState, seen: Seen, policy: Policy, name: InstrumentId, now_ns: int
) -> int | None:
    """Return what one lot is worth, rounded up; None if it cannot be told."""
    instrument = state.rules.instruments[name]
    reference = seen.reference(policy, name, now_ns)
    found = rate(state.rules, policy, instrument.quote, now_ns)
    if reference is None or found is None:
        return None
    return found.up(instrument.notional_minor(reference.ticks, 1))


def worst_at(
    state: NodeState, account: AccountId, venue: VenueId, instrument: InstrumentId
) -> tuple[int, int]:
    """Return (low, high) of an account's lots at one venue over all outcomes.

    Those of what is open, and of what is in doubt.
    """
    where = (account, venue, instrument)
    held = state.positions.at_venue(*where)
    low = held - state.orders.venue_lots(*where, "sell")
    high = held + state.orders.venue_lots(*where, "buy")
    under, over = doubt.lots_at(state, *where)
    return low + under, high + over


def lots_at(state: NodeState, venue: VenueId, instrument: InstrumentId) -> int:
    """Return the lots that one venue, a counterparty, may hold of ours."""
    return sum(
        max(abs(end) for end in worst_at(state, account, venue, instrument))
        for account in (DESK_BOOK, DESK_OVERLAY, DESK_SUSPENSE)
    )


def _worst_of(
    state: NodeState, event_id: EventId, instrument: InstrumentId, held: DeskHolding
) -> int:
    """Return what either account may hold of a micro-event, at its worse end."""
    lots = held.suspense_bought + held.suspense_sold
    for account, booked in (
        (DESK_BOOK, held.book_lots),
        (DESK_OVERLAY, held.overlay_lots),
        (DESK_SUSPENSE, 0),
    ):
        under, over = doubt.lots_of(state, event_id, account, instrument)
        lots += max(abs(booked + under), abs(booked + over))
    return lots
