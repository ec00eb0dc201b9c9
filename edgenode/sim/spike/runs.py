"""Spikes lived through, a seed at a time, on as many cores as are given."""

from collections.abc import Callable
from functools import partial
from typing import Any

from edgenode.sim.arms import pool
from edgenode.sim.arms.played import play
from edgenode.sim.arms.setting import Arm
from edgenode.sim.popup.judged import Judged, judged, within_min
from edgenode.sim.spike.arms import ARMS, ONSET_S, settings
from edgenode.sim.spike.taken import Taken, taken

Json = dict[str, Any]


def row(gamma: float, seed: int) -> Json:
    """Live through all arms of one seed; the same row on every machine of an architecture."""
    found: dict[str, tuple[Judged, dict[str, Taken]]] = {}
    for arm, setting in settings(seed, gamma):
        played = play(setting)
        found[arm.name] = judged(played), taken(played)
    return {"seed": seed, "arms": {arm.name: _told(arm, found) for arm in ARMS}}


def _told(arm: Arm, found: dict[str, tuple[Judged, dict[str, Taken]]]) -> Json:
    (made, venues), (alone, _) = found[arm.name], found[f"none-{arm.link}"]
    minutes = within_min(made, alone, ONSET_S)
    return {
        "cost": round(made.cost, 2),
        "shortfall": round(made.shortfall, 2),
        "peak_net": round(made.peak_net, 2),
        "rms_net": round(made.rms_net, 3),
        "area": round(made.area, 1),
        "within_min": None if minutes is None else round(minutes, 2),
        "orders": made.orders,
        "breaches": made.breaches,
        "net_by_minute": [round(net, 2) for net in made.net_by_second[::60]],
        "venues": {name: share.as_json() for name, share in sorted(venues.items())},
        "digest_equal": made.equal,
    }


def run(
    seeds: int, first: int, gamma: float, jobs: int, tell: Callable[[int, int], None]
) -> list[Json]:
    """Live through spikes; `tell` hears of each as it is done."""
    rows = []
    for _, made in pool.each(partial(row, gamma), range(first, first + seeds), jobs):
        rows.append(made)
        tell(len(rows), seeds)
    return sorted(rows, key=lambda found: found["seed"])
