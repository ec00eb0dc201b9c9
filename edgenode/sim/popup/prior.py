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
    core_calm         what the core's price explains of local returns, in calm
    core_surge        and in the surge (USDC off its peg, March 2023)
    settlement_h      until a hedge's money is free again; uniform 0 to 12. Venues here pay at
                      once: it is counted as capital tied up, nothing waits for it
    told_twice        share of executions that venues tell twice; in one world of three 5 %
    announced_late_min   how long after the surge began it is announced

Of announced drops every other one fizzles, those of odd seeds: no surge comes. So few worlds have
both. The base world has every parameter at its
prior's median, and a surge.
"""

import hashlib
import json
import math
import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import NamedTuple

FIZZLES_OF = 2  # one in so many
FEE_PPM, MEDIAN_COST = 500, 3.0  # the recorded pool's fee is the median's


class Uniform(NamedTuple):
    """Drawn evenly between two figures; evenly of their logarithms where `log`."""

    low: float
    high: float
    log: bool = False

    def at(self, share: float) -> float:
        """Return the figure below which a share of all draws lies."""
        if self.log:
            return float(self.low * (self.high / self.low) ** share)
        return self.low + (self.high - self.low) * share


class Now(NamedTuple):
    """A figure in a share of worlds, 0 in all others."""

    value: float
    share: float

    def at(self, share: float) -> float:
        """Return the figure below which a share of all draws lies."""
        return self.value if share >= 1 - self.share else 0.0


PRIOR: Mapping[str, Uniform | Now] = {  # in the order of the draws
    "refill_s": Uniform(10.0, 600.0, log=True),
    "impact_exponent": Uniform(0.3, 1.0),
    "informed": Uniform(0.0, 0.3),
    "overlay_cost": Uniform(1.0, 5.0),
    "outage_min": Uniform(0.0, 60.0),
    "settlement_h": Uniform(0.0, 12.0),
    "told_twice": Now(0.05, 1 / 3),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """One world's figures; the draw of its path is the seed's."""

    surge: float = 6.0
    lean: float = 0.15
    refill_s: float = math.sqrt(10.0 * 600.0)
    impact_exponent: float = 0.65
    informed: float = 0.15
    overlay_cost: float = MEDIAN_COST
    depth_exponent: float = -0.3
    outage_min: float = 30.0
    core_calm: float = 0.96
    core_surge: float = 0.25
    settlement_h: float = 6.0
    told_twice: float = 0.0
    announced_late_min: float = 0.0

    @property
    def fee_ppm(self) -> int:
        """Return what a venue charges."""
        return round(self.overlay_cost * FEE_PPM / MEDIAN_COST)

    @property
    def fizzles(self) -> bool:
        """Return whether what was announced brings nothing."""
        return self.surge == 1


BASE = Parameters()
NO_SURGE = "no surge"
LATE = "announced late"
LATE_MIN = 30.0


def nulls(base: Parameters) -> dict[str, Parameters]:
    """Return worlds beside one, in which an overlay can only cost."""
    return {
        NO_SURGE: replace(base, surge=1.0, lean=0.0),
        "instant refill": replace(base, refill_s=1.0, informed=0.0),
        "depth rises with volume": replace(base, depth_exponent=0.3),
    }


def placebo(base: Parameters) -> dict[str, Parameters]:
    """Return the same world with its announcement at another time: nothing else is another."""
    return {LATE: replace(base, announced_late_min=LATE_MIN)}


NULLS = nulls(BASE)


def drawn(seed: int, base: Parameters = BASE) -> Parameters:
    """Draw a world from the prior; the same for the same seed, on any machine."""
    chance = random.Random(f"popup/prior/{seed}")
    figures = {name: of.at(chance.random()) for name, of in PRIOR.items()}
    made = replace(base, **figures)
    return replace(made, surge=1.0, lean=0.0) if seed % FIZZLES_OF == 1 else made


def digest(parameters: Parameters) -> str:
    """Return the SHA-256 of the figures, as a report names them before it runs."""
    return _sha256(asdict(parameters))


def prior_digest() -> str:
    """Return the SHA-256 of the prior itself: each draw follows from it and from its seed."""
    told = {name: [type(of).__name__, *of] for name, of in PRIOR.items()}
    return _sha256({"fizzles_of": FIZZLES_OF, "figures": told})


def _sha256(told: object) -> str:
    text = json.dumps(told, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
