"""How a change is spread over slices of time, in whole lots.

A plan is a tuple of signed lots per coming slice. Changes are added to it as they come, each spread
evenly (TWAP); opposite changes net out before anything is traded. Almgren and Chriss (2001) give
the front-loaded alternative for a trader who minds the risk of waiting.
"""

import math

Slots = tuple[int, ...]


def replan(slots: Slots, change_lots: int, slices: int) -> Slots:
    """Spread a change evenly over the next `slices` slots; the sum is exact.

    What does not divide goes to the earliest slots, one lot each.
    """
    length = max(slices, len(slots))
    each, odd = divmod(abs(change_lots), slices)
    direction = 1 if change_lots > 0 else -1
    return tuple(
        (slots[i] if i < len(slots) else 0)
        + (direction * (each + (1 if i < odd else 0)) if i < slices else 0)
        for i in range(length)
    )


def pop(slots: Slots) -> tuple[int, Slots]:
    """Take the slice that is due: (its lots, the slots that remain)."""
    return (slots[0], slots[1:]) if slots else (0, ())


def almgren_chriss(lots: int, slices: int, kappa_tau: float) -> Slots:
    """Give slices with holdings x_j = X sinh(k(T - t_j)) / sinh(kT); k tau = 0 is TWAP.

    A proposal in floats, rounded to whole lots by largest remainder; the sum is exact.
    """
    if kappa_tau <= 0:
        return replan((), lots, slices)
    horizon = kappa_tau * slices
    held = [lots * math.sinh(horizon - kappa_tau * j) / math.sinh(horizon) for j in range(slices)]
    held.append(0.0)
    ideal = [before - after for before, after in zip(held, held[1:], strict=False)]
    whole = [math.floor(part) for part in ideal]
    by_remainder = sorted(range(slices), key=lambda j: whole[j] - ideal[j])
    for j in by_remainder[: lots - sum(whole)]:
        whole[j] += 1
    return tuple(whole)
