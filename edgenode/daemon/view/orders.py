"""Orders, fills, denials and plans in the JSON shapes of the outward contract. Reads only."""

from edgenode.core.gate.plans import is_approved
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.order import Order
from edgenode.core.state.rules import Rules
from edgenode.daemon.view.units import Json, lots
from edgenode.model import currencies
from edgenode.model.currencies import Currencies
from edgenode.model.facts import (
    FillRecorded,
    Instrument,
    OrderDenied,
    OrderGated,
    Reason,
    Reserved,
)
from edgenode.model.instants import instant
from edgenode.model.money import Money, format_decimal
from edgenode.model.orders import OrderState


def order(state: NodeState, held: Order) -> Json:
    """Return an accepted order, the shape of the 201 answer."""
    gated = held.gated
    instrument = state.rules.instruments[gated.instrument]
    return {
        **accepted(gated, held.seq, state.rules),
        "state": str(held.state),
        "done_reason": held.done_reason,
        "filled_quantity": lots(held.filled_lots, instrument),
    }


def accepted(gated: OrderGated, seq: int, rules: Rules) -> Json:
    """Return what the gate's entry alone says of an order."""
    instrument = rules.instruments[gated.instrument]
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
        "quantity": lots(gated.quantity_lots, instrument),
        "price": format_decimal(gated.price_ticks, instrument.price_decimals),
        "filled_quantity": lots(0, instrument),
        "ledger_seq": seq,
        "limits_version": gated.limits_version,
        "event_id": gated.event_id,
        "reserved": _reserved(gated.reserved, instrument, rules.currencies),
        "done_reason": None,
    }


def denied(fact: OrderDenied, seq: int) -> Json:
    """Return a denial, the shape of the 422 answer (RFC 9457)."""
    return denial(fact.client_order_id, fact.reasons, fact.limits_version, seq)


def denial(client_order_id: str, reasons: tuple[Reason, ...], version: int, seq: int) -> Json:
    """Return what the gate said no to, with every failed check."""
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


def fill(fact: FillRecorded, seq: int, rules: Rules) -> Json:
    """Return one booked fill."""
    instrument = rules.instruments[fact.instrument]
    return {
        "venue": fact.venue,
        "exec_id": fact.exec_id,
        "order_id": fact.order_id,
        "account": fact.account,
        "instrument": fact.instrument,
        "side": fact.side,
        "quantity": lots(fact.quantity_lots, instrument),
        "price": format_decimal(fact.price_ticks, instrument.price_decimals),
        "fee": currencies.as_json(rules.currencies, Money(fact.fee_minor, fact.fee_currency)),
        "event_id": fact.event_id,
        "at": instant(fact.at_ns),
        "ledger_seq": seq,
    }


def order_counts(state: NodeState) -> Json:
    """Return how many orders are open, and how many of them have no known outcome."""
    held = state.orders.orders.values()
    return {
        "open": sum(o.state is not OrderState.DONE for o in held),
        "unknown": sum(o.state is OrderState.UNKNOWN for o in held),
    }


def approvals(state: NodeState) -> list[Json]:
    """Return the plans that wait for approval or hold; `digest` is what an approver signs."""
    policy = state.rules.policy
    rows = []
    for plan_id, plan in sorted(state.limits.approvals.plans.items()):
        said = plan.proposed
        instrument = state.rules.instruments[said.instrument]
        rows.append(
            {
                "plan_id": plan_id,
                "instrument": said.instrument,
                "venues": list(said.venues),
                "side": said.side,
                "quantity_max": lots(said.quantity_lots_max, instrument),
                "worst_price": format_decimal(said.worst_ticks, instrument.price_decimals),
                "cost_max": currencies.amount(
                    state.rules.currencies, Money(said.cost_max, policy.currency if policy else "")
                ),
                "expires_at": instant(said.expires),
                "nonce": said.nonce.hex(),
                "digest": said.digest.hex(),
                "reason": said.reason,
                "approved_by": sorted(plan.approved_by),
                "approved": policy is not None and is_approved(plan, policy),
            }
        )
    return rows


def _reserved(rows: tuple[Reserved, ...], instrument: Instrument, known: Currencies) -> list[Json]:
    found = []
    for row in rows:
        if row.kind == "inventory":
            amount, unit = lots(row.amount, instrument), instrument.base
        else:
            amount, unit = currencies.amount(known, Money(row.amount, row.unit)), row.unit
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
