"""What a centre's fact must be before it takes effect here.

A signature says who spoke, not that it makes sense: a rate of nothing, a slice of no seconds or a
venue named twice would stop the node at its next step, or pay out what nobody meant. What does not
fit is adopted without effect, and opens a break (core/centre/adoption).
"""

from edgenode.core.state.node_state import NodeState
from edgenode.model.facts import (
    Fact,
    FxRate,
    Grant,
    GrantRevoked,
    Instrument,
    Mandate,
    Policy,
    VenueLimit,
)
from edgenode.model.money import minor_decimals
from edgenode.model.orders import SIDES

DAY_S = 86_400
PPM = 1_000_000
DECIMALS_MAX = 18
LOTS_MAX = 1 << 53
ANY = "*"

Claim = tuple[bool, str]  # what must hold, and what to say where it does not


def unfit(state: NodeState, fact: Fact) -> str:
    """Say why a fact cannot take effect; "" where it can."""
    claims: list[Claim] = []
    match fact:
        case Instrument():
            claims = _instrument(state, fact)
        case Policy():
            claims = _figures(fact) + _lists(fact)
        case Grant():
            claims = _grant(state, fact)
        case GrantRevoked():
            claims = [(fact.id in state.grants.accounts, f"no grant {fact.id[:40]}")]
        case Mandate():
            claims = _mandate(state, fact)
        case FxRate():
            claims = _rate(fact)
        case VenueLimit():
            claims = [(bool(fact.venue) and fact.gross_notional_max >= 0, "a limit of no venue")]
        case _:
            pass
    return next((text for holds, text in claims if not holds), "")


def _instrument(state: NodeState, fact: Instrument) -> list[Claim]:
    held = state.rules.instruments.get(fact.id)
    same = held is None or grid(held) == grid(fact)
    decimals = fact.price_decimals + fact.quantity_decimals
    places = (fact.price_decimals, fact.quantity_decimals)
    return [
        (bool(fact.id and fact.base and fact.quote), "an instrument without a name"),
        (all(0 <= n <= DECIMALS_MAX for n in places), "decimals out of range"),
        (
            fact.tick_lot_minor * 10**decimals == 10 ** minor_decimals(fact.quote),
            f"a tick times a lot is not {fact.tick_lot_minor} of {fact.quote}",
        ),
        (1 <= fact.quantity_lots_min <= fact.quantity_lots_max <= LOTS_MAX, "quantities"),
        (fact.notional_minor_min >= 0, "a notional below nothing"),
        (_hours(fact.opens_s, fact.closes_s), "a session outside the day"),
        (same or not _is_held(state, fact), "another grid while some of it is held"),
    ]


def grid(fact: Instrument) -> tuple[object, ...]:
    """Give what lots and ticks of an instrument mean."""
    return (
        *(fact.base, fact.quote, fact.price_decimals, fact.quantity_decimals),
        fact.tick_lot_minor,
    )


def _is_held(state: NodeState, fact: Instrument) -> bool:
    """Tell whether anything here counts in the instrument's lots or ticks.

    An execution counts for ever: it may be busted or corrected at any later time.
    """
    return (
        any(key.instrument == fact.id for key in state.positions.totals)
        or any(order.gated.instrument == fact.id for order in state.orders.orders.values())
        or any(state.orders.quote_lots(fact.id))
        or any(key.asset == fact.id and lots for key, lots in state.wallet.balances.items())
        or any(a.grant.instrument == fact.id for a in state.grants.accounts.values())
        or state.mandates.lots(fact.id) != 0
    )


def _figures(fact: Policy) -> list[Claim]:
    counts = (
        *(fact.order_notional_max, fact.event_spend_max, fact.net_position_lots_max),
        *(fact.gross_notional_max, fact.event_gross_notional_max, fact.orders_per_s_max),
        *(fact.event_orders_per_s_max, fact.open_orders_max, fact.open_notional_max),
        *(fact.fx_age_ms_max, fact.reference_age_ms_max, fact.approval_cost_max),
        *(fact.band_lots, fact.slice_lots_max, fact.over_hedge_lots, fact.over_hedge_after_s),
        fact.answer_s,
        *(fact.quote_skew_ppm, fact.quote_size_lots),
    )
    shares = (fact.fx_haircut_ppm, fact.quote_half_spread_ppm)
    return [
        (fact.version >= 1 and bool(fact.currency), "no version or no currency"),
        (all(n >= 0 for n in counts), "a limit below nothing"),
        (all(0 <= n < PPM for n in shares), "a haircut or spread of all there is"),
        (fact.price_collar_ppm >= 0 and fact.collar_ppm >= 0, "a collar below nothing"),
        (fact.slice_s >= 1, "slice_s is not a time"),
        (fact.horizon_s >= fact.slice_s, "horizon_s holds no slice"),
        (fact.quote_unit_lots >= 1, "quote_unit_lots is no quantity"),
        (fact.static_reference_ticks is None or fact.static_reference_ticks > 0, "no price"),
    ]


def _lists(fact: Policy) -> list[Claim]:
    venues = [v.venue for v in fact.overlay_venues]
    people = [a.person for a in fact.approvers]
    return [
        (len(set(venues)) == len(venues), "an overlay venue is named twice"),
        (
            all(0 <= v.fee_ppm < PPM and v.age_ms_max >= 0 for v in fact.overlay_venues),
            "an overlay venue's fee or age",
        ),
        (all(_hours(p.opens_s, p.closes_s) for p in fact.permissions), "hours outside the day"),
        (all(s.side in {ANY, *SIDES} for s in fact.standard), "a standard hedge's side"),
        (len(set(people)) == len(people), "an approver is named twice"),
    ]


def _grant(state: NodeState, fact: Grant) -> list[Claim]:
    held = state.grants.accounts.get(fact.id)
    position = fact.kind == "position"
    return [
        (fact.kind in {"cost", "cash", "position"}, f"a grant of {fact.kind[:40]}"),
        (bool(fact.id) and (held is None or held.grant == fact), "another grant of this id"),
        (0 <= fact.reducing_reserve <= fact.limit, "a reserve beyond the grant's limit"),
        (fact.grace_until >= fact.expiry, "grace that ends before the grant"),
        (not position or fact.unit == "lots", "a position grant not in lots"),
        (position == bool(fact.instrument and fact.side), "instrument and side: of positions"),
    ]


def _mandate(state: NodeState, fact: Mandate) -> list[Claim]:
    known = fact.instrument in state.rules.instruments
    return [
        (known, f"no instrument {fact.instrument[:40]}"),
        (abs(fact.quantity_lots) <= LOTS_MAX and fact.version >= 1, "a mandate out of range"),
    ]


def _rate(fact: FxRate) -> list[Claim]:
    return [
        (bool(fact.base and fact.quote) and fact.base != fact.quote, "a rate of no pair"),
        (0 < fact.bid_ppb <= fact.ask_ppb, f"a rate of {fact.bid_ppb} to {fact.ask_ppb}"),
    ]


def _hours(opens_s: int, closes_s: int) -> bool:
    return 0 <= opens_s <= DAY_S and 0 <= closes_s <= DAY_S
