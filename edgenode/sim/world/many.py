"""Many instruments on one box: what they are, what one venue lists of them, what a box is told.

quote  decimals  of one USDC
-----  --------  -----------
JPY    0         150
EUR    2         0.9
KWD    3         0.3
USDC   6         1
GAS    18        2

Each instrument has a base of its own, with 0 to 18 decimals. The first one is WETH-USDC, which
core hedges; the overlay alone hedges the rest.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from edgenode.core.observations import Funded
from edgenode.daemon import paper
from edgenode.model.facts import (
    Currency,
    Fact,
    FxRate,
    Grant,
    Instrument,
    Policy,
    StandardHedge,
    WorstRate,
)
from edgenode.model.ids import GrantId, InstrumentId
from edgenode.sim.venue.engine import OPENING_LOTS, USDC, Engine, FeeCurrency, Holding, Order
from edgenode.sim.venue.markets import StaticMarket

Json = dict[str, Any]
PPB, PPM = 1_000_000_000, 1_000_000
QUOTES = {"JPY": 0, "EUR": 2, "KWD": 3, "USDC": 6, "GAS": 18}
OF_ONE_USDC_PPB = {"JPY": 150 * PPB, "EUR": 9 * PPB // 10, "KWD": 3 * PPB // 10, "GAS": 2 * PPB}
SMALL = 1_000  # ticks a lot: a market's step is a few of ten thousand
OPENING = 1_000_000  # whole units of each currency, in every account


class Listed(NamedTuple):
    """An instrument, and the price that it begins with."""

    fact: Instrument
    base_decimals: int
    mid_ticks: int


def listed(count: int, now_ns: int) -> list[Listed]:
    """Return the first `count` instruments; the same at every call, but for their date."""
    first = Listed(paper.instrument(now_ns), 18, 150_000)
    return [first, *(_one(number, now_ns) for number in range(1, count))][:count]


def _one(number: int, now_ns: int) -> Listed:
    quote, decimals = list(QUOTES.items())[number % len(QUOTES)]
    base_decimals = number * 7 % 19
    of_lot = min(2, base_decimals, decimals)
    of_tick = min(2, decimals - of_lot)
    base = f"T{number:02d}"
    fact = replace(
        paper.instrument(now_ns),
        id=InstrumentId(f"{base}-{quote}"),
        base=base,
        quote=quote,
        price_decimals=of_tick,
        quantity_decimals=of_lot,
        tick_lot_minor=10 ** (decimals - of_tick - of_lot),
        notional_minor_min=0,
    )
    return Listed(fact, base_decimals, 150_000 if decimals > 5 else 15_000)  # noqa: PLR2004


def equipped(told: list[Fact], all_of: list[Listed], now_ns: int) -> list[Fact]:
    """Return a down-ledger's facts with these instruments, and grants and rates for them."""
    more = all_of[1:]
    units = {row.fact.base: row.base_decimals for row in more} | QUOTES
    known = {fact.code for fact in told if isinstance(fact, Currency)}
    new = {code: decimals for code, decimals in units.items() if code not in known}
    rates = [
        FxRate(at_ns=now_ns, base="USDC", quote=code, bid_ppb=ppb, ask_ppb=ppb, as_of=now_ns,
               source="sim")
        for code, ppb in OF_ONE_USDC_PPB.items()
    ]  # fmt: skip
    policy = next(fact for fact in told if isinstance(fact, Policy))
    grants = [fact for fact in told if isinstance(fact, Grant)]
    rules = [fact for fact in told if isinstance(fact, Currency | Instrument)]
    wider = replace(
        policy,
        standard=tuple(_standard(policy, [row.fact.id for row in all_of])),
        fee_worst_rates=(
            *policy.fee_worst_rates,
            *(WorstRate(currency=code, ppb=10 * PPB) for code in new),
        ),
    )
    return [
        *(Currency(at_ns=now_ns, code=code, decimals=n) for code, n in sorted(new.items())),
        *rules, *(row.fact for row in more), *rates, wider, *grants, *_positions(grants, more),
    ]  # fmt: skip


def _standard(policy: Policy, names: list[InstrumentId]) -> Iterator[StandardHedge]:
    for row in policy.standard:
        yield from (replace(row, instrument=name) for name in names)


def _positions(grants: list[Grant], more: list[Listed]) -> Iterator[Grant]:
    """Yield a position grant for each side of each further instrument."""
    for grant in grants:
        if grant.kind == "position":
            for row in more:
                id_ = GrantId(f"{grant.id}-{row.fact.base}")
                yield replace(grant, id=id_, instrument=row.fact.id)


def funds(figures: paper.PaperWorld, all_of: list[Listed]) -> list[Funded]:
    """Return the opening funds: as on paper, and in every further currency and instrument."""
    told = paper.funds(figures)
    if not all_of:
        return told
    of_lots = [row for row in told if row.instrument is not None]
    of_cash = [row for row in told if row.currency is not None]
    told += [replace(one, instrument=row.fact.id) for one in of_lots for row in all_of[1:]]
    told += [
        replace(one, currency=code, amount=OPENING * 10**decimals)
        for one in of_cash for code, decimals in QUOTES.items() if code != USDC.code
    ]  # fmt: skip
    return told


@dataclass(slots=True)
class ManyHolding(Holding):
    """What an account holds of many instruments: lots since opening, by instrument."""

    traded: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class ManyEngine(Engine):
    """A venue that lists many instruments; its fees are taken in each one's quote currency."""

    terms: Mapping[str, Listed] = field(default_factory=dict)
    markets: Mapping[str, StaticMarket] = field(default_factory=dict)

    def snapshot(self, account: str, cursor: int, epoch: str = "") -> Json:
        """Return what `Engine.snapshot` does, of every instrument."""
        holding = self.accounts.get(account) or self._opened()
        assert isinstance(holding, ManyHolding)
        lots = {name: OPENING_LOTS + holding.traded.get(name, 0) for name in self.terms}
        # Engine.snapshot reads a plain account, so what it says of balances is replaced.
        plain = super(ManyEngine, self).snapshot(account, cursor, epoch)
        balances = {USDC.code: holding.cash, **holding.others, **lots}
        return {**plain, "balances": balances, "positions": dict(holding.traded)}

    def _opened(self) -> Holding:
        others = {code: OPENING * 10**n for code, n in QUOTES.items() if code != USDC.code}
        return ManyHolding(others=others)

    def _market(self, instrument: str) -> StaticMarket:
        return self.markets[instrument]

    def _notional(self, instrument: str, price_ticks: int, lots: int) -> int:
        return self.terms[instrument].fact.notional_minor(price_ticks, lots)

    def _fee_in(self, instrument: str) -> FeeCurrency:
        quote = self.terms[instrument].fact.quote
        return FeeCurrency(quote, QUOTES[quote], 1, 1)

    def _fee_of(self, instrument: str, code: str) -> FeeCurrency:
        assert code
        return self._fee_in(instrument)

    def _covered(self, _: Order, __: Holding) -> bool:
        return True  # opening funds are ample

    def _pay(self, holding: Holding, instrument: str, amount_minor: int) -> None:
        quote = self.terms[instrument].fact.quote
        if quote == USDC.code:
            holding.cash += amount_minor
        else:
            holding.others[quote] += amount_minor

    def _deliver(self, holding: Holding, instrument: str, lots: int) -> None:
        assert isinstance(holding, ManyHolding)
        holding.traded[instrument] = holding.traded.get(instrument, 0) + lots
