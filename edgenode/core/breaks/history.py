"""What a ledger recorded of venues, as facts that make it known in a newer ledger of the node.

    in the older ledger                            carried as          in the newer ledger
    ---------------------------------------------  ------------------  ---------------------------
    where a venue's stream was read to             CarriedPlace        it is read from there
    an execution with one content, and its fee     CarriedHistory      found by name (core/past)
    an order at a venue, with its end              CarriedHistory      found by name
    an order that is open at a venue               CarriedHistory      open and UNKNOWN, and asked
                                                                       to cancel (venues/reopening)
    an execution that was corrected, taken back,   CarriedExecution    in the state, as it was
    disputed or decided, or is in suspense
    a break that no look at the venue opens again  CarriedBreak        open

Nothing here books anything: the carried positions and balances hold it. So what a venue tells
again changes nothing, and what the older ledger had not recorded is found and booked. Grants are
of one ledger: what an execution spent and an order reserved stays behind. Later evidence of it
refills nothing in the newer ledger, and charges there what it adds.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from edgenode.core.state.charges import Charge, charge_of
from edgenode.core.state.execution import Execution, FillKey, Ruling, key_of, rank_of, ref_of
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.unpriced import Owed, priced
from edgenode.model import break_types as types
from edgenode.model import facts as f
from edgenode.model.ids import DESK_SUSPENSE, LOCAL_VENUE, OrderId
from edgenode.model.orders import OrderState
from edgenode.wire import entry as wire_entry
from edgenode.wire import facts as wire_facts
from edgenode.wire.canonical import pack

T = TypeVar("T")
CarriedRow = FillKey | f.FillRecorded | f.CarriedCorrection | f.CarriedCharge
CARRIED = "carried"  # the end of an order that was open: its venue may still execute it
KEPT_NS = 31 * 24 * 3600 * 1_000_000_000  # longer than a venue repeats itself ([ledger] keep_days)
ENTRY_BYTES = 24_000  # of the rows in one fact; an entry holds 65,535 bytes
KINDS = frozenset(
    {"OrderGated", "OrderDone", "FillRecorded", "FeeRecorded", "FeePriced", "Adopted"}
)
CARRIED_TYPES = frozenset({
    *(types.FILL_CONTENT, types.TOMBSTONE, types.UNKNOWN_ORDER, types.NOT_AS_ORDERED),
    *(types.FILL_INSTRUMENT, types.FEE_UNPRICED, types.VENUE_MESSAGE),
    *(types.BEYOND_LIMIT, types.AFTER_END, types.OVERFILL, types.CUM_QUANTITY, types.RESTORED),
})  # fmt: skip


@dataclass(slots=True)
class History:
    """The orders at venues and their executions, as a ledger's entries tell them, in order."""

    orders: dict[OrderId, f.OrderGated] = field(default_factory=dict)
    ends: dict[OrderId, f.OrderDone] = field(default_factory=dict)
    fills: dict[FillKey, f.FillRecorded] = field(default_factory=dict)

    def take(self, fact: f.Fact) -> None:
        """Add one fact; those of other kinds add nothing."""
        match fact:
            case f.OrderGated() if fact.venue != LOCAL_VENUE:
                self.orders[fact.order_id] = fact
            case f.OrderDone() if fact.order_id in self.orders:
                self.ends[fact.order_id] = fact
            case f.FillRecorded() if fact.venue != LOCAL_VENUE:
                self.fills[key_of(fact)] = fact
            case f.FeeRecorded():
                self.fills[key_of(fact.refers_to)] = fact.fill
            case f.FeePriced(event_id=event_id):
                of_event = {k: fill for k, fill in self.fills.items() if fill.event_id == event_id}
                self.fills |= {key: priced(fact, fill) for key, fill in of_event.items()}
            case f.Adopted() if told := carried_by(fact):
                self.orders |= {order.gated.order_id: order.gated for order in told.orders}
                self.ends |= {order.gated.order_id: order.done for order in told.orders}
                self.fills |= {key_of(fill): fill for fill in told.fills}
            case _:
                pass


NO_HISTORY = History()


def carried_by(adopted: f.Adopted) -> f.CarriedHistory | None:
    """Return what an adopted entry makes known of an older ledger, None for any other entry."""
    if not adopted.applied:
        return None
    _, entry, _ = wire_entry.parse(adopted.bytes)
    if entry.kind != f.CarriedHistory.__name__:
        return None
    told = wire_facts.decode(entry.kind, entry.body)
    assert isinstance(told, f.CarriedHistory), "as its kind says"
    return told


def facts(state: NodeState, past: History) -> list[f.CarriedFact]:
    """Return what the newer ledger is told of venues; `past` is what left the state."""
    return [*places(state), *_history(state, past), *executions(state), *breaks(state)]


def places(state: NodeState) -> list[f.CarriedFact]:
    """Return where each venue's stream was read to."""
    return [
        f.CarriedPlace(**_BARE, venue=venue, epoch=stream.epoch, cursor=stream.cursor)
        for venue, stream in sorted(state.orders.streams.items())
    ]


def executions(state: NodeState) -> list[f.CarriedFact]:
    """Return the executions of which the state holds more than one content, or in suspense."""
    held = {id(e): e for e in state.fills.executions().values()}
    whole = sorted(held.values(), key=lambda execution: min(execution.ids))
    alone = [
        Execution(
            ids={key},
            contents={(key.exec_id, fill.content_hash): fill},
            charges=[charge_of(fill)],
        )
        for key, fill in sorted(state.fills.plain().items())
        if fill.account == DESK_SUSPENSE
    ]
    return [fact for execution in (*whole, *alone) for fact in _execution(execution)]


def breaks(state: NodeState) -> list[f.CarriedFact]:
    """Return the open breaks that no look at a venue would open again."""
    return [
        f.CarriedBreak(
            **_BARE,
            type=one.type,
            subject=one.subject,
            detail=one.detail,
            refers_to=one.refers_to,
            counted=_counted(state, one),
        )
        for _, one in sorted(state.breaks.open.items())
        if one.type in CARRIED_TYPES
    ]


def execution_of(fact: f.CarriedExecution) -> Execution:
    """Return the execution that a fact carries; its cash is of the older ledger's grants."""
    ruled = fact.ruling
    return Execution(
        ids={key_of(ref) for ref in fact.ids},
        contents={(fill.exec_id, fill.content_hash): fill for fill in fact.contents},
        corrections={
            rank_of(one.version, one.fill, one.refers_to): one.fill for one in fact.corrections
        },
        busted=fact.busted,
        carried=True,
        charges=[_charge(one) for one in fact.charges],
        ruling=Ruling(ruled.holds, set(ruled.over), ruled.account) if ruled else None,
    )


def _history(state: NodeState, past: History) -> list[f.CarriedFact]:
    """Return what is found by its name, oldest first, in facts of a size that an entry holds."""
    since_ns = state.limits.newest_ns - KEPT_NS
    orders = [order for order in _orders(state, past) if order.done.at_ns >= since_ns]
    orders.sort(key=lambda order: (order.gated.at_ns, order.gated.order_id))
    fills = [fill for fill in _fills(state, past) if fill.at_ns >= since_ns]
    fills.sort(key=lambda fill: (fill.at_ns, key_of(fill)))
    return [
        *(
            f.CarriedHistory(**_BARE, orders=tuple(some), fills=())
            for some in _runs(orders, lambda order: _size(order.gated) + _size(order.done))
        ),
        *(f.CarriedHistory(**_BARE, orders=(), fills=tuple(some)) for some in _runs(fills, _size)),
    ]


def _orders(state: NodeState, past: History) -> Iterator[f.CarriedOrder]:
    held, late = state.orders.orders, state.orders.late_lots
    for order_id, gated in past.orders.items():
        done = past.ends.get(order_id)
        if order_id not in held and done is not None:
            lots = done.filled_lots + late.get(order_id, 0)
            done = replace(done, filled_lots=lots, again=0)
            yield f.CarriedOrder(gated=_ungranted(gated), done=done)
    for order_id, order in held.items():
        if order.gated.venue != LOCAL_VENUE:
            ended = order.done_reason if order.state is OrderState.DONE else None
            done = f.OrderDone(
                at_ns=state.limits.newest_ns,
                order_id=order_id,
                reason=ended or CARRIED,
                filled_lots=order.filled_lots,
            )
            yield f.CarriedOrder(gated=_ungranted(order.gated), done=done)


def _ungranted(gated: f.OrderGated) -> f.OrderGated:
    """Return an order without what it reserved of grants: that stays with the older ledger."""
    return replace(gated, reserved=tuple(row for row in gated.reserved if not row.grant))


def _fills(state: NodeState, past: History) -> Iterator[f.FillRecorded]:
    held = state.fills.executions()
    for key, fill in (past.fills | state.fills.plain()).items():
        if key not in held and fill.venue != LOCAL_VENUE and fill.account != DESK_SUSPENSE:
            yield fill


def _execution(execution: Execution) -> Iterator[f.CarriedFact]:
    """Yield one execution; in several facts, each with its first id, if it has very much on it."""
    first, *others = sorted(execution.ids)
    rows: list[CarriedRow] = [
        *others,
        *(fill for _, fill in sorted(execution.contents.items())),
        *(
            f.CarriedCorrection(version=rank.version, refers_to=rank.refers_to, fill=fill)
            for rank, fill in sorted(execution.corrections.items())
        ),
        *map(_carried_charge, execution.charges),
    ]
    ruled = execution.ruling
    for some in _runs(rows, _size_of) or [[]]:
        yield f.CarriedExecution(
            **_BARE,
            ids=tuple(map(ref_of, (first, *(row for row in some if isinstance(row, FillKey))))),
            contents=tuple(row for row in some if isinstance(row, f.FillRecorded)),
            corrections=tuple(row for row in some if isinstance(row, f.CarriedCorrection)),
            busted=execution.busted,
            charges=tuple(row for row in some if isinstance(row, f.CarriedCharge)),
            ruling=None
            if ruled is None
            else f.CarriedRuling(
                holds=ruled.holds,
                over=tuple(sorted(ruled.over)),
                account=ruled.account,
            ),
        )


def _counted(state: NodeState, one: f.BreakOpened) -> f.OrderCounted | None:
    """Return the venue's count of an order, which has left the state where it is carried."""
    order_id = OrderId(one.subject)
    count = state.orders.counted.get(order_id) if one.type == types.CUM_QUANTITY else None
    if count is None:
        return None
    return f.OrderCounted(
        at_ns=0,
        order_id=order_id,
        account=count.account,
        venue=count.venue,
        instrument=count.instrument,
        event_id=count.event_id,
        side=count.side,
        quantity_lots=count.quantity_lots,
        reserved=count.reserved,
        cum_lots=count.cum_lots,
        done_lots=state.orders.executed(order_id, count.done_lots),
    )


def _carried_charge(charge: Charge) -> f.CarriedCharge:
    return f.CarriedCharge(
        names=charge.names,
        paid_minor=charge.paid_minor,
        owes=tuple(
            f.CarriedDebt(
                event_id=event_id,
                currency=currency,
                fees_minor=debt.fees_minor,
                counted_minor=debt.counted_minor,
            )
            for (event_id, currency), debt in sorted(charge.owes.items())
        ),
    )


def _charge(told: f.CarriedCharge) -> Charge:
    owes = {
        (debt.event_id, debt.currency): Owed(debt.fees_minor, debt.counted_minor)
        for debt in told.owes
    }
    return Charge(told.names, told.paid_minor, owes)


def _runs(rows: Iterable[T], size_of: Callable[[T], int]) -> list[list[T]]:
    """Split rows into runs whose bodies fit into an entry."""
    runs: list[list[T]] = []
    size = ENTRY_BYTES
    for row in rows:
        size += size_of(row)
        if size > ENTRY_BYTES:
            runs.append([])
            size = size_of(row)
        runs[-1].append(row)
    return runs


def _size_of(row: CarriedRow) -> int:
    match row:
        case FillKey():
            return len(pack(list(row)))
        case f.FillRecorded():
            return _size(row)
        case f.CarriedCorrection(fill=fill):
            return _size(fill)
        case f.CarriedCharge(names=names, owes=owes):
            return len(pack([*names, *(debt.event_id + debt.currency for debt in owes)]))


def _size(fact: f.Fact) -> int:
    return len(wire_facts.encode(fact))


# until books say of which branch it is, and who decided it
_BARE: dict[str, Any] = {"at_ns": 0, "from_ledger": "", "from_size": 0, "approvals": ()}
