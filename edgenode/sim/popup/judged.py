"""What one arm of a popup came to, by what was recorded alone.

    cost        what its hedges paid to trade: sum of signed quantity x (price - mid at the send),
                overlay and core, + fees
    loss        what prices moved against it while it was not hedged: shortfall - cost
    shortfall   against the mid at which customers made the exposure, without the spread that
                they paid: every hedge at its price with its fees, what is still open at the end at
                the mid of its market
    within      minutes from the onset until |net| <= max(10 % of the peak without overlay,
                min(the overlay's upper edge then, 25 % of that peak) + one lot) for 5 min; none:
                never
    breaches    breaks that say that a grant or cap was passed
    cap_left    of the event's cost cap at the end, once what is held were sold or bought back for
                a fee and a step. Fees use the cap, and what executions were worse than the price
                when each was sent; nothing refills it
    cash_least  what the overlay's account had at least of its cash, of 600,000

Floats, in USDC and WETH: this reports, nothing is decided from it.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from edgenode.core.hedge.edges import region
from edgenode.model.facts import BreakOpened, Fact, HedgeProgramme, OrderGated
from edgenode.model.ids import DESK_OVERLAY
from edgenode.sim.arms.figures import LOT, TICK, Deal, deals, figures
from edgenode.sim.arms.played import Played
from edgenode.sim.arms.setting import Setting
from edgenode.sim.recorded import SECOND_NS
from edgenode.sim.venue.ladder import STEP_TICKS

HELD_S, WITHIN_S = 300, 720
OF_PEAK, EDGE_OF_PEAK = 0.10, 0.25
PPM = 1_000_000
OVERDRAWN = "grant_overdrawn"


@dataclass(frozen=True, slots=True)
class Judged:
    """One arm's figures, and its net exposure at each second."""

    cost: float
    shortfall: float
    peak_net: float
    rms_net: float
    area: float  # under |net|, WETH minutes
    orders: int
    hedged_quantity: float
    hedged_notional: float
    cap_left: float
    cash_least: float
    breaches: int
    equal: bool
    answers: dict[int, int]
    net_by_second: tuple[float, ...]
    upper_by_second: tuple[float, ...]

    @property
    def loss(self) -> float:
        """Return what prices moved against it."""
        return self.shortfall - self.cost


def judged(played: Played) -> Judged:
    """Judge one arm from its ledgers."""
    setting, facts = played.setting, played.facts()
    day, begin, end = setting.day, setting.from_ns, setting.to_ns
    made = deals(facts, played.core_fills(), setting.name, day.mid_ticks)
    found = figures(made, day.mid_ticks, day.close_ticks, {}, from_ns=begin, to_ns=end)
    hedges = [deal for deal in made if deal.tier == "overlay"]
    return Judged(
        cost=found.hedge_cost,
        shortfall=_shortfall(played, made),
        peak_net=found.peak_abs,
        rms_net=found.rms_exposure,
        area=math.fsum(map(abs, found.net_by_second)) / 60,
        orders=sum(isinstance(f, OrderGated) and f.account == DESK_OVERLAY for f in facts),
        hedged_quantity=found.overlay_lots * LOT,
        hedged_notional=math.fsum(abs(deal.lots) * LOT * deal.price for deal in hedges),
        cap_left=cap_left(setting, hedges),
        cash_least=cash_least(setting, hedges),
        breaches=sum(isinstance(f, BreakOpened) and f.type == OVERDRAWN for f in facts),
        equal=played.equal,
        answers=played.answers,
        net_by_second=tuple(found.net_by_second),
        upper_by_second=_uppers(facts, made, setting.figures.band_lots, begin, end),
    )


def within_min(arm: Judged, alone: Judged, onset_s: int) -> float | None:
    """Return minutes from the onset until the arm holds its net; None if it never does in 12."""
    peak = alone.peak_net
    held = 0
    nets = list(zip(arm.net_by_second, arm.upper_by_second, strict=True))
    for second in range(onset_s, min(onset_s + WITHIN_S + HELD_S, len(nets) - 1) + 1):
        net, upper = nets[second]
        most = max(OF_PEAK * peak, min(upper, EDGE_OF_PEAK * peak) + LOT)
        held = held + 1 if abs(net) <= most else 0
        if held > HELD_S:
            return (second - HELD_S - onset_s) / 60
    return None


def _shortfall(played: Played, made: Sequence[Deal]) -> float:
    setting = played.setting
    end_ns = setting.to_ns
    local = setting.day.mid_ticks(end_ns) * TICK
    core = (setting.core_day or setting.day).mid_ticks(end_ns) * TICK
    short = 0.0
    for deal in made:
        paid = deal.lots * LOT * (deal.mid_at_send if deal.tier == "book" else deal.price)
        worth = deal.lots * LOT * (core if deal.tier == "core" else local)
        short += paid + (0.0 if deal.tier == "book" else deal.fee) - worth
    return short


def cap_left(setting: Setting, hedges: Sequence[Deal]) -> float:
    """Return what is left of the event's cost cap, once nothing is held."""
    spent = math.fsum(
        deal.fee + max(0.0, deal.lots * LOT * (deal.price - deal.mid_at_send)) for deal in hedges
    )
    held = abs(sum(deal.lots for deal in hedges)) * LOT
    mid = setting.day.mid_ticks(setting.to_ns) * TICK
    unwind = held * (mid * setting.figures.fee_ppm / PPM + STEP_TICKS * TICK)
    return float(setting.figures.event_spend_max) - spent - unwind


def cash_least(setting: Setting, hedges: Sequence[Deal]) -> float:
    """Return the least cash of the overlay's account."""
    cash = least = float(setting.figures.funds_cash)
    for deal in hedges:
        cash -= deal.lots * LOT * deal.price + deal.fee
        least = min(least, cash)
    return least


def _uppers(
    facts: Sequence[Fact], made: Sequence[Deal], band_lots: int, begin: int, end: int
) -> tuple[float, ...]:
    """Return the upper edge at each second, by the newest decision and what core held."""
    newest = [fact for fact in facts if isinstance(fact, HedgeProgramme)]
    decided = [fact.at_ns for fact in newest]
    ours = [deal for deal in made if deal.tier in {"book", "core"}]
    times, sums = [deal.at_ns for deal in ours], [0]
    for deal in ours:
        sums.append(sums[-1] + deal.lots)
    found = []
    for at in range(begin, end + 1, SECOND_NS):
        index = bisect_right(decided, at)
        if index == 0:
            found.append(band_lots * LOT)
            continue
        fact = newest[index - 1]
        within = region(
            sums[bisect_right(times, at)],
            share_ppm=fact.share_ppm,
            band_lots=fact.band_lots,
            hurdle_lots=fact.hurdle_lots,
        )
        found.append(within.upper * LOT)
    return tuple(found)
