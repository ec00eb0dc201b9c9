"""The desk's two-sided quote in the local book: when it is renewed, cut or pulled.

Quotes pass the same limits as orders, but a side that finds less room is cut to it rather than
denied: position grants, net position, balances, cash grant. In `reducing` or pause only a side
that reduces net exposure may stand, and a pause pulls both.
"""

from dataclasses import replace

from edgenode.core.gate import trading_state
from edgenode.core.market.book import Match
from edgenode.core.market.quoting import Quote, quote
from edgenode.core.observations import NOTHING, Act, Decision
from edgenode.core.orders.local import execute
from edgenode.core.seen import Reference, Seen
from edgenode.core.state import fx
from edgenode.core.state.exposure import Exposure
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.orders import both_sides, quote_order_id
from edgenode.core.state.wallet import BalanceKey
from edgenode.model.facts import Instrument, Policy, QuotesSet, Reserved
from edgenode.model.ids import DESK_BOOK, LOCAL_VENUE, GrantId, InstrumentId
from edgenode.model.orders import Side

QUOTER = "rule:quote"


def renewed(state: NodeState, seen: Seen, instrument_id: InstrumentId, now_ns: int) -> Decision:
    """Decide on the desk's quote; nothing where it would not change."""
    policy = state.limits.policy
    instrument = state.limits.instruments.get(instrument_id)
    if policy is None or instrument is None:
        return NOTHING
    reference = seen.reference(policy, instrument_id, now_ns)
    wanted, reason = _wanted(state, policy, instrument, reference, now_ns)
    standing = state.orders.quotes.get(instrument_id)
    if standing is None and wanted is None:
        return NOTHING
    if standing is not None and _stands(state, standing, wanted):
        return NOTHING
    return _set(state, policy, instrument, wanted, reference, reason, now_ns)


def _wanted(
    state: NodeState,
    policy: Policy,
    instrument: Instrument,
    reference: Reference | None,
    now_ns: int,
) -> tuple[Quote | None, str]:
    """Give the quote that limits leave room for, None where none may stand."""
    limits = state.limits
    if policy.quote_size_lots == 0:
        return None, "no quoter"
    if limits.paused:
        return None, "paused"
    if instrument.id in limits.auctions:
        return None, "auction"
    rate = fx.rate(limits, policy, instrument.quote, now_ns)
    if reference is None or rate is None:
        return None, "no fresh reference"
    trading, _ = trading_state.effective(
        limits, DESK_BOOK, LOCAL_VENUE, instrument.id, limits.event_at(now_ns)
    )
    if trading == "halted":
        return None, "halted"
    exposure = state.exposure(instrument.id)
    net = exposure.net_agreed
    bid_room, ask_room = _room(state, policy, instrument, reference, exposure, rate, now_ns)
    if trading == "reducing":
        bid_room = min(bid_room, max(0, -net))
        ask_room = min(ask_room, max(0, net))
    made = quote(
        mid_ticks=reference.ticks,
        half_spread_ppm=policy.quote_half_spread_ppm,
        skew_ppm_per_unit=policy.quote_skew_ppm,
        net_lots=net,
        lots_per_unit=policy.quote_unit_lots,
        size_lots=policy.quote_size_lots,
        bid_room_lots=bid_room,
        ask_room_lots=ask_room,
    )
    return (made if made.bid_lots or made.ask_lots else None), trading


def _room(  # noqa: PLR0913, PLR0917  what room is made of
    state: NodeState,
    policy: Policy,
    instrument: Instrument,
    reference: Reference,
    exposure: Exposure,
    rate: fx.Rate,
    now_ns: int,
) -> tuple[int, int]:
    """Give lots that position grants, the net limit, balances and cash leave on each side."""
    name, held = instrument.id, state.positions.net(DESK_BOOK, instrument.id)
    limit, overlay = policy.net_position_lots_max, exposure.overlay
    bid = state.grants.position_limit(name, "buy", now_ns, reducing=False) - held
    bid = min(bid, limit - (exposure.agreed + exposure.mandate + overlay.high))
    ask = state.grants.position_limit(name, "sell", now_ns, reducing=False) + held
    ask = min(ask, limit + (exposure.agreed + exposure.mandate + overlay.low))
    standing = _standing_reserve(state, name)
    cash_key = BalanceKey(DESK_BOOK, LOCAL_VENUE, instrument.quote)
    held_cash = standing.get("funds", 0)
    price = instrument.notional_minor(reference.ticks, 1) * 101 // 100
    bid = min(bid, (state.wallet.free(cash_key) + held_cash) // price)
    in_grants = rate.up(price)
    asked = policy.quote_size_lots * in_grants
    _, missing = state.grants.allocate(
        "cash", policy.currency, asked - standing.get("cash", 0), now_ns, reducing=False
    )
    bid = min(bid, (asked - missing) // in_grants)
    inventory = BalanceKey(DESK_BOOK, LOCAL_VENUE, name)
    ask = min(ask, state.wallet.free(inventory) + standing.get("inventory", 0))
    return max(0, bid), max(0, ask)


def _standing_reserve(state: NodeState, instrument: InstrumentId) -> dict[str, int]:
    """Give what the standing quote still holds; its successor takes that over."""
    standing = state.orders.quotes.get(instrument)
    total: dict[str, int] = {}
    if standing is not None:
        for side, _, _ in both_sides(standing):
            held = state.reservations.orders.get(quote_order_id(standing.quote_id, side), ())
            for row in held:
                total[row.kind] = total.get(row.kind, 0) + row.amount
    return total


def _stands(state: NodeState, standing: QuotesSet, wanted: Quote | None) -> bool:
    """Tell whether the standing quote already is what is wanted."""
    open_bid = state.orders.open_lots(DESK_BOOK, standing.instrument, "buy")
    open_ask = state.orders.open_lots(DESK_BOOK, standing.instrument, "sell")
    if wanted is None:
        return not open_bid and not open_ask
    return (standing.bid_ticks, open_bid, standing.ask_ticks, open_ask) == (
        *(wanted.bid_ticks, wanted.bid_lots),
        *(wanted.ask_ticks, wanted.ask_lots),
    )


def _set(  # noqa: PLR0913, PLR0917  what a quote is made of
    state: NodeState,
    policy: Policy,
    instrument: Instrument,
    wanted: Quote | None,
    reference: Reference | None,
    reason: str,
    now_ns: int,
) -> Decision:
    """Execute what the new quote crosses, then let the rest stand."""
    quote_id = state.orders.next_id()
    event_id = state.limits.event_at(now_ns)
    made = wanted or Quote(bid_ticks=0, ask_ticks=0, bid_lots=0, ask_lots=0)
    acts: list[Act] = []
    for side, ticks, lots in _quote_sides(made):
        if lots:
            crossed, left = _cross(
                state, instrument, quote_order_id(quote_id, side), side, ticks, lots
            )
            taker = (quote_order_id(quote_id, side), DESK_BOOK, side, event_id)
            acts += execute(state, instrument, taker, crossed, now_ns)
            made = replace(made, **{"bid_lots" if side == "buy" else "ask_lots": left})
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
        limits_version=state.limits.version,
        reserved=_reserve(state, policy, instrument, made, now_ns),
        reference_ticks=reference.ticks if reference else None,
        reason=reason,
    )
    return Decision((*acts, Act(fact, QUOTER)))


def _cross(
    state: NodeState,
    instrument: Instrument,
    order_id: str,
    side: Side,
    ticks: int,
    lots: int,
) -> tuple[tuple[Match, ...], int]:
    matched = state.orders.book(instrument.id).match(order_id, DESK_BOOK, side, ticks, lots)
    return matched.fills, matched.remaining_lots


def _reserve(
    state: NodeState, policy: Policy, instrument: Instrument, made: Quote, now_ns: int
) -> tuple[Reserved, ...]:
    """Hold cash for the bid (balance and grants) and inventory for the ask."""
    rows = []
    none = GrantId("")
    cash = instrument.notional_minor(made.bid_ticks, made.bid_lots)
    rate = fx.rate(state.limits, policy, instrument.quote, now_ns)
    if cash:
        assert rate is not None, "a quote that wants cash was sized with a rate"
        rows.append(Reserved(grant=none, kind="funds", amount=cash, unit=instrument.quote))
        rows += _cash_rows(state, policy, instrument, rate.up(cash), now_ns)
    if made.ask_lots:
        rows.append(
            Reserved(grant=none, kind="inventory", amount=made.ask_lots, unit=instrument.id)
        )
    return tuple(rows)


def _cash_rows(
    state: NodeState, policy: Policy, instrument: Instrument, cash: int, now_ns: int
) -> tuple[Reserved, ...]:
    """Attribute cash to grants; what the standing quote held is free again for its successor."""
    standing = state.orders.quotes.get(instrument.id)
    held: tuple[Reserved, ...] = ()
    if standing is not None:
        bid = state.reservations.orders.get(quote_order_id(standing.quote_id, "buy"), ())
        held = tuple(row for row in bid if row.kind == "cash")
    rows = []
    for row in held:
        account = state.grants.accounts[row.grant]
        if now_ns < account.grant.expiry and not account.revoked:
            rows.append(replace(row, amount=min(row.amount, cash)))
            cash -= rows[-1].amount
    more, _ = state.grants.allocate("cash", policy.currency, cash, now_ns, reducing=False)
    total: dict[GrantId, int] = {}
    for row in (*rows, *more):
        total[row.grant] = total.get(row.grant, 0) + row.amount
    return tuple(
        Reserved(grant=grant, kind="cash", amount=amount, unit=policy.currency)
        for grant, amount in total.items()
        if amount
    )


def _quote_sides(made: Quote) -> tuple[tuple[Side, int, int], tuple[Side, int, int]]:
    return ("buy", made.bid_ticks, made.bid_lots), ("sell", made.ask_ticks, made.ask_lots)
