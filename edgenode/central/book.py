"""The central book: each node's ledger folded by itself, then joined; with the core beside it.

The join is a sum of rows that no two ledgers share, so it is commutative and idempotent.
"""

import hashlib
from typing import Any

from edgenode.central.registry import Registry
from edgenode.core.state.digest import digest
from edgenode.core.state.node_state import NodeState
from edgenode.model.ids import DESK_OVERLAY, InstrumentId, NodeId, is_customer
from edgenode.model.money import format_decimal, format_minor
from edgenode.wire.canonical import pack

Json = dict[str, Any]


class Book:
    """All folded nodes and the desk's registry; reads only."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.states: dict[NodeId, NodeState] = {}

    def digest(self) -> bytes:
        """Hash the sorted list of (node, incarnation, size, digest)."""
        rows = [
            [node, state.ledger.incarnation, state.size, digest(state).digest]
            for node, state in sorted(self.states.items())
        ]
        return hashlib.sha256(b"edgenode/book/1\n" + pack(rows)).digest()

    def positions(self, node: NodeId | None = None) -> list[Json]:
        """Give positions of book, overlay and core; rows sorted by all key fields."""
        rows = [
            row for name in self._names(node) for row in (*self._node(name), *self._core(name))
        ]
        keys = ("desk", "node_id", "tier", "venue", "account", "instrument", "event_id")
        return sorted(rows, key=lambda row: tuple(row[key] for key in keys))

    def exposure(self, node: NodeId | None = None) -> list[Json]:
        """Give E, core, overlay and net per node and instrument, mandate beside core."""
        rows = []
        for name in self._names(node):
            state = self.states[name]
            for id_, instrument in sorted(state.limits.instruments.items()):
                seen = state.exposure(id_)
                core = self._core_lots(name, id_)
                low = seen.book.low + seen.overlay.low + core
                high = seen.book.high + seen.overlay.high + core
                lots = {
                    "exposure_quantity": seen.agreed,
                    "mandate_quantity": seen.mandate,
                    "core_quantity": core,
                    "overlay_quantity": seen.overlay_agreed,
                    "net_quantity": seen.agreed + core + seen.overlay_agreed,
                    "net_min": low,
                    "net_max": high,
                }
                decimals = instrument.quantity_decimals
                row: Json = {"node_id": name, "instrument": id_}
                row |= {key: format_decimal(value, decimals) for key, value in lots.items()}
                rows.append(row)
        return rows

    def pnl(self, marks: dict[InstrumentId, int], node: NodeId | None = None) -> list[Json]:
        """Give cash flows per node and tier, and the total marked at `marks` (price ticks)."""
        rows = []
        for name in self._names(node):
            state = self.states[name]
            for id_, instrument in sorted(state.limits.instruments.items()):
                cash = {"book": 0, "overlay": 0, "core": self._core_cash(name, id_)}
                lots = self._core_lots(name, id_)
                for key, totals in state.positions.totals.items():
                    if key.instrument == id_ and not is_customer(key.account):
                        tier = "overlay" if key.account == DESK_OVERLAY else "book"
                        cash[tier] += totals.cash_minor
                        lots += totals.lots
                mark = marks.get(id_)
                row: Json = {"node_id": name, "instrument": id_, "currency": instrument.quote}
                for tier, amount in cash.items():
                    row[f"{tier}_cash"] = format_minor(amount, instrument.quote)
                row["open_quantity"] = format_decimal(lots, instrument.quantity_decimals)
                total = sum(cash.values())
                row["total"] = (
                    None
                    if mark is None
                    else format_minor(
                        total + instrument.notional_minor(mark, lots), instrument.quote
                    )
                )
                rows.append(row)
        return rows

    def _names(self, node: NodeId | None) -> list[NodeId]:
        return sorted(self.states) if node is None else [node]

    def _desk(self, node: NodeId) -> str:
        record = self.registry.nodes.get(node)
        return record.desk if record else ""

    def _node(self, node: NodeId) -> list[Json]:
        rows = []
        state = self.states[node]
        for key, totals in state.positions.totals.items():
            if is_customer(key.account):
                continue
            instrument = state.limits.instruments[key.instrument]
            lots = totals.lots
            side_lots = totals.bought_lots if lots > 0 else totals.sold_lots
            side_minor = totals.bought_minor if lots > 0 else totals.sold_minor
            average = None
            if lots and side_lots:
                ticks = side_minor // (side_lots * instrument.tick_lot_minor)
                average = format_decimal(ticks, instrument.price_decimals)
            rows.append(
                {
                    "desk": self._desk(node),
                    "node_id": node,
                    "tier": "overlay" if key.account == DESK_OVERLAY else "book",
                    "venue": key.venue,
                    "account": key.venue_account,
                    "instrument": key.instrument,
                    "event_id": key.event_id,
                    "quantity": format_decimal(lots, instrument.quantity_decimals),
                    "lots": lots,
                    "average_price": average,
                    "currency": instrument.quote,
                    "disputed_lots": 0,
                }
            )
        return rows

    def _core(self, node: NodeId) -> list[Json]:
        rows = []
        state = self.states[node]
        for (name, id_), totals in self.registry.core.items():
            instrument = state.limits.instruments.get(id_)
            if name != node or instrument is None:
                continue
            rows.append(
                {
                    "desk": self._desk(node),
                    "node_id": node,
                    "tier": "core",
                    "venue": "core",
                    "account": "desk:core",
                    "instrument": id_,
                    "event_id": "none",
                    "quantity": format_decimal(totals.lots, instrument.quantity_decimals),
                    "lots": totals.lots,
                    "average_price": None,
                    "currency": instrument.quote,
                    "disputed_lots": 0,
                }
            )
        return rows

    def _core_lots(self, node: NodeId, instrument: InstrumentId) -> int:
        totals = self.registry.core.get((node, instrument))
        return totals.lots if totals else 0

    def _core_cash(self, node: NodeId, instrument: InstrumentId) -> int:
        totals = self.registry.core.get((node, instrument))
        return totals.cash_minor if totals else 0
