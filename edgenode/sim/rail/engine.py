"""A sandbox payment rail: accounts, transfers, a numbered statement. Pure; time is passed in.

A transfer is known by its payer's idempotency key: again with the same content it is the same
transfer. States, in the words of ISO 20022 where it has one:

    accepted    taken, not booked yet (ACSP)
    settled     booked (ACSC); `settled_minor` may be less than asked (fault: partial)
    returned    booked, and later booked back (pacs.004)
    rejected    refused at once (RJCT): no funds, unknown account, other content under a known key

Every booking is two statement lines that sum to zero, so money is neither made nor lost, whatever
the fault.
"""

from dataclasses import dataclass, field
from typing import Any

from edgenode.sim.faults import Faulty

Json = dict[str, Any]
SECOND_NS = 1_000_000_000
SETTLES_AFTER_S = 5
LATE_BY_S = 600
RETURNED_AFTER_S = 30
DAY_S = 86_400
CUT_OFF_S = 16 * 3_600  # of the UTC day: what comes later is booked the next morning
OPENING_MINOR = 1_000_000_000_000
FAULTS = ("late", "lost_answer", "returned", "duplicate", "partial", "cut_off", "down")


@dataclass(slots=True)
class Transfer:
    """One transfer as the rail knows it."""

    key: str
    debtor: str
    creditor: str
    amount_minor: int
    currency: str
    reference: str
    state: str = "accepted"
    settled_minor: int = 0
    due_ns: int = 0
    return_ns: int = 0  # 0: never
    times: int = 1  # how often it is booked; 2 = duplicated by the rail

    @property
    def content(self) -> tuple[str, str, int, str, str]:
        """Return what must be the same when the key comes again."""
        return (self.debtor, self.creditor, self.amount_minor, self.currency, self.reference)

    def view(self) -> Json:
        """Return the outward shape."""
        return {
            "key": self.key,
            "state": self.state,
            "amount_minor": self.amount_minor,
            "settled_minor": self.settled_minor,
            "currency": self.currency,
        }


@dataclass(slots=True)
class RailEngine(Faulty):
    """One rail."""

    settles_after_s: int = SETTLES_AFTER_S
    accounts: dict[tuple[str, str], int] = field(default_factory=dict)  # (account, currency)
    transfers: dict[str, Transfer] = field(default_factory=dict)
    statement: list[Json] = field(default_factory=list)
    requests: list[Json] = field(default_factory=list)

    def transfer(self, asked: Transfer, now_ns: int) -> Transfer:
        """Take a transfer; the same key with other content is rejected and changes nothing."""
        self.requests.append({"verb": "transfer", "key": asked.key, "t_ns": now_ns})
        known = self.transfers.get(asked.key)
        if known is not None:
            if known.content == asked.content:
                return known
            asked.state = "rejected"
            return asked
        self.transfers[asked.key] = asked
        held = self.balance(asked.debtor, asked.currency) - self._on_its_way(asked)
        if asked.amount_minor <= 0 or asked.debtor == asked.creditor or held < 0:
            asked.state = "rejected"
            return asked
        asked.due_ns = self._due(asked, now_ns)
        return asked

    def query(self, key: str) -> Transfer | None:
        """Return a transfer, None if the rail has not heard of it."""
        return self.transfers.get(key)

    def balance(self, account: str, currency: str) -> int:
        """Return booked money; an account is opened with funds when it is first named."""
        return self.accounts.setdefault((account, currency), OPENING_MINOR)

    def lines(self, account: str, after: int) -> list[Json]:
        """Return an account's statement behind a line number, in order."""
        return [x for x in self.statement if x["account"] == account and x["line"] > after]

    def second(self, now_ns: int) -> None:
        """Advance time: book what is due, and book back what is to be returned."""
        for transfer in self.transfers.values():
            if transfer.state == "accepted" and now_ns >= transfer.due_ns:
                for _ in range(transfer.times):
                    self._book(transfer, transfer.settled_minor or transfer.amount_minor, now_ns)
                transfer.settled_minor = transfer.settled_minor or transfer.amount_minor
                transfer.state = "settled"
                if transfer.return_ns:
                    transfer.return_ns = now_ns + RETURNED_AFTER_S * SECOND_NS
            elif transfer.state == "settled" and 0 < transfer.return_ns <= now_ns:
                self._book(transfer, -transfer.settled_minor, now_ns)
                transfer.state, transfer.return_ns = "returned", 0

    def truth(self) -> Json:
        """Return what this rail believes, to hold our books against."""
        return {
            "requests": self.requests,
            "transfers": {key: t.view() for key, t in self.transfers.items()},
            "statement": self.statement,
            "balances": {f"{a}/{c}": n for (a, c), n in sorted(self.accounts.items())},
        }

    def _due(self, asked: Transfer, now_ns: int) -> int:
        """Return when it will be booked; the booking's own faults strike here."""
        due = now_ns + self.settles_after_s * SECOND_NS
        if self.strikes("late"):
            due += LATE_BY_S * SECOND_NS
        second_of_day = now_ns // SECOND_NS % DAY_S
        if self.strikes("cut_off") or second_of_day >= CUT_OFF_S:
            due = (now_ns // SECOND_NS - second_of_day + DAY_S) * SECOND_NS
        if self.strikes("partial"):
            asked.settled_minor = asked.amount_minor // 2
        if self.strikes("duplicate"):
            asked.times = 2
        if self.strikes("returned"):
            asked.return_ns = due
        return due

    def _on_its_way(self, asked: Transfer) -> int:
        """Return what this debtor's transfers will still take."""
        return sum(
            t.amount_minor
            for t in self.transfers.values()
            if t.state == "accepted" and (t.debtor, t.currency) == (asked.debtor, asked.currency)
        )

    def _book(self, transfer: Transfer, amount_minor: int, now_ns: int) -> None:
        for account, change in (
            (transfer.debtor, -amount_minor),
            (transfer.creditor, amount_minor),
        ):
            balance = self.balance(account, transfer.currency) + change
            self.accounts[account, transfer.currency] = balance
            self.statement.append(
                {
                    "line": len(self.statement) + 1,
                    "account": account,
                    "key": transfer.key,
                    "amount_minor": change,
                    "currency": transfer.currency,
                    "reference": transfer.reference,
                    "t_ns": now_ns,
                }
            )
