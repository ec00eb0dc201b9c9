"""How a change is spread over slices of time, in whole lots.

A plan is a tuple of signed lots per coming slice. A change first cancels what is planned the other
way, soonest first, so that nothing is traded to and fro; the rest is spread evenly (TWAP).
"""

Slots = tuple[int, ...]


def replan(slots: Slots, change_lots: int, slices: int) -> Slots:
    """Work a change into a plan; the sum grows by exactly `change_lots`.

    What does not divide goes to the earliest slots, one lot each.
    """
    kept, change = _cancel(slots, change_lots)
    length = max(slices, len(kept))
    if not change:
        return kept + (0,) * (length - len(kept))
    each, odd = divmod(abs(change), slices)
    direction = 1 if change > 0 else -1
    return tuple(
        (kept[i] if i < len(kept) else 0)
        + (direction * (each + (1 if i < odd else 0)) if i < slices else 0)
        for i in range(length)
    )


def _cancel(slots: Slots, change_lots: int) -> tuple[Slots, int]:
    """Take a change out of opposite slots, soonest first: (the slots, the change left)."""
    kept = []
    for lots in slots:
        opposite = lots * change_lots < 0
        taken = min(abs(lots), abs(change_lots)) if opposite else 0
        step = taken if change_lots > 0 else -taken
        kept.append(lots + step)
        change_lots -= step
    return tuple(kept), change_lots


def pop(slots: Slots) -> tuple[int, Slots]:
    """Take the slice that is due: (its lots, the slots that remain)."""
    return (slots[0], slots[1:]) if slots else (0, ())
