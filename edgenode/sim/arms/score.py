"""What an arm cost, and the risk that it left, by what was recorded alone.

    cost    of the overlay: sum of signed quantity x (price - A's mid at the send) + fees
    risk    sum over seconds of n^2 s^2 / 60: n = E + core + overlay in base units, s^2 the
            variance of one minute's price change, from the 15 one-minute returns around that
            minute (their mean square: a drift is no reward), at least 1.5 bp of the price
    total   cost + gamma x risk, in quote units; over the core's alone: its gamma x risk

Floats, in USDC and WETH: this reports, nothing is decided from it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from edgenode.model.facts import Fact, OrderGated
from edgenode.model.ids import DESK_OVERLAY
from edgenode.sim.arms.figures import LOT, TICK, Deal, Figures, deals, figures
from edgenode.sim.arms.foresight import best_path
from edgenode.sim.arms.played import Played
from edgenode.sim.recorded import MINUTE_NS, SECOND_NS, RecordedDay
from edgenode.sim.venue.engine import FEE_PPM
from edgenode.sim.venue.ladder import STEP_TICKS

ASIDE = 7  # returns on either side of a minute's own
FLOOR = 1.5e-4
BP = 1e-4
PPM = 1_000_000


@dataclass(frozen=True, slots=True)
class Score:
    """One arm's score. Costs in USDC, quantities in WETH, risk in USDC^2."""

    cost: float
    risk: float
    rms_net: float
    peak_net: float
    es95_minute_loss: float
    trading_pnl: float
    orders: int
    hedged_quantity: float
    cost_bp: float
    net_by_minute: tuple[float, ...]

    def total(self, gamma: float) -> float:
        """Return cost and the price of risk together."""
        return self.cost + gamma * self.risk


def score(played: Played) -> Score:
    """Score one arm from its ledgers."""
    return _scored(played, _deals(played), _orders(played.facts()))


def foresight(played: Played, gamma: float) -> Score:
    """Score what could have been done at best beside core alone, had all been known before.

    `played` is the arm of core alone. Nothing of the overlay's own impact is counted.
    """
    setting, alone = played.setting, _deals(played)
    day, begin, end = setting.day, setting.from_ns, setting.to_ns
    net = _figures(played, alone).net_by_second[:-1]
    risks = variances(day, begin, end)
    seconds = range(begin, end, SECOND_NS)
    costs = [day.mid_ticks(at) * TICK * FEE_PPM / PPM + STEP_TICKS * TICK for at in seconds]
    weights = [gamma * risks[index // 60] / 60 for index in range(len(net))]
    held, hedges = 0, []
    for at, wanted in zip(seconds, best_path(net, weights, costs), strict=True):
        lots, held = round(wanted / LOT) - held, round(wanted / LOT)
        if lots:
            hedges.append(_hedge(day, at, lots))
    made = sorted((*alone, *hedges), key=lambda deal: deal.at_ns)
    return _scored(played, made, len(hedges))


def _hedge(day: RecordedDay, at_ns: int, lots: int) -> Deal:
    """Return an execution at the first step of A's ladder."""
    mid = day.mid_ticks(at_ns) * TICK
    price = mid + math.copysign(STEP_TICKS * TICK, lots)
    fee = abs(lots) * LOT * price * FEE_PPM / PPM
    return Deal(at_ns, "overlay", "", lots, price, fee, mid, at_ns)


def _scored(played: Played, made: list[Deal], orders: int) -> Score:
    setting, found = played.setting, _figures(played, made)
    hedges = [deal for deal in made if deal.tier == "overlay"]
    cost = sum(d.lots * LOT * (d.price - d.mid_at_send) + d.fee for d in hedges)
    notional = sum(abs(d.lots) * LOT * d.price for d in hedges)
    by_minute = variances(setting.day, setting.from_ns, setting.to_ns)
    return Score(
        cost=cost,
        risk=_risk(found.net_by_second, by_minute),
        rms_net=found.rms_exposure,
        peak_net=found.peak_abs,
        es95_minute_loss=found.es95_minute_loss,
        trading_pnl=found.trading_pnl,
        orders=orders,
        hedged_quantity=found.overlay_lots * LOT,
        cost_bp=cost / notional / BP if notional else 0.0,
        net_by_minute=tuple(found.net_by_second[::60]),
    )


def _deals(played: Played) -> list[Deal]:
    setting = played.setting
    return deals(played.facts(), played.core_fills(), setting.name, setting.day.mid_ticks)


def _figures(played: Played, made: list[Deal]) -> Figures:
    setting = played.setting
    day, begin, end = setting.day, setting.from_ns, setting.to_ns
    late = {str(fill["exec_id"]): int(fill["present_ticks"]) for fill in played.truth["b"]}
    return figures(made, day.mid_ticks, day.close_ticks, late, from_ns=begin, to_ns=end)


def variances(day: RecordedDay, from_ns: int, to_ns: int) -> list[float]:
    """Return s^2 of each minute of a window, in USDC^2 per WETH^2 and minute."""
    found = []
    for minute in range(from_ns, to_ns, MINUTE_NS):
        around = range(minute - ASIDE * MINUTE_NS, minute + (ASIDE + 1) * MINUTE_NS, MINUTE_NS)
        squares = [math.log(day.price(at + MINUTE_NS) / day.price(at)) ** 2 for at in around]
        price = day.mid_ticks(minute) * TICK
        found.append(max(sum(squares) / len(squares), FLOOR**2) * price**2)
    return found


def _risk(net_by_second: Sequence[float], by_minute: Sequence[float]) -> float:
    return sum(
        net**2 * by_minute[min(second // 60, len(by_minute) - 1)] / 60
        for second, net in enumerate(net_by_second[:-1])
    )


def _orders(facts: Sequence[Fact]) -> int:
    return sum(isinstance(fact, OrderGated) and fact.account == DESK_OVERLAY for fact in facts)
