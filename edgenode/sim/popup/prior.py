"""What a popup's world may be: the prior, committed before any run, and one draw from it.

    surge             volume in the hour, times the usual; 1 in a world without one
    lean              how one-sided that hour's flow is, -1 to 1; recorded: about .1 (FOMC
                      2022-07-27), a drop's buyers more
    refill_s          half-life of what our own trades move; log-uniform, 10 s to 10 min
    impact_exponent   of what our own trades move, by their size; uniform .3 to 1
    informed          what flow moves the price in its own minute, of what it had moved
                      before; uniform 0 to .3 (recorded: .16)
    overlay_cost      what a venue charges, times 1.67 bp; uniform 1 to 5
    depth_exponent    depth = usual x volume^this: it falls in a surge, and rises where > 0
    outage_min        how long the link to the centre is down; uniform 0 to 60
    fizzles           of announced drops one in two brings nothing

The base world has every parameter at its prior's median, and a surge.
"""

import hashlib
import json
import math
import random
from dataclasses import asdict, dataclass, replace

SURGE, LEAN = 6.0, 0.15
FIZZLES = 0.5
REFILL_S = (10.0, 600.0)
FEE_PPM, MEDIAN_COST = 500, 3.0  # the recorded pool's fee is the median's


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """One world's figures; the draw of its path is the seed's."""

    surge: float = SURGE
    lean: float = LEAN
    refill_s: float = math.sqrt(REFILL_S[0] * REFILL_S[1])
    impact_exponent: float = 0.65
    informed: float = 0.15
    overlay_cost: float = MEDIAN_COST
    depth_exponent: float = -0.3
    outage_min: float = 30.0
    fizzles: bool = False

    @property
    def fee_ppm(self) -> int:
        """Return what a venue charges."""
        return round(self.overlay_cost * FEE_PPM / MEDIAN_COST)


BASE = Parameters()
NULLS = {
    "no surge": replace(BASE, surge=1.0, lean=0.0),
    "instant refill": replace(BASE, refill_s=1.0, informed=0.0),
    "depth rises with volume": replace(BASE, depth_exponent=0.3),
}


def drawn(seed: int) -> Parameters:
    """Draw a world from the prior; the same for the same seed, on any machine."""
    chance = random.Random(f"popup/prior/{seed}")
    low, high = REFILL_S
    refill_s = low * (high / low) ** chance.random()
    exponent, informed = chance.uniform(0.3, 1.0), chance.uniform(0.0, 0.3)
    cost, outage_min = chance.uniform(1.0, 5.0), chance.uniform(0.0, 60.0)
    fizzles = chance.random() < FIZZLES
    return replace(
        BASE,
        refill_s=refill_s,
        impact_exponent=exponent,
        informed=informed,
        overlay_cost=cost,
        outage_min=outage_min,
        fizzles=fizzles,
        surge=1.0 if fizzles else SURGE,
        lean=0.0 if fizzles else LEAN,
    )


def digest(parameters: Parameters) -> str:
    """Return the SHA-256 of the figures, as a report names them before it runs."""
    text = json.dumps(asdict(parameters), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
