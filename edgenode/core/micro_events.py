"""Micro-events: declared by a person, scheduled in the calendar, or detected in a signal.

    source     opens                              tags orders, has a cap    ends
    ---------  ---------------------------------  ------------------------  ----------------------
    declared   when a person says so              yes                       its end, a person
    scheduled  an hour before its begin at most   yes, from its begin on    its end, a person; not
                                                                            begun and gone from the
                                                                            calendar
    detected   by rule, where no other runs or    no: spends what belongs   an hour later, a
               begins within a quarter of an      to no micro-event         person, or declared
               hour

A detector may be wrong, so what it finds opens no cap, no loss limit and no room by itself: it is
told and recorded, and what is tagged `none` while it runs belongs to it. A person who declares a
micro-event gives it a cap of its own, and ends the detected one. An id that was ended before its
end is not opened again until then, however often a calendar or a detector says so; nor is one that
was over, after a clock that was set back.
"""

from typing import assert_never

from edgenode.core.observations import (
    NOTHING,
    Act,
    CalendarRead,
    Decision,
    EventCloseAsked,
    EventDeclared,
    OfEvent,
    SurgeFound,
)
from edgenode.core.restrictions import loss
from edgenode.core.state.limits import DETECTED, GONE, SECOND_NS
from edgenode.core.state.node_state import NodeState
from edgenode.model import facts as f
from edgenode.model.errors import RefusedError
from edgenode.model.ids import NO_EVENT, EventId

OPEN_MAX = 64  # at once
SCHEDULED, CALENDAR_ID = "scheduled", "cal-"
CALENDAR, DETECTOR = "rule:calendar", "rule:detector"
SURGE_NS = 3_600 * SECOND_NS  # how long a detected one lasts
BEFORE_NS = 900 * SECOND_NS  # a surge so shortly before a begin is that micro-event's


def decide(state: NodeState, observation: OfEvent, now_ns: int) -> Decision:
    """Decide on what a person says of a micro-event, a calendar names, or a detector found."""
    match observation:
        case EventDeclared():
            return declared(state, observation, now_ns)
        case EventCloseAsked():
            return closed(state, observation, now_ns)
        case CalendarRead():
            return scheduled(state, observation, now_ns)
        case SurgeFound():
            return surged(state, observation, now_ns)
        case _:
            assert_never(observation)


def declared(state: NodeState, asked: EventDeclared, now_ns: int) -> Decision:
    """Open what a person declares; what was detected until now is that.

    EN002, EN012 refuse it, and EN007 if an open one has this id and another name or end.
    """
    held = state.limits.events.get(asked.event_id)
    if held is not None and (held.name, held.ends) == (asked.name, asked.ends):
        return NOTHING
    _check(state, asked)
    fact = f.MicroEventOpened(
        at_ns=now_ns,
        event_id=asked.event_id,
        source=asked.source,
        name=asked.name,
        starts=asked.starts,
        ends=asked.ends,
    )
    acts = [Act(fact, asked.actor, automatic=False)]
    for surge in state.limits.surges(now_ns) if asked.starts <= now_ns else ():
        acts += _closed(
            state, surge.event_id, f"declared as {asked.event_id}", asked.actor, now_ns
        )
    return Decision(tuple(acts))


def closed(state: NodeState, asked: EventCloseAsked, now_ns: int) -> Decision:
    """End a micro-event before its end; EN006 if none of this id is open."""
    if asked.event_id not in state.limits.events:
        raise RefusedError(
            f"no micro-event {asked.event_id[:40]!r} is open",
            expected="the id of an open one",
            do="edgenode status names what runs, edgenode event ls all that there were",
            code="EN006",
        )
    acts = _closed(state, asked.event_id, asked.reason, asked.actor, now_ns)
    return Decision((Act(acts[0].fact, asked.actor, automatic=False), *acts[1:]))


def scheduled(state: NodeState, read: CalendarRead, now_ns: int) -> Decision:
    """Open what the calendar names, and end what it names no more and has not begun."""
    limits, latest = state.limits, state.limits.latest(now_ns)
    named = {one.event_id for one in read.events}
    acts: list[Act] = []
    for event_id, event in sorted(limits.events.items()):
        ours = event.source == SCHEDULED and event_id.startswith(CALENDAR_ID)
        if ours and event_id not in named and now_ns < event.starts:
            acts += _closed(state, event_id, GONE, CALENDAR, now_ns)
    room = OPEN_MAX - len(limits.events) + len(acts)
    for one in sorted(read.events, key=lambda e: (e.starts, e.event_id)):
        known = one.event_id in limits.events or one.event_id in limits.closed
        if known or one.ends <= latest or room <= 0:
            continue
        room -= 1
        fact = f.MicroEventOpened(
            at_ns=now_ns,
            event_id=one.event_id,
            source=SCHEDULED,
            name=one.name,
            starts=one.starts,
            ends=one.ends,
        )
        acts.append(Act(fact, CALENDAR))
    return Decision(tuple(acts))


def surged(state: NodeState, found: SurgeFound, now_ns: int) -> Decision:
    """Open a micro-event for a surge that belongs to none."""
    limits = state.limits
    event_id = EventId(f"{DETECTED}-{found.instrument}-{found.at_ns // SECOND_NS}")
    near = any(e.starts - BEFORE_NS <= now_ns < e.ends for e in limits.events.values())
    known = event_id in limits.events or event_id in limits.closed
    of_now = limits.latest(now_ns) - SURGE_NS < found.at_ns <= now_ns
    if near or known or not of_now or len(limits.events) >= OPEN_MAX:
        return NOTHING
    times = f"{found.times_milli // 1000}.{found.times_milli % 1000 // 100}"
    fact = f.MicroEventOpened(
        at_ns=now_ns,
        event_id=event_id,
        source=DETECTED,
        name=f"Surge of {found.instrument}, {times} times the usual at {found.source}",
        starts=now_ns,
        ends=now_ns + SURGE_NS,
    )
    return Decision((Act(fact, DETECTOR),))


def ended(state: NodeState, now_ns: int) -> list[Act]:
    """Return the end of what is over."""
    over = state.limits.ended(now_ns)
    return [act for id_ in over for act in _closed(state, id_, "ended", CALENDAR, now_ns)]


def _closed(
    state: NodeState, event_id: EventId, reason: str, actor: str, now_ns: int
) -> tuple[Act, ...]:
    fact = f.MicroEventClosed(at_ns=now_ns, event_id=event_id, reason=reason)
    return Act(fact, actor), *loss.ended(state, event_id, now_ns)


def _check(state: NodeState, asked: EventDeclared) -> None:
    if asked.event_id in state.limits.events:
        raise RefusedError(
            f"micro-event {asked.event_id[:40]!r} is open with another name or end",
            expected="an id of its own",
            do="close that one first (edgenode event close ID), or leave the id out",
            code="EN007",
        )
    if not asked.event_id or asked.event_id == NO_EVENT:
        raise RefusedError(
            f"a micro-event named {asked.event_id!r}",
            expected="a name of its own",
            do="choose a name that is neither empty nor `none`",
            code="EN002",
        )
    if asked.ends <= asked.starts:
        raise RefusedError(
            "the event ends before it starts",
            expected="ends > starts",
            do="give an end that is later than the start",
            code="EN002",
        )
    if len(state.limits.events) >= OPEN_MAX:
        raise RefusedError(
            f"{len(state.limits.events)} micro-events are open",
            expected=f"fewer than {OPEN_MAX}",
            do="edgenode event close ID ends one",
            code="EN012",
        )
