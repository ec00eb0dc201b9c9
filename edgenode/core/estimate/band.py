"""Closed forms for the half-width of a no-trade band around a target position.

With g in 1/currency, cost c in currency per unit, fixed cost K in currency, s_f and s_S the
standard deviations of target and price per sqrt(minute), the half-width b is

    proportional cost, trade to the edge     b = (3 c s_f^2 / (2 g s_S^2))^(1/3)
    fixed cost, trade to the centre          b = (12 K s_f^2 / (g s_S^2))^(1/4)

The first form contains Whalley and Wilmott (1997). Both propose a policy's band; a policy states
b as an integer.
"""

import math


def proportional(*, cost: float, risk_aversion: float, s_target: float, s_price: float) -> float:
    """Return the half-width where each unit traded costs `cost`."""
    return math.pow(3 * cost * s_target**2 / (2 * risk_aversion * s_price**2), 1 / 3)


def fixed(*, cost: float, risk_aversion: float, s_target: float, s_price: float) -> float:
    """Return the half-width where each trade costs `cost`, whatever its size."""
    return math.pow(12 * cost * s_target**2 / (risk_aversion * s_price**2), 1 / 4)
