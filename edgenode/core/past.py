"""What the ledger still knows of what left the state.

A closed order and its executions leave the state; their names do not become free. The store keeps
a table from name to seq, and before a decision the recorder looks up what that decision asks for:

    name                               of entry                          is kept
    ---------------------------------  --------------------------------  ----------------
    client, account, client order id   OrderGated, OrderDenied,          always
                                       OrderAmended or AmendDenied
    order, our order id                OrderGated                        with its segment
    done, our order id                 OrderDone                         with its segment
    fill, venue, account, scope, id    FillRecorded                      with its segment
    fee, venue, account, scope, id     FeeRecorded                       with its segment
    priced, currency, number           FeePriced                         with its segment

Orders and executions that an older ledger of the node had recorded are named too, by the adopted
entry that carries them (CarriedHistory).

A client order id is never used again in its account (some 60 bytes each). Other names go when the
segment that holds their entry is dropped, which waits longer than any venue repeats itself
([ledger] keep_days). What a venue says after that is not known any more: it lands in
`desk:suspense` with a break, as any execution of an unknown order does, never silently.
"""

import hashlib
from collections.abc import Callable
from typing import NamedTuple

from edgenode.core.breaks import executions
from edgenode.core.breaks.history import carried_by
from edgenode.core.observations import (
    AmendAsked,
    CentreSaid,
    Observation,
    OrderAsked,
    Reported,
    ResolveAsked,
)
from edgenode.core.seen import NO_PAST, Left, Past
from edgenode.core.state.execution import FillKey, key_of
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.unpriced import owes, priced
from edgenode.model.errors import RefusedError
from edgenode.model.facts import (
    Adopted,
    AmendDenied,
    Fact,
    FeePriced,
    FeeRecorded,
    FillRecorded,
    OrderAmended,
    OrderDenied,
    OrderDone,
    OrderGated,
    RecalledFill,
    ResolutionAsked,
)
from edgenode.model.ids import OrderId
from edgenode.model.ledgers import ExternalId
from edgenode.model.orders import OrderKey
from edgenode.model.venue import (
    Acked,
    BustReport,
    CorrectReport,
    FillReport,
    Finished,
    NotAnswered,
    NotKnown,
    NotSent,
)
from edgenode.wire import entry as wire_entry
from edgenode.wire import facts as wire_facts
from edgenode.wire.canonical import pack

KEY_BYTES = 16
PRUNED_SCOPES = frozenset({"order", "done", "fill", "fee", "priced"})


class Recalled(NamedTuple):
    """A fact found again, and its place in the ledger; None if only its name is still here."""

    seq: int
    fact: Fact | None


Recall = Callable[[ExternalId], Recalled | None]


def names_of(fact: Fact) -> tuple[ExternalId, ...]:  # noqa: PLR0911  one return per kind
    """Return the names under which a fact must be found again."""
    match fact:
        case OrderGated():
            return client_name(OrderKey(fact.account, fact.client_order_id)), order_name(
                fact.order_id
            )
        case OrderDenied() | OrderAmended() | AmendDenied():
            return (client_name(OrderKey(fact.account, fact.client_order_id)),)
        case OrderDone():
            return (done_name(fact.order_id, fact.again),)
        case FillRecorded():
            return (fill_name(key_of(fact)),)
        case FeeRecorded():
            return (fee_name(key_of(fact.refers_to)),)
        case FeePriced():
            return (priced_name(fact.currency, fact.number),)
        case Adopted():
            return tuple(_carried(fact))
        case _:
            return ()


def client_name(key: OrderKey) -> ExternalId:
    """Name an order as its submitter does."""
    return _name("client", *key)


def order_name(order_id: OrderId) -> ExternalId:
    """Name an order as we do."""
    return _name("order", order_id)


def done_name(order_id: OrderId, again: int = 0) -> ExternalId:
    """Name an end of an order: it may work again, and end again."""
    return _name("done", order_id, *([str(again)] if again else []))


def fill_name(key: FillKey) -> ExternalId:
    """Name an execution as its venue does."""
    return _name("fill", *key)


def fee_name(key: FillKey) -> ExternalId:
    """Name the fee of an execution that was told without one; there is at most one."""
    return _name("fee", *key)


def priced_name(currency: str, number: int) -> ExternalId:
    """Name what priced fees in a currency, by how often they were priced before."""
    return _name("priced", currency, str(number))


def past_of(  # noqa: PLR0911  one return per kind of observation
    state: NodeState, observation: Observation, recall: Recall
) -> Past:
    """Return what an observation names and the state does not hold."""
    match observation:
        case OrderAsked(intent=intent):
            return _of_client(state, recall, intent.key)
        case AmendAsked(order_id=order_id, client_order_id=name) if (
            order := state.orders.orders.get(order_id)
        ) is not None:
            return _of_client(state, recall, OrderKey(order.gated.account, name))
        case Reported(event=FillReport() as fill):
            return _found(state, recall, (key_of(fill),), (fill.order_id,))
        case Reported(event=CorrectReport(fill=fill) as report):
            named = key_of(fill)._replace(exec_id=report.refers_to)
            return _found(state, recall, (named, key_of(fill)), (fill.order_id,))
        case Reported(event=BustReport() as bust):
            return _found(state, recall, (key_of(bust),))
        case Reported(
            event=(Acked() | Finished() | NotAnswered() | NotSent() | NotKnown()) as status
        ):
            return _found(state, recall, (), (status.order_id,))
        case ResolveAsked(break_id=break_id):
            return _decided(state, recall, break_id)
        case CentreSaid(data=data):
            return _of_centre(state, recall, data)
        case _:
            return NO_PAST


def _of_client(state: NodeState, recall: Recall, key: OrderKey) -> Past:
    if state.orders.named(key) is not None or recall(client_name(key)) is None:
        return NO_PAST
    return Past(name_taken=True)


def _of_centre(state: NodeState, recall: Recall, data: bytes) -> Past:
    _, entry, _ = wire_entry.parse(data)
    if entry.kind != ResolutionAsked.__name__:
        return NO_PAST
    try:
        asked = wire_facts.decode(entry.kind, entry.body)
    except RefusedError:
        return NO_PAST  # it is adopted without effect
    assert isinstance(asked, ResolutionAsked), "as its kind says"
    return _decided(state, recall, asked.break_id)


def _decided(state: NodeState, recall: Recall, break_id: str) -> Past:
    """Find the orders of an execution that people decide."""
    key = executions.named(state, break_id)
    return _found(state, recall, (key,)) if key else NO_PAST


def _found(
    state: NodeState,
    recall: Recall,
    keys: tuple[FillKey, ...],
    orders: tuple[OrderId, ...] = (),
) -> Past:
    """Find executions and orders that are named, or told of, and not at hand."""
    fills: list[RecalledFill] = []
    names = list(orders)
    for key in dict.fromkeys(keys):  # a correction may keep the id of what it corrects
        if state.fills.holds(key):
            names += [version.order_id for version in state.fills.versions(key)]
        elif found := _execution(state, recall, key):
            fills.append(found)
            names.append(found.fill.order_id)
    left: dict[OrderId, Left] = {}
    for name in names:
        if name not in state.orders.orders and name not in left and (one := _left(recall, name)):
            left[name] = one
    return Past(left=left, fills=tuple(fills)) if left or fills else NO_PAST


def _left(recall: Recall, order_id: OrderId) -> Left | None:
    gated = _fact(recall, order_name(order_id))
    if gated is None:
        return None
    done = _newest_end(recall, order_id)
    assert isinstance(gated, OrderGated), "found under an order's name"
    assert isinstance(done, OrderDone | None), "found under an end's name"
    return Left(gated, done)


def _newest_end(recall: Recall, order_id: OrderId) -> Fact | None:
    """Return the newest end of an order; O(how often it ended)."""
    done, again = None, 0
    while found := _fact(recall, done_name(order_id, again)):
        done, again = found, again + 1
    return done


def _execution(state: NodeState, recall: Recall, key: FillKey) -> RecalledFill | None:
    """Return an execution that left the state as it counts now, its fee included."""
    found = _found_as(recall, fee_name(key)) or _found_as(recall, fill_name(key))
    if found is None:
        return None
    seq, fact, carried = found
    if isinstance(fact, FeeRecorded):
        carried = fact.recalled is not None and fact.recalled.carried
        fact = fact.fill
    if not isinstance(fact, FillRecorded):
        return None
    return RecalledFill(fill=_at_rate(state, recall, seq, fact), carried=carried)


def _at_rate(state: NodeState, recall: Recall, seq: int, fill: FillRecorded) -> FillRecorded:
    """Return an execution with its fee at the first rate that priced it after its entry."""
    number = state.fills.times_priced(fill.fee_currency) if owes(fill) else 0
    rate: FeePriced | None = None
    while number and (found := recall(priced_name(fill.fee_currency, number - 1))):
        if found.seq < seq or not isinstance(found.fact, FeePriced):
            break
        if found.fact.event_id == fill.event_id:
            rate = found.fact
        number -= 1
    return priced(rate, fill) if rate else fill


def _fact(recall: Recall, name: ExternalId) -> Fact | None:
    found = _found_as(recall, name)
    return found[1] if found else None


def _found_as(recall: Recall, name: ExternalId) -> tuple[int, Fact, bool] | None:
    """Return the fact of a name and its entry's seq: its own, or (True) one that it carries."""
    found = recall(name)
    fact = found and found.fact
    carried = isinstance(fact, Adopted)
    if isinstance(fact, Adopted):
        fact = _carried(fact).get(name)
    return (found.seq, fact, carried) if found and fact else None


def _carried(adopted: Adopted) -> dict[ExternalId, Fact]:
    """Return what an adopted entry carries of an older ledger, by name."""
    told = carried_by(adopted)
    if told is None:
        return {}
    orders = {order_name(order.gated.order_id): order for order in told.orders}
    return {
        **{name: order.gated for name, order in orders.items()},
        **{done_name(order.done.order_id): order.done for order in orders.values()},
        **{fill_name(key_of(fill)): fill for fill in told.fills},
    }


def _name(scope: str, *parts: str) -> ExternalId:
    return ExternalId(scope, hashlib.sha256(pack(list(parts))).digest()[:KEY_BYTES])
