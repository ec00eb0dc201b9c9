"""What one order may be, and how many of them: rows 4 to 9, 12, 17 and 18."""

from edgenode.core.gate.check import Check
from edgenode.core.state import fx
from edgenode.model.facts import Instrument, Policy
from edgenode.model.ids import DESK_BOOK, LOCAL_VENUE
from edgenode.model.money import format_minor
from edgenode.model.orders import opposite, sign


def judge(check: Check, policy: Policy, instrument: Instrument) -> None:
    """Evaluate all of them."""
    _rate(check, policy)
    judge_one(check, policy, instrument)


def judge_one(check: Check, policy: Policy, instrument: Instrument) -> None:
    """Evaluate all of them but the message rate."""
    _quantity(check, instrument)
    _price(check, policy)
    _market_data(check, policy)
    if check.price is not None:
        _self_trade(check, check.price)
    if check.notional is not None:
        _notional(check, policy, instrument, check.notional)
        if check.price is not None:
            _open(check, policy, instrument, check.price)


def _rate(check: Check, policy: Policy) -> None:
    """Row 9: per venue and per micro-event, in this market second. Cancels are never counted."""
    scopes = (
        (f"venue:{check.intent.venue}", policy.orders_per_s_max),
        (f"event:{check.event_id}", policy.event_orders_per_s_max),
    )
    for scope, limit in scopes:
        count = check.state.limits.messages(scope, check.now_ns) + 1
        if count > limit:
            check.fail("EN109", "message_rate", str(limit), str(count), "1/s", scope)


def _quantity(check: Check, instrument: Instrument) -> None:
    lots = check.intent.quantity_lots
    if lots < instrument.quantity_lots_min:
        check.fail_lots("EN106", "quantity_min", instrument.quantity_lots_min, lots)
    elif lots > instrument.quantity_lots_max:
        check.fail_lots("EN106", "quantity_max", instrument.quantity_lots_max, lots)
    if check.changes and check.open_lots <= 0:
        check.fail_lots("EN106", "quantity_filled", check.replaces.filled_lots + 1, lots)


def _price(check: Check, policy: Policy) -> None:
    """Rows 4 and 5: positive, on tick, and no more aggressive than the collar."""
    intent, reference = check.intent, check.reference
    if intent.type == "market":
        if intent.price_ticks is not None:
            check.fail("EN104", "market_price", "no price", str(intent.price_ticks), "ticks")
    elif check.price is None:
        check.fail("EN104", "price", "1", str(intent.price_ticks), "ticks")
    if reference is None:
        check.fail("EN105", "reference", "fresh reference", "none", "price")
    elif check.price is not None:
        limit = check.collar_ticks(reference, policy)
        if sign(intent.side) * (check.price - limit) > 0:
            check.fail("EN105", "price_collar", str(limit), str(check.price), "ticks")


def _market_data(check: Check, policy: Policy) -> None:
    """Row 18: an outside venue is traded only on a book of its own that is young enough."""
    intent = check.intent
    if intent.venue == LOCAL_VENUE:
        return
    venue = next((v for v in policy.overlay_venues if v.venue == intent.venue), None)
    if venue is None:
        return  # row 27 denies a venue that policy does not name
    age_ms = check.seen.age_ms(intent.venue, intent.instrument, check.now_ns)
    if age_ms is None or age_ms > venue.age_ms_max:
        value = "none" if age_ms is None else str(age_ms)
        scope = f"venue:{intent.venue}"
        check.fail("EN118", "market_data", str(venue.age_ms_max), value, "ms", scope)


def _self_trade(check: Check, price: int) -> None:
    """Row 17: never across an own order at an outside venue, nor across the desk's own quote.

    Else the resting order gives way in the local book.
    """
    intent, orders = check.intent, check.state.orders
    side = opposite(intent.side)
    if intent.venue != LOCAL_VENUE:
        best = orders.own_best(intent.account, intent.venue, intent.instrument, side)
    elif intent.account == DESK_BOOK and not check.is_quote:
        best = orders.quote_price(intent.instrument, side)
    else:
        return
    if best is not None and sign(intent.side) * (price - best) >= 0:
        check.fail("EN117", "self_trade", str(best), str(price), "ticks", f"venue:{intent.venue}")


def _notional(check: Check, policy: Policy, instrument: Instrument, notional: int) -> None:
    """Rows 7 and 8: one order."""
    assert check.price is not None
    if notional > policy.order_notional_max:
        check.fail_money("EN107", "order_notional_max", policy.order_notional_max, notional)
    in_quote = instrument.notional_minor(check.price, check.intent.quantity_lots)
    if in_quote < instrument.notional_minor_min:
        check.fail(
            "EN108",
            "order_notional_min",
            format_minor(instrument.notional_minor_min, instrument.quote),
            format_minor(in_quote, instrument.quote),
            instrument.quote,
        )


def _open(check: Check, policy: Policy, instrument: Instrument, price: int) -> None:
    """Row 12: all open orders of the account together, over all instruments and venues.

    The node as a whole is bounded by rows 13 and 14. An order whose worth cannot be told counts as
    too much.
    """
    scope = f"account:{check.intent.account}"
    orders = 1 - check.replaces.orders
    tick_lots = price * check.open_lots - check.replaces.tick_lots
    notional = 0
    for name, load in check.state.orders.loads(check.intent.account).items():
        orders += load.orders
        if name == instrument.id:
            tick_lots += load.tick_lots
            continue
        other = check.state.limits.instruments[name]
        rate = fx.rate(check.state.limits, policy, other.quote, check.now_ns)
        if rate is None:
            pair = f"{other.quote}/{policy.currency}"
            check.fail("EN112", "open_notional_unknown", "a fresh rate", "none", pair, scope)
            return
        notional += rate.up(load.tick_lots * other.tick_lot_minor)
    if orders > policy.open_orders_max:
        check.fail(
            "EN112", "open_orders_max", str(policy.open_orders_max), str(orders), "1", scope
        )
    assert check.rate is not None
    open_notional = notional + check.rate.up(tick_lots * instrument.tick_lot_minor)
    if open_notional > policy.open_notional_max:
        check.fail_money(
            "EN112", "open_notional_max", policy.open_notional_max, open_notional, scope
        )
