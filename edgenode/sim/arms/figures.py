"""The demo's figures, from what was recorded alone: a node's entries and the centre's core fills.

    hedge_cost    sum of signed quantity x (price - mid at the send) of overlay and core, + fees
    stale_gain    what the late venue gave against A's price for the same depth at that moment
    trading_pnl   cash of book, overlay and core + open position x mid at the end; not liquidated
    es95          mean of the ceil(5 % n) worst minute P&L changes, sign reversed
    exposure      rms, peak and final |E + core + overlay| over market seconds

Executions count as the node's fold books them (sim/arms/booked), those of unknown orders too. All
amounts are floats in USDC and WETH: this reports, nothing is decided from it.
"""

import itertools
import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from edgenode.model.facts import CoreFillRecorded, Fact, OrderGated
from edgenode.model.ids import DESK_BOOK, DESK_OVERLAY, DESK_SUSPENSE
from edgenode.model.orders import sign
from edgenode.sim.arms.booked import Booking, booked

Mid = Callable[[int], int]  # market ns -> A's recorded mid in ticks
SECOND_NS = 1_000_000_000
MINUTE_NS = 60 * SECOND_NS
LOT = 0.01
TICK = 0.01
MICRO = 1e-6
TIERS = {DESK_BOOK: "book", DESK_OVERLAY: "overlay", DESK_SUSPENSE: "suspense"}


@dataclass(frozen=True, slots=True)
class Deal:
    """One fill on the desk's side, on market time; or one that left the books, then negative."""

    at_ns: int
    tier: str  # book | overlay | core | suspense
    exec_id: str
    lots: int  # signed
    price: float
    fee: float
    mid_at_send: float
    traded_ns: int
    times: int = 1  # -1: taken out of the books


@dataclass(slots=True)
class Figures:
    """One arm's figures, and the counts behind them."""

    hedge_cost: float = 0.0
    fees: float = 0.0
    stale_gain: float = 0.0
    intraminute_selection: float = 0.0
    trading_pnl: float = 0.0
    es95_minute_loss: float = 0.0
    rms_exposure: float = 0.0
    peak_abs: float = 0.0
    final_abs: float = 0.0
    over_hedge_max: float = 0.0
    overlay_lots: int = 0
    core_lots: int = 0
    minutes: list[float] = field(default_factory=list)
    net_by_second: list[float] = field(default_factory=list)  # base units


def deals(
    entries: Iterable[Fact], core: Iterable[CoreFillRecorded], node: str, mid: Mid
) -> list[Deal]:
    """Collect the desk's fills of one arm in market order."""
    facts = list(entries)
    sent_mid = {
        fact.order_id: fact.saw.reference_ticks
        for fact in facts
        if isinstance(fact, OrderGated) and fact.saw.reference_ticks is not None
    }
    found = [
        _deal(booking, sent_mid.get(booking.fill.order_id, mid(booking.fill.at_ns)))
        for booking in booked(facts).bookings
        if booking.fill.account in TIERS
    ]
    for fact in core:
        if fact.node == node:
            signed = sign(fact.side) * fact.quantity_lots
            price, mid_then = fact.price_ticks * TICK, fact.reference_ticks * TICK
            fee = fact.fee_minor * MICRO
            found.append(Deal(fact.at_ns, "core", "", signed, price, fee, mid_then, fact.at_ns))
    return sorted(found, key=lambda d: d.at_ns)


def _deal(booking: Booking, mid_at_send: int) -> Deal:
    fill, times = booking.fill, booking.times
    return Deal(
        at_ns=booking.at_ns,
        tier=TIERS[fill.account],
        exec_id=fill.exec_id,
        lots=times * sign(fill.side) * fill.quantity_lots,
        price=fill.price_ticks * TICK,
        fee=times * fill.fee_minor * MICRO,
        mid_at_send=mid_at_send * TICK,
        traded_ns=fill.venue_time_ns,
        times=times,
    )


def figures(
    arm: list[Deal],
    mid: Mid,
    close: Mid,
    present: Mapping[str, int],
    *,
    from_ns: int,
    to_ns: int,
) -> Figures:
    """Compute an arm's figures.

    `close` gives the mid at the end of the minute of a time; `present` A's price for the same
    depth, in ticks, at each execution of the late venue, as the venues recorded it.
    """
    out = Figures()
    for deal in arm:
        notional = deal.lots * LOT
        if deal.tier == "book":
            drift = (close(deal.traded_ns) - mid(deal.traded_ns)) * TICK
            out.intraminute_selection += notional * drift
            continue
        if deal.tier == "suspense":  # nobody's hedge; it is exposure and cash
            continue
        out.fees += deal.fee
        out.hedge_cost += notional * (deal.price - deal.mid_at_send) + deal.fee
        if deal.tier == "overlay":
            out.overlay_lots += deal.times * abs(deal.lots)
        else:
            out.core_lots += abs(deal.lots)
        if deal.exec_id in present:
            out.stale_gain += notional * (present[deal.exec_id] * TICK - deal.price)
    _path(arm, mid, from_ns, to_ns, out)
    return out


def _path(arm: list[Deal], mid: Mid, from_ns: int, to_ns: int, out: Figures) -> None:
    times = [d.at_ns for d in arm]
    cash, position = [0.0], [0]
    tiers = [{"book": 0, "overlay": 0, "core": 0, "suspense": 0}]
    for deal in arm:
        cash.append(cash[-1] - deal.lots * LOT * deal.price - deal.fee)
        position.append(position[-1] + deal.lots)
        tiers.append({**tiers[-1], deal.tier: tiers[-1][deal.tier] + deal.lots})
    for at in range(from_ns, to_ns + 1, SECOND_NS):
        done = bisect_right(times, at)
        net = position[done] * LOT
        out.net_by_second.append(net)
        out.peak_abs = max(out.peak_abs, abs(net))
        held = tiers[done]
        over = (abs(held["core"] + held["overlay"]) - abs(held["book"])) * LOT
        out.over_hedge_max = max(out.over_hedge_max, over)
    squares = math.fsum(net * net for net in out.net_by_second)
    out.rms_exposure = math.sqrt(squares / len(out.net_by_second))
    out.final_abs = abs(position[-1]) * LOT
    marks = []
    for at in range(from_ns, to_ns + 1, MINUTE_NS):
        done = bisect_right(times, at)
        marks.append(cash[done] + position[done] * LOT * mid(at) * TICK)
    out.minutes = [after - before for before, after in itertools.pairwise(marks)]
    out.trading_pnl = cash[-1] + position[-1] * LOT * mid(to_ns) * TICK
    worst = sorted(out.minutes)[: math.ceil(0.05 * len(out.minutes))]
    out.es95_minute_loss = -sum(worst) / len(worst) if worst else 0.0
