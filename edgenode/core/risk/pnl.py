"""Live profit and loss: cash that flowed plus what is held, marked at a reference price.

Opening inventory is excluded: only what was traded since counts. Not liquidated: open lots are
marked at the reference, not at what closing them would cost.
"""

from dataclasses import dataclass

from edgenode.core.state.node_state import NodeState
from edgenode.model.ids import InstrumentId, is_customer


@dataclass(frozen=True, slots=True)
class Pnl:
    """In minor units of the instrument's quote currency."""

    cash_minor: int
    open_lots: int
    marked_minor: int | None  # None: no reference price

    @property
    def total_minor(self) -> int | None:
        """Give cash plus marked position."""
        return None if self.marked_minor is None else self.cash_minor + self.marked_minor


def pnl(state: NodeState, instrument_id: InstrumentId, mark_ticks: int | None) -> Pnl:
    """Give the desk's P&L in one instrument, over book, overlay and suspense."""
    instrument = state.limits.instruments[instrument_id]
    cash = lots = 0
    for key, totals in state.positions.totals.items():
        if key.instrument == instrument_id and not is_customer(key.account):
            cash += totals.cash_minor
            lots += totals.lots
    marked = None if mark_ticks is None else instrument.notional_minor(mark_ticks, lots)
    return Pnl(cash, lots, marked)
