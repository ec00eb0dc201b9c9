"""The breaks of an execution follow what is known of it, whoever told it last.

    once evidence or a decision has taken effect              its break
    --------------------------------------------------------  ---------------------------------
    it is disputed                                            fill_content is open under one id
    it is not disputed                                        fill_content is closed
    what is booked of it is in suspense                       unknown_order or not_as_ordered is
                                                              open under one id
    nothing of it is in suspense, and nothing is disputed     those are closed
    it came, or people decided it                             tombstone is closed

So a disputed execution always has an open break, and a decision under any of its ids ends all of
its breaks.
"""

from edgenode.core.breaks.opening import closed, id_of, opened, price, quantity
from edgenode.core.observations import NOTHING, Act, Decision
from edgenode.core.state.execution import Execution, FillKey
from edgenode.core.state.node_state import NodeState
from edgenode.model.break_types import FILL_CONTENT, NOT_AS_ORDERED, TOMBSTONE, UNKNOWN_ORDER
from edgenode.model.facts import FillRecorded
from edgenode.model.ids import DESK_SUSPENSE

OF_SUSPENSE = (UNKNOWN_ORDER, NOT_AS_ORDERED)


def retold(state: NodeState, key: FillKey, now_ns: int) -> Decision:
    """Open and close the breaks of an execution on which there is more than one content."""
    execution = state.fills.execution(key)
    if execution is None:
        return NOTHING
    how = _how(execution)
    acts: tuple[Act, ...] = ()
    if not execution.disputed:
        acts += _closed(state, execution, (FILL_CONTENT,), how, now_ns)
    elif not _is_open(state, execution, (FILL_CONTENT,)):
        acts += opened(state, FILL_CONTENT, key, _told(execution), now_ns)
    suspended = [fill for fill in execution.held() if fill.account == DESK_SUSPENSE]
    if suspended and not _is_open(state, execution, OF_SUSPENSE):
        acts += _suspended(state, key, suspended[0], now_ns)
    if not suspended and not execution.disputed:
        acts += _closed(state, execution, OF_SUSPENSE, how, now_ns)
    if execution.ruling is not None or execution.versions:
        acts += _closed(state, execution, (TOMBSTONE,), how, now_ns)
    return Decision(acts)


def _how(execution: Execution) -> str:
    if execution.ruling is not None:
        return "people decided it"
    return "the venue took it back" if execution.busted else "the venue told what is true"


def _told(execution: Execution) -> str:
    if execution.ruling is not None:
        return "the venue told something else after people had decided"
    if execution.reused():
        return "the venue gave this id to several executions"
    return "the venue told it in several ways"


def _suspended(state: NodeState, key: FillKey, fill: FillRecorded, now_ns: int) -> tuple[Act, ...]:
    instrument = state.rules.instruments[fill.instrument]
    lots, at = quantity(fill.quantity_lots, instrument), price(fill.price_ticks, instrument)
    known = fill.order_id in state.orders.orders
    type_ = NOT_AS_ORDERED if known else UNKNOWN_ORDER
    return opened(state, type_, key, f"{fill.side} {lots} at {at}", now_ns)


def _is_open(state: NodeState, execution: Execution, types: tuple[str, ...]) -> bool:
    return any(id_of(type_, key) in state.breaks.open for type_ in types for key in execution.ids)


def _closed(
    state: NodeState, execution: Execution, types: tuple[str, ...], how: str, now_ns: int
) -> tuple[Act, ...]:
    return tuple(
        act
        for key in sorted(execution.ids)
        for type_ in types
        for act in closed(state, type_, key, how, now_ns)
    )
