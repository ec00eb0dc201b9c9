"""What a sandbox venue trades against: a recorded pool, a late copy of one, or other clients."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from edgenode.sim.recorded import MINUTE_NS, SECOND_NS
from edgenode.sim.venue.ladder import HALF_LIFE_NS, STEP_TICKS, Impact, Ladder, PriceLevel

LATE_S = (20, 40)
LATE_NOISE_TICKS = 3
LATE_DIVISOR = 4


class VenueExecution(NamedTuple):
    """Lots at a price; `present_ticks` is A's price for the same depth at that moment."""

    price_ticks: int
    lots: int
    present_ticks: int


class Published(NamedTuple):
    """A published book: true at `t_ns`, best levels first."""

    t_ns: int
    mid_ticks: int
    bids: tuple[PriceLevel, ...]
    asks: tuple[PriceLevel, ...]
    volume_lots: int


class Market(Protocol):
    """Something to trade against."""

    def take(self, side: str, price_ticks: int, lots: int, now_ns: int) -> list[VenueExecution]:
        """Execute up to `lots` within the limit price, at once."""
        ...

    def publish(self, now_ns: int) -> Published:
        """Return the book as this venue shows it now."""
        ...


class RecordedMarket:
    """Venue A: the recorded pool. The recorded price does not answer us; our own impact decays."""

    def __init__(self, ladder: Ladder, half_life_ns: int = HALF_LIFE_NS) -> None:
        self.ladder = ladder
        self.impact = Impact(half_life_ns)

    def levels(self, side: str, now_ns: int) -> Iterator[PriceLevel]:
        """Walk the present depth, our own impact included."""
        return self.ladder.levels(side, now_ns, shift_ticks=self.impact.at(now_ns))

    def take(self, side: str, price_ticks: int, lots: int, now_ns: int) -> list[VenueExecution]:
        """Walk the ladder to the limit; each step is one execution."""
        done: list[VenueExecution] = []
        moved = 0.0
        for level in self.levels(side, now_ns):
            if not lots or _beyond(side, level.price_ticks, price_ticks):
                break
            part = min(lots, level.lots)
            done.append(VenueExecution(level.price_ticks, part, level.price_ticks))
            moved += STEP_TICKS * part / level.lots
            lots -= part
        self.impact.push(moved if side == "buy" else -moved, now_ns)
        return done

    def publish(self, now_ns: int) -> Published:
        """Show the recorded mid, and depth that never crosses it.

        Our own impact is shown on the side that it made worse. The other side fills at the better
        price and is shown at the recorded one: a mid outside its own levels is believed by nobody.
        """
        shift = self.impact.at(now_ns)
        bids, _ = self.ladder.shown(now_ns, shift_ticks=min(0, shift))
        _, asks = self.ladder.shown(now_ns, shift_ticks=max(0, shift))
        mid = self.ladder.day.mid_ticks(now_ns)
        return Published(now_ns, mid, bids, asks, self.ladder.volume_lots(now_ns))


class LateMarket:
    """Venue B: shows A some seconds late, 20 to 40, with noise and a quarter of the depth.

    It fills at the worse for the taker of what it shows and A's present price at the same depth,
    so that a late quote is never free money.
    """

    def __init__(
        self, present: RecordedMarket, seed: int, late_s: tuple[int, int] = LATE_S
    ) -> None:
        self.present = present
        self._seed = seed
        self._late_s = late_s  # from the least to the most, drawn for each minute
        self._taken: dict[tuple[str, int], int] = {}  # lots taken of what one minute shows

    def _shown_at(self, now_ns: int) -> tuple[int, int]:
        """Return (time shown, noise in ticks) of this minute, whatever the order of calls."""
        rng = random.Random(f"{self._seed}/{now_ns // MINUTE_NS}")
        late_s = rng.randint(*self._late_s)
        return now_ns - late_s * SECOND_NS, rng.randint(-LATE_NOISE_TICKS, LATE_NOISE_TICKS)

    def take(self, side: str, price_ticks: int, lots: int, now_ns: int) -> list[VenueExecution]:
        """Walk what is shown, at the worse of two prices; shown lots are there once a minute."""
        shown_ns, noise = self._shown_at(now_ns)
        shown = self.present.ladder.levels(side, shown_ns, shift_ticks=noise, divisor=LATE_DIVISOR)
        key = (side, now_ns // MINUTE_NS)
        skip = self._taken.get(key, 0)
        done: list[VenueExecution] = []
        depth = 0
        for level in shown:
            left = level.lots - min(skip, level.lots)
            skip -= level.lots - left
            part = min(lots, left)
            if not part:
                if not lots:
                    break
                continue
            depth += part
            present = _price_at_depth(self.present.levels(side, now_ns), depth)
            worse = max if side == "buy" else min
            price = worse(level.price_ticks, present)
            if _beyond(side, price, price_ticks):
                break
            done.append(VenueExecution(price, part, present))
            lots -= part
        self._taken = {k: v for k, v in self._taken.items() if k[1] == key[1]}
        self._taken[key] = self._taken.get(key, 0) + sum(e.lots for e in done)
        return done

    def publish(self, now_ns: int) -> Published:
        """Show the late book, dated when it was true."""
        shown_ns, noise = self._shown_at(now_ns)
        ladder = self.present.ladder
        bids, asks = ladder.shown(shown_ns, shift_ticks=noise, divisor=LATE_DIVISOR)
        mid = ladder.day.mid_ticks(shown_ns) + noise
        volume = ladder.volume_lots(shown_ns) // LATE_DIVISOR
        return Published(shown_ns, mid, bids, asks, volume)


@dataclass(slots=True)
class StaticMarket:
    """A market to practise on: a fixed mid with the same depth at every step."""

    mid_ticks: int = 150_000
    lots: int = 100

    def take(self, side: str, price_ticks: int, lots: int, now_ns: int) -> list[VenueExecution]:
        """Walk the steps to the limit."""
        assert now_ns >= 0
        done = []
        direction = 1 if side == "buy" else -1
        price = self.mid_ticks
        while lots:
            price += direction * STEP_TICKS
            if price <= 0 or _beyond(side, price, price_ticks):
                break
            part = min(lots, self.lots)
            done.append(VenueExecution(price, part, price))
            lots -= part
        return done

    def publish(self, now_ns: int) -> Published:
        """Show ten steps a side."""
        steps = [STEP_TICKS * (i + 1) for i in range(10)]
        bids = tuple(PriceLevel(self.mid_ticks - s, self.lots) for s in steps)
        asks = tuple(PriceLevel(self.mid_ticks + s, self.lots) for s in steps)
        return Published(now_ns, self.mid_ticks, bids, asks, 0)


def _beyond(side: str, price_ticks: int, limit_ticks: int) -> bool:
    return price_ticks > limit_ticks if side == "buy" else price_ticks < limit_ticks


def _price_at_depth(levels: Iterator[PriceLevel], depth_lots: int) -> int:
    """Return the price at which the `depth_lots`-th lot would execute."""
    price = 0
    for level in levels:
        price = level.price_ticks
        depth_lots -= level.lots
        if depth_lots <= 0:
            return price
    return price
