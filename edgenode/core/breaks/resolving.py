"""Breaks that evidence cannot settle: people decide what is true, and the books follow.

    break                                  decisions
    -------------------------------------  --------------------------------------------------------
    fill_content                           both, version, never_happened
    unknown_order, not_as_ordered          carry_in (to an account of the desk), never_happened
    tombstone                              never_happened
    forgotten, unresolved, not_canceled    never_happened: what is left of the order never executed
    beyond_limit, after_end, overfill,     write_off: what is booked stands
    cum_quantity, restored
    position_mismatch, balance_mismatch    carry_in (account and amount): books as the venue says

A decision names its person. Above the policy's amount it waits until a second person decides the
same. Closing such a break without a decision is refused: the difference would go out of sight. A
decision on an execution is corrected by another one, also after its break is closed.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from edgenode.core.breaks.opening import holding, quantity, text
from edgenode.core.observations import Act, Decision, Filled, Requote, ResolveAsked
from edgenode.core.state import fx
from edgenode.core.state.execution import FillKey, ref_of
from edgenode.core.state.node_state import NodeState
from edgenode.model import facts as f
from edgenode.model.errors import RefusedError
from edgenode.model.ids import (
    DESK_BOOK,
    DESK_OVERLAY,
    AccountId,
    InstrumentId,
    OrderId,
    VenueId,
)
from edgenode.model.orders import OrderState

BOTH, VERSION, NEVER = "both", "version", "never_happened"
WRITE_OFF, CARRY_IN = "write_off", "carry_in"
OF_CONTENTS = (BOTH, VERSION, NEVER)
DECISIONS: dict[str, tuple[str, ...]] = {
    "fill_content": OF_CONTENTS,
    **dict.fromkeys(("unknown_order", "not_as_ordered"), (CARRY_IN, NEVER)),
    "tombstone": (NEVER,),
    **dict.fromkeys(("forgotten", "unresolved", "not_canceled"), (NEVER,)),
    **dict.fromkeys(("beyond_limit", "after_end", "overfill", "cum_quantity"), (WRITE_OFF,)),
    "restored": (WRITE_OFF,),
    **dict.fromkeys(("position_mismatch", "balance_mismatch"), (CARRY_IN,)),
}
OF_EXECUTIONS = frozenset({"fill_content", "unknown_order", "not_as_ordered", "tombstone"})
DESK_ACCOUNTS = (DESK_BOOK, DESK_OVERLAY)
KEY_PARTS = 4


class Ruled(NamedTuple):
    """What a decision does: facts beside it, what it says of an execution, and in words."""

    effect: str
    evidence: tuple[bytes, ...] = ()
    holds: tuple[bytes, ...] = ()
    key: FillKey | None = None
    account: AccountId | None = None
    beside: tuple[f.Fact, ...] = ()
    then: tuple[Filled | Requote, ...] = ()
    amount_minor: int | None = 0  # moved, in the policy's currency; None without a rate

    @property
    def decided(self) -> tuple[bytes, ...]:
        """Return what two persons must agree on: the contents that are true."""
        return self.holds or self.evidence


def decide(state: NodeState, asked: ResolveAsked, now_ns: int) -> Decision:
    """Record a person's decision, and its effect once enough persons agree.

    RefusedError EN006 if there is no such break, EN002 if it does not admit this decision, EN503
    if no person is named.
    """
    type_ = asked.break_id.partition(":")[0]
    admitted = DECISIONS.get(type_, ())
    if asked.decision not in admitted:
        raise RefusedError(
            f"{asked.decision[:40]} of a break {type_[:40]!r}",
            expected=" | ".join(admitted) or "a break that people decide",
            do="edgenode breaks ls says what each break admits",
            code="EN002",
        )
    if not asked.person.strip():
        raise RefusedError(
            "a decision without a person", expected="the name of who decides", code="EN503"
        )
    ruled = _ruled(state, asked, now_ns)
    waiting = state.breaks.proposals.get(asked.break_id)
    persons: tuple[str, ...] = (asked.person,)
    if _needs_two(state, ruled):
        if (
            waiting is None
            or _said(waiting) != (asked.decision, ruled.decided, ruled.account, asked.amount)
            or _name(waiting.person) == _name(asked.person)
        ):
            return Decision((_proposed(asked, ruled, now_ns),))
        persons = (waiting.person, asked.person)
    return _settled(asked, ruled, persons, now_ns)


def _said(waiting: f.ResolutionProposed) -> tuple[object, ...]:
    """Return what a second person must say too."""
    return waiting.decision, waiting.evidence, waiting.account, waiting.carried


def _name(person: str) -> str:
    """Return a name as persons are told apart: case and blanks make nobody another."""
    return " ".join(person.split()).casefold()


def versions(state: NodeState, opened: f.BreakOpened) -> tuple[f.FillRecorded, ...]:
    """Return the contents of the execution that a break is about; none if it is about another."""
    if opened.type not in OF_EXECUTIONS:
        return ()
    keys = _keys(state, opened.subject)
    return state.fills.versions(keys[0]) if len(keys) == 1 else ()


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
        persons=persons,
        reason=text(asked.reason),
    )
    beside = [
        replace(fact, approvals=persons) if isinstance(fact, f.CarriedIn) else fact
        for fact in ruled.beside
    ]
    acts = [Act(fact, asked.actor, automatic=False) for fact in (*beside, resolved)]
    return Decision(tuple(acts), ruled.then)


def _proposed(asked: ResolveAsked, ruled: Ruled, now_ns: int) -> Act:
    fact = f.ResolutionProposed(
        at_ns=now_ns,
        break_id=asked.break_id,
        decision=asked.decision,
        evidence=ruled.decided,
        account=ruled.account,
        carried=asked.amount,
        amount_minor=ruled.amount_minor,
        person=asked.person,
        reason=text(asked.reason),
    )
    return Act(fact, asked.actor, automatic=False)


def _needs_two(state: NodeState, ruled: Ruled) -> bool:
    """Return whether a decision moves more than one person may decide; without a rate it does."""
    policy = state.rules.policy
    most = policy.decide_alone_max if policy else 0
    return ruled.amount_minor is None or ruled.amount_minor > most


def _ruled(state: NodeState, asked: ResolveAsked, now_ns: int) -> Ruled:
    type_, _, subject = asked.break_id.partition(":")
    if type_ in OF_EXECUTIONS:
        return _of_execution(state, asked, _key(state, asked, subject), now_ns)
    if asked.break_id not in state.breaks.open:
        raise _unknown(asked.break_id)
    if asked.decision == WRITE_OFF:
        return Ruled("what is booked stands")
    if asked.decision == NEVER:
        return _of_order(state, OrderId(subject), now_ns)
    return _of_difference(state, asked, subject, now_ns)


def _key(state: NodeState, asked: ResolveAsked, subject: str) -> FillKey:
    """Return the execution of an open break, or of one that people decided before."""
    found = _keys(state, subject)
    decided = [key for key in found if (e := state.fills.execution(key)) and e.ruling]
    if asked.break_id not in state.breaks.open:
        found = decided
    if len(found) != 1:
        raise _unknown(asked.break_id)
    return found[0]


def _keys(state: NodeState, subject: str) -> list[FillKey]:
    """Return the executions under a break's subject: venue/exec id, or all four parts of a key."""
    parts = subject.split("/")
    found = state.fills.find(parts[0], parts[-1])
    return [key for key in found if list(key) == parts] if len(parts) == KEY_PARTS else found


def _of_execution(state: NodeState, asked: ResolveAsked, key: FillKey, now_ns: int) -> Ruled:
    told = state.fills.versions(key)
    evidence = tuple(sorted({version.content_hash for version in told}))
    execution = state.fills.execution(key)
    before = execution.held() if execution else told
    match asked.decision:
        case "both":
            chosen = told
        case "never_happened":
            chosen = ()
        case "version":
            chosen = (_named(told, asked.version),)
        case _:
            chosen = told[:1]
            _check_account(asked)
    account = asked.account if asked.decision == CARRY_IN else None
    then = [Filled(version.order_id) for version in told]
    names = {version.instrument for version in (*told, *before)}
    return Ruled(
        effect=_worded(state, chosen, account),
        evidence=evidence,
        holds=tuple(dict.fromkeys(version.content_hash for version in chosen)),
        key=key,
        account=account,
        then=(*then, *(Requote(name) for name in sorted(names))),
        amount_minor=_moved(state, {*before} ^ {*chosen}, now_ns),
    )


def _named(told: tuple[f.FillRecorded, ...], wanted: str | None) -> f.FillRecorded:
    """Return the one content whose hash begins with `wanted`."""
    found = [v for v in told if wanted and v.content_hash.hex().startswith(wanted)]
    if len({v.content_hash for v in found}) != 1:
        known = ", ".join(sorted({v.content_hash.hex()[:16] for v in told}))
        raise RefusedError(
            f"version {(wanted or '')[:64]!r}",
            expected=f"the first digits of one of {known}",
            do="edgenode breaks show ID lists the versions",
            code="EN006",
        )
    return found[0]


def _check_account(asked: ResolveAsked) -> None:
    if asked.account not in DESK_ACCOUNTS:
        raise RefusedError(
            f"account {str(asked.account)[:40]!r}",
            expected=" or ".join(DESK_ACCOUNTS),
            do="say whose execution it is",
            code="EN002",
        )


def _of_order(state: NodeState, order_id: OrderId, now_ns: int) -> Ruled:
    """End an order: what its venue did not tell of never executed."""
    order = state.orders.orders.get(order_id)
    if order is None or order.state is OrderState.DONE:
        return Ruled("the order has ended already")
    done = f.OrderDone(
        at_ns=now_ns, order_id=order_id, reason="decided", filled_lots=order.filled_lots
    )
    instrument = state.rules.instruments[order.gated.instrument]
    left = quantity(order.remaining_lots, instrument)
    return Ruled(
        effect=f"{left} of the order never executed",
        beside=(done,),
        then=(Filled(order_id), Requote(instrument.id)),
        amount_minor=_worth(
            state, instrument, order.remaining_lots, order.gated.price_ticks, now_ns
        ),
    )


def _of_difference(state: NodeState, asked: ResolveAsked, subject: str, now_ns: int) -> Ruled:
    """Carry a balance or position in, so that the books say what the venue says."""
    venue, _, asset = subject.partition("/")
    if asked.amount is None or not asked.amount or asked.account is None:
        raise RefusedError(
            "nothing to carry in",
            expected="an account, and an amount other than 0",
            do="edgenode breaks resolve ID --carry-in ACCOUNT --amount N",
            code="EN002",
        )
    if not state.wallet.knows(asked.account):
        raise RefusedError(
            f"account {asked.account[:40]!r}", expected="an account known here", code="EN006"
        )
    position = asked.break_id.startswith("position_mismatch:")
    instrument = state.rules.instruments.get(InstrumentId(asset))
    if instrument is None and asset not in state.rules.currencies:
        raise RefusedError(
            f"{asset[:40]!r}, whose scale is unknown",
            expected="a currency or instrument that was declared",
            do="ask the desk to declare it, then decide again",
            code="EN006",
        )
    carried = f.CarriedIn(
        at_ns=now_ns,
        account=asked.account,
        venue=VenueId(venue),
        currency=None if instrument else asset,
        instrument=instrument.id if instrument else None,
        amount=asked.amount,
        is_position=position,
        cash_minor=0,
        totals=None,
        from_ledger="",
        from_size=0,
        approvals=(asked.person,),
    )
    return Ruled(
        effect=f"{holding(state, asset, asked.amount)} carried into {asked.account}",
        account=asked.account,
        beside=(carried,),
        then=tuple(Requote(name) for name in state.rules.instruments),
        amount_minor=None,
    )


def _worded(state: NodeState, chosen: Iterable[f.FillRecorded], account: AccountId | None) -> str:
    told = [
        f"{v.side} {quantity(v.quantity_lots, state.rules.instruments[v.instrument])}"
        f" in {account or v.account}"
        for v in chosen
    ]
    return "booked: " + ("; ".join(told) or "nothing")


def _moved(state: NodeState, changed: Iterable[f.FillRecorded], now_ns: int) -> int | None:
    """Return what a decision moves in or out of the books, in the policy's currency."""
    total = 0
    for version in changed:
        instrument = state.rules.instruments[version.instrument]
        worth = _worth(state, instrument, version.quantity_lots, version.price_ticks, now_ns)
        if worth is None:
            return None
        total += worth
    return total


def _worth(
    state: NodeState, instrument: f.Instrument, lots: int, ticks: int, now_ns: int
) -> int | None:
    policy = state.rules.policy
    rate = fx.rate(state.rules, policy, instrument.quote, now_ns) if policy else None
    return rate.up(instrument.notional_minor(ticks, lots)) if rate else None


def _unknown(break_id: str) -> RefusedError:
    return RefusedError(
        f"no break {break_id[:200]} is open, and none of this id was decided",
        expected="the id of an open break",
        do="edgenode breaks ls",
        code="EN006",
    )
