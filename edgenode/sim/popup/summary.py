"""What the seeds of a popup say together: bars and verdict, arms, worlds beside, drawn worlds.

    saved      by the overlay: seed by seed, without it less with it
    premium    what a world without a popup costs the overlay on average; declared: at most 5 % of
               the event's cost cap, and 20 % in the worst twentieth
    total      cost + gamma x risk, the overlay's own measure; no bar
    outage     what the link's cut costs, with the overlay and without it: its effect apart
    placebo    the same seeds with the announcement at another time (it should change nothing),
               and without their surge (what is saved there is no popup's)

Money in USDC, quantities in WETH; floats: this reports, nothing is decided from it.
"""

import statistics
from collections.abc import Sequence
from typing import Any

from edgenode.sim.popup import bars, intervals, worth
from edgenode.sim.popup.arms import FIGURES
from edgenode.sim.popup.bars import ALONE, OURS, PREMIUM, PREMIUM_ES95
from edgenode.sim.popup.intervals import difference, es95
from edgenode.sim.popup.prior import LATE, NO_SURGE, Parameters
from edgenode.sim.popup.realism import realism
from edgenode.sim.popup.regions import losing, regions
from edgenode.sim.popup.seeds import BASE_WORLD, DRAWN_WORLD, SCHEMA

Json = dict[str, Any]
WITHIN_MIN = 12
NAMES = ("none-up", "ours-up", "static-up", "none-cut", "ours-cut")
MEANS = (
    "cost", "loss", "shortfall", "peak_net", "rms_net", "area", "orders", "cap_left",
    "cash_least", "capital_hours",
)  # fmt: skip
PAIRS = (("ours", "up"), ("static", "up"), ("ours", "cut"))


def summary(plan: Json, rows: Sequence[Json]) -> Json:
    """Return the summary of a plan's rows: verdict first, then what it rests on."""
    of = {name: _of(rows, name) for name in (BASE_WORLD, DRAWN_WORLD, *plan["worlds"])}
    base, drawn = of[BASE_WORLD], of[DRAWN_WORLD]
    nulls = [name for name in plan["worlds"] if name not in {BASE_WORLD, LATE}]
    parts = regions(drawn)
    told: Json = {
        "message_type": "summary",
        "schema": SCHEMA,
        "verdict": "",
        "gamma": plan["gamma"],
        "seeds": len(base),
        "worlds": len(rows),
        "digests": plan["digests"],
        "prior": plan["prior"],
        "base": plan["worlds"][BASE_WORLD],
        "digest_equal": all(a["digest_equal"] for row in rows for a in row["arms"].values()),
        "within_12_min": _within(base, OURS),
        "arms": {name: _arm(base, name) for name in NAMES},
        "foresight": _foresight(base),
        "shortfall_saved": {f"{p}-{link}": _saved(base, p, link) for p, link in PAIRS},
        "worst_saved": {f"{p}-{link}": _worst_saved(base, p, link) for p, link in PAIRS},
        "rms_saved": {f"{p}-{link}": _saved(base, p, link, "rms_net") for p, link in PAIRS},
        "total_saved": worth.saved(base, plan["gamma"], PAIRS),
        "outage_costs": {policy: _outage(base, policy) for policy in ("none", "ours")},
        "null_worlds": {name: _null(of[name]) for name in nulls},
        "premium_declared": PREMIUM * FIGURES.event_spend_max,
        "premium_es95_declared": PREMIUM_ES95 * FIGURES.event_spend_max,
        "placebo": _placebo(base, of.get(LATE, []), of.get(NO_SURGE, [])),
        "drawn": _drawn(drawn),
        "regions": parts,
        "loses_where": losing(parts),
        "realism": realism(Parameters(**plan["worlds"][BASE_WORLD])),
        "core_price": "SYNTHETIC",
        "note": "a made-up market, its prior committed before: read it as a test, not as evidence",
    }
    told["bars"] = bars.bars(told)
    told["verdict"] = bars.verdict(told)
    return told


def _of(rows: Sequence[Json], name: str) -> list[Json]:
    return [row for row in rows if row["world"] == name]


def _within(rows: Sequence[Json], arm: str) -> Json:
    return intervals.share([_is_kept(row["arms"][arm]) for row in rows])


def _is_kept(arm: Json) -> bool:
    return (
        arm["within_min"] is not None and arm["within_min"] <= WITHIN_MIN and not arm["breaches"]
    )


def _arm(rows: Sequence[Json], name: str) -> Json:
    found = [row["arms"][name] for row in rows]
    shortfalls = [arm["shortfall"] for arm in found]
    return {
        **{f"{key}_mean": round(statistics.mean(arm[key] for arm in found), 2) for key in MEANS},
        "shortfall_q95": round(intervals.quantile(shortfalls, 0.95), 2),
        "shortfall_es95": round(es95(shortfalls), 2),
        "within_12_min": _within(rows, name),
        "breaches": sum(arm["breaches"] for arm in found),
        "cap_left_least": min(arm["cap_left"] for arm in found),
        "cash_least_of_all": min(arm["cash_least"] for arm in found),
    }


def _foresight(rows: Sequence[Json]) -> Json:
    """Return what nobody can do better: core as without overlay, and the cheapest beside it."""
    costs = [row["arms"][ALONE]["cost"] + row["foresight"]["cost"] for row in rows]
    return {
        "cost_mean": round(statistics.mean(costs), 2),
        "rms_net_mean": round(statistics.mean(row["foresight"]["rms_net"] for row in rows), 2),
    }


def _column(rows: Sequence[Json], arm: str, key: str = "shortfall") -> list[float]:
    return [row["arms"][arm][key] for row in rows]


def _saved(rows: Sequence[Json], policy: str, link: str, key: str = "shortfall") -> Json:
    return difference(_column(rows, f"none-{link}", key), _column(rows, f"{policy}-{link}", key))


def _worst_saved(rows: Sequence[Json], policy: str, link: str) -> Json:
    return intervals.es95_difference(
        _column(rows, f"none-{link}"), _column(rows, f"{policy}-{link}")
    )


def _outage(rows: Sequence[Json], policy: str) -> Json:
    """Return by how much an hour with the link cut costs more."""
    return difference(_column(rows, f"{policy}-cut"), _column(rows, f"{policy}-up"))


def _null(rows: Sequence[Json]) -> Json:
    if not rows:
        return {"seeds": 0}
    lost = difference(_column(rows, OURS), _column(rows, ALONE))
    apart = [a - b for a, b in zip(_column(rows, OURS), _column(rows, ALONE), strict=True)]
    costs = difference(_column(rows, OURS, "cost"), _column(rows, ALONE, "cost"))
    return {
        "seeds": len(rows),
        "overlay_cost_mean": costs["mean"],
        "loss_mean": lost["mean"],
        "loss_low": lost["low"],
        "loss_high": lost["high"],
        "loss_es95": round(es95(apart), 2),
    }


def _placebo(base: Sequence[Json], late: Sequence[Json], calm: Sequence[Json]) -> Json:
    """Return what another announcement changes, and what is saved without the surge."""
    by_seed = {row["seed"]: row for row in base}
    both = [(by_seed[row["seed"]], row) for row in late if row["seed"] in by_seed]
    ours = [[pair[n]["arms"][OURS] for pair in both] for n in (0, 1)]
    return {
        "seeds": len(both),
        **{
            f"{key}_changed": difference([a[key] for a in ours[1]], [a[key] for a in ours[0]])
            for key in ("shortfall", "rms_net")
        },
        "saved_without_surge": _saved(calm, "ours", "up"),
        "rms_saved_without_surge": _saved(calm, "ours", "up", "rms_net"),
    }


def _drawn(rows: Sequence[Json]) -> Json:
    """Return what the overlay saves over the whole prior, the link up and cut."""
    if not rows:
        return {"seeds": 0}
    came = [row for row in rows if not Parameters(**row["parameters"]).fizzles]
    return {
        "seeds": len(rows),
        "fizzled": len(rows) - len(came),
        "within_12_min": _within(came, OURS),  # where nothing came, nothing is to be back from
        "breaches": sum(row["arms"][OURS]["breaches"] for row in rows),
        "shortfall_saved": {link: _saved(rows, "ours", link) for link in ("up", "cut")},
        "worst_saved": {link: _worst_saved(rows, "ours", link) for link in ("up", "cut")},
        "rms_saved": {link: _saved(rows, "ours", link, "rms_net") for link in ("up", "cut")},
    }


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
    marks = {True: "met", False: "NOT MET", None: "not known"}
    lines += [f"{marks[bar['met']]:<9} {bar['bar']}: {bar['found']}" for bar in told["bars"]]
    if told["loses_where"]:
        lines += ["", f"The overlay loses where: {'; '.join(told['loses_where'])}."]
    lines += ["", "cost: hedges' price and fees; loss: prices that moved before them; USDC, WETH."]
    return "\n".join(lines)
