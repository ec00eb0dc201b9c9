"""What one order may be, and how many of them: rows 4 to 9, 12, 17 and 18."""

from edgenode.core.gate.check import Check
from edgenode.core.state import fx
from edgenode.model.facts import Instrument, Policy
from edgenode.model.ids import DESK_BOOK, LOCAL_VENUE
from edgenode.model.orders import opposite


def judge(check: Check, policy: Policy, instrument: Instrument) -> None:
    """Evaluate all of them."""
    _rate(check, policy)
    judge_one(check, policy, instrument)


def judge_one(check: Check, policy: Policy, instrument: Instrument) -> None:
    """Evaluate all of them but the message rate."""
    _quantity(check, instrument)
    _price(check)
    if check.terms.age_ms_max is not None:
        _market_data(check, check.terms.age_ms_max)
    if check.price is not None:
        _self_trade(check, check.price)
        if check.notional is not None and check.in_quote is not None:
            _notional(check, policy, instrument, check.notional, check.in_quote)
            _open(check, policy, instrument)


def _rate(check: Check, policy: Policy) -> None:
    """Row 9: per venue and per micro-event, in this market second. Cancels are never counted."""
    messages, now_ns, terms = check.state.limits.messages, check.now_ns, check.terms
    there = messages(terms.of_venue, now_ns) + 1
    if there > policy.orders_per_s_max:
        _too_many(check, policy.orders_per_s_max, there, terms.of_venue)
    within = messages(terms.of_event, now_ns) + 1
    if within > policy.event_orders_per_s_max:
        _too_many(check, policy.event_orders_per_s_max, within, terms.of_event)


def _too_many(check: Check, limit: int, count: int, scope: str) -> None:
    check.fail("EN109", "message_rate", str(limit), str(count), "1/s", scope)


def _quantity(check: Check, instrument: Instrument) -> None:
    lots = check.intent.quantity_lots
    if lots < instrument.quantity_lots_min:
        check.fail_lots("EN106", "quantity_min", instrument.quantity_lots_min, lots)
    elif lots > instrument.quantity_lots_max:
        check.fail_lots("EN106", "quantity_max", instrument.quantity_lots_max, lots)
    if check.changes and check.open_lots <= 0:
        check.fail_lots("EN106", "quantity_filled", check.replaces.filled_lots + 1, lots)


def _price(check: Check) -> None:
    """Rows 4 and 5: positive, on tick, and no more aggressive than the collar."""
    intent, price = check.intent, check.price
    if intent.type == "market":
        if intent.price_ticks is not None:
            shown = check.price_text(intent.price_ticks)
            check.fail("EN104", "market_price", "no price", shown, "price")
    elif price is None:
        check.fail_price("EN104", "price", 1, intent.price_ticks)
    if check.lessens:
        return  # what works already, and no nearer to the market: it needs no reference
    if check.reference is None:
        check.fail("EN105", "reference", "fresh reference", "none", "price")
    elif price is not None and check.terms.sign * (price - check.collar) > 0:
        check.fail_price("EN105", "price_collar", check.collar, price)


def _market_data(check: Check, age_ms_max: int) -> None:
    """Row 18: an outside venue is traded only on a book of its own that is young enough."""
    intent = check.intent
    age_ms = check.seen.age_ms(intent.venue, intent.instrument, check.now_ns)
    if age_ms is None or age_ms > age_ms_max:
        value = "none" if age_ms is None else str(age_ms)
        check.fail("EN118", "market_data", str(age_ms_max), value, "ms", check.terms.of_venue)


def _self_trade(check: Check, price: int) -> None:
    """Row 17: never across an own order at an outside venue, nor across the desk's own quote.

    Else the resting order gives way in the local book.
    """
    intent, orders = check.intent, check.state.orders
    if intent.venue != LOCAL_VENUE:
        side = opposite(intent.side)
        best = orders.own_best(intent.account, intent.venue, intent.instrument, side)
    elif intent.account == DESK_BOOK and not check.is_quote:
        best = orders.quote_price(intent.instrument, opposite(intent.side))
    else:
        return
    if best is not None and check.terms.sign * (price - best) >= 0:
        check.fail_price("EN117", "self_trade", best, price, check.terms.of_venue)


def _notional(
    check: Check, policy: Policy, instrument: Instrument, notional: int, in_quote: int
) -> None:
    """Rows 7 and 8: one order, at most at its worst price and at least at its limit."""
    if notional > policy.order_notional_max:
        check.fail_money("EN107", "order_notional_max", policy.order_notional_max, notional)
    if in_quote < instrument.notional_minor_min:
        unit = instrument.quote
        least = check.money(instrument.notional_minor_min, unit)
        check.fail("EN108", "order_notional_min", least, check.money(in_quote, unit), unit)


def _open(check: Check, policy: Policy, instrument: Instrument) -> None:
    """Row 12: all open orders of the account together, each at its worst price.

    The node as a whole is bounded by rows 13 and 14. An order whose worth cannot be told counts as
    too much.
    """
    orders = 1 - check.replaces.orders
    tick_lots = check.worst * check.open_lots - check.replaces.tick_lots
    notional = 0
    for name, load in check.state.orders.loads(check.intent.account).items():
        orders += load.orders
        if name == instrument.id:
            tick_lots += load.tick_lots
            continue
        other = check.state.rules.instruments[name]
        rate = fx.rate(check.state.rules, policy, other.quote, check.now_ns)
        if rate is None:
            pair = f"{other.quote}/{policy.currency}"
            check.fail(
                *("EN112", "open_notional_unknown", "a fresh rate", "none", pair, _account(check))
            )
            return
        notional += rate.up(load.tick_lots * other.tick_lot_minor)
    if orders > policy.open_orders_max:
        most = str(policy.open_orders_max)
        check.fail("EN112", "open_orders_max", most, str(orders), "1", _account(check))
    assert check.terms.rate is not None
    open_notional = notional + check.terms.rate.up(tick_lots * instrument.tick_lot_minor)
    if open_notional > policy.open_notional_max:
        most_money = policy.open_notional_max
        check.fail_money("EN112", "open_notional_max", most_money, open_notional, _account(check))


def _account(check: Check) -> str:
    return f"account:{check.intent.account}"
