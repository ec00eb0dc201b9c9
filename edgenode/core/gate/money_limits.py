"""What an order may cost, and who pays: rows 13, 16, 29 and 30."""

from collections.abc import Collection

from edgenode.core.gate import plans
from edgenode.core.gate.check import Check
from edgenode.core.gate.worst_case import Need, need_of
from edgenode.core.state.reservations import OF_COST
from edgenode.core.state.wallet import BalanceKey
from edgenode.model.facts import Instrument, Policy, Reserved
from edgenode.model.money import format_minor


def judge(check: Check, policy: Policy, instrument: Instrument) -> tuple[Reserved, ...]:
    """Evaluate all of them; returns what must be reserved."""
    if check.rate is None:
        pair = f"{instrument.quote}/{policy.currency}"
        age = f"{policy.fx_age_ms_max} ms"
        check.fail("EN130", "fx_rate", f"a rate at most {age} old", "none", pair)
        return ()
    if check.price is None or check.open_lots <= 0:
        return ()
    need = need_of(check, policy, instrument, check.price, check.rate)
    rows = []
    for key, kind, amount in need.balances:
        free = check.state.wallet.free(key) + _freed(check, {kind}, key.asset)
        if amount > free:
            _fail_balance(check, kind, key, free, amount, instrument)
        rows.append(Reserved(grant="", kind=kind, amount=amount, unit=key.asset))  # type: ignore[arg-type]
    if not check.is_customer and check.reference is not None:
        rows.extend(_grants(check, policy, need))
        plans.judge(check, policy, sum(a for kind, _, a in need.grants if kind == "cost"))
    return tuple(row for row in rows if row.amount)


def _freed(check: Check, kinds: Collection[str], unit: str) -> int:
    """Give what the order whose place this one takes holds."""
    held = check.replaces.held
    return sum(row.amount for row in held if row.kind in kinds and row.unit == unit)


def _grants(check: Check, policy: Policy, need: Need) -> list[Reserved]:
    grants, unit = check.state.grants, policy.currency
    rows = list(need.drawn)
    freed = check.replaces.freed
    total = 0
    for kind, reserve_as, amount in need.grants:
        if kind == "cost":
            total += amount
        if amount == 0:
            continue
        if not grants.live(kind, unit, check.now_ns) and not check.reducing:
            check.fail("EN129", f"grant_{kind}", "unexpired grant", "none", unit)
            continue
        asked = total if kind == "cost" else amount
        found, missing = grants.allocate(
            kind, unit, asked, check.now_ns, reducing=check.reducing, freed=freed
        )
        if missing:
            check.fail_money("EN113", f"grant_{kind}", amount - missing, amount)
        rows.extend(
            Reserved(grant=r.grant, kind=reserve_as, amount=r.amount, unit=r.unit)
            for r in _last(found, amount)
        )
    used = check.state.limits.used(check.event_id) - _freed(check, OF_COST, unit)
    value = used + total
    if total and value > policy.event_spend_max:
        scope = f"event:{check.event_id}"
        check.fail_money("EN116", "event_spend_max", policy.event_spend_max, value, scope)
    return rows


def _fail_balance(
    check: Check, name: str, key: BalanceKey, limit: int, value: int, instrument: Instrument
) -> None:
    scope = f"account:{key.account}"
    if name == "inventory":
        check.fail_lots("EN113", name, limit, value, scope)
    else:
        unit = instrument.quote
        found = format_minor(value, unit)
        check.fail("EN113", name, format_minor(limit, unit), found, unit, scope)


def _last(rows: tuple[Reserved, ...], amount: int) -> list[Reserved]:
    """Give the last `amount` of a proposed allocation; what earlier rows took is skipped."""
    picked: list[Reserved] = []
    for row in reversed(rows):
        take = min(amount, row.amount)
        if take:
            picked.append(Reserved(grant=row.grant, kind=row.kind, amount=take, unit=row.unit))
        amount -= take
    picked.reverse()
    return picked
