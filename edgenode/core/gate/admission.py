"""Who may trade what, where and when: rows 1, 2, 3, 18, 19, 21 and 27."""

from edgenode.core.gate import trading_state
from edgenode.core.gate.check import Check
from edgenode.core.state.limits import Limits
from edgenode.model.facts import Permission
from edgenode.model.ids import DESK_BOOK, DESK_OVERLAY, LOCAL_VENUE
from edgenode.model.orders import SIDES

SECOND_NS = 1_000_000_000
DAY_S = 86_400
CLOCK_BACK_NS = SECOND_NS  # a clock may lag behind what was recorded by at most this
TYPES = ("limit", "market")
TIMES_IN_FORCE = ("day", "gtd", "ioc", "fok")
AT_ONCE = frozenset({"ioc", "fok"})
ANY = "*"


def judge(check: Check) -> None:
    """Evaluate all of them."""
    _known(check)
    _words(check)
    _permitted(check)
    _times(check)
    _trading_state(check)


def in_hours(opens_s: int, closes_s: int, now_ns: int) -> bool:
    """Tell whether a moment lies within daily hours (UTC) that may run over midnight."""
    at = now_ns // SECOND_NS % DAY_S
    if opens_s <= closes_s:
        return opens_s <= at < closes_s
    return at >= opens_s or at < closes_s


def is_plausible(limits: Limits, now_ns: int) -> bool:
    """Tell whether a clock does not lag behind what was recorded."""
    return now_ns >= limits.newest_ns - CLOCK_BACK_NS


def _known(check: Check) -> None:
    intent, state = check.intent, check.state
    if check.instrument is None or not check.instrument.enabled:
        check.fail("EN101", "instrument", "enabled instrument", intent.instrument, "id")
    if state.orders.named(intent.key) is not None or check.seen.past.name_taken:
        check.fail("EN103", "duplicate_client_order_id", "unused id", intent.client_order_id, "id")
    trades = check.is_customer or intent.account in {DESK_BOOK, DESK_OVERLAY}
    if not trades or not state.wallet.knows(intent.account):
        check.fail("EN127", "account", "funded account", intent.account, "account")
    policy = check.policy
    if policy is not None and intent.venue not in policy.venues:
        check.fail("EN127", "venue", ",".join(policy.venues), intent.venue, "venue")
    named = intent.event_id
    if named is not None and not check.changes and not state.limits.runs(named, check.now_ns):
        check.fail("EN127", "event", "an open micro-event", named, "id")
    if intent.account == DESK_OVERLAY and intent.venue == LOCAL_VENUE:
        # a hedge may not execute against a customer of the same node
        check.fail("EN127", "hedge_venue", "an outside venue", intent.venue, "venue")


def _words(check: Check) -> None:
    """Row 27: side, type, time in force, and what goes together."""
    intent = check.intent
    if intent.side not in SIDES:
        check.fail("EN127", "side", " or ".join(SIDES), intent.side, "side")
    if intent.type not in TYPES:
        check.fail("EN127", "order_type", " or ".join(TYPES), intent.type, "type")
    if intent.time_in_force not in TIMES_IN_FORCE:
        check.fail(
            "EN127", "time_in_force", " or ".join(TIMES_IN_FORCE), intent.time_in_force, "type"
        )
    at_once = intent.time_in_force in AT_ONCE
    if intent.type == "market" and not at_once:
        check.fail("EN127", "market_rests", "ioc or fok", intent.time_in_force, "type")
    if intent.post_only and (at_once or intent.type == "market"):
        check.fail("EN127", "post_only", "a limit order that rests", intent.time_in_force, "type")
    if intent.post_only and intent.venue != LOCAL_VENUE:
        check.fail("EN127", "post_only_venue", LOCAL_VENUE, intent.venue, "venue")
    ends = check.state.limits.auctions.get(intent.instrument)
    if ends is not None and intent.venue == LOCAL_VENUE and (at_once or intent.post_only):
        check.fail(
            "EN127", "auction_call", "a limit order that rests", intent.time_in_force, "type"
        )


def _permitted(check: Check) -> None:
    """Row 2: the restricted list, and one permission at least that covers the order now."""
    policy, intent = check.policy, check.intent
    if policy is None:
        return
    if intent.instrument in policy.restricted:
        check.fail("EN102", "restricted", "an unrestricted instrument", intent.instrument, "id")
    if not any(_covers(p, check) for p in policy.permissions):
        zones = ",".join(sorted({p.zone for p in policy.permissions})) or "none"
        asked = f"{intent.account} {intent.venue} {intent.instrument}"
        check.fail(
            "EN102", "permission", "a permission in its hours", asked, "id", f"zone:{zones}"
        )


def _covers(permission: Permission, check: Check) -> bool:
    intent = check.intent
    return (
        permission.venue in {ANY, intent.venue}
        and permission.instrument in {ANY, intent.instrument}
        and _is(permission.account, intent.account)
        and in_hours(permission.opens_s, permission.closes_s, check.now_ns)
    )


def _is(pattern: str, account: str) -> bool:
    return pattern in {ANY, account} or (
        pattern.endswith(":*") and account.startswith(pattern[:-1])
    )


def _times(check: Check) -> None:
    """Rows 18 and 19: a plausible clock, the session, an expiry that lies ahead."""
    limits = check.state.limits
    if not is_plausible(limits, check.now_ns):
        check.fail("EN118", "clock", str(limits.newest_ns), str(check.now_ns), "ns")
    instrument, expires = check.instrument, check.intent.expires_ns
    if instrument is not None and not in_hours(
        instrument.opens_s, instrument.closes_s, check.now_ns
    ):
        hours = f"{_hour(instrument.opens_s)} to {_hour(instrument.closes_s)} UTC"
        now = _hour(check.now_ns // SECOND_NS % DAY_S)
        check.fail("EN119", "session", hours, now, "time", f"instrument:{instrument.id}")
    if (check.intent.time_in_force == "gtd") != (expires is not None):
        check.fail("EN127", "expiry", "an expiry with gtd, and only there", str(expires), "ns")
    elif expires is not None and expires <= check.now_ns:
        check.fail("EN119", "expiry_past", str(check.now_ns), str(expires), "ns")


def _trading_state(check: Check) -> None:
    intent = check.intent
    state, scope = trading_state.effective(
        check.state.limits,
        check.state.breaks,
        intent.account,
        intent.venue,
        intent.instrument,
        check.event_id,
    )
    if state == "halted" or (state == "reducing" and not check.reducing):
        check.fail("EN121", "trading_state", "active", state, "state", scope)


def _hour(second: int) -> str:
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
