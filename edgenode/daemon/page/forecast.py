"""The page's card of the forecast: a sentence, a fan, a table; and what it lacks, in words.

    waiting   no axes: when the first bar comes
    warming   how many bars of how many, and what stands in until then
    ready     the next minutes: the median and nine times in ten
    fallback  as ready; for which horizons the half-hour average speaks, why, since when
    stale     since when nothing was heard; what is drawn is of then

All figures are a minute, whatever the bars' length; estimates have two digits.
"""

from collections.abc import Sequence
from html import escape
from typing import Any

from edgenode.daemon.page.fan import DRAWN, a_minute, chart
from edgenode.daemon.page.figures import MINUTE_S, about, epoch_s

Json = dict[str, Any]
TOLD = 0.005  # a chance below half a per cent is not told
NEEDS = {  # in words of staff
    "position_buy": "Can still buy",
    "position_sell": "Can still sell",
    "cash": "Money left to hedge",
    "cost": "Hedging cost allowed",
    "event_spend": "Hedging cost allowed for the drop",
}
HOUR_S = 3_600
SAID_MIN = 15  # the horizon of the sentence, where it is known


def card(forecast: Json) -> str:
    """Return a card for each instrument; "" where no signals are kept."""
    if not forecast.get("kept"):
        return ""
    rows = forecast["instruments"]
    if not rows:
        return _article("Volume ahead", "<p>No bar yet: the first comes two minutes from now.</p>")
    at_s = epoch_s(forecast["at"])
    sized = {row["instrument"]: row for row in forecast.get("sizing", ())}
    cards = (
        _instrument(row, forecast["events"], at_s, sized.get(row["instrument"])) for row in rows
    )
    return "".join(cards) + _requests(forecast.get("requests", ()))


def _requests(rows: Sequence[Json]) -> str:
    """Return what is asked of the desk; "" where nothing is."""
    if not rows:
        return ""
    items = "".join(
        f"<li>{escape(row['text'])} <small>asked {_time(row['asked_at'])}, record"
        f" {escape(row['need_id'])}</small></li>"
        for row in rows
    )
    said = "<p>Nothing is opened by it before the desk grants it.</p>"
    return _article("Asked of the desk", f"<ul>{items}</ul>{said}")


def _instrument(row: Json, events: list[Json], at_s: int, sized: Json | None) -> str:
    first = next(s for s in row["sources"] if s["source"] == row["source"])
    unit = escape(first["unit"] or "things counted")
    title = f"Volume ahead a minute, {unit}"
    words = sentence(first)
    body = f"<p>{escape(words)}</p>"
    if first["past"] and first["state"] not in ("waiting", "learning"):
        body += chart(first, at_s, words) + _table(first)
    body += (
        _why(first)
        + _feeds(first, row["sources"])
        + _sized(sized)
        + _events(row["instrument"], events, at_s)
    )
    others = [s for s in row["sources"] if s["source"] != first["source"]]
    if others:
        items = "".join(f"<li>{escape(_label(s))}: {escape(sentence(s))}</li>" for s in others)
        body += f"<ul>{items}</ul>"
    return _article(title, f"{body}<p><small>Heard from: {escape(_label(first))}</small></p>")


def sentence(source: Json) -> str:
    """Return a source's forecast in one or two sentences."""
    state = source["state"]
    if state == "learning":
        return "Learning from the bars that are kept; ready in some seconds."
    if state == "waiting":
        return "No bar yet."
    ready = [h for h in source["horizons"] if h["quantiles"]]
    usual = _usual(source)
    if state == "warming" or not ready:
        first = min(source["horizons"], key=lambda h: h["need"])
        said = f"Warming up: {first['have']} of {first['need']} bars."
        told = f"{said} Until then the last half-hour stands in: {usual} a minute."
        return f"Stale since {_time(source['heard_until'])}. {told}" if state == "stale" else told
    best = min(ready, key=lambda h: abs(h["minutes"] - SAID_MIN))
    low, middle, high = (about(a_minute(best, q)) for q in ("q05", "q50", "q95"))
    ahead = f"Next {best['minutes']} min: about {middle} a minute, most likely {low} to {high}."
    if state == "stale":
        since = f"Stale since {_time(source['heard_until'])}: no volume was heard after that."
        return f"{since} Forecast then: {ahead[0].lower()}{ahead[1:]}"
    missing = [h for h in source["horizons"] if not h["quantiles"]]
    rest = "".join(f" {h['minutes']} min: {h['have']} of {h['need']} bars." for h in missing)
    return f"{ahead}{_chance(best)}{_fallen(source)}{rest}"


def _fallen(source: Json) -> str:
    """Say for which horizons the half-hour average speaks, why, and since when."""
    fallen = [h for h in source["horizons"] if h["fallback"]]
    if not fallen:
        return ""
    which = ", ".join(str(h["minutes"]) for h in fallen)
    first = min((h["fallback"] for h in fallen), key=lambda one: str(one["since"]))
    since = f"since {first['since'][:10]} {_time(first['since'])}"
    return f" Fallback {since}: {first['why']}, so that speaks for {which} min."


def _chance(ahead: Json) -> str:
    """Say how likely a surge is; nothing where it is as good as ruled out."""
    chance = float((ahead["chances"] or {}).get("p_4x", 0))
    return f" Chance of 4 times the usual: {100 * chance:.0f} %." if chance >= TOLD else ""


def _feeds(first: Json, sources: list[Json]) -> str:
    """Say what each other source adds: its say, its skill, how old its last bar is."""
    beside = [feed for feed in first.get("feeds", ()) if len(sources) > 1 or feed["skill"]]
    items = "".join(
        f"<li>{escape(_named(feed))}: {escape(feed['sentence'])}{_age(feed)}.</li>"
        for feed in beside
    )
    head = "What other sources add"
    return f"<details><summary>{head}</summary><ul>{items}</ul></details>" if items else ""


def _named(feed: Json) -> str:
    return "The calendar" if feed["source"] == "calendar" else _label(feed)


def _age(feed: Json) -> str:
    age_s = feed["last_bar_age_s"]
    if age_s is None:
        return ""
    return f"; its last bar ended {age_s} s ago" if age_s < HOUR_S else f"; {_span(age_s)} ago"


def _sized(row: Json | None) -> str:
    """Say what the next hour may need at most, and what of it is short."""
    if row is None or not row["needs"]:
        return ""
    bought = f"at most {row['quantity']} {row['unit']} to cover in the next hour, all on one side"
    short = [need for need in row["needs"] if float(need["short"])]
    if not short:
        return f"<p>Enough is granted for {escape(bought)}.</p>"
    items = "".join(
        f"<li>{escape(NEEDS[need['kind']])}: {escape(need['left'])} of"
        f" {escape(need['needed'])} {escape(need['unit'])}</li>"
        for need in short
    )
    return f"<p>Too little for {escape(bought)}. There is:</p><ul>{items}</ul>"


def _events(instrument: str, events: list[Json], at_s: int) -> str:
    """Return what the calendar says of the next day."""
    items = ""
    for event in events:
        if event["instrument"] in (None, instrument):
            begins, ends = epoch_s(event["begins"]), epoch_s(event["ends"])
            when = f"begins {_time(event['begins'])}, in {_span(begins - at_s)}"
            if begins <= at_s:
                when = f"runs until {_time(event['ends'])}, for {_span(ends - at_s)} more"
            items += f"<li>{escape(event['name'])} {when}</li>"
    return f"<ul>{items}</ul>" if items else ""


def _span(seconds: int) -> str:
    hours, minutes = divmod(max(0, seconds) // MINUTE_S, MINUTE_S)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _why(source: Json) -> str:
    ready = [h for h in source["horizons"] if h["quantiles"]]
    if source["state"] not in ("ready", "fallback") or not ready:
        return ""
    best = min(ready, key=lambda h: abs(h["minutes"] - SAID_MIN))
    return f"<p><small>{escape(best['sentence'])}</small></p>"


def _label(source: Json) -> str:
    kind, _, name = source["source"].partition(":")
    return f"Venue {name.partition('/')[0]}" if kind == "venue" else f"Feed {name}"


def _usual(source: Json) -> str:
    usual = source["usual_a_bar"]
    if usual is None:
        return "unknown"
    return f"about {about(float(usual) * MINUTE_S / source['step_s'])}"


def _table(source: Json) -> str:
    rows = "".join(_row(h) for h in source["horizons"])
    head = "<tr><th>Next</th><th>5 %</th><th>25 %</th><th>50 %</th><th>75 %</th><th>95 %</th></tr>"
    table = f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"
    return f"<details><summary>As a table: total of the next minutes</summary>{table}</details>"


def _row(ahead: Json) -> str:
    found = ahead["quantiles"]
    if not found:
        said = f"<td colspan=5>{ahead['have']} of {ahead['need']} bars</td>"
    else:
        said = "".join(f"<td>{about(float(found[q]))}</td>" for q in DRAWN)
    return f"<tr><td>{ahead['minutes']} min</td>{said}</tr>"


def _article(title: str, body: str) -> str:
    return f'<article class="ahead"><h2>{title}</h2>{body}</article>'


def _time(at: str) -> str:
    return f"{at[11:16]} UTC"
