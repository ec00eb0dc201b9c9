"""The demo's figures, from what was recorded alone: a node's entries and the centre's core fills.

    hedge_cost    sum of signed quantity x (price - mid at the send) of overlay and core, + fees
    stale_gain    what the late venue gave against A's price for the same depth at that moment
    trading_pnl   cash of book, overlay and core + open position x mid at the end; not liquidated
    es95          mean of the ceil(5 % n) worst minute P&L changes, sign reversed
    exposure      rms, peak and final |E + core + overlay| over market seconds

All amounts are floats in USDC and WETH: this reports, nothing is decided from it.
"""

import itertools
import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from edgenode.model.facts import CoreFillRecorded, Fact, FillRecorded, OrderGated
from edgenode.model.ids import DESK_BOOK, DESK_OVERLAY
from edgenode.model.orders import sign

Mid = Callable[[int], int]  # market ns -> A's recorded mid in ticks
SECOND_NS = 1_000_000_000
MINUTE_NS = 60 * SECOND_NS
LOT = 0.01
TICK = 0.01
MICRO = 1e-6


@dataclass(frozen=True, slots=True)
class Deal:
    """One fill on the desk's side, on market time."""

    at_ns: int
    tier: str  # book | overlay | core
    exec_id: str
    lots: int  # signed
    price: float
    fee: float
    mid_at_send: float


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


def deals(
    entries: Iterable[Fact], core: Iterable[CoreFillRecorded], node: str, mid: Mid
) -> list[Deal]:
    """Collect the desk's fills of one arm in market order."""
    found = []
    sent_mid: dict[str, int] = {}
    for fact in entries:
        if isinstance(fact, OrderGated) and fact.saw.reference_ticks is not None:
            sent_mid[fact.order_id] = fact.saw.reference_ticks
        elif isinstance(fact, FillRecorded) and fact.account in {DESK_BOOK, DESK_OVERLAY}:
            tier = "overlay" if fact.account == DESK_OVERLAY else "book"
            at_send = sent_mid.get(fact.order_id, mid(fact.at_ns))
            found.append(
                Deal(
                    fact.venue_time_ns,
                    tier,
                    fact.exec_id,
                    sign(fact.side) * fact.quantity_lots,
                    fact.price_ticks * TICK,
                    fact.fee_minor * MICRO,
                    at_send * TICK,
                )
            )
    for fact in core:
        if fact.node == node:
            signed = sign(fact.side) * fact.quantity_lots
            price, mid_then = fact.price_ticks * TICK, fact.reference_ticks * TICK
            fee = fact.fee_minor * MICRO
            found.append(Deal(fact.at_ns, "core", "", signed, price, fee, mid_then))
    return sorted(found, key=lambda d: d.at_ns)


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
            drift = (close(deal.at_ns) - mid(deal.at_ns)) * TICK
            out.intraminute_selection += notional * drift
            continue
        out.fees += deal.fee
        out.hedge_cost += notional * (deal.price - deal.mid_at_send) + deal.fee
        if deal.tier == "overlay":
            out.overlay_lots += abs(deal.lots)
        else:
            out.core_lots += abs(deal.lots)
        if deal.exec_id in present:
            out.stale_gain += notional * (present[deal.exec_id] * TICK - deal.price)
    _path(arm, mid, from_ns, to_ns, out)
    return out


def _path(arm: list[Deal], mid: Mid, from_ns: int, to_ns: int, out: Figures) -> None:
    times = [d.at_ns for d in arm]
    cash, position = [0.0], [0]
    tiers = [{"book": 0, "overlay": 0, "core": 0}]
    for deal in arm:
        cash.append(cash[-1] - deal.lots * LOT * deal.price - deal.fee)
        position.append(position[-1] + deal.lots)
        tiers.append({**tiers[-1], deal.tier: tiers[-1][deal.tier] + deal.lots})
    squares, seconds = 0.0, 0
    for at in range(from_ns, to_ns + 1, SECOND_NS):
        done = bisect_right(times, at)
        net = position[done] * LOT
        squares += net * net
        seconds += 1
        out.peak_abs = max(out.peak_abs, abs(net))
        held = tiers[done]
        over = (abs(held["core"] + held["overlay"]) - abs(held["book"])) * LOT
        out.over_hedge_max = max(out.over_hedge_max, over)
    out.rms_exposure = math.sqrt(squares / seconds)
    out.final_abs = abs(position[-1]) * LOT
    marks = []
    for at in range(from_ns, to_ns + 1, MINUTE_NS):
        done = bisect_right(times, at)
        marks.append(cash[done] + position[done] * LOT * mid(at) * TICK)
    out.minutes = [after - before for before, after in itertools.pairwise(marks)]
    out.trading_pnl = cash[-1] + position[-1] * LOT * mid(to_ns) * TICK
    worst = sorted(out.minutes)[: math.ceil(0.05 * len(out.minutes))]
    out.es95_minute_loss = -sum(worst) / len(worst) if worst else 0.0
