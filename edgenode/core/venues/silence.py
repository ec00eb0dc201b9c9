"""What a venue does not say: silence becomes UNKNOWN, a question, and an end or a break.

    an order at a venue            silent for            recorded
    -----------------------------  --------------------  ----------------------------------------
    sent, cancel asked, or never   one answer time       OrderUnknown: its venue is asked
    to rest (IOC, FOK)
    works and rests                nine answer times     OrderUnknown: its venue is asked
    UNKNOWN                        six answer times      break `unresolved`; it is asked on
    asked to cancel, still open    six answer times      break `not_canceled`; it is asked on

    its venue does not know it     the order             recorded
    -----------------------------  --------------------  ----------------------------------------
    for the first time             any open one          OrderNotFound
    again, 10 s later or more      never acknowledged    OrderDone(never_received)
    again, 10 s later or more      acknowledged          break `forgotten`: its lots stay in the
                                                         worst case until evidence or a person

The answer time is the policy's, in market time. OrderUnknown is the durable question: the executor
asks until the order is known again (services/inquiry). A resting order has no answer to wait for;
each snapshot that lists it is evidence. Evidence closes these breaks by itself.
"""

from edgenode.core.breaks.opening import closed, opened, quantity
from edgenode.core.observations import NOTHING, Act, Decision
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.order import Order
from edgenode.model.break_types import FORGOTTEN, NOT_CANCELED, UNRESOLVED
from edgenode.model.facts import OrderDone, OrderNotFound, OrderUnknown, OrderWorking
from edgenode.model.ids import OrderId
from edgenode.model.orders import OrderState
from edgenode.model.venue import Acked, NotKnown

SECOND_NS = 1_000_000_000
ANSWER_S = 10  # of a node that has no policy
SETTLES_NS = 10 * SECOND_NS  # longer than any submit is in flight
RESTS = 9  # answer times: one snapshot a minute may fail
OWNED = 6  # answer times until a person is told
RULE = "rule:silence"
ENDS_AT_ONCE = frozenset({"ioc", "fok"})


def due(state: NodeState, now_ns: int) -> list[Act]:
    """Return what silence has led to by now; O(orders at venues)."""
    answer_ns = answer_time_ns(state)
    return [
        act
        for order in state.orders.at_venues()
        for act in (*_silent(order, answer_ns, now_ns), *_owned(state, order, answer_ns, now_ns))
    ]


def answer_time_ns(state: NodeState) -> int:
    """Return how long an answer of a venue may take, in market time."""
    policy = state.rules.policy
    return (policy.answer_s if policy else ANSWER_S) * SECOND_NS


def not_known(state: NodeState, event: NotKnown, order: Order, now_ns: int) -> Decision:
    """Decide on a venue's clear word that it does not know an open order."""
    if not event.snapshot_read:
        return NOTHING
    order_id = order.gated.order_id
    if not order.absent_ns or now_ns < order.absent_ns:  # the clock was set back: counted anew
        fact = OrderNotFound(at_ns=now_ns, order_id=order_id, evidence="the venue was asked")
        return Decision((Act(fact, f"venue:{event.venue}"),))
    if _young(order, now_ns):
        return NOTHING
    if order.acked:
        return Decision(_forgotten(state, order, now_ns))
    done = OrderDone(
        at_ns=now_ns, order_id=order_id, reason="never_received", filled_lots=0, again=order.ended
    )
    ended_ = ended(state, order_id, "the venue never received it", now_ns)
    return Decision((Act(done, f"venue:{event.venue}"), *ended_))


def acknowledged(state: NodeState, event: Acked, order: Order, now_ns: int) -> Decision:
    """Decide on a venue's word that it works an open order; old evidence is renewed."""
    order_id = event.order_id
    works = order.state in {OrderState.WORKING, OrderState.PARTIAL}
    if works and not _past(order.heard_ns, answer_time_ns(state) // 2, now_ns):
        return NOTHING
    fact = OrderWorking(at_ns=now_ns, order_id=order_id, evidence="ack")
    acts = (Act(fact, f"venue:{event.venue}"), *answered(state, order_id, "it works", now_ns))
    return Decision(acts)


def answered(state: NodeState, order_id: OrderId, how: str, now_ns: int) -> tuple[Act, ...]:
    """Close what stands of an order of which the venue tells again."""
    return tuple(
        act
        for type_ in (UNRESOLVED, FORGOTTEN)
        for act in closed(state, type_, order_id, how, now_ns)
    )


def ended(state: NodeState, order_id: OrderId, how: str, now_ns: int) -> tuple[Act, ...]:
    """Close what stands of an order that has ended."""
    not_canceled = closed(state, NOT_CANCELED, order_id, how, now_ns)
    return (*answered(state, order_id, how, now_ns), *not_canceled)


def grows_old(state: NodeState, order: Order, now_ns: int) -> bool:
    """Return whether a working order was last heard of so long ago that a listing renews it."""
    works = order.state in {OrderState.WORKING, OrderState.PARTIAL} and not order.cancel_sent
    return works and _past(order.heard_ns, answer_time_ns(state), now_ns)


def _silent(order: Order, answer_ns: int, now_ns: int) -> tuple[Act, ...]:
    if order.state is OrderState.UNKNOWN:
        return ()
    waits = order.state is OrderState.SENT or order.cancel_sent
    at_once = order.gated.time_in_force in ENDS_AT_ONCE
    if not _past(order.heard_ns, answer_ns * (1 if waits or at_once else RESTS), now_ns):
        return ()
    seconds = abs(now_ns - order.heard_ns) // SECOND_NS
    evidence = f"nothing heard of it for {seconds} s"
    fact = OrderUnknown(at_ns=now_ns, order_id=order.gated.order_id, evidence=evidence)
    return (Act(fact, RULE),)


def _owned(state: NodeState, order: Order, answer_ns: int, now_ns: int) -> tuple[Act, ...]:
    """Open a break for an order that asking does not settle."""
    order_id, wait_ns = order.gated.order_id, OWNED * answer_ns
    acts: tuple[Act, ...] = ()
    if order.cancel_sent and now_ns - order.cancel_ns >= wait_ns:
        acts += _told(state, NOT_CANCELED, order, "asked to cancel", order.cancel_ns, now_ns)
    forgotten = f"{FORGOTTEN}:{order_id}" in state.breaks.open
    unknown = order.state is OrderState.UNKNOWN and not forgotten
    if unknown and now_ns - order.unknown_ns >= wait_ns:
        acts += _told(state, UNRESOLVED, order, "UNKNOWN", order.unknown_ns, now_ns)
    return acts


def _told(
    state: NodeState, type_: str, order: Order, what: str, since_ns: int, now_ns: int
) -> tuple[Act, ...]:
    seconds = (now_ns - since_ns) // SECOND_NS
    detail = f"{what} for {seconds} s; {_open(state, order)} may still execute"
    return opened(state, type_, order.gated.order_id, detail, now_ns)


def _forgotten(state: NodeState, order: Order, now_ns: int) -> tuple[Act, ...]:
    filled = quantity(order.filled_lots, state.rules.instruments.get(order.gated.instrument))
    detail = (
        f"the venue acknowledged it and does not know it now; {filled} are booked, "
        f"{_open(state, order)} may still execute"
    )
    return opened(state, FORGOTTEN, order.gated.order_id, detail, now_ns)


def _open(state: NodeState, order: Order) -> str:
    instrument = state.rules.instruments.get(order.gated.instrument)
    return quantity(order.remaining_lots, instrument)


def _young(order: Order, now_ns: int) -> bool:
    """Return whether the first "not known" is too young for a second one to count."""
    return now_ns - order.absent_ns < SETTLES_NS


def _past(since_ns: int, wait_ns: int, now_ns: int) -> bool:
    """Return whether a wait is over; also if `since_ns` has not come, for a clock was set back."""
    return abs(now_ns - since_ns) >= wait_ns
