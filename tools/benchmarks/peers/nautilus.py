"""NautilusTrader's risk engine with a cash account: about ten checks on each order.

The engine alone: what it lets pass or denies ends in an endpoint that does nothing, so the peer's
cost holds no execution. Rates and limits are set so that the order passes, and the account, the
instrument and the limit on notional so that every check of a cash account is made: precision and
sign of the price, precision, minimum and maximum of the quantity, notional against the order's
limit and the instrument's minimum and maximum, free balance, cumulative notional, trading state,
rate. Its log is off.
"""

from typing import Any

from tools.benchmarks.bench import AbsentPeerError

NAME = "nautilus_trader"
_FUNDS = 10_000_000
_RATE = "100000000/00:00:01"


class RiskEngine:
    """The engine, and one limit order to submit again and again."""

    def __init__(self, *, lots: int, price_ticks: int, notional_max: int) -> None:
        try:
            self._made = _Made(notional_max)
        except ImportError as error:
            raise AbsentPeerError(f"the peer {NAME} is absent ({error})") from error
        self._command = self._made.submit(f"{lots / 100:.2f}", f"{price_ticks / 100:.2f}")

    @property
    def outcomes(self) -> list[str]:
        """Say what became of one more submission: "passed", or why it was denied."""
        heard = self._made.heard
        heard.clear()
        self._made.listening = True
        self.submit()
        self._made.listening = False
        return list(heard)

    @property
    def submit(self) -> Any:  # noqa: ANN401  a bound call of an extension type
        """Return the call that submits the order, bound."""
        command, execute = self._command, self._made.engine.execute
        return lambda: execute(command)

    def submit_times(self, count: int) -> int:
        """Submit the order `count` times."""
        command, execute = self._command, self._made.engine.execute
        for _ in range(count):
            execute(command)
        return count

    def halt(self) -> None:
        """Deny all from here on, by the trading state."""
        from nautilus_trader.model.enums import TradingState  # noqa: PLC0415  a peer, maybe absent

        self._made.engine.set_trading_state(TradingState.HALTED)


class _Made:
    """The peer's parts, wired as its own tests wire them."""

    def __init__(self, notional_max: int) -> None:
        from nautilus_trader.cache.cache import Cache  # noqa: PLC0415  a peer, maybe absent
        from nautilus_trader.common.component import (  # noqa: PLC0415
            MessageBus,
            TestClock,
        )
        from nautilus_trader.common.factories import OrderFactory  # noqa: PLC0415
        from nautilus_trader.model import identifiers as ids  # noqa: PLC0415
        from nautilus_trader.portfolio.portfolio import Portfolio  # noqa: PLC0415
        from nautilus_trader.risk.config import RiskEngineConfig  # noqa: PLC0415
        from nautilus_trader.risk.engine import RiskEngine as Engine  # noqa: PLC0415

        self.heard: list[str] = []
        self.listening = False
        clock = TestClock()
        self._trader = ids.TraderId("BENCH-001")
        self._strategy = ids.StrategyId("BENCH-001")
        bus = MessageBus(trader_id=self._trader, clock=clock)
        cache = Cache()
        portfolio = Portfolio(msgbus=bus, cache=cache, clock=clock)
        self._instrument = _instrument()
        cache.add_instrument(self._instrument)
        cache.add_account(_account())
        name = str(self._instrument.id)
        config = RiskEngineConfig(
            max_order_submit_rate=_RATE, max_notional_per_order={name: notional_max}
        )
        self.engine: Any = Engine(
            portfolio=portfolio, msgbus=bus, cache=cache, clock=clock, config=config
        )
        bus.register(endpoint="ExecEngine.execute", handler=self._passed)
        bus.register(endpoint="ExecEngine.process", handler=self._denied)
        self.engine.start()
        self._orders = OrderFactory(
            trader_id=self._trader, strategy_id=self._strategy, clock=clock
        )

    def submit(self, quantity: str, price: str) -> Any:  # noqa: ANN401  an extension type
        """Return the command that submits a limit order to buy."""
        from nautilus_trader.core.uuid import UUID4  # noqa: PLC0415  a peer, maybe absent
        from nautilus_trader.execution.messages import SubmitOrder  # noqa: PLC0415
        from nautilus_trader.model.enums import OrderSide  # noqa: PLC0415
        from nautilus_trader.model.objects import Price, Quantity  # noqa: PLC0415

        order = self._orders.limit(
            self._instrument.id,
            OrderSide.BUY,
            Quantity.from_str(quantity),
            Price.from_str(price),
        )
        return SubmitOrder(
            trader_id=self._trader,
            strategy_id=self._strategy,
            order=order,
            command_id=UUID4(),
            ts_init=0,
        )

    def _passed(self, _: object) -> None:
        if self.listening:
            self.heard.append("passed")

    def _denied(self, event: Any) -> None:  # noqa: ANN401  an extension type
        if self.listening:
            self.heard.append(event.reason)


def _instrument() -> Any:  # noqa: ANN401  an extension type
    from nautilus_trader.model import currencies  # noqa: PLC0415  a peer, maybe absent
    from nautilus_trader.model import identifiers as ids  # noqa: PLC0415
    from nautilus_trader.model.instruments import CurrencyPair  # noqa: PLC0415
    from nautilus_trader.model.objects import Money, Price, Quantity  # noqa: PLC0415

    usdc = currencies.USDC
    return CurrencyPair(
        instrument_id=ids.InstrumentId(ids.Symbol("WETHUSDC"), ids.Venue("A")),
        raw_symbol=ids.Symbol("WETHUSDC"),
        base_currency=currencies.ETH,
        quote_currency=usdc,
        price_precision=2,
        size_precision=2,
        price_increment=Price.from_str("0.01"),
        size_increment=Quantity.from_str("0.01"),
        min_quantity=Quantity.from_str("0.01"),
        max_quantity=Quantity.from_str("1000.00"),
        min_notional=Money(1, usdc),
        max_notional=Money(_FUNDS, usdc),
        ts_event=0,
        ts_init=0,
    )


def _account() -> Any:  # noqa: ANN401  an extension type
    from nautilus_trader.accounting.factory import AccountFactory  # noqa: PLC0415  maybe absent
    from nautilus_trader.core.uuid import UUID4  # noqa: PLC0415
    from nautilus_trader.model import currencies  # noqa: PLC0415
    from nautilus_trader.model import identifiers as ids  # noqa: PLC0415
    from nautilus_trader.model.enums import AccountType  # noqa: PLC0415
    from nautilus_trader.model.events import AccountState  # noqa: PLC0415
    from nautilus_trader.model.objects import AccountBalance, Money  # noqa: PLC0415

    def balance(currency: Any, amount: int) -> Any:  # noqa: ANN401  extension types
        held = Money(amount, currency)
        return AccountBalance(held, Money(0, currency), held)

    state = AccountState(
        account_id=ids.AccountId("A-001"),
        account_type=AccountType.CASH,
        base_currency=None,
        reported=True,
        balances=[balance(currencies.USDC, _FUNDS), balance(currencies.ETH, _FUNDS)],
        margins=[],
        info={},
        event_id=UUID4(),
        ts_event=0,
        ts_init=0,
    )
    return AccountFactory.create(state)
