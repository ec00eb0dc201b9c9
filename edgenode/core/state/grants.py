"""Grants as escrow: what the centre lets this node spend or hold, and what is left of it.

Rights are reserved before an order leaves and spent when it fills; *accepted* worst case
(spent + reserved) never exceeds a live grant. Attribution is earliest expiry first.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from edgenode.model.facts import Grant, GrantRevoked, Reserved
from edgenode.model.ids import GrantId, InstrumentId
from edgenode.model.orders import Side

NOTHING_FREED: Mapping[GrantId, int] = {}
Taken = tuple[GrantId, int]


@dataclass(slots=True)
class Account:
    """One grant with its use; `grace_used` counts use of the reducing reserve after expiry.

    What was reserved after expiry counts once, when its order is accepted; at the order's end the
    part that did not execute is given back.
    """

    grant: Grant
    reserved: int = 0
    spent: int = 0
    grace_used: int = 0
    claimed: int = 0  # of `spent`: what open sales bring back for buying their lots back
    ahead: int = 0  # restored by executions beyond what was spent since another was taken back
    revoked: bool = False
    revoked_ns: int = 0  # when that took effect here
    revoked_by: str = ""
    revoked_why: str = ""

    def limit(self, now_ns: int, *, reducing: bool) -> int:
        """Return how much of the grant holds now.

        All of it until it expires; then, until `grace_until` and for what reduces risk, the part
        kept for that; nothing later, and nothing once it was revoked.
        """
        grant = self.grant
        if self.revoked:
            return 0
        if now_ns < grant.expiry:
            return grant.limit
        if reducing and now_ns < grant.grace_until:
            return grant.reducing_reserve
        return 0

    def ended_ns(self, now_ns: int) -> int | None:
        """Return since when it is revoked or expired; None while it is neither."""
        ends = [self.revoked_ns] if self.revoked else []
        ends += [self.grant.expiry] if now_ns >= self.grant.expiry else []
        return min(ends, default=None)

    @property
    def used(self) -> int:
        """Return what is reserved and spent; what a sale brings back is not for others."""
        return self.reserved + max(self.spent, self.claimed)

    def room(self, now_ns: int, *, reducing: bool, freed: int = 0) -> int:
        """Return what a new order may still reserve, which takes the place of `freed`."""
        limit = self.limit(now_ns, reducing=reducing)
        left = self.grant.limit - self.used + freed
        if now_ns >= self.grant.expiry:
            left = min(left, limit - self.grace_used)
        return min(left, limit) if left > 0 else 0


@dataclass(slots=True)
class Cursor:
    """How far a down-ledger has been adopted; `refused` is its first entry that did not apply."""

    seq: int
    leaf: bytes
    refused: int = 0  # 0 if all did


@dataclass(slots=True)
class Grants:
    """The grants part of the state."""

    accounts: dict[GrantId, Account] = field(default_factory=dict)
    cursors: dict[str, Cursor] = field(default_factory=dict)
    # what an act of others has just passed; its breaks open in the same step: it is empty again
    beyond: set[str] = field(default_factory=set)
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

    def revoked(self, fact: GrantRevoked, by: str, now_ns: int) -> None:
        """Stop new reservations against a grant; what is reserved still counts.

        A second revocation changes nothing.
        """
        account = self.accounts.get(fact.id)
        if account is not None and not account.revoked:
            account.revoked = True
            account.revoked_ns, account.revoked_by, account.revoked_why = now_ns, by, fact.reason

    def allocate(
        self,
        kind: str,
        unit: str,
        amount: int,
        now_ns: int,
        *,
        reducing: bool,
        freed: Mapping[GrantId, int] = NOTHING_FREED,
    ) -> tuple[tuple[Reserved, ...], int]:
        """Propose a reservation, earliest expiry first; returns (rows, amount not covered)."""
        taken, missing = self.take(kind, unit, amount, now_ns, reducing=reducing, freed=freed)
        rows = (Reserved(grant=id_, kind=kind, amount=part, unit=unit) for id_, part in taken)
        return tuple(rows), missing

    def take(  # noqa: PLR0913  what room depends on
        self,
        kind: str,
        unit: str,
        amount: int,
        now_ns: int,
        *,
        reducing: bool,
        freed: Mapping[GrantId, int] = NOTHING_FREED,
        in_doubt: int = 0,
    ) -> tuple[list[Taken], int]:
        """Find room, earliest expiry first; returns (what each would give, amount not covered).

        `freed` is what the order whose place it takes has reserved of each grant; `in_doubt` may
        have been used already, and is left free.
        """
        taken: list[Taken] = []
        for grant_id in self._by_kind.get((kind, unit), ()):
            if amount <= 0:
                break
            back = freed.get(grant_id, 0) if freed else 0
            room = self.accounts[grant_id].room(now_ns, reducing=reducing, freed=back)
            if in_doubt and room > 0:
                kept = min(room, in_doubt)
                room, in_doubt = room - kept, in_doubt - kept
            if room > 0:
                part = min(amount, room)
                taken.append((grant_id, part))
                amount -= part
        return taken, max(0, amount)

    def live(self, kind: str, unit: str, now_ns: int) -> bool:
        """Return whether any unexpired grant of this kind is held."""
        for grant_id in self._by_kind.get((kind, unit), ()):
            account = self.accounts[grant_id]
            if not account.revoked and now_ns < account.grant.expiry:
                return True
        return False

    def ended(self, kind: str, unit: str, now_ns: int) -> list[Account]:
        """Return the grants of a kind that are revoked or expired."""
        accounts = [self.accounts[id_] for id_ in self._by_kind.get((kind, unit), ())]
        return [a for a in accounts if a.ended_ns(now_ns) is not None]

    def left(self, kind: str, unit: str) -> list[tuple[GrantId, int]]:
        """Return the grants of a kind, earliest expiry first, and what their limits leave free.

        Expired ones count: what fills late was let in while they lived.
        """
        accounts = [self.accounts[id_] for id_ in self._by_kind.get((kind, unit), ())]
        return [(a.grant.id, 0 if a.revoked else max(0, a.grant.limit - a.used)) for a in accounts]

    def lapsed(self, instrument: InstrumentId, unit: str, now_ns: int) -> bool:
        """Return whether a hedge would find no unexpired grant of some kind that it needs."""
        return not (
            self.live("cost", unit, now_ns)
            and self.live("cash", unit, now_ns)
            and self.position_limit(instrument, "buy", now_ns, reducing=False)
            and self.position_limit(instrument, "sell", now_ns, reducing=False)
        )

    def position_limit(
        self, instrument: InstrumentId, side: Side, now_ns: int, *, reducing: bool
    ) -> int:
        """Return the most lots that position grants let an account hold on one side now."""
        lots = 0
        for grant_id in self._by_kind.get(("position", "lots"), ()):
            account = self.accounts[grant_id]
            grant = account.grant
            if grant.side == side and grant.instrument == instrument:
                lots += account.limit(now_ns, reducing=reducing)
        return lots

    def reserve(self, row: Reserved, now_ns: int) -> None:
        """Book a reservation that the gate allowed."""
        self.reserve_again(row)
        account = self.accounts[row.grant]
        if now_ns >= account.grant.expiry:
            account.grace_used += row.amount

    def reserve_again(self, row: Reserved) -> None:
        """Book a reservation whose use of the reducing reserve counts already, if it has any."""
        account = self.accounts[row.grant]
        account.reserved += row.amount
        self._grew(account)

    def overdraw(self, kind: str, unit: str, amount: int) -> list[Taken]:
        """Reserve what an act of others takes: of what is left, then beyond the last grant."""
        left = self.left(kind, unit)
        taken: list[Taken] = []
        for number, (grant_id, free) in enumerate(left, start=1):
            part = amount if number == len(left) else min(amount, free)
            account = self.accounts[grant_id]
            account.reserved += part
            amount -= part
            if part:
                self._grew(account)
            taken += [(grant_id, part)] if part else []
        if not left:
            self.beyond.add(f"no {kind} grant in {unit}")
        return taken

    def release(self, grant_id: GrantId, amount: int) -> None:
        """Release reserved room."""
        account = self.accounts[grant_id]
        assert account.reserved >= amount, f"more released than reserved of {grant_id}"
        account.reserved -= amount

    def unused(self, grant_id: GrantId, amount: int, reserved_ns: int) -> None:
        """Release room reserved at a moment, of which nothing executed."""
        self.release(grant_id, amount)
        account = self.accounts[grant_id]
        if reserved_ns >= account.grant.expiry:
            account.grace_used -= amount

    def used_again(self, grant_id: GrantId, amount: int, reserved_ns: int) -> None:
        """Count what `unused` gave back, as its order works again."""
        account = self.accounts[grant_id]
        if reserved_ns >= account.grant.expiry:
            account.grace_used += amount

    def spend(self, grant_id: GrantId, amount: int) -> None:
        """Book what was really used; a venue's act may pass the limit (break grant_overdrawn)."""
        account = self.accounts[grant_id]
        account.spent += amount
        if amount:
            self._grew(account)

    def claimable(self, unit: str, now_ns: int) -> list[Taken]:
        """Return what live cash grants have spent that no open sale is to bring back yet."""
        accounts = [self.accounts[id_] for id_ in self._by_kind.get(("cash", unit), ())]
        return [
            (a.grant.id, a.spent - a.claimed)
            for a in accounts
            if a.spent > a.claimed and a.limit(now_ns, reducing=False)
        ]

    def claim(self, grant_id: GrantId, amount: int) -> None:
        """Let an open sale bring outlay back for buying its lots back (negative: no more)."""
        account = self.accounts[grant_id]
        account.claimed += amount
        assert account.claimed >= 0, f"more brought back than claimed of {grant_id}"
        if amount > 0:
            self._grew(account)

    def proceeds(self, grant_id: GrantId, amount: int) -> int:
        """Keep what a sale brought back; returns the outlay that it restored."""
        account = self.accounts[grant_id]
        back = min(amount, account.spent)
        account.spent -= back
        account.reserved += amount
        self._grew(account)
        return back

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

    def restore_cost(self, rows: Iterable[Taken]) -> None:
        """Release cost that was counted too high, of the grants that paid it."""
        for grant_id, amount in rows:
            account = self.accounts[grant_id]
            assert account.spent >= amount, f"more restored than spent of {grant_id}"
            account.spent -= amount

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
                self.spend(row.grant, -row.amount - owed)

    def _grew(self, account: Account) -> None:
        """Note a grant that is used beyond its limit, whatever took it: the gate lets nothing."""
        if account.used > account.grant.limit:
            self.beyond.add(account.grant.id)

    def canonical(self) -> object:
        """Return the part's content for the digest."""
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
                    a.claimed,
                    a.revoked,
                    a.revoked_ns,
                    a.revoked_by,
                    a.revoked_why,
                ]
                for i, a in sorted(self.accounts.items())
            ],
            [[name, c.seq, c.leaf, c.refused] for name, c in sorted(self.cursors.items())],
        ]
