"""What risk aversion means, in three figures that a desk understands.

    holding   what one unit through one minute of 25 bp counts as: gamma (25 bp x P)^2
    band      what stays unhedged in a surge: minutes of 25 bp, and six times the flow of now
    worst     the mean loss of the worst minute in twenty at that band: 2.06 x band x 25 bp x P,
              the expected shortfall at 95 % of a normal distribution (phi(1.645) / .05)

For a third of gamma, gamma, and three times gamma: so much it matters.
"""

from dataclasses import replace
from typing import NamedTuple

from edgenode.core.estimate import edges
from edgenode.core.estimate.edges import PPM, Sight
from edgenode.model.facts import Instrument, Policy

MOVE_BP, BP = 25, 10_000
FLOW_TIMES = 6
ES95 = 2.0627
TIMES = (1 / 3, 1.0, 3.0)


class Meaning(NamedTuple):
    """What one risk aversion means; amounts in the quote currency."""

    gamma: float
    holding: float
    band_lots: int
    worst: float


def meanings(policy: Policy, instrument: Instrument, sight: Sight) -> tuple[Meaning, ...]:
    """Return what a third of the policy's risk aversion means, itself, and three times it."""
    return tuple(_meaning(policy, instrument, sight, times) for times in TIMES)


def _meaning(policy: Policy, instrument: Instrument, sight: Sight, times: float) -> Meaning:
    gamma_ppm = max(1, round(policy.risk_aversion_ppm * times))
    move = sight.price * MOVE_BP / BP
    surge = sight._replace(variance=move**2, flow=sight.flow * FLOW_TIMES**2)
    asked = replace(policy, risk_aversion_ppm=gamma_ppm)
    band = edges.proposed(asked, instrument, surge, 0, core=True).band_lots
    units = band * 10.0**-instrument.quantity_decimals
    gamma = gamma_ppm / PPM
    return Meaning(gamma, gamma * move**2, band, ES95 * units * move)
