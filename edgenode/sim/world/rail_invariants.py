"""What must hold of the rail and of its payer.

name                looked at               what must hold
------------------  ----------------------  -----------------------------------------------------
statement_gap       after each step         the statement's lines are numbered 1, 2, 3, ...
money_made          after each step         each balance is its opening and its lines; what left
                                                one account came to another
paid_twice          after each step         a payment is booked once, but where the world struck
                                                the rail with its own fault `duplicate`
called_failed       the payer hears, or     only what the rail rejected is called rejected: what
                        does not                was not heard of is unknown
-- once everything is healed and a night has passed at the rail --
payment_unknown     at the end              nothing that the payer sent is unknown to it
not_reconciled      at the end              the payer has read every line, and names each
                                                difference between what it asked and what
                                                was booked
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from edgenode.sim.rail.engine import OPENING_MINOR, Transfer
from edgenode.sim.world.judged import Judged
from edgenode.sim.world.payer import Payer, Payment, State
from edgenode.sim.world.rail import SimRail


@dataclass(slots=True)
class RailInvariants:
    """Judges the rail after each of its steps, and the payer at the end."""

    judged: Judged
    rail: SimRail
    _sums: Counter[tuple[str, str]] = field(default_factory=Counter)
    _times: Counter[str] = field(default_factory=Counter)  # by the payer's own reference
    _read: int = 0

    def stepped(self) -> None:
        """Judge the lines that a step added, and every balance."""
        statement = self.rail.engine.statement
        fresh = statement[self._read :]
        for number, line in enumerate(fresh, self._read + 1):
            found = f"line {line['line']} stands where {number} belongs"
            self.judged.hold("statement_gap", line["line"] == number, found)
            self._add(line)
        self._read = len(statement)
        self.judged.hold("money_made", not sum(self._sums.values()), f"of nothing: {self._sums}")
        for key, balance in self.rail.engine.accounts.items():
            stated = OPENING_MINOR + self._sums[key]
            found = f"{key} has {balance}, its lines come to {stated}"
            self.judged.hold("money_made", balance == stated, found)
        again = self._times.total() - len(self._times)
        struck, twice = self.rail.struck("duplicate"), self._times.most_common(1)
        found = f"{again} bookings too many, of {struck} struck: {twice}"
        self.judged.hold("paid_twice", again <= struck, found)

    def told(self, payment: Payment, by_rail: bool) -> None:  # noqa: FBT001  as the payer tells it
        """Judge what the payer makes of an answer, or of none."""
        self.judged.trace.say("payer", payment.state, key=payment.key, heard=by_rail)
        known = self.rail.engine.transfers.get(payment.key)
        refused = known is not None and known.state == "rejected"
        found = f"{payment.key} is called rejected; the rail has it {known and known.state}"
        self.judged.hold("called_failed", payment.state is not State.REJECTED or refused, found)

    def at_rest(self, payer: Payer) -> None:
        """Judge the payer once the rail has booked all that it will."""
        engine = self.rail.engine
        read, stated = sorted(payer.lines.items()), list(enumerate(engine.statement, 1))
        found = f"{len(read)} lines read, {len(stated)} stated, strange: {payer.strangers}"
        self.judged.hold("not_reconciled", read == stated and not payer.strangers, found)
        for payment in payer.journal.values():
            unknown = payment.state is State.UNKNOWN
            self.judged.hold("payment_unknown", not unknown, f"{payment.key} is unknown")
            true = engine.transfers.get(payment.key)
            found = f"{payment}, at the rail {true}"
            agrees = true is not None and payment.differs == _differs(true)
            self.judged.hold("not_reconciled", unknown or agrees, found)

    def _add(self, line: dict[str, Any]) -> None:
        self._sums[line["account"], line["currency"]] += line["amount_minor"]
        transfer = self.rail.engine.transfers[line["key"]]
        if line["account"] == transfer.debtor and line["amount_minor"] < 0:
            self._times[line["reference"]] += 1


def _differs(transfer: Transfer) -> set[str]:
    """Name what the rail did to a transfer beyond booking it."""
    if transfer.state == "rejected":
        return set()
    found = {"twice"} if transfer.times > 1 else set()
    if transfer.settled_minor < transfer.amount_minor:
        found.add("partial")
    if transfer.state == "returned":
        found.add("returned")
    return found
