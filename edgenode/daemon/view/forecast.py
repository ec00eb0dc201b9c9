"""The forecast in outward shapes. Quantiles are estimates, as rounded decimals.

`quantiles` are corrected by the other sources of the instrument as far as they proved. `alone` is
what the source would say without them; null where they change nothing.
"""

from collections.abc import Sequence

from edgenode.core.estimate.aggregate.words import Told
from edgenode.core.estimate.live import Ahead, Shown
from edgenode.core.state.rules import Rules
from edgenode.daemon.view.units import Json
from edgenode.model.ids import InstrumentId
from edgenode.model.instants import instant
from edgenode.model.signals import FEED, Source, SourceId, name_of
from edgenode.services.signals import Signals

SECOND_NS = 1_000_000_000
SCHEMA = "edgenode.forecast/1"
FALLBACK = {  # what stands in where the newest quantiles are not to be used
    "warming": "half-hour average: usual_a_bar",
    "stale": "half-hour average of then: usual_a_bar",
    "learning": "half-hour average of the newest bar that was taken: usual_a_bar",
    "fallback": "half-hour average, where a horizon names its fallback",
}
FORMS = {"book": 0, "own": 1, "each": 2, "counter": 2}
RANK = {"ready": 0, "fallback": 1, "stale": 2, "learning": 3, "warming": 4, "waiting": 5}


def forecast(
    signals: Signals | None, rules: Rules, now_ns: int, events: Sequence[Json] = ()
) -> Json:
    """Return what is forecast: for each instrument by its first source, and by each source.

    Of those that were heard the reference venue speaks first; then other venues, our own book,
    feeds; of equals the readiest.
    """
    now_s = now_ns // SECOND_NS
    rows: list[Json] = []
    by_instrument: dict[InstrumentId, list[tuple[Source, Shown]]] = {}
    for live in signals.sources.live.values() if signals else ():
        shown = live.shown(now_s)
        by_instrument.setdefault(live.source.instrument, []).append((live.source, shown))
    for instrument, found in sorted(by_instrument.items()):
        first = min(found, key=lambda one: _rank(one[0], one[1], rules))
        sources = [
            _source(source, shown, rules, now_s) for source, shown in sorted(found, key=_name)
        ]
        headline = next(row for row in sources if row["source"] == first[0].id)
        shown_first = {key: headline[key] for key in ("source", "state", "unit", "horizons")}
        rows.append({"instrument": instrument, **shown_first, "sources": sources})
    return {
        "schema": SCHEMA,
        "at": instant(now_ns),
        "kept": signals is not None,
        "events": list(events),
        "instruments": rows,
    }


def _source(source: Source, shown: Shown, rules: Rules, now_s: int) -> Json:
    digits = source.decimals
    return {
        "source": source.id,
        "kind": source.kind,
        "unit": unit_of(source, rules),
        "step_s": source.step_s,
        "state": shown.state,
        "newest_bar": _instant(shown.newest_s),
        "heard_until": _instant(shown.heard_s),
        "stale_since": _instant(shown.heard_s) if shown.state == "stale" else None,
        "usual_a_bar": _number(shown.usual, digits),
        "fallback": FALLBACK.get(shown.state),
        "horizons": [_ahead(ahead, digits) for ahead in shown.horizons],
        "past": [[at, _number(value, digits)] for at, value in shown.past],
        "said": [[at, *(_number(q, digits) for q in said)] for at, said in shown.said],
        "feeds": [_other(other, now_s) for other in shown.others],
    }


def _other(other: Told, now_s: int) -> Json:
    """Return what another source, or the calendar, adds to a source's forecast."""
    age_s = None if other.heard_s is None else max(0, now_s - other.heard_s)
    return {
        "source": other.name,
        "state": other.state,
        "weight": f"{other.weight:.3f}",
        "skill": None if other.skill is None else f"{round(other.skill, 4) + 0.0:.4f}",
        "since": _instant(other.since_s),
        "last_bar_age_s": age_s,
        "silent": other.silent,
        "copy_of": other.copy_of,
        "sentence": other.sentence,
    }


def _ahead(ahead: Ahead, digits: int) -> Json:
    quantiles = {name: _number(value, digits) for name, value in ahead.quantiles.items()}
    return {
        "minutes": ahead.minutes,
        "have": ahead.have,
        "need": ahead.need,
        "quantiles": quantiles or None,
        "alone": {name: _number(value, digits) for name, value in ahead.alone.items()} or None,
        "usual": _number(ahead.usual, digits),
        "times_usual": _number(ahead.times_usual, 2),
        "chances": {f"p_{n}x": f"{p:.3f}" for n, p in ahead.chances.items()} or None,
        "sentence": ahead.sentence,
        "fallback": None
        if not ahead.fallen
        else {"why": ahead.fallen, "since": instant(ahead.fallen_s * SECOND_NS)},
    }


def _rank(source: Source, shown: Shown, rules: Rules) -> tuple[bool, bool, int, int, SourceId]:
    """Return what sorts the source that speaks for its instrument first."""
    policy = rules.policy
    reference = policy and name_of(policy.reference_venue, source.instrument)
    return (
        shown.state == "waiting",
        source.id != reference,
        FORMS[source.form],
        RANK[shown.state],
        source.id,
    )


def _name(one: tuple[Source, Shown]) -> SourceId:
    return one[0].id


def unit_of(source: Source, rules: Rules) -> str | None:
    """Return the unit of a venue's volume; what a feed counts, it does not say."""
    known = rules.instruments.get(source.instrument)
    return None if known is None or source.id.startswith(FEED) else known.base


def _number(value: float | None, digits: int) -> str | None:
    return None if value is None else f"{value:.{digits}f}"


def _instant(at_s: int | None) -> str | None:
    return None if at_s is None else instant(at_s * SECOND_NS)
