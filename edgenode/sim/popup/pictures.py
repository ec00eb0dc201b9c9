"""A popup's charts: exposure by the minute, time back within bounds, cost and risk, savings."""

import statistics
from collections.abc import Sequence
from typing import Any

from edgenode.daemon.report.document import figure
from edgenode.daemon.report.plot import Axis, Plot, axis
from edgenode.sim.popup.arms import ENDS_MIN, FROM_MIN, ONSET_MIN
from edgenode.sim.popup.bars import ALONE, OURS
from edgenode.sim.popup.intervals import quantile

Json = dict[str, Any]
STYLES = {ALONE: "none", OURS: "ours", "static-up": "other"}
NAMES = {ALONE: "no overlay", OURS: "our overlay", "static-up": "static"}
TWELVE, HALF = 12, 0.5
ROW_HIGH = 26  # of a lying chart


def exposure(rows: Sequence[Json]) -> str:
    """Draw |net exposure| by the minute: its mean over the seeds, and where nine of ten lie."""
    found = {arm: _by_minute(rows, arm) for arm in (ALONE, OURS)}
    minutes = range(len(found[ALONE]))
    at = [minute + FROM_MIN - ONSET_MIN for minute in minutes]
    tops = [quantile(nets, 0.95) for nets in found[ALONE] + found[OURS]]
    plot = Plot(
        Axis(float(at[0]), float(at[-1]), "minutes after the onset"),
        axis(tops, "|net exposure|, WETH"),
        width=660,
    )
    for arm, nets in found.items():
        low, high = ([quantile(few, q) for few in nets] for q in (0.05, 0.95))
        plot.area(list(zip(at, high, strict=True)), list(zip(at, low, strict=True)), STYLES[arm])
    for arm, nets in found.items():
        means = [statistics.mean(few) for few in nets]
        plot.line(list(zip(at, means, strict=True)), STYLES[arm])
        place = max(minutes, key=means.__getitem__)
        plot.text((at[place], means[place]), NAMES[arm], f"{STYLES[arm]}-name", down=-8)
    ends = float(ENDS_MIN - ONSET_MIN)
    plot.line([(ends, plot.up.low), (ends, plot.up.high)], "limit")
    peaks = {arm: max(statistics.mean(few) for few in nets) for arm, nets in found.items()}
    sentence = (
        f"Mean net exposure is at most {peaks[OURS]:.1f} WETH with our overlay and"
        f" {peaks[ALONE]:.1f} without; shaded: nine of ten seeds; dotted: the surge ends."
    )
    return figure(plot.svg(sentence), sentence)


def _by_minute(rows: Sequence[Json], arm: str) -> list[list[float]]:
    nets = [row["arms"][arm]["net_by_minute"] for row in rows]
    return [[abs(net) for net in few] for few in zip(*nets, strict=True)]


def within(rows: Sequence[Json]) -> str:
    """Draw the share of seeds that are back within their bounds by each minute."""
    across = Axis(0.0, TWELVE + 1.0, "minutes after the onset")
    plot = Plot(across, Axis(0.0, 1.0, "share of seeds"))
    for arm, style in STYLES.items():
        minutes = [row["arms"][arm]["within_min"] for row in rows]
        back = sorted(minute for minute in minutes if minute is not None)
        plot.line(_steps(back, len(rows), TWELVE + 1.0), style)
        share = len(back) / len(rows)
        down = _apart(arm) + (32 if share > HALF else -26)
        plot.text((TWELVE, share), NAMES[arm], f"{style}-name", down=down)
    plot.line([(TWELVE, 0.0), (TWELVE, 1.0)], "limit")
    kept = sum(row["arms"][OURS]["within_min"] is not None for row in rows)
    sentence = f"With our overlay {kept} of {len(rows)} seeds are back within 12 minutes to stay."
    return figure(plot.svg(sentence), sentence)


def shortfalls(rows: Sequence[Json]) -> str:
    """Draw what share of seeds came to at most so much cost + loss."""
    found = {arm: sorted(row["arms"][arm]["shortfall"] for row in rows) for arm in STYLES}
    values = [value for few in found.values() for value in few]
    plot = Plot(axis(values, "cost + loss of an hour, USDC"), Axis(0.0, 1.0, "share of seeds"))
    for arm, few in found.items():
        plot.line(_steps(few, len(rows), plot.across.high), STYLES[arm])
        plot.text((quantile(few, HALF), HALF), NAMES[arm], f"{STYLES[arm]}-name", down=_apart(arm))
    sentence = "Each line: the share of seeds with at most this cost + loss; steeper is surer."
    return figure(plot.svg(sentence), sentence)


def _apart(arm: str) -> float:
    """Return how far down a line's name stands, so that no two lie on each other."""
    return 18.0 * list(STYLES).index(arm) - 18


def _steps(values: Sequence[float], of: int, until: float) -> list[tuple[float, float]]:
    """Return the steps of a share that grows at each value."""
    points = [(values[0], 0.0)] if values else []
    for n, value in enumerate(values):
        points += [(value, n / of), (value, (n + 1) / of)]
    return [*points, (until, len(values) / of)]


def frontier(told: Json) -> str:
    """Draw each arm's mean cost against its typical net exposure."""
    arms, best = told["arms"], told["foresight"]
    places = {
        arm: (arms[arm]["rms_net_mean"], arms[arm]["cost_mean"], STYLES[arm]) for arm in STYLES
    }
    found = [(NAMES[arm], *place) for arm, place in places.items()]
    found.append(("perfect foresight", best["rms_net_mean"], best["cost_mean"], "other"))
    plot = Plot(
        axis([rms for _, rms, _, _ in found], "typical net exposure, WETH"),
        axis([cost for _, _, cost, _ in found], "cost, USDC an hour"),
    )
    for name, rms, cost, style in found:
        plot.dot((rms, cost), style)
        plot.text((rms, cost), name, f"{style}-name")
    sentence = "Mean cost against the risk that is left: cheaper is lower, safer is further left."
    return figure(plot.svg(sentence), sentence)


def saved(told: Json) -> str:
    """Draw what each overlay saves, with its interval, beside the worlds without a popup."""
    rows = [
        ("ours, link up", told["shortfall_saved"]["ours-up"], "ours"),
        ("ours, link cut", told["shortfall_saved"]["ours-cut"], "ours"),
        ("static, link up", told["shortfall_saved"]["static-up"], "other"),
    ]
    for name, null in told["null_worlds"].items():
        if null["seeds"]:
            low, high = _minus(null["loss_high"]), _minus(null["loss_low"])
            turned = {"mean": _minus(null["loss_mean"]), "low": low, "high": high}
            rows.append((name, turned, "none"))
    return _lying(rows, "Cost + loss saved an hour, with its interval; below 0 the overlay loses.")


def _minus(value: float | None) -> float | None:
    return None if value is None else -value


def regions(parts: Sequence[Json]) -> str:
    """Draw what the overlay saves in each part of the prior."""
    styles = {"loses": "none", "gains": "ours"}
    rows = [(p["part"], p["saved"], styles.get(p["says"], "other")) for p in parts]
    return _lying(rows, "What the overlay saves in each part of the prior, with its interval.")


def _lying(rows: Sequence[tuple[str, Json, str]], sentence: str) -> str:
    ends = [
        value
        for _, of, _ in rows
        for value in (of["mean"], of["low"], of["high"])
        if value is not None
    ]
    plot = Plot(
        axis(ends, "USDC an hour saved"),
        Axis(-0.5, len(rows) - 0.5, ""),
        width=760,
        height=ROW_HIGH * len(rows) + 76,
        left=290,
    )
    labels = []
    for n, (name, of, style) in enumerate(rows):
        place = len(rows) - 1.0 - n
        labels.append((place, name))
        if of["low"] is not None:
            plot.lying(place, of["low"], of["high"], style)
        if of["mean"] is not None:
            plot.dot((of["mean"], place), style)
    return figure(plot.svg(sentence, labels=labels), sentence)
