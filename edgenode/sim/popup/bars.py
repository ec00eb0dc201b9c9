"""What a popup has to show, bar by bar, and the one sentence that says what it showed.

Each bar is met, not met, or not known: of too few seeds nothing is known.
"""

from collections.abc import Sequence
from typing import Any

Json = dict[str, Any]
Found = float | bool | list[float | None]
SEEDS = 500
WITHIN = 0.9
PREMIUM, PREMIUM_ES95 = 0.05, 0.20  # of the event's cost cap
OURS, ALONE = "ours-up", "none-up"


def bars(told: Json) -> list[Json]:
    """Return each bar with what was found."""
    arms, within = told["arms"], told["within_12_min"]
    saved, worst = told["shortfall_saved"][OURS], told["worst_saved"][OURS]
    return [
        _bar("the books of node and centre are equal", told["digest_equal"], told["digest_equal"]),
        _bar(f"at least {SEEDS} seeds of the base world", told["seeds"], told["seeds"] >= SEEDS),
        _bar(
            f"back within its bounds in 12 minutes, no cap passed: {WITHIN:.0%} of seeds",
            within["share"],
            within["share"] >= WITHIN,
        ),
        _bar("no cap is passed in any seed", arms[OURS]["breaches"], not arms[OURS]["breaches"]),
        _bar(
            "the worst twentieth of cost + loss is below that without overlay",
            worst["mean"],
            worst["mean"] > 0,
        ),
        _bar(
            "an hour costs less, and the paired interval excludes 0",
            [saved["low"], saved["high"]],
            None if saved["low"] is None else saved["low"] > 0,
        ),
        *_premiums(told),
    ]


def _premiums(told: Json) -> list[Json]:
    """Return the bars on worlds in which an overlay can only cost."""
    found = []
    for name, null in told["null_worlds"].items():
        lost = null.get("loss_mean"), null.get("loss_es95")
        met = None
        if None not in lost:
            met = lost[0] <= told["premium_declared"] and lost[1] <= told["premium_es95_declared"]
        found.append(_bar(f"{name}: the overlay loses no more than declared", list(lost), met))
    return found


def _bar(name: str, found: Found, met: bool | None) -> Json:  # noqa: FBT001  it is the verdict
    return {"bar": name, "found": found, "met": met}


def verdict(told: Json) -> str:
    """Say in one sentence what the drill showed, and which bars it did not meet."""
    if not told["digest_equal"]:
        return "The books of node and centre differ: nothing here counts."
    within, arms = told["within_12_min"], told["arms"]
    return (
        f"In {within['share']:.0%} of {told['seeds']} popups the net exposure was back within its"
        f" bounds in 12 minutes with no cap passed; an hour cost {_money(told)} and the worst"
        f" twentieth {arms[OURS]['shortfall_es95']:.0f} instead of"
        f" {arms[ALONE]['shortfall_es95']:.0f} USDC; {_missed(told['bars'])}."
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


def _missed(found: Sequence[Json]) -> str:
    missed = [bar["bar"] for bar in found if bar["met"] is False]
    if not missed:
        return "every bar that could be judged is met"
    return f"{len(missed)} of {len(found)} bars not met: {'; '.join(missed)}"
