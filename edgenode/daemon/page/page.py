"""The page for field staff, rendered here and only here.

`render` gives the whole document, useful with scripts dead; `fragments` the parts that change, by
element id, which the page's script swaps in as they arrive. Everything shown comes from the status
that `status --json` prints, so page, metrics and command never disagree.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from html import escape
from typing import Any

from edgenode.daemon.page import appetite as appetite_card
from edgenode.daemon.page import forecast as forecast_card
from edgenode.daemon.page import venues as venues_card
from edgenode.daemon.view.units import WIDE

Json = dict[str, Any]

# word -> (icon path of a 24 x 24 drawing, what it means)
VERDICTS = {
    "READY": ("M4 12.5 9.5 18 20 6.5", "Nothing to hedge."),  # before it: what it does
    "HEDGING": ("M3 15l5-6 4 4 8-9M15 4h5v5", "Working off exposure at outside venues."),
    "EXPOSED": (
        "M12 3 22 20H2zM12 9v5M12 17v.5",
        "Taking orders. More is exposed than hedging works off.",
    ),
    "HOLD": ("M12 6v7M12 17v.5", "Only what reduces risk is let through."),
    "PAUSED": ("M8 5v14M16 5v14", "Quotes pulled, no new customer risk. Hedging goes on."),
    "FAULT": ("M6 6l12 12M18 6L6 18", "Stopped itself. Nothing is traded."),
}
# What only the technician reads of a problem, in this order; any row may lack any of these.
TECHNICAL = (
    ("since", " since {}"),
    ("cause", " by <code>{}</code>"),
    ("scope", " at {}"),
    ("ends", "; ends with {}"),
    ("detail", " {}"),
)
TABLE_ROWS = 15
HEDGES_HELD = "Quotes pulled, no new customer risk. Hedges are held too: what is exposed stays so."
MINUS = "\N{MINUS SIGN}"
HEDGED = "Hedges are held at outside venues; none is under way."
WHOLE = 5  # digits from which an amount is shown without decimals
HOUR_S, MINUTE_S = 3_600, 60


@dataclass(frozen=True, slots=True)
class Estimated:
    """What is estimated, as the API says it; the page shows no card of what is not there."""

    forecast: Json = field(default_factory=dict)
    venues: Json = field(default_factory=dict)
    averse: list[Json] = field(default_factory=list)


NOTHING = Estimated()


def render(status: Json, series: Json, csrf: str, estimated: Estimated = NOTHING) -> str:
    """Return the whole page; the form's token goes into its forms and its head."""
    parts = fragments(status, series, estimated)
    mode = escape(str(status["mode"]).upper())
    token = escape(csrf, quote=True)
    slots = {name: f'<div id="{name}">{html}</div>' for name, html in parts.items()}
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="csrf" content="{token}">
<title>{escape(title(status))}</title>
<link rel="stylesheet" href="/static/vendor/uPlot.min.css">
<link rel="stylesheet" href="/static/style.css">
<link rel="icon" href="data:,">
<script src="/static/vendor/uPlot.iife.min.js" defer></script>
<script src="/static/app.js" type="module"></script>
</head>
<body class="mode-{escape(str(status["mode"]))}">
<header>
<p class="mode">{mode}</p>
<h1>{escape(str(status["node_id"]))}</h1>
{slots["link"]}
<p id="lost" class="chip down" hidden><i aria-hidden="true"></i>No connection to the box</p>
</header>
<p id="stale" role="alert" hidden></p>
<main>
<section class="verdict" aria-live="polite">{slots["verdict"]}</section>
<section class="act" aria-label="Pause and resume">
{_forms(token, held=bool(status["hedges_paused"]))}
{slots["residual"]}
<p id="answer" role="status"></p>
</section>
<section aria-label="Problems">{slots["problems"]}</section>
<section class="cards">{slots["exposure"]}{slots["money"]}{slots["event"]}</section>
<section class="chart" aria-label="Volume and net exposure">
<h2>Volume and net exposure</h2>
<div id="chart"></div>
{slots["series"]}
</section>
<section aria-label="Forecast">{slots["forecast"]}</section>
<section aria-label="Venues">{slots["venues"]}</section>
<section aria-label="Risk aversion">{slots["appetite"]}</section>
</main>
<footer>{slots["ledger"]}</footer>
</body>
</html>
"""


def title(status: Json) -> str:
    """Return the document's title, which carries the verdict."""
    return f"{status['verdict']} · {status['node_id']} · {str(status['mode']).upper()}"


def fragments(status: Json, series: Json, estimated: Estimated = NOTHING) -> dict[str, str]:
    """Return the HTML of every part that changes, by element id."""
    return {
        "link": _link(status),
        "verdict": _verdict(status),
        "residual": _residual(status),
        "problems": _problems(status["problems"]),
        "exposure": "".join(
            _exposure(row, _rooms(status, row["instrument"])) for row in status["exposure"]
        ),
        "money": _money(status),
        "event": _spent(status["events"], str(status["market_time"])),
        "series": _series(series),
        "forecast": forecast_card.card(estimated.forecast),
        "venues": venues_card.card(estimated.venues),
        "appetite": appetite_card.card(estimated.averse),
        "ledger": _ledger(status),
    }


def link_text(sync: Json) -> tuple[str, str]:
    """Return (class, words) of the link chip."""
    if not sync.get("configured", True):
        return "alone", "No centre: works alone"
    if sync["online"]:
        waiting = sync["unsynced_entries"]
        said = f"{sync['acked_size']} entries confirmed"
        return "up", f"Online, {said}" + (f", {waiting} on the way" if waiting else "")
    since = _since(sync["checked_at"], sync["offline_since"])
    state = "Centre takes nothing" if sync.get("refused") else "Offline"
    words = [f"{state} {since}".strip()]
    words.append(f"{sync['unsynced_entries']} queued")
    money = sync.get("hedging_money")
    if money:
        used, granted = _short(money["used"], up=True), _short(money["granted"])
        words.append(f"hedging money used: {used} of {granted} {money['currency']}")
    return "down", ", ".join(words)


def _forms(token: str, *, held: bool) -> str:
    ticked = " checked" if held else ""  # pausing again must not free the hedges
    hidden = f'<input type="hidden" name="csrf" value="{token}">'
    return f"""<form id="pause" method="post" action="/pause">{hidden}
<button class="pause">Pause</button>
<label><input type="checkbox" name="hedges" autocomplete="off"{ticked}> hold hedges too</label>
</form>
<form id="resume" method="post" action="/resume">{hidden}
<button class="resume"><span>Resume</span></button>
</form>"""


def _link(status: Json) -> str:
    kind, words = link_text(status["sync"])
    if status.get("observes"):
        kind, words = "alone", "Observes a copy: no link"
    return f'<p class="chip {kind}"><i aria-hidden="true"></i>{escape(words)}</p>'


def _verdict(status: Json) -> str:
    word = str(status["verdict"])
    path, meaning = VERDICTS.get(word, VERDICTS["FAULT"])
    if word == "READY":
        meaning = _ready(status)
    if word == "HEDGING" and not any(map(_at_work, status["exposure"])):
        meaning = " ".join([HEDGED, *map(_carried, filter(_exposed, status["exposure"]))])
    pause = "held" if status["hedges_paused"] else "paused" if status["paused"] else ""
    if word == "PAUSED" and pause == "held":
        meaning = HEDGES_HELD
    icon = f'<svg viewBox="0 0 24 24" aria-hidden="true"><path d="{path}"/></svg>'
    words = f"<strong>{escape(word)}</strong><span>{escape(meaning)}</span>"
    return f'<p class="{escape(word.lower())}" data-pause="{pause}">{icon}{words}</p>'


def _ready(status: Json) -> str:
    quotes = "Quoting and taking orders." if status["quoting"] else "Taking orders; not quoting."
    if status["unhedged"]:
        return f"{quotes} No hedge is under way for what is exposed."
    rows = list(filter(_exposed, status["exposure"]))
    return " ".join([quotes, *(map(_carried, rows) if rows else [VERDICTS["READY"][1]])])


def _exposed(row: Json) -> bool:
    return bool(str(row["exposed_quantity"]).strip("-0."))


def _at_work(row: Json) -> bool:
    """Return whether a hedge is at work or waits, or more is exposed than may be carried."""
    programme = row.get("programme") or {}
    waits = (programme.get(f"{name}_quantity", "0") for name in ("working", "carried", "planned"))
    if any(str(quantity).strip("-0.") for quantity in waits):
        return True
    worst = max(abs(Decimal(row[name])) for name in ("exposed_min", "exposed_max"))
    return not programme or worst > Decimal(row["band_quantity"])


def _carried(row: Json) -> str:
    """Say that what is exposed is within what is left on purpose."""
    overlay = "" if row["overlay"] else "No overlay: up"
    net, band = (escape(str(row[f"{name}_quantity"]).lstrip("-")) for name in ("exposed", "band"))
    base = escape(str(row["instrument"]).partition("-")[0])
    return f"{overlay or 'Up'} to {band} {base} is carried unhedged; {net} now."


def _residual(status: Json) -> str:
    held = "Everything is held." if status["trading_state"] == "halted" else ""
    text = f"If all stopped now, this stays exposed: {_minus(str(status['residual']))}. {held}"
    return f"<p>{escape(text.strip())}</p>"


def _problems(problems: list[Json]) -> str:
    rows = "".join(_problem(p) for p in problems)
    return f"<ul>{rows}</ul>" if rows else ""


def _problem(problem: Json) -> str:
    """Return one problem: what happened, what to do, and last what only the technician reads."""
    text, do, code = (escape(str(problem[name])) for name in ("text", "do", "code"))
    break_id = problem.get("break_id")
    named = f"{code} {escape(str(break_id))}" if break_id else code
    technical = f"<code>{named}</code>" + "".join(
        words.format(_told(name, str(problem[name])))
        for name, words in TECHNICAL
        if problem.get(name)
    )
    severity = escape(str(problem["severity"]))
    return (
        f'<li class="{severity}"><b>{text}</b> <span>{do}</span> <small>{technical}</small></li>'
    )


def _told(name: str, value: str) -> str:
    if name == "since":
        value = f"{value[:19].replace('T', ' ')} UTC"
    return escape(value)


def _rooms(status: Json, instrument: object) -> list[Json]:
    """Return the hedge rooms of one instrument, if the status tells them."""
    return [row for row in status.get("hedge_room", []) if row["instrument"] == instrument]


def _exposure(row: Json, rooms: list[Json]) -> str:
    base = escape(str(row["instrument"]).partition("-")[0])
    lines = [
        ("Customers", row["exposure_quantity"]),
        ("Core, by mandate", row["mandate_quantity"]),
        ("Overlay", row["overlay_quantity"]),
    ]
    body = "".join(_line(label, _signed(value)) for label, value in lines)
    for room in rooms:
        bounded = escape(str(room["bounded_by"]))
        less = str(room["reducing_quantity"])
        if less.strip("0."):
            bounded += f"; {escape(less)} reduce net"
        value = f"{escape(str(room['quantity']))} <small>{bounded}</small>"
        body += _line(f"Desk's room to {room['side']}", value)
    span = ""
    if row["exposed_min"] != row["exposed_max"]:
        ends = f"{_signed(row['exposed_min'])} to {_signed(row['exposed_max'])}"
        span = f"<small>at worst ({ends})</small>"
    net = f"<p class=big>{_signed(row['exposed_quantity'])}{span}</p>"
    waits = (row.get("programme") or {}).get("said", "")
    hedge = f"<p><small>Hedge: {escape(_minus(waits))}</small></p>" if waits else ""
    return f"<article><h2>Net exposure, {base}</h2>{net}<dl>{body}</dl>{hedge}</article>"


def _money(status: Json) -> str:
    pnl = status.get("pnl")
    shown = _signed(_short(pnl["amount"])) if pnl else "-"
    unit = f", {escape(pnl['currency'])}" if pnl else ""
    rows = "".join(_line(*_granted(row)) for row in status["wallet"])
    big = f"<p class=big>{shown}</p>"
    return f"<article><h2>Profit and loss{unit}</h2>{big}<dl>{rows}</dl></article>"


def _granted(row: Json) -> tuple[str, str]:
    """Return (which grant, what is left of it and until when)."""
    label = f"{row['kind'].capitalize()} left" + (f", {row['side']}" if row.get("side") else "")
    if row.get("grant"):
        label += f" ({row['grant']})"
    left, granted = (_short(row[name]) for name in ("available", "granted"))
    until = str(row.get("expires_at") or "")[:16].replace("T", " ")
    ends = row.get("ended") or (f"until {until} UTC" if until else "")
    shown = f" <small>{escape(ends)}</small>" if ends else ""
    return label, escape(f"{left} of {granted} {row['unit']}") + shown


def _spent(rows: list[Json], market_time: str) -> str:
    """Return one card with each micro-event: until when it runs, and its spend against its cap."""
    if not rows:
        return ""
    bars = "".join(_bar(row, market_time) for row in rows)
    currency = escape(rows[0]["currency"])
    return f"<article><h2>Micro-events: hedging spent, {currency}</h2>{bars}</article>"


def _bar(row: Json, market_time: str) -> str:
    outside = row["event_id"] == "none"
    name = escape(str(row["name"] or ("Outside events" if outside else "Ended event")))
    if row["running"] and row["ends"]:
        day, _, time = str(row["ends"])[:16].partition("T")
        name += f" until {time if market_time.startswith(day) else f'{day} {time}'} UTC"
    spent, cap = Decimal(row["spent"]), Decimal(row["cap"])
    share = min(Decimal(100), 100 * spent / cap) if cap else Decimal(0)
    label = f"{_short(row['spent'], up=True)} of {_short(row['cap'])}"
    bar = f'<div class="bar"><div style="width:{share:.1f}%"></div></div>'
    return f"<p>{name}: <b>{label}</b></p>{bar}"


def _series(series: Json) -> str:
    """Return the chart in words and in a table."""
    rows = list(zip(series["t"], series["volume"], series["exposure"], strict=True))
    if not rows:
        return "<p>No market data yet.</p>"
    at, volume, net = rows[-1]
    words = (
        f"At {_clock(at)} UTC: volume {_number(volume)} a minute at the reference venue,"
        f" net {_number(net)}."
    )
    cells = "".join(
        f"<tr><td>{_clock(t)}</td><td>{_number(v)}</td><td>{_number(n)}</td></tr>"
        for t, v, n in reversed(rows[-TABLE_ROWS:])
    )
    head = "<tr><th>UTC</th><th>Volume</th><th>Net</th></tr>"
    table = f"<table><thead>{head}</thead><tbody>{cells}</tbody></table>"
    return f"<p>{words}</p><details><summary>As a table</summary>{table}</details>"


def _ledger(status: Json) -> str:
    ledger = status["ledger"]
    root = escape(str(ledger["root"] or "")[:12])
    at = escape(str(status["market_time"])[:19].replace("T", " "))
    text = f"Ledger {ledger['size']} entries, root <code>{root}</code>. Market time {at} UTC."
    return f"<p>{text}</p>"


def _line(label: str, value: str) -> str:
    return f"<div><dt>{escape(label)}</dt><dd>{value}</dd></div>"


def _signed(text: str) -> str:
    """Write a decimal string with its sign, and a true minus."""
    value = escape(str(text))
    if value.startswith("-"):
        return f"{MINUS}{value[1:]}"
    return value if not value.strip("0.") else f"+{value}"


def _minus(text: str) -> str:
    """Give the amounts in a text a true minus."""
    return re.sub(r"(?<!\S)-(?=\d)", MINUS, text)


def _short(amount: str, *, up: bool = False) -> str:
    """Return an amount rounded for the page; the exact one is in `status --json`.

    Two decimals, none from 10,000 on; a comma between thousands. Rounded against us, as reports
    are: `up` what was spent, down what was earned or is left.
    """
    whole, _, decimals = str(amount).partition(".")
    quantum = Decimal("0.01" if decimals and len(whole.lstrip("-")) < WHOLE else 1)
    rounding = ROUND_CEILING if up else ROUND_FLOOR
    return f"{Decimal(amount).quantize(quantum, rounding, WIDE):,}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}".replace("-", MINUS)


def _clock(epoch_s: int) -> str:
    return f"{epoch_s // HOUR_S % 24:02d}:{epoch_s // MINUTE_S % 60:02d}"


def _since(now: str, then: str | None) -> str:
    if then is None:
        return ""
    seconds = int((datetime.fromisoformat(now) - datetime.fromisoformat(then)).total_seconds())
    if seconds < MINUTE_S:
        return f"{max(0, seconds)} s"
    hours, minutes = seconds // HOUR_S, seconds % HOUR_S // MINUTE_S
    return f"{hours} h {minutes} m" if hours else f"{minutes} m"
