"""What the desk's quote asks for the risk that it takes: half-spread, skew and size.

Units: base, quote, minutes. With q the size, g = gamma s^2, c the one-way cost of a unit, tau the
core's horizon, P the price, n the net exposure and `upper` the edge beyond which it is hedged:

    half-spread   d0 + w(q) + m,   w(q) = min(2 c, g q tau / 3) / P
                  d0 is policy's. w is the risk of q until core takes it, never dearer than the
                  round trip that would hedge it. m is what customers' fills lost within a minute
                  (core/estimate/market, Markout), between 0 and 5 bp
    skew          (c / P) clip(n / upper, -1, 1)   never more than a hedge costs on the side that
                  it would trade, nor than policy's widest half-spread
    size          where the half-spread would pass policy's most, less is quoted instead, but no
                  less than the smallest order

Linear forms of Avellaneda and Stoikov (2008) and of Gueant, Lehalle and Fernandez-Tapia (2013),
bounded by what a hedge at a venue costs.
"""

import math

from edgenode.core.estimate.edges import PPM, SECONDS, Sight
from edgenode.core.market.quoting import Pricing
from edgenode.model.facts import Instrument, Policy


def priced(
    policy: Policy,
    instrument: Instrument,
    sight: Sight,
    net_lots: int,
    upper_lots: int,
    markout: float,
) -> Pricing:
    """Propose a quote's prices; `markout` as a share of the price."""
    lot, cost = 10.0**-instrument.quantity_decimals, sight.cost(net_lots)
    risk = policy.risk_aversion_ppm / PPM * sight.variance * policy.horizon_s / SECONDS / 3
    asked, most = policy.quote_half_spread_ppm / PPM, policy.quote_half_spread_ppm_max / PPM
    left = max(0.0, most - asked - markout) * sight.price  # for w(q), in quote per base
    size = policy.quote_size_lots
    wider = min(2 * cost, risk * size * lot)
    spread = math.ceil((asked + wider / sight.price + markout) * PPM)
    if wider > left:
        size = min(size, max(instrument.quantity_lots_min, math.floor(left / risk / lot)))
        spread = policy.quote_half_spread_ppm_max
    return Pricing(
        half_spread_ppm=min(spread, policy.quote_half_spread_ppm_max),
        skew_ppm=round(min(cost / sight.price, most) * _share(net_lots, upper_lots) * PPM),
        net_lots=1,
        unit_lots=1,
        size_lots=size,
    )


def _share(net_lots: int, upper_lots: int) -> float:
    """Return clip(n / upper, -1, 1); beyond an edge of 0 it is the sign alone."""
    if upper_lots <= 0:
        return float((net_lots > 0) - (net_lots < 0))
    return max(-1.0, min(1.0, net_lots / upper_lots))
