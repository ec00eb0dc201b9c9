"""Judges of a journey, from what is on disk and what the venues believe; no code in common."""

import base64
import hashlib
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import msgpack

from tests.patience import PATIENCE_S

Json = dict[str, Any]


def run(command: str, *args: str) -> tuple[int, Json]:
    """Run a command of ours with --json; gives (exit code, last line)."""
    entry = f"from edgenode.__main__ import {command}; {command}()"
    argv = [sys.executable, "-c", entry, *args, "--json"]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    lines = done.stdout.strip().splitlines()
    assert lines, f"{command} {args}: nothing on stdout; stderr: {done.stderr[-2000:]}"
    return done.returncode, json.loads(lines[-1])


def export(data: Path) -> list[Json]:
    """Export a ledger with the real command; every leaf is recomputed here."""
    entry = "from edgenode.__main__ import main; main()"
    argv = [sys.executable, "-c", entry, "ledger", "export", "--data", str(data)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=PATIENCE_S, check=True)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert "checkpoint" in rows[-1]
    for row in rows[:-1]:
        assert hashlib.sha256(b"\0" + base64.b64decode(row["bytes"])).hexdigest() == row["leaf"]
        row["body"] = msgpack.unpackb(msgpack.unpackb(base64.b64decode(row["bytes"]))[10])
    return rows[:-1]


def of(rows: list[Json], kind: str) -> list[Json]:
    return [row["body"] for row in rows if row["kind"] == kind]


def booked(row: Json, held: dict[str, Json]) -> list[tuple[int, Json]]:
    """Return what an entry puts into the books (+1) or takes out (-1); `held` is by exec id.

    Good for evidence that comes after its execution, as these venues tell it.
    """
    body = row["body"]
    match row["kind"]:
        case "FillRecorded":
            held[body["exec_id"]] = body
            return [(1, body)]
        case "FillBusted":
            return [(-1, held.pop(body["refers_to"]["exec_id"]))]
        case "FillCorrected":
            out = held.pop(body["refers_to"]["exec_id"])
            held[body["fill"]["exec_id"]] = body["fill"]
            return [(-1, out), (1, body["fill"])]
        case _:
            return []


def assert_fills_are_the_venues(rows: list[Json], venue: str, truth: Json) -> None:
    """Each execution that the venue believes in is booked exactly once, and nothing else."""
    held: dict[str, Json] = {}
    for row in rows:
        booked(row, held)
    ours = Counter(
        (f["exec_id"], f["order_id"], f["quantity_lots"], f["price_ticks"], f["fee_minor"])
        for f in held.values()
        if f["venue"] == venue
    )
    believed = Counter(
        (f["exec_id"], f["client_id"], f["lots"], f["price_ticks"], f["fee_minor"])
        for f in truth["fills"]
        if not f.get("busted") and not f.get("corrected")
    )
    assert ours == believed


def assert_nothing_sent_twice(rows: list[Json], venue: str, truth: Json) -> None:
    """The venue heard each order at most once, and only orders that were durably sent before."""
    submits = Counter(r["client_id"] for r in truth["requests"] if r["verb"] == "submit")
    assert max(submits.values(), default=0) <= 1
    gated = {g["order_id"] for g in of(rows, "OrderGated") if g["venue"] == venue}
    sent = {s["order_id"] for s in of(rows, "OrderSent")}
    assert set(submits) <= gated & sent


def assert_acts_kept_the_bound(  # noqa: C901, PLR0912  one branch per kind
    rows: list[Json], *, band: int, one_slice: int
) -> None:
    """No overlay order's worst case brought |mandate + overlay| above the one bound.

    `band` is policy's, until a programme says its own.
    """
    book = overlay = mandate = 0
    open_overlay: dict[str, tuple[int, int]] = {}  # order -> (sign, remaining)
    executions: dict[str, Json] = {}
    for row in rows:
        body = row["body"]
        match row["kind"]:
            case "Adopted":
                inner = msgpack.unpackb(body["bytes"])
                if body["applied"] and inner[6] == "Mandate":
                    mandate = msgpack.unpackb(inner[10])["quantity_lots"]
            case "FillRecorded" | "FillBusted" | "FillCorrected":
                for times, fill in booked(row, executions):
                    lots = times * fill["quantity_lots"]
                    if fill["account"] == "desk:book":
                        book += lots * (1 if fill["side"] == "buy" else -1)
                    elif fill["account"] == "desk:overlay":
                        overlay += lots * (1 if fill["side"] == "buy" else -1)
                    if fill["order_id"] in open_overlay:
                        sign, left = open_overlay[fill["order_id"]]
                        open_overlay[fill["order_id"]] = (sign, left - lots)
            case "HedgeProgramme":
                band = body["band_lots"]
            case "OrderDone":
                open_overlay.pop(body["order_id"], None)
            case "OrderGated" if body["account"] == "desk:overlay":
                before = max(abs(end) for end in _ends(mandate + overlay, open_overlay))
                sign = 1 if body["side"] == "buy" else -1
                open_overlay[body["order_id"]] = (sign, body["quantity_lots"])
                after = max(abs(end) for end in _ends(mandate + overlay, open_overlay))
                allowed = max(before, abs(book) + band + one_slice)
                # desk:book's own standing quotes widen |E| further; leaving them out is stricter.
                assert after <= allowed, f"entry {row['seq']}: {after} lots above {allowed}"


def _ends(held: int, open_orders: dict[str, tuple[int, int]]) -> tuple[int, int]:
    low = held + sum(sign * left for sign, left in open_orders.values() if sign < 0)
    high = held + sum(sign * left for sign, left in open_orders.values() if sign > 0)
    return low, high
