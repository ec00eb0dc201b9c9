"""Room held for open orders, shrinking as they fill, released when they end.

Three places hold: a balance (wallet), a grant (grants) and a micro-event's spend cap. A row's
amount shrinks in proportion to the lots still open, rounded up, so that what remains always
covers the rest. Cost kept for closing a hedge lives under its micro-event and instrument
(`unwind/<event>/<instrument>`): moved there by each fill that opens, drawn from by orders that
close.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from edgenode.model.facts import OrderGated, Reserved
from edgenode.model.ids import EventId, InstrumentId, OrderId
from edgenode.model.money import div_up

ON_BALANCE = frozenset({"funds", "inventory"})
OF_COST = frozenset({"cost", "unwind", "unwind_use"})


class UnwindKey(NamedTuple):
    """Name the room kept for closing a micro-event's hedge; ids may hold any character."""

    event_id: EventId
    instrument: InstrumentId


@dataclass(slots=True)
class Reservations:
    """The reservations part of the state: rows by order id, or by what they are kept to close."""

    orders: dict[OrderId, tuple[Reserved, ...]] = field(default_factory=dict)
    kept: dict[UnwindKey, tuple[Reserved, ...]] = field(default_factory=dict)

    def open(self, fact: OrderGated) -> None:
        """Hold an order's rows; rows drawn from the unwind room leave it."""
        self.orders[fact.order_id] = fact.reserved
        drawn = [row for row in fact.reserved if row.kind == "unwind_use"]
        if drawn:
            key = UnwindKey(fact.event_id, fact.instrument)
            self._put(key, _minus(self.kept.get(key, ()), drawn))

    def shrink(
        self, order_id: OrderId, *, before_lots: int, after_lots: int
    ) -> tuple[Reserved, ...]:
        """Shrink to the lots still open; returns what became free, row by row.

        Where nothing was open nothing is held for it, and nothing changes.
        """
        if not before_lots:
            return ()
        rows = self.orders.get(order_id, ())
        freed = []
        left = []
        for row in rows:
            amount = div_up(row.amount * after_lots, before_lots)
            freed.append(replace(row, amount=row.amount - amount))
            if amount:
                left.append(replace(row, amount=amount))
        if left:
            self.orders[order_id] = tuple(left)
        else:
            self.orders.pop(order_id, None)
        return tuple(freed)

    def reopen(self, gated: OrderGated, lots: int) -> tuple[Reserved, ...]:
        """Hold for `lots` of a working order again; returns what that takes more, row by row.

        What was kept for closing the lots that were taken back returns to the order first.
        """
        rows = self.orders.get(gated.order_id, ())
        held = {(row.grant, row.kind, row.unit): row.amount for row in rows}
        key = UnwindKey(gated.event_id, gated.instrument)
        more = []
        for row in gated.reserved:
            name = (row.grant, row.kind, row.unit)
            wanted = div_up(row.amount * lots, gated.quantity_lots) - held.get(name, 0)
            if wanted <= 0:
                continue
            held[name] = held.get(name, 0) + wanted
            if row.kind == "unwind":
                wanted -= self._unkeep(key, replace(row, amount=wanted))
            more.append(replace(row, amount=wanted))
        self.orders[gated.order_id] = tuple(
            Reserved(grant=grant, kind=kind, amount=amount, unit=unit)
            for (grant, kind, unit), amount in held.items()
        )
        return tuple(row for row in more if row.amount)

    def keep(self, key: UnwindKey, rows: Iterable[Reserved]) -> None:
        """Move freed `unwind` rows to the room kept for closing."""
        self._put(key, _plus(self.kept.get(key, ()), rows))

    def drop(self, key: UnwindKey) -> tuple[Reserved, ...]:
        """Give back what was kept, once nothing is left to close."""
        return self.kept.pop(key, ())

    def kept_for(self, instrument: InstrumentId) -> int:
        """Return what is kept for closing an instrument's hedges."""
        kept = (rows for key, rows in self.kept.items() if key.instrument == instrument)
        return sum(row.amount for rows in kept for row in rows)

    def canonical(self) -> object:
        """Give the part's content for the digest."""
        kept = self.kept.items()
        return [
            [[key, _rows(rows)] for key, rows in sorted(self.orders.items())],
            sorted([f"unwind/{key.event_id}/{key.instrument}", _rows(r)] for key, r in kept),
        ]

    def _unkeep(self, key: UnwindKey, row: Reserved) -> int:
        """Take up to a row's amount out of what is kept of its grant."""
        kept = self.kept.get(key, ())
        there = sum(k.amount for k in kept if (k.grant, k.unit) == (row.grant, row.unit))
        take = min(row.amount, there)
        self._put(key, _minus(kept, [replace(row, amount=take)]))
        return take

    def _put(self, key: UnwindKey, rows: tuple[Reserved, ...]) -> None:
        if rows:
            self.kept[key] = rows
        else:
            self.kept.pop(key, None)


def _rows(rows: tuple[Reserved, ...]) -> list[object]:
    return [[row.grant, row.kind, row.amount, row.unit] for row in rows]


def _plus(rows: tuple[Reserved, ...], more: Iterable[Reserved]) -> tuple[Reserved, ...]:
    total = {(row.grant, row.unit): row.amount for row in rows}
    for row in more:
        total[row.grant, row.unit] = total.get((row.grant, row.unit), 0) + row.amount
    return tuple(
        Reserved(grant=grant, kind="unwind", amount=amount, unit=unit)
        for (grant, unit), amount in sorted(total.items())
        if amount > 0
    )


def _minus(rows: tuple[Reserved, ...], less: Iterable[Reserved]) -> tuple[Reserved, ...]:
    return _plus(rows, [replace(row, amount=-row.amount) for row in less])
