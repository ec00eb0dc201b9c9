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
from edgenode.sim.arms.replay import ARMS, FRONTIER, PPM, ReplayArm, Window, settings, window
from edgenode.sim.arms.replay_report import report
from edgenode.sim.arms.score import Score, foresight, score
from edgenode.sim.arms.setting import Setting

__all__ = ["ARMS", "FRONTIER", "report", "run", "summary", "text", "window"]

Json = dict[str, Any]
BOUND_TIMES = (1 / 9, 1 / 3, 1.0, 3.0, 9.0)  # gamma: where the bound is computed


@dataclass(frozen=True, slots=True)
class Result:
    """One arm's score, and what its ledgers came to.

    Core alone also tells what could have been done at best beside it, by gamma.
    """

    score: Score
    foresight: dict[float, Score]
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
    figures, sizes = setting.figures, (len(played.node.sealed), played.centre_size)
    best = {}
    if not figures.overlay_enabled:
        gamma = figures.risk_aversion_ppm / PPM
        best = {times: foresight(played, gamma * times) for times in BOUND_TIMES}
    return Result(score(played), best, played.node_digest, played.centre_digest, sizes)


def run(
    of: Window,
    gamma: float,
    jobs: int,
    keep: Path | None,
    tell: Callable[[int, int, str], None],
    wanted: tuple[ReplayArm, ...] = ARMS,
) -> dict[ReplayArm, Result]:
    """Play every arm that is wanted; `tell` hears of each as it is done."""
    arms = list(settings(of, gamma, wanted))
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
    rows += [_foreseen(of, arm, gamma, made) for arm, made in found.items() if made.foresight]
    bound = [point for arm, made in found.items() for point in _bound(arm, gamma, made)]
    return {
        "message_type": "summary",
        "schema": "edgenode.drill.replay/1",
        "verdict": _verdict(rows),
        "market_from": instant(of.from_ns),
        "market_to": instant(of.to_ns),
        "gamma": gamma,
        "arms": rows,
        "bound": bound,
        "digest_equal": all(made.equal for made in found.values()),
        "core_price": "SYNTHETIC",
        "note": "one hour, not evidence: the recorded price does not answer our trades",
    }


def _row(of: Window, arm: ReplayArm, gamma: float, found: dict[ReplayArm, Result]) -> Json:
    made, core = found[arm], found[ReplayArm("core", arm.flow, arm.link)]
    return {
        **_scored(of, arm, gamma, made.score, core.score),
        "digest_equal": made.equal,
        "digest": made.node_digest,
        "entries": {"node": made.entries[0], "centre": made.entries[1]},
    }


def _foreseen(of: Window, core: ReplayArm, gamma: float, made: Result) -> Json:
    """Return the row of perfect foresight: computed, by nobody traded; it has no ledger."""
    arm = ReplayArm("foresight", core.flow, core.link)
    return _scored(of, arm, gamma, made.foresight[1.0], made.score)


def _bound(arm: ReplayArm, gamma: float, made: Result) -> list[Json]:
    """Return what nobody can do better, by gamma: the least cost for the risk that it leaves."""
    return [
        {
            "flow": arm.flow,
            "link": arm.link,
            "gamma": gamma * times,
            "cost": round(best.cost, 4),
            "rms_net": round(best.rms_net, 4),
        }
        for times, best in made.foresight.items()
    ]


def _scored(window: Window, arm: ReplayArm, gamma: float, of: Score, core: Score) -> Json:
    alone = gamma * core.risk
    return {
        "policy": arm.policy,
        "flow": arm.flow,
        "link": arm.link,
        "was_cut": arm.link == "cut" and window.cut[0] < window.to_ns,
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
        "net_by_minute": [round(net, 2) for net in of.net_by_minute],
    }


def _verdict(rows: list[Json]) -> str:
    """Say in one sentence what the overlay was worth, both flows together."""
    if not all(row.get("digest_equal", True) for row in rows):
        return "The books of node and centre differ: nothing here counts."
    return "; ".join(f"link {link}: {_worth(rows, link)}" for link in ("up", "cut")) + "."


def _worth(rows: list[Json], link: str) -> str:
    ours = _of(rows, "ours", link)
    if link == "cut" and not any(row["was_cut"] for row in ours):
        return "the window ends before the cut"
    alone, total, least = (_total(_of(rows, p, link)) for p in ("core", "ours", "foresight"))
    if not alone:
        return "nothing to hedge"
    cost = math.fsum(row["cost"] for row in ours) / len(ours)
    worth = "less" if total < alone else "more"
    told = f"cost and risk together {abs(1 - total / alone):.0%} {worth} than with core alone"
    return f"{told}, at {cost:.2f} USDC; {total / least:.1f} times what perfect foresight leaves"


def _of(rows: list[Json], policy: str, link: str) -> list[Json]:
    return [row for row in rows if (row["policy"], row["link"]) == (policy, link)]


def _total(rows: list[Json]) -> float:
    return math.fsum(row["cost"] + row["gamma"] * row["risk"] for row in rows)


def text(told: Json) -> str:
    """Return the summary for people: the verdict first, then a row an arm."""
    head = f"{'policy':<11} {'flow':<9} {'link':<5} {'cost':>9} {'risk':>11} {'total/core':>10}"
    head += f" {'rms':>6} {'peak':>6} {'ES95':>8} {'orders':>6} {'hedged':>8} {'bp':>6}"
    lines = [told["verdict"], "", head]
    for row in told["arms"]:
        share = "-" if row["total_over_core"] is None else f"{row['total_over_core']:.3f}"
        lines.append(
            f"{row['policy']:<11} {row['flow']:<9} {row['link']:<5} {row['cost']:>9.2f}"
            f" {row['risk']:>11.0f} {share:>10} {row['rms_net']:>6.2f} {row['peak_net']:>6.2f}"
            f" {row['es95_minute_loss']:>8.2f} {row['orders']:>6} {row['hedged_quantity']:>8.2f}"
            f" {row['cost_bp']:>6.2f}"
        )
    lines += [
        "",
        "cost, ES95 in USDC; rms, peak, hedged in WETH; risk in USDC^2; bp: cost over hedged.",
        "total/core: (cost + gamma x risk) / (gamma x risk of core alone); below 1: worth it.",
        "foresight: what nobody can do better, computed when all is known; no impact of its own.",
    ]
    return "\n".join(lines)
