"""What a popup has to show, bar by bar, and the one sentence that says what it showed.

Each bar is met, not met, or not known. Of fewer than 20 seeds no share, tail or mean is known to
be met, of fewer than 10 no premium; a few may well show that one is not.
"""

from collections.abc import Sequence
from typing import Any

Json = dict[str, Any]
SEEDS, FEW, FEW_NULL = 500, 20, 10
WITHIN = 0.9
PREMIUM, PREMIUM_ES95 = 0.05, 0.20  # of the event's cost cap
OURS, ALONE = "ours-up", "none-up"


def bars(told: Json) -> list[Json]:
    """Return each bar with what was found."""
    arms, within = told["arms"], told["within_12_min"]
    saved, worst = told["shortfall_saved"][OURS], told["worst_saved"][OURS]
    certain = None if saved["low"] is None else saved["low"] > 0
    breaches = arms[OURS]["breaches"]
    return [
        _bar(
            "equal books",
            "the books of node and centre are equal",
            "equal" if told["digest_equal"] else "they differ",
            met=told["digest_equal"],
        ),
        _bar(
            f"{SEEDS} seeds",
            f"at least {SEEDS} seeds of the base world",
            str(told["seeds"]),
            met=told["seeds"] >= SEEDS,
        ),
        _bar(
            "back in 12 minutes",
            f"back within its bounds in 12 minutes, no cap passed: {WITHIN:.0%} of seeds",
            f"{within['share']:.1%}, {within['low']:.1%} to {within['high']:.1%}",
            met=_known(told["seeds"], FEW, met=within["share"] >= WITHIN),
        ),
        _bar("caps", "no cap is passed in any seed", f"{breaches} passed", met=not breaches),
        _bar(
            "worst twentieth",
            "the worst twentieth of cost + loss is below that without overlay",
            f"{worst['mean']:.2f} saved{_between(worst)}",
            met=_known(told["seeds"], FEW, met=worst["mean"] > 0),
        ),
        _bar(
            "cost reduced beyond chance",
            "an hour costs less, and the paired interval excludes 0",
            f"{saved['mean']:.2f} saved{_between(saved)}",
            met=None if certain is None else _known(told["seeds"], FEW, met=certain),
        ),
        *_premiums(told),
    ]


def _premiums(told: Json) -> list[Json]:
    """Return the bars on worlds in which an overlay can only cost."""
    most, most_es95 = told["premium_declared"], told["premium_es95_declared"]
    found = []
    for name, null in told["null_worlds"].items():
        met, said = None, "not lived through"
        if null["seeds"]:
            within = null["loss_mean"] <= most and null["loss_es95"] <= most_es95
            met = _known(null["seeds"], FEW_NULL, met=within)
            said = f"{null['loss_mean']:.2f}, worst twentieth {null['loss_es95']:.2f}"
        bar = f"{name}: it loses at most {most:.2f} USDC, {most_es95:.2f} in the worst twentieth"
        found.append(_bar(f"premium in {name}", bar, said, met=met))
    return found


def _known(seeds: int, few: int, *, met: bool) -> bool | None:
    """Return whether a bar is met; None where too few seeds say that it is."""
    return None if met and seeds < few else met


def _bar(short: str, bar: str, found: str, *, met: bool | None) -> Json:
    return {"short": short, "bar": bar, "found": found, "met": met}


def _between(of: Json) -> str:
    return "" if of["low"] is None else f", {of['low']:.2f} to {of['high']:.2f}"


def verdict(told: Json) -> str:
    """Say in one sentence what the drill showed, and which bars it did not meet."""
    if not told["digest_equal"]:
        return "The books of node and centre differ: nothing here counts."
    within, arms = told["within_12_min"], told["arms"]
    return (
        f"In {within['share']:.0%} of {told['seeds']} popups the net exposure was back within its"
        f" bounds in 12 minutes with no cap passed; an hour cost {_money(told)} and the worst"
        f" twentieth {arms[OURS]['shortfall_es95']:.0f} instead of"
        f" {arms[ALONE]['shortfall_es95']:.0f} USDC; {_measure(told)}{_missed(told['bars'])}."
    )


def _money(told: Json) -> str:
    saved = told["shortfall_saved"][OURS]
    way = "less" if saved["mean"] > 0 else "more"
    amount = f"{abs(saved['mean']):.2f} USDC {way} than without overlay"
    if saved["low"] is None:
        return f"{amount} (one seed: no interval)"
    if saved["low"] <= 0 <= saved["high"]:
        low, high = saved["low"], saved["high"]
        return f"{amount}, which may be chance ({low:.0f} to {high:.0f} saved),"
    return amount


def _measure(told: Json) -> str:
    """Say what it saved by its own measure: what it is made for, and no bar."""
    saved = told["total_saved"][OURS]
    if saved["share"] is None or saved["low"] is None:
        return ""
    way = "less" if saved["share"] > 0 else "more"
    doubt = ", which may be chance" if saved["low"] <= 0 <= saved["high"] else ""
    return f"cost + gamma x risk were {abs(saved['share']):.0%} {way}{doubt}; "


def _missed(found: Sequence[Json]) -> str:
    missed = [bar["short"] for bar in found if bar["met"] is False]
    if not missed:
        return "every bar that could be judged is met"
    return f"{len(missed)} of {len(found)} bars are not met: {', '.join(missed)}"
