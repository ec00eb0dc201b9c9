"""Whether the machine kept up with market time; a run that it did not keep up with says so.

Market time does not wait for a starved process. Then orders, prices and cosignatures come late by
the market's clock, the arms no longer meet the same hour, and their figures do not compare. Each
measure is the worst of all arms; times are what 99 of 100 stay below, in market seconds:

    measure         of                           limit  because
    --------------  ---------------------------  -----  ---------------------------------------
    customers_late  customers' orders, from due     15  the next one of the minute is due then
                    to answered
    prices_old      prices that hedges saw           5  the overlay looks every 5 s
    cosigned_late   entries, in arms whose link     30  core trades every 30 s, on what was
                    stays up                            cosigned before
    denied_stale    customers' orders                0  its twin in another arm was accepted
    unanswered      customers' orders                0  nobody knows what became of it

The quotes' and venues' own steps are one market second; at speed 60 that is 17 ms of the machine.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from edgenode.model.facts import Fact, OrderDenied, OrderGated, Reason
from edgenode.model.ids import DESK_OVERLAY, is_customer
from edgenode.sim.demo.arms import Arm
from edgenode.sim.demo.customers import Counts
from edgenode.sim.demo.world import CORE_SLICE_S

Json = dict[str, Any]
SECOND_NS = 1_000_000_000
CUSTOMERS_GAP_S = 15
LOOK_S = 5  # of the overlay's policy
STALE_CODES = frozenset({"EN105", "EN115", "EN118"})  # no fresh price, and what follows from that


@dataclass(frozen=True, slots=True)
class ArmRecord:
    """What is known of one arm: its entries, its customers, its status at the end of the hour."""

    facts: Sequence[Fact]
    counts: Counts
    status: Json


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure: how it is taken of an arm, its limit, and what is wrong beyond it."""

    name: str
    unit: str
    limit: float
    beyond: str
    of: Callable[[Arm, ArmRecord, int], float]


def distortion(arms: Mapping[Arm, ArmRecord], speed: int) -> Json:
    """Return every measure with the arm that is worst, and whether any is beyond its limit."""
    rows = [_row(measure, arms, speed) for measure in MEASURES]
    return {"distorted": any(row["distorted"] for row in rows), "measures": rows}


def _row(measure: Measure, arms: Mapping[Arm, ArmRecord], speed: int) -> Json:
    found = {arm: measure.of(arm, kept, speed) for arm, kept in arms.items()}
    worst = max(found, key=lambda arm: found[arm])
    return {
        "measure": measure.name,
        "worst": round(found[worst], 1),
        "limit": measure.limit,
        "unit": measure.unit,
        "node_id": worst.node_id,
        "distorted": found[worst] > measure.limit,
        "text": measure.beyond,
    }


def _customers_late(_: Arm, kept: ArmRecord, __: int) -> float:
    return _p99(kept.counts.late_ns) / SECOND_NS


def _prices_old(_: Arm, kept: ArmRecord, __: int) -> float:
    hedges = (f for f in kept.facts if isinstance(f, OrderGated) and f.account == DESK_OVERLAY)
    return _p99(fact.saw.age_ms for fact in hedges if fact.saw.age_ms is not None) / 1_000


def _cosigned_late(arm: Arm, kept: ArmRecord, speed: int) -> float:
    wall_ms = kept.status["sync"]["lag_ms"]["p99"]
    if arm.link != "up" or wall_ms is None:  # after a cut the centre catches up on any machine
        return 0.0
    return float(wall_ms) * speed / 1_000


def _denied_stale(_: Arm, kept: ArmRecord, __: int) -> float:
    denied = (f for f in kept.facts if isinstance(f, OrderDenied) and is_customer(f.account))
    return sum(any(_is_stale(reason) for reason in fact.reasons) for fact in denied)


def _is_stale(reason: Reason) -> bool:
    """Return whether a denial follows from an old price, or from the restriction of one."""
    return reason.code in STALE_CODES or "stale" in reason.value


def _unanswered(_: Arm, kept: ArmRecord, __: int) -> float:
    return kept.counts.failed


def _p99(values: Iterable[int]) -> float:
    """Return the value that 99 of 100 do not exceed; 0 if there are none."""
    ordered = sorted(values)
    return ordered[len(ordered) * 99 // 100] if ordered else 0


S, ORDERS = "market s", "orders"
MEASURES = (
    Measure(
        "customers_late", S, CUSTOMERS_GAP_S, "customers traded when the next was due",
        _customers_late,
    ),
    Measure("prices_old", S, LOOK_S, "hedges saw prices of an earlier look", _prices_old),
    Measure(
        "cosigned_late", S, CORE_SLICE_S, "core hedged an exposure of the slice before",
        _cosigned_late,
    ),
    Measure("denied_stale", ORDERS, 0, "customers were denied for want of a price", _denied_stale),
    Measure("unanswered", ORDERS, 0, "customers got no answer", _unanswered),
)  # fmt: skip
