"""How an order's worst case is held, used and given back, over wallet, grants and event caps.

    fact    funds/inventory     cost/cash of a grant    unwind(_cash)      unwind(_cash)_use
    ------  ------------------  ----------------------  -----------------  --------------------
    gated   held                reserved                reserved           leaves the room kept
    fill    released, settled   released, really spent  moves to the room  released, spent
    done    released            released                released           back to the room
    taken   held again, money   held again; cash        back from the      held again
    back    back                back, cost stays spent  room, or held

A sale that opens a short restores outlay of cash grants by what it brings: `unwind_proceeds` is
the part that stays for buying back. A closing fill spends of `unwind_use` what it cost, and a
closing buy of `unwind_cash_use` what it paid; the rest goes back to the room, and is given back
with the lots that are closed (core/state/unwind).

`cost` counts against the micro-event's spend cap too. What a venue takes beyond the reservation
is booked all the same and found as `grant_overdrawn`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from edgenode.core.state.charges import Due
from edgenode.core.state.grants import Grants
from edgenode.core.state.limits import Limits
from edgenode.core.state.order import quote_order_id
from edgenode.core.state.programmes import ProgrammeKey
from edgenode.core.state.reservations import (
    CLAIM,
    DRAWN,
    KEPT,
    OF_CASH,
    OF_COST,
    ON_BALANCE,
    TO_KEEP,
    KeptRoom,
    Reservations,
    of,
)
from edgenode.core.state.rules import Rules
from edgenode.core.state.unpriced import NOTHING_OWED, Owes, Paid
from edgenode.core.state.wallet import BalanceKey, Wallet
from edgenode.model.facts import (
    FeePriced,
    FillRecorded,
    Instrument,
    OrderAmended,
    OrderGated,
    QuotesSet,
    Reserved,
)
from edgenode.model.ids import (
    DESK_BOOK,
    AccountId,
    EventId,
    GrantId,
    VenueId,
    is_customer,
)
from edgenode.model.money import div_up
from edgenode.model.orders import SIDES


class Escrow:
    """The three places where room is held, moved together. Holds no state of its own."""

    __slots__ = ("grants", "limits", "reservations", "rules", "wallet")

    def __init__(
        self,
        wallet: Wallet,
        grants: Grants,
        reservations: Reservations,
        limits: Limits,
        rules: Rules,
    ) -> None:
        self.wallet = wallet
        self.grants = grants
        self.reservations = reservations
        self.limits = limits
        self.rules = rules

    def gated(self, fact: OrderGated) -> None:
        """Hold an accepted order's worst case."""
        self.recount(self.reservations.open(fact), fact.event_id)
        self._hold(fact.account, fact.venue, fact.event_id, fact.reserved, fact.at_ns)

    def amended(self, gated: OrderGated, fact: OrderAmended, before_lots: int) -> None:
        """Release what an order held, and hold what it needs as changed."""
        self.done(gated, before_lots)
        self.reservations.orders[fact.order_id] = fact.reserved
        self._hold(gated.account, gated.venue, gated.event_id, fact.reserved, fact.at_ns)

    def quoted(self, fact: QuotesSet, *, before: QuotesSet | None) -> None:
        """Replace what the desk's quote holds; each side holds under its own order id."""
        if before is not None:
            for id_ in (quote_order_id(before.quote_id, s) for s in SIDES):
                freed = self.reservations.shrink(id_, before_lots=1, after_lots=0)
                self._release(DESK_BOOK, before.venue, before.event_id, freed)
        for side in SIDES:
            rows = tuple(r for r in fact.reserved if (r.kind == "inventory") is (side == "sell"))
            if rows:
                self.reservations.orders[quote_order_id(fact.quote_id, side)] = rows
                self._hold(DESK_BOOK, fact.venue, fact.event_id, rows, fact.at_ns)

    def filled(
        self,
        fact: FillRecorded,
        instrument: Instrument,
        due: Due,
        *,
        before: int,
        after: int,
        earlier: Sequence[Reserved] = (),
    ) -> tuple[Reserved, ...]:
        """Settle one execution: what it used is spent, what it no longer needs is given back.

        `due` is what it is charged. `earlier` is what cash the execution was charged for before it
        was corrected. Returns which grants its cash was charged to, or (negative) restored.
        """
        freed = self.reservations.shrink(fact.order_id, before_lots=before, after_lots=after)
        kept = [row for row in freed if row.kind in KEPT]
        claims = [row for row in freed if row.kind == CLAIM]
        used = [row for row in freed if row.kind not in TO_KEEP]
        owed = due.owed
        spent = due.cost_minor + owed.counted_minor
        outlay = fact.cash_minor if fact.side == "buy" else 0
        unspent = [*_unspent(used, OF_COST, spent), *_unspent(used, OF_CASH, outlay)]
        key = ProgrammeKey(fact.account, fact.instrument)
        self.reservations.keep(key, fact.event_id, (*kept, *unspent))
        self._release(fact.account, fact.venue, fact.event_id, _less(used, unspent))
        self.wallet.filled(fact, instrument)
        if is_customer(fact.account):
            return ()
        unit = self._currency(instrument)
        paid = self._spend("cost", unit, spent, [r for r in used if r.kind in OF_COST])
        self.limits.book_spent(fact.event_id, spent)
        if owed != NOTHING_OWED:
            whose = fact.event_id, fact.fee_currency
            self.limits.owe(whose, owed, _last(paid, owed.counted_minor))
        if fact.side == "buy":
            rows = [r for r in (*earlier, *used) if r.kind in OF_CASH and r.amount > 0]
            return self._spend("cash", unit, fact.cash_minor, rows)
        return self._sold(fact, unit, claims)

    def _sold(
        self, fact: FillRecorded, unit: str, claims: Sequence[Reserved]
    ) -> tuple[Reserved, ...]:
        """Restore outlay by what a sale brought; of what it claimed, keep as much."""
        left, restored = fact.cash_minor, []
        for row in claims:
            self.grants.claim(row.grant, -row.amount)
            part = min(left, row.amount)
            left -= part
            back = self.grants.proceeds(row.grant, part)
            restored.append(Reserved(grant=row.grant, kind="cash", amount=-back, unit=unit))
            key = ProgrammeKey(fact.account, fact.instrument)
            self.reservations.keep(key, fact.event_id, [replace(of(row, part), kind="cash")])
        return (*(row for row in restored if row.amount), *self.grants.settle_cash(unit, left))

    def fee_priced(self, fact: FeePriced, unit: str) -> None:
        """Count fees at their rate instead of the policy's worst."""
        row = self.limits.fee_priced(fact)
        more = fact.priced_minor - row.owed.counted_minor
        if more > 0:
            self._spend("cost", unit, more, [])
            return
        left = dict(row.at(fact.priced_minor))
        self.grants.restore_cost((id_, paid - left[id_]) for id_, paid in row.paid)

    def unowe(self, owes: Owes, since_ns: int) -> None:
        """Take out what an execution, first told then, owes no more of fees without a rate."""
        for key, owed in owes.items():
            self.grants.restore_cost(self.limits.unowe(key, owed, since_ns))

    def unfilled(
        self, fact: FillRecorded, instrument: Instrument, settled: Sequence[Reserved] | None
    ) -> None:
        """Take an execution's money out again; its cost stays spent.

        `settled` is what it did to cash grants. Where that is not known any more, a bought one
        gives its outlay back, and one sold takes back all that it may have given.
        """
        self.wallet.filled(fact, instrument, times=-1)
        if is_customer(fact.account):
            return
        if settled is not None:
            self.grants.unsettle(settled)
            return
        unit = self._currency(instrument)
        if fact.side == "buy":
            self.grants.settle_cash(unit, fact.cash_minor)
        else:
            self._spend("cash", unit, fact.cash_minor, [])

    def reopened(self, gated: OrderGated, lots: int) -> None:
        """Hold again what a working order needs for lots that were taken back."""
        more, back = self.reservations.reopen(gated, lots)
        self.recount(back, gated.event_id)
        self._hold(gated.account, gated.venue, gated.event_id, _not_drawn(more), None)

    def works_again(self, gated: OrderGated, lots: int, unused_lots: int) -> None:
        """Hold anew what an order that had ended needs.

        It gave all of that back at its end: what is kept for closing is kept for other lots. Of
        the reducing reserve it gave back the part of `unused_lots`, which counts again: also for
        those that executed since.
        """
        rows = self.reservations.anew(gated, lots)
        self._hold(gated.account, gated.venue, gated.event_id, _not_drawn(rows), None)
        for row in gated.reserved:
            if row.kind not in {*ON_BALANCE, *DRAWN, CLAIM} and unused_lots > 0:
                part = div_up(row.amount * unused_lots, gated.quantity_lots)
                self.grants.used_again(row.grant, part, gated.at_ns)

    def done(self, fact: OrderGated, left_lots: int) -> int:
        """Release what an ended order still holds; returns how much of that is cost."""
        freed = self.reservations.shrink(fact.order_id, before_lots=left_lots, after_lots=0)
        back = [row for row in freed if row.kind in DRAWN]
        key = ProgrammeKey(fact.account, fact.instrument)
        self.reservations.keep(key, fact.event_id, back)
        rest = [row for row in freed if row.kind not in DRAWN]
        self._release(fact.account, fact.venue, fact.event_id, rest, reserved_ns=fact.at_ns)
        return sum(row.amount for row in freed if row.kind in OF_COST)

    def trim(self, key: ProgrammeKey, kind: str, most: int) -> None:
        """Release what is kept of a kind for closing beyond `most`."""
        for kept in self.reservations.trim(key, kind, most):
            self.grants.release(kept.grant, kept.amount)
            if kept.of_cost:
                self.limits.spending(kept.event_id).reserved -= kept.amount

    def top_up(
        self, key: ProgrammeKey, kind: str, event_id: EventId, unit: str, amount: int, *, act: bool
    ) -> None:
        """Keep more of a kind for closing.

        An act of others (`act`) that brought lots for which no order of ours had reserved takes
        what no live grant has room for as well: of expired ones, and then of the one that lasts
        longest, beyond it. The lots are held, so their unwind may use it.
        """
        now_ns = self.limits.newest_ns
        rows, missing = self.grants.allocate(kind, unit, amount, now_ns, reducing=False)
        for row in rows:
            self.grants.reserve(row, now_ns)
        if missing and act:
            taken = self.grants.overdraw(kind, unit, missing)
            rows += tuple(Reserved(grant=g, kind=kind, amount=n, unit=unit) for g, n in taken)
        if kind == "cost":
            self.limits.spending(event_id).reserved += sum(row.amount for row in rows)
        self.reservations.keep(key, event_id, rows)

    def recount(self, rows: Iterable[KeptRoom], event_id: EventId) -> None:
        """Count room that was kept under other micro-events against the cap of this one."""
        for kept in rows:
            if kept.of_cost:
                self.limits.spending(kept.event_id).reserved -= kept.amount
                self.limits.spending(event_id).reserved += kept.amount

    def _currency(self, instrument: Instrument) -> str:
        """Return the currency that grants are in."""
        return self.rules.policy.currency if self.rules.policy else instrument.quote

    def _hold(
        self,
        account: AccountId,
        venue: VenueId,
        event_id: EventId,
        rows: Iterable[Reserved],
        now_ns: int | None,
    ) -> None:
        """Hold rows as of when an order was accepted; None where that has counted already."""
        for row in rows:
            if row.kind in ON_BALANCE:
                self.wallet.hold(BalanceKey(account, venue, row.unit), row.amount)
            elif row.kind == CLAIM:
                self.grants.claim(row.grant, row.amount)
            elif row.kind not in DRAWN:
                if now_ns is None:
                    self.grants.reserve_again(row)
                else:
                    self.grants.reserve(row, now_ns)
                if row.kind in OF_COST:
                    self.limits.spending(event_id).reserved += row.amount

    def _release(
        self,
        account: AccountId,
        venue: VenueId,
        event_id: EventId,
        rows: Iterable[Reserved],
        *,
        reserved_ns: int | None = None,
    ) -> None:
        """Return rows back; `reserved_ns` says when they were taken, if nothing of them executed.

        A fill is charged to the reducing reserve as its order was accepted: at the worst case.
        """
        for row in rows:
            if row.kind in ON_BALANCE:
                self.wallet.hold(BalanceKey(account, venue, row.unit), -row.amount)
                continue
            if row.kind == CLAIM:
                self.grants.claim(row.grant, -row.amount)
            elif reserved_ns is None:
                self.grants.release(row.grant, row.amount)
            else:
                self.grants.unused(row.grant, row.amount, reserved_ns)
            if row.kind in OF_COST:
                self.limits.spending(event_id).reserved -= row.amount

    def _spend(
        self, kind: str, unit: str, amount: int, rows: Sequence[Reserved]
    ) -> tuple[Reserved, ...]:
        """Charge what was reserved first, then live grants with room; returns what was charged.

        What no grant has room for is charged all the same: to the last that was reserved, or, of a
        late fill, to the one that lasts longest; if none is held the act stands beyond them.
        """
        spent: dict[GrantId, int] = {}
        for row in rows:
            part = min(amount, row.amount)
            spent[row.grant] = spent.get(row.grant, 0) + part
            self.grants.spend(row.grant, part)
            amount -= part
        now_ns = self.limits.newest_ns
        found, amount = self.grants.allocate(kind, unit, amount, now_ns, reducing=False)
        last = [row.grant for row in rows] or [name for name, _ in self.grants.left(kind, unit)]
        more = [(row.grant, row.amount) for row in found]
        if amount and last:
            more.append((last[-1], amount))
        elif amount:
            self.grants.beyond.add(f"no {kind} grant in {unit}")
        for name, part in more:
            spent[name] = spent.get(name, 0) + part
            self.grants.spend(name, part)
        return tuple(
            Reserved(grant=name, kind=kind, amount=part, unit=unit)
            for name, part in spent.items()
            if part
        )


def _not_drawn(rows: Iterable[Reserved]) -> list[Reserved]:
    """Return rows as of their grants, where what was kept for closing is not drawn again."""
    return [replace(row, kind=DRAWN.get(row.kind, row.kind)) for row in rows]


def _last(rows: Sequence[Reserved], amount: int) -> list[Paid]:
    """Return which grants paid the last `amount` of what was charged."""
    paid = []
    for row in reversed(rows):
        part = min(amount, row.amount)
        amount -= part
        paid.append((row.grant, part))
    return paid


def _unspent(rows: Sequence[Reserved], kinds: frozenset[str], spent: int) -> list[Reserved]:
    """Return what a closing fill leaves of the rows of a kind that it had drawn."""
    unspent = []
    for row in rows:
        if row.kind in kinds:
            part = min(spent, row.amount)
            spent -= part
            if row.kind in DRAWN and row.amount > part:
                unspent.append(of(row, row.amount - part))
    return unspent


def _less(rows: Sequence[Reserved], less: Sequence[Reserved]) -> list[Reserved]:
    """Return rows without parts of them."""
    if not less:
        return list(rows)
    gone = {(row.grant, row.kind, row.unit): row.amount for row in less}
    return [of(row, row.amount - gone.get((row.grant, row.kind, row.unit), 0)) for row in rows]
