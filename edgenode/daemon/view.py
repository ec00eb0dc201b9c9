"""The state as the outside sees it: JSON shapes of the outward contract. Reads, never decides."""

from datetime import UTC, datetime
from typing import Any

from edgenode.core.gate.plans import is_approved
from edgenode.core.risk.pnl import pnl
from edgenode.core.state.grants import Account
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.order import Order
from edgenode.model.facts import (
    FillRecorded,
    Instrument,
    OrderDenied,
    OrderGated,
    Reason,
    Reserved,
)
from edgenode.model.ids import InstrumentId
from edgenode.model.money import format_decimal, format_minor
from edgenode.model.orders import OrderState

Json = dict[str, Any]


def instant(ns: int) -> str:
    """Write nanoseconds since the epoch as RFC 3339 UTC."""
    at = datetime.fromtimestamp(ns / 1e9, tz=UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def order(state: NodeState, held: Order) -> Json:
    """Give an accepted order, the shape of the 201 answer."""
    gated = held.gated
    instrument = state.limits.instruments[gated.instrument]
    return {
        **accepted(gated, held.seq, instrument),
        "state": str(held.state),
        "done_reason": held.done_reason,
        "filled_quantity": _lots(held.filled_lots, instrument),
    }


def accepted(gated: OrderGated, seq: int, instrument: Instrument) -> Json:
    """Give what the gate's entry alone says of an order."""
    return {
        "client_order_id": gated.client_order_id,
        "order_id": gated.order_id,
        "account": gated.account,
        "venue": gated.venue,
        "instrument": gated.instrument,
        "side": gated.side,
        "type": gated.type,
        "time_in_force": gated.time_in_force,
        "post_only": gated.post_only,
        "expires": None if gated.expires_ns is None else instant(gated.expires_ns),
        "state": str(OrderState.GATED),
        "quantity": _lots(gated.quantity_lots, instrument),
        "price": format_decimal(gated.price_ticks, instrument.price_decimals),
        "filled_quantity": _lots(0, instrument),
        "ledger_seq": seq,
        "limits_version": gated.limits_version,
        "event_id": gated.event_id,
        "reserved": _reserved(gated.reserved, instrument),
        "done_reason": None,
    }


def denied(fact: OrderDenied, seq: int) -> Json:
    """Give a denial, the shape of the 422 answer (RFC 9457)."""
    return denial(fact.client_order_id, fact.reasons, fact.limits_version, seq)


def denial(client_order_id: str, reasons: tuple[Reason, ...], version: int, seq: int) -> Json:
    """Give what the gate said no to, with every failed check."""
    return {
        "type": "urn:edgenode:error:EN100",
        "title": "Order denied",
        "status": 422,
        "code": "EN100",
        "client_order_id": client_order_id,
        "ledger_seq": seq,
        "limits_version": version,
        "reasons": [
            {
                "code": r.code,
                "name": r.name,
                "limit": r.limit,
                "value": r.value,
                "unit": r.unit,
                "scope": r.scope,
            }
            for r in reasons
        ],
    }


def approvals(state: NodeState) -> list[Json]:
    """Give the plans that wait for approval or hold; `digest` is what an approver signs."""
    policy = state.limits.policy
    rows = []
    for plan_id, plan in sorted(state.limits.approvals.plans.items()):
        said = plan.proposed
        instrument = state.limits.instruments[said.instrument]
        rows.append(
            {
                "plan_id": plan_id,
                "instrument": said.instrument,
                "venues": list(said.venues),
                "side": said.side,
                "quantity_max": _lots(said.quantity_lots_max, instrument),
                "worst_price": format_decimal(said.worst_ticks, instrument.price_decimals),
                "cost_max": format_minor(said.cost_max, policy.currency if policy else ""),
                "expires_at": instant(said.expires),
                "nonce": said.nonce.hex(),
                "digest": said.digest.hex(),
                "reason": said.reason,
                "approved_by": sorted(plan.approved_by),
                "approved": policy is not None and is_approved(plan, policy),
            }
        )
    return rows


def fill(fact: FillRecorded, seq: int, instrument: Instrument) -> Json:
    """Give one booked fill."""
    return {
        "venue": fact.venue,
        "exec_id": fact.exec_id,
        "order_id": fact.order_id,
        "account": fact.account,
        "instrument": fact.instrument,
        "side": fact.side,
        "quantity": _lots(fact.quantity_lots, instrument),
        "price": format_decimal(fact.price_ticks, instrument.price_decimals),
        "fee": {
            "amount": format_minor(fact.fee_minor, fact.fee_currency),
            "currency": fact.fee_currency,
        },
        "event_id": fact.event_id,
        "at": instant(fact.at_ns),
        "ledger_seq": seq,
    }


def order_counts(state: NodeState) -> Json:
    """Give how many orders are open, and how many of them have no known outcome."""
    held = state.orders.orders.values()
    return {
        "open": sum(o.state is not OrderState.DONE for o in held),
        "unknown": sum(o.state is OrderState.UNKNOWN for o in held),
    }


def instruments(state: NodeState) -> list[Json]:
    """Give the instruments with their grid."""
    return [
        {
            "instrument": i.id,
            "base": i.base,
            "quote": i.quote,
            "tick": format_decimal(1, i.price_decimals),
            "lot": format_decimal(1, i.quantity_decimals),
            "quantity_min": _lots(i.quantity_lots_min, i),
            "quantity_max": _lots(i.quantity_lots_max, i),
            "enabled": i.enabled,
        }
        for _, i in sorted(state.limits.instruments.items())
    ]


def exposure(state: NodeState) -> list[Json]:
    """Give customers' exposure, mandate, overlay and net with its interval, per instrument."""
    rows = []
    for name, instrument in sorted(state.limits.instruments.items()):
        seen = state.exposure(name)
        rows.append(
            {
                "instrument": name,
                "exposure_quantity": _lots(seen.agreed, instrument),
                "mandate_quantity": _lots(seen.mandate, instrument),
                "overlay_quantity": _lots(seen.overlay_agreed, instrument),
                "target_quantity": _lots(seen.target, instrument),
                "net_quantity": _lots(seen.net_agreed, instrument),
                "net_min": _lots(seen.net.low, instrument),
                "net_max": _lots(seen.net.high, instrument),
            }
        )
    return rows


def positions(state: NodeState) -> list[Json]:
    """Give what was traded since opening, per account, venue and micro-event."""
    rows = []
    for key, totals in sorted(state.positions.totals.items()):
        instrument = state.limits.instruments[key.instrument]
        rows.append(
            {
                "account": key.account,
                "venue": key.venue,
                "venue_account": key.venue_account,
                "instrument": key.instrument,
                "event_id": key.event_id,
                "quantity": _lots(totals.lots, instrument),
                "lots": totals.lots,
                "cash": {
                    "amount": format_minor(totals.cash_minor, instrument.quote),
                    "currency": instrument.quote,
                },
            }
        )
    return rows


def wallet(state: NodeState, now_ns: int) -> list[Json]:
    """Give every grant with what is left of it."""
    return [_grant(state, a, now_ns) for _, a in sorted(state.grants.accounts.items())]


def events(state: NodeState) -> list[Json]:
    """Give the spend of each micro-event against its cap."""
    policy = state.limits.policy
    if policy is None:
        return []
    return [
        {
            "event_id": event_id,
            "name": state.limits.events[event_id].name if event_id in state.limits.events else "",
            "spent": format_minor(spend.spent, policy.currency),
            "reserved": format_minor(spend.reserved, policy.currency),
            "cap": format_minor(policy.event_spend_max, policy.currency),
            "currency": policy.currency,
        }
        for event_id, spend in sorted(state.limits.spend.items())
    ]


def limits(state: NodeState) -> Json:
    """Give the policy in force, trading states and pause."""
    policy = state.limits.policy
    return {
        "limits_version": state.limits.version,
        "policy_version": policy.version if policy else None,
        "states": dict(sorted(state.limits.states.items())),
        "paused": state.limits.paused,
        "hedges_paused": state.limits.hedges_paused,
        "order_notional_max": (
            format_minor(policy.order_notional_max, policy.currency) if policy else None
        ),
        "event_spend_max": (
            format_minor(policy.event_spend_max, policy.currency) if policy else None
        ),
        "overlay_enabled": policy.overlay_enabled if policy else False,
        "currency": policy.currency if policy else None,
    }


def profit(state: NodeState, instrument_id: InstrumentId, mark_ticks: int | None) -> Json | None:
    """Give the desk's P&L as money; None without a mark."""
    total = pnl(state, instrument_id, mark_ticks).total_minor
    quote = state.limits.instruments[instrument_id].quote
    return None if total is None else {"amount": format_minor(total, quote), "currency": quote}


def breaks(state: NodeState) -> list[Json]:
    """Give the open breaks."""
    return [
        {
            "break_id": b.break_id,
            "type": b.type,
            "subject": b.subject,
            "detail": b.detail,
            "since": instant(b.at_ns),
        }
        for _, b in sorted(state.breaks.open.items())
    ]


def break_problems(state: NodeState) -> list[Json]:
    """Give the open breaks as the status tells problems."""
    return [
        {
            "code": "EN408",
            "severity": "warning",
            "text": f"Break {row['type']}: {row['subject']}: {row['detail']}",
            "do": "look at it, then edgenode breaks close; ls names it",
            "since": row["since"],
        }
        for row in breaks(state)
    ]


def _grant(state: NodeState, account: Account, now_ns: int) -> Json:
    grant = account.grant
    row: Json = {"grant": grant.id, "kind": grant.kind, "unit": grant.unit}
    if grant.kind == "position":
        assert grant.instrument is not None
        assert grant.side is not None
        used = _position_use(state, grant.instrument, buy=grant.side == "buy")
        row |= {"instrument": grant.instrument, "side": grant.side}
        row |= {"granted": str(grant.limit), "reserved": "0", "spent": str(used)}
        row["available"] = str(max(0, grant.limit - used))
    else:
        reserved, spent = account.reserved, account.spent
        row |= {"granted": format_minor(grant.limit, grant.unit)}
        row |= {"reserved": format_minor(reserved, grant.unit)}
        row |= {"spent": format_minor(spent, grant.unit)}
        row["available"] = format_minor(account.room(now_ns, reducing=False), grant.unit)
    row["expires_at"] = instant(grant.expiry)
    return row


def _position_use(state: NodeState, instrument: InstrumentId, *, buy: bool) -> int:
    """Give the larger use of the two desk accounts on one side, in lots."""
    exposure_now = state.exposure(instrument)
    ends = (
        (exposure_now.book.high, exposure_now.overlay.high)
        if buy
        else (-exposure_now.book.low, -exposure_now.overlay.low)
    )
    return max(0, *ends)


def _reserved(rows: tuple[Reserved, ...], instrument: Instrument) -> list[Json]:
    found = []
    for row in rows:
        if row.kind == "inventory":
            amount, unit = _lots(row.amount, instrument), instrument.base
        else:
            amount, unit = format_minor(row.amount, row.unit), row.unit
        found.append(
            {
                "amount": amount,
                "currency": unit,
                "fees_included": True,
                "kind": row.kind,
                "grant": row.grant or None,
            }
        )
    return found


def _lots(lots: int, instrument: Instrument) -> str:
    return format_decimal(lots, instrument.quantity_decimals)
