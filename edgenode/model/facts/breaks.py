"""Breaks, and what people decide about them. A decision is corrected by another decision."""

from dataclasses import dataclass

from edgenode.model.facts.base import Fact
from edgenode.model.facts.carried import CarriedIn
from edgenode.model.facts.fills import ExecRef
from edgenode.model.ids import AccountId


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakOpened(Fact):
    """A difference that a rule or a person must close.

    `break_id` is `type:subject`, as people type it. `refers_to` names the execution that the break
    is about, None if it is about something else.
    """

    break_id: str
    type: str
    subject: str
    detail: str
    refers_to: ExecRef | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakClosed(Fact):
    """The difference is explained or made good."""

    break_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolutionAsked(Fact):
    """A person at the centre decides a break of a node, as a person at the node may.

    `version` names one content of an execution by its hash, or its hash's first digits;
    `account` and `carried` (lots or smallest units) say what is carried in, a position at
    `price_ticks`. `evidence` names what was known at the centre: the node takes the decision if it
    knows the same.
    """

    break_id: str
    decision: str
    version: str | None
    account: AccountId | None
    carried: int | None
    price_ticks: int | None
    evidence: str
    person: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolutionProposed(Fact):
    """One person's decision on a break that needs two persons; the second settles it.

    `holds` and `evidence` mean what they mean in `BreakResolved`: the second person decides the
    same on the same evidence.
    """

    break_id: str
    decision: str
    evidence: tuple[bytes, ...]
    holds: tuple[bytes, ...]
    account: AccountId | None
    carried: int | None  # lots or smallest units, of a difference that is carried in
    price_ticks: int | None  # of a position; None for the reference at the decision
    amount_minor: int | None  # what it moves, in the policy's currency; None without a rate
    person: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakResolved(Fact):
    """What people decided about a break, with its effect on the books.

    `decision` = both | version | never_happened | carry_in | write_off. Of an execution,
    `refers_to` names it, `evidence` are the hashes of what was looked at (contents, corrections, a
    bust), `holds` those of the contents that are true. `account` is whose those of no order are,
    None if nobody has said so. Of anything else `evidence` is a hash of what the break told.
    `carried` is what was carried in for a difference: a decision that corrects this one takes it
    out again.
    """

    break_id: str
    decision: str
    effect: str
    evidence: tuple[bytes, ...]
    holds: tuple[bytes, ...]
    refers_to: ExecRef | None
    account: AccountId | None
    carried: CarriedIn | None
    persons: tuple[str, ...]
    reason: str
