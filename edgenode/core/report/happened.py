"""What happened during a micro-event, and who decided it: one row an entry, in words."""

from typing import NamedTuple

from edgenode.core.risk import shown
from edgenode.core.state.node_state import NodeState
from edgenode.model import currencies
from edgenode.model import facts as f
from edgenode.model.errors import RefusedError
from edgenode.model.ids import EventId, InstrumentId
from edgenode.model.ledgers import Entry
from edgenode.model.money import Money, format_decimal
from edgenode.wire import entry as wire_entry

ROWS_MAX = 200
TEXT_MAX = 200
EVERYDAY = frozenset({f.FxRate.__name__, f.Genesis.__name__, f.Mandate.__name__})


class Row(NamedTuple):
    """One thing that happened: its entry, market time, words, and who decided it."""

    seq: int
    at_ns: int
    what: str
    who: str


def row(state: NodeState, entry: Entry, fact: f.Fact, event_id: EventId) -> Row | None:
    """Return what a recorded fact tells people; None if it is everyday work."""
    told = _told(state, fact, event_id)
    if told is None:
        return None
    what, who = told
    return Row(entry.seq, fact.at_ns, what[:TEXT_MAX], who or entry.actor)


def is_mandate(fact: f.Adopted) -> bool:
    """Return whether the centre's entry promises a core position, and that took effect."""
    return fact.applied and wire_entry.parse(fact.bytes)[1].kind == f.Mandate.__name__


def _told(  # noqa: PLR0911  one return per kind
    state: NodeState, fact: f.Fact, event_id: EventId
) -> tuple[str, str] | None:
    """Return (what, who); who is "" where the entry's actor is meant."""
    match fact:
        case f.MicroEventOpened() | f.MicroEventClosed():
            return _of_event(fact, event_id)
        case f.RestrictionSet() | f.RestrictionLifted():
            return _of_restriction(fact)
        case f.PlanProposed() | f.PlanApproved() | f.PlanDeclined():
            return _of_plan(state, fact)
        case f.BreakOpened() | f.BreakClosed() | f.BreakResolved() | f.ResolutionProposed():
            return _of_break(fact)
        case f.NeedAsked() | f.NeedEnded():
            return _of_need(state, fact, event_id)
        case f.Adopted():
            return _of_centre(fact)
        case f.OrderUnknown():
            order = state.orders.orders.get(fact.order_id)
            if order is None or order.gated.event_id != event_id:
                return None
            at = f"at {order.gated.venue}, order {fact.order_id}"
            return f"Answer missing {at}: {fact.evidence}", ""
        case f.BootStarted():
            return f"The node starts, release {fact.version}", ""
        case _:
            return None


def _of_event(
    fact: f.MicroEventOpened | f.MicroEventClosed, event_id: EventId
) -> tuple[str, str] | None:
    if fact.event_id != event_id:
        return None
    if isinstance(fact, f.MicroEventOpened):
        return f"{fact.name}: {fact.source}, recorded", ""
    return f"The event ends: {fact.reason}", ""


def _of_restriction(fact: f.RestrictionSet | f.RestrictionLifted) -> tuple[str, str]:
    why = fact.reason or fact.evidence
    if isinstance(fact, f.RestrictionSet):
        return f"{fact.cause} restricts {fact.scope} to {fact.level}: {why}", ""
    return f"{fact.cause} restricts {fact.scope} no more: {why}", ""


def _of_plan(
    state: NodeState, fact: f.PlanProposed | f.PlanApproved | f.PlanDeclined
) -> tuple[str, str]:
    match fact:
        case f.PlanProposed():
            what = _quantity(state, fact.instrument, fact.quantity_lots_max)
            price = _price(state, fact.instrument, fact.worst_ticks)
            cost = _cost(state, fact.cost_max)
            text = f"Larger hedge asked, {fact.plan_id}: {fact.side} up to {what} at {price}"
            return f"{text}, cost up to {cost}", f"rule: {fact.reason}"
        case f.PlanApproved():
            return f"Plan {fact.plan_id} is approved", fact.person
        case f.PlanDeclined():
            return f"Plan {fact.plan_id} is over: {fact.reason}", ""


def _of_break(
    fact: f.BreakOpened | f.BreakClosed | f.BreakResolved | f.ResolutionProposed,
) -> tuple[str, str]:
    match fact:
        case f.BreakOpened():
            return f"Difference {fact.break_id}: {fact.detail}", ""
        case f.BreakClosed():
            return f"Difference {fact.break_id} is explained: {fact.reason}", ""
        case f.ResolutionProposed():
            return f"Difference {fact.break_id}: {fact.decision} is proposed", fact.person
        case f.BreakResolved():
            text = f"Difference {fact.break_id} is decided: {fact.decision}, {fact.reason}"
            return text, ", ".join(fact.persons)


def _of_centre(fact: f.Adopted) -> tuple[str, str] | None:
    """Tell what the centre said; rates and mandates that take effect are everyday work."""
    try:
        _, said, _ = wire_entry.parse(fact.bytes)
    except RefusedError:
        return f"The centre's word has no effect: {fact.reason}", "centre"
    if said.kind in EVERYDAY and fact.applied:
        return None
    took = "takes effect" if fact.applied else f"has no effect: {fact.reason}"
    return f"{said.kind} of the centre {took}", said.actor


def _of_need(
    state: NodeState, fact: f.NeedAsked | f.NeedEnded, event_id: EventId
) -> tuple[str, str] | None:
    if isinstance(fact, f.NeedEnded):
        return f"Request {fact.need_id} ends: {fact.reason}", ""
    if fact.event_id != event_id:
        return None
    of = shown.unit(state, fact)
    needed, left = (shown.amount(state, fact, number) for number in (fact.needed, fact.left))
    text = f"Asked of the desk, {fact.need_id}: {fact.need}, {needed} needed, {left} left {of}"
    return text, ""


def _quantity(state: NodeState, name: InstrumentId, lots: int) -> str:
    known = state.rules.instruments.get(name)
    if known is None:
        return f"{lots} lots of {name}"
    return f"{format_decimal(lots, known.quantity_decimals)} {known.base}"


def _price(state: NodeState, name: InstrumentId, ticks: int) -> str:
    known = state.rules.instruments.get(name)
    return f"{ticks} ticks" if known is None else format_decimal(ticks, known.price_decimals)


def _cost(state: NodeState, minor: int) -> str:
    policy = state.rules.policy
    if policy is None:
        return f"{minor} smallest units"
    return currencies.worded(state.rules.currencies, Money(minor, policy.currency))
