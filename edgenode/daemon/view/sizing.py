"""What the next hour may need, in outward shapes, and the problem where something is short."""

import math

from edgenode.core.risk.shown import NAMES
from edgenode.core.risk.sizing import Need, Sizing, size
from edgenode.core.seen import Seen
from edgenode.core.state.node_state import NodeState
from edgenode.daemon.view.units import Json, lots
from edgenode.model import currencies
from edgenode.model.facts import Instrument
from edgenode.model.ids import LOCAL_VENUE, InstrumentId
from edgenode.model.instants import instant
from edgenode.model.money import Money
from edgenode.model.signals import name_of
from edgenode.services.signals import Signals

MINUTES, LEVEL = 60, "q95"
SECOND_NS = 1_000_000_000
Lots = tuple[tuple[InstrumentId, int], ...]


def rows(state: NodeState, seen: Seen, signals: Signals | None, now_ns: int) -> list[Json]:
    """Return what each instrument may need in the next hour, and what is left for it."""
    instruments = sorted(state.rules.instruments.items())
    return [_row(state, one, _sized(state, seen, signals, one, now_ns)) for _, one in instruments]


def problems(state: NodeState, seen: Seen, signals: Signals | None, now_ns: int) -> list[Json]:
    """Return what is short for a micro-event that runs, or begins within the hour."""
    found = []
    for _, instrument in sorted(state.rules.instruments.items()):
        row = problem(state, instrument, _sized(state, seen, signals, instrument, now_ns))
        found += [] if row is None else [row]
    return found


def ahead(state: NodeState, signals: Signals, now_ns: int) -> Lots:
    """Return the quantile of each instrument whose own book's forecast is warm."""
    found = (
        (name, _quantile(signals, one, now_ns))
        for name, one in sorted(state.rules.instruments.items())
    )
    return tuple((name, lots) for name, lots in found if isinstance(lots, int))


def _sized(
    state: NodeState, seen: Seen, signals: Signals | None, instrument: Instrument, now_ns: int
) -> Sizing:
    policy = state.rules.policy
    if policy is None:
        return Sizing(0, None, (), "no policy was adopted")
    volume = _quantile(signals, instrument, now_ns)
    if isinstance(volume, str):
        return Sizing(0, None, (), volume)
    return size(state, seen, policy, instrument, volume, now_ns)


def _quantile(signals: Signals | None, instrument: Instrument, now_ns: int) -> int | str:
    """Return the quantile in lots, or why there is none."""
    live = signals.sources.live.get(name_of(LOCAL_VENUE, instrument.id)) if signals else None
    if live is None:
        return "our own book has no bar yet"
    shown = live.shown(now_ns // SECOND_NS)
    hour = next((one for one in shown.horizons if one.minutes == MINUTES), None)
    if hour is None or not hour.quantiles or shown.state not in {"ready", "fallback"}:
        have = f"{hour.have} of {hour.need} bars" if hour else "no bars of a minute"
        return f"the forecast of our own book is {shown.state}: {have}"
    lots_in_one: int = 10**instrument.quantity_decimals
    return math.ceil(hour.quantiles[LEVEL] * lots_in_one)


def _row(state: NodeState, instrument: Instrument, sized: Sizing) -> Json:
    event = sized.event
    return {
        "instrument": instrument.id,
        "minutes": MINUTES,
        "quantile": LEVEL,
        "quantity": lots(sized.lots, instrument) if sized.needs else None,
        "unit": instrument.base,
        "event_id": event.event_id if event else None,
        "begins": instant(event.starts) if event else None,
        "needs": [
            {
                "kind": need.kind,
                "unit": _unit(state, instrument, need),
                "needed": _amount(state, instrument, need, need.needed),
                "left": _amount(state, instrument, need, need.left),
                "short": _amount(state, instrument, need, need.short),
                "lasts_percent": _percent(need),
            }
            for need in sized.needs
        ],
        "why": sized.why or None,
    }


def _percent(need: Need) -> int | None:
    """Return how much of what is needed is there, in per cent rounded down; None for no need."""
    return min(999, max(0, need.left) * 100 // need.needed) if need.needed else None


def problem(state: NodeState, instrument: Instrument, sized: Sizing) -> Json | None:
    """Return what is short for the micro-event that it is for; None if nothing is."""
    event, short = sized.event, [need for need in sized.needs if need.short]
    if event is None or not short:
        return None
    told = "; ".join(
        f"{NAMES[need.kind]}: {_amount(state, instrument, need, need.needed)} needed,"
        f" {_amount(state, instrument, need, need.left)} left {_unit(state, instrument, need)}"
        for need in short
    )
    volume = f"{lots(sized.lots, instrument)} {instrument.base}"
    return {
        "code": "EN604",
        "severity": "warning",
        "text": f"{event.name} may bring {volume} to hedge within the hour. {told}",
        "do": "Ask the desk now: edgecentral grant issue, or a policy with a larger spend cap."
        " What this node recorded that it asks for: `requests` in the status",
        "since": None,
    }


def _unit(state: NodeState, instrument: Instrument, need: Need) -> str:
    policy = state.rules.policy
    if need.kind.startswith("position") or policy is None:
        return instrument.base
    return policy.currency


def _amount(state: NodeState, instrument: Instrument, need: Need, amount: int) -> str:
    policy = state.rules.policy
    if need.kind.startswith("position") or policy is None:
        return lots(amount, instrument)
    return currencies.amount(state.rules.currencies, Money(amount, policy.currency))
