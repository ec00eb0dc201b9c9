"""Whether the desk trades: the grants that it lacks, and why it does not quote. Reads only.

    unexpired grants        the desk
    ----------------------  ------------------------------------------------------
    no cost grant           only reduces
    no cash grant           buys nothing
    no position grant of    takes no position on that side, which hedges of the other
      a side                side's customers need

A policy with neither a quoter nor an overlay needs a cost grant alone: it is for whatever else
the desk sends.
"""

from edgenode.core.gate import gate
from edgenode.core.seen import Seen
from edgenode.core.state.grants import Account
from edgenode.core.state.node_state import NodeState
from edgenode.daemon.view.grants import ended
from edgenode.daemon.view.units import Json
from edgenode.model.errors import REGISTRY
from edgenode.model.facts import Instrument, Policy, Reason
from edgenode.model.ids import DESK_BOOK, LOCAL_VENUE, ClientOrderId
from edgenode.model.instants import instant
from edgenode.model.orders import SIDES, OrderIntent, Side

NO_GRANT = "EN129"
SOON_NS = 4 * 3_600 * 10**9  # before its end a grant is told: time to bring another one by hand
NOT_FOR_QUOTES = {
    "EN109",
    "EN116",
}  # rows of the gate that a quote does not pass (core/gate/sides)
PROBE = ClientOrderId("quote")  # of no order: no submitter has it


def quoting(state: NodeState) -> bool:
    """Return whether the desk's quote stands in any instrument, on either side."""
    return any(any(state.orders.quote_lots(name)) for name in state.orders.quotes)


def lacks_grants(state: NodeState, policy: Policy, now_ns: int) -> bool:
    """Return whether the desk only reduces, as a grant that it needs is not there."""
    return bool(_missing(state, policy, now_ns))


def problems(state: NodeState, seen: Seen, policy: Policy, now_ns: int) -> list[Json]:
    """Return each grant that the desk lacks; where none is, why an instrument has no quote."""
    missing = _missing(state, policy, now_ns)
    if missing:
        return [_lacking(*one, now_ns) for one in missing]
    rows = [_ending(*one, now_ns) for one in _missing(state, policy, now_ns + SOON_NS)]
    if not policy.quote_size_lots or state.restrictions.level() != "active":
        return rows  # it has no quoter, or what restricts it is told
    for name, instrument in sorted(state.rules.instruments.items()):
        if instrument.enabled and not any(state.orders.quote_lots(name)):
            rows += _not_quoted(state, seen, policy, instrument, now_ns)
    return rows


def _missing(
    state: NodeState, policy: Policy, now_ns: int
) -> list[tuple[str, str, list[Account]]]:
    """Return (what is missing, what to do, those that ended) of each grant."""
    grants, currency, node = state.grants, policy.currency, state.ledger.party
    trades = bool(policy.overlay_enabled or policy.quote_size_lots)
    issue = f"The desk issues one: edgecentral grant issue {node}"
    issue += " --id NAME --limit N --expiry TIME"
    rows = []
    for kind, then in (("cost", "only reduces"), ("cash", "buys nothing")):
        if (trades or kind == "cost") and not grants.live(kind, currency, now_ns):
            text = f"No unexpired {kind} grant in {currency}: the desk {then}"
            had = grants.ended(kind, currency, now_ns)
            rows.append((text, f"{issue} --kind {kind} --unit {currency}", had))
    for name, instrument in sorted(state.rules.instruments.items()):
        for side in SIDES:
            left = grants.position_limit(name, side, now_ns, reducing=False)
            if trades and instrument.enabled and not left:
                text = (
                    f"No unexpired position grant to {side} {name}: the desk opens nothing there"
                )
                do = f"{issue} --kind position --unit lots --instrument {name} --side {side}"
                had = [
                    a
                    for a in grants.ended("position", "lots", now_ns)
                    if (a.grant.instrument, a.grant.side) == (name, side)
                ]
                rows.append((text, do, had))
    return rows


def _lacking(text: str, do: str, had: list[Account], now_ns: int) -> Json:
    """Return the problem of a grant that is not there: since when, and how the last one ended."""
    newest = max(had, key=lambda a: (a.ended_ns(now_ns) or 0, a.grant.id), default=None)
    if newest is None:
        return _problem(NO_GRANT, "error", text, do)
    told = _problem(
        NO_GRANT, "error", f"{text}. {newest.grant.id} {ended(newest, now_ns)}".rstrip("."), do
    )
    return told | {"since": instant(newest.ended_ns(now_ns) or 0)}


def _ending(text: str, do: str, had: list[Account], now_ns: int) -> Json:
    """Return the warning of what will be missing soon, with the last grant's end."""
    last = max((a for a in had if a.ended_ns(now_ns) is None), key=lambda a: a.grant.expiry)
    ends = f"{last.grant.id} expires {instant(last.grant.expiry)}; then: {text[:1].lower()}"
    return _problem(NO_GRANT, "warning", ends + text[1:], do)


def _not_quoted(
    state: NodeState, seen: Seen, policy: Policy, instrument: Instrument, now_ns: int
) -> list[Json]:
    """Return why the smallest quote of an instrument would be denied; nothing if it would not."""
    against = {side: _against(state, seen, policy, instrument, side, now_ns) for side in SIDES}
    if not all(against.values()):
        return []  # a quote stands from the next tick on
    said = "; ".join(f"to {side}: {_words(reasons)}" for side, reasons in against.items())
    first = next(iter(against.values()))[0].code
    text = f"No quote of {instrument.id} stands. {said}"
    return [_problem(first, "warning", text, "End these causes: quotes come back by themselves")]


def _against(
    state: NodeState,
    seen: Seen,
    policy: Policy,
    instrument: Instrument,
    side: Side,
    now_ns: int,
) -> list[Reason]:
    """Return the gate's reasons against the smallest order of the desk's book."""
    reference = seen.reference(policy, instrument.id, now_ns)
    if reference is None or instrument.id in state.limits.auctions:
        return []  # told by its restriction; an auction has no quotes
    intent = OrderIntent(
        client_order_id=PROBE,
        account=DESK_BOOK,
        venue=LOCAL_VENUE,
        instrument=instrument.id,
        side=side,
        quantity_lots=max(1, instrument.quantity_lots_min),
        price_ticks=reference.ticks,
    )
    reasons = gate.judge(state, seen, intent, now_ns).reasons
    return [reason for reason in reasons if reason.code not in NOT_FOR_QUOTES]


def _words(reasons: list[Reason]) -> str:
    return ", ".join(
        f"{REGISTRY[r.code].text} ({r.name}: {r.value}, limit {r.limit} {r.unit})" for r in reasons
    )


def _problem(code: str, severity: str, text: str, do: str) -> Json:
    return {"code": code, "severity": severity, "text": text, "do": do, "since": None}
