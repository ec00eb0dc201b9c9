"""Whether an order may come in: its kind's standing reasons, and rows 3, 18, 19, 21 and 27."""

from edgenode.core.gate.check import Check


def judge(check: Check) -> None:
    """Evaluate all of them."""
    intent, state, terms = check.intent, check.state, check.terms
    if state.orders.named(intent.key) is not None or check.seen.past.name_taken:
        check.fail("EN103", "duplicate_client_order_id", "unused id", intent.client_order_id, "id")
    if not terms.trades or not state.wallet.knows(intent.account):
        check.fail("EN127", "account", "funded account", intent.account, "account")
    if not (terms.event_open or check.changes):
        check.fail("EN127", "event", "an open micro-event", str(intent.event_id), "id")
    if state.limits.is_behind(check.now_ns) and not check.reducing:
        check.fail("EN118", "clock", str(state.limits.newest_ns), str(check.now_ns), "ns")
    if intent.expires_ns is not None or intent.time_in_force == "gtd":
        _expiry(check)
    if terms.trading != "active" and not (terms.trading == "reducing" and check.reducing):
        held = f"{terms.trading}: {terms.cause}"
        check.fail("EN121", "trading_state", "active", held, "state", terms.scope)


def _expiry(check: Check) -> None:
    """Row 19: an expiry that lies ahead, and only if there is to be one."""
    expires, lasts = check.intent.expires_ns, check.intent.time_in_force
    if (lasts == "gtd") != (expires is not None):
        check.fail("EN127", "expiry", "an expiry with gtd, and only there", str(expires), "ns")
    elif expires is not None and expires <= check.now_ns:
        check.fail("EN119", "expiry_past", str(check.now_ns), str(expires), "ns")
