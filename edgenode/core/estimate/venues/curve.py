"""The shortfall of an order by its size: it never falls as the size grows.

Isotonic regression by pooling adjacent violators (Ayer et al. 1955; Barlow et al. 1972), weighted
by size. While a venue has few orders its curve is drawn to that of all venues of the instrument:
weight n / (n + 20) for its own, as the mean of a normal sample under a prior worth 20 orders.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

SHRUNK = 20


class Point(NamedTuple):
    """An order's size in lots, and its shortfall in basis points of the price."""

    lots: float
    cost_bp: float


Curve = tuple[Point, ...]  # by size, each once


def fitted(points: Sequence[Point]) -> Curve:
    """Return the curve that lies nearest to some orders."""
    weights: dict[float, float] = {}
    totals: dict[float, float] = {}
    for lots, cost in points:
        weights[lots] = weights.get(lots, 0.0) + lots
        totals[lots] = totals.get(lots, 0.0) + lots * cost
    blocks: list[tuple[float, float, list[float]]] = []  # (weight, total, sizes)
    for lots in sorted(weights):
        weight, total, sizes = weights[lots], totals[lots], [lots]
        while blocks and blocks[-1][1] / blocks[-1][0] >= total / weight:
            lighter, less, smaller = blocks.pop()
            weight, total, sizes = lighter + weight, less + total, smaller + sizes
        blocks.append((weight, total, sizes))
    found = {size: total / weight for weight, total, sizes in blocks for size in sizes}
    return tuple(Point(*row) for row in found.items())


def cost_bp(curve: Curve, lots: float) -> float | None:
    """Return the shortfall of a size: between sizes along a line, beyond them as at the end."""
    if not curve:
        return None
    if lots <= curve[0].lots:
        return curve[0].cost_bp
    for low, high in pairwise(curve):
        if lots <= high.lots:
            share = (lots - low.lots) / (high.lots - low.lots)
            return low.cost_bp + share * (high.cost_bp - low.cost_bp)
    return curve[-1].cost_bp


def shrunk(own: Sequence[Point], everybody: Sequence[Point], lots: float) -> float | None:
    """Return the shortfall of a size at a venue; None if no venue executed anything."""
    known, usual = cost_bp(fitted(own), lots), cost_bp(fitted(everybody), lots)
    if known is None or usual is None:
        return usual
    weight = len(own) / (len(own) + SHRUNK)
    return weight * known + (1 - weight) * usual
