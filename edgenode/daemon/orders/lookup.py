"""An order found again, by the submitter's id or by ours: in the state, else in the ledger."""

from dataclasses import dataclass
from typing import Any

from edgenode.core.past import Recall, Recalled, client_name, done_name, order_name
from edgenode.core.state.node_state import NodeState
from edgenode.daemon.view import orders as orders_view
from edgenode.model.errors import RefusedError
from edgenode.model.facts import AmendDenied, OrderAmended, OrderDenied, OrderDone, OrderGated
from edgenode.model.ids import AccountId, ClientOrderId, OrderId
from edgenode.model.ledgers import ExternalId
from edgenode.model.money import format_decimal
from edgenode.model.orders import OrderKey, OrderState

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """The entry that took or denied an order, and how it ended if it left the state."""

    seq: int
    fact: OrderGated | OrderDenied
    done: OrderDone | None = None


def find(state: NodeState, recall: Recall, account: str | None, id_: str) -> Found | None:
    """Find an order by our id, or by the submitter's and its account."""
    found = by_order_id(state, recall, OrderId(id_))
    if found is not None or account is None:
        return found
    return by_client_id(state, recall, OrderKey(AccountId(account), ClientOrderId(id_)))


def by_client_id(state: NodeState, recall: Recall, key: OrderKey) -> Found | None:
    """Find what a submitter's id was used for."""
    named = state.orders.named(key)
    if named is None:
        return _recalled(recall, client_name(key))
    if named.order_id is None:
        denied = state.orders.denial(key)
        assert denied is not None, "a name without an order was denied"
        return Found(named.seq, denied)
    return by_order_id(state, recall, named.order_id)


def by_order_id(state: NodeState, recall: Recall, order_id: OrderId) -> Found | None:
    """Find an order by the id that the venue sees."""
    held = state.orders.orders.get(order_id)
    if held is not None:
        return Found(held.seq, held.gated)
    return _recalled(recall, order_name(order_id))


def shown(state: NodeState, found: Found) -> Json:
    """Return an order as it stands, or the denial."""
    fact = found.fact
    if isinstance(fact, OrderDenied):
        return orders_view.denied(fact, found.seq)
    held = state.orders.orders.get(fact.order_id)
    if held is not None:
        return orders_view.order(state, held)
    instrument = state.rules.instruments[fact.instrument]
    body = orders_view.accepted(fact, found.seq, state.rules) | {"state": str(OrderState.DONE)}
    if found.done is not None:
        body["done_reason"] = found.done.reason
        body["filled_quantity"] = format_decimal(
            found.done.filled_lots, instrument.quantity_decimals
        )
    return body


def refusal(fact: AmendDenied, seq: int) -> Json:
    """Return a refused change, the shape of the 422 answer."""
    title = "Change denied; the order works on as it was"
    return {
        **orders_view.denial(fact.client_order_id, fact.reasons, fact.limits_version, seq),
        "title": title,
    }


def _recalled(recall: Recall, name: ExternalId) -> Found | None:
    found = recall(name)
    if found is None:
        return None
    if isinstance(found.fact, OrderAmended | AmendDenied):  # the name of a change: its order
        found = recall(order_name(found.fact.order_id)) or Recalled(found.seq, None)
    if found.fact is None:
        raise _archived(found.seq)
    assert isinstance(found.fact, OrderGated | OrderDenied)
    if isinstance(found.fact, OrderDenied):
        return Found(found.seq, found.fact)
    end = recall(done_name(found.fact.order_id))
    done = end.fact if end else None
    assert isinstance(done, OrderDone | None)
    return Found(found.seq, found.fact, done)


def _archived(seq: int) -> RefusedError:
    """Return the error of an order that has left this box; its name stays taken."""
    return RefusedError(
        f"this id was used by an order that has left this box, at ledger seq {seq}",
        expected="a new client_order_id",
        do="edgenode ledger show SEQ --archive DIR shows what was recorded",
        code="EN409",
    )
