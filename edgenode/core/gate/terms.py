"""The terms of one kind of order: what the rules say of it, worked out once while they stand.

Rules change by facts that are not an order's own (`NodeState.ruled_seq`), and with time: terms
hold until the next fact of that kind, or the next instant at which time may change any of them.
While a clock lies behind what is recorded they hold for as long as that stays the same.
"""

from collections.abc import Iterable, Iterator

from edgenode.core.gate import standing, trading_state
from edgenode.core.seen import Seen
from edgenode.core.state import fx
from edgenode.core.state.costs import lot_minor
from edgenode.core.state.limits import CLOCK_BACK_NS, Limits
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.rules import Rules
from edgenode.core.state.unwind import dearest_fee_ppm
from edgenode.core.state.wallet import BalanceKey
from edgenode.model.facts import Instrument, Policy, Reason, StandardHedge
from edgenode.model.ids import (
    DESK_BOOK,
    DESK_OVERLAY,
    LOCAL_VENUE,
    EventId,
    is_customer,
)
from edgenode.model.orders import OrderIntent, sign

SECOND_NS = 1_000_000_000
DAY_NS = 86_400 * SECOND_NS
MS_NS = 1_000_000
KINDS_MAX = 4_096  # beyond, all are cleared and worked out again
ANY = "*"


class Terms:
    """What holds for every order of a kind from `from_ns` until before `until_ns`.

    `reasons` are the controls that it fails whatever its size, price and name. `exposed` is the
    direction in which the desk is exposed by it: to a customer's order as if it took all of it.
    `halted` is all that is said of it where the trading state is that: nothing more is looked at.
    """

    __slots__ = (
        *("from_ns", "until_ns", "newest_ns", "reasons", "version", "policy", "instrument"),
        *("event_id", "event_open", "is_customer", "trades", "sign", "exposed", "trading"),
        *("scope", "cause", "halted", "rate", "balance", "base", "lot_minor", "live"),
        *("fee_ppm", "closing_fee_ppm", "position_lots", "reducing_lots", "standard"),
        *("age_ms_max", "venue_gross_max", "alone", "of_venue", "of_event"),
    )

    def __init__(self, state: NodeState, intent: OrderIntent, now_ns: int) -> None:
        limits, grants = state.limits, state.grants
        account, venue, name, side = intent.account, intent.venue, intent.instrument, intent.side
        rules = state.rules
        policy = rules.policy
        instrument = rules.instruments.get(name)
        self.from_ns, self.newest_ns = now_ns, limits.newest_ns
        self.until_ns = min(turn for turn in _turns(state, instrument, now_ns) if turn > now_ns)
        self.reasons: tuple[Reason, ...] = standing.reasons(state, intent, now_ns)
        self.version = rules.version
        self.policy: Policy | None = policy
        self.instrument: Instrument | None = instrument
        self.is_customer = is_customer(account)
        self.trades = self.is_customer or account in {DESK_BOOK, DESK_OVERLAY}
        self.sign = sign(side)
        self.exposed = -self.sign if self.is_customer else self.sign
        self.event_id: EventId = _event(limits, intent, now_ns)
        self.event_open = intent.event_id is None or limits.runs(intent.event_id, now_ns)
        self.trading, self.scope, self.cause = trading_state.effective(
            state.restrictions, account, venue, name, self.event_id
        )
        self.halted = _halted(self) if self.trading == "halted" else ()
        self.of_venue = f"venue:{venue}"
        self.of_event = f"event:{self.event_id}"
        self.alone = len(rules.instruments) == 1
        self.venue_gross_max: int | None = rules.venue_gross_max.get(venue)
        self.position_lots, self.reducing_lots = _position_lots(state, intent, now_ns)
        self.rate: fx.Rate | None = None
        self.live: tuple[str, ...] = ()
        self.standard: tuple[StandardHedge, ...] = ()
        self.fee_ppm = self.closing_fee_ppm = 0  # to open at its venue, and to close at any
        self.age_ms_max: int | None = None  # of the venue's own book; None: it needs none
        self.balance, self.base, self.lot_minor = _assets(rules, intent)
        if policy is None:
            return
        unit = policy.currency
        self.rate = fx.rate(rules, policy, instrument.quote, now_ns) if instrument else None
        self.live = tuple(
            k for k in ("cost", "cash") if grants.live(k, unit, limits.latest(now_ns))
        )
        self.standard = tuple(row for row in policy.standard if _lists(row, intent))
        self.closing_fee_ppm = dearest_fee_ppm(policy)
        outside = next((v for v in policy.overlay_venues if v.venue == venue), None)
        if outside is not None:
            self.fee_ppm = outside.fee_ppm
            self.age_ms_max = None if venue == LOCAL_VENUE else outside.age_ms_max


def terms_of(state: NodeState, seen: Seen, intent: OrderIntent, now_ns: int) -> Terms:
    """Return the terms of an order, worked out if none are kept that still hold."""
    kind = (
        intent.account,
        intent.venue,
        intent.instrument,
        intent.side,
        intent.type,
        intent.time_in_force,
        intent.post_only,
        intent.event_id,
    )
    kept, newest_ns = seen.memo.of(state), state.limits.newest_ns
    held: Terms | None = kept.get(kind)
    if (
        held is None
        or not held.from_ns <= now_ns < held.until_ns
        or (newest_ns > now_ns and newest_ns != held.newest_ns)
    ):
        if len(kept) >= KINDS_MAX:
            kept.clear()
        held = kept[kind] = Terms(state, intent, now_ns)
    return held


def in_order(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Sort reasons as an entry has them."""
    return tuple(sorted(reasons, key=lambda r: (r.code, r.name, r.scope)))


def _halted(terms: Terms) -> tuple[Reason, ...]:
    held = (f"halted: {terms.cause}", "state", terms.scope)
    return in_order([*terms.reasons, standing.failed("EN121", "trading_state", "active", *held)])


def _turns(state: NodeState, instrument: Instrument | None, now_ns: int) -> Iterator[int]:
    """Return instants at which time alone may change what rules say; the next midnight is one."""
    policy, today_ns = state.rules.policy, now_ns // DAY_NS * DAY_NS
    yield today_ns + DAY_NS
    yield state.limits.newest_ns - CLOCK_BACK_NS
    hours = {(instrument.opens_s, instrument.closes_s)} if instrument else set()
    if policy is not None:
        hours |= {(one.opens_s, one.closes_s) for one in policy.permissions}
        for rate in state.rules.fx.values():
            yield rate.as_of
            yield rate.as_of + policy.fx_age_ms_max * MS_NS + 1
    for second in {second for each in hours for second in each}:
        yield today_ns + second * SECOND_NS
    for event in state.limits.events.values():
        yield event.starts
        yield event.ends
    for account in state.grants.accounts.values():
        yield account.grant.expiry
        yield account.grant.grace_until


def _assets(rules: Rules, intent: OrderIntent) -> tuple[BalanceKey, BalanceKey, int]:
    """Return the balance that an order holds back, that of its base, and what a lot is in it."""
    account, venue = intent.account, intent.venue
    instrument = rules.instruments.get(intent.instrument)
    if instrument is None:
        none = BalanceKey(account, venue, intent.instrument)
        return none, none, 1
    asset = instrument.quote if intent.side == "buy" else instrument.id
    base = BalanceKey(account, venue, instrument.base)
    return BalanceKey(account, venue, asset), base, lot_minor(rules, instrument)


def _event(limits: Limits, intent: OrderIntent, now_ns: int) -> EventId:
    """Return the micro-event whose limits hold: of a customer's order always the one that runs.

    A desk order may name another that is open (row 27); a change stays in its order's.
    """
    named = intent.event_id
    if named is None or is_customer(intent.account):
        return limits.event_at(now_ns)
    return named


def _position_lots(state: NodeState, intent: OrderIntent, now_ns: int) -> tuple[int, int]:
    """Return what position grants let an account hold on the order's side, and reducing.

    What an expired grant keeps for reducing ends too: a clock that is behind cannot tell when.
    """
    limits, held = state.limits, state.grants.position_limit
    name, side, latest = intent.instrument, intent.side, limits.latest(now_ns)
    told = not limits.is_behind(now_ns)
    return (
        held(name, side, latest, reducing=False),
        held(name, side, latest, reducing=told),
    )


def _lists(row: StandardHedge, intent: OrderIntent) -> bool:
    """Return whether policy lists orders of this kind as standard, up to a size and a cost."""
    return (
        row.instrument == intent.instrument
        and row.venue == intent.venue
        and row.side in {ANY, intent.side}
        and row.type in {ANY, intent.type}
    )
