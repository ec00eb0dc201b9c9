"""What the seeds of a popup say together: shares with intervals, paired differences, one verdict.

share        Wilson's score interval, 95 % (Wilson 1927)
difference   mean of seed by seed differences, +- 1.96 standard errors
es95         mean of the ceil(5 % n) worst seeds' shortfall
premium      what a world without a popup costs the overlay on average; declared: at most 5 %
             of the event's cost grant
"""

import math
import statistics
from collections.abc import Sequence
from typing import Any

from edgenode.sim.popup.arms import FIGURES
from edgenode.sim.popup.prior import BASE, NULLS, digest
from edgenode.sim.popup.seeds import BASE_WORLD

Json = dict[str, Any]
Z95 = 1.96
PREMIUM = 0.05
WITHIN_MIN = 12
APART = 4  # exit code: the books of node and centre differ
NAMES = ("none-up", "ours-up", "static-up", "none-cut", "ours-cut")


def summary(rows: Sequence[Json], gamma: float) -> Json:
    """Return the summary: verdict first, then figures of each arm and world."""
    base = [row for row in rows if row["world"] == BASE_WORLD]
    arms = {name: _arm([row["arms"][name] for row in base]) for name in NAMES}
    within = _share([_is_kept(row["arms"]["ours-up"]) for row in base])
    differences = {
        f"{ours}-{link}": _difference(
            [row["arms"][f"none-{link}"]["shortfall"] for row in base],
            [row["arms"][f"{ours}-{link}"]["shortfall"] for row in base],
        )
        for ours, link in (("ours", "up"), ("static", "up"), ("ours", "cut"))
    }
    nulls = {name: _null([row for row in rows if row["world"] == name]) for name in NULLS}
    equal = all(arm["digest_equal"] for row in rows for arm in row["arms"].values())
    told = {
        "message_type": "summary",
        "schema": "edgenode.drill.popup/1",
        "verdict": "",
        "gamma": gamma,
        "seeds": len(base),
        "prior": {BASE_WORLD: digest(BASE), **{name: digest(p) for name, p in NULLS.items()}},
        "within_12_min": within,
        "arms": arms,
        "shortfall_saved": differences,
        "null_worlds": nulls,
        "premium_declared": PREMIUM * FIGURES.event_spend_max,
        "digest_equal": equal,
        "core_price": "SYNTHETIC",
        "note": "a made-up market, its prior committed before: read it as a test, not as evidence",
    }
    told["verdict"] = _verdict(told)
    return told


def _is_kept(arm: Json) -> bool:
    return (
        arm["within_min"] is not None and arm["within_min"] <= WITHIN_MIN and not arm["breaches"]
    )


def _arm(found: Sequence[Json]) -> Json:
    shortfalls = [arm["shortfall"] for arm in found]
    return {
        **{
            f"{key}_mean": round(statistics.mean(arm[key] for arm in found), 2)
            for key in ("cost", "loss", "shortfall", "peak_net", "rms_net", "area", "orders")
        },
        "shortfall_q95": round(_quantile(shortfalls, 0.95), 2),
        "shortfall_es95": round(_es95(shortfalls), 2),
        "within_12_min": _share([_is_kept(arm) for arm in found]),
        "breaches": sum(arm["breaches"] for arm in found),
    }


def _null(rows: Sequence[Json]) -> Json:
    if not rows:
        return {"seeds": 0}
    lost = [
        row["arms"]["ours-up"]["shortfall"] - row["arms"]["none-up"]["shortfall"] for row in rows
    ]
    return {
        "seeds": len(rows),
        "overlay_cost_mean": round(
            statistics.mean(
                row["arms"]["ours-up"]["cost"] - row["arms"]["none-up"]["cost"] for row in rows
            ),
            2,
        ),
        "loss_mean": round(statistics.mean(lost), 2),
        "loss_es95": round(_es95(lost), 2),
    }


def _share(kept: Sequence[bool]) -> Json:
    """Return a share with Wilson's interval."""
    n, share = len(kept), sum(kept) / len(kept)
    middle = (share + Z95**2 / (2 * n)) / (1 + Z95**2 / n)
    wide = Z95 / (1 + Z95**2 / n) * math.sqrt(share * (1 - share) / n + Z95**2 / (4 * n * n))
    return {
        "share": round(share, 4),
        "low": round(max(0.0, middle - wide), 4),
        "high": round(min(1.0, middle + wide), 4),
    }


def _difference(before: Sequence[float], after: Sequence[float]) -> Json:
    """Return what is saved on average, and between what it lies."""
    saved = [b - a for b, a in zip(before, after, strict=True)]
    mean = statistics.mean(saved)
    wide = Z95 * statistics.stdev(saved) / math.sqrt(len(saved)) if len(saved) > 1 else math.inf
    return {
        "mean": round(mean, 2),
        "low": round(mean - wide, 2) if math.isfinite(wide) else None,
        "high": round(mean + wide, 2) if math.isfinite(wide) else None,
        "worse": round(sum(s < 0 for s in saved) / len(saved), 4),
    }


def _es95(values: Sequence[float]) -> float:
    worst = sorted(values, reverse=True)[: math.ceil(0.05 * len(values))]
    return statistics.mean(worst)


def _quantile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, math.ceil(share * len(values)) - 1)]


def _verdict(told: Json) -> str:
    if not told["digest_equal"]:
        return "The books of node and centre differ: nothing here counts."
    within, ours, none = told["within_12_min"], told["arms"]["ours-up"], told["arms"]["none-up"]
    saved = told["shortfall_saved"]["ours-up"]
    certain = saved["low"] is not None and (saved["low"] > 0 or saved["high"] < 0)
    money = f"{abs(saved['mean']):.2f} USDC {'less' if saved['mean'] > 0 else 'more'}"
    doubt = "" if certain else ", which may be chance"
    return (
        f"In {within['share']:.0%} of {told['seeds']} popups the net exposure was back within its"
        f" bounds in 12 minutes and no cap was passed; on average an hour cost {money} than"
        f" without overlay{doubt}, and the worst twentieth {ours['shortfall_es95']:.0f} instead of"
        f" {none['shortfall_es95']:.0f} USDC."
    )


def text(told: Json) -> str:
    """Return the summary for people."""
    head = f"{'arm':<10} {'cost':>8} {'loss':>9} {'worst 5 %':>9} {'peak':>7} {'RMS':>6}"
    lines = [told["verdict"], "", f"{head} {'orders':>6} {'in 12 min':>9} {'breaches':>8}"]
    for name in NAMES:
        arm = told["arms"][name]
        lines.append(
            f"{name:<10} {arm['cost_mean']:>8.2f} {arm['loss_mean']:>9.2f}"
            f" {arm['shortfall_es95']:>9.2f} {arm['peak_net_mean']:>7.2f}"
            f" {arm['rms_net_mean']:>6.2f}"
            f" {arm['orders_mean']:>6.1f} {arm['within_12_min']['share']:>9.0%}"
            f" {arm['breaches']:>8}"
        )
    lines.append("")
    for name, null in told["null_worlds"].items():
        if null["seeds"]:
            lines.append(
                f"{name}, {null['seeds']} seeds: the overlay loses {null['loss_mean']:.2f} USDC on"
                f" average (declared: at most {told['premium_declared']:.2f})"
            )
    lines += ["", "cost: hedges' price and fees; loss: prices that moved before them; USDC, WETH."]
    return "\n".join(lines)
