"""What each kind of fact does to the state: one row a kind, and nothing else changes a state."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from edgenode.core.breaks.carrying import carried_in
from edgenode.core.centre import adoption
from edgenode.core.restrictions import overdrawn
from edgenode.core.state import unwind
from edgenode.core.state.charges import Due
from edgenode.core.state.costs import lot_minor
from edgenode.core.state.counted import counted
from edgenode.core.state.fills import Change
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.programmes import RESTART
from edgenode.core.state.reservations import OF_COST
from edgenode.model import facts as f
from edgenode.model.break_types import CUM_QUANTITY, GRANT_OVERDRAWN
from edgenode.model.ids import DESK_OVERLAY, OrderId, is_customer
from edgenode.model.orders import sign

Effect = Callable[[NodeState, Any, int], None]  # state, fact, its seq


def _nothing(_: NodeState, __: f.Fact, ___: int) -> None:
    """Leave the state as it is: the fact is a record of what was."""


def _booted(state: NodeState, fact: f.BootStarted, _: int) -> None:
    state.orders.booted(fact)
    state.rules.booted(fact)
    if fact.time_anew:
        state.limits.time_anew(fact.at_ns)
        _no_later(state, fact.at_ns)


def _time_trusted(state: NodeState, fact: f.TimeTrusted, _: int) -> None:
    state.limits.time_trusted(fact)
    state.orders.time_trusted(fact.at_ns)
    _no_later(state, fact.at_ns)


def _no_later(state: NodeState, at_ns: int) -> None:
    """Let what triggers stop by, and its release, lie in no time that has not come."""
    state.restrictions.no_later(at_ns)
    state.hedged.no_later(at_ns)


def _gated(state: NodeState, fact: f.OrderGated, seq: int) -> None:
    state.orders.gated(fact, seq)
    state.escrow.gated(fact)
    state.programmes.gated(fact)
    state.limits.count(fact.venue, fact.event_id, fact.at_ns)
    cost = sum(row.amount for row in fact.reserved if row.kind in OF_COST)
    state.limits.approvals.used(fact, cost)


def _denied(state: NodeState, fact: f.OrderDenied, seq: int) -> None:
    state.orders.denied(fact, seq)
    state.programmes.refused(fact)


def _works(state: NodeState, fact: f.OrderWorking) -> None:
    state.orders.moved(fact.order_id, "working", fact.at_ns)
    state.programmes.worked(state.orders.orders[fact.order_id].gated)


def _unknown(state: NodeState, fact: f.OrderUnknown) -> None:
    order = state.orders.orders[fact.order_id]
    heard = order.acked or fact.acknowledged or fact.evidence == RESTART
    state.orders.unknown(fact)
    if not heard:
        state.programmes.unanswered(order.gated, fact.at_ns)


def _amended(state: NodeState, fact: f.OrderAmended, seq: int) -> None:
    gated = state.orders.orders[fact.order_id].gated
    before_lots = state.orders.amended(fact, seq)
    state.escrow.amended(gated, fact, before_lots)
    state.limits.count(gated.venue, gated.event_id, fact.at_ns)


def _done(state: NodeState, fact: f.OrderDone, seq: int) -> None:
    order = state.orders.orders[fact.order_id]
    gated = order.gated
    if order.done_reason is None:
        state.hedged.done(fact, order)
    left = state.orders.done(fact, seq)
    state.programmes.ended(gated, fact.reason, left, fact.at_ns)
    cost = state.escrow.done(gated, left)
    if gated.account == DESK_OVERLAY:
        unwind.freed(state, gated.instrument)
    state.limits.approvals.unused(gated, left, cost)


def _reopened(state: NodeState, fact: f.OrderReopened, seq: int) -> None:
    order = state.orders.orders.get(fact.order_id)
    late_lots = state.orders.late_lots.get(fact.order_id, 0)
    done_lots = order.done_lots if order else fact.filled_lots - late_lots
    lots = state.orders.reopened(fact, seq)
    state.breaks.works_again(fact.order_id)
    gated = state.orders.orders[fact.order_id].gated
    state.escrow.works_again(gated, lots, gated.quantity_lots - done_lots)
    state.programmes.reopened(gated, lots)
    held = state.reservations.orders.get(fact.order_id, ())
    cost = sum(row.amount for row in held if row.kind in OF_COST)
    state.limits.approvals.used(replace(gated, quantity_lots=lots), cost)


def _quoted(state: NodeState, fact: f.QuotesSet, _: int) -> None:
    before = state.orders.quotes.get(fact.instrument)
    state.orders.quoted(fact)
    state.escrow.quoted(fact, before=before)


def _closed(state: NodeState, fact: f.OrdersClosed, _: int) -> None:
    state.orders.closed(fact)
    state.fills.closed(fact.to_seq, state.orders.holds)


def _restricted(state: NodeState, fact: f.RestrictionSet, _: int) -> None:
    state.restrictions.restricted(fact)
    state.rules.version += 1


def _lifted(state: NodeState, fact: f.RestrictionLifted, _: int) -> None:
    state.restrictions.lifted(fact)
    state.rules.version += 1


def _of_others(effect: Effect) -> Effect:
    """Let an act of others take effect, and note what it takes beyond a grant."""

    def noted(state: NodeState, fact: overdrawn.OfOthers, seq: int) -> None:
        before = overdrawn.uses(state, fact)
        effect(state, fact, seq)
        overdrawn.note(state, fact, before)

    return noted


def _evidence(change_of: Callable[[NodeState, Any, int], Change]) -> Effect:
    """Book what a piece of evidence changes."""
    return _of_others(lambda state, fact, seq: _book(state, change_of(state, fact, seq)))


def _book(state: NodeState, change: Change) -> None:
    """Take out of the books what no longer holds, and put in what does."""
    earlier: list[f.Reserved] = []
    hedges = [fact for fact in (*change.out, *change.into) if fact.account == DESK_OVERLAY]
    before_each = {fact.instrument: unwind.kept(state, fact.instrument) for fact in hedges}
    for fact in change.out:
        instrument = state.rules.instruments[fact.instrument]
        one_lot = lot_minor(state.rules, instrument)
        moved = state.positions.filled(fact, instrument, one_lot, times=-1)
        if is_customer(fact.account):
            state.obligations.filled(fact, instrument, times=-1)
        settled = state.fills.unsettled(fact)
        earlier += settled or ()
        state.escrow.unfilled(fact, instrument, settled)
        state.hedged.filled(fact, state.orders.orders.get(fact.order_id), times=-1)
        before, after = state.orders.unfilled(fact)
        state.programmes.filled(fact, moved, after)
        if after > before:
            state.escrow.reopened(state.orders.orders[fact.order_id].gated, after)
    if change.unowed:
        state.escrow.unowe(change.unowed, change.since_ns)
    act, elsewhere = bool(change.out), change.elsewhere
    for fact, due in zip(change.into, change.dues, strict=True):
        held = min(fact.cash_minor, max(0, sign(fact.side) * elsewhere))
        elsewhere -= sign(fact.side) * held
        here = replace(fact, cash_minor=fact.cash_minor - held) if held else fact
        act |= _fill(state, here, due, earlier) < fact.quantity_lots
        earlier = []
    if hedges:
        for fact in {fact.instrument: fact for fact in hedges}.values():
            unwind.follow(state, fact, before_each[fact.instrument], act=act)


def _fill(state: NodeState, fact: f.FillRecorded, due: Due, earlier: list[f.Reserved]) -> int:
    """Put an execution into the books; returns the open lots of its order that it used."""
    instrument = state.rules.instruments[fact.instrument]
    moved = state.positions.filled(fact, instrument, lot_minor(state.rules, instrument))
    if is_customer(fact.account):
        state.obligations.filled(fact, instrument)
    state.hedged.filled(fact, state.orders.orders.get(fact.order_id))
    before, after = state.orders.filled(fact)
    state.programmes.filled(fact, moved, after)
    settled = state.escrow.filled(
        fact, instrument, due, before=before, after=after, earlier=earlier
    )
    state.fills.settled(fact, settled)
    return before - after


def _fee_priced(state: NodeState, fact: f.FeePriced, _: int) -> None:
    policy = state.rules.policy
    assert policy is not None, "a fee is priced in the policy's currency"
    state.escrow.fee_priced(fact, policy.currency)
    state.fills.fee_priced(fact)
    overdrawn.note_once(state)


def _counted(state: NodeState, fact: f.OrderCounted, _: int) -> None:
    state.orders.counted[fact.order_id] = counted(fact)


def _break_closed(state: NodeState, fact: f.BreakClosed, _: int) -> None:
    state.breaks.closed(fact)
    _uncounted(state, fact.break_id)


def _uncounted(state: NodeState, break_id: str) -> None:
    """Let a venue's count of an order end with its break."""
    type_, _, subject = break_id.partition(":")
    if type_ == CUM_QUANTITY:
        state.orders.counted.pop(OrderId(subject), None)


def _resolved(state: NodeState, fact: f.BreakResolved, seq: int) -> None:
    state.breaks.resolved(fact)
    _uncounted(state, fact.break_id)
    if fact.refers_to is not None:
        _RULED(state, fact, seq)


def _break_opened(state: NodeState, fact: f.BreakOpened, _: int) -> None:
    state.breaks.opened(fact)
    if fact.type == GRANT_OVERDRAWN:
        state.grants.beyond.discard(fact.subject)


def _adopted(state: NodeState, fact: f.Adopted, _: int) -> None:
    adoption.adopt(state, fact)
    overdrawn.note_once(state)


_RULED = _evidence(lambda state, fact, _: state.fills.ruled(fact))

EFFECTS: Mapping[type[f.Fact], Effect] = {
    f.Genesis: _nothing,
    f.StateDigest: _nothing,
    f.ConfigChanged: _nothing,
    f.BootStarted: _booted,
    f.TimeTrusted: _time_trusted,
    f.Adopted: _adopted,
    f.AccountFunded: lambda state, fact, _: state.wallet.funded(fact),
    f.OrderGated: _gated,
    f.OrderDenied: _denied,
    f.OrderSent: lambda state, fact, _: state.orders.moved(fact.order_id, "sent", fact.at_ns),
    f.OrderWorking: lambda state, fact, _: _works(state, fact),
    f.OrderUnknown: lambda state, fact, _: _unknown(state, fact),
    f.VenueRead: lambda state, fact, _: state.orders.venue_read(fact),
    f.OrderNotFound: lambda state, fact, _: state.orders.not_found(fact),
    f.CancelSent: lambda state, fact, _: state.orders.cancel_sent(fact),
    f.OrderAmended: _amended,
    f.AmendDenied: lambda state, fact, seq: state.orders.amend_denied(fact, seq),
    f.OrderDone: _done,
    f.OrderReopened: _of_others(_reopened),
    f.OrderCounted: _of_others(_counted),
    f.OrdersClosed: _closed,
    f.FillRecorded: _evidence(lambda state, fact, seq: state.fills.recorded(fact, seq)),
    f.FeePriced: _fee_priced,
    f.FeeRecorded: _evidence(lambda state, fact, seq: state.fills.fee_recorded(fact, seq)),
    f.FillDisputed: _evidence(lambda state, fact, _: state.fills.contradicted(fact)),
    f.FillCorrected: _evidence(lambda state, fact, _: state.fills.corrected(fact)),
    f.FillBusted: _evidence(lambda state, fact, _: state.fills.busted(fact)),
    f.QuotesSet: _quoted,
    f.HedgeProgramme: lambda state, fact, _: state.programmes.decided(fact),
    f.RestrictionSet: _restricted,
    f.RestrictionLifted: _lifted,
    f.MicroEventOpened: lambda state, fact, _: state.limits.event_opened(fact),
    f.MicroEventClosed: lambda state, fact, _: state.limits.event_closed(fact),
    f.TradingDayOpened: lambda state, fact, _: state.limits.day_opened(fact),
    f.AuctionOpened: lambda state, fact, _: state.limits.auction_opened(fact),
    f.AuctionClosed: lambda state, fact, _: state.limits.auction_closed(fact),
    f.SessionOpened: lambda state, fact, _: state.orders.sessions.add(fact.account),
    f.SessionClosed: lambda state, fact, _: state.orders.sessions.discard(fact.account),
    f.PlanProposed: lambda state, fact, _: state.limits.approvals.proposed(fact),
    f.PlanApproved: lambda state, fact, _: state.limits.approvals.approved(fact),
    f.PlanDeclined: lambda state, fact, _: state.limits.approvals.ended(fact.plan_id),
    f.NeedAsked: lambda state, fact, _: state.limits.needs.asks(fact),
    f.EventSized: lambda state, fact, _: state.limits.needs.event_sized(fact),
    f.NeedEnded: lambda state, fact, _: state.limits.needs.ended(fact),
    f.BreakOpened: _break_opened,
    f.ResolutionProposed: lambda state, fact, _: state.breaks.proposed(fact),
    f.BreakResolved: _resolved,
    f.CarriedIn: _of_others(lambda state, fact, _: carried_in(state, fact)),
    f.BreakClosed: _break_closed,
}

# What orders do to the state leaves the rules as they were: what the gate has worked out of them
# (core/gate/terms) holds until any other fact.
OF_ORDERS = frozenset({
    *(f.OrderGated, f.OrderDenied, f.OrderSent, f.OrderWorking, f.OrderUnknown, f.OrderDone),
    *(f.OrderNotFound, f.VenueRead),
    *(f.OrdersClosed, f.OrderAmended, f.AmendDenied, f.CancelSent, f.FillRecorded, f.QuotesSet),
    *(f.HedgeProgramme, f.StateDigest, f.ConfigChanged),
})  # fmt: skip
