"""The books and what bounds them in the JSON shapes of the outward contract. Reads only."""

from edgenode.core.breaks import shown
from edgenode.core.hedge.band import band_of
from edgenode.core.risk.pnl import pnl
from edgenode.core.risk.room import Rooms, reducing, without_quote
from edgenode.core.seen import Seen
from edgenode.core.state.grants import Account
from edgenode.core.state.limits import EventSpend
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.restrictions import LEVELS
from edgenode.daemon.view import exposed as exposed_view
from edgenode.daemon.view import programmes as programmes_view
from edgenode.daemon.view import restrictions as restrictions_view
from edgenode.daemon.view.grants import ended
from edgenode.daemon.view.units import Json, lots
from edgenode.model import currencies
from edgenode.model.facts import Policy
from edgenode.model.ids import InstrumentId
from edgenode.model.instants import instant
from edgenode.model.money import Money, format_decimal
from edgenode.model.orders import SIDES, Side, opposite, sign

BOUNDED_BY = {  # what bounds a hedge room, in words
    "overlay": "no overlay",
    "reference": "no fresh price",
    "fx_rate": "no fresh rate",
    "venues": "no venue answers",
    "depth": "by depth at venues",
    "funds": "by funds at venues",
    "inventory": "by inventory at venues",
    "venue_gross": "by venue limits",
    "event_spend": "by the spend cap",
    "grant_cost": "by the cost grant",
    "grant_cash": "by the cash grant",
    "grant_position": "by the position grant",
}
MONEY = {"grant_cost": "cost", "grant_cash": "cash"}  # kinds of grants that bound a room


def instruments(state: NodeState) -> list[Json]:
    """Return the instruments with their grid."""
    return [
        {
            "instrument": i.id,
            "base": i.base,
            "quote": i.quote,
            "tick": format_decimal(1, i.price_decimals),
            "lot": format_decimal(1, i.quantity_decimals),
            "quantity_min": lots(i.quantity_lots_min, i),
            "quantity_max": lots(i.quantity_lots_max, i),
            "enabled": i.enabled,
        }
        for _, i in sorted(state.rules.instruments.items())
    ]


def exposure(state: NodeState) -> list[Json]:
    """Return customers' exposure, mandate, overlay and net, per instrument.

    `net_min` and `net_max` count all that may execute. What is `exposed` does not count the desk's
    own quotes, which are pulled and made anew; verdict, page and command speak of its worst end.
    """
    rows, policy = [], state.rules.policy
    for name, instrument in sorted(state.rules.instruments.items()):
        seen = state.exposure(name)
        rows.append(
            {
                "instrument": name,
                "exposure_quantity": lots(seen.agreed, instrument),
                "mandate_quantity": lots(seen.mandate, instrument),
                "overlay_quantity": lots(seen.overlay_agreed, instrument),
                "target_quantity": lots(seen.target, instrument),
                "net_quantity": lots(seen.net_agreed, instrument),
                "net_min": lots(seen.net.low, instrument),
                "net_max": lots(seen.net.high, instrument),
                **exposed_view.row(state, instrument),
                "band_quantity": lots(band_of(state, name), instrument),
                "overlay": policy is not None and policy.overlay_enabled,
                "programme": programmes_view.row(state, instrument),
            }
        )
    return rows


def hedge_room(state: NodeState, seen: Seen, now_ns: int) -> list[Json]:
    """Return how much more the desk may buy and sell of each instrument, and what bounds it.

    `reducing_quantity` reduces |net| in any outcome and needs no room: the gate admits the larger
    of both.
    """
    policy, rows = state.rules.policy, []
    if policy is None:
        return []
    for name, instrument in sorted(state.rules.instruments.items()):
        free = without_quote(state, name)
        rooms = Rooms(state, seen, policy, instrument, free, now_ns)
        for side in SIDES:
            found = rooms.of(side)
            row: Json = {"instrument": name, "side": side}
            row |= {"quantity": lots(found.lots, instrument), "least": found.least}
            row["bounded_by"] = _bounded(state, policy, name, side, found.least, now_ns)
            rows.append(row | {"reducing_quantity": lots(reducing(rooms.net, side), instrument)})
    return rows


def _bounded(
    state: NodeState, policy: Policy, name: InstrumentId, side: Side, least: str, now_ns: int
) -> str:
    """Return in words what bounds the room to buy or sell: the hedge is on the other side."""
    grants, latest = state.grants, state.limits.latest(now_ns)
    hedge = opposite(side)
    if least in MONEY and not grants.live(MONEY[least], policy.currency, latest):
        return f"no {MONEY[least]} grant"
    granted = grants.position_limit(name, hedge, latest, reducing=False)
    if least == "grant_position" and not granted:
        return f"no grant to {hedge} the hedge"
    return BOUNDED_BY[least]


def positions(state: NodeState) -> list[Json]:
    """Return what was traded since opening, per account, venue and micro-event."""
    rows = []
    for key, totals in sorted(state.positions.totals.items()):
        instrument = state.rules.instruments[key.instrument]
        rows.append(
            {
                "account": key.account,
                "venue": key.venue,
                "venue_account": key.venue_account,
                "instrument": key.instrument,
                "event_id": key.event_id,
                "quantity": lots(totals.lots, instrument),
                "lots": totals.lots,
                "cash": currencies.as_json(
                    state.rules.currencies, Money(totals.cash_minor, instrument.quote)
                ),
            }
        )
    return rows


def wallet(state: NodeState, now_ns: int) -> list[Json]:
    """Return every grant with what is left of it."""
    return [_grant(state, a, now_ns) for _, a in sorted(state.grants.accounts.items())]


def events(state: NodeState, now_ns: int) -> list[Json]:
    """Return each micro-event that runs or has cost something, with its spend against its cap.

    Those that run come first.
    """
    policy, limits = state.rules.policy, state.limits
    if policy is None:
        return []
    runs = {event_id for event_id in limits.events if limits.runs(event_id, now_ns)}
    rows = []
    for event_id in sorted({*runs, *limits.spend}, key=lambda id_: (id_ not in runs, id_)):
        event, spend = limits.events.get(event_id), limits.spend.get(event_id, EventSpend())
        rows.append(
            {
                "event_id": event_id,
                "name": event.name if event else "",
                "running": event_id in runs,
                "ends": instant(event.ends) if event else None,
                "spent": amount(state, limits.spent(event_id, now_ns), policy.currency),
                "reserved": amount(state, spend.reserved, policy.currency),
                "cap": amount(state, policy.event_spend_max, policy.currency),
                "currency": policy.currency,
            }
        )
    return rows


def hedging_money(state: NodeState, now_ns: int) -> Json | None:
    """Return how much of the unexpired grants for hedging costs is used; None without one."""
    policy = state.rules.policy
    live = [
        account
        for account in state.grants.accounts.values()
        if policy is not None
        and (account.grant.kind, account.grant.unit) == ("cost", policy.currency)
        and account.limit(now_ns, reducing=False) > 0
    ]
    if policy is None or not live:
        return None
    return {
        "used": amount(state, sum(a.spent + a.reserved for a in live), policy.currency),
        "granted": amount(state, sum(a.grant.limit for a in live), policy.currency),
        "currency": policy.currency,
    }


def limits(state: NodeState) -> Json:
    """Return the policy in force, and what restricts trading."""
    policy = state.rules.policy
    return {
        "limits_version": state.rules.version,
        "policy_version": policy.version if policy else None,
        "states": _states(state),
        "restrictions": restrictions_view.rows(state),
        "paused": restrictions_view.paused(state),
        "hedges_paused": restrictions_view.hedges_paused(state),
        "order_notional_max": (
            amount(state, policy.order_notional_max, policy.currency) if policy else None
        ),
        "event_spend_max": (
            amount(state, policy.event_spend_max, policy.currency) if policy else None
        ),
        "overlay_enabled": policy.overlay_enabled if policy else False,
        "currency": policy.currency if policy else None,
    }


def profit(state: NodeState, instrument_id: InstrumentId, mark_ticks: int | None) -> Json | None:
    """Return the desk's P&L as money; None without a mark."""
    total = pnl(state, instrument_id, mark_ticks).total_minor
    quote = state.rules.instruments[instrument_id].quote
    known = state.rules.currencies
    return None if total is None else currencies.as_json(known, Money(total, quote))


def break_problems(state: NodeState) -> list[Json]:
    """Return the open breaks as the status tells problems."""
    return [
        {
            "code": "EN408",
            "severity": "warning",
            "text": row["text"],
            "do": f"{row['do']}. {row['ends_by']}",
            "since": row["since"],
            "break_id": row["break_id"],
            "detail": row["detail"],
        }
        for row in shown.listed(state)
    ]


def _states(state: NodeState) -> Json:
    """Return the strictest level of each scope that a cause restricts."""
    held = state.restrictions.held
    return {
        scope: max((row.level for row in held[scope].values()), key=LEVELS.index)
        for scope in sorted(held)
    }


def amount(state: NodeState, amount_minor: int, currency: str) -> str:
    """Write an amount with its currency's decimals."""
    return currencies.amount(state.rules.currencies, Money(amount_minor, currency))


def _grant(state: NodeState, account: Account, now_ns: int) -> Json:
    grant = account.grant
    row: Json = {"grant": grant.id, "kind": grant.kind, "unit": grant.unit}
    if grant.kind == "position":
        assert grant.instrument is not None
        assert grant.side is not None
        used, held = _position_use(state, grant.instrument, grant.side)
        row |= {"instrument": grant.instrument, "side": grant.side}
        row |= {"granted": str(grant.limit), "reserved": str(used - held), "spent": str(held)}
        row["available"] = str(max(0, account.limit(now_ns, reducing=False) - used))
    else:
        reserved, spent = account.reserved, account.spent
        row |= {"granted": amount(state, grant.limit, grant.unit)}
        row |= {"reserved": amount(state, reserved, grant.unit)}
        row |= {"spent": amount(state, spent, grant.unit)}
        row["available"] = amount(state, account.room(now_ns, reducing=False), grant.unit)
    row["expires_at"] = instant(grant.expiry)
    return row | {"revoked": account.revoked, "ended": ended(account, now_ns)}


def _position_use(state: NodeState, instrument: InstrumentId, side: Side) -> tuple[int, int]:
    """Return (the larger use of the two desk accounts on one side, what of it is held), in lots.

    The rest is what open and UNKNOWN orders may still add.
    """
    seen, direction = state.exposure(instrument), sign(side)
    uses = []
    for agreed, ends in ((seen.agreed, seen.book), (seen.overlay_agreed, seen.overlay)):
        most = max(0, *(direction * end for end in ends))
        uses.append((most, min(most, max(0, direction * agreed))))
    return max(uses)
