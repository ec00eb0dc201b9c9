"""Names of things. Each is a plain string or number at run time and a type of its own for mypy."""

from typing import NewType

NodeId = NewType("NodeId", str)  # "edge-07"
VenueId = NewType("VenueId", str)  # "local", "a"; a MIC where one exists (ISO 10383)
VenueAccount = NewType("VenueAccount", str)  # the account at a venue
AccountId = NewType(
    "AccountId", str
)  # a ledger account: "customer:c1", "desk:book", "desk:overlay"
InstrumentId = NewType("InstrumentId", str)  # "WETH-USDC"
CurrencyCode = NewType("CurrencyCode", str)  # ISO 4217 or the token's ticker
OrderId = NewType("OrderId", str)  # ours, 20 base32 characters; the venue sees it
ClientOrderId = NewType("ClientOrderId", str)  # the submitter's: unique per account
ExecId = NewType("ExecId", str)  # the venue's name of one execution
ExecScope = NewType("ExecScope", str)  # the span within which the venue keeps exec ids unique
EventId = NewType("EventId", str)  # a micro-event; NO_EVENT where none is open
GrantId = NewType("GrantId", str)
ProgrammeId = NewType("ProgrammeId", str)  # a hedge's parent order, one per account and instrument
Actor = NewType("Actor", str)  # "rule:gate", "person:ops-1", "customer:c1", "node:edge-07"

NO_EVENT = EventId("none")
LOCAL_VENUE = VenueId("local")

DESK_BOOK = AccountId("desk:book")
DESK_OVERLAY = AccountId("desk:overlay")
DESK_SUSPENSE = AccountId("desk:suspense")


def is_customer(account: AccountId) -> bool:
    """Return whether an account is a customer's, not the desk's."""
    return account.startswith("customer:")
