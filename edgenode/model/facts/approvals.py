"""Plans of hedges that policy does not list as standard, and who said yes to them."""

from dataclasses import dataclass

from edgenode.model.facts.base import Fact
from edgenode.model.ids import InstrumentId, VenueId
from edgenode.model.orders import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanProposed(Fact):
    """A plan waits for approval; its orders are gated afresh. No answer = declined.

    `digest` = SHA-256 of all that is approved, the single-use `nonce` included
    (core/gate/approvals).
    """

    plan_id: str
    instrument: InstrumentId
    venues: tuple[VenueId, ...]
    side: Side
    quantity_lots_max: int
    worst_ticks: int
    cost_max: int
    expires: int
    nonce: bytes
    digest: bytes
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanApproved(Fact):
    """One person's yes: an Ed25519 signature over the plan's digest by a key that policy names."""

    plan_id: str
    person: str
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDeclined(Fact):
    """A plan is over: a person said no, nobody answered in time, or it covers too little."""

    plan_id: str
    reason: str
