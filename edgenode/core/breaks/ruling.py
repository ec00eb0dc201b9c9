"""What a decision on a break does to the books: of an execution, an order, or a difference."""

from collections.abc import Iterable
from typing import NamedTuple

from edgenode.core.breaks.opening import holding, quantity
from edgenode.core.observations import Filled, Requote, ResolveAsked
from edgenode.core.state import fx
from edgenode.core.state.execution import FillKey
from edgenode.core.state.node_state import NodeState
from edgenode.model import facts as f
from edgenode.model.break_types import FILL_CONTENT, NOT_AS_ORDERED, TOMBSTONE, UNKNOWN_ORDER
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
OF_EXECUTIONS = frozenset({FILL_CONTENT, UNKNOWN_ORDER, NOT_AS_ORDERED, TOMBSTONE})
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


def ruling_on(state: NodeState, asked: ResolveAsked, now_ns: int) -> Ruled:
    """Return what a decision does; EN006 or EN002 if the evidence does not admit it."""
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


def versions(state: NodeState, opened: f.BreakOpened) -> tuple[f.FillRecorded, ...]:
    """Return the contents of the execution that a break is about; none if it is about another."""
    if opened.type not in OF_EXECUTIONS:
        return ()
    keys = _keys(state, opened.subject)
    return state.fills.versions(keys[0]) if len(keys) == 1 else ()


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
            f"account {asked.account[:40]!r}",
            expected="an account known here",
            do="name an account that GET /api/v1/positions shows",
            code="EN006",
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
