"""The arms of one popup: the same world and chance, another policy or another link.

    none     no overlay: what customers leave is core's alone
    ours     the overlay's edges, at the policy's risk aversion
    static   the fallback, with the same wallet: a fixed band, and even slices over 10 min

Each with the link up; `none` and `ours` with the link cut as well. Foresight is computed from
`none`. Caps and grants are those of the demo, and may be reached; each account holds
400 WETH and 600,000 USDC, so that the hour's customers find both.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from edgenode.daemon import paper
from edgenode.sim.arms.setting import Arm, Named, Setting
from edgenode.sim.popup.market import BEGINS_NS, Hour, made
from edgenode.sim.popup.prior import Parameters
from edgenode.sim.recorded import MINUTE_NS

PPM = 1_000_000
FROM_MIN, ONSET_MIN, ENDS_MIN, TO_MIN = 600, 610, 670, 690  # of the day: 90 minutes
BOOK_S = 5  # a small venue publishes so often
HOUR = Hour(ONSET_MIN, ENDS_MIN)
FIGURES = paper.PaperWorld(
    static_reference_ticks=None,
    venues=("a", "b"),
    reference_venue="a",
    event_spend_max=450,
    funds_cash=600_000,
    funds_lots=40_000,
    quote_size_lots=paper.QUOTE_LOTS,
    quote_half_spread_ppm_max=500,
    quote_skew_ppm=0,
)


ARMS = (
    *(Arm(policy, "up") for policy in ("none", "ours", "static")),
    *(Arm(policy, "cut") for policy in ("none", "ours")),
)


def minute_ns(minute: int) -> int:
    """Return when a minute of the made-up day begins."""
    return BEGINS_NS + minute * MINUTE_NS


def settings(
    parameters: Parameters, seed: int, gamma: float, arms: tuple[Arm, ...] = ARMS
) -> Iterator[tuple[Arm, Setting]]:
    """Yield each arm with what it lives through."""
    local, core = made(parameters, seed, HOUR)
    ours = {"horizon_s": 300, "slice_s": 5, "risk_aversion_ppm": round(gamma * PPM)}
    policies: dict[str, dict[str, Any]] = {
        "none": {"overlay_enabled": False},
        "ours": ours,
        "static": {},
    }
    onset, ends = minute_ns(ONSET_MIN), minute_ns(ENDS_MIN)
    outage = onset, onset + round(parameters.outage_min * MINUTE_NS)
    announced = onset + round(parameters.announced_late_min * MINUTE_NS)
    for arm in arms:
        yield (
            arm,
            Setting(
                name=arm.name,
                day=local,
                core_day=core,
                book_s=BOOK_S,
                refill_s=parameters.refill_s,
                impact_exponent=parameters.impact_exponent,
                from_ns=minute_ns(FROM_MIN),
                to_ns=minute_ns(TO_MIN),
                figures=replace(FIGURES, fee_ppm=parameters.fee_ppm, **policies[arm.policy]),
                cut=outage if arm.link == "cut" and outage[0] < outage[1] else None,
                event=Named("popup", announced, ends),
                told_twice=parameters.told_twice,
                seed=seed,
            ),
        )
