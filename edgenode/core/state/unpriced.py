"""Fees that no dated rate prices yet: what each execution owes, and which grants pay it meanwhile.

    evidence                                what an execution owes of a fee without a rate
    --------------------------------------  ---------------------------------------------------
    booked                                  the fee, counted at the policy's worst
    corrected, in the same currency         the greater of both, once: cost is monotone
    corrected to a fee in another currency  the other one alone
    busted, or corrected to no fee          what it owed: cost stays spent
    FeePriced                               nothing more: the fee at its rate is part of its cost

What all executions of a micro-event owe in one currency is a row of `Limits`, with the cost
grants that pay it. A rate changes what these grants paid, and no others. An execution that left
the state is found again as the first rate after it priced it (core/past). In a newer ledger of a
node (core/breaks/books) the row goes on, and no grant there pays what is owed already.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from edgenode.core.state.costs import UNPRICED
from edgenode.model.facts import FeePriced, FillRecorded
from edgenode.model.ids import EventId, GrantId, is_customer
from edgenode.model.money import div_up

Paid = tuple[GrantId, int]
OwedKey = tuple[EventId, str]  # the micro-event, and the currency of the fee


class Owed(NamedTuple):
    """Fees in one currency that no dated rate prices yet, and what they count as meanwhile."""

    fees_minor: int
    counted_minor: int  # in the policy's currency

    def plus(self, other: "Owed", times: int = 1) -> "Owed":
        """Return the sum of both, or the difference."""
        return Owed(
            self.fees_minor + times * other.fees_minor,
            self.counted_minor + times * other.counted_minor,
        )


NOTHING_OWED = Owed(0, 0)
Owes = dict[OwedKey, Owed]


class Unpriced(NamedTuple):
    """What is owed under one key by all executions, and by which grants it is paid.

    `in_spend` is the part that counts in the micro-event's spend: that of no event begins anew
    with each trading day. `paid` is less than what is owed by what an older ledger's grants paid.
    """

    owed: Owed
    in_spend: int
    paid: tuple[Paid, ...]

    def more(self, owed: Owed, paid: Iterable[Paid]) -> "Unpriced":
        """Return it with more that is owed."""
        rows = dict(self.paid)
        for grant_id, amount in paid:
            rows[grant_id] = rows.get(grant_id, 0) + amount
        return Unpriced(
            self.owed.plus(owed),
            self.in_spend + owed.counted_minor,
            tuple(sorted(row for row in rows.items() if row[1])),
        )

    def less(self, owed: Owed, *, today: bool = False) -> "Unpriced":
        """Return it without a part of what is owed; the last grants pay less.

        A part that was taken on today is in today's spend, an older one only if all of it is.
        """
        left = self.owed.plus(owed, -1)
        rows, over = [], sum(amount for _, amount in self.paid) - left.counted_minor
        for grant_id, amount in reversed(self.paid):
            part = min(max(0, over), amount)
            over -= part
            if amount > part:
                rows.append((grant_id, amount - part))
        in_spend = max(0, self.in_spend - owed.counted_minor) if today else self.in_spend
        return Unpriced(left, min(in_spend, left.counted_minor), tuple(sorted(rows)))

    def at(self, priced_minor: int) -> tuple[Paid, ...]:
        """Return what each grant pays once the fees count as `priced_minor`, if that is less."""
        whole = max(1, self.owed.counted_minor)
        return tuple((id_, div_up(priced_minor * paid, whole)) for id_, paid in self.paid)


NOTHING_UNPRICED = Unpriced(NOTHING_OWED, 0, ())


def known_cost(fact: FillRecorded) -> int:
    """Return what an execution costs without a fee that nothing prices."""
    return max(0, fact.cost_minor - _counted(fact)) if owes(fact) else fact.cost_minor


def owed(facts: Iterable[FillRecorded]) -> Owes:
    """Return what booked executions owe."""
    found: Owes = {}
    for fact in facts:
        if owes(fact):
            key = fact.event_id, fact.fee_currency
            more = Owed(fact.fee_minor, _counted(fact))
            found[key] = found.get(key, NOTHING_OWED).plus(more)
    return found


def owed_after(before: Owes, held: tuple[FillRecorded, ...]) -> Owes:
    """Return what an execution owes that owed `before` and is booked as `held` now."""
    if not any(fact.fee_minor > 0 for fact in held):
        return before
    after = owed(held)
    for key in before.keys() & after.keys():
        (fees, counted), (was, at) = after[key], before[key]
        after[key] = Owed(max(fees, was), max(counted, at))
    return after


def share(fact: FeePriced, part: Owed) -> int:
    """Return what a part of priced fees costs at their rate."""
    return div_up(fact.priced_minor * part.fees_minor, max(1, fact.fees_minor))


def priced(fact: FeePriced, version: FillRecorded) -> FillRecorded:
    """Return an execution with its fee at the rate, if that is one of those priced."""
    if not owes(version) or version.fee_currency != fact.currency:
        return version
    fee = share(fact, Owed(version.fee_minor, 0))
    cost, fx = known_cost(version) + fee, fact.fx
    return replace(version, cost_minor=cost, fee_counted_minor=fee, fee_fx=fx)


def owes(fact: FillRecorded) -> bool:
    """Return whether no dated rate prices the fee of an execution."""
    return fact.fee_fx in UNPRICED and fact.fee_minor > 0 and not is_customer(fact.account)


def _counted(fact: FillRecorded) -> int:
    return max(0, min(fact.cost_minor, fact.fee_counted_minor))
