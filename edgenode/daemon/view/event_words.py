"""What an event report says first: one verdict, made of the figures that stand below it."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from edgenode.daemon.view.units import WIDE, Json

SOURCES = {
    "declared": "declared by a person",
    "scheduled": "scheduled in the calendar",
    "detected": "found by the detector",
}
CENT = Decimal("0.01")


def verdict(found: Json) -> tuple[str, str]:
    """Return (state, sentences); state is that of a card: ready | warn | stop."""
    event, left = found["event"], found["open"]
    unknown = sum(order["state"] == "UNKNOWN" for order in left["orders"])
    parts = [_began(event), *map(_of, found["instruments"]), _cost(found), _left(found, unknown)]
    state = "warn" if unknown or left["breaks"] else "ready" if event["closed_at"] else "stop"
    return state, " ".join(part for part in parts if part)


def _began(event: Json) -> str:
    runs = "has ended" if event["closed_at"] else "is open"
    source = SOURCES.get(event["source"], event["source"])
    return f"{event['name']}, {source}, {runs}."


def _of(row: Json) -> str:
    bought, sold = (Decimal(row["customers"][side]) for side in ("bought", "sold"))
    unit = row["unit"]
    if row["customers"]["fills"]:
        told = f"Customers bought {bought} and sold {sold} {unit}."
    else:
        told = f"Customers traded no {unit}."
    worst = _most(row["exposure"]["worst"], "net_min", "net_max")
    bare = _most(row["exposure"]["without_overlay_worst"], "without_overlay")
    beside = f"; without this node's hedges {bare}" if row["hedges"]["fills"] else ""
    return f"{told} At most {worst} {unit} were exposed{beside}."


def _most(at: Json | None, *keys: str) -> Decimal:
    return max((abs(Decimal(at[key])) for key in keys), default=Decimal(0)) if at else Decimal(0)


def _cost(found: Json) -> str:
    cost = found["cost"]
    if cost is None:
        return ""
    spent, cap = cost["spent"], cost["cap"]
    told = f"It spent {short(spent, up=True)} of {short(cap, up=False)} allowed"
    earned = [row["spread_earned"] for row in found["instruments"]]
    paid = " and ".join(short(money, up=False) for money in earned)
    return f"{told}; customers paid {paid} over the reference." if paid else f"{told}."


def short(money: Json, *, up: bool) -> str:
    """Return money for people: cents, rounded up where it was spent, and down else."""
    if money["amount"] is None:
        return f"{money['smallest_units']} smallest units of {money['currency']}"
    amount = Decimal(money["amount"])
    if abs(amount) >= 1:
        cents = amount.quantize(CENT, ROUND_CEILING if up else ROUND_FLOOR, WIDE)
        amount = min(amount, cents, key=lambda d: len(str(d)))
    return f"{amount:,} {money['currency']}"


def _left(found: Json, unknown: int) -> str:
    left = found["open"]
    parts = []
    if unknown:
        parts.append(_many(unknown, "order without an answer", "orders without an answer"))
    if waiting := len(left["orders"]) - unknown:
        parts.append(_many(waiting, "order at work", "orders at work"))
    if left["breaks"]:
        parts.append(_many(len(left["breaks"]), "difference", "differences"))
    return f"Still open: {', '.join(parts)}." if parts else "Nothing of it is open."


def _many(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"
