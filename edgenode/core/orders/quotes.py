"""The desk's two-sided quote in the local book: when it is renewed, cut or pulled.

What is quoted is made in core/orders/making. Each side holds its money as an order of `desk:book`
would. A pause pulls both.
"""

from dataclasses import replace

from edgenode.core.gate.check import NOTHING_REPLACED, Replaced
from edgenode.core.market.quoting import Quote
from edgenode.core.observations import (
    NOTHING,
    Act,
    Decision,
    Requote,
)
from edgenode.core.orders.local import execute, gave_way
from edgenode.core.orders.making import Making, begun
from edgenode.core.orders.meeting import sweep
from edgenode.core.risk.room import Rooms
from edgenode.core.seen import Reference, Seen
from edgenode.core.state import fx
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.order import quote_order_id, quote_order_ids
from edgenode.model.facts import Instrument, Policy, QuotesSet, Reserved
from edgenode.model.ids import DESK_BOOK, LOCAL_VENUE, EventId, GrantId, InstrumentId
from edgenode.model.orders import Side

QUOTER = "rule:quote"


def renewed(state: NodeState, seen: Seen, instrument_id: InstrumentId, now_ns: int) -> Decision:
    """Decide on the desk's quote; nothing where it would not change."""
    decision = _renewed(state, seen, instrument_id, now_ns, early=False)
    assert decision is not None, "it waits for nothing"
    return decision


def freeing(
    state: NodeState, seen: Seen, instrument_id: InstrumentId, now_ns: int
) -> Decision | None:
    """Decide on the desk's quote; None once its bid takes more than the standing one holds."""
    return _renewed(state, seen, instrument_id, now_ns, early=True)


def _renewed(
    state: NodeState, seen: Seen, instrument_id: InstrumentId, now_ns: int, *, early: bool
) -> Decision | None:
    policy = state.rules.policy
    instrument = state.rules.instruments.get(instrument_id)
    if policy is None or instrument is None:
        return NOTHING
    event_id = state.limits.event_at(now_ns)
    reference = seen.reference(policy, instrument_id, now_ns)
    standing = state.orders.quotes.get(instrument_id)
    held = _standing(state, standing)
    making = begun(state, seen, policy, instrument, reference, held, event_id, now_ns)
    if isinstance(making, str):
        wanted, reason = None, making
    else:
        making.bid()
        if early and _takes_more(held, instrument, making):
            return None
        wanted, reason = making.quote(), making.reason
    if standing is None and wanted is None:
        return NOTHING
    if standing is not None and _stands(standing, held, wanted, reference, event_id):
        return NOTHING
    return _set(
        *(state, policy, instrument, wanted, reference, held, reason, event_id, now_ns),
    )


def _takes_more(held: Replaced, instrument: Instrument, making: Making) -> bool:
    """Return whether a bid takes more lots or money than the standing one has."""
    funds = sum([row.amount for row in held.held if row.kind == "funds"])
    outlay = instrument.notional_minor(making.bid_ticks, making.bid_lots)
    return making.bid_lots > held.buys or outlay > funds


def held_rows(state: NodeState, name: InstrumentId) -> list[Reserved]:
    """Return what the standing quote holds, both sides."""
    standing = state.orders.quotes.get(name)
    if standing is None:
        return []
    bid, offer = quote_order_ids(standing.quote_id)
    rows = state.reservations.orders
    return [*rows.get(bid, ()), *rows.get(offer, ())]


def cut(state: NodeState, seen: Seen, name: InstrumentId, now_ns: int) -> Decision:
    """Decide on a quote that just executed or whose hedge was sent: it keeps within the room.

    Its prices stay, so it executes nothing more; the next look makes them anew.
    """
    policy, standing = state.rules.policy, state.orders.quotes.get(name)
    instrument = state.rules.instruments.get(name)
    if policy is None or instrument is None or standing is None:
        return NOTHING
    buys, sells = state.orders.quote_lots(name)
    exposure = state.exposure(name).without(buys=buys, sells=sells)
    if max(buys, sells) <= policy.unhedged_max - exposure.net.worst:
        return NOTHING  # all of it may be carried with no hedge
    held = _standing(state, standing)
    rooms = Rooms(state, seen, policy, instrument, exposure, now_ns, held.freed)
    bid = min(held.buys, rooms.admitted("buy", held.buys))
    rooms.cash = sum(row.amount for row in held.held if row.kind == "cash")
    ask = min(held.sells, rooms.admitted("sell", held.sells))
    if (bid, ask) == (held.buys, held.sells):
        return NOTHING
    made = Quote(
        bid_ticks=standing.bid_ticks, ask_ticks=standing.ask_ticks, bid_lots=bid, ask_lots=ask
    )
    fact = replace(
        standing,
        at_ns=now_ns,
        quote_id=state.orders.next_id(),
        bid_lots=bid,
        ask_lots=ask,
        reserved=_reserve(state, policy, instrument, made, held, now_ns),
        reason="hedge room",
    )
    return Decision((Act(fact, QUOTER),))


def _standing(state: NodeState, standing: QuotesSet | None) -> Replaced:
    """Return what the standing quote still has open and holds; its successor takes its place."""
    if standing is None:
        return NOTHING_REPLACED
    buys, sells = state.orders.quote_lots(standing.instrument)
    held = tuple(held_rows(state, standing.instrument))
    return Replaced(buys=buys, sells=sells, held=held)


def _stands(
    standing: QuotesSet,
    held: Replaced,
    wanted: Quote | None,
    reference: Reference | None,
    event_id: EventId,
) -> bool:
    """Return whether the standing quote already is what is wanted, on this reference."""
    if wanted is None:
        return not held.buys and not held.sells
    return (
        standing.event_id == event_id
        and standing.reference_ticks == (reference.ticks if reference else None)
        and standing.bid_ticks == wanted.bid_ticks
        and standing.ask_ticks == wanted.ask_ticks
        and held.buys == wanted.bid_lots
        and held.sells == wanted.ask_lots
    )


def _set(  # noqa: PLR0913, PLR0917  what a quote is made of
    state: NodeState,
    policy: Policy,
    instrument: Instrument,
    wanted: Quote | None,
    reference: Reference | None,
    held: Replaced,
    reason: str,
    event_id: EventId,
    now_ns: int,
) -> Decision:
    """Replace the old quote by the new one, then execute what it crosses.

    Setting it returns what the old one held before it holds its own, as one fact: so its
    executions never count beside the old quote.
    """
    quote_id = state.orders.next_id()
    made = wanted or Quote(bid_ticks=0, ask_ticks=0, bid_lots=0, ask_lots=0)
    before, executed = list[Act](), list[Act]()
    for side, ticks, lots in _quote_sides(made):
        if lots:
            taker = (quote_order_id(quote_id, side), DESK_BOOK, side, event_id)
            met = sweep(state, instrument.id, taker[0], DESK_BOOK, side, ticks, lots)
            before += [
                gave_way(state, id_, now_ns)
                for id_ in met.prevented
                if id_ in state.orders.orders  # not the quote that this one replaces
            ]
            executed += execute(state, instrument, taker, met, now_ns)
    fact = QuotesSet(
        at_ns=now_ns,
        venue=LOCAL_VENUE,
        instrument=instrument.id,
        quote_id=quote_id,
        bid_ticks=made.bid_ticks,
        bid_lots=made.bid_lots,
        ask_ticks=made.ask_ticks,
        ask_lots=made.ask_lots,
        event_id=event_id,
        limits_version=state.rules.version,
        reserved=_reserve(state, policy, instrument, made, held, now_ns),
        reference_ticks=reference.ticks if reference else None,
        reason=reason,
    )
    after = (Requote(instrument.id, cut=True),) if executed else ()
    return Decision((*before, Act(fact, QUOTER), *executed), after)


def _reserve(
    state: NodeState,
    policy: Policy,
    instrument: Instrument,
    made: Quote,
    held: Replaced,
    now_ns: int,
) -> tuple[Reserved, ...]:
    """Hold cash for the bid (balance and grants) and inventory for the ask."""
    rows: list[Reserved] = []
    none = GrantId("")
    cash = instrument.notional_minor(made.bid_ticks, made.bid_lots)
    if cash:
        rate = fx.rate(state.rules, policy, instrument.quote, now_ns)
        assert rate is not None, "a quote that wants cash was sized with a rate"
        rows.append(Reserved(grant=none, kind="funds", amount=cash, unit=instrument.quote))
        granted, missing = state.grants.allocate(
            *("cash", policy.currency, rate.up(cash), state.limits.latest(now_ns)),
            reducing=False,
            freed=held.freed,
        )
        assert not missing, "a bid was cut to the cash that grants leave"
        rows += granted
    if made.ask_lots:
        rows.append(
            Reserved(grant=none, kind="inventory", amount=made.ask_lots, unit=instrument.id)
        )
    return tuple(rows)


def _quote_sides(made: Quote) -> tuple[tuple[Side, int, int], tuple[Side, int, int]]:
    return ("buy", made.bid_ticks, made.bid_lots), ("sell", made.ask_ticks, made.ask_lots)
