"""A node's own life, its money and permissions."""

from dataclasses import dataclass

from edgenode.model.facts.base import Fact
from edgenode.model.ids import (
    AccountId,
    EventId,
    InstrumentId,
    VenueId,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Genesis(Fact):
    """Entry 1 of every ledger."""

    ledger_key: bytes
    previous_head: str | None
    approval: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BootStarted(Fact):
    """A start. Every order that was open at a venue is UNKNOWN from here on.

    `time_anew`: market time begins anew here, as a drill's configuration asks (PAPER alone).
    """

    boot_tag: int  # 50 random bits; never read back from an earlier start
    version: str
    mode: str  # "paper" | "live"
    time_anew: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigChanged(Fact):
    """The configuration was read again while the node ran; keys by their path, comma-separated."""

    applied: str  # in force from here on
    waiting: str  # in force from the next start on


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeTrusted(Fact):
    """The clock agrees with the centre's time, and what is recorded lay ahead of both.

    A clock was set forward, entries were written, and it was set right. From here on time counts
    from `at_ns`. `evidence` is the cosigned head from which `trusted_ns` was counted on.
    """

    trusted_ns: int
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted(Fact):
    """The centre's next entry, with its canonical bytes; only so does it take effect here."""

    bytes: bytes
    applied: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StateDigest(Fact):
    """The digest of the state folded from the first `size` entries."""

    size: int
    version: int
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFunded(Fact):
    """Opening or added funds: a currency amount in minor units, or an instrument's lots."""

    account: AccountId
    venue: VenueId
    currency: str | None
    instrument: InstrumentId | None
    amount: int
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MicroEventOpened(Fact):
    """source = scheduled | declared | detected; starts and ends in market ns."""

    event_id: EventId
    source: str
    name: str
    starts: int
    ends: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MicroEventClosed(Fact):
    """The micro-event is over; its overlay is unwound."""

    event_id: EventId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingDayOpened(Fact):
    """A UTC day of market time begins; losses of the day are counted from this P&L.

    `pnl_minor` is the desk's live P&L in the policy's currency, marked at the reference.
    """

    day: int  # days since the Unix epoch
    pnl_minor: int
    none_pnl_minor: int  # of it, what belongs to no micro-event


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOpened(Fact):
    """An account asked that its orders here be canceled when its connection ends (FIX CoD)."""

    account: AccountId


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionClosed(Fact):
    """The connection ended, or this node did; its orders were canceled just before."""

    account: AccountId
    reason: str
