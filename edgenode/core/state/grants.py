"""Grants as escrow: what the centre lets this node spend or hold, and what is left of it.

Rights are reserved before an order leaves and spent when it fills; *accepted* worst case
(spent + reserved) never exceeds a live grant. Attribution is earliest expiry first.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from edgenode.model.facts import Grant, GrantRevoked, Reserved
from edgenode.model.ids import GrantId, InstrumentId
from edgenode.model.orders import Side


@dataclass(slots=True)
class Account:
    """One grant with its use; `grace_used` counts use of the reducing reserve after expiry."""

    grant: Grant
    reserved: int = 0
    spent: int = 0
    grace_used: int = 0
    ahead: int = 0  # restored by executions beyond what was spent since another was taken back
    revoked: bool = False

    def room(self, now_ns: int, *, reducing: bool) -> int:
        """Give what a new order may still reserve."""
        if self.revoked:
            return 0
        left = self.grant.limit - self.reserved - self.spent
        if now_ns < self.grant.expiry:
            return max(0, left)
        if reducing and now_ns < self.grant.grace_until:
            return max(0, min(left, self.grant.reducing_reserve - self.grace_used))
        return 0


@dataclass(slots=True)
class Cursor:
    """How far a down-ledger has been adopted."""

    seq: int
    leaf: bytes


@dataclass(slots=True)
class Grants:
    """The grants part of the state."""

    accounts: dict[GrantId, Account] = field(default_factory=dict)
    cursors: dict[str, Cursor] = field(default_factory=dict)
    # derived: ids by (kind, unit), earliest expiry first
    _by_kind: dict[tuple[str, str], list[GrantId]] = field(default_factory=dict)

    def granted(self, grant: Grant) -> None:
        """Take a grant into use; a second one with the same id changes nothing."""
        if grant.id in self.accounts:
            return
        self.accounts[grant.id] = Account(grant)
        ids = self._by_kind.setdefault((grant.kind, grant.unit), [])
        ids.append(grant.id)
        ids.sort(key=lambda id_: (self.accounts[id_].grant.expiry, id_))

    def revoked(self, fact: GrantRevoked) -> None:
        """Stop new reservations against a grant; what is reserved still counts."""
        account = self.accounts.get(fact.id)
        if account is not None:
            account.revoked = True

    def allocate(
        self, kind: str, unit: str, amount: int, now_ns: int, *, reducing: bool
    ) -> tuple[tuple[Reserved, ...], int]:
        """Propose a reservation, earliest expiry first; returns (rows, amount not covered)."""
        rows = []
        for grant_id in self._by_kind.get((kind, unit), ()):
            if amount <= 0:
                break
            take = min(amount, self.accounts[grant_id].room(now_ns, reducing=reducing))
            if take > 0:
                rows.append(Reserved(grant=grant_id, kind=kind, amount=take, unit=unit))
                amount -= take
        return tuple(rows), max(0, amount)

    def live(self, kind: str, unit: str, now_ns: int) -> bool:
        """Tell whether any unexpired grant of this kind is held."""
        ids = self._by_kind.get((kind, unit), ())
        return any(
            not self.accounts[i].revoked and now_ns < self.accounts[i].grant.expiry for i in ids
        )

    def held(self, kind: str, unit: str) -> list[GrantId]:
        """Give the grants of a kind, earliest expiry first."""
        return list(self._by_kind.get((kind, unit), ()))

    def position_limit(self, instrument: InstrumentId, side: Side, now_ns: int) -> int:
        """Give the sum of live position grants, in lots."""
        total = 0
        for grant_id in self._by_kind.get(("position", "lots"), ()):
            account = self.accounts[grant_id]
            grant = account.grant
            if (
                not account.revoked
                and grant.instrument == instrument
                and grant.side == side
                and now_ns < grant.expiry
            ):
                total += grant.limit
        return total

    def reserve(self, row: Reserved, now_ns: int) -> None:
        """Book a reservation that the gate allowed."""
        account = self.accounts[row.grant]
        account.reserved += row.amount
        if now_ns >= account.grant.expiry:
            account.grace_used += row.amount

    def release(self, grant_id: GrantId, amount: int) -> None:
        """Give back reserved room."""
        account = self.accounts[grant_id]
        assert account.reserved >= amount, f"more released than reserved of {grant_id}"
        account.reserved -= amount

    def spend(self, grant_id: GrantId, amount: int) -> None:
        """Book what was really used; a venue's act may pass the limit (break grant_overdrawn)."""
        self.accounts[grant_id].spent += amount

    def settle_cash(self, unit: str, amount: int) -> tuple[Reserved, ...]:
        """Cash that came back restores outlay, latest expiry first; never below zero spent.

        Returns what was restored, as negative amounts.
        """
        rows = []
        for grant_id in reversed(self._by_kind.get(("cash", unit), [])):
            account = self.accounts[grant_id]
            back = min(amount, account.spent)
            account.spent -= back
            amount -= back
            if back:
                rows.append(Reserved(grant=grant_id, kind="cash", amount=-back, unit=unit))
        return tuple(rows)

    def unsettle(self, rows: Iterable[Reserved]) -> None:
        """Take back what an execution charged, or (negative) restored, as if it had never been.

        A charge that others have restored meanwhile is owed to them (`ahead`): should they be
        taken back too, nothing was ever spent.
        """
        for row in rows:
            account = self.accounts[row.grant]
            if row.amount > 0:
                back = min(row.amount, account.spent)
                account.spent -= back
                account.ahead += row.amount - back
            else:
                owed = min(-row.amount, account.ahead)
                account.ahead -= owed
                account.spent += -row.amount - owed

    def overdrawn(self) -> list[GrantId]:
        """Give the grants whose use has passed their limit."""
        return [i for i, a in self.accounts.items() if a.spent + a.reserved > a.grant.limit]

    def canonical(self) -> object:
        """Give the part's content for the digest."""
        return [
            [
                [
                    i,
                    a.grant.limit,
                    a.grant.expiry,
                    a.reserved,
                    a.spent,
                    a.grace_used,
                    a.ahead,
                    a.revoked,
                ]
                for i, a in sorted(self.accounts.items())
            ],
            [[name, c.seq, c.leaf] for name, c in sorted(self.cursors.items())],
        ]
