"""The arms of one spike: the same two venues and chance, another policy, link or lag.

    none      no overlay: what customers leave is core's alone
    ours      the overlay's edges, at the policy's risk aversion
    prompt    ours, where B shows its prices at once: what the lag costs is the difference
    single    ours, with A alone: what B was worth is the difference

`none` and `ours` with the link cut as well, from the onset for 15 min. A publishes every 5 s; B
shows A's book 20 to 40 s late, with noise, a quarter of the depth. It fills at the worse of what
it shows and A's present price. The market is made up (popup/market), its surge four times the
usual for 20 min.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from edgenode.sim.arms.setting import Arm, Named, Setting
from edgenode.sim.popup.arms import BOOK_S, FIGURES, PPM, minute_ns
from edgenode.sim.popup.market import Hour, made
from edgenode.sim.popup.prior import BASE

FROM_MIN, ONSET_MIN, ENDS_MIN, TO_MIN = 604, 610, 630, 645  # of the day
CUT_MIN = 15
TIMES = 4.0
PROMPT_S = (0, 0)
PARAMETERS = replace(BASE, surge=TIMES, outage_min=float(CUT_MIN))
ONSET_S = (ONSET_MIN - FROM_MIN) * 60


ARMS = (
    *(Arm(policy, link) for policy in ("none", "ours") for link in ("up", "cut")),
    *(Arm(policy, "up") for policy in ("prompt", "single")),
)


def settings(seed: int, gamma: float) -> Iterator[tuple[Arm, Setting]]:
    """Yield each arm of one seed with what it lives through."""
    local, core = made(PARAMETERS, seed, Hour(ONSET_MIN, ENDS_MIN))
    ours = {"slice_s": 5, "horizon_s": 300, "risk_aversion_ppm": round(gamma * PPM)}
    policies: dict[str, dict[str, Any]] = {
        "none": {"overlay_enabled": False},
        "ours": ours,
        "prompt": ours,
        "single": {**ours, "venues": ("a",)},
    }
    cut = minute_ns(ONSET_MIN), minute_ns(ONSET_MIN + CUT_MIN)
    for arm in ARMS:
        setting = Setting(
            name=arm.name,
            day=local,
            core_day=core,
            book_s=BOOK_S,
            refill_s=PARAMETERS.refill_s,
            impact_exponent=PARAMETERS.impact_exponent,
            from_ns=minute_ns(FROM_MIN),
            to_ns=minute_ns(TO_MIN),
            figures=replace(FIGURES, fee_ppm=PARAMETERS.fee_ppm, **policies[arm.policy]),
            cut=cut if arm.link == "cut" else None,
            event=Named("spike", minute_ns(ONSET_MIN), minute_ns(ENDS_MIN)),
            seed=seed,
        )
        yield arm, replace(setting, late_s=PROMPT_S) if arm.policy == "prompt" else setting
