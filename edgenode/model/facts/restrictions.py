"""What restricts trading: one named cause at one scope, set and lifted by evidence of its own."""

from dataclasses import dataclass

from edgenode.model.facts.base import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictionSet(Fact):
    """A cause restricts a scope from here on; the same cause again replaces level and reason.

    scope = node | venue:ID | instrument:ID | event:ID | account:ID; level = reducing | halted.
    `evidence` is what the rule or person saw, in words that can be checked later.
    """

    scope: str
    cause: str
    level: str
    reason: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictionLifted(Fact):
    """That cause restricts that scope no more. `level` is the one that was held."""

    scope: str
    cause: str
    level: str
    reason: str
    evidence: str
