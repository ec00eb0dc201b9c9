"""Who may trade what, where and when, as long as the rules stand: rows 1, 2, 19, 27.

They look at an order's kind (core/gate/terms), never at its size, price or name.
"""

from collections.abc import Iterator

from edgenode.core.state.node_state import NodeState
from edgenode.model.facts import Instrument, Permission, Policy, Reason
from edgenode.model.ids import DESK_OVERLAY, LOCAL_VENUE
from edgenode.model.orders import SIDES, OrderIntent

SECOND_NS = 1_000_000_000
DAY_S = 86_400
TYPES = ("limit", "market")
TIMES_IN_FORCE = ("day", "gtd", "ioc", "fok")
AT_ONCE = frozenset({"ioc", "fok"})
ANY = "*"


def reasons(state: NodeState, intent: OrderIntent, now_ns: int) -> tuple[Reason, ...]:
    """Evaluate all of them."""
    rules = state.rules
    instrument = rules.instruments.get(intent.instrument)
    return (
        *_known(rules.policy, instrument, intent),
        *_words(state, intent),
        *_permitted(rules.policy, intent, now_ns),
        *_session(instrument, now_ns),
    )


def in_hours(opens_s: int, closes_s: int, now_ns: int) -> bool:
    """Return whether a moment lies within daily hours (UTC) that may run over midnight."""
    at = now_ns // SECOND_NS % DAY_S
    if opens_s <= closes_s:
        return opens_s <= at < closes_s
    return at >= opens_s or at < closes_s


def _known(
    policy: Policy | None, instrument: Instrument | None, intent: OrderIntent
) -> Iterator[Reason]:
    if instrument is None or not instrument.enabled:
        yield failed("EN101", "instrument", "enabled instrument", intent.instrument, "id")
    if policy is not None and intent.venue not in policy.venues:
        yield failed("EN127", "venue", ",".join(policy.venues), intent.venue, "venue")
    if intent.account == DESK_OVERLAY and intent.venue == LOCAL_VENUE:
        # a hedge may not execute against a customer of the same node
        yield failed("EN127", "hedge_venue", "an outside venue", intent.venue, "venue")


def _words(state: NodeState, intent: OrderIntent) -> Iterator[Reason]:
    """Row 27: side, type, time in force, and what goes together."""
    lasts = intent.time_in_force
    if intent.side not in SIDES:
        yield failed("EN127", "side", " or ".join(SIDES), intent.side, "side")
    if intent.type not in TYPES:
        yield failed("EN127", "order_type", " or ".join(TYPES), intent.type, "type")
    if lasts not in TIMES_IN_FORCE:
        yield failed("EN127", "time_in_force", " or ".join(TIMES_IN_FORCE), lasts, "type")
    at_once = lasts in AT_ONCE
    if intent.type == "market" and not at_once:
        yield failed("EN127", "market_rests", "ioc or fok", lasts, "type")
    if intent.post_only and (at_once or intent.type == "market"):
        yield failed("EN127", "post_only", "a limit order that rests", lasts, "type")
    if intent.post_only and intent.venue != LOCAL_VENUE:
        yield failed("EN127", "post_only_venue", LOCAL_VENUE, intent.venue, "venue")
    called = intent.instrument in state.limits.auctions
    if called and intent.venue == LOCAL_VENUE and (at_once or intent.post_only):
        yield failed("EN127", "auction_call", "a limit order that rests", lasts, "type")


def _permitted(policy: Policy | None, intent: OrderIntent, now_ns: int) -> Iterator[Reason]:
    """Row 2: the restricted list, and one permission at least that covers the order now."""
    if policy is None:
        return
    if intent.instrument in policy.restricted:
        yield failed("EN102", "restricted", "an unrestricted instrument", intent.instrument, "id")
    if not any(_covers(p, intent, now_ns) for p in policy.permissions):
        zones = ",".join(sorted({p.zone for p in policy.permissions})) or "none"
        asked = f"{intent.account} {intent.venue} {intent.instrument}"
        wanted = "a permission in its hours"
        yield failed("EN102", "permission", wanted, asked, "id", f"zone:{zones}")


def _covers(permission: Permission, intent: OrderIntent, now_ns: int) -> bool:
    return (
        permission.venue in {ANY, intent.venue}
        and permission.instrument in {ANY, intent.instrument}
        and _is(permission.account, intent.account)
        and in_hours(permission.opens_s, permission.closes_s, now_ns)
    )


def _is(pattern: str, account: str) -> bool:
    return pattern in {ANY, account} or (
        pattern.endswith(":*") and account.startswith(pattern[:-1])
    )


def _session(instrument: Instrument | None, now_ns: int) -> Iterator[Reason]:
    """Row 19: the instrument's session."""
    if instrument is None or in_hours(instrument.opens_s, instrument.closes_s, now_ns):
        return
    hours = f"{_hour(instrument.opens_s)} to {_hour(instrument.closes_s)} UTC"
    now = _hour(now_ns // SECOND_NS % DAY_S)
    yield failed("EN119", "session", hours, now, "time", f"instrument:{instrument.id}")


def failed(code: str, name: str, limit: str, value: str, unit: str, scope: str = "node") -> Reason:
    """Return a failed control."""
    return Reason(code=code, name=name, limit=limit, value=value, unit=unit, scope=scope)


def _hour(second: int) -> str:
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
