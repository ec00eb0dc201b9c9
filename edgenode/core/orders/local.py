"""The node's own book: an incoming order against what rests there, and the call auction."""

import hashlib
from collections.abc import Mapping, Sequence

from edgenode.core.gate import trading_state
from edgenode.core.market.book import Match
from edgenode.core.observations import NOTHING, Act, AuctionAsked, Decision, Requote
from edgenode.core.orders import meeting
from edgenode.core.seen import Seen
from edgenode.core.state.costs import Trade, counted
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.orders import Orders
from edgenode.model.errors import RefusedError
from edgenode.model.facts import (
    AuctionClosed,
    AuctionOpened,
    Fact,
    FillRecorded,
    Instrument,
    OrderDone,
    OrderGated,
    OrderWorking,
)
from edgenode.model.ids import (
    DESK_BOOK,
    LOCAL_VENUE,
    AccountId,
    EventId,
    ExecId,
    ExecScope,
    InstrumentId,
    OrderId,
    VenueAccount,
)
from edgenode.model.money import Money
from edgenode.model.orders import Side, opposite
from edgenode.wire.canonical import pack

SCOPE = ExecScope("local")
MATCHER = "rule:match"
REDUCE_ONLY = "rule:reduce_only"
AT_ONCE = frozenset({"ioc", "fok"})


def entered(
    state: NodeState,
    gated: OrderGated,
    now_ns: int,
    *,
    first: Sequence[Act],
    filled_before: int = 0,
) -> Decision:
    """Match an order with the book: what meets executes; the rest works, or ends.

    `gated.quantity_lots` is what is open of it, `filled_before` what executed earlier.
    """
    if gated.instrument in state.limits.auctions:
        return Decision((*first, Act(_working(gated, now_ns, "auction call"), MATCHER)))
    instrument = state.rules.instruments[gated.instrument]
    met = meeting.sweep(
        *(state, gated.instrument, gated.order_id, gated.account),
        *(gated.side, gated.price_ticks, gated.quantity_lots),
    )
    refuses = (gated.time_in_force == "fok" and met.remaining_lots) or (
        gated.post_only and met.fills
    )
    if refuses:
        met = meeting.Met((), gated.quantity_lots, (), {})
    # self-trade prevention: the resting order gives way
    acts = [*first, *(gave_way(state, id_, now_ns) for id_ in met.prevented)]
    if met.fills or met.cut:
        acts += execute(state, instrument, gated, met, now_ns)
    filled = gated.quantity_lots - met.remaining_lots
    end: Fact
    if met.remaining_lots == 0:
        end = _done(gated.order_id, "filled", filled_before + filled, now_ns)
    elif refuses or gated.time_in_force in AT_ONCE:
        end = _done(gated.order_id, "canceled", filled_before + filled, now_ns)
    else:
        end = _working(gated, now_ns, "local book")
    acts.append(Act(end, MATCHER))
    return Decision(tuple(acts), (Requote(gated.instrument),) if filled else ())


def execute(
    state: NodeState,
    instrument: Instrument,
    taker: OrderGated | tuple[OrderId, AccountId, Side, EventId],
    found: meeting.Met,
    now_ns: int,
) -> list[Act]:
    """Return both fills of each match, and the end of resting orders that were used up or cut."""
    if isinstance(taker, OrderGated):
        order_id, account, side = taker.order_id, taker.account, taker.side
        event_id = taker.event_id
    else:
        order_id, account, side, event_id = taker
    met: dict[str, int] = {}
    acts: list[Act] = []
    for index, match in enumerate(found.fills):
        exec_id = ExecId(f"{order_id}.{state.size}.{index}")
        resting = (AccountId(match.resting_account), OrderId(match.resting_id), opposite(side))
        for whose, id_, which in ((account, order_id, side), resting):
            event = _event(state.orders, id_, event_id)
            fill = _fill(state, instrument, whose, id_, which, match, exec_id, event, now_ns)
            acts.append(Act(fill, MATCHER))
        acts += _used_up(state.orders, match.resting_id, match.lots, met, now_ns)
    return acts + _cut(state.orders, found.cut, met, now_ns)


def auction_asked(state: NodeState, observation: AuctionAsked, now_ns: int) -> Decision:
    """Open a call: quotes are pulled, and orders collect until it ends. EN006 no instrument."""
    name = observation.instrument
    if name not in state.rules.instruments:
        raise RefusedError(
            f"instrument {name[:40]!r}",
            expected="one that policy names",
            do="name an instrument that the centre has told this node",
            code="EN006",
        )
    if name in state.limits.auctions or observation.ends <= now_ns:
        return NOTHING
    fact = AuctionOpened(at_ns=now_ns, instrument=name, ends=observation.ends)
    return Decision((Act(fact, observation.actor, automatic=False),), (Requote(name),))


def auction_ended(state: NodeState, seen: Seen, name: InstrumentId, now_ns: int) -> Decision:
    """Match what was collected at one price; a call waits while nothing may be sent."""
    event_id = state.limits.event_at(now_ns)
    halted, _, _ = trading_state.effective(
        state.restrictions, DESK_BOOK, LOCAL_VENUE, name, event_id
    )
    if halted == "halted" or name not in state.limits.auctions:
        return NOTHING
    instrument = state.rules.instruments[name]
    policy = state.rules.policy
    reference = seen.reference(policy, name, now_ns) if policy else None
    cleared, cut = meeting.auction(state, name, reference.ticks if reference else None)
    acts = [gave_way(state, id_, now_ns) for id_ in cleared.prevented]
    met: dict[str, int] = {}
    for index, (buy, sell, lots) in enumerate(cleared.pairs):
        assert cleared.price_ticks is not None
        match = Match(sell.order_id, sell.account, cleared.price_ticks, lots)
        exec_id = ExecId(f"{buy.order_id}.{state.size}.{index}")
        for side, order in (("buy", buy), ("sell", sell)):
            whose, id_ = AccountId(order.account), OrderId(order.order_id)
            event = _event(state.orders, id_, event_id)
            fill = _fill(state, instrument, whose, id_, side, match, exec_id, event, now_ns)  # type: ignore[arg-type]
            acts.append(Act(fill, MATCHER))
            acts += _used_up(state.orders, order.order_id, lots, met, now_ns)
    acts += _cut(state.orders, cut, met, now_ns)
    closed = AuctionClosed(
        at_ns=now_ns,
        instrument=name,
        price_ticks=cleared.price_ticks,
        executed_lots=cleared.lots,
    )
    return Decision((*acts, Act(closed, MATCHER)), (Requote(name),))


def _event(orders: Orders, order_id: OrderId, now: EventId) -> EventId:
    """Return the micro-event of an execution: that of its order, whose room it uses.

    A quote's is the one that runs now.
    """
    order = orders.orders.get(order_id)
    return order.gated.event_id if order is not None else now


def _used_up(
    orders: Orders, order_id: str, lots: int, met: dict[str, int], now_ns: int
) -> list[Act]:
    """End a resting order once nothing of it is left; `met` counts what this decision executes."""
    resting = orders.orders.get(OrderId(order_id))
    if resting is None:
        return []
    met[order_id] = met.get(order_id, 0) + lots
    if resting.remaining_lots > met[order_id]:
        return []
    return [Act(_done(OrderId(order_id), "filled", resting.gated.quantity_lots, now_ns), MATCHER)]


def _cut(orders: Orders, cut: Mapping[str, int], met: Mapping[str, int], now_ns: int) -> list[Act]:
    """End the reduce-only orders of which the rest would open a position."""
    acts = []
    for id_ in cut:
        order = orders.orders[OrderId(id_)]
        lots = order.filled_lots + met.get(id_, 0)
        if lots < order.gated.quantity_lots:
            acts.append(Act(_done(order.gated.order_id, "canceled", lots, now_ns), REDUCE_ONLY))
    return acts


def _working(gated: OrderGated, now_ns: int, evidence: str) -> OrderWorking:
    return OrderWorking(at_ns=now_ns, order_id=gated.order_id, evidence=evidence)


def _done(order_id: OrderId, reason: str, filled_lots: int, now_ns: int) -> OrderDone:
    return OrderDone(at_ns=now_ns, order_id=order_id, reason=reason, filled_lots=filled_lots)


def gave_way(state: NodeState, order_id: str, now_ns: int) -> Act:
    """Return the end of a resting order that met another of its account."""
    order = state.orders.orders[OrderId(order_id)]
    done = _done(order.gated.order_id, "canceled", order.filled_lots, now_ns)
    return Act(done, "rule:self_trade_prevention")


def _fill(  # noqa: PLR0913, PLR0917  a fill has that many facts
    state: NodeState,
    instrument: Instrument,
    account: AccountId,
    order_id: OrderId,
    side: Side,
    match: Match,
    exec_id: ExecId,
    event_id: EventId,
    now_ns: int,
) -> FillRecorded:
    order = state.orders.orders.get(order_id)  # None of a quote, and of one that came just now
    gate_fx = order.gated.saw.fx if order else None
    fee = Money(0, instrument.quote)
    trade = Trade(side, match.lots, match.price_ticks, 0, fee)
    found = counted(state.rules, instrument, trade, gate_fx, now_ns)
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
        fee_minor=fee.amount_minor,
        fee_currency=fee.currency,
        venue_time_ns=now_ns,
        content_hash=hashlib.sha256(content).digest(),
        event_id=event_id,
        cost_minor=found.cost_minor,
        cash_minor=found.cash_minor,
        fee_counted_minor=found.fee_minor,
        fx=found.fx,
        fee_fx=found.fee_fx,
    )
