"""An event report in its JSON shape: decimal texts with their unit, and the sentence first."""

from edgenode.core.report.event import EventFold, Orders
from edgenode.core.report.path import At, Path
from edgenode.core.report.trades import MINUTE_NS, Traded
from edgenode.core.risk.pnl import pnl
from edgenode.core.state.digest import digest
from edgenode.core.state.order import Order
from edgenode.daemon.view import event_needs, event_words
from edgenode.daemon.view.units import Json, lots
from edgenode.model import currencies
from edgenode.model.facts import Instrument
from edgenode.model.ids import InstrumentId
from edgenode.model.instants import instant
from edgenode.model.money import Money, format_decimal

SCHEMA = "edgenode.event.report/1"


def report(fold: EventFold) -> Json:
    """Return the report of a micro-event that was opened in the ledger."""
    assert fold.opened is not None, "it was opened"
    names = sorted(name for name, found in fold.paths.items() if _matters(fold, name, found))
    instruments = [fold.state.rules.instruments[name] for name in names]
    found: Json = {
        "schema": SCHEMA,
        "verdict": "",
        "ledger": fold.state.ledger.name,
        "mode": fold.state.rules.mode,
        "event": _event(fold),
        "instruments": [_instrument(fold, one) for one in instruments],
        "needs": event_needs.needs(fold),
        "cost": _cost(fold),
        "orders": {
            "customers": _orders(fold.customers),
            "hedges": _orders(fold.hedges),
            "answers_missing": fold.unknown,
            "executions_changed": fold.trades.changed,
            "mandates": fold.mandates,
        },
        "happened": [
            {"seq": row.seq, "at": instant(row.at_ns), "what": row.what, "who": row.who}
            for row in fold.happened
        ],
        "more_happened": fold.more_happened,
        "open": {
            "orders": [_open_order(fold, order) for order in fold.open_orders],
            "breaks": [
                {"break_id": one.break_id, "detail": one.detail} for one in fold.open_breaks
            ],
        },
        "records": _records(fold),
    }
    found["state"], found["verdict"] = event_words.verdict(found)
    return found


def _matters(fold: EventFold, name: InstrumentId, path: Path) -> bool:
    """Return whether an instrument was traded in it or exposed meanwhile."""
    return name in fold.trades.of or any(at.worst or at.bare for at in path.points)


def _event(fold: EventFold) -> Json:
    opened, closed = fold.opened, fold.closed
    assert opened is not None, "it was opened"
    return {
        "event_id": opened.event_id,
        "name": opened.name,
        "source": opened.source,
        "starts": instant(opened.starts),
        "ends": instant(opened.ends),
        "opened_at": instant(opened.at_ns),
        "opened_by": fold.opened_by,
        "closed_at": instant(closed.at_ns) if closed else None,
        "closed_because": closed.reason if closed else None,
    }


def _instrument(fold: EventFold, instrument: Instrument) -> Json:
    traded = fold.trades.of.get(instrument.id, Traded())
    path = fold.paths[instrument.id]
    return {
        "instrument": instrument.id,
        "unit": instrument.base,
        "customers": {
            "bought": lots(traded.customers_bought, instrument),
            "sold": lots(traded.customers_sold, instrument),
            "fills": traded.customer_fills,
            "by_minute": [
                [instant(minute * MINUTE_NS), *(lots(n, instrument) for n in sides)]
                for minute, sides in sorted(traded.by_minute.items())
            ],
        },
        "spread_earned": _money(fold, traded.spread_minor, instrument.quote),
        "hedges": {
            "bought": lots(traded.hedges_bought, instrument),
            "sold": lots(traded.hedges_sold, instrument),
            "fills": traded.hedge_fills,
            "shortfall": _money(fold, traded.shortfall_minor, instrument.quote),
            "slippage": event_needs.slippage(fold, instrument),
        },
        "without_reference": lots(traded.without_reference_lots, instrument),
        "exposure": {
            "worst": _at(path.worst, instrument),
            "without_overlay_worst": _at(path.bare_worst, instrument),
            "newest": _at(path.points[-1], instrument),
            "band": event_needs.band(fold, fold.outside[instrument.id]),
            "path": [_row(at, instrument) for at in path.points],
        },
        "result": _result(fold, instrument),
    }


def _at(at: At | None, instrument: Instrument) -> Json | None:
    if at is None:
        return None
    return {
        "at": instant(at.at_ns),
        "net": lots(at.net, instrument),
        "net_min": lots(at.low, instrument),
        "net_max": lots(at.high, instrument),
        "without_overlay": lots(at.bare, instrument),
    }


def _row(at: At, instrument: Instrument) -> list[str]:
    return [instant(at.at_ns), *(lots(n, instrument) for n in at[1:])]


def _result(fold: EventFold, instrument: Instrument) -> Json:
    """Return this node's P&L of it: open lots marked at the newest reference of its orders.

    What the centre hedged is not in it.
    """
    mark = fold.trades.reference(instrument.id)
    if fold.tag != fold.event_id:  # what it holds is not told apart from what was held before
        return {"pnl": None, "mark": None, "open_quantity": None}
    found = pnl(fold.state, instrument.id, mark, fold.event_id)
    total = found.total_minor
    return {
        "pnl": None if total is None else _money(fold, total, instrument.quote),
        "mark": None if mark is None else format_decimal(mark, instrument.price_decimals),
        "open_quantity": lots(found.open_lots, instrument),
    }


def _cost(fold: EventFold) -> Json | None:
    """Return what its hedges cost against what they may, in the policy's currency."""
    policy = fold.state.rules.policy
    if policy is None:
        return None
    traded = list(fold.trades.of.values())
    fees = sum(one.fees_minor for one in traded)
    counted = sum(one.cost_minor for one in traded)
    return {
        "spent": _money(fold, fold.spent_minor, policy.currency),
        "used_at_most": _money(fold, fold.used_max_minor, policy.currency),
        "cap": _money(fold, policy.event_spend_max, policy.currency),
        "hedges_counted": _money(fold, counted, policy.currency),
        "fees": _money(fold, fees, policy.currency),
        "cap_is_of": fold.tag,
    }


def _orders(of: Orders) -> Json:
    return {
        "taken": of.taken,
        "denied": of.denied,
        "denied_by": [
            {"code": code, "name": name, "orders": count}
            for (code, name), count in sorted(of.why.items())
        ],
    }


def _open_order(fold: EventFold, order: Order) -> Json:
    gated = order.gated
    instrument = fold.state.rules.instruments[gated.instrument]
    return {
        "order_id": gated.order_id,
        "account": gated.account,
        "venue": gated.venue,
        "side": gated.side,
        "state": order.state.name,
        "remaining": lots(order.remaining_lots, instrument),
        "unit": instrument.base,
    }


def _records(fold: EventFold) -> Json:
    made = digest(fold.state)
    return {
        "first": fold.opened_seq,
        "last": fold.last_seq,
        "size": made.size,
        "at": instant(fold.at_ns),
        "digest": made.digest.hex(),
    }


def _money(fold: EventFold, minor: int, currency: str) -> Json:
    return currencies.as_json(fold.state.rules.currencies, Money(minor, currency))
