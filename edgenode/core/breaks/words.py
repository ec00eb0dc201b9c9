"""Breaks in words for the people on duty: what happened, where, how much, and what to do.

The recorded fact holds a type, a subject and a detail with the figures (core/breaks/opening). Of
reports that contradict each other the state still holds each; where it does not, the words say
less, never something else.
"""

from collections.abc import Callable, Iterable

from edgenode.core.breaks.opening import price, quantity
from edgenode.core.state.execution import key_of
from edgenode.core.state.node_state import NodeState
from edgenode.model import currencies
from edgenode.model.break_types import (
    AFTER_END,
    BALANCE,
    BEYOND_LIMIT,
    CUM_QUANTITY,
    FEE_UNPRICED,
    FILL_CONTENT,
    FILL_INSTRUMENT,
    FORGOTTEN,
    GRANT_OVERDRAWN,
    NOT_APPLIED,
    NOT_AS_ORDERED,
    NOT_CANCELED,
    OPEN_ORDER,
    OVERFILL,
    POSITION,
    RESTORED,
    TOMBSTONE,
    UNKNOWN_ORDER,
    UNRESOLVED,
    VENUE_MESSAGE,
)
from edgenode.model.facts import BreakOpened, FillRecorded
from edgenode.model.ids import (
    AccountId,
    InstrumentId,
    OrderId,
)
from edgenode.model.money import Money
from edgenode.model.orders import SIDES

Words = tuple[str, str]  # what happened, what to do
HELD_PARTS = 3  # account/instrument/side
VERSIONS_SHOWN_MAX = 4
SETTLES = "a correction or a bust from the venue settles it by itself"


def words(state: NodeState, said: BreakOpened) -> dict[str, str]:
    """Return `text`, what happened, and `do`, what to do about it."""
    worded = WORDED.get(said.type)
    if worded is None:
        text, do = f"{said.type}: {said.subject}: {said.detail}", "Look at it with the desk"
    else:
        text, do = worded(state, said)
    return {"text": text, "do": do}


# -- executions ----------------------------------------------------------------------------------


def _restored(_: NodeState, said: BreakOpened) -> Words:
    text = f"This box was restored from an old copy: {said.detail}"
    return text, "Ask those who traded here what is missing; the books stay as they are"


def _fill_content(state: NodeState, said: BreakOpened) -> Words:
    venue, exec_id = _execution_of(said)
    do = f"Ask venue {venue} which is right; {SETTLES}"
    execution = state.fills.execution(key_of(said.refers_to)) if said.refers_to else None
    if execution is None:
        text = f"Venue {venue} gave two reports of one trade that contradict each other"
        return f"{text} (its id {exec_id})", do
    versions = [*execution.contents.values(), *execution.corrections.values()]
    told = _told_apart(state, versions)
    reports = "; ".join(told[:VERSIONS_SHOWN_MAX])
    if len(told) > VERSIONS_SHOWN_MAX:
        reports += f"; and {len(told) - VERSIONS_SHOWN_MAX} more"
    if execution.reused():
        text = f"Venue {venue} gave one id, {exec_id}, to trades of several orders: {reports}"
        if len({version.order_id for version in versions}) == 1:
            text = f"Venue {venue} gave an id of trade {exec_id} to another one too: {reports}"
        do = f"Ask venue {venue} which of them are true, and for ids of their own"
    else:
        text = f"Venue {venue} reported trade {exec_id} in {len(told)} ways: {reports}"
    booked = [trade(state, held) for held in execution.held()]
    counted = f"only {' and '.join(booked)}" if booked else "none of it"
    return f"{text}. Booked meanwhile: {counted}", do


def _told_apart(state: NodeState, versions: Iterable[FillRecorded]) -> list[str]:
    """Return each version in words, with enough of it to tell them apart."""
    ordered = sorted(versions, key=lambda v: (v.quantity_lots, v.price_ticks, v.content_hash))
    plain = [trade(state, v) for v in ordered]
    if len(set(plain)) == len(plain):
        return plain
    known = state.rules.currencies
    fees = [currencies.worded(known, Money(v.fee_minor, v.fee_currency)) for v in ordered]
    return [
        f"{trade}, fee {fee}, order {v.order_id}"
        for trade, fee, v in zip(plain, fees, ordered, strict=True)
    ]


def _tombstone(_: NodeState, said: BreakOpened) -> Words:
    venue, exec_id = _execution_of(said)
    text = f"Venue {venue} took back a trade, {exec_id}, that it never reported; none is booked"
    return text, f"Ask venue {venue} what it was; the trade itself settles it when it comes"


def _unknown_order(_: NodeState, said: BreakOpened) -> Words:
    venue, exec_id = _execution_of(said)
    text = f"Venue {venue} reported a trade of an order that this box did not send: {said.detail}"
    do = f"Ask venue {venue} whose trade {exec_id} is, and to take it back if it is not ours"
    return f"{text}. It counts as exposure, held in suspense", do


def _not_as_ordered(_: NodeState, said: BreakOpened) -> Words:
    venue, exec_id = _execution_of(said)
    text = f"Venue {venue} reported a trade on another side, instrument or venue than was ordered"
    do = f"Ask venue {venue} what trade {exec_id} is; {SETTLES}"
    return f"{text}: {said.detail}. It counts as exposure, held in suspense", do


def _beyond_limit(_: NodeState, said: BreakOpened) -> Words:
    venue, exec_id = _execution_of(said)
    text = f"Venue {venue} executed beyond the order's limit: {said.detail}. All of it is booked"
    return text, f"Ask venue {venue} to correct trade {exec_id} or to take it back; {SETTLES}"


def _after_end(_: NodeState, said: BreakOpened) -> Words:
    venue, exec_id = _execution_of(said)
    text = f"Venue {venue} reported a trade of an order that had ended: {said.detail}"
    return (
        f"{text}. All of it is booked",
        f"Ask venue {venue} if trade {exec_id} is true; {SETTLES}",
    )


def _fill_instrument(_: NodeState, said: BreakOpened) -> Words:
    venue, exec_id = _execution_of(said)
    text = f"Venue {venue} reported trade {exec_id} in something that this box does not know"
    do = "Ask the desk to declare it: the venue is read again then; or the venue to take it back"
    return f"{text}; none is booked", do


# -- orders --------------------------------------------------------------------------------------


def _overfill(state: NodeState, said: BreakOpened) -> Words:
    venue = _venue_of(state, said.subject)
    text = f"{venue.capitalize()} executed more than was ordered: {said.detail}"
    return f"{text}. All of it is booked", f"Ask {venue} to take the rest back; {SETTLES}"


def _cum_quantity(state: NodeState, said: BreakOpened) -> Words:
    venue = _venue_of(state, said.subject)
    text = f"{venue.capitalize()} counts another quantity on an ended order than is booked"
    do = f"Ask {venue} for the trades of order {said.subject}; missing ones settle it"
    return f"{text}: {said.detail}", do


def _open_order(_: NodeState, said: BreakOpened) -> Words:
    venue, _slash, order_id = said.subject.partition("/")
    text = f"An order works at venue {venue} that does not work by the books here: {said.detail}"
    return text, f"Cancel order {order_id} at venue {venue}; the next comparison settles it"


def _unresolved(state: NodeState, said: BreakOpened) -> Words:
    venue = _venue_of(state, said.subject)
    text = (
        f"{venue.capitalize()} does not tell what became of {_order(state, said)}: {said.detail}"
    )
    do = f"Ask {venue} by telephone what became of order {said.subject}; it is asked on meanwhile"
    return f"{text}, and counts as if it did", do


def _not_canceled(state: NodeState, said: BreakOpened) -> Words:
    venue = _venue_of(state, said.subject)
    text = f"{venue.capitalize()} has not canceled {_order(state, said)}: {said.detail}"
    return text, f"Have {venue} cancel order {said.subject}; it is asked again meanwhile"


def _forgotten(state: NodeState, said: BreakOpened) -> Words:
    venue = _venue_of(state, said.subject)
    order = _order(state, said)
    text = f"{venue.capitalize()} forgot {order}: {said.detail}, and counts as if it did"
    return text, f"Ask {venue} for the trades of order {said.subject}; what it tells settles it"


def _order(state: NodeState, said: BreakOpened) -> str:
    """Return the order that a break is about: its side, quantity, and worst price."""
    order = state.orders.orders.get(OrderId(said.subject))
    if order is None:
        return "an order"
    gated = order.gated
    instrument = state.rules.instruments.get(gated.instrument)
    text = f"the order to {gated.side} {quantity(gated.quantity_lots, instrument)}"
    if instrument is not None and gated.price_ticks is not None:
        text += f" at {price(gated.price_ticks, instrument)}"
    return f"{text} of {gated.account}"


def _venue_of(state: NodeState, order_id: str) -> str:
    order = state.orders.orders.get(OrderId(order_id))
    return f"venue {order.gated.venue}" if order else "the venue"


# -- venues, grants, the centre ------------------------------------------------------------------


def _position(_: NodeState, said: BreakOpened) -> Words:
    venue, _slash, asset = said.subject.partition("/")
    text = f"Venue {venue} and the books differ in our position of {asset}: {said.detail}"
    return text, f"Ask venue {venue} for the trades that are missing; they settle it"


def _balance(state: NodeState, said: BreakOpened) -> Words:
    venue, _slash, asset = said.subject.partition("/")
    instrument = state.rules.instruments.get(InstrumentId(asset))
    asset = instrument.base if instrument is not None else asset
    text = f"Venue {venue} and the books differ in the {asset} that we hold: {said.detail}"
    return text, f"Ask venue {venue} for its statement: a fee, a transfer or a trade is missing"


def _venue_message(_: NodeState, said: BreakOpened) -> Words:
    text = f"Venue {said.subject} sent what cannot be true, and none of it is booked"
    return f"{text}: {said.detail}", "Report it to the venue; compare its books with ours"


def _overdrawn(state: NodeState, said: BreakOpened) -> Words:
    do = "Tell the desk: it grants more, or brings the position down"
    after = "Only what reduces risk is let through until this is closed"
    parts = said.subject.split("/")
    instrument = state.rules.instruments.get(InstrumentId(parts[1])) if parts[1:] else None
    side = next((side for side in SIDES if side == parts[-1]), None)
    if len(parts) == HELD_PARTS and instrument is not None and side is not None:
        use = state.position_use(AccountId(parts[0]), instrument.id, side)
        verb = "bought" if side == "buy" else "sold"
        text = f"More {instrument.base} was {verb} than this box may hold"
        return f"{text}: {quantity(use, instrument)} in {parts[0]}. {after}", do
    for id_, account in state.grants.accounts.items():
        if id_ == said.subject and account.grant.kind != "position":
            known, used = state.rules.currencies, account.spent + account.reserved
            unit, limit = account.grant.unit, account.grant.limit
            figures = currencies.amount(known, Money(used, unit))
            figures += f" of {currencies.worded(known, Money(limit, unit))}"
            text = f"More {account.grant.kind} was used than is granted: {figures}"
            return f"{text}. {after}", do
    return f"A venue's trade went beyond what is granted ({said.subject}). {after}", do


def _fee_unpriced(_: NodeState, said: BreakOpened) -> Words:
    text = f"A fee in {said.subject} has no dated rate, and counts at the policy's worst"
    return f"{text}: {said.detail}", f"Ask the desk for a rate of {said.subject}; it settles this"


def _not_applied(_state: NodeState, said: BreakOpened) -> Words:
    if said.subject.startswith("funds/"):
        text = f"Funds that arrived are not booked: {said.detail}"
        return text, "Tell the desk: it declares the currency or instrument, then fund again"
    ledger, _, seq = said.subject.rpartition("/")
    text = f"Instruction {seq} from {ledger.partition('>')[0]} is not in force here: {said.detail}"
    return text, "Tell the desk: it sends another that can be applied"


# -- units ---------------------------------------------------------------------------------------


def trade(state: NodeState, fill: FillRecorded) -> str:
    """Return an execution's side, quantity and price."""
    instrument = state.rules.instruments[fill.instrument]
    lots, at = quantity(fill.quantity_lots, instrument), price(fill.price_ticks, instrument)
    return f"{fill.side} {lots} at {at}"


def _execution_of(said: BreakOpened) -> Words:
    """Return the venue and the execution id of a break about an execution, as the venue said."""
    key = said.refers_to
    return (key.venue, key.exec_id) if key else ("?", said.subject)


WORDED: dict[str, Callable[[NodeState, BreakOpened], Words]] = {
    FILL_CONTENT: _fill_content,
    RESTORED: _restored,
    TOMBSTONE: _tombstone,
    UNKNOWN_ORDER: _unknown_order,
    NOT_AS_ORDERED: _not_as_ordered,
    BEYOND_LIMIT: _beyond_limit,
    AFTER_END: _after_end,
    FILL_INSTRUMENT: _fill_instrument,
    OVERFILL: _overfill,
    CUM_QUANTITY: _cum_quantity,
    UNRESOLVED: _unresolved,
    NOT_CANCELED: _not_canceled,
    FORGOTTEN: _forgotten,
    OPEN_ORDER: _open_order,
    POSITION: _position,
    BALANCE: _balance,
    VENUE_MESSAGE: _venue_message,
    GRANT_OVERDRAWN: _overdrawn,
    FEE_UNPRICED: _fee_unpriced,
    NOT_APPLIED: _not_applied,
}
