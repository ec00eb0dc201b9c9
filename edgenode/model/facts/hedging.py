"""Hedge programmes: the parent orders of the desk's micro-hedges."""

from dataclasses import dataclass

from edgenode.model.facts.base import Fact
from edgenode.model.ids import AccountId, EventId, InstrumentId, ProgrammeId


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalInput:
    """One input of a proposal, written for people; nothing reads it back."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """The hedging policy that proposed, and what it looked at."""

    policy: str
    inputs: tuple[ProposalInput, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HedgeProgramme(Fact):
    """The newest decision of a hedge programme. Lots are signed: positive buys.

    target_lots - done = carried_lots + sum(slots) + working - given_up_lots, where `done` is the
    account's position and `working` is what its open orders may still execute.
    """

    programme_id: ProgrammeId
    account: AccountId
    instrument: InstrumentId
    event_id: EventId  # tags the orders that follow
    slice_ns: int  # market time at which the present slice began
    target_lots: int  # the position that the programme trades towards
    carried_lots: int  # due now and not yet at a venue
    slots: tuple[int, ...]  # lots of the coming slices, the next slice first
    given_up_lots: int  # of UNKNOWN orders, hedged elsewhere within the signed allowance
    share_ppm: int  # of what core has still to take, left to it
    band_lots: int  # around that share, what is unhedged may rest
    hurdle_lots: int  # below sqrt(this x what core has still to take) hedging is not worth it
    counter: int  # children named so far
    reserve: int  # kept for closing what is held, in the policy's currency
    reason: str
    proposed: Proposed
