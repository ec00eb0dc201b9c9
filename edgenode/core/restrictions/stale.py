"""Silent or skewed venues, and missing rates: the causes `stale:VENUE` and `no_rate`.

    what is missing                                        restricted
    -----------------------------------------------------  -------------------------------------
    books of a hedge venue, for every instrument           venue:V by stale:V
    an instrument's reference price                        instrument:X by stale:REFERENCE VENUE
    an instrument's last hedge venue with a young book     instrument:X by stale:V of each venue
    an instrument's rate into the policy's currency        instrument:X by no_rate
    one of these for every enabled instrument              the node instead, by the same causes

Judged at each tick by policy's ages. An age counts from the receipt of the newest other book. A
book that lacks a side is none: it has no mid. A venue that was silent stays so until two books
came within its limit: a feed whose books come about as far apart as the limit sets its cause once.
"""

from edgenode.core.observations import Act
from edgenode.core.restrictions.causes import NO_RATE, STALE, family, lift, restrict
from edgenode.core.seen import Heard, Seen, one_sided
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


def due(state: NodeState, seen: Seen, policy: Policy, now_ns: int) -> list[Act]:
    """Return what sets the causes that hold now, and lifts those that no longer do."""
    wanted = _wanted(state, seen, policy, now_ns)
    acts: list[Act] = []
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
    names = [one.id for one in traded]
    silent = _silent(state, seen, policy, names, now_ns)
    wanted = {
        f"venue:{venue}": {f"{STALE}:{venue}": next(iter(said.values()))}
        for venue, said in silent.items()
        if names and len(said) == len(names)
    }
    lacking = {one.id: _lacking(state, seen, policy, one, silent, now_ns) for one in traded}
    if lacking and all(lacking.values()):
        wanted[NODE] = {c: r for causes in reversed(lacking.values()) for c, r in causes.items()}
    else:
        wanted |= {f"instrument:{name}": causes for name, causes in lacking.items() if causes}
    return wanted


def _silent(
    state: NodeState, seen: Seen, policy: Policy, names: list[InstrumentId], now_ns: int
) -> dict[VenueId, dict[InstrumentId, str]]:
    """Return what is wrong with the books of each hedge venue that policy names."""
    if not policy.overlay_enabled:
        return {}
    found: dict[VenueId, dict[InstrumentId, str]] = {}
    for venue in policy.overlay_venues:
        if venue.venue != LOCAL_VENUE:
            held = _is_held(state, venue.venue)
            limit_ms = venue.age_ms_max
            found[venue.venue] = {
                name: text
                for name in names
                if (text := fault(seen, venue.venue, name, limit_ms, held=held, now_ns=now_ns))
            }
    return found


def _lacking(
    state: NodeState,
    seen: Seen,
    policy: Policy,
    instrument: Instrument,
    silent: dict[VenueId, dict[InstrumentId, str]],
    now_ns: int,
) -> Causes:
    """Return the causes that keep an instrument from being traded and hedged."""
    name, venue = instrument.id, policy.reference_venue
    causes: Causes = {}
    if silent and all(name in said for said in silent.values()):
        causes |= {f"{STALE}:{one}": said[name] for one, said in silent.items()}
    if policy.static_reference_ticks is None:
        limit_ms, held = policy.reference_age_ms_max, _is_held(state, venue)
        found = fault(seen, venue, name, limit_ms, held=held, now_ns=now_ns)
        if found:
            causes[f"{STALE}:{venue}"] = found
    if fx.rate(state.rules, policy, instrument.quote, now_ns) is None:
        limit = _span(policy.fx_age_ms_max)
        causes[NO_RATE] = f"no rate {instrument.quote} to {policy.currency} younger than {limit}"
    return causes


def fault(
    seen: Seen, venue: VenueId, name: InstrumentId, limit_ms: int, *, held: bool, now_ns: int
) -> str:
    """Return what is wrong with a venue's books of an instrument, "" if nothing is.

    `held`: the venue is restricted for this already, and must show two books within its limit.
    """
    book = seen.book(venue, name)
    if book is None:
        return f"no book from {venue} yet (limit {_span(limit_ms)})"
    age_ms = seen.age_ms(venue, name, now_ns)
    if age_ms is None:
        ahead_ms = (book.published_ns - now_ns) // MS_NS
        return f"the books of {venue} are dated {_span(ahead_ms)} ahead of this clock"
    if lacking := one_sided(book):
        return f"the books of {venue} show no {lacking}"
    heard = seen.heard.get((venue, name)) or Heard(book.published_ns)
    since_ms = (now_ns - heard.received_ns) // MS_NS
    late_ms = (heard.received_ns - book.published_ns) // MS_NS
    gap_ms = heard.gap_ns // MS_NS if held else 0
    if since_ms <= limit_ms and late_ms <= limit_ms and gap_ms <= limit_ms:
        return ""  # the usual case: nothing is worded
    for figure_ms, words in (
        (since_ms, f"no book from {venue} for {_span(since_ms)}"),
        (late_ms, f"the books of {venue} are {_span(late_ms)} old when they arrive"),
        (gap_ms, f"the books of {venue} come {_span(gap_ms)} apart"),
    ):
        if figure_ms > limit_ms:
            return f"{words} (limit {_span(limit_ms)})"
    return ""


def _is_held(state: NodeState, venue: VenueId) -> bool:
    cause = f"{STALE}:{venue}"
    return any(cause in causes for causes in state.restrictions.held.values())


def _span(ms: int) -> str:
    return f"{ms // SECOND_MS} s" if ms >= SECOND_MS else f"{ms} ms"
