"""An act of others beyond a grant: booked all the same, a break, and the cause `overdrawn`.

    evolve   an act passes a grant          its subject is noted (state/grants.beyond)
    decide   something is noted             one break for each subject, if none is open; the cause
                                            `overdrawn` restricts the node
    decide   the last such break is closed  the cause is lifted; the next act beyond sets it anew

Subjects: a grant's id for cost and cash; `account/instrument/side` for positions, which are held
against the sum of live grants; `no KIND grant in UNIT` if none is held. An act is whatever a venue
does or people decide: an execution, other evidence of one, its count of an order, an order that
works again, lots carried in. What was let in before a grant expired is no act beyond it: only use
that *grows* past what is granted now is. A clock that was set back renews no grant. Nothing is
granted before the first policy: what a newer ledger takes in is no act.
"""

from edgenode.core.observations import NOTHING, Act, Decision
from edgenode.core.restrictions.causes import OVERDRAWN, lift, requotes, restrict
from edgenode.core.state.execution import key_of
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.restrictions import NODE
from edgenode.model import currencies
from edgenode.model.break_types import GRANT_OVERDRAWN
from edgenode.model.facts import (
    BreakOpened,
    BreakResolved,
    CarriedIn,
    FeeRecorded,
    FillBusted,
    FillCorrected,
    FillDisputed,
    FillRecorded,
    OrderCounted,
    OrderGated,
    OrderReopened,
)
from edgenode.model.ids import (
    DESK_BOOK,
    DESK_OVERLAY,
    DESK_SUSPENSE,
    AccountId,
    GrantId,
    InstrumentId,
)
from edgenode.model.money import Money
from edgenode.model.orders import SIDES, Side

ACTOR = "rule:grants"
DESK = (DESK_BOOK, DESK_OVERLAY, DESK_SUSPENSE)
Evidence = BreakResolved | FillRecorded | FeeRecorded | FillDisputed | FillCorrected | FillBusted
OfOthers = Evidence | OrderReopened | OrderCounted | CarriedIn
GrantedUse = tuple[AccountId, InstrumentId, Side]


def due(state: NodeState) -> bool:
    """Return whether a grant was just passed, or the last break of that kind was closed."""
    if state.grants.beyond:
        return True
    return not state.breaks.overdrawn and OVERDRAWN in state.restrictions.held.get(NODE, ())


def decide(state: NodeState, now_ns: int) -> Decision:
    """Open the breaks of what was just passed and restrict the node, or lift that."""
    if not due(state):
        return NOTHING  # an earlier look of this step recorded it
    if not state.grants.beyond:
        reason, evidence = "each grant that was passed is explained", "its last break is closed"
        return Decision(lift(state, NODE, OVERDRAWN, reason, evidence, now_ns), requotes(state))
    acts = tuple(
        Act(
            BreakOpened(
                at_ns=now_ns,
                break_id=break_id(subject),
                type=GRANT_OVERDRAWN,
                subject=subject,
                detail=_detail(state, subject),
                refers_to=None,
            ),
            ACTOR,
        )
        for subject in sorted(state.grants.beyond)
    )
    subjects = ", ".join(sorted(state.grants.beyond))
    reason = f"a venue's act passed what is granted: {subjects}"
    held = restrict(state, NODE, OVERDRAWN, "reducing", reason, subjects, now_ns)
    return Decision((*acts, *held), requotes(state))


def break_id(subject: str) -> str:
    """Name the break of a subject."""
    return f"{GRANT_OVERDRAWN}:{subject}"


def uses(state: NodeState, fact: OfOthers) -> dict[GrantedUse, int]:
    """Give, before an act takes effect, the use of the position grants that it may move."""
    return {held: state.position_use(*held) for held in _touched(state, fact)}


def note(state: NodeState, fact: OfOthers, before: dict[GrantedUse, int]) -> None:
    """Evolve: note the positions that an act, which has taken effect, took beyond their grants.

    One that an earlier act of the same decision took beyond, and this one brings back, is none.
    """
    latest = state.limits.latest(fact.at_ns)
    for held, was in before.items() if state.rules.policy else ():
        use, subject = state.position_use(*held), "/".join(held)
        if use <= max(0, was) and subject not in state.grants.beyond:
            continue
        if use > max(0, state.grants.position_limit(*held[1:], latest, reducing=True)):
            state.grants.beyond.add(subject)
        else:
            state.grants.beyond.discard(subject)
    note_once(state)


def note_once(state: NodeState) -> None:
    """Evolve: note no subject whose break is open, or that a correction took and gave back."""
    for subject in list(state.grants.beyond):
        account = state.grants.accounts.get(GrantId(subject))
        within = account is not None and account.used <= account.grant.limit
        if within or break_id(subject) in state.breaks.open:
            state.grants.beyond.discard(subject)


def _touched(state: NodeState, fact: OfOthers) -> list[GrantedUse]:
    """Return what an act may move: nearly always the one account of a new execution."""
    one: FillRecorded | OrderGated | OrderCounted | CarriedIn | None = None
    if isinstance(fact, CarriedIn | OrderCounted) or (
        isinstance(fact, FillRecorded) and not state.fills.holds(key_of(fact))
    ):
        one = fact
    elif isinstance(fact, OrderReopened):
        order = state.orders.orders.get(fact.order_id)
        one = order.gated if order else fact.recalled
    if one is not None:
        if one.instrument is None or one.account not in DESK:
            return []
        return [(one.account, one.instrument, side) for side in SIDES]
    return [(a, name, side) for name in state.rules.instruments for a in DESK for side in SIDES]


def _detail(state: NodeState, subject: str) -> str:
    for id_, account in state.grants.accounts.items():
        if id_ == subject:
            used = account.spent + account.reserved
            limit, unit = account.grant.limit, account.grant.unit
            known = state.rules.currencies
            before = currencies.amount(known, Money(used, unit))
            return f"{before} used of {currencies.worded(known, Money(limit, unit))}"
    return "beyond what is granted"
