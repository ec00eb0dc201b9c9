"""The page's card of risk aversion: what it means in a sentence, and what other ones would."""

from html import escape
from typing import Any

Json = dict[str, Any]


def card(rows: list[Json]) -> str:
    """Return a card for each instrument; "" where policy sets no risk aversion."""
    return "".join(_instrument(row) for row in rows)


def _instrument(row: Json) -> str:
    base, currency = escape(row["base"]), escape(row["currency"])
    title = f"<h2>Risk aversion, {escape(row['instrument'])}</h2>"
    if row["meanings"] is None:
        return f'<article class="appetite">{title}<p>The market is not seen yet.</p></article>'
    _, now, _ = row["meanings"]
    event = row["event"]
    said = (
        f"Holding 1 {base} through a minute of {event['move_bp']} bp counts as"
        f" {now['holding']} {currency}. In a surge of {event['flow_times']} times the flow up to"
        f" {now['band']} {base} stay unhedged: the worst minute in twenty then loses"
        f" {now['worst_minute']} {currency}."
    )
    names = ("A third of it", "As set", "Three times")
    body = "".join(
        f"<tr><td>{name}</td><td>{one['holding']}</td><td>{one['band']}</td>"
        f"<td>{one['worst_minute']}</td></tr>"
        for name, one in zip(names, row["meanings"], strict=True)
    )
    head = f"<tr><th></th><th>1 {base}, 1 min</th><th>Unhedged</th><th>Worst</th></tr>"
    table = f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"
    more = f"<details><summary>If it were less, or more</summary>{table}</details>"
    return f'<article class="appetite">{title}<p>{said}</p>{more}</article>'
