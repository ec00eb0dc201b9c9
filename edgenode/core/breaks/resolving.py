"""Breaks that evidence cannot settle: people decide what is true, and the books follow.

    break                                  decisions
    -------------------------------------  --------------------------------------------------------
    fill_content                           both, version, never_happened
    unknown_order, not_as_ordered          carry_in (to an account of the desk; one version, where
                                           several are disputed), never_happened
    tombstone                              never_happened
    forgotten, unresolved, not_canceled    never_happened: what is left of the order never executed
    beyond_limit, after_end, overfill,     write_off: what is booked stands
    cum_quantity, restored
    position_mismatch, balance_mismatch    carry_in (account and amount): books as the venue says.
                                           A position comes with its cash, at the price that is
                                           named or at the reference

A decision names its person. Above the policy's amount (core/breaks/amounts) it waits until a
second person decides the same on the same evidence. Closing such a break without a decision is
refused: the difference would go out of sight. A decision is corrected by another one, also after
its break is closed: the books are as if it alone had been taken. What a difference had carried in
is taken out again, and an amount of 0 puts nothing in its place.
"""

from dataclasses import replace

from edgenode.core.breaks import evidence, proposals
from edgenode.core.breaks.opening import text
from edgenode.core.breaks.ruling import Ruled, ruling_on
from edgenode.core.observations import Act, Decision, ResolveAsked
from edgenode.core.seen import Seen
from edgenode.core.state.execution import ref_of
from edgenode.core.state.node_state import NodeState
from edgenode.model import facts as f
from edgenode.model.break_types import (
    AFTER_END,
    BALANCE,
    BEYOND_LIMIT,
    BOTH,
    CARRY_IN,
    CUM_QUANTITY,
    FILL_CONTENT,
    FORGOTTEN,
    NEVER,
    NOT_AS_ORDERED,
    NOT_CANCELED,
    OVERFILL,
    POSITION,
    RESTORED,
    TOMBSTONE,
    UNKNOWN_ORDER,
    UNRESOLVED,
    VERSION,
    WRITE_OFF,
)
from edgenode.model.errors import RefusedError
from edgenode.model.ids import Actor

OF_CONTENTS = (BOTH, VERSION, NEVER)
DECISIONS: dict[str, tuple[str, ...]] = {
    FILL_CONTENT: OF_CONTENTS,
    **dict.fromkeys((UNKNOWN_ORDER, NOT_AS_ORDERED), (CARRY_IN, NEVER)),
    TOMBSTONE: (NEVER,),
    **dict.fromkeys((FORGOTTEN, UNRESOLVED, NOT_CANCELED), (NEVER,)),
    **dict.fromkeys((BEYOND_LIMIT, AFTER_END, OVERFILL, CUM_QUANTITY), (WRITE_OFF,)),
    RESTORED: (WRITE_OFF,),
    **dict.fromkeys((POSITION, BALANCE), (CARRY_IN,)),
}
CARRIED_WITH = {  # what a decision to carry in says, beside the account
    **dict.fromkeys((UNKNOWN_ORDER, NOT_AS_ORDERED), ("version",)),
    BALANCE: ("amount",),
    POSITION: ("amount", "price"),
}


def decide(state: NodeState, seen: Seen, asked: ResolveAsked, now_ns: int) -> Decision:
    """Record a person's decision, and its effect once enough persons agree.

    RefusedError EN006 if there is no such break, EN002 if it does not admit this decision or if
    more is said than this decision uses, EN503 if no person is named, EN408 if the evidence that
    is named is not what there is now.
    """
    type_ = asked.break_id.partition(":")[0]
    admitted = DECISIONS.get(type_, ())
    if asked.decision not in admitted:
        raise RefusedError(
            f"{asked.decision[:40]} of a break {type_[:40]!r}",
            expected=" | ".join(admitted) or "a break that people decide",
            do="edgenode breaks show ID lists the decisions",
            code="EN002",
        )
    _check_taken(asked, type_)
    if not asked.person.strip():
        raise RefusedError(
            "a decision without a person",
            expected="the name of who decides",
            do="name the person: --actor NAME",
            code="EN503",
        )
    ruled = ruling_on(state, seen, asked, now_ns)
    evidence.check_seen(asked, ruled.evidence)
    waiting = state.breaks.proposals.get(asked.break_id)
    persons: tuple[str, ...] = (asked.person,)
    if _needs_two(state, ruled):
        proposed = _proposed(asked, ruled, now_ns)
        if waiting is None or not proposals.agree(waiting, proposed):
            return Decision((Act(proposed, asked.actor, automatic=False),))
        persons = (waiting.person, asked.person)
    return _settled(asked, ruled, persons, now_ns)


def _check_taken(asked: ResolveAsked, type_: str) -> None:
    """Refuse what a decision does not use: whoever says it means another decision."""
    taken: tuple[str, ...] = ()
    if asked.decision == VERSION:
        taken = ("version",)
    elif asked.decision == CARRY_IN:
        taken = ("account", *CARRIED_WITH[type_])
    said = {
        "version": asked.version,
        "account": asked.account,
        "amount": asked.amount,
        "price": asked.price_ticks,
    }
    beside = [name for name, value in said.items() if value is not None and name not in taken]
    if beside:
        raise RefusedError(
            f"{asked.decision} with {' and '.join(beside)}",
            expected=f"{asked.decision} with {' and '.join(taken) or 'nothing beside it'}",
            do="say one decision, with what it uses alone: edgenode breaks show ID lists them",
            code="EN002",
        )


def asked_of(fact: f.ResolutionAsked, actor: str) -> ResolveAsked:
    """Return what a person at the centre asks, as a person at the node asks it."""
    return ResolveAsked(
        break_id=fact.break_id,
        decision=fact.decision,
        reason=fact.reason,
        person=fact.person,
        actor=Actor(actor),
        version=fact.version,
        account=fact.account,
        amount=fact.carried,
        price_ticks=fact.price_ticks,
        evidence=fact.evidence,
    )


def must_be_decided(state: NodeState, break_id: str) -> bool:
    """Return whether a break may end by a decision alone."""
    opened = state.breaks.open.get(break_id)
    return opened is not None and opened.type in DECISIONS


def _settled(asked: ResolveAsked, ruled: Ruled, persons: tuple[str, ...], now_ns: int) -> Decision:
    resolved = f.BreakResolved(
        at_ns=now_ns,
        break_id=asked.break_id,
        decision=asked.decision,
        effect=text(ruled.effect),
        evidence=ruled.evidence,
        holds=ruled.holds,
        refers_to=ref_of(ruled.key) if ruled.key else None,
        account=ruled.account,
        carried=replace(ruled.carried, approvals=persons) if ruled.carried else None,
        persons=persons,
        reason=text(asked.reason),
    )
    beside = [
        replace(fact, approvals=persons) if isinstance(fact, f.CarriedIn) else fact
        for fact in ruled.beside
    ]
    acts = [Act(fact, asked.actor, automatic=False) for fact in (*beside, resolved)]
    return Decision(tuple(acts), ruled.then)


def _proposed(asked: ResolveAsked, ruled: Ruled, now_ns: int) -> f.ResolutionProposed:
    return f.ResolutionProposed(
        at_ns=now_ns,
        break_id=asked.break_id,
        decision=asked.decision,
        evidence=ruled.evidence,
        holds=ruled.holds,
        account=ruled.account,
        carried=asked.amount,
        price_ticks=asked.price_ticks,
        amount_minor=ruled.amount_minor,
        person=asked.person,
        reason=text(asked.reason),
    )


def _needs_two(state: NodeState, ruled: Ruled) -> bool:
    """Return whether a decision moves more than one person may decide; without a rate it does."""
    policy = state.rules.policy
    most = policy.decide_alone_max if policy else 0
    return ruled.amount_minor is None or ruled.amount_minor > most
