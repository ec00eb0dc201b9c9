"""The gate: every control on an order, in integers, failing closed.

Each failed check gives one reason with its code (EN1nn, nn = the control's row in the design's
table), limit and value; all checks that can be evaluated are, and reasons come sorted by code. A
check whose inputs already failed is skipped. There is no bypass.

    1 instrument   3 client order id   4 price   5 reference (desk)   6 quantity   7 notional
    9 message rate   11 net position   13 funds and grants   16 event spend   20 reduce-only
    21 trading state   27 account, venue, type   29 unexpired grants
"""

from dataclasses import dataclass

from edgenode.core.gate import trading_state
from edgenode.core.gate.worst_case import Need, need_of
from edgenode.core.seen import Reference, Seen
from edgenode.core.state.exposure import Exposure, is_reducing, with_order
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.wallet import BalanceKey
from edgenode.model.facts import Instrument, Policy, Reason, Reserved, Saw
from edgenode.model.ids import DESK_OVERLAY, LOCAL_VENUE, EventId, is_customer
from edgenode.model.money import format_decimal, format_minor
from edgenode.model.orders import SIDES, OrderIntent, sign


@dataclass(frozen=True, slots=True)
class Verdict:
    """The gate's answer: allowed where `reasons` is empty, then with what must be reserved."""

    reasons: tuple[Reason, ...]
    reserved: tuple[Reserved, ...]
    saw: Saw
    event_id: EventId
    limits_version: int


def judge(state: NodeState, seen: Seen, intent: OrderIntent, now_ns: int) -> Verdict:
    """Judge one order against every control. Pure; O(1) in open orders."""
    check = _Check(state, seen, intent, now_ns)
    check.run()
    return Verdict(
        reasons=tuple(sorted(check.reasons, key=lambda r: (r.code, r.name))),
        reserved=() if check.reasons else check.reserved,
        saw=check.saw(),
        event_id=check.event_id,
        limits_version=state.limits.version,
    )


class _Check:
    """One judgement in progress."""

    __slots__ = (
        *("state", "intent", "now_ns", "reasons", "reserved", "event_id", "policy"),
        *("instrument", "reference", "exposure", "reducing", "signed"),
    )

    def __init__(self, state: NodeState, seen: Seen, intent: OrderIntent, now_ns: int) -> None:
        self.state = state
        self.intent = intent
        self.now_ns = now_ns
        self.reasons: list[Reason] = []
        self.reserved: tuple[Reserved, ...] = ()
        limits = state.limits
        self.event_id = intent.event_id or limits.event_at(now_ns)
        self.policy: Policy | None = limits.policy
        self.instrument: Instrument | None = limits.instruments.get(intent.instrument)
        self.reference: Reference | None = (
            seen.reference(self.policy, intent.instrument, now_ns) if self.policy else None
        )
        self.exposure: Exposure = state.exposure(intent.instrument)
        signed = sign(intent.side) * intent.quantity_lots
        # a customer's order is judged as if desk:book took all of it
        self.signed = -signed if is_customer(intent.account) else signed
        self.reducing = is_reducing(self.exposure.net, self.signed)

    def run(self) -> None:
        """Evaluate every check that can be."""
        self._inputs()
        self._trading_state()
        policy, instrument, price = self.policy, self.instrument, self.intent.price_ticks
        if policy is None:
            self._fail("EN129", "policy_missing", "1", "0", "policy")
            return
        self._rate(policy)
        if instrument is None:
            return
        self._quantity(instrument)
        self._position(policy, instrument)
        self._reduce_only(instrument)
        if price is None or price <= 0 or self.intent.quantity_lots <= 0:
            return
        self._notional(policy, instrument, price)
        self._funds(policy, instrument, price)

    def saw(self) -> Saw:
        """Say what was looked at, for the entry."""
        ref = self.reference
        net = self.exposure.net
        return Saw(
            reference_ticks=ref.ticks if ref else None,
            age_ms=ref.age_ms if ref else None,
            source=ref.source if ref else "",
            fx=None,
            worst_before=net.worst,
            worst_after=with_order(net, self.signed).worst,
        )

    def _inputs(self) -> None:
        intent, limits = self.intent, self.state.limits
        if self.instrument is None or not self.instrument.enabled:
            self._fail("EN101", "instrument", "enabled instrument", intent.instrument, "id")
        if self.state.orders.named(intent.key) is not None:
            self._fail(
                "EN103", "duplicate_client_order_id", "unused id", intent.client_order_id, "id"
            )
        if intent.price_ticks is None or intent.price_ticks <= 0:
            self._fail("EN104", "price", "1", str(intent.price_ticks), "ticks")
        if intent.side not in SIDES:
            self._fail("EN127", "side", " or ".join(SIDES), intent.side, "side")
        if intent.type != "limit":
            self._fail("EN127", "order_type", "limit", intent.type, "type")
        if not self.state.wallet.knows(intent.account):
            self._fail("EN127", "account", "funded account", intent.account, "account")
        if limits.policy is not None and intent.venue not in limits.policy.venues:
            self._fail("EN127", "venue", ",".join(limits.policy.venues), intent.venue, "venue")
        if intent.account == DESK_OVERLAY and intent.venue == LOCAL_VENUE:
            # a hedge may not execute against a customer of the same node
            self._fail("EN127", "hedge_venue", "an outside venue", intent.venue, "venue")

    def _trading_state(self) -> None:
        intent = self.intent
        state, scope = trading_state.effective(
            self.state.limits, intent.account, intent.venue, intent.instrument, self.event_id
        )
        if state == "halted" or (state == "reducing" and not self.reducing):
            self._fail("EN121", "trading_state", "active", state, "state", scope)

    def _rate(self, policy: Policy) -> None:
        count = self.state.limits.messages(self.intent.venue, self.now_ns) + 1
        if count > policy.orders_per_s_max:
            scope = f"venue:{self.intent.venue}"
            self._fail(
                "EN109", "message_rate", str(policy.orders_per_s_max), str(count), "1/s", scope
            )

    def _quantity(self, instrument: Instrument) -> None:
        lots = self.intent.quantity_lots
        low, high = instrument.quantity_lots_min, instrument.quantity_lots_max
        if lots < low:
            self._fail("EN106", "quantity_min", self._lots(low), self._lots(lots), instrument.base)
        elif lots > high:
            self._fail(
                "EN106", "quantity_max", self._lots(high), self._lots(lots), instrument.base
            )

    def _notional(self, policy: Policy, instrument: Instrument, price: int) -> None:
        notional = instrument.notional_minor(price, self.intent.quantity_lots)
        if notional > policy.order_notional_max:
            self._fail_money("EN107", "order_notional_max", policy.order_notional_max, notional)

    def _position(self, policy: Policy, instrument: Instrument) -> None:
        """Row 11 per desk account and on net, then the one bound on both tiers of hedges."""
        intent, state = self.intent, self.state
        if is_customer(intent.account):
            return
        worst_net = with_order(self.exposure.net, self.signed).worst
        limit = policy.net_position_lots_max
        if worst_net > limit and not self.reducing:
            self._fail(
                "EN111",
                "net_position_max",
                self._lots(limit),
                self._lots(worst_net),
                instrument.base,
            )
        held = state.positions.net(intent.account, intent.instrument)
        open_lots = state.orders.open_lots(intent.account, intent.instrument, intent.side)
        use = max(0, sign(intent.side) * held + open_lots + intent.quantity_lots)
        granted = state.grants.position_limit(intent.instrument, intent.side, self.now_ns)
        before = max(0, sign(intent.side) * held + open_lots)
        if use > granted and use > before and not (granted == 0 and self.reducing):
            self._fail(
                "EN113", "grant_position", self._lots(granted), self._lots(use), instrument.base
            )
        if intent.account == DESK_OVERLAY:
            self._over_hedge(policy, instrument)

    def _over_hedge(self, policy: Policy, instrument: Instrument) -> None:
        hedged = self.exposure.hedged()
        after = with_order(hedged, self.signed).worst
        limit = max(
            hedged.worst,
            self.exposure.book.worst
            + policy.band_lots
            + policy.slice_lots_max
            + policy.over_hedge_lots,
        )
        if after > limit:
            self._fail(
                "EN111", "over_hedge", self._lots(limit), self._lots(after), instrument.base
            )

    def _reduce_only(self, instrument: Instrument) -> None:
        intent = self.intent
        if not intent.reduce_only:
            return
        held = self.state.positions.at_venue(intent.account, intent.venue, intent.instrument)
        room = max(0, -sign(intent.side) * held)
        if intent.quantity_lots > room:
            value = self._lots(intent.quantity_lots)
            self._fail("EN120", "reduce_only", self._lots(room), value, instrument.base)

    def _funds(self, policy: Policy, instrument: Instrument, price: int) -> None:
        need = need_of(self.state, policy, instrument, self.intent, price, self.reference)
        rows = []
        for key, name, amount in need.balances:
            free = self.state.wallet.free(key)
            if amount > free:
                self._fail_amount("EN113", name, key, free, amount, instrument)
            rows.append(Reserved(grant="", kind=name, amount=amount, unit=key.asset))  # type: ignore[arg-type]
        if not is_customer(self.intent.account):
            if self.reference is None:
                self._fail("EN105", "reference", "fresh reference", "none", "price")
            else:
                rows.extend(self._grants(policy, need))
        self.reserved = tuple(row for row in rows if row.amount)

    def _grants(self, policy: Policy, need: Need) -> list[Reserved]:
        grants, unit = self.state.grants, policy.currency
        rows = list(need.drawn)
        total = 0
        for kind, reserve_as, amount in need.grants:
            if kind == "cost":
                total += amount
            if amount == 0:
                continue
            if not grants.live(kind, unit, self.now_ns) and not self.reducing:
                self._fail("EN129", f"grant_{kind}", "unexpired grant", "none", unit)
                continue
            found, missing = grants.allocate(
                kind,
                unit,
                total if kind == "cost" else amount,
                self.now_ns,
                reducing=self.reducing,
            )
            if missing:
                self._fail_money("EN113", f"grant_{kind}", amount - missing, amount)
            rows.extend(
                Reserved(grant=r.grant, kind=reserve_as, amount=r.amount, unit=r.unit)
                for r in _last(found, amount)
            )
        value = self.state.limits.used(self.event_id) + total
        if total and value > policy.event_spend_max:
            self._fail_money(
                "EN116", "event_spend_max", policy.event_spend_max, value, f"event:{self.event_id}"
            )
        return rows

    def _fail(
        self, code: str, name: str, limit: str, value: str, unit: str, scope: str = "node"
    ) -> None:
        self.reasons.append(
            Reason(code=code, name=name, limit=limit, value=value, unit=unit, scope=scope)
        )

    def _fail_money(
        self, code: str, name: str, limit: int, value: int, scope: str = "node"
    ) -> None:
        assert self.policy is not None
        unit = self.policy.currency
        self._fail(code, name, format_minor(limit, unit), format_minor(value, unit), unit, scope)

    def _fail_amount(
        self, code: str, name: str, key: BalanceKey, limit: int, value: int, instrument: Instrument
    ) -> None:
        scope = f"account:{key.account}"
        if name == "inventory":
            self._fail(code, name, self._lots(limit), self._lots(value), instrument.base, scope)
        else:
            self._fail_money(code, name, limit, value, scope)

    def _lots(self, lots: int) -> str:
        decimals = self.instrument.quantity_decimals if self.instrument else 0
        return format_decimal(lots, decimals)


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
