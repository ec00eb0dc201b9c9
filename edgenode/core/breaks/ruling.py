"""What a decision on a break does to the books: of an execution, an order, or a difference.

A decision settles exactly the evidence that was looked at: what is told of an execution later is
disputed again (core/state/execution), and a second person agrees on the same evidence. What the
books say is part of it: a difference to other books is another one.

A decision on a break that is not open corrects the one before: of what that one did nothing is
left. What ended an order or a venue's count needs nothing more; what was carried in is taken out.
"""

from dataclasses import replace
from typing import NamedTuple

from edgenode.core.breaks import amounts, evidence, executions
from edgenode.core.breaks.opening import holding, quantity
from edgenode.core.observations import Filled, Requote, ResolveAsked, Retold
from edgenode.core.seen import NUMBER_END, Seen
from edgenode.core.state.execution import FillKey, Ruling, key_of
from edgenode.core.state.node_state import NodeState
from edgenode.model import facts as f
from edgenode.model.break_types import (
    CARRY_IN,
    CUM_QUANTITY,
    NEVER,
    OVERFILL,
    POSITION,
    RESTORED,
    WRITE_OFF,
)
from edgenode.model.errors import RefusedError
from edgenode.model.ids import (
    AccountId,
    InstrumentId,
    OrderId,
    VenueId,
)
from edgenode.model.orders import OrderState


class Ruled(NamedTuple):
    """What a decision does: facts beside it, what it says of an execution, and in words."""

    effect: str
    evidence: tuple[bytes, ...]  # what was looked at
    holds: tuple[bytes, ...] = ()
    key: FillKey | None = None
    account: AccountId | None = None
    carried: f.CarriedIn | None = None
    beside: tuple[f.Fact, ...] = ()
    then: tuple[Filled | Requote | Retold, ...] = ()
    amount_minor: int | None = None  # in the policy's currency; None: two persons decide


def ruling_on(state: NodeState, seen: Seen, asked: ResolveAsked, now_ns: int) -> Ruled:
    """Return what a decision does; EN006 or EN002 if the evidence does not admit it."""
    if asked.break_id.partition(":")[0] in executions.OF_EXECUTIONS:
        key = executions.named(state, asked.break_id)
        if key is None:
            raise _unknown(asked.break_id)
        return _of_execution(state, asked, key, now_ns)
    opened = state.breaks.subject_of(asked.break_id)
    if opened is None:
        raise _unknown(asked.break_id)
    if asked.decision == WRITE_OFF:
        return _stands(state, opened, now_ns)
    if asked.decision == NEVER:
        return _of_order(state, opened, now_ns)
    return _of_difference(state, seen, asked, opened, now_ns)


def _of_execution(state: NodeState, asked: ResolveAsked, key: FillKey, now_ns: int) -> Ruled:
    told, before = state.fills.versions(key), executions.booked(state, key)
    chosen = executions.chosen(state, asked, key)
    execution = state.fills.execution(key)
    earlier = execution.ruling.account if execution and execution.ruling else None
    account = asked.account if asked.decision == CARRY_IN else earlier
    looked_at = evidence.of_break(state, asked.break_id)
    holds = tuple(version.content_hash for version in chosen)
    ruling = Ruling(holds, set(looked_at), account)
    after = tuple(ruling.apply(version) for version in chosen)
    orders = [Filled(version.order_id) for version in told]
    several = execution is not None and execution.reused()
    names = sorted({version.instrument for version in (*told, *before)})
    return Ruled(
        effect=_worded(state, after),
        evidence=looked_at,
        holds=holds,
        key=key,
        account=account,
        then=(Retold(key), *orders, *(Requote(name) for name in names)),
        amount_minor=amounts.of_execution(state, before, after, told, now_ns, several=several),
    )


def _stands(state: NodeState, opened: f.BreakOpened, now_ns: int) -> Ruled:
    """Let what is booked stand, whatever else may be true; nobody knows what a restore lost."""
    amount: int | None = None
    if opened.type in {CUM_QUANTITY, OVERFILL}:
        lots = evidence.away(state, opened)
        amount = amounts.of_rest(state, OrderId(opened.subject), lots, now_ns)
    elif opened.type != RESTORED:
        booked = executions.booked(state, key_of(opened.refers_to)) if opened.refers_to else ()
        amount = amounts.of_booked(state, booked, now_ns) if booked else None
    looked_at = evidence.of_break(state, opened.break_id)
    return Ruled("what is booked stands", looked_at, amount_minor=amount)


def _of_order(state: NodeState, opened: f.BreakOpened, now_ns: int) -> Ruled:
    """End an order: what its venue did not tell of never executed."""
    order_id = OrderId(opened.subject)
    order = state.orders.orders.get(order_id)
    looked_at = evidence.of_break(state, opened.break_id)
    if order is None or order.state is OrderState.DONE:
        return Ruled("the order has ended already", looked_at, amount_minor=0)
    done = f.OrderDone(
        at_ns=now_ns,
        order_id=order_id,
        reason="decided",
        filled_lots=order.filled_lots,
        again=order.ended,
    )
    instrument = state.rules.instruments[order.gated.instrument]
    left = quantity(order.remaining_lots, instrument)
    return Ruled(
        effect=f"{left} of the order never executed",
        evidence=looked_at,
        beside=(done,),
        then=(Filled(order_id), Requote(instrument.id)),
        amount_minor=amounts.of_rest(state, order_id, order.remaining_lots, now_ns),
    )


def _of_difference(
    state: NodeState, seen: Seen, asked: ResolveAsked, opened: f.BreakOpened, now_ns: int
) -> Ruled:
    """Carry a balance or position in, so that the books say what the venue says."""
    venue, _, asset = opened.subject.partition("/")
    before = _carried_before(state, opened, now_ns)
    if asked.amount is None or not (asked.amount or before) or asked.account is None:
        raise RefusedError(
            "nothing to carry in",
            expected="an account, and an amount other than 0",
            do="edgenode breaks resolve ID --carry-in ACCOUNT --amount N",
            code="EN002",
        )
    if not state.wallet.knows(asked.account):
        raise RefusedError(
            f"account {asked.account[:40]!r}",
            expected="an account known here",
            do="name an account that GET /api/v1/positions shows",
            code="EN006",
        )
    instrument = state.rules.instruments.get(InstrumentId(asset))
    is_position = opened.type == POSITION
    if instrument is None and (is_position or asset not in state.rules.currencies):
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
        is_position=is_position,
        cash_minor=_cash(state, seen, asked, instrument, now_ns)
        if is_position and asked.amount
        else 0,
        totals=None,
        from_ledger="",
        from_size=0,
        approvals=(asked.person,),
    )
    effect = f"{holding(state, asset, asked.amount)} carried into {asked.account}"
    if before:
        effect += f", {holding(state, asset, before[0].amount)} into {before[0].account}"
    return Ruled(
        effect=effect,
        evidence=evidence.of_break(state, opened.break_id),
        account=asked.account,
        carried=carried if asked.amount else None,
        beside=(*before, carried) if asked.amount else before,
        then=tuple(Requote(name) for name in state.rules.instruments),
    )


def _carried_before(
    state: NodeState, opened: f.BreakOpened, now_ns: int
) -> tuple[f.CarriedIn, ...]:
    """Return what takes out again what the decision that this one corrects had carried in."""
    corrected = state.breaks.corrects(opened.break_id)
    held = corrected.carried if corrected else None
    if held is None:
        return ()
    return (replace(held, at_ns=now_ns, amount=-held.amount, cash_minor=-held.cash_minor),)


def _cash(
    state: NodeState,
    seen: Seen,
    asked: ResolveAsked,
    instrument: f.Instrument | None,
    now_ns: int,
) -> int:
    """Return the cash that comes with a position, so that carrying it in is no gain or loss."""
    assert instrument is not None, "a position is of an instrument"
    assert asked.amount is not None, "a position is carried in by its lots"
    policy, ticks = state.rules.policy, asked.price_ticks
    if ticks is None and policy is not None:
        reference = seen.reference(policy, instrument.id, now_ns)
        ticks = reference.ticks if reference else None
    if ticks is None or not 0 < ticks < NUMBER_END:
        raise RefusedError(
            "a position without a price",
            expected="a price, for its lots are no gain or loss",
            do="edgenode breaks resolve ID --carry-in ACCOUNT --amount N --price P",
            code="EN002",
        )
    return -instrument.notional_minor(ticks, asked.amount)


def _worded(state: NodeState, booked: tuple[f.FillRecorded, ...]) -> str:
    told = [
        f"{v.side} {quantity(v.quantity_lots, state.rules.instruments[v.instrument])}"
        f" in {v.account}"
        for v in booked
    ]
    return "booked: " + ("; ".join(told) or "nothing")


def _unknown(break_id: str) -> RefusedError:
    return RefusedError(
        f"no break {break_id[:200]} is open, and none of this id was decided",
        expected="the id of an open break",
        do="edgenode breaks ls",
        code="EN006",
    )
