"""The page's card of the venues: a row each, what of our hedges it took as a bar, and its figures.

What is unknown is a dash. Nothing is shown before there is a policy.
"""

from html import escape
from typing import Any

Json = dict[str, Any]
HEAD = ("Venue", "Spread", "Basis", "Late", "Filled", "Share")
UNKNOWN = "-"


def card(venues: Json) -> str:
    """Return one card with all venues; "" where no policy names one."""
    rows = venues.get("venues") or []
    if not rows:
        return ""
    several = len({row["instrument"] for row in rows}) > 1
    head = "".join(f"<th>{name}</th>" for name in HEAD)
    body = "".join(_row(row, several=several) for row in rows)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    said = (
        "Spread and basis in bp of the price. Filled: what our newest hedges executed of what was"
        " ordered. Share: of all that we hedged. Estimates."
    )
    return f'<article class="venues"><h2>Venues</h2>{table}<p><small>{said}</small></p></article>'


def _row(row: Json, *, several: bool) -> str:
    books, orders = row["books"] or {}, row["orders"]
    name = f"{row['venue']} {row['instrument']}" if several else row["venue"]
    uses = " and ".join(row["uses"])
    part = orders["executed"]
    executed = UNKNOWN if part is None else f"{100 * part:.0f} % of {orders['ended']}"
    cells = (
        f"{escape(name)} <small>{escape(uses)}</small>",
        _figure(books.get("spread_bp"), ".1f"),
        _figure(books.get("basis_bp"), "+.1f"),
        _late(row, books.get("lag_ms")),
        executed,
        _bar(orders["share"]),
    )
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _figure(value: float | None, form: str) -> str:
    return UNKNOWN if value is None else format(value, form)


def _late(row: Json, lag_ms: float | None) -> str:
    """Return how late its books are; of one that is silent, since when."""
    if lag_ms is None:
        return UNKNOWN
    if row["stale"]:
        age_ms = row["book_age_ms"]
        return "no book" if age_ms is None else f"silent for {age_ms / 1_000:.0f} s"
    return f"{lag_ms / 1_000:.1f} s"


def _bar(share: float | None) -> str:
    if share is None:
        return UNKNOWN
    percent = round(100 * share)
    return f'<meter min="0" max="100" value="{percent}">{percent} %</meter> {percent} %'
