"""A popup's market, made up from a seed: prices, depth and flow of one day, minute by minute.

    volume   18.6 WETH a minute x a log-normal of mean 1 (the recorded days' mean and median are
             18.6 and 9.6) x the surge
    flow     that volume x (lean + chance), within +-1
    price    what the flow's surprise (the flow without its lean) moves for good: by the slope
             before it comes, by the informed share of that in its own minute; and noise of 4 bp.
             Recorded: .57 bp a WETH at once and .09 after it, with no way back. So what customers'
             flow has moved is in the price that they pay, only what they know is not, and a drift
             that everybody knows of is in no price
    core     the core market's price: in calm it explains .96 of the local returns, in the surge
             .25 (measured in March 2023, when USDC left its peg), where a world says no other

Figures without another source are those of the recorded days 2022-07-19 to 08-09 (sim/data).
"""

import math
import random
from functools import cache
from itertools import pairwise
from statistics import NormalDist
from typing import NamedTuple

from edgenode.sim.popup.prior import Parameters
from edgenode.sim.recorded import DAY_MINUTES, Minute, RecordedDay

BEGINS_NS = 1_640_995_200 * 1_000_000_000  # 2022-01-01: a made-up day has the date of none
PRICE = 1_500.0
VOLUME, SPREAD_OF_LOG = 18.6, 1.15
SIGN_SPREAD = 0.8
NOISE = 4e-4
SLOPE = 0.57e-4  # of the price, for a WETH of net flow
ELASTICITY = 0.74  # of volatility to volume
LIQUIDITY = 1.25e18
_NORMAL = NormalDist()


class Hour(NamedTuple):
    """When the surge is, in minutes of the day."""

    begins: int
    ends: int


class Markets(NamedTuple):
    """The local market, and the core's."""

    local: RecordedDay
    core: RecordedDay


class Drawn(NamedTuple):
    """One minute's draw: volume in WETH, what its flow moves, and the chance of its prices."""

    times: float
    volume: float
    flow: float
    moves: float
    noise: float
    apart: float


def made(parameters: Parameters, seed: int, hour: Hour) -> Markets:
    """Make both markets; another parameter moves no draw of chance."""
    chance = random.Random(f"popup/market/{seed}")
    minutes = [_drawn(chance, parameters, hour, minute) for minute in range(DAY_MINUTES + 1)]
    local_price = core_price = math.log(PRICE)
    local, other = [], []
    for now, following in pairwise(minutes):
        moved = following.moves + parameters.informed * now.moves + now.noise
        explained = parameters.core_surge if now.times != 1 else parameters.core_calm
        scatter = math.sqrt(explained * (1 - explained)) * abs(moved)
        local_price += moved
        core_price += explained * moved + math.copysign(
            scatter * min(1, abs(now.apart)), now.apart
        )
        depth = LIQUIDITY * now.times**parameters.depth_exponent
        local.append(Minute(local_price, int(depth), now.flow, now.volume))
        other.append(Minute(core_price, int(LIQUIDITY), 0.0, VOLUME))
    return Markets(RecordedDay(BEGINS_NS, local), RecordedDay(BEGINS_NS, other))


def _drawn(chance: random.Random, parameters: Parameters, hour: Hour, minute: int) -> Drawn:
    size, way, noise, apart = (chance.gauss(0, 1) for _ in range(4))
    in_surge = hour.begins <= minute < hour.ends
    times, lean = (parameters.surge, parameters.lean) if in_surge else (1.0, 0.0)
    volume = VOLUME * times * math.exp(SPREAD_OF_LOG * size - SPREAD_OF_LOG**2 / 2)
    share = max(-1.0, min(1.0, lean + SIGN_SPREAD * way))
    slope = SLOPE * times ** (ELASTICITY - 1)
    moves = slope * volume * (share - _mean_share(lean))
    noise *= NOISE * times ** (ELASTICITY / 2)
    return Drawn(times, volume, volume * share, moves, noise, apart)


@cache
def _mean_share(lean: float) -> float:
    """Return the mean of the flow's share of the volume, cut at +-1."""
    low, high = (-1 - lean) / SIGN_SPREAD, (1 - lean) / SIGN_SPREAD
    below, above = _NORMAL.cdf(low), 1 - _NORMAL.cdf(high)
    inside = lean * (1 - below - above)
    return above - below + inside + SIGN_SPREAD * (_NORMAL.pdf(low) - _NORMAL.pdf(high))
