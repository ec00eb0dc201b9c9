"""What an order may cost, and who pays: rows 13, 16, 29 and 30."""

from collections.abc import Collection

from edgenode.core.gate import plans
from edgenode.core.gate.check import Check
from edgenode.core.gate.worst_case import Need, need_of
from edgenode.core.risk import doubt
from edgenode.core.state.grants import NOTHING_FREED, Taken
from edgenode.core.state.reservations import CLAIM, OF_COST
from edgenode.model.facts import Instrument, Policy
from edgenode.model.ids import GrantId

Row = tuple[
    GrantId, str, int, str
]  # what to reserve: of which grant ("" none), kind, amount, unit
NO_GRANT = GrantId("")


def judge(check: Check, policy: Policy, instrument: Instrument) -> list[Row]:
    """Evaluate all of them; returns what must be reserved."""
    terms, rate, price = check.terms, check.terms.rate, check.price
    if rate is None:
        pair = f"{instrument.quote}/{policy.currency}"
        check.fail(
            "EN130", "fx_rate", f"a rate at most {policy.fx_age_ms_max} ms old", "none", pair
        )
        return []
    if price is None or check.open_lots <= 0:
        return []
    need = need_of(check, policy, instrument, price, rate)
    rows = [_balance(check, instrument, need.held)]
    if not terms.is_customer and check.reference is not None:
        if need.drawn:
            rows += [(r.grant, r.kind, r.amount, r.unit) for r in need.drawn]
        rows += _grants(check, policy, need)
        plans.judge(check, policy, need.cost + need.unwind)
    return rows


def _balance(check: Check, instrument: Instrument, amount: int) -> Row:
    """Row 13: the account's own money, or its goods."""
    key, buys = check.terms.balance, check.intent.side == "buy"
    kind = "funds" if buys else "inventory"
    state, terms = check.state, check.terms
    wallet = state.wallet
    if check.in_doubt and buys:
        free = doubt.free(state, key)
    elif check.in_doubt:
        free = doubt.free_lots(state, key, terms.base, terms.lot_minor)
    else:
        free = wallet.free(key) if buys else wallet.free_lots(key, terms.base, terms.lot_minor)
    if check.replaces.held:
        free += _freed(check, {kind}, key.asset)
    if amount > free:
        scope, unit = f"account:{key.account}", instrument.quote
        if buys:
            limit, value = check.money(free, unit), check.money(amount, unit)
            check.fail("EN113", kind, limit, value, unit, scope)
        else:
            check.fail_lots("EN113", kind, free, amount, scope)
    return NO_GRANT, kind, amount, key.asset


def _freed(check: Check, kinds: Collection[str], unit: str) -> int:
    """Return what the order whose place this one takes holds."""
    held = check.replaces.held
    return sum(row.amount for row in held if row.kind in kinds and row.unit == unit)


def _grants(check: Check, policy: Policy, need: Need) -> list[Row]:
    """Rows 13 and 29 of grants, then row 16: the cap of the micro-event."""
    unit, total = policy.currency, need.cost + need.unwind
    rows: list[Row] = []
    if total:
        taken, missing = _take(check, policy, "cost", total, need.spared)
        left = max(0, need.cost - missing)  # earliest expiry first: the cost, then its unwind
        for grant, amount in taken:
            if left:
                rows.append((grant, "cost", min(left, amount), unit))
            if amount > left:
                rows.append((grant, "unwind", amount - left, unit))
            left = max(0, left - amount)
        used = check.state.limits.used(check.terms.event_id, check.now_ns)
        if check.in_doubt:
            event_id = check.terms.event_id
            used += doubt.spent(check.state, check.seen, policy, event_id, check.now_ns)
        if check.replaces.held:
            used -= _freed(check, OF_COST, unit)
        asked = used + total - need.spared
        if asked > policy.event_spend_max and total > need.spared:
            most, scope = policy.event_spend_max, check.terms.of_event
            check.fail_money("EN116", "event_spend_max", most, asked, scope)
    if need.cash:
        taken, _ = _take(check, policy, "cash", need.cash, need.spared_cash)
        rows += [(grant, "cash", amount, unit) for grant, amount in taken]
    return rows + _to_buy_back(check, policy, need) if need.unwind_cash else rows


def _to_buy_back(check: Check, policy: Policy, need: Need) -> list[Row]:
    """Return what a sale that opens a short keeps of cash: what it brings back first."""
    unit, rows = policy.currency, list[Row]()
    left, brings = need.unwind_cash, need.proceeds
    latest = check.state.limits.latest(check.now_ns)
    for grant, spent in doubt.claimable(check.state, unit, latest):
        part = min(spent, brings, left)
        if part:
            rows.append((grant, CLAIM, part, unit))
            brings, left = brings - part, left - part
    if left:
        runs_away = max(0, need.unwind_cash - need.proceeds)
        taken, _ = _take(check, policy, "cash", left, runs_away)
        rows += [(grant, "unwind_cash", amount, unit) for grant, amount in taken]
    return rows


def _take(
    check: Check, policy: Policy, kind: str, amount: int, spared: int = 0
) -> tuple[list[Taken], int]:
    """Find room of grants, and what is missing: at most `spared` of the amount may be."""
    if kind not in check.terms.live and not check.reducing:
        if amount > spared:
            check.fail("EN129", f"grant_{kind}", "unexpired grant", "none", policy.currency)
        return [], amount
    freed = check.replaces.freed if check.replaces.held else NOTHING_FREED
    limits = check.state.limits
    latest = limits.latest(check.now_ns)
    reducing = check.reducing and not limits.is_behind(check.now_ns)  # as core/gate/terms says
    in_doubt = 0
    if check.in_doubt:
        in_doubt = doubt.used(check.state, check.seen, policy, kind, check.now_ns)
    taken, missing = check.state.grants.take(
        kind, policy.currency, amount, latest, reducing=reducing, freed=freed, in_doubt=in_doubt
    )
    if missing > spared:
        check.fail_money("EN113", f"grant_{kind}", amount - missing, amount)
    return taken, missing
