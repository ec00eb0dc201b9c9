"""The books of a ledger as facts that carry them into a newer one of the same node.

    carried                               not carried
    ------------------------------------  -----------------------------------------------------
    currencies, instruments, rates        grants and their use: the desk issues new ones
    balances of every account             orders on the node's own book: they end with the ledger
    positions with all their totals,      restrictions, micro-events, plans, the day's first P&L
    and fees that no rate prices yet
    what customers were delivered         breaks of the centre, grants and open orders
    what was recorded of venues
    (core/breaks/history)
    the core position, as a mandate
    policy and venue limits

Rules come first, for balances and positions name them. The policy comes behind all of these: the
gate denies every order until it is there. A venue's limit needs the policy's currency, so it comes
last. The desk's accounts cannot trade before that, as they have no grants.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace

from edgenode.core.breaks import history
from edgenode.core.breaks.history import NO_HISTORY, History
from edgenode.core.breaks.resolving import must_be_decided
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.positions import PositionKey, Totals
from edgenode.core.state.unpriced import Owed, OwedKey
from edgenode.core.state.wallet import BalanceKey
from edgenode.model.facts import (
    CarriedFact,
    CarriedFee,
    CarriedFees,
    CarriedIn,
    CarriedTotals,
    Fact,
    Mandate,
    VenueLimit,
)
from edgenode.model.ids import InstrumentId
from edgenode.wire import facts as wire_facts
from edgenode.wire.canonical import pack

_DOMAIN = b"edgenode/carried-books/1\n"
MANDATE_LIFE_NS = 24 * 3600 * 1_000_000_000


def carried(state: NodeState) -> list[CarriedFact]:
    """Return all balances, positions and unpriced fees that go on in the newer ledger."""
    balances, totals = state.wallet.balances, state.positions.totals
    return [
        *(_balance(state, key, amount) for key, amount in sorted(balances.items())),
        *(_position(key, sums) for key, sums in sorted(totals.items())),
        *(_fees(key, row.owed) for key, row in sorted(state.limits.unpriced.items())),
    ]


def facts(
    state: NodeState,
    core: Mapping[InstrumentId, int],
    approvals: tuple[str, ...],
    now_ns: int,
    past: History = NO_HISTORY,
) -> list[Fact]:
    """Return what the newer ledger is told, in order.

    `core` is the core position, in lots; `past` are the executions that left the state.
    """
    rules = state.rules
    mandates = [
        Mandate(
            at_ns=now_ns,
            instrument=name,
            quantity_lots=lots,
            version=1,
            valid_until=now_ns + MANDATE_LIFE_NS,
        )
        for name, lots in sorted(core.items())
        if lots
    ]
    limits = [
        VenueLimit(at_ns=now_ns, venue=venue, gross_notional_max=most)
        for venue, most in sorted(rules.venue_gross_max.items())
    ]

    def decided(row: CarriedFact) -> Fact:
        name, size = state.ledger.name, state.size
        return replace(row, at_ns=now_ns, from_ledger=name, from_size=size, approvals=approvals)

    return [
        *(fact for _, fact in sorted(rules.currencies.items())),
        *(fact for _, fact in sorted(rules.instruments.items())),
        *(fact for _, fact in sorted(rules.fx.items())),
        *(decided(row) for row in (*carried(state), *history.facts(state, past))),
        *mandates,
        *([rules.policy] if rules.policy else []),
        *limits,
    ]


def digest(state: NodeState) -> bytes:
    """Hash what is carried of a state, whoever approves it and when."""
    told = [*carried(state), *history.places(state), *history.executions(state)]
    of_branch = [state.ledger.name, state.size]
    rows = [[type(row).__name__, wire_facts.encode(row)] for row in told]
    return hashlib.sha256(_DOMAIN + pack([of_branch, rows])).digest()


def undecided(state: NodeState) -> list[str]:
    """Return what nobody has decided: orders at venues, disputed lots, breaks that people end."""
    orders = [
        f"order {order.gated.order_id} at {order.gated.venue}, {order.state.value}"
        for order in state.orders.at_venues()
    ]
    disputes = [
        f"disputed: {account} {name} from {low} to {high} lots"
        for (account, name), (low, high) in sorted(state.fills.disputed.items())
    ]
    breaks = [f"break {id_}" for id_ in sorted(state.breaks.open) if must_be_decided(state, id_)]
    return [*orders, *disputes, *breaks]


def same(one: Iterable[Fact], other: Iterable[Fact]) -> bool:
    """Return whether two runs of facts say the same, whoever approved them and when."""
    return [_bare(fact) for fact in one] == [_bare(fact) for fact in other]


def _bare(fact: Fact) -> Fact:
    match fact:
        case CarriedFact():
            return replace(fact, at_ns=0, approvals=())
        case Mandate():
            return replace(fact, at_ns=0, valid_until=0)
        case _:
            return replace(fact, at_ns=0)


def _balance(state: NodeState, key: BalanceKey, amount: int) -> CarriedIn:
    is_lots = key.asset in state.rules.instruments
    return CarriedIn(
        at_ns=0,
        account=key.account,
        venue=key.venue,
        currency=None if is_lots else key.asset,
        instrument=InstrumentId(key.asset) if is_lots else None,
        amount=amount,
        is_position=False,
        cash_minor=0,
        totals=None,
        from_ledger="",
        from_size=0,
        approvals=(),
    )


def _position(key: PositionKey, totals: Totals) -> CarriedIn:
    fees = sorted(totals.other_fees.items())
    return CarriedIn(
        at_ns=0,
        account=key.account,
        venue=key.venue,
        currency=None,
        instrument=key.instrument,
        amount=totals.lots,
        is_position=True,
        cash_minor=totals.cash_minor,
        totals=CarriedTotals(
            venue_account=key.venue_account,
            event_id=key.event_id,
            bought_lots=totals.bought_lots,
            bought_minor=totals.bought_minor,
            sold_lots=totals.sold_lots,
            sold_minor=totals.sold_minor,
            fees_minor=totals.fees_minor,
            fee_lots=totals.fee_lots,
            other_fees=tuple(CarriedFee(currency=c, amount_minor=a) for c, a in fees),
        ),
        from_ledger="",
        from_size=0,
        approvals=(),
    )


def _fees(key: OwedKey, owed: Owed) -> CarriedFees:
    event_id, currency = key
    return CarriedFees(
        at_ns=0,
        event_id=event_id,
        currency=currency,
        fees_minor=owed.fees_minor,
        counted_minor=owed.counted_minor,
        from_ledger="",
        from_size=0,
        approvals=(),
    )
