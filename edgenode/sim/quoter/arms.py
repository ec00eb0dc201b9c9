"""The arms of the quoter: a recorded hour whose customers look at the price.

    fixed    mid +- 5 bp, whatever the desk holds
    skewed   as fixed, moved by .2 bp for each unit that the desk holds
    priced   what the risk costs that it takes (core/estimate/quotes), 10 bp at most

All with the overlay at the same gamma, both signs of the flow, the link up and cut. Of customers
e^(-d / 10 bp) still trade at a distance d from the mid, each with a limit of its own that is the
same in every arm.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

from edgenode.sim.arms.replay import FLOWS, GIVEN, LINKS, PPM, ReplayArm, Window, setting
from edgenode.sim.arms.setting import Setting

LIMIT_MEAN_PPM = 1_000  # 10 bp: a desk that bears no risk earns most there
MOST_PPM = 1_000
QUOTES: dict[str, dict[str, Any]] = {
    "fixed": {"quote_skew_ppm": 0},
    "skewed": {"quote_skew_ppm": 20},
    "priced": {"quote_risk_priced": True},
}
ARMS = tuple(ReplayArm(*parts) for parts in product(QUOTES, FLOWS, LINKS))


def settings(
    of: Window, gamma: float, arms: tuple[ReplayArm, ...] = ARMS
) -> Iterator[tuple[ReplayArm, Setting]]:
    """Yield each arm with what it lives through; `policy` is how it quotes."""
    for arm in arms:
        figures = replace(
            GIVEN,
            risk_aversion_ppm=round(gamma * PPM),
            quote_half_spread_ppm_max=MOST_PPM,
            **QUOTES[arm.policy],
        )
        yield arm, replace(setting(of, arm, figures), limit_mean_ppm=LIMIT_MEAN_PPM)
