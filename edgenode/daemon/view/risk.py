"""The live book's risk in outward shapes: P&L in its parts, triggers, scenarios. Reads only."""

from collections.abc import Mapping

from edgenode.core.risk import shocks, split
from edgenode.core.risk.pnl import at_worst, total
from edgenode.core.seen import Seen
from edgenode.core.state.node_state import NodeState
from edgenode.daemon.view import stress
from edgenode.daemon.view.books import amount
from edgenode.daemon.view.units import Json
from edgenode.model.facts import Policy
from edgenode.model.instants import instant

SCHEMA = "edgenode.risk/1"
PERCENT_PPM = 10_000


def risk(state: NodeState, seen: Seen, forecast: Json, now_ns: int) -> Json:
    """Return all of it; amounts in the policy's currency unless a row names another.

    `forecast` is that of GET /api/v1/forecast: which of them lost their skill is shown here too.
    """
    policy = state.rules.policy
    shown: Json = {"schema": SCHEMA, "at": instant(now_ns)}
    shown["currency"] = policy.currency if policy else None
    if policy is None:
        return shown | {"pnl": [], "shocks": [], "triggers": [], "forecasts": []}
    return shown | {
        "pnl": pnl(state, seen, policy, now_ns),
        "shocks": _shocks(state, seen, policy, now_ns),
        "triggers": stress.rows(state, seen),
        "forecasts": _forecasts(forecast),
    }


def pnl(state: NodeState, seen: Seen, policy: Policy, now_ns: int) -> list[Json]:
    """Return the P&L of all, at worst, and by micro-event, venue, desk, instrument, currency."""
    whole = total(state, seen, policy, None, now_ns)
    worst = at_worst(state, seen, policy, None, now_ns)
    rows = [_row(state, policy, "all", "all", whole), _row(state, policy, "all", "worst", worst)]
    rows += _rows(state, policy, "event", split.by_event(state, seen, policy, whole, now_ns))
    found = list(split.parts(state, seen, policy, now_ns))
    for by, name_of in split.DIMENSIONS.items():
        rows += _rows(state, policy, by, split.sums(found, name_of, whole))
    for currency, made in sorted(split.by_currency(found).items()):
        if currency in state.rules.currencies:  # one of unknown scale is no amount
            rows.append(_in(state, "currency", currency, made, currency))
    return rows


def _rows(
    state: NodeState, policy: Policy, by: str, found: Mapping[str, int | None]
) -> list[Json]:
    return [_row(state, policy, by, name, made) for name, made in sorted(found.items())]


def _row(state: NodeState, policy: Policy, by: str, name: str, made: int | None) -> Json:
    return _in(state, by, name, made, policy.currency)


def _in(state: NodeState, by: str, name: str, made: int | None, currency: str) -> Json:
    """Return a row; `pnl` is null where there is no fresh price or rate for all of it."""
    shown = None if made is None else amount(state, made, currency)
    return {"by": by, "name": name, "pnl": shown, "currency": currency}


def _shocks(state: NodeState, seen: Seen, policy: Policy, now_ns: int) -> list[Json]:
    return [
        {
            "scenario": one.name,
            "percent": f"{one.shock_ppm // PERCENT_PPM:+d}",
            "pnl": None
            if one.pnl_minor is None
            else amount(state, one.pnl_minor, policy.currency),
            "worst": (
                None
                if one.worst_minor is None
                else amount(state, one.worst_minor, policy.currency)
            ),
            "note": one.note,
        }
        for one in shocks.shocked(state, seen, policy, now_ns)
    ]


def _forecasts(forecast: Json) -> list[Json]:
    """Return each horizon of which the half-hour average speaks, with why."""
    return [
        {
            "instrument": row["instrument"],
            "source": source["source"],
            "minutes": ahead["minutes"],
            "why": ahead["fallback"]["why"],
            "since": ahead["fallback"]["since"],
        }
        for row in forecast["instruments"]
        for source in row["sources"]
        for ahead in source["horizons"]
        if ahead["fallback"]
    ]
