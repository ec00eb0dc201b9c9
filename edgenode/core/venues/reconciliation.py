"""A venue's whole view of our account, held against our books.

    the venue shows                           we know                     break
    ----------------------------------------  --------------------------  -----------------
    a position                                another, disputes included  position_mismatch
    a balance, or lots                        another, disputes included  balance_mismatch
    an order that works                       of none that does           open_order; one of ours
                                                                          works again (reopening)

Executions that it shows are evidence like any other, and come before the comparison. A difference
is a break once a second look finds it again, and is closed by a look that does not find it; where
a dispute at the venue may be all that hides it, it stays. A view without a difference, with no
such break left, also ends the caution of a restore for its venue (restrictions/restore), and any
view that it could not be reconciled (restrictions/unreconciled). Where the venue's stream stands,
epoch and cursor, is recorded (`VenueRead`): a start goes on from there.
"""

from collections.abc import Callable, Iterable
from functools import partial

from edgenode.core.breaks.opening import closed, holding, opened, quantity, text
from edgenode.core.observations import (
    Act,
    Decision,
    Difference,
    Reconciled,
)
from edgenode.core.restrictions import restore, unreconciled
from edgenode.core.restrictions.causes import requotes
from edgenode.core.state import outcomes, wallet
from edgenode.core.state.execution import Span
from edgenode.core.state.node_state import NodeState
from edgenode.core.venues import reopening, silence
from edgenode.model.break_types import BALANCE, OPEN_ORDER, POSITION
from edgenode.model.facts import FillRecorded, VenueRead
from edgenode.model.ids import InstrumentId, OrderId, VenueId
from edgenode.model.orders import OrderState, sign
from edgenode.model.venue import MassStatus

RULE = "rule:reconcile"
DIFFERENCES_MAX = 100  # of one venue; a venue that shows more is looked at by a person anyway


def compare(state: NodeState, status: MassStatus) -> tuple[Difference, ...]:
    """Return the differences between a venue's view and the books; O(accounts and open orders)."""
    found = (*_positions(state, status), *_balances(state, status), *_orders(state, status))
    return found[:DIFFERENCES_MAX]


def ours(state: NodeState, status: MassStatus) -> list[OrderId]:
    """Return all our open orders at a venue."""
    here = [o.gated for o in state.orders.at_venues() if o.gated.venue == status.venue]
    return [gated.order_id for gated in here]


def unlisted(state: NodeState, status: MassStatus) -> list[OrderId]:
    """Return our orders that work as far as we know, and that the venue does not show."""
    listed = {view.order_id for view in status.open_orders}
    working = {OrderState.WORKING, OrderState.PARTIAL}
    return [
        order.gated.order_id
        for order in state.orders.at_venues()
        if order.gated.venue == status.venue
        and order.state in working
        and order.gated.order_id not in listed
    ]


def decide(state: NodeState, observation: Reconciled, now_ns: int) -> Decision:
    """Open what lasts, close what is explained; end the caution of a restore."""
    acts = _read(state, observation.status, now_ns) if observation.status else []
    for found in observation.lasting:
        detail = f"the venue says {found.venue_says}, we say {found.we_say}"
        acts += opened(state, found.type, found.subject, detail, now_ns)
        order = state.orders.orders.get(OrderId(found.subject.partition("/")[2]))
        if found.type == OPEN_ORDER and order and order.gated.venue == observation.venue:
            acts += reopening.reopened(order, "its venue's snapshots list it", now_ns)
    still = {(found.type, found.subject) for found in observation.differences}
    still |= _hidden(state, observation.venue)
    ours = f"{observation.venue}/"
    left = False
    for held in list(state.breaks.open.values()):
        mine = held.type in {POSITION, BALANCE, OPEN_ORDER} and held.subject.startswith(ours)
        if mine and (held.type, held.subject) not in still:
            acts += closed(state, held.type, held.subject, "the venue and we agree", now_ns)
        left = left or (mine and (held.type, held.subject) in still)
    freed = unreconciled.read(state, observation.venue, now_ns)
    if not observation.differences and not left:
        freed += restore.agreed(state, observation.venue, now_ns)
    return Decision((*acts, *freed), requotes(state) if freed else ())


def _read(state: NodeState, status: MassStatus, now_ns: int) -> list[Act]:
    """Record where the venue's stream stands, if that is new or renews evidence of orders."""
    known = state.orders.streams.get(status.venue)
    began_anew = status.began_anew or (known is not None and known.epoch != status.epoch)
    missing = unlisted(state, status)
    old = [
        order
        for order in state.orders.at_venues()
        if order.gated.venue == status.venue and silence.grows_old(state, order, now_ns)
    ]
    if known == (status.epoch, status.cursor) and not began_anew and not old:
        return []
    fact = VenueRead(
        at_ns=now_ns,
        venue=status.venue,
        epoch=text(status.epoch),
        cursor=status.cursor,
        began_anew=began_anew,
        missing=tuple(missing),
    )
    return [Act(fact, RULE)]


def _positions(state: NodeState, status: MassStatus) -> list[Difference]:
    booked: dict[InstrumentId, int] = dict.fromkeys(status.positions, 0)
    for key, totals in state.positions.totals.items():
        if key.venue == status.venue:
            booked[key.instrument] = booked.get(key.instrument, 0) + totals.traded_lots
    found = []
    unsure = _unsure(state, status.venue, _lots)
    for name, lots in sorted(booked.items()):
        said = status.positions.get(name, 0)
        low, high = unsure.get(name, (0, 0))
        if not lots + low <= said <= lots + high:
            instrument = state.rules.instruments.get(name)
            least, most, told = (quantity(n, instrument) for n in (lots + low, lots + high, said))
            we_say = least if least == most else f"{least} to {most}"
            found.append(_difference(POSITION, status.venue, name, told, we_say))
    return found


def _balances(state: NodeState, status: MassStatus) -> list[Difference]:
    """Compare cash and lots, each within what disputed executions may have moved."""
    booked = dict.fromkeys(status.balances, 0)
    for key, amount in state.wallet.balances.items():
        if key.venue == status.venue:
            booked[key.asset] = booked.get(key.asset, 0) + amount
    unsure = _unsure(state, status.venue, partial(_moves, state))
    found = []
    for asset, amount in sorted(booked.items()):
        said = status.balances.get(asset, 0)
        low, high = unsure.get(asset, (0, 0))
        if not amount + low <= said <= amount + high:
            least, most, told = (
                holding(state, asset, n) for n in (amount + low, amount + high, said)
            )
            we_say = least if least == most else f"{least} to {most}"
            found.append(_difference(BALANCE, status.venue, asset, told, we_say))
    return found


def _orders(state: NodeState, status: MassStatus) -> list[Difference]:
    found = []
    for view in status.open_orders:
        order = state.orders.orders.get(view.order_id)
        if order is None or order.gated.venue != status.venue or order.state is OrderState.DONE:
            said = order.done_reason if order else None
            we_say = f"it ended: {said}" if said else "no such order"
            instrument = state.rules.instruments.get(order.gated.instrument) if order else None
            told = f"it works, {quantity(view.cum_lots, instrument)} executed"
            found.append(_difference(OPEN_ORDER, status.venue, view.order_id, told, we_say))
    return found


def _hidden(state: NodeState, venue: VenueId) -> set[tuple[str, str]]:
    """Return the differences that a look cannot tell, for a dispute may be all that hides them."""
    lots = _unsure(state, venue, _lots)
    money = _unsure(state, venue, partial(_moves, state))
    found = [(POSITION, name) for name in lots] + [(BALANCE, asset) for asset in money]
    return {(type_, text(f"{venue}/{what}")) for type_, what in found}


def _unsure(
    state: NodeState, venue: VenueId, measure: Callable[[FillRecorded], Iterable[tuple[str, int]]]
) -> dict[str, Span]:
    """Return how far the truth may lie from the books at a venue; O(executions told twice)."""
    held = {id(e): e for key, e in state.fills.executions().items() if key.venue == venue}
    spans: dict[str, Span] = {}
    for execution in held.values():
        for name, (low, high) in outcomes.spread(execution, measure).items():
            old_low, old_high = spans.get(name, (0, 0))
            spans[name] = old_low + low, old_high + high
    return spans


def _lots(fill: FillRecorded) -> Iterable[tuple[str, int]]:
    yield fill.instrument, sign(fill.side) * fill.quantity_lots


def _moves(state: NodeState, fill: FillRecorded) -> Iterable[tuple[str, int]]:
    return wallet.moves(fill, state.rules.instruments[fill.instrument])


def _difference(type_: str, venue: VenueId, what: str, said: str, we_say: str) -> Difference:
    return Difference(type=type_, subject=text(f"{venue}/{what}"), venue_says=said, we_say=we_say)
