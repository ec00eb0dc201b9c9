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
class Instrument(Fact):
    """What can be traded: 1 lot = 10^-quantity_decimals base, 1 tick = 10^-price_decimals quote.

    One tick times one lot is `tick_lot_minor` smallest units of the quote currency.
    """

    id: InstrumentId
    base: str
    quote: str
    price_decimals: int
    quantity_decimals: int
    tick_lot_minor: int
    quantity_lots_min: int
    quantity_lots_max: int
    enabled: bool

    def notional_minor(self, price_ticks: int, lots: int) -> int:
        """Give price times quantity in minor units of the quote currency, exactly."""
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
class Policy(Fact):
    """Signed limits and parameters of a node. ppm = parts per million (1 bp = 100 ppm)."""

    version: int
    currency: str
    venues: tuple[VenueId, ...]
    order_notional_max: int
    event_spend_max: int
    net_position_lots_max: int
    orders_per_s_max: int
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
    over_hedge_lots: int
    quote_half_spread_ppm: int
    quote_skew_ppm: int  # per `quote_unit_lots` of net exposure
    quote_unit_lots: int
    quote_size_lots: int  # 0 = no quoter
