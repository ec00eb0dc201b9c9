"""Open requests as rows to read, at a box and at the centre: what is short, and for what."""

from typing import Any

from edgenode.core.risk import sizing
from edgenode.core.risk.requests import LOTS
from edgenode.core.seen import NOTHING_SEEN
from edgenode.core.state.node_state import NodeState
from edgenode.model import currencies
from edgenode.model.facts import NeedAsked, NeedSized, SizedFor
from edgenode.model.ids import NO_EVENT
from edgenode.model.instants import instant
from edgenode.model.money import Money, format_decimal

Json = dict[str, Any]
NAMES = {
    "position_buy": "permission to buy",
    "position_sell": "permission to sell",
    "cash": "cash granted",
    "cost": "cost granted",
    "event_spend": "spend cap of the micro-event",
}
GRANT = "edgecentral grant issue {node} --kind {kind} --unit {unit}"
LIMIT = "--limit {limit} or more, with --id and --expiry"
CAP = "tell a policy whose event_spend_max is larger by {limit} or more: edgecentral tell {node}"


def listed(state: NodeState, now_ns: int) -> list[Json]:
    """Return the open requests; `left` and `short` are as of now, by the ledger alone."""
    return [_row(state, one, now_ns) for one in state.limits.needs.rows()]


def amount(state: NodeState, one: NeedAsked | NeedSized, number: int) -> str:
    """Return an amount of a request as a decimal text, without its unit."""
    if one.unit == LOTS:
        return format_decimal(number, one.decimals)
    return currencies.amount(state.rules.currencies, Money(number, one.unit))


def unit(state: NodeState, one: NeedAsked | NeedSized) -> str:
    """Return the unit that people read: the base of lots, or the currency."""
    known = state.rules.instruments.get(one.instrument) if one.instrument else None
    return known.base if known is not None else one.unit


def _row(state: NodeState, one: NeedAsked, now_ns: int) -> Json:
    left = _left(state, one, now_ns)
    short = max(0, one.needed - left)
    event = state.limits.events.get(one.event_id)
    return {
        "need_id": one.need_id,
        "need": one.need,
        "instrument": one.instrument,
        "unit": unit(state, one),
        "event_id": one.event_id,
        "event": event.name if event else None,
        "begins": instant(event.starts) if event else None,
        "asked_at": instant(one.at_ns),
        "until": instant(one.until),
        "needed": amount(state, one, one.needed),
        "left_when_asked": amount(state, one, one.left),
        "left": amount(state, one, left),
        "short": amount(state, one, short),
        "text": _text(state, one, left),
        "do": _do(state, one, short),
        "sized": [sized(state, row) for row in one.sized],
    }


def sized(state: NodeState, row: SizedFor) -> Json:
    """Return what one instrument's part of a request was counted from."""
    known = state.rules.instruments[row.instrument]
    return {
        "instrument": row.instrument,
        "quantity": format_decimal(row.lots, known.quantity_decimals),
        "unit": known.base,
        "reference": format_decimal(row.reference_ticks, known.price_decimals),
        "fee_ppm": row.fee_ppm,
        "half_spread_ppm": row.half_spread_ppm,
    }


def _left(state: NodeState, one: NeedAsked, now_ns: int) -> int:
    policy = state.rules.policy
    if policy is None or one.unit not in {LOTS, policy.currency}:
        return 0
    of = one.instrument, one.event_id
    return sizing.left(state, NOTHING_SEEN, policy, one.need, of, now_ns)


def _text(state: NodeState, one: NeedAsked, left: int) -> str:
    event = state.limits.events.get(one.event_id)
    what = event.name if event else "what belongs to no micro-event"
    if one.event_id != NO_EVENT and event is None:
        what = one.event_id
    words, of = NAMES[one.need], unit(state, one)
    needed, rest = (amount(state, one, number) for number in (one.needed, left))
    return f"{words} for {what}: {needed} needed, {rest} left {of}"


def _do(state: NodeState, one: NeedAsked, short: int) -> str:
    """Return what a person at the desk types; the limit counts smallest units, as grants do."""
    node = state.ledger.party
    if one.need == "event_spend":
        return CAP.format(node=node, limit=short)
    kind = "position" if one.unit == LOTS else one.need
    said = GRANT.format(node=node, kind=kind, unit=one.unit)
    if one.instrument:
        side = one.need.removeprefix("position_")
        said += f" --instrument {one.instrument} --side {side}"
    return f"{said} {LIMIT.format(limit=short)}"
