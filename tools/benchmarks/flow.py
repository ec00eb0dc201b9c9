"""One seeded flow of orders and cancels that every order book is given.

A market wanders by a tick; 65 % of the operations are limit orders, from three ticks through the
middle to twelve away from it, of 1 to 40 lots; the rest cancel an order that rests by then, any of
them with equal chance. Which orders rest is decided once, by our book, when the flow is made.
"""

import random
from dataclasses import dataclass
from typing import NamedTuple

from edgenode.core.market.book import Matching
from edgenode.model.orders import Side

MIDDLE = 10_000
AWAY_LOW, AWAY_HIGH = -3, 12
LOTS_MAX = 40
CANCELS = 0.35
DEEP_LEVELS = 1_000  # of a deep book, each side, behind where the flow begins


class Op(NamedTuple):
    """An order, or (where `submits` is false) the cancel of the order of that name."""

    submits: bool
    name: str
    side: Side
    price: int
    lots: int


@dataclass(frozen=True, slots=True)
class Flow:
    """What rests before, and the operations on it."""

    resting: tuple[Op, ...]
    ops: tuple[Op, ...]

    def first(self, count: int) -> "Flow":
        """Return a flow that ends earlier, for those who need long."""
        return Flow(self.resting, self.ops[:count])


def flow(seed: int, count: int, deep: int = 0) -> Flow:
    """Make `count` operations upon `deep` resting orders, half of them on each side."""
    rng = random.Random(seed)  # noqa: S311  seeded: a flow can be repeated
    book, resting, ops = Matching(), _deep(rng, deep), []
    names = [op.name for op in resting]
    for op in resting:
        book.submit(op.name, op.name, op.side, op.price, op.lots)
    middle = MIDDLE
    for number in range(count):
        middle += rng.choice((-1, 0, 0, 1))
        gone = _any_resting(rng, book, names) if rng.random() < CANCELS else None
        if gone is not None:
            book.remove(gone)
            ops.append(Op(False, gone, "buy", 0, 0))  # noqa: FBT003  a row of the flow
            continue
        side: Side = "buy" if rng.random() < 0.5 else "sell"  # noqa: PLR2004  a coin
        away = rng.randint(AWAY_LOW, AWAY_HIGH)
        price = middle - away if side == "buy" else middle + away
        op = Op(True, f"o{number}", side, price, rng.randint(1, LOTS_MAX))  # noqa: FBT003
        _, resting_lots, _ = book.submit(op.name, op.name, op.side, op.price, op.lots)
        if resting_lots:
            names.append(op.name)
        ops.append(op)
    return Flow(tuple(resting), tuple(ops))


def _deep(rng: random.Random, count: int) -> list[Op]:
    rows = []
    for number in range(count):
        side: Side = "buy" if number % 2 else "sell"
        away = AWAY_HIGH + 1 + rng.randrange(DEEP_LEVELS)
        price = MIDDLE - away if side == "buy" else MIDDLE + away
        rows.append(Op(True, f"d{number}", side, price, rng.randint(1, LOTS_MAX)))  # noqa: FBT003
    return rows


def _any_resting(rng: random.Random, book: Matching, names: list[str]) -> str | None:
    while names:
        index = rng.randrange(len(names))
        names[index], gone = names[-1], names[index]
        names.pop()
        if gone in book:
            return gone
    return None
