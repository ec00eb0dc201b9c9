"""Hedge programmes in the JSON shapes of the outward contract, and their alarms. Reads only."""

from edgenode.core.state.node_state import NodeState
from edgenode.core.state.programmes import UNANSWERED, Programme, Refusal
from edgenode.core.state.unwind import kept
from edgenode.daemon.view.units import Json, lots
from edgenode.model import currencies
from edgenode.model.errors import REGISTRY
from edgenode.model.facts import Instrument
from edgenode.model.instants import instant
from edgenode.model.money import Money

CODE = "EN140"


def row(state: NodeState, instrument: Instrument) -> Json | None:
    """Return an instrument's programme, None if none has begun."""
    programme = state.programmes.of(instrument.id)
    newest, policy = programme.newest, state.rules.policy
    if newest is None or policy is None:
        return None
    reserve = Money(kept(state, instrument.id).cost, policy.currency)
    return {
        "programme_id": programme.id,
        "event_id": newest.event_id,
        "target_quantity": lots(programme.target, instrument),
        "done_quantity": lots(programme.done, instrument),
        "working_quantity": lots(programme.working, instrument),
        "carried_quantity": lots(programme.carried, instrument),
        "planned_quantity": lots(sum(programme.slots), instrument),
        "given_up_quantity": lots(programme.given_up, instrument),
        "band_quantity": lots(newest.band_lots, instrument),
        "children": sorted(programme.children),
        "counter": programme.counter,
        "plan_id": programme.plan_id,
        "reserve": {
            "amount": currencies.amount(state.rules.currencies, reserve),
            "currency": reserve.currency,
        },
        "reason": programme.reason,
        "refused": [_refused(*found) for found in programme.refusals],
        "said": _said(programme, instrument),
    }


def problems(state: NodeState) -> list[Json]:
    """Return the alarms: children that were refused again and again for one cause."""
    return [
        _problem(programme, state.rules.instruments[key.instrument], *alarm)
        for key, programme in sorted(state.programmes.held.items())
        if key.instrument in state.rules.instruments
        for alarm in programme.alarms
    ]


def _problem(programme: Programme, instrument: Instrument, cause: str, refusal: Refusal) -> Json:
    waiting = f"{lots(programme.remaining, instrument)} {instrument.base}"
    why, do = _words(cause)
    return {
        "code": CODE,
        "severity": "error",
        "text": f"Hedges of {instrument.id} do not go out: {why}. {waiting} wait",
        "do": do,
        "since": instant(refusal.since_ns),
        "programme_id": programme.id,
        "cause": cause,
        "times": refusal.times,
        "detail": refusal.detail,
    }


def _said(programme: Programme, instrument: Instrument) -> str:
    """Return one sentence about lots that no venue has, "" if there are none."""
    if not programme.carried and not any(programme.slots):
        return ""
    carried, later = (lots(n, instrument) for n in (programme.carried, sum(programme.slots)))
    return f"{carried} due, {later} scheduled ({programme.reason})"


def _words(cause: str) -> tuple[str, str]:
    """Return (why, what to do) for a cause."""
    code, _, name = cause.partition(" ")
    if code in REGISTRY:
        why = f"denied by the gate, {REGISTRY[code].text} ({name})"
        return why, "End that cause; the hedge goes out by itself once it passes"
    if code == UNANSWERED:
        venue = cause.rpartition(" ")[2]
        why = f"venue {venue} answers none of them, and gets the smallest order until it does"
        return why, "Look at the venue and the path to it, or let the desk name another venue"
    return cause, "Ask the venue why it rejects our orders, or let the desk name another venue"


def _refused(cause: str, refusal: Refusal) -> Json:
    return {
        "cause": cause,
        "times": refusal.times,
        "since": instant(refusal.since_ns),
        "detail": refusal.detail,
    }
