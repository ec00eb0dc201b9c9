"""The desk's two-sided quote in the local book: when it is renewed, cut or pulled.

Each side passes the gate as an order of `desk:book` would (core/gate/sides), and holds its money
as one. A side that finds less room in grants, balances or sizes is cut to it; one that other
limits deny is cut to what reduces net exposure, or not made. A pause pulls both.

Hedges come first: a side that may only reduce takes no more than the overlay's band leaves
unhedged. A quote for all of it would make every hedge a possible change of sign, which no
`reducing` admits.
"""

from dataclasses import replace

from edgenode.core.gate import trading_state
from edgenode.core.gate.check import Replaced
from edgenode.core.gate.sides import Sides
from edgenode.core.market.quoting import Quote, quote, widened
from edgenode.core.observations import (
    NOTHING,
    Act,
    Decision,
    Requote,
)
from edgenode.core.orders.local import execute, gave_way
from edgenode.core.orders.meeting import sweep
from edgenode.core.restrictions.causes import PERSON
from edgenode.core.risk.room import Rooms
from edgenode.core.seen import Reference, Seen
from edgenode.core.state import fx
from edgenode.core.state.exposure import Exposure
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.order import quote_order_id
from edgenode.core.state.restrictions import NODE
from edgenode.model.facts import Instrument, Policy, QuotesSet, Reserved
from edgenode.model.ids import DESK_BOOK, LOCAL_VENUE, GrantId, InstrumentId
from edgenode.model.orders import SIDES, Side

QUOTER = "rule:quote"
REDUCING = "reducing"  # the reason of a quote that takes no risk on


def renewed(state: NodeState, seen: Seen, instrument_id: InstrumentId, now_ns: int) -> Decision:
    """Decide on the desk's quote; nothing where it would not change."""
    policy = state.rules.policy
    instrument = state.rules.instruments.get(instrument_id)
    if policy is None or instrument is None:
        return NOTHING
    reference = seen.reference(policy, instrument_id, now_ns)
    standing = state.orders.quotes.get(instrument_id)
    held = _standing(state, instrument_id, now_ns)
    wanted, reason = _wanted(state, seen, policy, instrument, reference, held, now_ns)
    if standing is None and wanted is None:
        return NOTHING
    ticks = reference.ticks if reference else None
    if standing is not None and _stands(state, standing, held, wanted, ticks, now_ns):
        return NOTHING
    return _set(state, policy, instrument, wanted, reference, held, reason, now_ns)


def held_rows(state: NodeState, name: InstrumentId) -> list[Reserved]:
    """Return what the standing quote holds, both sides."""
    standing = state.orders.quotes.get(name)
    if standing is None:
        return []
    ids = (quote_order_id(standing.quote_id, side) for side in SIDES)
    return [row for id_ in ids for row in state.reservations.orders.get(id_, ())]


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
    held = _standing(state, name, now_ns)
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


def _standing(state: NodeState, name: InstrumentId, now_ns: int) -> Replaced:
    """Return what the standing quote still has open and holds; its successor takes its place."""
    standing = state.orders.quotes.get(name)
    if standing is None:
        return Replaced()
    buys, sells = state.orders.quote_lots(name)
    return Replaced(
        buys=buys,
        sells=sells,
        event_lots=state.orders.quote_lots_of(state.limits.event_at(now_ns), name),
        held=tuple(held_rows(state, name)),
    )


def _wanted(  # noqa: PLR0913, PLR0917  what a quote is made from
    state: NodeState,
    seen: Seen,
    policy: Policy,
    instrument: Instrument,
    reference: Reference | None,
    held: Replaced,
    now_ns: int,
) -> tuple[Quote | None, str]:
    """Return the quote that limits leave room for, None if none may stand."""
    limits = state.limits
    if policy.quote_size_lots == 0:
        return None, "no quoter"
    if state.restrictions.find(NODE, PERSON) is not None:
        return None, "paused"
    if instrument.id in limits.auctions:
        return None, "auction"
    rate = fx.rate(state.rules, policy, instrument.quote, now_ns)
    if reference is None or rate is None:
        return None, "no fresh reference"
    trading, _, _ = trading_state.effective(
        state.restrictions, DESK_BOOK, LOCAL_VENUE, instrument.id, limits.event_at(now_ns)
    )
    if trading == "halted":
        return None, "halted"
    only_reducing = trading == REDUCING or (
        # hedges may use what expired grants keep for reducing
        policy.overlay_enabled
        and state.grants.lapsed(instrument.id, policy.currency, state.limits.latest(now_ns))
    )
    exposure = state.exposure(instrument.id).without(buys=held.buys, sells=held.sells)
    judged = Sides(state, seen, policy, instrument, held, exposure, now_ns)
    rooms = Rooms(state, seen, policy, instrument, exposure, now_ns, held.freed)
    most = _reducing(policy, exposure)

    def lots(side: Side, room: int, ticks: int) -> int:
        wanted = min(policy.quote_size_lots, room, most[side] if only_reducing else room)
        return judged.lots(side, ticks, wanted, most[side])

    bid_room = rooms.admitted("buy", policy.quote_size_lots)
    made = _priced(policy, exposure, reference, bid_room, bid_room)
    bid = lots("buy", bid_room, made.bid_ticks)
    rooms.cash = rate.up(instrument.notional_minor(made.bid_ticks, bid))  # no hedge's any more
    ask_room = rooms.admitted("sell", policy.quote_size_lots)
    if ask_room != bid_room:  # the bid stays: it does not depend on the ask's room
        made = _priced(policy, exposure, reference, bid_room, ask_room)
    ask = lots("sell", ask_room, made.ask_ticks)
    reason = REDUCING if only_reducing else trading
    found = Quote(bid_ticks=made.bid_ticks, ask_ticks=made.ask_ticks, bid_lots=bid, ask_lots=ask)
    return (found if bid or ask else None), reason


def _priced(
    policy: Policy, exposure: Exposure, reference: Reference, bid_room: int, ask_room: int
) -> Quote:
    """Return the prices of both sides, each wider the less hedge room it has."""
    return quote(
        mid_ticks=reference.ticks,
        half_spreads_ppm=(_spread(policy, bid_room), _spread(policy, ask_room)),
        skew_ppm_per_unit=policy.quote_skew_ppm,
        net_lots=exposure.net_agreed,
        lots_per_unit=policy.quote_unit_lots,
        size_lots=policy.quote_size_lots,
    )


def _spread(policy: Policy, room_lots: int) -> int:
    """Return the half-spread of a side with that much hedge room."""
    return widened(
        policy.quote_half_spread_ppm,
        policy.quote_half_spread_ppm_max,
        room_lots=room_lots,
        size_lots=policy.quote_size_lots,
    )


def _reducing(policy: Policy, exposure: Exposure) -> dict[Side, int]:
    """Return the lots of each side that reduce net exposure and leave hedges their room."""
    net = exposure.net
    most = policy.band_lots if policy.overlay_enabled else policy.quote_size_lots
    return {"buy": min(most, max(0, -net.high)), "sell": min(most, max(0, net.low))}


def _stands(
    state: NodeState,
    standing: QuotesSet,
    held: Replaced,
    wanted: Quote | None,
    reference_ticks: int | None,
    now_ns: int,
) -> bool:
    """Return whether the standing quote already is what is wanted, on this reference."""
    if wanted is None:
        return not held.buys and not held.sells
    same = (standing.event_id, standing.reference_ticks)
    return same == (state.limits.event_at(now_ns), reference_ticks) and (
        (standing.bid_ticks, held.buys, standing.ask_ticks, held.sells)
        == (wanted.bid_ticks, wanted.bid_lots, wanted.ask_ticks, wanted.ask_lots)
    )


def _set(  # noqa: PLR0913, PLR0917  what a quote is made of
    state: NodeState,
    policy: Policy,
    instrument: Instrument,
    wanted: Quote | None,
    reference: Reference | None,
    held: Replaced,
    reason: str,
    now_ns: int,
) -> Decision:
    """Replace the old quote by the new one, then execute what it crosses.

    Setting it returns what the old one held before it holds its own, as one fact: so its
    executions never count beside the old quote.
    """
    quote_id = state.orders.next_id()
    event_id = state.limits.event_at(now_ns)
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
