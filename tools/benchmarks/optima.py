"""The same optima found by numbers alone, from the problem and not from its formula.

band                at the edge the value's slope is the cost (V' = c) and smooth (V'' = 0):
the edge is found by bisection on an integration of the value's equation
almgren_chriss      the quadratic programme's own linear equations, tridiagonal
obizhaeva_wang      the same, dense, with one multiplier for the sum
gap                 of a path of the overlay: its cost less a bound below all paths' cost, from
the path's own multipliers (duality): 0 proves that none is cheaper
"""

from collections.abc import Callable, Sequence

from edgenode.sim.arms.foresight import total

STEPS = 64  # of Simpson's rule, exact for this equation
HALVINGS = 200


def band(cost: float, flow: float, risk: float) -> float:
    """Return the edge of the no-trade region.

    With J the cost of a minute and V the value beyond it: J = risk x n^2 + flow / 2 x V''(n)
    between the edges. V'' = 0 at the edge makes J = risk x b^2 there, so V'(b) is its integral.
    """

    def slope_at(edge: float) -> float:
        def bend(n: float) -> float:
            return 2 * (risk * edge**2 - risk * n**2) / flow

        return _simpson(bend, edge)

    low, high = 0.0, 1.0
    while slope_at(high) < cost:
        high *= 2
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if slope_at(middle) < cost else (low, middle)
    return (low + high) / 2


def _simpson(of: Callable[[float], float], upto: float) -> float:
    width = upto / STEPS
    inner = sum((4 if n % 2 else 2) * of(n * width) for n in range(1, STEPS))
    return (of(0.0) + inner + of(upto)) * width / 3


def almgren_chriss(quantity: float, steps: int, impact: float, risk: float) -> list[float]:
    """Solve -x_(j-1) + (2 + risk / impact) x_j - x_(j+1) = 0 between X and 0 (Thomas 1949)."""
    middle = 2 + risk / impact
    upper, right = [0.0], [quantity]  # x_j = right_j + upper_j x_(j+1)
    for _ in range(steps - 1):
        pivot = middle - upper[-1]
        upper.append(1 / pivot)
        right.append(right[-1] / pivot)
    held = [0.0]
    for up, constant in zip(upper[:0:-1], right[:0:-1], strict=True):
        held.append(constant + up * held[-1])
    return held[::-1]


def obizhaeva_wang(quantity: float, intervals: int, left: float) -> list[float]:
    """Solve for trades of equal marginal cost, then scale them to the sum."""
    size = intervals + 1
    rows = [[left ** abs(i - j) for j in range(size)] + [1.0] for i in range(size)]
    for i in range(size):
        pivot = rows[i][i]
        rows[i] = [value / pivot for value in rows[i]]
        for other in range(size):
            if other != i and (times := rows[other][i]):
                rows[other] = [a - times * b for a, b in zip(rows[other], rows[i], strict=True)]
    solved = [row[-1] for row in rows]
    return [quantity * value / sum(solved) for value in solved]


def gap(
    path: Sequence[float],
    unhedged: Sequence[float],
    weights: Sequence[float],
    costs: Sequence[float],
) -> float:
    """Return a path's cost less a bound below every path's, over its cost."""
    found = total(path, unhedged, weights, costs)
    after, bound = 0.0, 0.0
    for x, z, weight, cost in reversed(list(zip(path, unhedged, weights, costs, strict=True))):
        free = after - 2 * weight * (x + z)
        within = max(-cost, min(cost, free))
        pull = within - after
        bound -= pull**2 / (4 * weight) + pull * z
        after = within
    return (found - bound) / found
