"""What a ledger can say: one frozen class per entry kind.

The class name is the entry's kind and the fields are its body (wire/facts encodes them). Kinds are
added freely and never changed: a new shape is a new kind. Every fact carries `at_ns`, market time
in nanoseconds since the epoch; the entry's hlc carries wall time. Quantities are lots, prices
ticks, amounts the smallest unit of their currency (model/money); no float, ever.
"""

from edgenode.model.facts.approvals import PlanApproved, PlanDeclined, PlanProposed
from edgenode.model.facts.base import Fact
from edgenode.model.facts.desk import (
    CoreFillRecorded,
    CoreHedgeSet,
    CoreOrderSent,
    NodeApproved,
    NodeClaimed,
    NodeCodeIssued,
    NodeRevoked,
)
from edgenode.model.facts.down import (
    Approval,
    Approver,
    FxRate,
    Grant,
    GrantRevoked,
    Instrument,
    Mandate,
    OverlayVenue,
    Permission,
    Policy,
    StandardHedge,
    VenueLimit,
)
from edgenode.model.facts.fills import (
    ExecRef,
    FeeRecorded,
    FillBusted,
    FillCorrected,
    FillDisputed,
    FillRecorded,
)
from edgenode.model.facts.hedging import HedgeProgramme, ProposalInput, Proposed
from edgenode.model.facts.life import (
    AccountFunded,
    Adopted,
    BootStarted,
    Genesis,
    MicroEventClosed,
    MicroEventOpened,
    SessionClosed,
    SessionOpened,
    StateDigest,
    TimeTrusted,
    TradingDayOpened,
)
from edgenode.model.facts.restrictions import RestrictionLifted, RestrictionSet
from edgenode.model.facts.trading import (
    AmendDenied,
    AuctionClosed,
    AuctionOpened,
    BreakClosed,
    BreakOpened,
    CancelSent,
    OrderAmended,
    OrderDenied,
    OrderDone,
    OrderGated,
    OrderNotFound,
    OrdersClosed,
    OrderSent,
    OrderUnknown,
    OrderWorking,
    QuotesSet,
    Reason,
    Reserved,
    Saw,
)

__all__ = [
    "DESK_KINDS",
    "DOWN_KINDS",
    "KINDS",
    "AccountFunded",
    "Adopted",
    "AmendDenied",
    "Approval",
    "Approver",
    "AuctionClosed",
    "AuctionOpened",
    "BootStarted",
    "BreakClosed",
    "BreakOpened",
    "CancelSent",
    "CoreFillRecorded",
    "CoreHedgeSet",
    "CoreOrderSent",
    "ExecRef",
    "Fact",
    "FeeRecorded",
    "FillBusted",
    "FillCorrected",
    "FillDisputed",
    "FillRecorded",
    "FxRate",
    "Genesis",
    "Grant",
    "GrantRevoked",
    "HedgeProgramme",
    "Instrument",
    "Mandate",
    "MicroEventClosed",
    "MicroEventOpened",
    "NodeApproved",
    "NodeClaimed",
    "NodeCodeIssued",
    "NodeRevoked",
    "OrderAmended",
    "OrderDenied",
    "OrderDone",
    "OrderGated",
    "OrderNotFound",
    "OrderSent",
    "OrderUnknown",
    "OrderWorking",
    "OrdersClosed",
    "OverlayVenue",
    "Permission",
    "PlanApproved",
    "PlanDeclined",
    "PlanProposed",
    "Policy",
    "ProposalInput",
    "Proposed",
    "QuotesSet",
    "Reason",
    "Reserved",
    "RestrictionLifted",
    "RestrictionSet",
    "Saw",
    "SessionClosed",
    "SessionOpened",
    "StandardHedge",
    "StateDigest",
    "TimeTrusted",
    "TradingDayOpened",
    "VenueLimit",
]

DOWN_KINDS: tuple[type[Fact], ...] = (
    *(Instrument, Grant, GrantRevoked, Mandate, Policy, FxRate, Approval, VenueLimit),
)
DESK_KINDS: tuple[type[Fact], ...] = (
    *(NodeCodeIssued, NodeClaimed, NodeApproved, NodeRevoked),
    *(CoreHedgeSet, CoreOrderSent, CoreFillRecorded),
)
KINDS: dict[str, type[Fact]] = {
    cls.__name__: cls
    for cls in (
        *(Genesis, BootStarted, Adopted, StateDigest, AccountFunded),
        *(
            MicroEventOpened,
            MicroEventClosed,
            TradingDayOpened,
            OrderDenied,
            OrderGated,
            OrderNotFound,
            OrderSent,
            OrderWorking,
        ),
        *(
            CancelSent,
            OrderUnknown,
            OrderNotFound,
            OrderDone,
            OrdersClosed,
            OrderAmended,
            AmendDenied,
            QuotesSet,
        ),
        *(SessionOpened, SessionClosed, TimeTrusted),
        *(AuctionOpened, AuctionClosed, HedgeProgramme, PlanProposed, PlanApproved, PlanDeclined),
        *(FillRecorded, FeeRecorded, FillDisputed, FillCorrected, FillBusted),
        *(RestrictionSet, RestrictionLifted),
        *(BreakOpened, BreakClosed, *DOWN_KINDS, *DESK_KINDS),
    )
}
