"""Silent or skewed venues, and missing rates: the causes `stale:VENUE` and `no_rate`.

    what is missing                                        restricted
    -----------------------------------------------------  -------------------------------------
    books of a hedge venue, for every instrument           venue:V by stale:V
    an instrument's reference price                        instrument:X by stale:REFERENCE VENUE
    an instrument's last hedge venue with a young book,    instrument:X by stale:V of each venue
    that no trigger stops (core/restrictions/stress)       that is silent
    an instrument's rate into the policy's currency        instrument:X by no_rate
    one of these for every enabled instrument              the node instead, by the same causes

Judged at each tick by policy's ages. An age counts from the receipt of the newest other book. A
book that lacks a side is none: it has no mid. A venue that was silent stays so until two books
came within its limit: a feed whose books come about as far apart as the limit sets its cause once.
"""

from edgenode.core.observations import Act
from edgenode.core.restrictions.causes import NO_RATE, STALE, family, lift, restrict
from edgenode.core.restrictions.stress import stops
from edgenode.core.seen import AHEAD_NS_MAX, Seen, one_sided
from edgenode.core.state import fx
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.restrictions import NODE
from edgenode.model.facts import Instrument, Policy
from edgenode.model.ids import LOCAL_VENUE, InstrumentId, VenueId

RULE = "rule:market"
MS_NS = 1_000_000
SECOND_MS = 1_000
Causes = dict[str, str]  # cause -> reason
Wanted = dict[str, Causes]  # scope -> causes
Silent = dict[VenueId, dict[InstrumentId, str]]  # what is wrong with a venue's books


def due(state: NodeState, seen: Seen, policy: Policy, now_ns: int) -> list[Act]:
    """Return what sets the causes that hold now, and lifts those that no longer do."""
    wanted = _wanted(state, seen, policy, now_ns)
    acts: list[Act] = []
    if not wanted and not state.restrictions.held:
        return acts  # the usual case
    for scope, causes in sorted(wanted.items()):
        for cause, reason in sorted(causes.items()):
            acts += restrict(state, scope, cause, "reducing", reason, reason, now_ns, by=RULE)
    for scope, cause, _ in state.restrictions.rows():
        if family(cause) in {STALE, NO_RATE} and cause not in wanted.get(scope, {}):
            heard = "a young rate" if cause == NO_RATE else "young books"
            acts += lift(state, scope, cause, "there is a market again", heard, now_ns, by=RULE)
    return acts


def _wanted(state: NodeState, seen: Seen, policy: Policy, now_ns: int) -> Wanted:
    """Return every cause that holds now, by scope."""
    traded = [one for one in state.rules.instruments.values() if one.enabled]
    silent = _silent(state, seen, policy, [one.id for one in traded], now_ns)
    wanted = {
        f"venue:{venue}": {f"{STALE}:{venue}": next(iter(said.values()))}
        for venue, said in silent.items()
        if said and len(said) == len(traded)
    }
    lacking = _lacking(state, seen, policy, traded, silent, now_ns)
    if traded and len(lacking) == len(traded):
        wanted[NODE] = {c: r for causes in reversed(lacking.values()) for c, r in causes.items()}
    else:
        wanted |= {f"instrument:{name}": causes for name, causes in lacking.items()}
    return wanted


def _silent(
    state: NodeState, seen: Seen, policy: Policy, names: list[InstrumentId], now_ns: int
) -> Silent:
    """Return what is wrong with the books of each hedge venue that policy names."""
    if not policy.overlay_enabled:
        return {}
    return {
        one.venue: _faults(state, seen, one.venue, names, one.age_ms_max, now_ns)
        for one in policy.overlay_venues
        if one.venue != LOCAL_VENUE
    }


def _lacking(
    state: NodeState,
    seen: Seen,
    policy: Policy,
    traded: list[Instrument],
    silent: Silent,
    now_ns: int,
) -> dict[InstrumentId, Causes]:
    """Return the causes that keep instruments from being traded and hedged, if there are any."""
    venue, unpriced = policy.reference_venue, dict[InstrumentId, str]()
    if policy.static_reference_ticks is None:
        names, limit_ms = [one.id for one in traded], policy.reference_age_ms_max
        unpriced = _faults(state, seen, venue, names, limit_ms, now_ns)
    unheard = any(silent.values())
    found: dict[InstrumentId, Causes] = {}
    for one in traded:
        causes: Causes = {}
        if unheard and all(
            one.id in said or stops(state, v, one.id) for v, said in silent.items()
        ):
            causes |= {
                f"{STALE}:{v}": said[one.id] for v, said in silent.items() if one.id in said
            }
        if one.id in unpriced:
            causes[f"{STALE}:{venue}"] = f"{unpriced[one.id]}: it tells the reference price"
        if fx.rate(state.rules, policy, one.quote, now_ns) is None:
            limit, pair = _span(policy.fx_age_ms_max), f"{one.quote} to {policy.currency}"
            causes[NO_RATE] = f"no rate {pair} younger than {limit}"
        if causes:
            found[one.id] = causes
    return found


def _faults(
    state: NodeState,
    seen: Seen,
    venue: VenueId,
    names: list[InstrumentId],
    limit_ms: int,
    now_ns: int,
) -> dict[InstrumentId, str]:
    """Return of which instruments a venue's books are wrong, and what of them."""
    held = bool(state.restrictions.held) and _is_held(state, venue)
    return {
        name: text
        for name in names
        if (text := fault(seen, venue, name, limit_ms, held=held, now_ns=now_ns))
    }


def fault(
    seen: Seen, venue: VenueId, name: InstrumentId, limit_ms: int, *, held: bool, now_ns: int
) -> str:
    """Return what is wrong with a venue's books of an instrument, "" if nothing is.

    `held`: the venue is restricted for this already, and must show two books within its limit.
    """
    book = seen.book(venue, name)
    if book is None:
        return f"no book from {venue} yet (limit {_span(limit_ms)})"
    published_ns = book.published_ns
    if published_ns - now_ns > AHEAD_NS_MAX:
        ahead = _span((published_ns - now_ns) // MS_NS)
        return f"the books of {venue} are dated {ahead} ahead of this clock"
    if not (book.bids and book.asks):
        return f"the books of {venue} show no {one_sided(book)}"
    heard = seen.heard.get((venue, name))
    received_ns, gap_ns = (published_ns, 0) if heard is None else heard
    since_ns, late_ns = now_ns - received_ns, received_ns - published_ns
    beyond_ns = (limit_ms + 1) * MS_NS  # the first age beyond the limit, which is in whole ms
    if since_ns >= beyond_ns:
        words = f"no book from {venue} for {_span(since_ns // MS_NS)}"
    elif late_ns >= beyond_ns:
        words = f"the books of {venue} are {_span(late_ns // MS_NS)} old when they arrive"
    elif held and gap_ns >= beyond_ns:
        words = f"the books of {venue} come {_span(gap_ns // MS_NS)} apart"
    else:
        return ""
    return f"{words} (limit {_span(limit_ms)})"


def _is_held(state: NodeState, venue: VenueId) -> bool:
    cause = f"{STALE}:{venue}"
    return any(cause in causes for causes in state.restrictions.held.values())


def _span(ms: int) -> str:
    return f"{ms // SECOND_MS} s" if ms >= SECOND_MS else f"{ms} ms"
