"""What a PAPER node starts with, so that a stranger's first order works.

Currencies, instrument, policy, grants and funds of a made-up world, signed by a local key that
LIVE never accepts. The reference price is recorded and never stale; nothing here limits real
money.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

from edgenode.core.observations import CentreSaid, Funded, Observation
from edgenode.daemon.paper_venues import overlay_venue, standard
from edgenode.model.facts import (
    Currency,
    Fact,
    Genesis,
    Grant,
    Instrument,
    Permission,
    Policy,
    WorstRate,
)
from edgenode.model.hlc import Hlc
from edgenode.model.ids import (
    DESK_BOOK,
    DESK_OVERLAY,
    LOCAL_VENUE,
    AccountId,
    GrantId,
    InstrumentId,
    VenueId,
)
from edgenode.model.ledgers import Entry, LedgerId
from edgenode.model.orders import SIDES
from edgenode.wire import entry as wire_entry
from edgenode.wire import facts as wire_facts

PARTY = "paper"
WETH_USDC = InstrumentId("WETH-USDC")
USDC = 1_000_000
YEAR_NS = 365 * 24 * 3600 * 1_000_000_000
CUSTOMER = AccountId("customer:c1")
ANSWER_S = 10  # market time that a venue has to answer
RISK_AVERSION_PPM = 10_000  # .01 a USDC: a WETH through a minute of 25 bp costs 14 cents
QUOTE_LOTS = 500  # a side, of a desk that quotes: 5 WETH
CURRENCIES = {"USDC": 6, "EUR": 2, "WETH": 18, "ETH": 18}  # decimals of each
WORST = {"USDC": 2, "EUR": 2, "WETH": 10_000, "ETH": 10_000}  # in the policy's currency
PPB = 1_000_000_000
ANYBODY = Permission(
    zone="paper", account="*", venue="*", instrument="*", opens_s=0, closes_s=86_400
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperWorld:
    """The figures of a PAPER node; amounts in USDC, quantities in lots of 0.01 WETH."""

    order_notional_max: int = 25_000
    event_spend_max: int = 250
    cash_limit: int = 300_000
    cost_limit: int = 1_000
    position_lots: int = 10_000
    over_hedge_lots: int = 0
    answer_s: int = ANSWER_S
    decide_alone_max: int = 1_000 * USDC
    gross_max: int = 20_000_000
    loss_max: int = 20_000
    open_notional_max: int = 50_000_000
    funds_cash: int = 150_000
    funds_lots: int = 10_000
    static_reference_ticks: int | None = 150_000
    overlay_enabled: bool = True
    band_lots: int = 100  # how far net may stand from its target before it is hedged
    risk_aversion_ppm: int = 0
    horizon_s: int = 600
    slice_s: int = 30
    unhedged_max: int = 10_000  # lots of customers' risk with no hedge; real venues: none
    quote_half_spread_ppm_max: int = 1_000
    quote_skew_ppm: int = 20
    quote_risk_priced: bool = False
    quote_size_lots: int = 0  # no quoter, unless the world is one to trade in by hand
    venues: tuple[str, ...] = ()
    reference_venue: str = "a"
    fee_ppm: int = 500  # of each venue


def by_hand(venues: tuple[str, ...] = (), *, speed: int = 1) -> PaperWorld:
    """Return the world of a box that is begun by hand: the desk quotes, so a first order fills.

    Without outside venues it has no overlay, and its band is all that policy lets the desk carry:
    policy does not ask for hedges that nothing can make.
    With some the first one's price is the reference, and there is none where it is
    silent: a made-up price would be quoted against a real one. Hedges and quotes follow its risk
    aversion as soon as a minute's return is known. Market time that runs `speed` times
    as fast gives a venue no less real time to answer.
    """
    plain = PaperWorld(quote_size_lots=QUOTE_LOTS, answer_s=ANSWER_S * speed)
    if not venues:
        return replace(plain, overlay_enabled=False, band_lots=plain.unhedged_max)
    return replace(
        plain,
        venues=venues,
        reference_venue=venues[0],
        static_reference_ticks=None,
        unhedged_max=0,
        risk_aversion_ppm=RISK_AVERSION_PPM,
        quote_risk_priced=True,
        horizon_s=300,
        slice_s=5,
    )


def currencies(now_ns: int) -> list[Currency]:
    """Return the currencies of the world, which come before anything that names them."""
    return [Currency(at_ns=now_ns, code=c, decimals=n) for c, n in CURRENCIES.items()]


def instrument(now_ns: int) -> Instrument:
    """Return WETH-USDC: tick 0.01 USDC, lot 0.01 WETH, cash in micro-USDC."""
    return Instrument(
        at_ns=now_ns,
        id=WETH_USDC,
        base="WETH",
        quote="USDC",
        price_decimals=2,
        quantity_decimals=2,
        tick_lot_minor=100,
        quantity_lots_min=1,
        quantity_lots_max=100_000,
        notional_minor_min=1_000_000,  # 1 USDC
        opens_s=0,
        closes_s=86_400,
        enabled=True,
    )


def policy(world: PaperWorld, now_ns: int, version: int = 1) -> Policy:
    """Return the documented paper policy."""
    venues = tuple(VenueId(v) for v in world.venues)
    return Policy(
        at_ns=now_ns,
        version=version,
        currency="USDC",
        venues=(LOCAL_VENUE, *venues),
        permissions=(ANYBODY,),
        restricted=(),
        order_notional_max=world.order_notional_max * USDC,
        event_spend_max=world.event_spend_max * USDC,
        net_position_lots_max=10_000,
        gross_notional_max=world.gross_max * USDC,
        event_gross_notional_max=world.gross_max * USDC,
        event_loss_max=world.loss_max * USDC,
        day_loss_max=world.loss_max * USDC,
        orders_per_s_max=100,
        event_orders_per_s_max=200,
        open_orders_max=20_000,
        open_notional_max=world.open_notional_max * USDC,
        price_collar_ppm=250_000,
        fx_haircut_ppm=10_000,
        fx_age_ms_max=3_600_000,
        fee_worst_rates=tuple(WorstRate(currency=c, ppb=n * PPB) for c, n in WORST.items()),
        fee_unlisted_minor=100 * USDC,
        standard=tuple(standard(v, WETH_USDC) for v in venues),
        approvers=(),
        approvals_needed=2,
        approval_cost_max=world.event_spend_max * USDC,
        reference_venue=VenueId(world.reference_venue),
        reference_age_ms_max=10_000,
        static_reference_ticks=world.static_reference_ticks,
        collar_ppm=2_000,
        overlay_enabled=world.overlay_enabled,
        overlay_venues=tuple(
            overlay_venue(v, world.reference_venue, world.fee_ppm) for v in venues
        ),
        band_lots=world.band_lots,
        horizon_s=world.horizon_s,
        slice_s=world.slice_s,
        slice_lots_max=300,
        risk_aversion_ppm=world.risk_aversion_ppm,
        flow_lots_start=100,
        impact_half_life_s=60,
        cut_horizon_s=1_800,
        over_hedge_lots=world.over_hedge_lots,
        over_hedge_after_s=60,
        answer_s=world.answer_s,
        decide_alone_max=world.decide_alone_max,
        unhedged_max=world.unhedged_max,
        quote_half_spread_ppm=500,
        quote_half_spread_ppm_max=world.quote_half_spread_ppm_max,
        quote_skew_ppm=world.quote_skew_ppm,
        quote_unit_lots=100,
        quote_size_lots=world.quote_size_lots,
        quote_risk_priced=world.quote_risk_priced,
    )


def grants(world: PaperWorld, now_ns: int) -> list[Grant]:
    """Return cost, cash and position grants for a year."""

    def grant(id_: str, kind: str, limit: int, unit: str) -> Grant:
        return Grant(
            at_ns=now_ns,
            id=GrantId(id_),
            kind=kind,
            limit=limit,
            unit=unit,
            scope="node",
            instrument=WETH_USDC if kind == "position" else None,
            side=SIDES[0] if id_.endswith("buy") else SIDES[1] if kind == "position" else None,
            expiry=now_ns + YEAR_NS,
            grace_until=now_ns + YEAR_NS + 24 * 3600 * 1_000_000_000,
            reducing_reserve=limit // 10,
        )

    return [
        grant("cost-1", "cost", world.cost_limit * USDC, "USDC"),
        grant("cash-1", "cash", world.cash_limit * USDC, "USDC"),
        grant("position-buy", "position", world.position_lots, "lots"),
        grant("position-sell", "position", world.position_lots, "lots"),
    ]


def down_ledger(world: PaperWorld, now_ns: int) -> list[Fact]:
    """Return the facts of the paper down-ledger, after its Genesis."""
    rules = [instrument(now_ns), policy(world, now_ns)]
    return [*currencies(now_ns), *rules, *grants(world, now_ns)]


def declared(now_ns: int) -> list[Fact]:
    """Return what must be known before funds are booked, where a centre says all the rest."""
    return [*currencies(now_ns), instrument(now_ns)]


def said_locally(
    node_id: str, ledger_key: bytes, facts: Iterable[Fact], now_ns: int
) -> list[Observation]:
    """Return the entries of a node's local paper down-ledger, in order, its Genesis first."""
    ledger = LedgerId(PARTY, f">{node_id}", 1)
    genesis = Genesis(
        at_ns=now_ns, ledger_key=ledger_key, previous_head=None, approval="local paper key"
    )
    hlc, prev = Hlc(), wire_entry.FIRST_PREV
    said: list[Observation] = []
    for seq, fact in enumerate([genesis, *facts], start=1):
        entry = Entry(
            seq=seq,
            hlc=hlc.stamp(now_ns),
            kind=type(fact).__name__,
            actor="rule:paper",
            automatic=True,
            idem=hashlib.sha256(f"{ledger.name}/{seq}".encode()).digest()[:16],
            body=wire_facts.encode(fact),
        )
        sealed = wire_entry.seal(ledger, entry, prev)
        prev = sealed.leaf
        said.append(CentreSaid(wire_entry.data_of(ledger, sealed)))
    return said


def funds(world: PaperWorld) -> list[Funded]:
    """Return opening funds: customer and desk locally, the overlay at each outside venue."""
    holders = [(CUSTOMER, LOCAL_VENUE), (DESK_BOOK, LOCAL_VENUE)]
    holders += [(DESK_OVERLAY, VenueId(v)) for v in world.venues]
    rows = []
    for account, venue in holders:
        amounts = ((world.funds_cash * USDC, True), (world.funds_lots, False))
        for amount, cash in amounts:
            rows.append(
                Funded(
                    account=account,
                    venue=venue,
                    currency="USDC" if cash else None,
                    instrument=None if cash else WETH_USDC,
                    amount=amount,
                    reference="paper opening",
                )
            )
    return rows
