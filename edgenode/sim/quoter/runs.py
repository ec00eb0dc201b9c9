"""The quoter's arms played and told: a row an arm, and what pricing the risk was worth."""

import math
from collections.abc import Callable
from typing import Any

from edgenode.model.instants import instant
from edgenode.sim.arms import pool
from edgenode.sim.arms.played import play
from edgenode.sim.arms.replay import ReplayArm, Window
from edgenode.sim.arms.setting import Setting
from edgenode.sim.quoter.arms import LIMIT_MEAN_PPM, settings
from edgenode.sim.quoter.earned import Earned, earned

Json = dict[str, Any]
Made = tuple[Earned, bool]
WORDS = (
    ("earned", "of customers: quantity x distance from A's mid at the execution, USDC"),
    ("selection", "what their executions made within a minute, by A's mid, USDC"),
    ("cost", "of the overlay, USDC"),
    ("utility", "earned - cost - gamma x risk, USDC"),
)


def made(setting: Setting) -> Made:
    """Play and judge one arm; also whether node and centre folded the same."""
    played = play(setting)
    return earned(played), played.equal


def run(
    of: Window, gamma: float, jobs: int, tell: Callable[[int, int, str], None]
) -> dict[ReplayArm, Made]:
    """Play every arm; `tell` hears of each as it is done."""
    arms = list(settings(of, gamma))
    found: dict[ReplayArm, Made] = {}
    for index, each in pool.each(made, [setting for _, setting in arms], jobs):
        found[arms[index][0]] = each
        tell(len(found), len(arms), arms[index][0].name)
    return {arm: found[arm] for arm, _ in arms}


def summary(of: Window, gamma: float, found: dict[ReplayArm, Made]) -> Json:
    """Return the summary: the verdict first, then a row an arm."""
    rows = [_row(arm, gamma, each) for arm, each in found.items()]
    return {
        "message_type": "summary",
        "schema": "edgenode.drill.quoter/1",
        "verdict": _verdict(rows),
        "market_from": instant(of.from_ns),
        "market_to": instant(of.to_ns),
        "gamma": gamma,
        "limit_mean_ppm": LIMIT_MEAN_PPM,
        "arms": rows,
        "digest_equal": all(equal for _, equal in found.values()),
        "note": "one hour, not evidence: how many customers mind a price is assumed",
    }


def _row(arm: ReplayArm, gamma: float, of: Made) -> Json:
    found, equal = of
    hedged = found.hedged
    return {
        "policy": arm.policy,
        "flow": arm.flow,
        "link": arm.link,
        "gamma": gamma,
        "earned": round(found.earned, 4),
        "selection": round(found.selection, 4),
        "cost": round(hedged.cost, 4),
        "risk": round(hedged.risk, 2),
        "utility": round(found.utility(gamma), 4),
        "executions": found.executions,
        "quantity": round(found.quantity, 2),
        "orders": hedged.orders,
        "hedged_quantity": round(hedged.hedged_quantity, 2),
        "rms_net": round(hedged.rms_net, 4),
        "trading_pnl": round(hedged.trading_pnl, 4),
        "digest_equal": equal,
    }


def _verdict(rows: list[Json]) -> str:
    """Say in one sentence what pricing the risk was worth, both flows together."""
    if not all(row["digest_equal"] for row in rows):
        return "The books of node and centre differ: nothing here counts."
    return "; ".join(f"link {link}: {_worth(rows, link)}" for link in ("up", "cut")) + "."


def _worth(rows: list[Json], link: str) -> str:
    priced, skewed, fixed = (
        math.fsum(r["utility"] for r in rows if (r["policy"], r["link"]) == (policy, link)) / 2
        for policy in ("priced", "skewed", "fixed")
    )
    return (
        f"quotes that price their risk are worth {priced:.2f} USDC, skewed ones {skewed:.2f},"
        f" fixed ones {fixed:.2f}"
    )


def text(told: Json) -> str:
    """Return the summary for people: the verdict first, then a row an arm."""
    head = f"{'quotes':<7} {'flow':<9} {'link':<4} {'earned':>8} {'selection':>9} {'cost':>7}"
    head += f" {'utility':>8} {'traded':>7} {'hedged':>7} {'orders':>6} {'rms':>6}"
    lines = [told["verdict"], "", head]
    lines += [
        f"{row['policy']:<7} {row['flow']:<9} {row['link']:<4} {row['earned']:>8.2f}"
        f" {row['selection']:>9.2f} {row['cost']:>7.2f} {row['utility']:>8.2f}"
        f" {row['quantity']:>7.2f} {row['hedged_quantity']:>7.2f} {row['orders']:>6}"
        f" {row['rms_net']:>6.2f}"
        for row in told["arms"]
    ]
    return "\n".join([*lines, "", *(f"{name}: {means}" for name, means in WORDS)])
