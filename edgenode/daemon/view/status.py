"""The one-glance status: verdict, problems, link, exposure, wallet. Same numbers everywhere."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from edgenode import __version__
from edgenode.core.hedge.band import band_of
from edgenode.core.restrictions.causes import CENTRE, CLOCK
from edgenode.core.risk import runway, shown
from edgenode.core.seen import Seen
from edgenode.core.state.node_state import NodeState
from edgenode.core.sync.table import ROLLBACK, SyncVerdict
from edgenode.daemon.view import books as books_view
from edgenode.daemon.view import desk as desk_view
from edgenode.daemon.view import exposed as exposed_view
from edgenode.daemon.view import orders as orders_view
from edgenode.daemon.view import programmes as programmes_view
from edgenode.daemon.view import restrictions as restrictions_view
from edgenode.daemon.view import stress as stress_view
from edgenode.daemon.view.exposed import Pace
from edgenode.model import currencies
from edgenode.model.errors import RefusedError
from edgenode.model.facts import MicroEventOpened
from edgenode.model.ids import NO_EVENT, InstrumentId
from edgenode.model.instants import instant
from edgenode.model.money import Money, format_decimal
from edgenode.ports.clock import Clock
from edgenode.ports.log import Lost

Json = dict[str, Any]
SCHEMA = "edgenode.status/1"
OBSERVES_DO = "Ask the box itself. Never start this copy without --observe: two histories end it"
TOLD = ("since", "scope", "cause", "ends")  # of a cause, beside its words


@dataclass(slots=True)
class Running:
    """The process: identity, clocks, what was verified, and a fault if there is one."""

    pid: int
    mode: str
    wall: Clock
    market: Clock
    url: str = ""
    fault: str = ""
    verified_at_ns: int | None = None
    verified_from: int | None = None  # the first entry that was proved then
    root: Callable[[], bytes | None] = lambda: None  # of the newest durable head
    lost: Callable[[], Lost] = Lost  # lines of the log
    beside_fold: Callable[[], list[Json]] = list  # problems that the process alone knows
    pace: Pace = field(default_factory=Pace)  # of exposure, in the last minutes
    observes: bool = False  # a copy to look at (daemon/observer)
    fingerprint: str = ""  # of the ledger's key: what a person compares before approving it


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkStatus:
    """The link to the centre, as the syncer knows it."""

    configured: bool
    online: bool
    offline_since_ns: int | None
    acked_size: int
    unsynced_entries: int
    unsynced_peak: int
    oldest_unsynced_ns: int | None
    last_error: str | None
    refused: RefusedError | None = None  # why the centre turned this node away, if it did
    lag_ms: tuple[float, ...] = ()
    found: SyncVerdict | None = None  # of the heads, as this connection began
    took_back: bool = False  # this start found itself to be an old copy
    told_and_lost: int = 0  # entries that the centre told this node and no longer holds


NO_LINK = LinkStatus(
    configured=False,
    online=False,
    offline_since_ns=None,
    acked_size=0,
    unsynced_entries=0,
    unsynced_peak=0,
    oldest_unsynced_ns=None,
    last_error=None,
)


def status(state: NodeState, running: Running, link: LinkStatus, seen: Seen) -> Json:
    """Return the shape of `status --json`."""
    now = state.limits.believed(running.market.now_ns())
    exposed = exposed_view.why(state, seen, running.pace, now)
    problems = _problems(state, seen, running, link, now)
    if exposed is not None:
        do = "Pause, or call the desk: what is exposed is not worked off in time"
        problems.insert(0, problem("EN601", "warning", exposed[0], do, exposed[1]))
    if running.observes:
        problems.insert(0, _observes(state))
    return {
        "message_type": "summary",
        "schema": SCHEMA,
        "version": __version__,
        "node_id": state.ledger.party,
        "incarnation": state.ledger.incarnation,
        "fingerprint": running.fingerprint,
        "running": True,
        "observes": running.observes,
        "pid": running.pid,
        "url": running.url,
        "mode": running.mode,
        "verdict": verdict(state, seen, running, now),
        "exposed": exposed is not None,
        "quoting": desk_view.quoting(state),
        "unhedged": _unhedged(state),
        "problems": problems,
        "ledger": {
            "size": state.size,
            "root": (running.root() or b"").hex(),
            "verified_at": _instant(running.verified_at_ns),
            "verified_from_seq": running.verified_from,
        },
        "sync": _sync(state, link, running, now),
        "log_lines_dropped": running.lost().lines,
        "market_time": instant(now),
        "market": _market(state, seen, now),
        **books(state, seen, now),
        **({"trading_state": "halted"} if running.observes else {}),
    }


def verdict(state: NodeState, seen: Seen, running: Running, now_ns: int) -> str:
    """Return the first that holds: FAULT, PAUSED, HOLD, EXPOSED, HEDGING, READY."""
    if running.fault:
        return "FAULT"
    if restrictions_view.paused(state):
        return "PAUSED"
    if running.observes or _held(state, now_ns):
        return "HOLD"
    if exposed_view.why(state, seen, running.pace, now_ns) is not None:
        return "EXPOSED"
    hedging = any(_hedging(state, name) for name in state.rules.instruments)
    return "HEDGING" if hedging else "READY"


def _held(state: NodeState, now_ns: int) -> bool:
    """Return whether a cause restricts the node, an instrument, or the micro-event that runs."""
    scopes = [f"instrument:{name}" for name in state.rules.instruments]
    scopes.append(f"event:{state.limits.event_at(now_ns)}")
    policy = state.rules.policy
    return (
        policy is None
        or state.restrictions.level(*scopes) != "active"
        or state.limits.is_behind(now_ns)
        or desk_view.lacks_grants(state, policy, now_ns)
    )


def _hedging(state: NodeState, name: InstrumentId) -> bool:
    """Return whether |net| is beyond the band, or there is an overlay, or a hedge at work."""
    return (
        exposed_view.worst_of(state, name) > band_of(state, name)
        or state.exposure(name).overlay_agreed != 0
        or exposed_view.works(state, name)
    )


def _unhedged(state: NodeState) -> bool:
    """Return whether the overlay is further from its target than the band allows."""
    if state.rules.policy is None:
        return False
    seen = ((name, state.exposure(name)) for name in state.rules.instruments)
    return any(abs(one.target - one.overlay_agreed) > band_of(state, name) for name, one in seen)


def _problems(
    state: NodeState, seen: Seen, running: Running, link: LinkStatus, now: int
) -> list[Json]:
    problems = []
    if running.fault:
        problems.append(problem("EN400", "error", running.fault, "see the log; restart", None))
    if state.rules.policy is None:
        text, do = "No policy was adopted: every order is denied", "enroll, or init --paper"
        problems.append(problem("EN129", "error", text, do, None))
    else:
        problems += desk_view.problems(state, seen, state.rules.policy, now)
    problems += [*log_problems(running.lost()), *running.beside_fold()]
    found = None if link.found is ROLLBACK else link.found
    code = found.code if found is not None else None
    rows = restrictions_view.problems(state)
    if found is not None and code is not None:
        row = problem(code, "warning", found.page, found.do_at(state.ledger.party), None)
        # What the centre says now is told once, with what restricts because of it.
        because = next((r for r in rows if (r["cause"], r["code"]) == (CENTRE, code)), {})
        rows = [r for r in rows if r is not because]
        problems.append({**row, **{k: because[k] for k in TOLD if k in because}})
    if link.told_and_lost:
        problems.append(_told_and_lost(link))
    if state.limits.is_behind(now):  # the next tick records it, if none has; the times are told
        held = next((row for row in rows if row["cause"] == CLOCK), {})
        rows = [row for row in rows if row["cause"] != CLOCK]
        problems.append({**_clock(state, now), **{k: held[k] for k in TOLD if k in held}})
    problems += rows
    problems += stress_view.problems(stress_view.rows(state, seen))
    problems += _runways(state, now)
    problems += map(_surge, state.limits.surges(now))
    told = code is not None and (link.refused is None or link.refused.code == code)
    if link.configured and not link.online and not told:
        problems.append(_no_link(link))
    return problems + programmes_view.problems(state) + books_view.break_problems(state)


def _observes(state: NodeState) -> Json:
    text = (
        f"It only observes: the {state.size} entries of its folder, and the market."
        " It asks no centre, and records, sends and submits nothing"
    )
    return problem("EN121", "warning", text, OBSERVES_DO, None)


def _no_link(link: LinkStatus) -> Json:
    """Return the problem of a centre that turns this node away, or that does not answer."""
    since_ns, wait = link.offline_since_ns, f"{link.unsynced_entries} entries wait"
    refused = link.refused
    if refused is not None:
        text = f"The centre refuses this node: {refused.found}; {wait}"
        do = refused.do or "ask the desk: edgecentral node ls shows what it knows of this node"
        return problem(refused.code, "error", text, do, since_ns)
    text = f"The centre is not reachable; {wait}"
    return problem(
        "EN301", "warning", text, "nothing is lost; they are sent when a path exists", since_ns
    )


def _told_and_lost(link: LinkStatus) -> Json:
    """Return the problem of a centre that does not hold any more what it told this node."""
    text = (
        f"The centre was restored from an old copy: it lost {link.told_and_lost} entries that it"
        " told this node, and tells it nothing more. What was adopted holds on; what is recorded"
        " here goes to the centre"
    )
    do = "tell the desk: it puts a newer copy in place, or keys this node anew"
    return problem("EN309", "error", text, do, None)


def _runways(state: NodeState, now: int) -> list[Json]:
    """Return the caps and cost grants that will be used up before their end at this pace."""
    policy = state.rules.policy
    rows = runway.short(state, policy, now) if policy is not None else []
    return [
        problem(
            "EN116",
            "warning",
            f"At the present pace {row.subject} lasts until {instant(row.lasts_ns)},"
            f" not until {instant(row.ends_ns)}",
            "issue another grant, or raise the cap; quotes shrink as it is used up",
            None,
        )
        for row in rows
    ]


def log_problems(lost: Lost) -> list[Json]:
    """Return the problem of a log that loses lines; trading goes on without them."""
    if not lost.lines:
        return []
    text = f"The log lost {lost.lines} lines since the start: {lost.found}"
    do = "look at who reads the log, and at its disk; nothing of the ledger is in it alone"
    return [problem("EN010", "warning", text, do, lost.at_ns)]


def _clock(state: NodeState, now: int) -> Json:
    text = f"The clock says {instant(now)}, behind what is recorded: it only reduces"
    do = f"set it right; it was {instant(state.limits.newest_ns)} and later"
    return problem("EN118", "error", text, do, None)


def _sync(state: NodeState, link: LinkStatus, running: Running, now: int) -> Json:
    return {
        "configured": link.configured,
        "online": link.online,
        "offline_since": _instant(link.offline_since_ns),
        "acked_size": link.acked_size,
        "unsynced_entries": link.unsynced_entries,
        "unsynced_peak": link.unsynced_peak,
        "lag_ms": lag(link.lag_ms),
        "oldest_unsynced_at": _instant(link.oldest_unsynced_ns),
        **at_stake(state, now),
        "refused": _refused(link),
        "last_error": link.last_error,
        "checked_at": instant(running.wall.now_ns()),
    }


def _refused(link: LinkStatus) -> str | None:
    """Return why a centre that answers takes nothing; None if it takes it, or is mute."""
    if link.online or link.refused is None:
        return None
    found = link.found
    told = found is not None and found.code == link.refused.code
    return found.page if found is not None and told else link.refused.found


def at_stake(state: NodeState, now_ns: int) -> Json:
    """Return until when a node may go on alone, and what it may have spent by then."""
    policy = state.rules.policy
    costs = (a for a in state.grants.accounts.values() if a.grant.kind == "cost")
    reserved = sum(a.reserved + a.spent for a in costs)
    at_risk = None
    if policy is not None:
        at_risk = currencies.as_json(state.rules.currencies, Money(reserved, policy.currency))
    accounts = state.grants.accounts.values()
    expiries = [a.grant.expiry for a in accounts if a.ended_ns(now_ns) is None]
    return {
        "hard_stop_at": _instant(min(expiries, default=None)),
        "at_risk": at_risk,  # what hedging cost and may cost: no measure of the exposure
        "hedging_money": books_view.hedging_money(state, now_ns),
    }


def books(state: NodeState, seen: Seen, now_ns: int) -> Json:
    """Return what the fold and a reference price tell, whether the node runs or not."""
    return {
        "trading_state": state.restrictions.level(),
        "paused": restrictions_view.paused(state),
        "hedges_paused": restrictions_view.hedges_paused(state),
        "restrictions": restrictions_view.rows(state),
        "triggers": stress_view.rows(state, seen),
        "orders": orders_view.order_counts(state),
        "exposure": books_view.exposure(state),
        "hedge_room": books_view.hedge_room(state, seen, now_ns),
        "wallet": books_view.wallet(state, now_ns),
        "requests": shown.listed(state, now_ns),
        "events": books_view.events(state, now_ns),
        "event": _event(state, now_ns),
        "breaks": len(state.breaks.open),
        "pnl": _pnl(state, seen, now_ns),
        "residual": exposed_view.residual(state),
    }


def problem(code: str, severity: str, text: str, do: str, since_ns: int | None) -> Json:
    """Return a row of `problems`."""
    return {
        "code": code,
        "severity": severity,
        "text": text,
        "do": do,
        "since": _instant(since_ns),
    }


def _event(state: NodeState, now_ns: int) -> Json | None:
    event_id = state.limits.event_at(now_ns)
    if event_id == NO_EVENT:
        return None
    event = state.limits.events[event_id]
    return {
        "event_id": event_id,
        "name": event.name,
        "source": event.source,
        "ends": instant(event.ends),
    }


def _surge(event: MicroEventOpened) -> Json:
    """Return the alert of a surge that no person declared and no calendar named."""
    text = f"{event.name}, and no micro-event was declared: it spends what belongs to none"
    do = "If it is real: edgenode event declare NAME --ends T. Else: edgenode event close ID"
    row = problem("EN603", "warning", text, f"{do} ({event.event_id})", event.starts)
    return {**row, "event_id": event.event_id, "ends": instant(event.ends)}


def _market(state: NodeState, seen: Seen, now_ns: int) -> list[Json]:
    rows = []
    for (venue, name), book in sorted(seen.books.items()):
        instrument = state.rules.instruments.get(name)
        if instrument is not None:
            mid = format_decimal(book.mid_ticks, instrument.price_decimals)
            age = max(0, now_ns - book.published_ns) // 1_000_000
            rows.append({"venue": venue, "instrument": name, "mid": mid, "age_ms": age})
    return rows


def _pnl(state: NodeState, seen: Seen, now_ns: int) -> Json | None:
    policy = state.rules.policy
    if policy is None or not state.rules.instruments:
        return None
    name = min(state.rules.instruments)
    reference = seen.reference(policy, name, now_ns)
    return books_view.profit(state, name, reference.ticks if reference else None)


def lag(samples: tuple[float, ...]) -> Json:
    """Return how long commits waited for the centre's cosignature while the link was up.

    None if none of them did.
    """
    ordered = sorted(samples)
    count = len(ordered)

    def rank(percent: int) -> int | None:
        return round(ordered[min(count - 1, count * percent // 100)]) if count else None

    return {"p50": rank(50), "p99": rank(99), "samples": count}


def _instant(ns: int | None) -> str | None:
    return None if ns is None else instant(ns)
