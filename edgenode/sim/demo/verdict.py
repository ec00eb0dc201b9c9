"""What the demo shows, in one sentence that follows its numbers."""

import math
from collections.abc import Iterable
from typing import Any

Json = dict[str, Any]
BOTH = ("recorded", "mirrored")  # price direction mostly cancels in their mean
LEAST_GAIN = 1.0  # USDC; below it a few lots hedged a second apart decide the sign
GAINS = (
    "The overlay earned money on both flows: hedging cannot, so something here is wrong; believe"
    " none of it."
)


def verdict(rows: list[Json], differing: list[Json]) -> str:
    """Return the sentence: books that differ first, then exposure and its price by link."""
    if differing:
        first = differing[0]
        what = "the live node" if first["live"] else "arm"
        others = f", and {len(differing) - 1} more" if len(differing) > 1 else ""
        return (
            f"The books differ: {what} {first['node_id']} and its centre, first in"
            f" {first['part']}{others}. Nothing below counts."
        )
    if gains_on_both_flows(rows):
        return GAINS
    told = [_change(rows, "up", "with the link up")]
    if any(row["was_cut"] for row in rows):
        told.append(_change(rows, "cut", "where it was cut"))
    return (
        f"The overlay {_joined(told)}; nothing was lost, and all books are equal to the centre's."
    )


def rms(rows: Iterable[Json], link: str, *, overlay: bool) -> float:
    """Return the typical (root mean square) exposure of both flows, in WETH."""
    found = [float(row["rms_exposure"]) for row in _of(rows, link, overlay=overlay)]
    return math.sqrt(math.fsum(one * one for one in found) / len(found))


def cost(rows: Iterable[Json], link: str, *, overlay: bool) -> float:
    """Return the mean cost of hedging of both flows, fees included, in USDC."""
    found = [float(row["hedge_cost"]) for row in _of(rows, link, overlay=overlay)]
    return math.fsum(found) / len(found)


def gains_on_both_flows(rows: Iterable[Json]) -> bool:
    """Return whether the overlay made money on the flow and on its mirror image, link up or cut.

    It pays to hedge, and prices that help it on one flow harm it on the other.
    """
    kept = list(rows)
    return any(all(gain >= LEAST_GAIN for gain in _gains(kept, link)) for link in ("up", "cut"))


def _gains(rows: list[Json], link: str) -> list[float]:
    on, off = (
        {row["flow"]: float(row["trading_pnl"]) for row in _of(rows, link, overlay=overlay)}
        for overlay in (True, False)
    )
    return [on[flow] - off[flow] for flow in BOTH]


def _of(rows: Iterable[Json], link: str, *, overlay: bool) -> list[Json]:
    return [
        row
        for row in rows
        if row["flow"] in BOTH and row["link"] == link and row["overlay"] is overlay
    ]


def _change(rows: list[Json], link: str, when: str) -> str:
    with_, without = (rms(rows, link, overlay=on) for on in (True, False))
    if not without:
        return f"had nothing to do {when}"
    share = 1 - with_ / without
    paid, else_paid = (cost(rows, link, overlay=on) for on in (True, False))
    return (
        f"{'cut' if share >= 0 else 'raised'} the exposure by {100 * abs(share):.0f} % {when},"
        f" for {paid:.0f} USDC of hedging instead of {else_paid:.0f}"
    )


def _joined(changes: list[str]) -> str:
    """Join what was said; the verb is said once if both have the same."""
    first, *others = changes
    verb = first.partition(" by ")[0]
    return ", and ".join([first, *(one.removeprefix(f"{verb} ") for one in others)])
