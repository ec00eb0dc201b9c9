"""The demo's summary, read from disk after every process has ended.

Every count can be had again from `ledger export` and the venues' truth (DATA/truth.json); how long
entries waited for the link, and how customers were answered, is what was seen while it ran.
"""

import asyncio
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from edgenode.adapters.clock import WallClock
from edgenode.adapters.ledger import store as ledger_store
from edgenode.central import folder as central_folder
from edgenode.core.state.digest import digest
from edgenode.daemon import offline, stopped
from edgenode.daemon.folder import folder
from edgenode.model.errors import EdgenodeError
from edgenode.model.facts import (
    CoreFillRecorded,
    Fact,
    OrderDenied,
    OrderDone,
    OrderGated,
    OrderUnknown,
)
from edgenode.model.ids import is_customer
from edgenode.model.instants import instant
from edgenode.model.money import format_decimal
from edgenode.sim.demo import world
from edgenode.sim.demo.arms import Arm
from edgenode.sim.demo.booked import booked
from edgenode.sim.demo.conductor import RunRecord
from edgenode.sim.demo.customers import Counts
from edgenode.sim.demo.distortion import ArmRecord, distortion
from edgenode.sim.demo.figures import Figures, deals, figures
from edgenode.sim.demo.world import Places
from edgenode.sim.recorded import MINUTE_NS
from edgenode.wire import facts as wire_facts

Json = dict[str, Any]
LOT_DECIMALS = 2
NOTE = "one path, not evidence"
SHOWN_FIELDS = (
    *("hedge_cost", "fees", "stale_gain", "intraminute_selection", "trading_pnl"),
    *("es95_minute_loss", "rms_exposure", "peak_abs", "final_abs", "over_hedge_max"),
)


class CentreCopy(NamedTuple):
    """The centre's copy of a node's ledger: how many entries, and what they fold to."""

    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Told:
    """What one arm's ledger says, and how it compares with the centre's copy."""

    facts: list[Fact]
    figures: Figures
    digest: Json
    status: Json  # as `status` tells it of the folder
    centre: CentreCopy
    verified: bool

    @property
    def equal(self) -> bool:
        """Return whether node and centre folded the same state."""
        return str(self.digest["digest"]) == self.centre.digest


def collect(places: Places, seen: RunRecord) -> dict[Arm, Told]:
    """Read every arm from disk."""
    truth = json.loads((places.data / "truth.json").read_text(encoding="utf-8"))
    core = [
        fact
        for fact in _facts(places.centre / "desk.sqlite")
        if isinstance(fact, CoreFillRecorded)
    ]
    centre = asyncio.run(_centre_copies(places))
    return {
        arm: _told(places, arm, truth, core, seen.ended_ns, centre[arm.node_id])
        for arm in places.arms
    }


def summary(places: Places, seen: RunRecord, told: dict[Arm, Told]) -> Json:
    """Return the summary; its top-level counts are those of the arm that the page shows."""
    shown = told[places.shown]
    own = shown.digest
    sync = seen.statuses[places.shown.node_id]["sync"]
    return {
        "message_type": "summary",
        "schema": "edgenode.demo/1",
        "data": str(places.data),
        "seed": places.seed,
        "speed": places.speed,
        "market_from": instant(world.BEGINS),
        "market_to": instant(seen.ended_ns),
        "market_minutes": {
            "ran": (seen.ended_ns - world.BEGINS) // MINUTE_NS,
            "recorded": (world.ENDS - world.BEGINS) // MINUTE_NS,
        },
        "link": {
            "cut_at": instant(seen.cut_ns) if seen.cut_ns else None,
            "restored_at": instant(seen.restored_ns) if seen.restored_ns else None,
            "unsynced_peak": sync["unsynced_peak"],
        },
        "orders": _orders(shown.facts),
        "fills": _fills(shown.facts),
        "arms": [_arm(arm, one, cut=seen.cut_ns is not None) for arm, one in told.items()],
        "spend": _spend(shown.status),
        "sync_lag_ms": sync["lag_ms"],
        "ledger": {
            "size": own["size"],
            "root": own["root"],
            "verified": all(one.verified for one in told.values()),
        },
        "digest": {
            "node": own["digest"],
            "centre": shown.centre.digest,
            "equal": all(one.equal for one in told.values()),
        },
        "venues": [
            {"venue": "a", "derivation": "recorded"},
            {"venue": "b", "derivation": "a, 20 to 40 s late with noise, a quarter of the depth"},
        ],
        "core_price": "SYNTHETIC",
        "customers": {name: _answers(c) for name, c in sorted(seen.counts.items())},
        "exits": seen.exits,
        "distortion": distortion(_kept(seen, told), places.speed),
        "note": NOTE,
    }


def _kept(seen: RunRecord, told: dict[Arm, Told]) -> dict[Arm, ArmRecord]:
    return {
        arm: ArmRecord(one.facts, seen.counts[arm.node_id], seen.statuses[arm.node_id])
        for arm, one in told.items()
    }


def exit_code(told: dict[Arm, Told]) -> int:
    """Return 13 where a ledger does not verify, 4 where digests differ, 0 otherwise."""
    if not all(one.verified for one in told.values()):
        return 13
    return 0 if all(one.equal for one in told.values()) else 4


async def _centre_copies(places: Places) -> dict[str, CentreCopy]:
    """Fold every node's ledger at the centre from what it stored, in this process."""
    wall = WallClock()
    async with central_folder.opened(places.centre, wall, wall) as opened:
        await opened.projector.caught_up()
        return {
            node: CentreCopy(state.size, digest(state).digest.hex())
            for node, state in opened.centre.book.states.items()
        }


def _told(
    places: Places,
    arm: Arm,
    truth: Json,
    core: list[CoreFillRecorded],
    ended_ns: int,
    centre: CentreCopy,
) -> Told:
    data = places.node(arm)
    facts = _facts(data / "ledger.sqlite")
    day = world.recorded(arm)
    late = truth[arm.venue("b")]["fills"]
    made = figures(
        deals(facts, core, arm.node_id, day.mid_ticks),
        day.mid_ticks,
        day.close_ticks,
        {fill["exec_id"]: fill["present_ticks"] for fill in late},
        from_ns=world.BEGINS,
        to_ns=ended_ns,
    )
    try:
        verified = bool(offline.verify(data)["ok"])
    except EdgenodeError:
        verified = False
    own = offline.digest_of(data, None)
    return Told(facts, made, own, stopped.status_of(data), centre, verified)


def _facts(path: Path) -> list[Fact]:
    with ledger_store.reading(path) as files:
        entries = folder.entries(files.read)
        return [wire_facts.decode(e.kind, e.body) for e in entries]


def _answers(counts: Counts) -> Json:
    """Count a node's answers by HTTP status, and the orders that got none."""
    unanswered = {"unanswered": counts.failed} if counts.failed else {}
    return {str(status): n for status, n in counts.by_status.items()} | unanswered


def _orders(facts: list[Fact]) -> Json:
    denied = [f for f in facts if isinstance(f, OrderDenied)]
    codes = Counter(reason.code for f in denied for reason in f.reasons)
    unknown: set[str] = set()
    for fact in facts:
        if isinstance(fact, OrderUnknown):
            unknown.add(fact.order_id)
        elif isinstance(fact, OrderDone):
            unknown.discard(fact.order_id)
    return {
        "accepted": sum(isinstance(f, OrderGated) for f in facts),
        "denied": len(denied),
        "denied_by": dict(sorted(codes.items())),
        "unknown_now": len(unknown),
    }


def _fills(facts: list[Fact]) -> Json:
    """Count executions: `booked` are in the books at the end, each once; the rest is evidence."""
    found = booked(facts)
    return {
        "booked": found.standing,
        "duplicates": found.duplicates,
        "busts": found.busts,
        "corrections": found.corrections,
        "disputes": found.disputes,
    }


def _arm(arm: Arm, told: Told, *, cut: bool) -> Json:
    """Return an arm's row; `link` names the arm, `was_cut` tells whether the run came that far."""
    row: Json = {
        "flow": arm.flow,
        "overlay": arm.overlay,
        "link": arm.link,
        "was_cut": cut and arm.link == "cut",
        "node_id": arm.node_id,
    }
    row |= {name: _shown(getattr(told.figures, name)) for name in SHOWN_FIELDS}
    row |= {
        "overlay_lots": told.figures.overlay_lots,
        "core_lots": told.figures.core_lots,
        "unfilled_quantity": format_decimal(_unfilled_lots(told.facts), LOT_DECIMALS),
        "digest_equal": told.equal,
        "entries": {"node": told.digest["size"], "centre": told.centre.size},
    }
    return row


def _unfilled_lots(facts: list[Fact]) -> int:
    """Count what customers asked for and did not get."""
    asked = {
        fact.order_id: fact.quantity_lots
        for fact in facts
        if isinstance(fact, OrderGated) and is_customer(fact.account)
    }
    ended = [f for f in facts if isinstance(f, OrderDone) and f.order_id in asked]
    return sum(asked[done.order_id] - done.filled_lots for done in ended)


def _shown(value: float) -> str:
    return f"{round(value, 2) + 0.0:.2f}"  # + 0.0: no negative zero


def _spend(status: Json) -> Json:
    event = next(iter(status["events"]), None)
    for row in status["events"]:
        if row["event_id"] != "none":
            event = row
    cost = next((row for row in status["wallet"] if row["kind"] == "cost"), None)
    return {
        "spent": event["spent"] if event else "0.00",
        "event_cap": event["cap"] if event else None,
        "grant": cost["granted"] if cost else None,
        "currency": "USDC",
    }
