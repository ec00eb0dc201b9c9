"""What a centre's fact must be before it takes effect here.

A signature says who spoke, not that it makes sense: a rate of nothing, a slice of no seconds or a
venue named twice would stop the node at its next step, or pay out what nobody meant. What does not
fit is adopted without effect, and opens a break (core/centre/adoption).
"""

from edgenode.core.centre import currencies
from edgenode.core.centre.currencies import DECIMALS_MAX, Claim
from edgenode.core.state.node_state import NodeState
from edgenode.core.venues.credible import MONEY_END, NAME_BYTES_MAX
from edgenode.model.facts import (
    CarriedExecution,
    CarriedFact,
    CarriedFees,
    CarriedHistory,
    CarriedIn,
    CarriedPlace,
    CarriedTotals,
    Fact,
    FillRecorded,
    FxRate,
    Grant,
    GrantRevoked,
    Instrument,
    Mandate,
    OrderGated,
    Policy,
    VenueLimit,
)
from edgenode.model.ledgers import LedgerId
from edgenode.model.orders import SIDES

DAY_S = 86_400
PPM = 1_000_000
LOTS_MAX = 1 << 53
SLICES_MAX = 1_000  # a programme's plan is in the state and in its facts, a number per slice
ANY = "*"
AHEAD_NS_MAX = 300 * 1_000_000_000  # how far ahead of our clock a rate may be dated


def unfit(state: NodeState, fact: Fact, now_ns: int) -> str:
    """Return why a fact cannot take effect, or "" if it can."""
    unknown = next((text for holds, text in currencies.claims(state, fact) if not holds), "")
    return unknown or next((text for holds, text in _claims(state, fact, now_ns) if not holds), "")


def _claims(state: NodeState, fact: Fact, now_ns: int) -> list[Claim]:
    claims: list[Claim] = []
    match fact:
        case Instrument():
            claims = _instrument(state, fact)
        case Policy():
            claims = _figures(fact) + _lists(fact) + _priced(state, fact) + _whole(state)
        case Grant():
            claims = _grant(state, fact)
        case GrantRevoked():
            claims = [(fact.id in state.grants.accounts, f"no grant {fact.id[:40]}")]
        case Mandate():
            claims = _mandate(state, fact)
        case CarriedIn():
            claims = _carried(state, fact)
        case CarriedFact():
            claims = _evidence(state, fact)
        case FxRate():
            claims = _rate(fact, now_ns)
        case VenueLimit():
            claims = [(bool(fact.venue) and fact.gross_notional_max >= 0, "a limit of no venue")]
        case _:
            pass
    return claims


def _instrument(state: NodeState, fact: Instrument) -> list[Claim]:
    held = state.rules.instruments.get(fact.id)
    same = held is None or grid(held) == grid(fact)
    known, policy = state.rules.currencies, state.rules.policy
    places = (fact.price_decimals, fact.quantity_decimals)
    scaled = all(0 <= n <= DECIMALS_MAX for n in places)
    return [
        (bool(fact.id and fact.base and fact.quote), "an instrument without a name"),
        (fact.id not in known, f"{fact.id[:40]!r} is a currency"),
        (scaled, "decimals out of range"),
        (
            fact.quantity_decimals <= known[fact.base].decimals,
            f"a lot is no whole number of the smallest units of {fact.base}",
        ),
        (
            scaled and fact.tick_lot_minor * 10 ** sum(places) == 10 ** known[fact.quote].decimals,
            f"a tick times a lot is not {fact.tick_lot_minor} of {fact.quote}",
        ),
        (1 <= fact.quantity_lots_min <= fact.quantity_lots_max <= LOTS_MAX, "quantities"),
        (fact.notional_minor_min >= 0, "a notional below nothing"),
        (_hours(fact.opens_s, fact.closes_s), "a session outside the day"),
        (same or not _is_held(state, fact), "another grid while some of it is held"),
        (
            policy is None or _worst_known(policy, fact.quote),
            f"policy has no worst rate for fees in {fact.quote}",
        ),
    ]


def grid(fact: Instrument) -> tuple[object, ...]:
    """Return what lots and ticks of an instrument mean."""
    return (
        *(fact.base, fact.quote, fact.price_decimals, fact.quantity_decimals),
        fact.tick_lot_minor,
    )


def _is_held(state: NodeState, fact: Instrument) -> bool:
    """Return whether anything here counts in the instrument's lots or ticks.

    An execution always counts: it may be busted or corrected at any later time.
    """
    return (
        any(key.instrument == fact.id for key in state.positions.totals)
        or state.fills.tells_of(fact.id)
        or any(
            key.instrument == fact.id and bool(held.target or held.remaining or held.committed)
            for key, held in state.programmes.held.items()
        )
        or any(
            said.carried is not None and said.break_id.partition("/")[2] == fact.id
            for said in state.breaks.proposals.values()
        )
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
        fact.fee_unlisted_minor,
        *(fact.band_lots, fact.slice_lots_max, fact.over_hedge_lots, fact.over_hedge_after_s),
        fact.answer_s,
        *(fact.quote_skew_ppm, fact.quote_size_lots, fact.unhedged_max),
        *(fact.risk_aversion_ppm, fact.flow_lots_start),
        fact.decide_alone_max,
    )
    shares = (
        *(fact.fx_haircut_ppm, fact.quote_half_spread_ppm),
        fact.quote_half_spread_ppm_max,
    )
    return [
        (fact.version >= 1 and bool(fact.currency), "no version or no currency"),
        (all(n >= 0 for n in counts), "a limit below nothing"),
        (all(0 <= n < PPM for n in shares), "a haircut or spread of all there is"),
        (fact.price_collar_ppm >= 0 and fact.collar_ppm >= 0, "a collar below nothing"),
        (
            fact.impact_half_life_s >= 1 and fact.cut_horizon_s >= 1,
            "impact_half_life_s or cut_horizon_s is not a time",
        ),
        (fact.slice_s >= 1, "slice_s is not a time"),
        (fact.horizon_s >= fact.slice_s, "horizon_s holds no slice"),
        (fact.horizon_s <= fact.slice_s * SLICES_MAX, "horizon_s holds too many slices"),
        (
            fact.quote_half_spread_ppm <= fact.quote_half_spread_ppm_max,
            "a half-spread beyond its largest",
        ),
        (fact.quote_unit_lots >= 1, "quote_unit_lots is no quantity"),
        (fact.static_reference_ticks is None or fact.static_reference_ticks > 0, "no price"),
    ]


def _priced(state: NodeState, fact: Policy) -> list[Claim]:
    """Return what a policy needs so that every fee and every amount here can be counted in it."""
    rules, listed = state.rules, [rate.currency for rate in fact.fee_worst_rates]
    unpriced = [i.quote for i in rules.instruments.values() if not _worst_known(fact, i.quote)]
    moved = rules.policy is not None and rules.policy.currency != fact.currency
    return [
        (len(set(listed)) == len(listed), "a worst rate is named twice"),
        (all(rate.ppb > 0 for rate in fact.fee_worst_rates), "a worst rate of nothing"),
        (not unpriced, f"no worst rate for fees in {', '.join(sorted(set(unpriced)))}"),
        (
            not (moved and _counts_in_policy(state)),
            "another currency while costs, losses or limits count in the one before",
        ),
    ]


def _whole(state: NodeState) -> list[Claim]:
    """Return what the first policy of a later ledger needs: all of its carried books."""
    first = state.rules.policy is None and state.ledger.incarnation > 1
    refused = max((cursor.refused for cursor in state.grants.cursors.values()), default=0)
    found = f"entry {refused} of the carried books did not apply: key the node anew"
    return [(not (first and refused), found)]


def _worst_known(policy: Policy, currency: str) -> bool:
    return currency == policy.currency or any(
        rate.currency == currency for rate in policy.fee_worst_rates
    )


def _counts_in_policy(state: NodeState) -> bool:
    """Return whether an amount is recorded that has a meaning in the policy's currency alone."""
    limits, rules = state.limits, state.rules
    return bool(
        any(spend.reserved or spend.spent for spend in limits.spend.values())
        or limits.day_pnl_minor
        or any(row.owed.counted_minor for row in limits.unpriced.values())
        or limits.approvals.plans
        or rules.venue_gross_max
    )


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
        (not position or fact.side in SIDES, f"a position on side {str(fact.side)[:40]}"),
        (
            not position or fact.instrument in state.rules.instruments,
            f"no instrument {str(fact.instrument)[:40]}",
        ),
    ]


def _mandate(state: NodeState, fact: Mandate) -> list[Claim]:
    known = fact.instrument in state.rules.instruments
    return [
        (known, f"no instrument {fact.instrument[:40]}"),
        (abs(fact.quantity_lots) <= LOTS_MAX and fact.version >= 1, "a mandate out of range"),
    ]


def _carried(state: NodeState, fact: CarriedIn) -> list[Claim]:
    """Return what carried books need: they enter before any order can, from an older ledger."""
    name, told = fact.instrument, fact.totals
    lots = [fact.amount] if fact.currency is None else []
    if told is not None:
        lots += [told.bought_lots, told.sold_lots, told.fee_lots]
    codes = [] if fact.currency is None else [fact.currency]
    codes += [fee.currency for fee in told.other_fees] if told is not None else []
    return [
        *_branch(state, fact),
        ((fact.currency is None) != (name is None), "neither a currency nor an instrument"),
        (all(_plain(code) for code in codes), "a currency without a plain name"),
        (name is None or name in state.rules.instruments, "an unknown instrument"),
        (fact.is_position == (told is not None), "a position without its totals"),
        (name is not None or not fact.is_position, "a position of no instrument"),
        (all(abs(n) < MONEY_END for n in lots), "lots out of range"),
        (told is None or _adds_up(fact, told), "totals that do not give the position"),
    ]


def _branch(state: NodeState, fact: CarriedFact) -> list[Claim]:
    """Return what anything carried needs: two persons, an older ledger, nothing traded yet."""
    return [
        (state.rules.policy is None, "books that come behind a policy"),
        (len({who.casefold() for who in fact.approvals}) > 1, "books of fewer than two persons"),
        (_is_older(state.ledger, fact.from_ledger), "books of no older ledger of this node"),
    ]


def _evidence(state: NodeState, fact: CarriedFact) -> list[Claim]:
    """Return what carried fees and evidence of venues need beside that."""
    told: list[FillRecorded | OrderGated] = []
    claims = _branch(state, fact)
    match fact:
        case CarriedFees():
            claims.append((_plain(fact.currency), "a currency without a plain name"))
            claims.append((fact.fees_minor > 0 <= fact.counted_minor, "fees below nothing"))
        case CarriedPlace():
            claims.append((bool(fact.venue) and fact.cursor >= 0, "a place in no stream"))
        case CarriedExecution():
            told = [*fact.contents, *(one.fill for one in fact.corrections)]
            claims.append((bool(fact.ids), "an execution without an id"))
        case CarriedHistory():
            told = [*fact.fills, *(order.gated for order in fact.orders)]
        case _:
            pass
    known = state.rules.instruments
    claims.append((all(one.instrument in known for one in told), "an unknown instrument"))
    return claims


def _plain(code: str) -> bool:
    """Return whether this can be a currency's name, declared or not.

    What venues took in a currency that nobody declared is booked under its name, in a smallest
    unit of unknown scale: an older ledger's books hold such amounts.
    """
    return 0 < len(code) <= NAME_BYTES_MAX and code.isascii() and code.isprintable()


def _is_older(ledger: LedgerId, name: str) -> bool:
    try:
        older = LedgerId.parse(name)
    except ValueError:
        return False
    return (older.party, older.stream) == (
        ledger.party,
        ledger.stream,
    ) and older.incarnation < ledger.incarnation


def _adds_up(fact: CarriedIn, told: CarriedTotals) -> bool:
    lots = told.bought_lots - told.sold_lots - told.fee_lots
    cash = told.sold_minor - told.bought_minor - told.fees_minor
    return (lots, cash) == (fact.amount, fact.cash_minor)


def _rate(fact: FxRate, now_ns: int) -> list[Claim]:
    return [
        (fact.as_of <= now_ns + AHEAD_NS_MAX, f"a rate dated ahead: as_of {fact.as_of}"),
        (bool(fact.base and fact.quote) and fact.base != fact.quote, "a rate of no pair"),
        (0 < fact.bid_ppb <= fact.ask_ppb, f"a rate of {fact.bid_ppb} to {fact.ask_ppb}"),
    ]


def _hours(opens_s: int, closes_s: int) -> bool:
    return 0 <= opens_s <= DAY_S and 0 <= closes_s <= DAY_S
