"""The central book: each ledger folded by itself, then joined; with the core beside it.

The join is a sum over ledgers, so it is commutative and idempotent. A node that was keyed anew has
a ledger for each incarnation. Exposure, mandate and core belong to one incarnation each. What an
older one holds counts in its own ledger, until its books are carried into a newer one: the newer
one counts, and the older no longer, from the entry with which the node has adopted all of them.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

from edgenode.central.book import profit
from edgenode.central.book.folded import Folded
from edgenode.central.registry import PARTY, CoreTotals, Registry
from edgenode.core.state import outcomes
from edgenode.core.state.digest import digest
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.positions import NO_TOTALS, PositionKey, Totals
from edgenode.model.facts import Currency, Instrument
from edgenode.model.ids import DESK_OVERLAY, InstrumentId, NodeId, is_customer
from edgenode.model.ledgers import MAIN, LedgerId, Sealed
from edgenode.model.money import format_decimal
from edgenode.wire.canonical import pack

Json = dict[str, Any]


class Book:
    """All folded ledgers and the desk's registry."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.ledgers: dict[LedgerId, Folded] = {}

    def fold(self, ledger: LedgerId, entries: Iterable[Sealed]) -> dict[int, str]:
        """Fold newly stored entries; returns those that were set aside, with reasons."""
        folded = self.ledgers.setdefault(ledger, Folded(ledger))
        reasons = {sealed.entry.seq: folded.take(sealed) for sealed in entries}
        return {seq: reason for seq, reason in reasons.items() if reason}

    @property
    def states(self) -> dict[NodeId, NodeState]:
        """Return each node's state in its newest incarnation."""
        return {NodeId(key.party): self.ledgers[key].state for key in sorted(self.ledgers)}

    def of(self, node: NodeId, incarnation: int) -> NodeState | None:
        """Return the state of one incarnation, None if nothing of it is held."""
        folded = self.ledgers.get(LedgerId(node, MAIN, incarnation))
        return folded.state if folded else None

    def live(self, node: NodeId) -> NodeState | None:
        """Return the state of the incarnation enrolled now, None until its books are complete."""
        record = self.registry.nodes.get(node)
        state = self.of(node, record.incarnation) if record else None
        return state if state is not None and self.complete(state.ledger) else None

    def complete(self, ledger: LedgerId) -> bool:
        """Return whether a ledger holds the books that were carried into it, if any were.

        It does once its node has adopted all of them, and each took effect.
        """
        awaited, folded = self.registry.awaits.get(ledger), self.ledgers.get(ledger)
        if awaited is None:
            return True
        adopted = folded.state.grants.cursors if folded else {}
        down = LedgerId(PARTY, f">{ledger.party}", ledger.incarnation)
        cursor = adopted.get(down.name)
        whole = cursor is not None and not 0 < cursor.refused <= awaited
        return cursor is not None and whole and cursor.seq >= awaited

    def incarnations(self, node: NodeId) -> list[NodeState]:
        """Return the states of a node that count, the oldest incarnation first."""
        return [
            self.ledgers[key].state
            for key in sorted(self.ledgers)
            if key.party == node and self._counts(key)
        ]

    def _counts(self, ledger: LedgerId) -> bool:
        newer = self.registry.carried.get(ledger)
        ended = newer is not None and self.complete(newer.ledger)
        return self.complete(ledger) and not ended

    def digest(self) -> bytes:
        """Hash the sorted list of (node, incarnation, size, digest)."""
        rows = [
            [key.party, key.incarnation, folded.state.size, digest(folded.state).digest]
            for key, folded in sorted(self.ledgers.items())
        ]
        return hashlib.sha256(b"edgenode/book/1\n" + pack(rows)).digest()

    def positions(self, node: NodeId | None = None) -> list[Json]:
        """Return positions of book, overlay and core; rows sorted by all key fields."""
        rows = [
            row for name in self._names(node) for row in (*self._node(name), *self._core(name))
        ]
        keys = ("desk", "node_id", "tier", "venue", "account", "instrument", "event_id")
        return sorted(rows, key=lambda row: tuple(row[key] for key in keys))

    def exposure(self, node: NodeId | None = None) -> list[Json]:
        """Return E, core, overlay and net per incarnation and instrument, mandate beside core."""
        rows = []
        for state in (state for name in self._names(node) for state in self.incarnations(name)):
            for id_, instrument in sorted(state.rules.instruments.items()):
                seen = state.exposure(id_)
                core = self.registry.core_of(state.ledger, id_).lots
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
                row: Json = {"node_id": state.ledger.party, "instrument": id_}
                row |= {"incarnation": state.ledger.incarnation}
                row |= {key: format_decimal(value, decimals) for key, value in lots.items()}
                rows.append(row)
        return rows

    def pnl(self, marks: dict[InstrumentId, int], node: NodeId | None = None) -> list[Json]:
        """Return cash flows per node and tier, and the total marked at `marks` (price ticks)."""
        rows = []
        for name in self._names(node):
            known, totals = self._currencies(name), self._totals(name)
            for id_, instrument in sorted(self._instruments(name).items()):
                core = self._core_totals(name, id_) or CoreTotals()
                newest = self.incarnations(name)[-1]
                found = profit.row(newest, instrument, known, totals, core, marks.get(id_))
                rows.append({"node_id": name, **found})
        return rows

    def _names(self, node: NodeId | None) -> list[NodeId]:
        return sorted(self.states) if node is None else [node]

    def _instruments(self, node: NodeId) -> dict[InstrumentId, Instrument]:
        """Return what a node's incarnations traded, as the newest one defines it."""
        found: dict[InstrumentId, Instrument] = {}
        for state in self.incarnations(node):
            found |= state.rules.instruments
        return found

    def _currencies(self, node: NodeId) -> dict[str, Currency]:
        """Return the currencies of a node's incarnations, as the newest one knows them."""
        found: dict[str, Currency] = {}
        for state in self.incarnations(node):
            found |= state.rules.currencies
        return found

    def _totals(self, node: NodeId) -> dict[PositionKey, Totals]:
        """Sum a node's totals over its incarnations."""
        sums: dict[PositionKey, Totals] = {}
        for state in self.incarnations(node):
            for key, totals in state.positions.totals.items():
                sums[key] = sums.get(key, NO_TOTALS).plus(totals)
        return sums

    def _disputed(self, node: NodeId) -> dict[PositionKey, int]:
        """Return the lots of each position that depend on contradictory executions."""
        lots: dict[PositionKey, int] = {}
        for state in self.incarnations(node):
            for execution in {id(e): e for e in state.fills.executions().values()}.values():
                spread = outcomes.lots(execution)
                for version in (*execution.contents.values(), *execution.held()):
                    low, high = spread.pop((version.account, version.instrument), (0, 0))
                    key = PositionKey(
                        *(version.account, version.venue, version.venue_account),
                        *(version.instrument, version.event_id),
                    )
                    if high > low:
                        lots[key] = lots.get(key, 0) + high - low
        return lots

    def _desk(self, node: NodeId) -> str:
        record = self.registry.nodes.get(node)
        return record.desk if record else ""

    def _node(self, node: NodeId) -> list[Json]:
        rows = []
        instruments, sums, disputed = (
            self._instruments(node),
            self._totals(node),
            self._disputed(node),
        )
        for key in {**sums, **disputed}:  # a dispute may leave nothing booked
            if is_customer(key.account):
                continue
            totals, instrument = sums.get(key, NO_TOTALS), instruments[key.instrument]
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
                    "disputed_lots": disputed.get(key, 0),
                }
            )
        return rows

    def _core(self, node: NodeId) -> list[Json]:
        rows = []
        instruments = self._instruments(node)
        for id_, instrument in instruments.items():
            totals = self._core_totals(node, id_)
            if totals is None:
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

    def _core_totals(self, node: NodeId, instrument: InstrumentId) -> CoreTotals | None:
        """Return what core traded for a node's incarnations, None if it never did."""
        core = self.registry.core
        traded = [core[key] for key in core if key[0].party == node and key[1] == instrument]
        if not traded:
            return None
        return CoreTotals(
            sum(t.lots for t in traded),
            sum(t.cash_minor for t in traded),
            sum(t.fees_minor for t in traded),
        )
