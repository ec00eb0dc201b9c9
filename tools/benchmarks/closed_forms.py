"""The formulas that the trading rules come from, as their papers have them.

band                a holding that diffuses, a proportional cost, a quadratic risk: reflect at
+-b with b^3 = 3 c sf^2 / (4 g) (form of Whalley and Wilmott 1997; the
constant is that of cost + g x risk). The product's band has 1/3 in place
of 3/4, which recorded days chose (core/estimate/edges)
almgren_chriss      x_j = X sinh(kappa (T - t_j)) / sinh(kappa T) (Almgren and Chriss 2001),
cosh(kappa) = 1 + risk / (2 impact) for steps of length one
obizhaeva_wang      N + 1 trades against a book that refills: first = last =
X / ((N - 1)(1 - a) + 2), those between (1 - a) times that, a = what is
left of an impact after one interval (Obizhaeva and Wang 2013)
"""

import math


def band(cost: float, flow: float, risk: float) -> float:
    """Return b: cost of a unit, mean square flow per minute, price of a unit's squared risk."""
    return math.cbrt(3 * cost * flow / (4 * risk))


def almgren_chriss(quantity: float, steps: int, impact: float, risk: float) -> list[float]:
    """Return what is held after each step, the last one 0; impact of a trade, risk of holding."""
    kappa = math.acosh(1 + risk / (2 * impact))
    whole = math.sinh(kappa * steps)
    return [quantity * math.sinh(kappa * (steps - j)) / whole for j in range(1, steps + 1)]


def obizhaeva_wang(quantity: float, intervals: int, left: float) -> list[float]:
    """Return the trades at the ends of `intervals` equal intervals, at least two."""
    end = quantity / ((intervals - 1) * (1 - left) + 2)
    return [end, *[end * (1 - left)] * (intervals - 1), end]
