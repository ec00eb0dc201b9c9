"""Where a slice goes: the cheapest displayed lots first, all costs included.

Levels of all venues are merged by price with fee and surcharge and walked, which equalises
marginal cost over books. The surcharge is policy's for stale books, and what orders that do not
execute there are expected to lose (core/estimate/venues). A venue that would get less than the
smallest order gets nothing, and its lots go to the others. What no venue displays stays unrouted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from edgenode.model.ids import VenueId
from edgenode.model.orders import Side, sign

PPM = 1_000_000


@dataclass(frozen=True, slots=True)
class VenueBook:
    """What one venue displays on the side to take: (price_ticks, lots), best first."""

    venue: VenueId
    levels: tuple[tuple[int, int], ...]
    fee_ppm: int
    surcharge_ppm: int


@dataclass(frozen=True, slots=True)
class Leg:
    """A part of the slice for one venue, and the worst displayed price it counts on."""

    venue: VenueId
    lots: int
    worst_price_ticks: int


def route(side: Side, lots: int, books: Sequence[VenueBook], lots_min: int = 1) -> tuple[Leg, ...]:
    """Split `lots` over the books, at least `lots_min` each; ties go to the book named first."""
    able = [book for book in books if sum(size for _, size in book.levels) >= lots_min]
    while able:
        legs = _walk(side, lots, able)
        small = [leg for leg in legs if leg.lots < lots_min]
        if not small:
            return legs
        least = min(small, key=lambda leg: leg.lots)
        able = [book for book in able if book.venue != least.venue]
    return ()


def _walk(side: Side, lots: int, books: Sequence[VenueBook]) -> tuple[Leg, ...]:
    direction = sign(side)
    offers = sorted(
        (
            direction * price * (PPM + direction * (book.fee_ppm + book.surcharge_ppm)),
            index,
            price,
            size,
        )
        for index, book in enumerate(books)
        for price, size in book.levels
    )
    taken: dict[int, tuple[int, int]] = {}
    for _, index, price, size in offers:
        take = min(lots, size)
        if take <= 0:
            break
        held, _ = taken.get(index, (0, price))
        taken[index] = (held + take, price)
        lots -= take
    return tuple(
        Leg(books[index].venue, held, worst) for index, (held, worst) in sorted(taken.items())
    )
