"""What a venue's word does to our orders. Every report is evidence; none is a command.

A fill is booked once, whatever is said of it in whatever order (core/state/execution): known, also
with another precision of time -> nothing; its fee comes later -> the fee is booked once; same id
with other content -> break; a bust of what is not known -> tombstone; what its order does not
allow -> booked and a break (core/venues/beyond). The venue's CumQty is a
second witness: less booked than it says -> UNKNOWN, and the executor asks again; more -> break.
What cannot be read, or cannot be (core/venues/credible), is one break of its venue.
"""

from typing import assert_never

from edgenode.core.breaks.opening import closed, message, opened, quantity, text
from edgenode.core.observations import NOTHING, Act, Decision, Filled, Requote, Retold
from edgenode.core.seen import Seen
from edgenode.core.state.costs import Trade, counted
from edgenode.core.state.execution import FillKey, content_hash, key_of, ref_of, repeats
from edgenode.core.state.links import same_trade
from edgenode.core.state.node_state import NodeState
from edgenode.core.venues import beyond, credible, fees, reduce_only, reopening, silence, statuses
from edgenode.core.venues.differing import difference
from edgenode.model.break_types import FILL_CONTENT, FILL_INSTRUMENT, OVERFILL, TOMBSTONE
from edgenode.model.facts import (
    Fact,
    FeeRecorded,
    FillBusted,
    FillCorrected,
    FillDisputed,
    FillRecorded,
    OrderDone,
    RecalledFill,
)
from edgenode.model.ids import DESK_SUSPENSE, LOCAL_VENUE, NO_EVENT, OrderId
from edgenode.model.money import Money
from edgenode.model.orders import OrderState, sign
from edgenode.model.venue import (
    Acked,
    BustReport,
    CorrectReport,
    FillReport,
    Finished,
    LinkChanged,
    NotAnswered,
    NotKnown,
    NotSent,
    Unreadable,
    VenueEvent,
)


def reported(  # noqa: PLR0911  one return per kind of report
    state: NodeState, seen: Seen, event: VenueEvent, now_ns: int
) -> Decision:
    """Decide on one venue event; total: whatever it says, nothing is raised."""
    found = credible.strange(event)
    if found:
        return message(state, event.venue, found, now_ns)
    match event:
        case FillReport():
            return _fill(state, seen, event, now_ns)
        case CorrectReport():
            return _corrected(state, seen, event, now_ns)
        case BustReport():
            return _busted(state, seen, event, now_ns)
        case LinkChanged():
            return NOTHING
        case Unreadable():
            return message(state, event.venue, event.detail, now_ns)
        case Acked() | Finished() | NotAnswered() | NotSent() | NotKnown():
            return statuses.said(state, seen, event, now_ns)
        case _:
            assert_never(event)


def _fill(state: NodeState, seen: Seen, report: FillReport, now_ns: int) -> Decision:
    content = content_hash(report)
    key = key_of(report)
    recalled = seen.past.fill
    told = state.fills.contents_of(key) or ((recalled.fill,) if recalled else ())
    repeated = (*told, *state.fills.corrections_of(key))
    if any(repeats(one, report) for one in repeated):  # of several, it may repeat any
        return NOTHING
    known = told[0] if told else None
    if report.instrument not in state.rules.instruments:
        return _strange(state, report, now_ns)
    fact = _recorded(state, seen, report, content, now_ns)
    if not credible.fits(state, fact):
        return message(state, report.venue, f"fill {report.exec_id}: too much money", now_ns)
    then = (*_retold(state, seen, key, fact.order_id), Requote(fact.instrument))
    actor = f"venue:{report.venue}"
    if _is_fee(repeated, report):
        with_fee = _with_fee(state, fact, recalled)
        return Decision((Act(with_fee, actor), *fees.unpriced(state, fact, now_ns)), then)
    if known is None:
        return Decision(_first(state, seen, fact, now_ns), then)
    disputed = FillDisputed(at_ns=now_ns, refers_to=ref_of(key), fill=fact, recalled=recalled)
    acts: list[Act] = []
    if all(one.order_id != fact.order_id for one in told):
        acts += reopening.executed(state, seen, fact, now_ns)
    acts.append(Act(disputed, actor))
    execution = state.fills.execution(key)
    if execution is None or not execution.decided or execution.reused(fact.order_id):
        detail = difference(state, known, fact)
        acts += opened(state, FILL_CONTENT, key, detail, now_ns)
    acts += beyond.contradicted(state, seen, fact, now_ns)
    acts += fees.unpriced(state, fact, now_ns)
    return Decision(tuple(acts), then)


def _is_fee(told: tuple[FillRecorded, ...], report: FillReport) -> bool:
    """Return whether all that a report adds to what was told is the fee of an execution."""
    alike = [one for one in told if same_trade(one, report)]
    return bool(alike) and not any(one.fee_minor for one in alike)


def _with_fee(state: NodeState, fact: FillRecorded, recalled: RecalledFill | None) -> Fact:
    """Return what records an execution with the fee that it was first told without."""
    key = key_of(fact)
    if state.fills.execution(key) is None:
        return FeeRecorded(at_ns=fact.at_ns, refers_to=ref_of(key), fill=fact, recalled=recalled)
    if not state.fills.contents_of(key):
        return fact  # it was told as a correction
    return FillDisputed(at_ns=fact.at_ns, refers_to=ref_of(key), fill=fact, recalled=recalled)


def _first(state: NodeState, seen: Seen, fact: FillRecorded, now_ns: int) -> tuple[Act, ...]:
    """Book an execution under an id that has no content yet."""
    key = key_of(fact)
    acts = [
        *reopening.executed(state, seen, fact, now_ns),
        Act(fact, f"venue:{fact.venue}"),
        *closed(state, TOMBSTONE, key, "the execution came", now_ns),
        *_known_now(state, fact, now_ns),
    ]
    acts += beyond.contradicted(state, seen, fact, now_ns)
    return (*acts, *fees.unpriced(state, fact, now_ns))


def _corrected(state: NodeState, seen: Seen, report: CorrectReport, now_ns: int) -> Decision:
    fill = report.fill
    key = key_of(fill)._replace(exec_id=report.refers_to)
    execution = state.fills.execution(key)
    if execution is not None and execution.corrected_to(report):
        return NOTHING
    if fill.instrument not in state.rules.instruments:
        return _strange(state, fill, now_ns)
    right = _recorded(state, seen, fill, content_hash(fill), now_ns)
    if not credible.fits(state, right):
        return message(state, fill.venue, f"correction {fill.exec_id}: too much money", now_ns)
    fact = FillCorrected(
        at_ns=now_ns,
        refers_to=ref_of(key),
        version=report.version,
        evidence=f"venue:{fill.venue}",
        fill=right,
        recalled=seen.past.fills,
    )
    acts: list[Act] = []
    if not state.fills.holds(key) and not seen.past.fills:
        acts += reopening.executed(state, seen, right, now_ns)
    acts += (Act(fact, f"venue:{fill.venue}"), *_known_now(state, right, now_ns))
    if execution is None or not _is_fee(execution.corrections_to(report), fill):
        acts += beyond.settled(state, key, "corrected", now_ns)
        acts += beyond.contradicted(state, seen, right, now_ns)
    acts += fees.unpriced(state, right, now_ns)
    told = state.fills.versions(key_of(fill))  # its own id may stand for another execution
    then = (
        *_retold(state, seen, key, fill.order_id, *(one.order_id for one in told)),
        Requote(fill.instrument),
    )
    return Decision(tuple(acts), then)


def _busted(state: NodeState, seen: Seen, report: BustReport, now_ns: int) -> Decision:
    key = key_of(report)
    execution = state.fills.execution(key)
    if execution is not None and execution.busted:
        return NOTHING
    fact = FillBusted(
        at_ns=now_ns,
        refers_to=ref_of(key),
        version=report.version,
        evidence=text(report.detail),
        recalled=seen.past.fill,
    )
    acts = [Act(fact, f"venue:{report.venue}")]
    acts += beyond.settled(state, key, "busted", now_ns)
    recalled = seen.past.fill
    booked = recalled.fill if recalled else state.fills.content_of(key)
    if booked is None and execution is not None:
        booked = execution.booked()
    if booked is None:
        acts += opened(state, TOMBSTONE, key, "busted before it was heard of", now_ns)
        return Decision(tuple(acts), (Retold(key),))
    then = (*_retold(state, seen, key, booked.order_id), Requote(booked.instrument))
    return Decision(tuple(acts), then)


def _retold(
    state: NodeState, seen: Seen, key: FillKey, *order_ids: OrderId
) -> tuple[Retold | Filled, ...]:
    """Return what evidence makes dirty: its execution, and each order of which it was told."""
    told = (*state.fills.versions(key), *(one.fill for one in seen.past.fills))
    orders = sorted({*order_ids, *(fill.order_id for fill in told)})
    return (Retold(key), *map(Filled, orders))


def after_fill(state: NodeState, seen: Seen, order_id: OrderId, now_ns: int) -> Decision:
    """Decide, once evidence has taken effect, whether its order is done or overfilled."""
    order = state.orders.orders.get(order_id)
    gated = order.gated if order else seen.past.order(order_id)
    if gated is None:
        return NOTHING
    filled = statuses.executed(state, seen, order_id)
    acts: list[Act] = []
    if filled > gated.quantity_lots:
        instrument = state.rules.instruments.get(gated.instrument)
        executed, ordered = (quantity(n, instrument) for n in (filled, gated.quantity_lots))
        detail = f"{executed} executed of {ordered} ordered"
        acts += opened(state, OVERFILL, order_id, detail, now_ns)
    else:
        acts += closed(state, OVERFILL, order_id, f"{filled} lots executed", now_ns)
    count = state.orders.counted.get(order_id)
    if count is not None and count.cum_lots == filled:
        acts += statuses.explained(state, order_id, now_ns)
    working = order is not None and order.state is not OrderState.DONE
    if order is not None and working and filled >= gated.quantity_lots:
        done = OrderDone(
            at_ns=now_ns, order_id=order_id, reason="filled", filled_lots=filled, again=order.ended
        )
        acts.append(Act(done, f"venue:{gated.venue}"))
        acts += silence.ended(state, order_id, "it is filled", now_ns)
    if gated.venue != LOCAL_VENUE:
        acts += reopening.taken_back(state, seen, gated, filled, now_ns)
        acts += reduce_only.due(state, now_ns)
    return Decision(tuple(acts))


def _recorded(
    state: NodeState, seen: Seen, report: FillReport, content: bytes, now_ns: int
) -> FillRecorded:
    gated = beyond.named(state, seen, report.order_id)
    if gated is not None and not credible.as_ordered(gated, report):
        gated = None
    instrument = state.rules.instruments[report.instrument]
    reference = gated.saw.reference_ticks if gated else None
    slippage = 0
    if reference is not None:
        worse = sign(report.side) * (report.price_ticks - reference)
        slippage = instrument.notional_minor(max(0, worse), report.quantity_lots)
    fee = Money(report.fee_minor, report.fee_currency or instrument.quote)
    trade = Trade(report.side, report.quantity_lots, report.price_ticks, slippage, fee)
    gate_fx = gated.saw.fx if gated else None
    found = counted(state.rules, instrument, trade, gate_fx, now_ns)
    return FillRecorded(
        at_ns=now_ns,
        venue=report.venue,
        venue_account=report.venue_account,
        scope=report.scope,
        exec_id=report.exec_id,
        order_id=report.order_id,
        account=gated.account if gated else DESK_SUSPENSE,
        instrument=report.instrument,
        side=report.side,
        quantity_lots=report.quantity_lots,
        price_ticks=report.price_ticks,
        fee_minor=fee.amount_minor,
        fee_currency=fee.currency,
        venue_time_ns=report.venue_time_ns,
        content_hash=content,
        event_id=gated.event_id if gated else NO_EVENT,
        cost_minor=found.cost_minor,
        cash_minor=found.cash_minor,
        fee_counted_minor=found.fee_minor,
        fx=found.fx,
        fee_fx=found.fee_fx,
    )


def _strange(state: NodeState, report: FillReport, now_ns: int) -> Decision:
    """Keep an execution in an instrument that is not ours; it cannot be booked."""
    detail = f"{report.side} {report.quantity_lots} lots at {report.price_ticks} ticks"
    return Decision(opened(state, FILL_INSTRUMENT, key_of(report), detail, now_ns))


def _known_now(state: NodeState, fact: FillRecorded, now_ns: int) -> tuple[Act, ...]:
    """Close the break of an execution whose instrument was not known when it was first told."""
    return closed(state, FILL_INSTRUMENT, key_of(fact), "its instrument was declared", now_ns)
