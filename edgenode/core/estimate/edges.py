"""The edges of the overlay's no-trade region, from risk aversion, costs and what core takes.

Units: base, quote, minutes. With g = gamma s^2 (gamma a unit of risk's price in 1/quote, s^2 the
variance of a minute's price change), c the one-way cost of a unit, k the slope of the displayed
depth, rho the decay of impact, tau the core's horizon, and sf^2 the mean square of customers' net
fill in a minute:

    share    f = 1 / (1 + kappa tau), kappa = sqrt(g rho / k)   left to core: it takes that
             risk within tau, and trading at once pays impact that decays; none without core
    band     b = (c sf^2 / (3 g))^(1/3)   the form of Whalley and Wilmott (1997), Rogers (2004)
    hurdle   h = c / (g tau)    what core works off within tau is not worth a round trip below
             sqrt(h |Z|); without core it is b itself that is not below c / (g cut)

The same proposal on any machine is not promised (libm differs): what is decided is recorded.
"""

import math
from typing import NamedTuple

from edgenode.core.estimate.market import Estimates
from edgenode.model.facts import Instrument, OverlayVenue, Policy
from edgenode.model.venue import BookView

PPM = 1_000_000
RETURN_FLOOR = 1.5e-4  # of a minute; a market that stood still is not without risk
DIGITS = 6
SHARES = 64  # steps of the share, for the same reason as those of lots
SECONDS = 60.0


class Shown(NamedTuple):
    """What is seen of one instrument: the reference, and the venues' books of today."""

    reference_ticks: int
    books: tuple[tuple[OverlayVenue, BookView], ...]


class Sight(NamedTuple):
    """What the edges are made of."""

    price: float  # quote per base
    variance: float  # s^2: quote^2 per base^2 and minute
    flow: float  # sf^2: base^2 per minute
    buys: float  # c of a hedge that buys: quote per base
    sells: float  # and of one that sells
    slope: float  # k: quote per base^2

    def cost(self, lots: int) -> float:
        """Return c of what hedges signed lots: long is hedged by a sell."""
        return self.sells if lots >= 0 else self.buys


class Edges(NamedTuple):
    """The proposal in integers, and what it was made of, for people."""

    share_ppm: int
    band_lots: int
    hurdle_lots: int
    inputs: tuple[tuple[str, str], ...]


def proposed(
    policy: Policy, instrument: Instrument, sight: Sight, to_take_lots: int, *, core: bool
) -> Edges:
    """Propose the edges of one instrument for what is exposed beyond core's promise, signed.

    `core`: a core hedge works, and is told of it.
    """
    cost = sight.cost(to_take_lots)
    gamma = policy.risk_aversion_ppm / PPM
    risk = gamma * sight.variance
    horizon = policy.horizon_s / SECONDS
    band = (cost * sight.flow / (3 * risk)) ** (1 / 3)
    share = hurdle = 0.0
    if core:
        rho = math.log(2) / (policy.impact_half_life_s / SECONDS)
        share = 1 / (1 + math.sqrt(risk * rho / sight.slope) * horizon)
        hurdle = cost / (risk * horizon)
    else:
        band = max(band, cost / (risk * policy.cut_horizon_s / SECONDS))
    lot = 10.0**-instrument.quantity_decimals
    figures = (sight.price, sight.variance, sight.flow, cost, sight.slope)
    rows = (("gamma", gamma), *zip(("P", "s2", "sf2", "c", "k"), figures, strict=True))
    return Edges(
        share_ppm=round(share * SHARES) * PPM // SHARES,
        band_lots=_lots(band, lot),
        hurdle_lots=_lots(hurdle, lot),
        inputs=tuple((name, f"{value:.{DIGITS}g}") for name, value in rows),
    )


def sight(
    policy: Policy, instrument: Instrument, shown: Shown, estimates: Estimates, now_ns: int
) -> Sight | None:
    """Return what edges and quotes are made of.

    None without a venue's book that has two sides, or before a minute's return is known: a market
    of which nothing is known is no quiet one.
    """
    held = estimates.variances.get(instrument.id)
    if held is None or held.value is None:
        return None
    tick, lot = 10.0**-instrument.price_decimals, 10.0**-instrument.quantity_decimals
    price = shown.reference_ticks * tick
    buys, sells, flatness = [], [], 0.0
    for venue, book in shown.books:
        if book.bids and book.asks:
            charged = price * (venue.fee_ppm + venue.stale_ppm) / PPM
            buys.append(max(0, book.asks[0][0] - book.mid_ticks) * tick + charged)
            sells.append(max(0, book.mid_ticks - book.bids[0][0]) * tick + charged)
            flatness += _flatness(book, tick, lot)
    if flatness <= 0:
        return None
    start = (policy.flow_lots_start * lot) ** 2
    return Sight(
        price=price,
        variance=max(held.value, RETURN_FLOOR**2) * price**2,
        flow=max(estimates.flow(instrument.id, now_ns, start), lot**2),
        buys=max(min(buys), tick),
        sells=max(min(sells), tick),
        slope=1 / flatness,
    )


def _flatness(book: BookView, tick: float, lot: float) -> float:
    """Return how much of the base one more unit of price buys there: 1 / slope, in base^2/quote.

    From the displayed levels of both sides; of a side with one level, its lots and how far it
    stands from the mid.
    """
    found = 0.0
    for (nearest, first), *deeper in (book.bids, book.asks):
        if deeper:
            away, lots = abs(deeper[-1][0] - nearest), sum(lots for _, lots in deeper)
        else:
            away, lots = max(1, abs(nearest - book.mid_ticks)), first
        if away > 0:
            found += lots * lot / (away * tick) / 2
    return found


def _lots(quantity: float, lot: float) -> int:
    """Return a quantity in lots, rounded up, and never beyond what an entry holds.

    In steps of at most an eighth of it: an edge that moved by a lot with every price would send
    an order of a lot each time, and what it saves hardly feels an eighth.
    """
    lots = math.ceil(min(quantity / lot, 1e15))
    step = 1 << max(0, lots.bit_length() - 4)
    return -(-lots // step) * step
