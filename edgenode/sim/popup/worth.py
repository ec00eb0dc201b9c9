"""What a popup came to by the overlay's own measure: cost + gamma x risk.

Risk is the sum over minutes of n^2 s^2: n the net exposure at the minute's begin, s^2 the variance
of one minute's price change around it (sim/arms/score). The market is made again from the row's
figures and seed, so rows on disk are enough.
"""

from collections.abc import Sequence
from typing import Any

from edgenode.sim.arms.score import variances
from edgenode.sim.popup.arms import FROM_MIN, HOUR, TO_MIN, minute_ns
from edgenode.sim.popup.intervals import difference
from edgenode.sim.popup.market import made
from edgenode.sim.popup.prior import Parameters

Json = dict[str, Any]


def saved(rows: Sequence[Json], gamma: float, pairs: Sequence[tuple[str, str]]) -> dict[str, Json]:
    """Return for each (policy, link) what it saves of cost + gamma x risk, seed by seed.

    `share` is of what there was without overlay.
    """
    names = {f"{policy}-{link}": f"none-{link}" for policy, link in pairs}
    totals: dict[str, list[float]] = {arm: [] for arm in {*names, *names.values()}}
    for row in rows:
        by_minute = _variances(row)
        for arm, found in totals.items():
            found.append(_total(row["arms"][arm], by_minute, gamma))
    return {
        arm: {
            **difference(totals[alone], totals[arm]),
            "share": _share(sum(totals[alone]), sum(totals[arm])),
        }
        for arm, alone in names.items()
    }


def _variances(row: Json) -> list[float]:
    day = made(Parameters(**row["parameters"]), row["seed"], HOUR).local
    return variances(day, minute_ns(FROM_MIN), minute_ns(TO_MIN))


def _total(arm: Json, by_minute: Sequence[float], gamma: float) -> float:
    risk = sum(net**2 * s2 for net, s2 in zip(arm["net_by_minute"], by_minute, strict=False))
    return float(arm["cost"] + gamma * risk)


def _share(alone: float, ours: float) -> float | None:
    return round(1 - ours / alone, 4) if alone > 0 else None
