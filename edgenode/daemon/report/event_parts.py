"""Parts of an event report's page: was enough granted, what each hedge cost, back in its band."""

from edgenode.daemon.report import document
from edgenode.daemon.report.document import MINUS, section, table
from edgenode.daemon.view.event_words import short
from edgenode.daemon.view.units import Json

WORDS = {
    "position_buy": "Permission to buy",
    "position_sell": "Permission to sell",
    "cash": "Cash",
    "cost": "Hedging cost",
    "event_spend": "Of the event's cap",
}
NOTE = (
    "Needs are the 95 % quantile of an hour, all on one side. Used is what was in use beyond what"
    " was as it began. A request opens nothing before it is granted."
)


def needs(found: Json) -> str:
    """Return what it was sized to need beside what it used, and what was asked of the desk."""
    told = found["needs"]
    if told["planned"]:
        heads = (f"Sized {told['sized_at'][11:19]} UTC", "May need", "Was left", "Used at most")
        first = table("Sized", heads, [_planned(one) for one in told["planned"]])
    else:
        first = document.paragraph("It was not sized: no forecast was warm while it was ahead.")
    if told["requests"]:
        heads = ("Asked of the desk", "Needed", "Was left", "Became")
        second = table("Requests", heads, [_asked(one) for one in told["requests"]])
    else:
        second = document.paragraph("Nothing was asked of the desk.")
    return section("Was enough granted", first, second, note=NOTE)


def hedges(row: Json) -> str:
    """Return what the hedges of an instrument cost beside the curve; "" without hedges."""
    found = row["hedges"]["slippage"]
    if not found["orders"]:
        return ""
    rows = [
        (
            one["at"][11:19],
            f"{one['venue']}, {one['side']} {one['filled_quantity']} of {one['quantity']}",
            _bp(one["cost_bp"]),
            _bp(one["expected_bp"]),
        )
        for one in found["orders"]
    ]
    paid, usual = (short(found[key], up=True).replace("-", MINUS) for key in ("cost", "expected"))
    note = (
        f"{found['orders_compared']} can be compared: they cost {paid}, and {usual} by the venues'"
        f" curves as each was sent. Fees are in neither."
    )
    if found["more_orders"]:
        note += f" {found['more_orders']} earlier ones are in the ledger."
    heads = ("Time", "Where", "It cost", "Curve then")
    return section(
        f"{row['instrument']}: each hedge against the reference, bp",
        document.listing("Hedges", heads, rows),
        note=note,
    )


def band(row: Json) -> str:
    """Say when exposure was back in its band, as a sentence."""
    found = row["exposure"]["band"]
    if found["left_at"] is None:
        return document.paragraph("It never left its band.")
    longest = found["beyond_minutes_longest"]
    beyond = f"{found['beyond_minutes']} min in all beyond it, at most {longest} min at once"
    if found["beyond_now"]:
        return document.paragraph(f"Not back in its band: {beyond}.")
    back = f"Back in its band {found['back_after_minutes']} min after the event's begin"
    return document.paragraph(f"{back}: {beyond}.")


def _planned(one: Json) -> tuple[str, ...]:
    percent = one["used_percent"]
    used = f"{one['used_at_most']} {one['unit']}"
    return (
        _name(one),
        f"{one['needed']} {one['unit']}",
        f"{one['left_when_sized']} {one['unit']}",
        used if percent is None else f"{used} ({percent} %)",
    )


def _asked(one: Json) -> tuple[str, ...]:
    ended = one["ended_at"]
    return (
        f"{_name(one)}, {one['need_id']}",
        f"{one['needed']} {one['unit']}",
        f"{one['left_when_asked']} {one['unit']}",
        f"{one['outcome']} {ended[11:19]}" if ended else one["outcome"],
    )


def _name(one: Json) -> str:
    words = WORDS[one["need"]]
    return f"{words}, {one['instrument']}" if one["instrument"] else words


def _bp(text: str | None) -> str:
    return "not known" if text is None else text.replace("-", MINUS)
