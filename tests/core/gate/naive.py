"""The gate's table said again, plainly and from the ledger alone: slow, and easy to read.

Every figure is summed from recorded facts at each question; nothing here is kept or shared with
the gate. One instrument, one currency, no disputed executions.
"""

from collections import Counter
from dataclasses import dataclass, replace

from edgenode.model.facts import (
    FillRecorded,
    HedgeProgramme,
    OrderAmended,
    OrderDone,
    OrderGated,
    QuotesSet,
    TradingDayOpened,
)
from tests.core.world import WETH

TICK_LOT = 100  # smallest units of one tick times one lot
PPM = 1_000_000
SIGN = {"buy": 1, "sell": -1}
BOOK, OVERLAY = "desk:book", "desk:overlay"


@dataclass
class Open:
    """What may still execute of an order, or of one side of the quote."""

    account: str
    venue: str
    side: str
    price: int
    worst: int
    lots: int
    event: str
    quote: bool = False


class Ledger:
    """What a ledger's facts add up to."""

    def __init__(self, world, without=None, *, quote=True):
        self.world = world
        self.facts = [recorded.fact for recorded in world.recorded]
        self.fills = [f for f in self.facts if isinstance(f, FillRecorded)]
        self.open = {}
        for fact in self.facts:
            self._take(fact)
        self.open = {id_: o for id_, o in self.open.items() if o.lots > 0 and id_ != without}
        if not quote:
            self.open = {id_: o for id_, o in self.open.items() if not o.quote}

    def _take(self, fact):
        match fact:
            case OrderGated():
                self.open[fact.order_id] = Open(
                    fact.account, fact.venue, fact.side, fact.price_ticks, fact.saw.worst_ticks,
                    fact.quantity_lots, fact.event_id,
                )  # fmt: skip
            case OrderAmended():
                order = self.open[fact.order_id]
                executed = sum(
                    f.quantity_lots for f in self.fills
                    if f.order_id == fact.order_id and f.at_ns <= fact.at_ns
                    and self.facts.index(f) < self.facts.index(fact)
                )  # fmt: skip
                order.price, order.lots = fact.price_ticks, fact.quantity_lots - executed
                order.worst = fact.saw.worst_ticks
            case FillRecorded() if fact.order_id in self.open:
                self.open[fact.order_id].lots -= fact.quantity_lots
            case OrderDone():
                self.open.pop(fact.order_id, None)
            case QuotesSet():
                self.open = {id_: o for id_, o in self.open.items() if not o.quote}
                for side, price, lots in (
                    ("buy", fact.bid_ticks, fact.bid_lots),
                    ("sell", fact.ask_ticks, fact.ask_lots),
                ):
                    self.open[f"{fact.quote_id}.{side[0]}"] = Open(
                        BOOK, "local", side, price, price, lots, fact.event_id, quote=True
                    )
            case _:
                pass

    def position(self, account, venue=None, event=None):
        return sum(
            SIGN[f.side] * f.quantity_lots
            for f in self.fills
            if f.account == account and venue in {None, f.venue} and event in {None, f.event_id}
        )

    def lots(self, side, *accounts, venue=None):
        return sum(
            o.lots for o in self.open.values()
            if o.side == side and o.account in accounts and venue in {None, o.venue}
        )  # fmt: skip

    def interval(self, *accounts):
        """All that these accounts may come to hold."""
        held = sum(map(self.position, accounts))
        return held - self.lots("sell", *accounts), held + self.lots("buy", *accounts)

    def reserved(self):
        """What open orders, the quote and rooms kept for closing hold of each grant."""
        held = Counter()
        state = self.world.state.reservations
        for rows in (*state.orders.values(), *state.kept.values()):
            for row in rows:  # what a sale is to bring back is reserved once it did
                held[row.grant] += row.amount if row.kind != "unwind_proceeds" else 0
        return held

    def pnl(self, mark, event=None):
        mine = [f for f in self.fills if f.account.startswith("desk") and
                event in {None, f.event_id}]  # fmt: skip
        cash = sum(
            -SIGN[f.side] * f.price_ticks * f.quantity_lots * TICK_LOT - f.fee_minor for f in mine
        )
        return cash + sum(SIGN[f.side] * f.quantity_lots for f in mine) * mark * TICK_LOT


def reduces(net, signed):
    """Whether no outcome of the order makes |net| worse than it can be now, nor turns it over."""
    low, high = net
    outcomes = [end + part for end in net for part in (0, signed)]
    worst = max(abs(low), abs(high))
    return (
        all(abs(o) <= worst for o in outcomes)
        and max(outcomes) <= max(0, high)
        and min(outcomes) >= min(0, low)
    )


def worst_of(world, ledger, ask, mark):
    """The highest price that an order may pay, or be paid."""
    policy = world.state.rules.policy
    if ask.side == "buy":
        return ask.price_ticks
    bids = [o.price for o in ledger.open.values() if (o.venue, o.side) == ("local", "buy")]
    if ask.venue != "local":
        bids = [price for price, _ in world.books[ask.venue, WETH].bids]
    edge = mark + -(-mark * policy.price_collar_ppm // PPM)
    return max([ask.price_ticks, mark, edge, *bids])


def wrong(world, intent, *, amends=None, quote_side=False):
    """Name every row of the table whose predicate an order breaks."""
    state, policy = world.state, world.state.rules.policy
    ledger = Ledger(world, without=amends, quote=not quote_side)
    executed = sum(f.quantity_lots for f in ledger.fills if f.order_id == amends)
    ask = replace(intent, quantity_lots=intent.quantity_lots - executed)
    mark = world.seen.reference(policy, WETH, world.now).ticks
    customer = ask.account.startswith("customer:")
    mandate = state.mandates.lots(WETH)
    net = tuple(end + mandate for end in ledger.interval(BOOK, OVERLAY))
    signed = SIGN[ask.side] * ask.quantity_lots * (-1 if customer else 1)
    free = net  # the desk's own quotes do not count against a hedge
    if ask.account == OVERLAY:
        free = tuple(
            end + mandate
            for end in Ledger(world, without=amends, quote=False).interval(BOOK, OVERLAY)
        )
    if customer:  # the quoted lots that it takes are the same lots, not others beside it
        mine = [o for o in Ledger(world).open.values() if o.quote and o.side != ask.side]
        taken = sum(
            min(o.lots, ask.quantity_lots)
            for o in mine
            if SIGN[ask.side] * (ask.price_ticks - o.price) >= 0
        )
        free = (net[0] + taken, net[1]) if ask.side == "buy" else (net[0], net[1] - taken)
    less = False
    if amends is not None:
        was = state.orders.orders[amends].gated
        less = (
            intent.quantity_lots <= was.quantity_lots
            and SIGN[ask.side] * (ask.price_ticks - was.price_ticks) <= 0
        )
    reducing = less or reduces(free, signed)
    running = state.limits.event_at(world.now)
    event = running if customer or ask.event_id is None else ask.event_id
    found = set()
    worst = worst_of(world, Ledger(world), ask, mark)
    one = _one_order(policy, ledger, intent, ask, mark, worst)
    found |= one - ({"collar"} if less else set())
    found |= _together(world, ledger, ask, net, signed, event, mark, worst, reducing=reducing)
    found |= _states(state, ask, event, reducing=reducing)
    if not customer and not quote_side:
        own = Ledger(world).open[amends].lots if amends is not None else 0
        found |= _position(world, ledger, ask, own, reducing=reducing)
    return found


def _one_order(policy, ledger, intent, ask, mark, worst):
    found = set()
    edge = mark + SIGN[ask.side] * -(-mark * policy.price_collar_ppm // PPM)
    if SIGN[ask.side] * (ask.price_ticks - edge) > 0:
        found.add("collar")
    if intent.quantity_lots * worst * TICK_LOT > policy.order_notional_max:
        found.add("order_notional")
    mine = [o for o in ledger.open.values() if o.account == ask.account and not o.quote]
    if len(mine) + 1 > policy.open_orders_max:
        found.add("open_orders")
    worth = sum(o.lots * o.worst for o in mine) + ask.quantity_lots * worst
    if worth * TICK_LOT > policy.open_notional_max:
        found.add("open_notional")
    held = ledger.position(ask.account, ask.venue)
    others = ledger.lots(ask.side, ask.account, venue=ask.venue)
    if ask.reduce_only and ask.quantity_lots > max(0, -SIGN[ask.side] * held - others):
        found.add("reduce_only")
    return found


def _together(world, ledger, ask, net, signed, event, mark, worst, *, reducing):  # noqa: PLR0917
    policy, found = world.state.rules.policy, set()
    after = (net[0] + min(0, signed), net[1] + max(0, signed))
    customer = ask.account.startswith("customer:")
    if not customer and not reducing and max(map(abs, after)) > policy.net_position_lots_max:
        found.add("net_position")
    if ask.account == OVERLAY:
        low, high = (end + world.state.mandates.lots(WETH) for end in ledger.interval(OVERLAY))
        book = max(map(abs, ledger.interval(BOOK)))
        plans = [f for _, f in world.recorded if isinstance(f, HedgeProgramme)]
        band = plans[-1].band_lots if plans else policy.band_lots
        limit = max(
            abs(low), abs(high),
            book + band + policy.slice_lots_max + policy.over_hedge_lots,
        )  # fmt: skip
        if max(abs(low + min(0, signed)), abs(high + max(0, signed))) > limit:
            found.add("over_hedge")
    if reducing:
        return found
    more = ask.quantity_lots * max(worst, mark)
    gross = sum(max(map(abs, ledger.interval(a))) for a in (BOOK, OVERLAY))
    if (gross * mark + more) * TICK_LOT > policy.gross_notional_max:
        found.add("gross")
    mine = [o for o in ledger.open.values() if o.event == event and o.account.startswith("desk")]
    gross = sum(abs(ledger.position(a, event=event)) for a in (BOOK, OVERLAY))
    gross += sum(o.lots for o in mine if not o.quote)
    gross += max((o.lots for o in mine if o.quote), default=0)
    if (gross * mark + more) * TICK_LOT > policy.event_gross_notional_max:
        found.add("event_gross")
    opened = next((f for f in reversed(ledger.facts) if isinstance(f, TradingDayOpened)), None)
    day, none = (opened.pnl_minor, opened.none_pnl_minor) if opened else (0, 0)
    if (none if event == "none" else 0) - ledger.pnl(mark, event) > policy.event_loss_max:
        found.add("event_loss")
    if day - ledger.pnl(mark) > policy.day_loss_max:
        found.add("day_loss")
    return found


def _states(state, ask, event, *, reducing):
    scopes = ("node", f"venue:{ask.venue}", f"instrument:{WETH}", f"event:{event}",
              f"account:{ask.account}")  # fmt: skip
    words = {row.level for scope, _, row in state.restrictions.rows() if scope in scopes}
    if "halted" in words or ("reducing" in words and not reducing):
        return {"trading_state"}
    return set()


def _position(world, ledger, ask, own, *, reducing):
    """A change may not make the use larger than it is with the order's `own` open lots."""
    held = SIGN[ask.side] * ledger.position(ask.account) + ledger.lots(ask.side, ask.account)
    use, before = max(0, held + ask.quantity_lots), max(0, held + own)
    limit = sum(
        live(account, world.now, reducing=reducing)
        for account in world.state.grants.accounts.values()
        if (account.grant.kind, account.grant.side) == ("position", ask.side)
    )
    return {"position"} if use > limit and use > before else set()


def live(account, now, *, reducing):
    """Return how much of a grant holds at a moment."""
    if account.revoked or (now >= account.grant.expiry and not reducing):
        return 0
    if now < account.grant.expiry:
        return account.grant.limit
    return account.grant.reducing_reserve if now < account.grant.grace_until else 0
