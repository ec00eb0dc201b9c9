"""What was traded in one micro-event: customers, the desk's book against them, the hedges.

An execution belongs to the micro-event that its order is tagged with, one without a tag to the
detected one that runs as it is first recorded. What counts of it is what is booked of it now: a
bust, a correction or a decision takes out what counted before. Prices are compared with the
reference that the gate recorded, so figures need no market data.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from edgenode.core.state.execution import FillKey, key_of
from edgenode.core.state.node_state import NodeState
from edgenode.model import facts as f
from edgenode.model.ids import (
    DESK_BOOK,
    DESK_OVERLAY,
    NO_EVENT,
    EventId,
    InstrumentId,
    OrderId,
    is_customer,
)
from edgenode.model.orders import sign

MINUTE_NS = 60_000_000_000
EVIDENCE = (
    f.FillRecorded,
    f.FillDisputed,
    f.FeeRecorded,
    f.FillCorrected,
    f.FillBusted,
    f.BreakResolved,
)


@dataclass(slots=True)
class Traded:
    """Sums of one instrument. Lots are counts; money in the smallest unit.

    `spread_minor` and `shortfall_minor` are in the quote currency: what the book earned against
    the reference, and what hedges lost against theirs (less than 0: they gained). `fees_minor` and
    `cost_minor` are of hedges, in the policy's currency: cost counts no gain. What had no
    reference is counted in `without_reference_lots` and is no part of either.
    """

    customers_bought: int = 0
    customers_sold: int = 0
    customer_fills: int = 0
    spread_minor: int = 0
    hedges_bought: int = 0
    hedges_sold: int = 0
    hedge_fills: int = 0
    shortfall_minor: int = 0
    fees_minor: int = 0
    cost_minor: int = 0
    without_reference_lots: int = 0
    by_minute: dict[int, list[int]] = field(default_factory=dict)  # customers: bought, sold


class _Counted(NamedTuple):
    fill: f.FillRecorded
    reference_ticks: int | None


@dataclass(slots=True)
class Trades:
    """All executions of one micro-event, by instrument; `event_id` is their tag."""

    event_id: EventId
    of: dict[InstrumentId, Traded] = field(default_factory=dict)
    changed: int = 0  # executions of which something else is booked than was first
    _orders: dict[OrderId, int | None] = field(default_factory=dict)  # hedges: their reference
    _newest: dict[InstrumentId, int | None] = field(default_factory=dict)  # reference
    _counted: dict[FillKey, tuple[_Counted, ...]] = field(default_factory=dict)

    def take(self, state: NodeState, fact: f.Fact, *, runs: bool = True) -> None:
        """Take a fact that has taken effect in `state`; `runs`: new executions count."""
        match fact:
            case f.OrderGated():
                self._saw(fact.instrument, fact.saw.reference_ticks)
                if fact.account == DESK_OVERLAY:
                    self._orders[fact.order_id] = fact.saw.reference_ticks
            case f.QuotesSet():
                self._saw(fact.instrument, fact.reference_ticks)
            case f.FillRecorded():
                self._booked(state, key_of(fact), new=runs)
            case f.FillCorrected():
                key = key_of(fact.refers_to)
                self._booked(state, key, new=runs and _is_first(state, key))
            case f.FillDisputed() | f.FeeRecorded() | f.FillBusted():
                self._booked(state, key_of(fact.refers_to))
            case f.BreakResolved(refers_to=f.ExecRef() as named):
                self._booked(state, key_of(named))
            case _:
                pass

    def reference(self, instrument: InstrumentId) -> int | None:
        """Return the newest reference price that was recorded, in ticks."""
        return self._newest.get(instrument)

    def hedges(self, instrument: InstrumentId) -> list[f.FillRecorded]:
        """Return what counts of the hedges' executions now."""
        rows = (row.fill for rows in self._counted.values() for row in rows)
        return [x for x in rows if (x.account, x.instrument) == (DESK_OVERLAY, instrument)]

    def _saw(self, instrument: InstrumentId, reference: int | None) -> None:
        if reference is not None:
            self._newest[instrument] = reference

    def _booked(self, state: NodeState, key: FillKey, *, new: bool = False) -> None:
        """Count what is booked of an execution now, in place of what counted before.

        A tag of its own says what belongs to a micro-event. Without one, what was recorded before
        it (not `new`, nor counted before) is none of it.
        """
        execution = state.fills.execution(key)
        ids = execution.ids if execution is not None else {key}
        tagged = self.event_id != NO_EVENT
        if not (tagged or new) and self._counted.keys().isdisjoint(ids):
            return
        before = [row for one in sorted(ids) for row in self._counted.pop(one, ())]
        held = state.fills.versions(key) if execution is None else execution.held()
        mine = tuple(fill for fill in held if fill.event_id == self.event_id)
        references = {row.fill.order_id: row.reference_ticks for row in before}
        after = tuple(_Counted(fill, self._against(state, fill, references)) for fill in mine)
        for row in before:
            self._count(state, row, -1)
        for row in after:
            self._count(state, row, 1)
        if before and [row.fill for row in before] != list(mine):
            self.changed += 1
        self._counted[min(ids)] = after

    def _against(
        self, state: NodeState, fill: f.FillRecorded, known: dict[OrderId, int | None]
    ) -> int | None:
        """Return the reference that an execution is held against, in ticks."""
        if fill.order_id in known:
            return known[fill.order_id]
        if fill.account == DESK_OVERLAY:
            order = state.orders.orders.get(fill.order_id)  # perhaps of before the micro-event
            seen = None if order is None else order.gated.saw.reference_ticks
            return self._orders.get(fill.order_id, seen)
        return self._newest.get(fill.instrument)

    def _count(self, state: NodeState, row: _Counted, times: int) -> None:
        fill = row.fill
        found = self.of.setdefault(fill.instrument, Traded())
        lots = fill.quantity_lots * times
        if is_customer(fill.account):
            _of_customer(found, fill, lots, times)
            return
        if fill.account not in {DESK_BOOK, DESK_OVERLAY}:
            return
        lost = None
        if row.reference_ticks is not None:
            away = sign(fill.side) * (fill.price_ticks - row.reference_ticks)
            lost = state.rules.instruments[fill.instrument].notional_minor(away, lots)
        if lost is None:
            found.without_reference_lots += lots
        elif fill.account == DESK_BOOK:
            found.spread_minor -= lost
        else:
            found.shortfall_minor += lost
        if fill.account == DESK_OVERLAY:
            found.hedge_fills += times
            found.fees_minor += fill.fee_counted_minor * times
            found.cost_minor += fill.cost_minor * times
            if fill.side == "buy":
                found.hedges_bought += lots
            else:
                found.hedges_sold += lots


def _is_first(state: NodeState, key: FillKey) -> bool:
    """Return whether nothing else was told of an execution than one correction."""
    execution = state.fills.execution(key)
    return execution is not None and not execution.recalled and len(execution.versions) == 1


def _of_customer(found: Traded, fill: f.FillRecorded, lots: int, times: int) -> None:
    minute = found.by_minute.setdefault(fill.at_ns // MINUTE_NS, [0, 0])
    found.customer_fills += times
    if fill.side == "buy":
        found.customers_bought += lots
        minute[0] += lots
    else:
        found.customers_sold += lots
        minute[1] += lots
