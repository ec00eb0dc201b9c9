"""From what a trial saw to times: of each stage after a fill, in milliseconds.

customer's fill, counted from the moment when its order is sent to the control port
    durable      the answer came: it is sent only after the commit of order, fill and books
    hedge        the venue heard the order that hedges it
    pushed       the node's message with that entry went over the link
    cosigned     the centre's cosignature of that entry came back over the link
venue's fill, counted from the venue's own time of the execution
    pushed, cosigned    as above, of the entry that books it

A hedge belongs to the newest fill before it, if it was decided within NEAR_MS of it: later ones
follow from a price or a look, not from a fill.
"""

import math
from collections.abc import Sequence
from typing import Any

from edgenode.model.ids import DESK_OVERLAY, LOCAL_VENUE, is_customer
from edgenode.sim.latency.trial import Observed

Json = dict[str, Any]
Times = dict[str, list[float]]
CUSTOMER, VENUE = "customer_fill", "venue_fill"
STAGES = {
    CUSTOMER: ("durable", "hedge", "pushed", "cosigned"),
    VENUE: ("pushed", "cosigned"),
}
NEAR_MS = 50
HLC_BITS = 16  # of an entry's stamp below its milliseconds
MS = 1_000_000
QUANTILES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}


def times(seen: Observed) -> dict[str, Times]:
    """Return the times of each chain and stage, as many as were seen."""
    found: dict[str, Times] = {
        chain: {stage: [] for stage in stages} for chain, stages in STAGES.items()
    }
    for seq, name in _customers_fills(seen.rows).items():
        asked = seen.asked[name]
        one = found[CUSTOMER]
        one["durable"].append((asked.answered_ns - asked.sent_ns) / MS)
        _synced(one, seen, seq, asked.sent_ns)
    heard = _heard(seen)
    for order_id, name in _hedges(seen.rows).items():
        if order_id in heard:
            since = heard[order_id] - seen.asked[name].sent_ns
            found[CUSTOMER]["hedge"].append(since / MS)
    fills = (fill for truth in seen.venues.values() for fill in truth["fills"])
    executed = {fill["exec_id"]: fill["t_ns"] for fill in fills}
    for row in seen.rows:
        body = row["body"]
        if row["kind"] == "FillRecorded" and body["exec_id"] in executed:
            _synced(found[VENUE], seen, row["seq"], executed[body["exec_id"]])
    return found


def uncosigned(seen: Observed) -> int:
    """Return how many fills have no cosignature of the centre."""
    upto = max((size for _, size in seen.cosigned), default=0)
    return sum(row["kind"] == "FillRecorded" and row["seq"] > upto for row in seen.rows)


def quantiles(values: Sequence[float]) -> Json:
    """Return a stage's quantiles, each a time that was seen; None where there is none."""
    ordered = sorted(values)
    told: Json = {name: _at(ordered, share) for name, share in QUANTILES.items()}
    return {**told, "samples": len(ordered)}


def _at(ordered: Sequence[float], share: float) -> float | None:
    if not ordered:
        return None
    return round(ordered[max(0, math.ceil(share * len(ordered)) - 1)], 2)


def _synced(found: Times, seen: Observed, seq: int, since_ns: int) -> None:
    for stage, passed in (("pushed", seen.pushed), ("cosigned", seen.cosigned)):
        at_ns = next((at_ns for at_ns, upto in passed if upto >= seq), None)
        if at_ns is not None:
            found[stage].append((at_ns - since_ns) / MS)


def _customers_fills(rows: Sequence[Json]) -> dict[int, str]:
    """Return the first fill of each customer's order: its seq, and the order's name."""
    names = _names(rows)
    found: dict[str, int] = {}
    for row in rows:
        body = row["body"]
        if row["kind"] == "FillRecorded" and body["venue"] == LOCAL_VENUE:
            name = names.get(body["order_id"])
            if name is not None:
                found.setdefault(name, row["seq"])
    return {seq: name for name, seq in found.items()}


def _names(rows: Sequence[Json]) -> dict[str, str]:
    """Return customers' names of their orders, by ours."""
    return {
        row["body"]["order_id"]: row["body"]["client_order_id"]
        for row in rows
        if row["kind"] == "OrderGated" and is_customer(row["body"]["account"])
    }


def _hedges(rows: Sequence[Json]) -> dict[str, str]:
    """Return the overlay's orders that follow from a customer's fill: (our name, its name)."""
    fills = _customers_fills(rows)
    found: dict[str, str] = {}
    cause: tuple[int, str] | None = None
    for row in rows:
        if row["seq"] in fills:
            cause = _ms(row), fills[row["seq"]]
        body = row["body"]
        if row["kind"] == "OrderGated" and body["account"] == DESK_OVERLAY and cause is not None:
            at_ms, name = cause
            if _ms(row) - at_ms <= NEAR_MS and name not in found.values():
                found[body["order_id"]] = name
    return found


def _heard(seen: Observed) -> dict[str, int]:
    """Return when a venue first heard each order."""
    found: dict[str, int] = {}
    for truth in seen.venues.values():
        for asked in truth["requests"]:
            if asked["verb"] == "submit":
                found.setdefault(asked["client_id"], asked["t_ns"])
    return found


def _ms(row: Json) -> int:
    return int(row["hlc"]) >> HLC_BITS
