"""The demo's summary: the live nodes read from disk after they ended, and the arms' rows.

Every count of the live nodes can be had again from `ledger export` and the venues' truth
(DATA/truth.json), every row of an arm from its kept ledgers (DATA/arms); how long entries waited
for the link, and how customers were answered, is what was seen while it ran.
"""

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Mapping
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
from edgenode.model.instants import instant
from edgenode.sim.arms.booked import booked
from edgenode.sim.arms.figures import Figures, deals, figures
from edgenode.sim.arms.played import first_apart
from edgenode.sim.demo import virtual, world
from edgenode.sim.demo.arms import ARMS, SHOWN, Arm
from edgenode.sim.demo.conductor import RunRecord
from edgenode.sim.demo.customers import Counts
from edgenode.sim.demo.pacing import Slowed
from edgenode.sim.demo.verdict import gains_on_both_flows, verdict
from edgenode.sim.demo.world import Places
from edgenode.sim.recorded import MINUTE_NS
from edgenode.wire import facts as wire_facts

Json = dict[str, Any]
NOTE = "one path, not evidence; see drill replay"
EQUAL, APART, BROKEN = 0, 4, 13  # exit codes


class CentreCopy(NamedTuple):
    """The centre's copy of a node's ledger: how many entries, and what they fold to."""

    size: int
    digest: str
    parts: dict[str, str]


@dataclass(frozen=True, slots=True)
class LiveBook:
    """What a live node's ledger says, and how it compares with the centre's copy."""

    facts: list[Fact]
    figures: Figures
    digest: Json
    status: Json  # as `status` tells it of the folder
    centre: CentreCopy
    verified: bool

    @property
    def apart(self) -> str | None:
        """Return the first part in which node and centre differ."""
        return first_apart(self.digest["parts"], self.centre.parts)

    @property
    def equal(self) -> bool:
        """Return whether node and centre folded the same state."""
        return str(self.digest["digest"]) == self.centre.digest


def collect(places: Places, seen: RunRecord) -> dict[Arm, LiveBook]:
    """Read every live node from disk."""
    core = [
        fact
        for fact in _facts(places.centre / "desk.sqlite")
        if isinstance(fact, CoreFillRecorded)
    ]
    centre = asyncio.run(_centre_copies(places))
    return {
        arm: _book(places, arm, core, seen.ended_ns, centre[arm.node_id]) for arm in places.arms
    }


def summary(
    places: Places,
    seen: RunRecord,
    live: Mapping[Arm, LiveBook],
    arms: Mapping[Arm, virtual.Told],
) -> Json:
    """Return the summary; its counts are those of the live node with the overlay."""
    shown = live[SHOWN]
    own = shown.digest
    sync = seen.statuses[SHOWN.node_id]["sync"]
    rows = [arms[arm].row for arm in ARMS]
    return {
        "message_type": "summary",
        "schema": "edgenode.demo/1",
        "verdict": verdict(rows, differing(live, arms)),
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
        "arms": rows,
        "figures_sha256": figures_sha256(rows),
        "overlay_gains_on_both_flows": gains_on_both_flows(rows),
        "live": [_live(arm, book) for arm, book in live.items()],
        "slowed": _slowed(seen.slowed),
        "spend": _spend(shown.status),
        "sync_lag_ms": sync["lag_ms"],
        "ledger": {
            "size": own["size"],
            "root": own["root"],
            "verified": all(book.verified for book in live.values()),
        },
        "digest": {
            "node": own["digest"],
            "centre": shown.centre.digest,
            "equal": not differing(live, arms),
        },
        "differing": differing(live, arms),
        "venues": [
            {"venue": "a", "derivation": "recorded"},
            {"venue": "b", "derivation": "a, 20 to 40 s late with noise, a quarter of the depth"},
        ],
        "core_price": "SYNTHETIC",
        "customers": {name: _answers(c) for name, c in sorted(seen.counts.items())},
        "exits": seen.exits,
        "note": NOTE,
    }


def figures_sha256(rows: list[Json]) -> str:
    """Hash the arms' rows as canonical JSON: keys sorted, no spaces, ASCII; rows hold no float."""
    text = json.dumps(rows, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def differing(live: Mapping[Arm, LiveBook], arms: Mapping[Arm, virtual.Told]) -> list[Json]:
    """Name each book that its centre does not hold as it is, and the first part that differs."""
    found = [
        {"node_id": arm.node_id, "live": True, "part": book.apart}
        for arm, book in live.items()
        if not book.equal
    ]
    return found + [
        {"node_id": arm.node_id, "live": False, "part": arms[arm].apart}
        for arm in ARMS
        if not arms[arm].row["digest_equal"]
    ]


def exit_code(summary: Json) -> int:
    """Return 13 where a ledger does not verify, 4 where books differ, 0 otherwise."""
    if not summary["ledger"]["verified"]:
        return BROKEN
    return APART if summary["differing"] else EQUAL


async def _centre_copies(places: Places) -> dict[str, CentreCopy]:
    """Fold every node's ledger at the centre from what it stored, in this process."""
    wall = WallClock()
    async with central_folder.opened(places.centre, wall, wall) as opened:
        await opened.projector.caught_up()
        folded = {node: digest(state) for node, state in opened.centre.book.states.items()}
    return {
        node: CentreCopy(
            made.size, made.digest.hex(), {name: part.hex() for name, part in made.parts.items()}
        )
        for node, made in folded.items()
    }


def _book(
    places: Places, arm: Arm, core: list[CoreFillRecorded], ended_ns: int, centre: CentreCopy
) -> LiveBook:
    data = places.node(arm)
    facts = _facts(data / "ledger.sqlite")
    day = world.recorded(arm)
    made = figures(
        deals(facts, core, arm.node_id, day.mid_ticks),
        day.mid_ticks,
        day.close_ticks,
        {},
        from_ns=world.BEGINS,
        to_ns=ended_ns,
    )
    try:
        verified = bool(offline.verify(data)["ok"])
    except EdgenodeError:
        verified = False
    own = offline.digest_of(data, None)
    return LiveBook(facts, made, own, stopped.status_of(data), centre, verified)


def _live(arm: Arm, book: LiveBook) -> Json:
    """Return a live node's row; its figures are no part of the table, nor of its hash."""
    return {
        "node_id": arm.node_id,
        "overlay": arm.overlay,
        **{
            name: virtual.decimal(getattr(book.figures, name))
            for name in ("rms_exposure", "peak_abs", "final_abs")
        },
        "digest_equal": book.equal,
        "entries": {"node": book.digest["size"], "centre": book.centre.size},
    }


def _slowed(of: Slowed) -> Json:
    """Tell how long the hour took, and who was waited for, in wall seconds."""
    return {
        "ran_s": round(of.ran_s, 1),
        "stood_s": round(of.stood_s, 1),
        "waited_for": [
            {"name": name, "s": round(s, 1)}
            for name, s in sorted(of.by.items(), key=lambda found: -found[1])
        ],
    }


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
