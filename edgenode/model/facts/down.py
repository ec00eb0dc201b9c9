"""The centre's down-ledger: what it permits and promises a node."""

from dataclasses import dataclass

from edgenode.model.facts.base import Fact
from edgenode.model.ids import (
    GrantId,
    InstrumentId,
    VenueAccount,
    VenueId,
)
from edgenode.model.orders import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Currency(Fact):
    """A currency and its scale: its smallest unit is 10^-decimals, with 0 to 18 decimals.

    The code is that of ISO 4217 if there is one; tokens and gas have the desk's. It is adopted
    before anything names it, and keeps its decimals while anything does.
    """

    code: str
    decimals: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument(Fact):
    """What can be traded: 1 lot = 10^-quantity_decimals base, 1 tick = 10^-price_decimals quote.

    One tick times one lot is `tick_lot_minor` smallest units of the quote currency. Base and quote
    are currencies; a lot is a whole number of the base's smallest units.
    """

    id: InstrumentId
    base: str
    quote: str
    price_decimals: int
    quantity_decimals: int
    tick_lot_minor: int
    quantity_lots_min: int
    quantity_lots_max: int
    notional_minor_min: int
    opens_s: int  # the session, in seconds of the UTC day; 0 and 86,400: always open
    closes_s: int
    enabled: bool

    def notional_minor(self, price_ticks: int, lots: int) -> int:
        """Return price times quantity in minor units of the quote currency, exactly."""
        return price_ticks * lots * self.tick_lot_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant(Fact):
    """A delegated, expiring right (escrow): kind = cost | cash | position.

    unit = currency, or lots of `instrument` on `side` for positions. After `expiry` and until
    `grace_until` risk-reducing orders may use `reducing_reserve` of it.
    """

    id: GrantId
    kind: str
    limit: int
    unit: str
    scope: str
    instrument: InstrumentId | None
    side: Side | None
    expiry: int
    grace_until: int
    reducing_reserve: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRevoked(Fact):
    """The centre takes a grant back; not effective until received."""

    id: GrantId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate(Fact):
    """The core position that the centre promises for a node; issued before it is worked."""

    instrument: InstrumentId
    quantity_lots: int
    version: int
    valid_until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlayVenue:
    """A venue where the overlay may trade: taker fee, age limit and surcharge of its quotes."""

    venue: VenueId
    venue_account: VenueAccount
    fee_ppm: int
    age_ms_max: int
    stale_ppm: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """Who may trade what where, in a zone's hours; "*" is any, "customer:*" all of a class."""

    zone: str  # the jurisdiction that permits it (a regulatory micro-zone)
    account: str
    venue: str
    instrument: str
    opens_s: int  # seconds of the UTC day; `opens_s` > `closes_s` runs over midnight
    closes_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardHedge:
    """A hedge that needs no approval, up to a quantity and an expected cost."""

    instrument: InstrumentId
    venue: VenueId
    side: str  # buy | sell | *
    type: str  # limit | market | *
    quantity_lots_max: int
    cost_max: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Approver:
    """A person who may approve plans, known by an Ed25519 key."""

    person: str
    key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstRate:
    """What a fee in a currency counts as if no fresh rate prices it, in billionths.

    One whole unit of `currency` counts as `ppb` / 10^9 whole units of the policy's currency.
    """

    currency: str
    ppb: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy(Fact):
    """Signed limits and parameters of a node. ppm = parts per million (1 bp = 100 ppm)."""

    version: int
    currency: str
    venues: tuple[VenueId, ...]
    permissions: tuple[Permission, ...]
    restricted: tuple[InstrumentId, ...]
    order_notional_max: int
    event_spend_max: int
    net_position_lots_max: int
    gross_notional_max: int  # |book| + |overlay| in the worst case, at the reference
    event_gross_notional_max: int
    event_loss_max: int
    day_loss_max: int
    orders_per_s_max: int  # to one venue
    event_orders_per_s_max: int
    open_orders_max: int  # of one account
    open_notional_max: int
    price_collar_ppm: int  # no order may be more aggressive than this against the reference
    fx_haircut_ppm: int
    fx_age_ms_max: int
    fee_worst_rates: tuple[WorstRate, ...]
    fee_unlisted_minor: int  # what a fee in a currency that is not listed there counts as
    standard: tuple[StandardHedge, ...]
    approvers: tuple[Approver, ...]
    approvals_needed: int
    approval_cost_max: int  # above it only the centre approves
    reference_venue: VenueId
    reference_age_ms_max: int
    static_reference_ticks: int | None  # PAPER only: a recorded price that is never stale
    collar_ppm: int
    overlay_enabled: bool
    overlay_venues: tuple[OverlayVenue, ...]
    band_lots: int
    horizon_s: int
    slice_s: int
    slice_lots_max: int
    risk_aversion_ppm: int  # what a unit of risk costs, per million units of quote; 0: band_lots
    flow_lots_start: int  # what customers trade net in a minute, before that is known
    impact_half_life_s: int  # of our own trades at a venue
    cut_horizon_s: int  # for how long what is unhedged is carried, where core takes nothing
    over_hedge_lots: int  # what UNKNOWN orders block may be hedged elsewhere up to this,
    over_hedge_after_s: int  # once nothing was heard of them for this long
    answer_s: int  # market time in which a venue answers; silence beyond it makes an order UNKNOWN
    unhedged_max: int  # lots that the desk carries with no hedge (core/risk/room)
    quote_half_spread_ppm: int
    quote_half_spread_ppm_max: int  # it widens to this as the hedge room goes to nothing
    quote_skew_ppm: int  # per `quote_unit_lots` of net exposure
    quote_unit_lots: int
    quote_size_lots: int  # 0 = no quoter
    quote_risk_priced: bool  # spread, skew and size by risk aversion (core/estimate/quotes)
    decide_alone_max: int  # a decision on a break that moves more needs two persons


@dataclass(frozen=True, slots=True, kw_only=True)
class FxRate(Fact):
    """A dated rate: 1 unit of `base` costs between bid and ask of `quote`, in billionths."""

    base: str
    quote: str
    bid_ppb: int
    ask_ppb: int
    as_of: int  # market ns
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueLimit(Fact):
    """The most that both desk accounts may have at one venue, a counterparty; policy's currency.

    Held and open there, whatever offsets it elsewhere. The newest holds.
    """

    venue: VenueId
    gross_notional_max: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval(Fact):
    """The centre approves a plan by its digest."""

    plan_id: str
    digest: bytes
