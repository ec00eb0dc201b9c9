"""What a box may rightly not know at the end: only what its venue contradicted itself about.

A venue that gives two executions one id, or tells two contents of one, leaves a break that only
the venue can close. How far the books may then lie from the truth, and which orders stay UNKNOWN,
is said by the versions of those executions, and by nothing else.
"""

from collections.abc import Sequence

from edgenode.core.restrictions.overdrawn import DESK
from edgenode.core.state import outcomes
from edgenode.core.state.execution import Execution
from edgenode.core.state.node_state import NodeState
from edgenode.model.break_types import FORGOTTEN
from edgenode.model.ids import InstrumentId, OrderId
from edgenode.model.orders import SIDES, OrderState, Side, sign

Use = dict[tuple[str, Side], int]


def waiting(state: NodeState) -> list[OrderId]:
    """Return open orders at venues, those apart that their venue forgot: a person decides."""
    names = [order.gated.order_id for order in state.orders.at_venues()]
    return [name for name in names if f"{FORGOTTEN}:{name}" not in state.breaks.open]


def worst_case(state: NodeState, venue: str, instrument: InstrumentId) -> tuple[int, int]:
    """Return the least and the most lots that the books hold possible at a venue."""
    held = booked(state, venue, instrument)
    low, high = span(state, venue, instrument)
    for order in state.orders.at_venues():
        if (order.gated.venue, order.gated.instrument) == (venue, instrument):
            lots = sign(order.gated.side) * order.remaining_lots
            low, high = low + min(0, lots), high + max(0, lots)
    return held + low, held + high


def unknown(state: NodeState) -> list[OrderId]:
    """Return UNKNOWN orders of which no disputed execution tells, and that no venue forgot."""
    venues = {key.venue for key in state.fills.executions()}
    disputed = {name for venue in venues for name in _told_of(state, venue)}
    return [
        order.gated.order_id
        for order in state.orders.at_venues()
        if order.state is OrderState.UNKNOWN
        and order.gated.order_id not in disputed
        and f"{FORGOTTEN}:{order.gated.order_id}" not in state.breaks.open
    ]


def booked(state: NodeState, venue: str, instrument: InstrumentId) -> int:
    """Return the lots of an instrument that the books show at a venue."""
    return sum(
        totals.lots
        for key, totals in state.positions.totals.items()
        if key.venue == venue and key.instrument == instrument
    )


def kept_open(state: NodeState, venue: str, instrument: InstrumentId) -> tuple[int, int]:
    """Return what may yet come of UNKNOWN orders of which a disputed execution tells.

    Fills of one order under one id are told apart by nothing: the order keeps what is not booked.
    """
    low = high = 0
    told = _told_of(state, venue)
    for order in state.orders.at_venues():
        if order.state is not OrderState.UNKNOWN or order.gated.order_id not in told:
            continue
        if (order.gated.venue, order.gated.instrument) == (venue, instrument):
            lots = sign(order.gated.side) * order.remaining_lots
            low, high = low + min(0, lots), high + max(0, lots)
    return low, high


def span(state: NodeState, venue: str, instrument: InstrumentId) -> tuple[int, int]:
    """Return how far from the booked lots the venue's own count may lie, by what is disputed."""
    low = high = 0
    for execution in _disputed(state, venue):
        for (_, name), (more_low, more_high) in outcomes.lots(execution).items():
            if name == instrument:
                low, high = low + more_low, high + more_high
    return low, high


def use(state: NodeState, instrument: InstrumentId) -> Use:
    """Return what desk accounts use of position grants, on either side."""
    return {
        (account, side): state.position_use(account, instrument, side)
        for account in DESK
        for side in SIDES
    }


def lost_lots(state: NodeState, names: Sequence[InstrumentId]) -> list[str]:
    """Return the hedge programmes of these instruments whose lots do not add up."""
    return [
        f"{programme.id}: target {programme.target}, done {programme.done}, "
        f"{programme.remaining} carried and planned, {programme.working} working"
        for key, programme in state.programmes.held.items()
        if key.instrument in names
        and (
            programme.target != programme.committed + programme.remaining
            or programme.done != state.positions.net(*key)
            or programme.working
            != state.orders.open_lots(*key, "buy") - state.orders.open_lots(*key, "sell")
        )
    ]


def _told_of(state: NodeState, venue: str) -> set[OrderId]:
    """Return the orders of which a venue's disputed executions tell."""
    return {
        version.order_id
        for execution in _disputed(state, venue)
        for version in (*execution.contents.values(), *execution.corrections.values())
    }


def _disputed(state: NodeState, venue: str) -> list[Execution]:
    """Return a venue's disputed executions, each once though it may have several ids."""
    found: list[Execution] = []
    for key, execution in state.fills.executions().items():
        known = any(execution is one for one in found)
        if key.venue == venue and execution.disputed and not known:
            found.append(execution)
    return found
