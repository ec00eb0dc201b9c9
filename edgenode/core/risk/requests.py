"""Requests: where grants or a cap will not cover the next hour, the node asks the desk for more.

    observation    what is decided
    -------------  ------------------------------------------------------------------------------
    VolumesAhead   each need that is short is asked for, once; again if it grew by a quarter and
                   the newest request is 15 min old; withdrawn once a fifth less than what is left
                   is needed. A micro-event that was not sized yet is: it is recorded once
    Tick           ended: what is left covers it (granted), or its time is over (unmet)

A need is a kind of room (core/risk/sizing) in one unit, of one instrument where the unit is lots,
for the micro-event that runs or begins within the hour, or for none. Money that several
instruments need is asked for once, in sum. A request is told and recorded; no cap, grant or
answer of the gate depends on it: people grant.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from edgenode.core.observations import NOTHING, Act, Decision, VolumesAhead
from edgenode.core.risk import sizing
from edgenode.core.risk.sizing import HOUR_NS, Inputs, Need
from edgenode.core.seen import Seen
from edgenode.core.state.needs import MONEY, NeedKey
from edgenode.core.state.node_state import NodeState
from edgenode.model.facts import (
    EventSized,
    Instrument,
    MicroEventOpened,
    NeedAsked,
    NeedEnded,
    NeedSized,
    Policy,
    SizedFor,
)
from edgenode.model.ids import NO_EVENT, EventId

RULE = "rule:sizing"
LOTS = "lots"
GRANTED, UNMET, WITHDRAWN = "granted", "unmet", "withdrawn"
GREW = 5, 4  # times what was asked for: asked for again
SHRANK = 4, 5  # times what is left: not asked for any more
OPEN_MAX = 256


class _Wanted(NamedTuple):
    """A need over all instruments that have it."""

    key: NeedKey
    decimals: int
    needed: int
    left: int
    sized: tuple[SizedFor, ...]


def decide(state: NodeState, seen: Seen, told: VolumesAhead, now_ns: int) -> Decision:
    """Ask for what is short, and withdraw what is not needed any more."""
    policy = state.rules.policy
    if policy is None:
        return NOTHING
    event = sizing.event_ahead(state, now_ns)
    found = _wanted(state, seen, policy, told, now_ns)
    acts: list[Act] = []
    if found and event is not None and event.event_id not in state.limits.needs.sized:
        acts.append(_sized(event, found, now_ns))
    for wanted in found:
        held = state.limits.needs.open.get(wanted.key)
        if held is not None and wanted.needed * SHRANK[1] <= wanted.left * SHRANK[0]:
            acts.append(_ended(held, WITHDRAWN, wanted.left, now_ns))
        elif wanted.needed > max(0, wanted.left) and _is_news(state, wanted, held, now_ns):
            acts.append(_asked(state, wanted, event, len(acts), now_ns))
    return Decision(tuple(acts))


def due(state: NodeState, seen: Seen, policy: Policy, now_ns: int) -> list[Act]:
    """Return the ends of the requests that are covered now, or whose time is over."""
    acts = []
    for one in state.limits.needs.rows():
        of = one.instrument, one.event_id
        left = sizing.left(state, seen, policy, one.need, of, now_ns)
        reason = _over(state, policy, one, left, now_ns)
        if reason:
            acts.append(_ended(one, reason, left, now_ns))
    return acts


def _over(state: NodeState, policy: Policy, one: NeedAsked, left: int, now_ns: int) -> str:
    """Return why a request is over, "" while it is not."""
    if one.unit not in {LOTS, policy.currency}:
        return WITHDRAWN  # policy counts in another currency now
    if left >= one.needed:
        return GRANTED
    return "" if now_ns < one.until and _is_open(state, one) else UNMET


def _is_open(state: NodeState, one: NeedAsked) -> bool:
    return one.event_id == NO_EVENT or one.event_id in state.limits.events


def _is_news(state: NodeState, wanted: _Wanted, held: NeedAsked | None, now_ns: int) -> bool:
    """Return whether a need that is short is to be asked for: no chatter."""
    needs = state.limits.needs
    if needs.is_quiet(wanted.key, now_ns):
        return False
    if held is None:
        return len(needs.open) < OPEN_MAX
    return wanted.needed * GREW[1] >= held.needed * GREW[0]


def _wanted(
    state: NodeState, seen: Seen, policy: Policy, told: VolumesAhead, now_ns: int
) -> list[_Wanted]:
    """Return each need over all instruments, in order of their names."""
    sums: dict[NeedKey, _Sum] = {}
    for name, lots in told.lots:
        instrument = state.rules.instruments.get(name)
        if instrument is None:
            continue
        sized = sizing.size(state, seen, policy, instrument, lots, now_ns)
        if sized.inputs is None:
            continue
        event_id = sized.event.event_id if sized.event else NO_EVENT
        for need in sized.needs:
            key = _key(policy, instrument, need, event_id)
            found = sums.setdefault(key, _Sum(need.left))
            found.rows.append(_row(instrument, lots, sized.inputs, need))
    return [
        _Wanted(
            key,
            _decimals(state, key),
            sum(row.needed for row in found.rows),
            found.left,
            tuple(found.rows),
        )
        for key, found in sorted(sums.items())
    ]


@dataclass(slots=True)
class _Sum:
    left: int
    rows: list[SizedFor] = field(default_factory=list)


def _key(policy: Policy, instrument: Instrument, need: Need, event_id: EventId) -> NeedKey:
    if need.side is not None:
        return NeedKey(event_id, need.kind, LOTS, instrument.id)
    return NeedKey(event_id, need.kind, policy.currency, MONEY)


def _sized(event: MicroEventOpened, found: list[_Wanted], now_ns: int) -> Act:
    needs = tuple(
        NeedSized(
            need=one.key.need,
            unit=one.key.unit,
            instrument=one.key.instrument or None,
            decimals=one.decimals,
            needed=one.needed,
            left=one.left,
            sized=one.sized,
        )
        for one in found
    )
    return Act(EventSized(at_ns=now_ns, event_id=event.event_id, needs=needs), RULE)


def _row(instrument: Instrument, lots: int, inputs: Inputs, need: Need) -> SizedFor:
    return SizedFor(
        instrument=instrument.id,
        lots=lots,
        reference_ticks=inputs.reference_ticks,
        fee_ppm=inputs.fee_ppm,
        half_spread_ppm=inputs.half_spread_ppm,
        needed=need.needed,
    )


def _decimals(state: NodeState, key: NeedKey) -> int:
    if key.instrument:
        return state.rules.instruments[key.instrument].quantity_decimals
    return state.rules.currencies[key.unit].decimals


def _asked(
    state: NodeState, wanted: _Wanted, event: MicroEventOpened | None, before: int, now_ns: int
) -> Act:
    """Return a request, named by its own entry: `before` are recorded ahead of it."""
    key = wanted.key
    fact = NeedAsked(
        at_ns=now_ns,
        need_id=f"need-{state.size + 1 + before}",
        need=key.need,
        unit=key.unit,
        instrument=key.instrument or None,
        decimals=wanted.decimals,
        event_id=key.event_id,
        needed=wanted.needed,
        left=wanted.left,
        until=event.ends if event else now_ns + HOUR_NS,
        sized=wanted.sized,
    )
    return Act(fact, RULE)


def _ended(one: NeedAsked, reason: str, left: int, now_ns: int) -> Act:
    fact = NeedEnded(at_ns=now_ns, need_id=one.need_id, reason=reason, left=left)
    return Act(fact, RULE)
