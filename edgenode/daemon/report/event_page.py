"""An event report as one page that prints on A4: made of its JSON alone, no script, no network."""

from datetime import datetime
from html import escape
from itertools import pairwise

from edgenode.daemon.report import document, event_parts
from edgenode.daemon.report.document import MINUS, Verdict, figure, section, table
from edgenode.daemon.report.plot import Axis, Plot, Point, axis
from edgenode.daemon.view.event_words import short
from edgenode.daemon.view.units import Json

WIDTH, HEIGHT = 900, 280
MINUTE_S = 60.0
PAPER = "PAPER · practice, no real money"


def render(found: Json) -> str:
    """Return the page of a report."""
    event = found["event"]
    mode = PAPER if found["mode"] == "paper" else "LIVE · real money"
    strip = f"{mode} · event report {event['event_id']} · {found['ledger']}"
    parts = [_charts(event, row) for row in found["instruments"]]
    parts += [_money(found), event_parts.needs(found)]
    parts += [part for row in found["instruments"] if (part := event_parts.hedges(row))]
    parts += [_orders(found), _open(found), _happened(found), _proof(found)]
    begins = event["starts"][:19].replace("T", " ")
    ends = min(event["ends"], event["closed_at"] or event["ends"])  # it may be closed earlier
    return document.page(
        title=f"{event['name']}, {begins} to {_hour(ends)} UTC",
        strip=escape(strip),
        verdict=Verdict(found["state"], "", found["verdict"]),
        parts=parts,
        note=f"Made from the ledger alone, as of record {found['records']['size']},"
        f" {found['records']['at']}.",
    )


def _charts(event: Json, row: Json) -> str:
    return section(
        f"{row['instrument']}",
        figure(_volume(event, row), "What customers bought and sold in each minute."),
        figure(
            _exposure(event, row),
            "Solid: what was certain; shaded: what open orders could make of it; dashed: what"
            " would have been left without this node's hedges, its customers' flow unchanged.",
        ),
        event_parts.band(row),
    )


def _volume(event: Json, row: Json) -> str:
    sides = [
        (_minutes(event, at), float(bought), float(sold))
        for at, bought, sold in row["customers"]["by_minute"]
    ]
    values = [v for _, bought, sold in sides for v in (bought, -sold)]
    up = axis(values, f"Customers, {row['unit']} a minute")
    plot = Plot(_across(event, row), up, WIDTH, HEIGHT)
    for at, bought, sold in sides:
        for value, style in ((bought, "ours"), (-sold, "none")):
            if value:
                corners = [(at, value), (at + 1, value)]
                plot.area(corners, [(x, 0.0) for x, _ in corners], style)
    told = row["customers"]
    return plot.svg(f"Customers bought {told['bought']} and sold {told['sold']} {row['unit']}.")


def _exposure(event: Json, row: Json) -> str:
    rows = [
        (_minutes(event, at), *(float(n) for n in rest)) for at, *rest in row["exposure"]["path"]
    ]
    values = [n for _, *rest in rows for n in rest]
    up = axis(values, f"Net exposure, {row['unit']}")
    plot = Plot(_across(event, row), up, WIDTH, HEIGHT)
    net, low, high, bare = (_steps([(at, rest[k]) for at, *rest in rows]) for k in range(4))
    plot.area(high, low, "ours")
    if row["hedges"]["fills"]:
        plot.line(bare, "none")
    plot.line(net, "ours")
    worst = row["exposure"]["worst"]
    told = f"from {worst['net_min']} to {worst['net_max']} {row['unit']} at {_hour(worst['at'])}"
    return plot.svg(f"Net exposure was at its worst {told} UTC.")


def _steps(points: list[Point]) -> list[Point]:
    """Return a line that holds each value until the next."""
    held = [step for (_, y), (x, z) in pairwise(points) for step in ((x, y), (x, z))]
    return [*points[:1], *held]


def _across(event: Json, row: Json) -> Axis:
    times = [at for at, *_ in (*row["exposure"]["path"], *row["customers"]["by_minute"])]
    ends = [_minutes(event, at) for at in (*times, event["ends"])]
    return axis([*ends, 1.0], f"minutes from {_hour(event['starts'])} UTC")


def _minutes(event: Json, at: str) -> float:
    return (_time(at) - _time(event["starts"])) / MINUTE_S


def _time(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _hour(text: str) -> str:
    return text[11:19]


def _money(found: Json) -> str:
    cost = found["cost"]
    rows = []
    for row in found["instruments"]:
        hedges, result = row["hedges"], row["result"]
        name, mark = row["instrument"], result["mark"] or "no price"
        rows += [
            (f"{name}: customers paid over the reference", _earned(row["spread_earned"])),
            (f"{name}: hedges against the reference at their send", _amount(hedges["shortfall"])),
        ]
        if result["open_quantity"] is not None:
            words = f"{name}: result here, {result['open_quantity']} open at {mark}"
            rows.append((words, _earned(result["pnl"])))
    if cost is not None:
        rows += [
            ("Hedges, fees", _amount(cost["fees"])),
            ("Hedges, cost as counted", _amount(cost["hedges_counted"])),
            ("Spent of the event's cap", f"{_amount(cost['spent'])} of {_earned(cost['cap'])}"),
            ("At most in use, open orders included", _amount(cost["used_at_most"])),
        ]
    return section(
        "What it cost, what it earned",
        table("Money", ("", "Amount"), rows),
        note="Hedging: a plus is a loss against the reference. Cost as counted holds no gain"
        " against it. The result is this node's alone: what the centre hedged is not in it.",
    )


def _orders(found: Json) -> str:
    orders = found["orders"]
    rows = []
    for kind in ("customers", "hedges"):
        of = orders[kind]
        told = f"{kind.capitalize()}: taken / turned away"
        rows.append((told, f"{of['taken']} / {of['denied']}"))
        rows += [
            (f"for {one['name']}, {one['code']}", str(one["orders"])) for one in of["denied_by"]
        ]
    rows += [
        (f"{row['instrument']}: customers' fills / hedges' fills",
         f"{row['customers']['fills']} / {row['hedges']['fills']}")
        for row in found["instruments"]
    ]  # fmt: skip
    rows += [
        ("Answers that were missing", str(orders["answers_missing"])),
        ("Executions that changed afterwards", str(orders["executions_changed"])),
        ("Mandates by which the centre took over", str(orders["mandates"])),
    ]
    return section("Orders and fills", table("Orders", ("", "Orders"), rows))


def _open(found: Json) -> str:
    left = found["open"]
    rows = [
        (f"Order {one['order_id']} at {one['venue']}", one["state"],
         f"{one['side']} {one['remaining']} {one['unit']}")
        for one in left["orders"]
    ]  # fmt: skip
    rows += [(f"Difference {one['break_id']}", "open", one["detail"]) for one in left["breaks"]]
    if not rows:
        return section("Still open", document.paragraph("Nothing of it is open."))
    return section("Still open", table("Still open", ("What", "State", "How much"), rows))


def _happened(found: Json) -> str:
    rows = [
        (_hour(row["at"]), row["what"], row["who"], str(row["seq"])) for row in found["happened"]
    ]
    more = found["more_happened"]
    return section(
        "What happened, and who decided it (UTC)",
        document.listing("What happened", ("Time", "What", "Who", "Record"), rows),
        note=f"{more} more are in the ledger: edgenode ledger log." if more else "",
    )


def _proof(found: Json) -> str:
    records = found["records"]
    text = (
        f"Records {records['first']} to {records['last']} of ledger {found['ledger']}. Folded up"
        f" to record {records['size']} the state has the digest {records['digest']}; any machine"
        f" that holds these records says the same: edgenode state digest --at {records['size']}."
    )
    return section("Proof", document.paragraph(text))


def _amount(money: Json | None, *, up: bool = True) -> str:
    """Return what was spent; rounded against us."""
    return "not known" if money is None else short(money, up=up).replace("-", MINUS)


def _earned(money: Json | None) -> str:
    return _amount(money, up=False)
