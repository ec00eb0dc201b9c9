"""The no-trade band: how far from its target a hedge may stand before trading pays.

Closed forms for the half-width b of the band, with g in 1/currency, cost c in currency per unit,
fixed cost K in currency, s_f and s_S the standard deviations of target and price per sqrt(minute):

    proportional cost, trade to the edge     b = (3 c s_f^2 / (2 g s_S^2))^(1/3)
    fixed cost, trade to the centre          b = (12 K s_f^2 / (g s_S^2))^(1/4)

The first contains Whalley and Wilmott (1997). They propose a policy's band; a policy may state b.
"""

import math


def to_edge(target_lots: int, position_lots: int, band_lots: int) -> int:
    """Give the change wanted: 0 within the band, else to its nearest edge."""
    gap = target_lots - position_lots
    if abs(gap) <= band_lots:
        return 0
    return gap - band_lots if gap > 0 else gap + band_lots


def proportional(*, cost: float, risk_aversion: float, s_target: float, s_price: float) -> float:
    """Give the half-width where each unit traded costs `cost`."""
    return math.pow(3 * cost * s_target**2 / (2 * risk_aversion * s_price**2), 1 / 3)


def fixed(*, cost: float, risk_aversion: float, s_target: float, s_price: float) -> float:
    """Give the half-width where each trade costs `cost`, whatever its size."""
    return math.pow(12 * cost * s_target**2 / (risk_aversion * s_price**2), 1 / 4)
