"""A replay's arms played and told: a row an arm, and what the overlay was worth."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from edgenode.adapters import data_folder
from edgenode.model.instants import instant
from edgenode.sim.arms import kept, pool
from edgenode.sim.arms.played import play
from edgenode.sim.arms.replay import ReplayArm, Window, settings, window
from edgenode.sim.arms.score import Score, score
from edgenode.sim.arms.setting import Setting

__all__ = ["APART", "run", "summary", "text", "window"]

Json = dict[str, Any]
APART = 4  # exit code: the books of node and centre differ


@dataclass(frozen=True, slots=True)
class Result:
    """One arm's score, and what its ledgers came to."""

    score: Score
    node_digest: str
    centre_digest: str
    entries: tuple[int, int]  # at the node, at the centre

    @property
    def equal(self) -> bool:
        """Return whether node and centre folded the same state."""
        return self.node_digest == self.centre_digest


def result(keep: Path | None, setting: Setting) -> Result:
    """Play one arm, keep its ledgers where asked, and score it."""
    played = play(setting)
    if keep is not None:
        kept.keep(played, keep)
    sizes = len(played.node.sealed), played.centre_size
    return Result(score(played), played.node_digest, played.centre_digest, sizes)


def run(
    of: Window, gamma: float, jobs: int, keep: Path | None, tell: Callable[[int, int, str], None]
) -> dict[ReplayArm, Result]:
    """Play every arm of a replay; `tell` hears of each as it is done."""
    arms = list(settings(of, gamma))
    found: dict[ReplayArm, Result] = {}

    def play_all() -> None:
        work = partial(result, keep)
        for index, made in pool.each(work, [setting for _, setting in arms], jobs):
            found[arms[index][0]] = made
            tell(len(found), len(arms), arms[index][0].name)

    if keep is None:
        play_all()
    else:
        with data_folder.begun(keep):
            play_all()
    return {arm: found[arm] for arm, _ in arms}


def summary(of: Window, gamma: float, found: dict[ReplayArm, Result]) -> Json:
    """Return the summary: a row an arm, and the verdict first."""
    rows = [_row(of, arm, gamma, found) for arm in found]
    return {
        "message_type": "summary",
        "schema": "edgenode.drill.replay/1",
        "verdict": _verdict(rows),
        "market_from": instant(of.from_ns),
        "market_to": instant(of.to_ns),
        "gamma": gamma,
        "arms": rows,
        "digest_equal": all(made.equal for made in found.values()),
        "core_price": "SYNTHETIC",
        "note": "one hour, not evidence: the recorded price does not answer our trades",
    }


def _row(of_window: Window, arm: ReplayArm, gamma: float, found: dict[ReplayArm, Result]) -> Json:
    made = found[arm]
    core = found[ReplayArm("core", arm.flow, arm.link)].score
    alone = gamma * core.risk
    of = made.score
    return {
        "policy": arm.policy,
        "flow": arm.flow,
        "link": arm.link,
        "was_cut": arm.link == "cut" and of_window.cut[0] < of_window.to_ns,
        "gamma": gamma,
        "cost": round(of.cost, 4),
        "risk": round(of.risk, 2),
        "total_over_core": round(of.total(gamma) / alone, 4) if alone else None,
        "rms_net": round(of.rms_net, 4),
        "peak_net": round(of.peak_net, 2),
        "es95_minute_loss": round(of.es95_minute_loss, 4),
        "trading_pnl": round(of.trading_pnl, 4),
        "orders": of.orders,
        "hedged_quantity": round(of.hedged_quantity, 2),
        "cost_bp": round(of.cost_bp, 3),
        "digest_equal": made.equal,
        "digest": made.node_digest,
        "entries": {"node": made.entries[0], "centre": made.entries[1]},
    }


def _verdict(rows: list[Json]) -> str:
    """Say in one sentence what the overlay was worth, both flows together."""
    if not all(row["digest_equal"] for row in rows):
        return "The books of node and centre differ: nothing here counts."
    told = []
    for link in ("up", "cut"):
        ours = [r for r in rows if (r["policy"], r["link"]) == ("ours", link)]
        if link == "cut" and not any(row["was_cut"] for row in ours):
            told.append("link cut: the window ends before the cut")
            continue
        core = [r for r in rows if (r["policy"], r["link"]) == ("core", link)]
        gamma = ours[0]["gamma"]
        alone = math.fsum(gamma * row["risk"] for row in core)
        total = math.fsum(row["cost"] + gamma * row["risk"] for row in ours)
        if not alone:
            told.append(f"link {link}: nothing to hedge")
            continue
        cost = math.fsum(row["cost"] for row in ours) / len(ours)
        worth = "less" if total < alone else "more"
        told.append(
            f"link {link}: cost and risk together {abs(1 - total / alone):.0%} {worth} than with"
            f" core alone, at {cost:.2f} USDC"
        )
    return "; ".join(told) + "."


def text(told: Json) -> str:
    """Return the summary for people: the verdict first, then a row an arm."""
    head = f"{'policy':<7} {'flow':<9} {'link':<5} {'cost':>9} {'risk':>11} {'total/core':>10}"
    head += f" {'rms':>6} {'peak':>6} {'ES95':>8} {'orders':>6} {'hedged':>8} {'bp':>6}"
    lines = [told["verdict"], "", head]
    for row in told["arms"]:
        share = "-" if row["total_over_core"] is None else f"{row['total_over_core']:.3f}"
        lines.append(
            f"{row['policy']:<7} {row['flow']:<9} {row['link']:<5} {row['cost']:>9.2f}"
            f" {row['risk']:>11.0f} {share:>10} {row['rms_net']:>6.2f} {row['peak_net']:>6.2f}"
            f" {row['es95_minute_loss']:>8.2f} {row['orders']:>6} {row['hedged_quantity']:>8.2f}"
            f" {row['cost_bp']:>6.2f}"
        )
    lines += ["", "cost, ES95 in USDC; rms, peak, hedged in WETH; risk in USDC^2."]
    return "\n".join(lines)
