"""One arm of the demo in virtual time: lived through, its ledgers kept, its figures from them."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from edgenode.model.facts import Fact, OrderDone, OrderGated
from edgenode.model.ids import is_customer
from edgenode.model.money import format_decimal
from edgenode.sim.arms import kept
from edgenode.sim.arms.figures import Figures, deals, figures
from edgenode.sim.arms.played import Played, play
from edgenode.sim.arms.setting import Named, Setting
from edgenode.sim.demo import world
from edgenode.sim.demo.arms import Arm

Json = dict[str, Any]
LOT_DECIMALS = 2
DECIMALS = 2  # of every figure that is a fraction
MINUTE_S = 60
SHOWN_FIELDS = (
    *("hedge_cost", "fees", "stale_gain", "intraminute_selection", "trading_pnl"),
    *("es95_minute_loss", "rms_exposure", "peak_abs", "final_abs", "over_hedge_max"),
)
ACCEPTED = 201


@dataclass(frozen=True, slots=True)
class Task:
    """What one arm is asked for."""

    arm: Arm
    until_ns: int
    spike: float
    seed: int
    folder: Path  # its ledgers go there


@dataclass(frozen=True, slots=True)
class Told:
    """One arm's row of the summary, and what the page draws of it."""

    row: Json
    net_by_minute: tuple[str, ...]  # net exposure in WETH, at each whole minute
    apart: str | None  # the first part in which the books of node and centre differ

    def as_json(self) -> Json:
        """Return it as it travels."""
        return asdict(self)


def told(task: Task) -> Told:
    """Live through one arm; the same at every call, under any load."""
    played = play(setting_of(task.arm, task.until_ns, spike=task.spike, seed=task.seed))
    kept.keep(played, task.folder)
    made = figures_of(played)
    shown = made.net_by_second[::MINUTE_S]
    return Told(row_of(task.arm, played, made), tuple(map(decimal, shown)), played.apart)


def setting_of(arm: Arm, until_ns: int, *, spike: float, seed: int) -> Setting:
    """Return what an arm lives through until a market time."""
    fomc = Named("FOMC decision", world.FOMC, world.ENDS)
    is_cut = arm.link == "cut" and until_ns > world.CUT
    return Setting(
        name=arm.node_id,
        day=world.recorded(arm),
        from_ns=world.BEGINS,
        to_ns=until_ns,
        figures=world.figures_of(arm),
        spike=spike,
        direction=arm.direction,
        cut=(world.CUT, world.RESTORED) if is_cut else None,
        event=None if arm.flow == "quiet" else fomc,
        seed=seed,
    )


def figures_of(played: Played) -> Figures:
    """Compute an arm's figures from its ledgers, and what its late venue recorded."""
    setting = played.setting
    day = setting.day
    late = {str(fill["exec_id"]): int(fill["present_ticks"]) for fill in played.truth["b"]}
    return figures(
        deals(played.facts(), played.core_fills(), setting.name, day.mid_ticks),
        day.mid_ticks,
        day.close_ticks,
        late,
        from_ns=setting.from_ns,
        to_ns=setting.to_ns,
    )


def row_of(arm: Arm, played: Played, made: Figures) -> Json:
    """Return an arm's row: decimals as text, counts, yes and no; no float.

    `link` names the arm, `was_cut` tells whether its window came that far.
    """
    facts, asked = played.facts(), sum(played.answers.values())
    return {
        "flow": arm.flow,
        "overlay": arm.overlay,
        "link": arm.link,
        "was_cut": played.setting.cut is not None,
        "node_id": arm.node_id,
        **{name: decimal(getattr(made, name)) for name in SHOWN_FIELDS},
        "overlay_lots": made.overlay_lots,
        "core_lots": made.core_lots,
        "customers_orders": {"asked": asked, "accepted": played.answers.get(ACCEPTED, 0)},
        "unfilled_quantity": format_decimal(unfilled_lots(facts), LOT_DECIMALS),
        "digest_equal": played.equal,
        "entries": {"node": len(played.node.sealed), "centre": played.centre_size},
    }


def unfilled_lots(facts: Iterable[Fact]) -> int:
    """Count what customers asked for and did not get."""
    asked: dict[str, int] = {}
    left = 0
    for fact in facts:
        if isinstance(fact, OrderGated) and is_customer(fact.account):
            asked[fact.order_id] = fact.quantity_lots
        elif isinstance(fact, OrderDone) and fact.order_id in asked:
            left += asked[fact.order_id] - fact.filled_lots
    return left


def decimal(value: float) -> str:
    """Return a figure as a decimal, never as a negative zero."""
    return f"{round(value, DECIMALS) + 0.0:.{DECIMALS}f}"
