"""A sandbox venue's engine: accounts, orders, executions, a numbered event stream. Pure.

It is written apart from the product's own order code on purpose: `truth()` judges our books. Time
is passed in. Orders are known by the client's id; with `dedupe` a repeat of a known id changes
nothing, without it a repeat executes again, as careless venues do.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from edgenode.sim.faults import Faulty
from edgenode.sim.venue.markets import Market

Json = dict[str, Any]
PPM = 1_000_000
FEE_PPM = 500  # the recorded pool's
TICK_LOT_MICRO = 100  # 0.01 USDC x 0.01 WETH in micro-USDC
OPENING_CASH = 150_000_000_000
OPENING_LOTS = 10_000
EVENTS_KEPT = 100_000
EVIDENCE = {"fill", "correct"}
FAULTS = (
    *("duplicate_fill", "late_fill", "bust", "correct", "reused_exec_id"),  # of executions
    *("lost_answer", "slow"),  # of submits
    *("down", "page"),  # of requests of any kind: submit, cancel, query, snapshot
    *("renumber", "forget"),  # of market seconds: the venue restarts, or loses its orders
)


class FeeCurrency(NamedTuple):
    """A currency that fees are taken in: `units` of its smallest unit for `micro` micro-USDC."""

    code: str
    decimals: int
    units: int
    micro: int


USDC = FeeCurrency("USDC", 6, 1, 1)


@dataclass(slots=True)
class Order:
    """One order as the venue knows it."""

    client_id: str
    account: str
    instrument: str
    side: str
    lots: int
    price_ticks: int
    time_in_force: str
    state: str = "new"
    executed_lots: int = 0

    @property
    def open(self) -> bool:
        """Return whether it may still execute."""
        return self.state in {"new", "partially_filled"}


@dataclass(slots=True)
class Holding:
    """What an account holds: micro-USDC and lots; `net_lots` counts trades since opening.

    `others` are balances in other currencies, from fees alone.
    """

    cash: int = OPENING_CASH
    lots: int = OPENING_LOTS
    net_lots: int = 0
    others: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Engine(Faulty):
    """One venue."""

    name: str
    market: Market
    instrument: str = "WETH-USDC"
    fee_ppm: int = FEE_PPM
    fee_currencies: tuple[FeeCurrency, ...] = (USDC,)  # taken in turn
    dedupe: bool = True
    opening: tuple[int, int] = (OPENING_CASH, OPENING_LOTS)  # of each account
    orders: dict[str, Order] = field(default_factory=dict)
    accounts: dict[str, Holding] = field(default_factory=dict)
    fills: list[Json] = field(default_factory=list)
    requests: list[Json] = field(default_factory=list)
    events: deque[Json] = field(default_factory=lambda: deque(maxlen=EVENTS_KEPT))
    held_back: list[Json] = field(default_factory=list)
    event_seq: int = 0
    epoch: str = "1"  # of the numbers of events: they begin anew only under another one

    # -- requests ----------------------------------------------------------------------------

    def submit(self, order: Order, now_ns: int) -> Order:
        """Take an order: execute what the market gives in its limit; the rest stays or ends."""
        self._log("submit", order.client_id, now_ns)
        known = self.orders.get(order.client_id)
        if known is not None and self.dedupe:
            return known
        if known is not None:  # a careless venue: the repeat is an order of its own
            known.lots += order.lots
            order = known
            order.state = "partially_filled"
        self.orders[order.client_id] = order
        holding = self.accounts.setdefault(order.account, self._opened())
        if not self._covered(order, holding):
            order.state = "rejected"
            self._emit(self._done(order, now_ns))
            return order
        self._emit({"type": "ack", "client_id": order.client_id, "t_ns": now_ns})
        self._execute(order, now_ns)
        if order.open and order.time_in_force == "ioc":
            order.state = "canceled"
        if not order.open:
            self._emit(self._done(order, now_ns))
        return order

    def cancel(self, client_id: str, now_ns: int) -> Order | None:
        """End a resting order; a done order stays as it is."""
        self._log("cancel", client_id, now_ns)
        order = self.orders.get(client_id)
        if order is not None and order.open:
            order.state = "canceled"
            self._emit(self._done(order, now_ns))
        return order

    def query(self, client_id: str, now_ns: int) -> Json | None:
        """Return what the venue knows of an order, with all its fills."""
        self._log("query", client_id, now_ns)
        order = self.orders.get(client_id)
        if order is None:
            return None
        mine = [fill for fill in self.fills if fill["client_id"] == client_id]
        return {**self._view(order), "fills": mine}

    def second(self, now_ns: int) -> None:
        """Advance market time: resting orders meet the moving market; held fills come out."""
        if self.strikes("renumber"):
            self.renumber(f"{self.epoch}+")
        if self.strikes("forget"):
            self.forget()
        for order in self.orders.values():
            if not order.open:
                continue
            self._execute(order, now_ns)
            if order.state == "filled":
                self._emit(self._done(order, now_ns))
        held, self.held_back = self.held_back, []
        for event in held:
            self._emit(event)

    def after(self, cursor: int, epoch: str) -> int:
        """Return where a client goes on: from the beginning, if it knows other numbers."""
        return 0 if epoch and epoch != self.epoch else cursor

    def renumber(self, epoch: str) -> None:
        """Number events from one again, as after a fail-over; executions are told again."""
        self.epoch, self.event_seq = epoch, 0
        self.events.clear()
        self.held_back.clear()
        for fill in self.fills:
            self._emit(dict(fill))

    def forget(self) -> None:
        """Lose every order, as after a restart from an older copy; executions stay."""
        self.orders.clear()

    def snapshot(self, account: str, cursor: int, epoch: str = "") -> Json:
        """Return open orders, fills after a cursor, balances and positions of an account."""
        cursor = self.after(cursor, epoch)
        holding = self.accounts.get(account) or self._opened()  # who asks opens no account
        return {
            "orders": [self._view(o) for o in self.orders.values() if o.open],
            "fills": [e for e in self.events if e["seq"] > cursor and e["type"] in EVIDENCE],
            "balances": {"USDC": holding.cash, self.instrument: holding.lots, **holding.others},
            "positions": {self.instrument: holding.net_lots},
            "cursor": self.event_seq,
            "epoch": self.epoch,
        }

    def truth(self) -> Json:
        """Return what this venue believes, to hold our books against."""
        return {
            "venue": self.name,
            "requests": self.requests,
            "orders": {
                o.client_id: {"executed_lots": o.executed_lots, "state": o.state}
                for o in self.orders.values()
            },
            "fills": self.fills,
            "positions": {a: {self.instrument: h.net_lots} for a, h in self.accounts.items()},
        }

    # -- helpers -----------------------------------------------------------------------------

    # What another kind of venue does otherwise.

    def _opened(self) -> Holding:
        cash, lots = self.opening
        return Holding(cash, lots)

    def _market(self, instrument: str) -> Market:
        assert instrument
        return self.market

    def _notional(self, instrument: str, price_ticks: int, lots: int) -> int:
        assert instrument
        return price_ticks * lots * TICK_LOT_MICRO

    def _fee_in(self, instrument: str) -> FeeCurrency:
        assert instrument
        return self.fee_currencies[len(self.fills) % len(self.fee_currencies)]

    def _fee_of(self, instrument: str, code: str) -> FeeCurrency:
        assert instrument
        return next(currency for currency in self.fee_currencies if currency.code == code)

    def _pay(self, holding: Holding, instrument: str, amount_minor: int) -> None:
        assert instrument
        holding.cash += amount_minor

    def _deliver(self, holding: Holding, instrument: str, lots: int) -> None:
        assert instrument
        holding.lots += lots
        holding.net_lots += lots

    def _covered(self, order: Order, holding: Holding) -> bool:
        if order.side == "sell":
            return holding.lots >= order.lots
        notional = self._notional(order.instrument, order.price_ticks, order.lots)
        return holding.cash >= notional + -(-notional * self.fee_ppm // PPM)

    def _execute(self, order: Order, now_ns: int) -> None:
        left = order.lots - order.executed_lots
        market = self._market(order.instrument)
        for done in market.take(order.side, order.price_ticks, left, now_ns):
            self._fill(order, done.price_ticks, done.lots, done.present_ticks, now_ns)
        if order.executed_lots >= order.lots:
            order.state = "filled"
        elif order.executed_lots:
            order.state = "partially_filled"

    def _fill(
        self, order: Order, price_ticks: int, lots: int, present_ticks: int, now_ns: int
    ) -> None:
        notional = self._notional(order.instrument, price_ticks, lots)
        currency = self._fee_in(order.instrument)
        reuse = self.fills and self.strikes("reused_exec_id") is not None
        exec_id = self.fills[-1]["exec_id"] if reuse else f"{self.name}-{len(self.fills) + 1}"
        fill: Json = {
            "type": "fill",
            "exec_id": exec_id,
            "client_id": order.client_id,
            "account": order.account,
            "instrument": order.instrument,
            "side": order.side,
            "lots": lots,
            "price_ticks": price_ticks,
            "fee_minor": self._fee(notional, currency),
            "fee_currency": currency.code,
            "t_ns": now_ns,
            "present_ticks": present_ticks,
        }
        self._apply(order, fill, 1)
        self.fills.append(fill)
        if self.strikes("late_fill"):
            self.held_back.append(dict(fill))
            return
        self._emit(dict(fill))
        if self.strikes("duplicate_fill"):
            self._emit(dict(fill))
        if self.strikes("bust"):
            self._bust(order, fill)
        elif self.strikes("correct"):
            self._correct(order, fill)

    def _fee(self, notional: int, currency: FeeCurrency) -> int:
        """Return the fee on a notional in smallest units of a currency, rounded up."""
        micro = -(-notional * self.fee_ppm // PPM)
        return -(-micro * currency.units // currency.micro)

    def _bust(self, order: Order, fill: Json) -> None:
        """Take an execution back (FIX 150=H)."""
        self._apply(order, fill, -1)
        fill["busted"] = True
        self._emit({"type": "bust", "exec_id": fill["exec_id"], "account": order.account})

    def _correct(self, order: Order, fill: Json) -> None:
        """Say that one lot of an execution was too much, or its price a tick off (FIX 150=G)."""
        self._apply(order, fill, -1)
        fill["corrected"] = True
        right: Json = {**fill, "exec_id": f"{fill['exec_id']}c", "refers_to": fill["exec_id"]}
        del right["corrected"]
        if right["lots"] > 1:
            right["lots"] -= 1
        else:
            right["price_ticks"] += 1
        notional = self._notional(order.instrument, right["price_ticks"], right["lots"])
        currency = self._fee_of(order.instrument, fill["fee_currency"])
        right["fee_minor"] = self._fee(notional, currency)
        right |= {"type": "correct", "version": 1}
        self._apply(order, right, 1)
        self.fills.append(right)
        self._emit(dict(right))

    def _apply(self, order: Order, fill: Json, times: int) -> None:
        """Move an execution's money and lots, or with `times` = -1 move them back."""
        holding = self.accounts[order.account]
        signed = times * (fill["lots"] if fill["side"] == "buy" else -fill["lots"])
        name = order.instrument
        self._pay(holding, name, -self._notional(name, fill["price_ticks"], signed))
        fee, code = times * fill["fee_minor"], fill["fee_currency"]
        if code == USDC.code:
            holding.cash -= fee
        else:
            holding.others[code] = holding.others.get(code, 0) - fee
        self._deliver(holding, name, signed)
        order.executed_lots += times * fill["lots"]

    def _done(self, order: Order, now_ns: int) -> Json:
        return {"type": "done", **self._view(order), "t_ns": now_ns}

    def _view(self, order: Order) -> Json:
        return {
            "client_id": order.client_id,
            "state": order.state,
            "cum_lots": order.executed_lots,
        }

    def _emit(self, event: Json) -> None:
        self.event_seq += 1
        event["seq"] = self.event_seq
        self.events.append(event)

    def _log(self, verb: str, client_id: str, now_ns: int) -> None:
        self.requests.append({"verb": verb, "client_id": client_id, "t_ns": now_ns})
