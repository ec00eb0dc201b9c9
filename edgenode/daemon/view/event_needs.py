"""What an event report says of needs, of each hedge's cost, and of the band: JSON shapes."""

from edgenode.core.report.event import EventFold
from edgenode.core.report.needs import Request, use_of
from edgenode.core.report.outside import Outside
from edgenode.core.report.slippage import Cost, total
from edgenode.core.risk import shown
from edgenode.daemon.view.units import Json, lots
from edgenode.model import currencies
from edgenode.model.facts import Instrument, NeedSized
from edgenode.model.instants import instant
from edgenode.model.money import Money

ORDERS_MAX = 200
WAITS = "open"
TENTH_NS = 6_000_000_000  # of a minute


def needs(fold: EventFold) -> Json:
    """Return what was planned beside what was used, and what was asked for."""
    plan = fold.needs.plan
    return {
        "sized_at": instant(plan.at_ns) if plan else None,
        "planned": [_planned(fold, one) for one in plan.needs] if plan else [],
        "requests": [_request(fold, one) for one in fold.needs.requests.values()],
    }


def _planned(fold: EventFold, one: NeedSized) -> Json:
    used = fold.needs.used.get(use_of(one), 0)
    used = fold.used_max_minor if one.need == "event_spend" else used
    texts = {"needed": one.needed, "left_when_sized": one.left, "used_at_most": used}
    return {
        "need": one.need,
        "instrument": one.instrument,
        "unit": shown.unit(fold.state, one),
        **{name: shown.amount(fold.state, one, number) for name, number in texts.items()},
        "used_percent": used * 100 // one.needed if one.needed else None,
        "sized": [shown.sized(fold.state, row) for row in one.sized],
    }


def _request(fold: EventFold, one: Request) -> Json:
    asked = one.asked
    return {
        "need_id": asked.need_id,
        "need": asked.need,
        "instrument": asked.instrument,
        "unit": shown.unit(fold.state, asked),
        "asked_at": instant(asked.at_ns),
        "needed": shown.amount(fold.state, asked, asked.needed),
        "left_when_asked": shown.amount(fold.state, asked, asked.left),
        "outcome": one.outcome or WAITS,
        "ended_at": instant(one.ended_ns) if one.ended_ns else None,
    }


def slippage(fold: EventFold, instrument: Instrument) -> Json:
    """Return each hedge's cost beside what its venue's curve said as it was sent."""
    costs = fold.slippage.costs(fold.trades.hedges(instrument.id), instrument.id)
    orders, lost, expected = total(fold.state, costs)
    known = fold.state.rules.currencies
    return {
        "orders_compared": orders,
        "cost": currencies.as_json(known, Money(lost, instrument.quote)),
        "expected": currencies.as_json(known, Money(expected, instrument.quote)),
        "orders": [_order(instrument, one) for one in costs[-ORDERS_MAX:]],
        "more_orders": max(0, len(costs) - ORDERS_MAX),
    }


def _order(instrument: Instrument, one: Cost) -> Json:
    gated = one.sent.gated
    return {
        "at": instant(gated.at_ns),
        "order_id": gated.order_id,
        "venue": gated.venue,
        "side": gated.side,
        "quantity": lots(gated.quantity_lots, instrument),
        "filled_quantity": lots(one.lots, instrument),
        "cost_bp": _bp(one.cost_ppm),
        "expected_bp": _bp(one.sent.expected_ppm),
        "hedges_known": one.sent.known,
    }


def _bp(ppm: int | None) -> str | None:
    """Return basis points with two decimals: a hundredth is one part in a million."""
    if ppm is None:
        return None
    sign = "-" if ppm < 0 else ""
    return f"{sign}{abs(ppm) // 100}.{abs(ppm) % 100:02}"


def band(fold: EventFold, outside: Outside) -> Json:
    """Return when exposure left its band and was back; minutes count from the begin, rounded up.

    `back_after_minutes` is None if it never left it, or is still beyond it.
    """
    opened = fold.opened
    assert opened is not None, "it was opened"
    beyond = outside.since_ns is not None
    back = None if beyond or outside.left_ns is None else outside.back_ns
    now_ns = fold.told_ns
    return {
        "left_at": instant(outside.left_ns) if outside.left_ns else None,
        "back_at": instant(back) if back else None,
        "beyond_now": beyond,
        "back_after_minutes": _minutes(back - opened.starts) if back else None,
        "beyond_minutes": _minutes(outside.total_ns(now_ns)),
        "beyond_minutes_longest": _minutes(outside.longest_ns(now_ns)),
    }


def _minutes(ns: int) -> str:
    tenths = -(-ns // TENTH_NS)
    return f"{tenths // 10}.{tenths % 10}"
