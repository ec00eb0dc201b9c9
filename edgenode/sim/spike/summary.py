"""What the seeds of a spike say together: one verdict, a row an arm, what each venue took."""

import statistics
from collections.abc import Sequence
from typing import Any

from edgenode.sim.popup.intervals import difference, share
from edgenode.sim.spike.arms import ARMS, TIMES
from edgenode.sim.venue.markets import LATE_S

Json = dict[str, Any]
WITHIN_MIN = 12
VENUES = ("a", "b")
FIGURES = ("cost", "shortfall", "peak_net", "rms_net", "area", "orders")


def summary(rows: Sequence[Json], gamma: float) -> Json:
    """Return the summary: the verdict first; what is saved is paired seed by seed."""
    arms = {arm.name: _arm([row["arms"][arm.name] for row in rows]) for arm in ARMS}
    told: Json = {
        "message_type": "summary",
        "schema": "edgenode.drill.spike/1",
        "verdict": "",
        "gamma": gamma,
        "seeds": len(rows),
        "times": TIMES,
        "venues": {"a": {"late_s": [0, 0]}, "b": {"late_s": list(LATE_S)}},
        "arms": arms,
        "shortfall_saved": {
            link: _saved(rows, "shortfall", f"none-{link}", f"ours-{link}")
            for link in ("up", "cut")
        },
        "cost_saved_by_b": _saved(rows, "cost", "single-up", "ours-up"),
        "cost_of_lag": _saved(rows, "cost", "ours-up", "prompt-up"),
        "net_by_minute": {name: arm["net_by_minute"] for name, arm in rows[0]["arms"].items()},
        "digest_equal": all(arm["digest_equal"] for row in rows for arm in row["arms"].values()),
        "core_price": "SYNTHETIC",
        "note": "a made-up market; what is traded at b moves no price. Nothing was sent anywhere",
    }
    told["verdict"] = _verdict(told)
    return told


def _arm(found: Sequence[Json]) -> Json:
    kept = [arm["within_min"] is not None and not arm["breaches"] for arm in found]
    back = [arm["within_min"] for arm in found if arm["within_min"] is not None]
    return {
        **{f"{key}_mean": round(statistics.mean(a[key] for a in found), 2) for key in FIGURES},
        "within_12_min": share(kept),
        "within_min_max": max(back) if len(back) == len(found) else None,
        "breaches": sum(arm["breaches"] for arm in found),
        "venues": {name: _venue([arm["venues"][name] for arm in found]) for name in VENUES},
    }


def _venue(found: Sequence[Json]) -> Json:
    mean = {
        key: round(statistics.mean(one[key] for one in found), 2)
        for key in ("orders", "asked", "filled", "cost", "behind")
    }
    priced = [(one["cost"], one["cost_bp"]) for one in found if one["cost_bp"]]
    notional = sum(cost / bp for cost, bp in priced)
    bp = round(sum(cost for cost, _ in priced) / notional, 2) if notional else None
    return {f"{key}_mean": value for key, value in mean.items()} | {"cost_bp": bp}


def _certain(told: Json) -> bool:
    """Return whether a difference's interval leaves out zero."""
    return told["low"] is not None and (told["low"] > 0 or told["high"] < 0)


def _saved(rows: Sequence[Json], figure: str, before: str, after: str) -> Json:
    return difference(*([row["arms"][name][figure] for row in rows] for name in (before, after)))


def _verdict(told: Json) -> str:
    if not told["digest_equal"]:
        return "The books of node and centre differ: nothing here counts."
    arms = told["arms"]
    up, cut = (arms[f"ours-{link}"]["within_12_min"]["share"] for link in ("up", "cut"))
    none = arms["none-up"]["within_12_min"]["share"]
    venues = arms["ours-up"]["venues"]
    a, b = (venues[name]["filled_mean"] for name in VENUES)
    part = b / (a + b) if a + b else 0.0
    low, high = LATE_S
    return (
        f"In {up:.0%} of {told['seeds']} spikes of {TIMES:.0f} times the demand the net exposure"
        f" was back within its bounds in {WITHIN_MIN} minutes ({cut:.0%} with the link cut,"
        f" {none:.0%} without overlay); venue b, {low} to {high} s late, took {part:.0%} of the"
        f" hedges and was {_misled(venues['b'], told['cost_of_lag'])}; nothing was sent anywhere."
    )


def _misled(b: Json, lag: Json) -> str:
    """Say whether the late venue's prices led hedges astray."""
    behind = f"{b['behind_mean']:.2f} USDC a spike dearer than a's price at that moment"
    if lag["low"] is None:
        return f"{behind}; whether its lag costs, one spike does not tell"
    if not _certain(lag):
        return f"{behind}, no more than chance beside a prompt b"
    more = "more" if lag["mean"] > 0 else "less"
    return f"{behind}; all hedges cost {abs(lag['mean']):.2f} USDC {more} than with a prompt b"


def text(told: Json) -> str:
    """Return the summary for people."""
    head = f"{'arm':<10} {'cost':>8} {'shortfall':>9} {'peak':>7} {'RMS':>6} {'orders':>6}"
    venue = f"{'lots':>7} {'bp':>6}"
    lines = [told["verdict"], "", f"{head} {'in 12 min':>9}   a: {venue}   b: {venue}"]
    for name, arm in told["arms"].items():
        lines.append(
            f"{name:<10} {arm['cost_mean']:>8.2f} {arm['shortfall_mean']:>9.2f}"
            f" {arm['peak_net_mean']:>7.2f} {arm['rms_net_mean']:>6.2f} {arm['orders_mean']:>6.1f}"
            f" {arm['within_12_min']['share']:>9.0%}   "
            + "   ".join(f"   {_cells(arm['venues'][venue])}" for venue in VENUES)
        )
    saved = told["shortfall_saved"]
    lines += [
        "",
        *(f"shortfall saved, link {link}: {_interval(saved[link])}" for link in saved),
        f"cost saved by having b at all: {_interval(told['cost_saved_by_b'])}",
        f"cost of its lag: {_interval(told['cost_of_lag'])}",
        "",
        "cost: hedges' price and fees, USDC; lots in WETH; prompt: b without its lag; single: a",
        f"alone. {told['note']}.",
    ]
    return "\n".join(lines)


def _cells(venue: Json) -> str:
    bp = "-" if venue["cost_bp"] is None else f"{venue['cost_bp']:.2f}"
    return f"{venue['filled_mean']:>7.2f} {bp:>6}"


def _interval(told: Json) -> str:
    if told["low"] is None:
        return f"{told['mean']:.2f} USDC in the one seed"
    doubt = "" if _certain(told) else ", may be chance"
    return f"{told['mean']:.2f} USDC a spike ({told['low']:.2f} to {told['high']:.2f}{doubt})"
