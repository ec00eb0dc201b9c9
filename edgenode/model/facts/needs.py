"""What a node asks the desk for: grants or a cap that the next hour may need. It opens nothing."""

from dataclasses import dataclass

from edgenode.model.facts.base import Fact
from edgenode.model.ids import EventId, InstrumentId


@dataclass(frozen=True, slots=True, kw_only=True)
class SizedFor:
    """What one instrument needs of it, and what that was counted from (core/risk/sizing).

    `lots`: the 95 % quantile of what customers trade within the hour.
    """

    instrument: InstrumentId
    lots: int
    reference_ticks: int
    fee_ppm: int
    half_spread_ppm: int
    needed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedSized:
    """A need that a micro-event was sized to have, and what was left for it; as in NeedAsked."""

    need: str
    unit: str
    instrument: InstrumentId | None
    decimals: int
    needed: int
    left: int
    sized: tuple[SizedFor, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSized(Fact):
    """What a micro-event may need in an hour, as it was sized first: at most an hour before it.

    The event's report holds it beside what was used.
    """

    event_id: EventId
    needs: tuple[NeedSized, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedAsked(Fact):
    """The node asks for what is missing; an open request of the same need ends by it.

    need = position_buy | position_sell | cash | cost | event_spend. `needed` and `left` count the
    unit's smallest part: lots, or a currency's; `decimals` is its scale. It is for a micro-event,
    or (`none`) for what belongs to none, and waits until `until` (market ns).
    """

    need_id: str
    need: str
    unit: str  # lots, or a currency
    instrument: InstrumentId | None  # of lots
    decimals: int
    event_id: EventId
    needed: int
    left: int
    until: int
    sized: tuple[SizedFor, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedEnded(Fact):
    """A request is over; `left` is what grants and cap leave now.

    reason = granted | unmet (its time is over, and less is left) | withdrawn (less is needed).
    """

    need_id: str
    reason: str
    left: int
