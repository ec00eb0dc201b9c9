"""Room held for open orders, shrinking as they fill, released when they end.

Three places hold: a balance (wallet), a grant (grants) and a micro-event's spend cap. A row's
amount shrinks in proportion to the lots still open, rounded up, so that what remains always
covers the rest. Cost and cash kept for closing hedges are kept per (account, instrument), whatever
micro-event they were opened in: moved there by each fill that opens, drawn from by orders that
close (core/state/unwind).

    row              of an order that  of a grant for  once it fills
    ---------------  ----------------  --------------  ------------------------------
    cost, cash       executes          cost, cash      spent, the rest released
    unwind           opens             cost            kept for closing
    unwind_cash      opens by selling  cash            kept for buying back
    unwind_proceeds  opens by selling  cash            restores outlay, and is kept
    unwind_use       closes            cost            spent of what was kept
    unwind_cash_use  closes by buying  cash            spent of what was kept
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from edgenode.core.state.programmes import ProgrammeKey
from edgenode.model.facts import OrderGated, Reserved
from edgenode.model.ids import EventId, GrantId, OrderId
from edgenode.model.money import div_up

ON_BALANCE = frozenset({"funds", "inventory"})
OF_COST = frozenset({"cost", "unwind", "unwind_use"})
OF_CASH = frozenset({"cash", "unwind_cash", "unwind_cash_use"})
KEPT = {"unwind": "cost", "unwind_cash": "cash"}  # the kind of grant that each is of
CLAIM = "unwind_proceeds"  # reserves nothing: outlay that the sale itself brings back
TO_KEEP = frozenset({*KEPT, CLAIM})
DRAWN = {"unwind_use": "cost", "unwind_cash_use": "cash"}


class KeptRoom(NamedTuple):
    """Room kept for closing: of which grant, and against which micro-event's cap it counts."""

    event_id: EventId
    kind: str  # of the grant: cost or cash
    grant: GrantId
    unit: str
    amount: int

    @property
    def of_cost(self) -> bool:
        """Return whether it counts against a micro-event's cap too."""
        return self.kind == "cost"


@dataclass(slots=True)
class Reservations:
    """The reservations part of the state: rows by order id, or by what they are kept to close."""

    orders: dict[OrderId, tuple[Reserved, ...]] = field(default_factory=dict)
    kept: dict[ProgrammeKey, tuple[KeptRoom, ...]] = field(default_factory=dict)

    def open(self, fact: OrderGated) -> list[KeptRoom]:
        """Hold an order's rows; rows drawn from the room for closing leave it and are returned."""
        self.orders[fact.order_id] = fact.reserved
        if not self.kept:
            return []
        key = ProgrammeKey(fact.account, fact.instrument)
        drawn = [row for row in fact.reserved if row.kind in DRAWN]
        return [kept for row in drawn for kept in self.unkeep(key, row, fact.event_id)]

    def shrink(
        self, order_id: OrderId, *, before_lots: int, after_lots: int
    ) -> tuple[Reserved, ...]:
        """Shrink to the lots still open; returns what became free, row by row.

        If nothing was open nothing is held for it, and nothing changes.
        """
        if not before_lots:
            return ()
        if not after_lots:
            return self.orders.pop(order_id, ())
        rows = self.orders.get(order_id, ())
        freed = []
        left = []
        for row in rows:
            share = row.amount * after_lots
            # what opened lots keep is rounded up, so that it covers them
            amount = share // before_lots if row.kind in TO_KEEP else div_up(share, before_lots)
            freed.append(of(row, row.amount - amount))
            if amount:
                left.append(of(row, amount))
        if left:
            self.orders[order_id] = tuple(left)
        else:
            self.orders.pop(order_id, None)
        return tuple(freed)

    def reopen(
        self, gated: OrderGated, lots: int
    ) -> tuple[tuple[Reserved, ...], tuple[KeptRoom, ...]]:
        """Hold for `lots` of a working order again: (what that takes more, what was kept of it).

        What was kept for closing the lots that were taken back returns to the order first.
        """
        rows = self.orders.get(gated.order_id, ())
        held = {(row.grant, row.kind, row.unit): row.amount for row in rows}
        key = ProgrammeKey(gated.account, gated.instrument)
        more: list[Reserved] = []
        back: list[KeptRoom] = []
        for row in gated.reserved:
            name = (row.grant, row.kind, row.unit)
            wanted = div_up(row.amount * lots, gated.quantity_lots) - held.get(name, 0)
            if wanted <= 0:
                continue
            held[name] = held.get(name, 0) + wanted
            if row.kind in KEPT:
                found = self.unkeep(key, of(row, wanted), gated.event_id)
                wanted -= sum(kept.amount for kept in found)
                back += found
            more.append(of(row, wanted))
        self.orders[gated.order_id] = tuple(
            Reserved(grant=grant, kind=kind, amount=amount, unit=unit)
            for (grant, kind, unit), amount in held.items()
        )
        return tuple(row for row in more if row.amount), tuple(back)

    def anew(self, gated: OrderGated, lots: int) -> tuple[Reserved, ...]:
        """Hold an order's rows for `lots` of it, of which nothing is held."""
        each = (of(r, div_up(r.amount * lots, gated.quantity_lots)) for r in gated.reserved)
        rows = tuple(row for row in each if row.amount)
        if rows:
            self.orders[gated.order_id] = rows
        return rows

    def keep(self, key: ProgrammeKey, event_id: EventId, rows: Iterable[Reserved]) -> None:
        """Move rows to the room kept for closing."""
        total = {kept[:4]: kept.amount for kept in self.kept.get(key, ())}
        for row in rows:
            kind = KEPT.get(row.kind) or DRAWN.get(row.kind) or row.kind
            name = (event_id, kind, row.grant, row.unit)
            total[name] = total.get(name, 0) + row.amount
        self._put(key, total)

    def unkeep(self, key: ProgrammeKey, row: Reserved, event_id: EventId) -> list[KeptRoom]:
        """Take up to a row's amount out of what is kept of its grant, that of the event first."""
        total = {kept[:4]: kept.amount for kept in self.kept.get(key, ())}
        taken, left = [], row.amount
        for name in sorted(total, key=lambda n: (n[0] != event_id, n)):
            part = min(left, total[name]) if name[2:] == (row.grant, row.unit) else 0
            if part:
                taken.append(KeptRoom(*name, part))
                total[name] -= part
                left -= part
        self._put(key, total)
        return taken

    def trim(self, key: ProgrammeKey, kind: str, most: int) -> list[KeptRoom]:
        """Release what is kept of a kind beyond `most`, the last rows first."""
        taken, over = [], self.kept_for(key, kind) - most
        for kept in reversed(self.kept.get(key, ())):
            part = min(over, kept.amount) if kept.kind == kind else 0
            if part > 0:
                taken.append(kept._replace(amount=part))
                over -= part
        total = {kept[:4]: kept.amount for kept in self.kept.get(key, ())}
        for kept in taken:
            total[kept[:4]] -= kept.amount
        self._put(key, total)
        return taken

    def kept_for(self, key: ProgrammeKey, kind: str) -> int:
        """Return what is kept of a kind for closing a programme's lots."""
        return sum(kept.amount for kept in self.kept.get(key, ()) if kept.kind == kind)

    def drawn(self, orders: Iterable[OrderId], kind: str) -> int:
        """Return what open orders have drawn of it."""
        rows = (row for order_id in orders for row in self.orders.get(order_id, ()))
        return sum(row.amount for row in rows if DRAWN.get(row.kind) == kind)

    def canonical(self) -> object:
        """Return the part's content for the digest."""
        return [
            [[key, _rows(rows)] for key, rows in sorted(self.orders.items())],
            [[*key, [list(kept) for kept in rows]] for key, rows in sorted(self.kept.items())],
        ]

    def _put(self, key: ProgrammeKey, total: dict[tuple[EventId, str, GrantId, str], int]) -> None:
        rows = tuple(
            KeptRoom(*name, amount) for name, amount in sorted(total.items()) if amount > 0
        )
        if rows:
            self.kept[key] = rows
        else:
            self.kept.pop(key, None)


def of(row: Reserved, amount: int) -> Reserved:
    """Return a row with another amount."""
    return Reserved(grant=row.grant, kind=row.kind, amount=amount, unit=row.unit)


def _rows(rows: tuple[Reserved, ...]) -> list[object]:
    return [[row.grant, row.kind, row.amount, row.unit] for row in rows]
