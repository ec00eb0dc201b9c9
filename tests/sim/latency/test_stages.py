"""Times of each stage, from a small ledger by hand."""

import pytest

from edgenode.sim.latency.stages import CUSTOMER, VENUE, quantiles, times, uncosigned
from edgenode.sim.latency.trial import Asked, Observed

MS = 1_000_000


def entry(seq, kind, at_ms, **body):
    return {"seq": seq, "kind": kind, "hlc": str(at_ms << 16), "body": body}


def gated(seq, at_ms, order_id, account="desk:overlay"):
    return entry(
        seq,
        "OrderGated",
        at_ms,
        order_id=order_id,
        account=account,
        client_order_id=f"c-{order_id}",
    )


def fill(seq, at_ms, order_id, venue="local"):
    return entry(
        seq, "FillRecorded", at_ms, order_id=order_id, venue=venue, exec_id=f"e-{order_id}"
    )


ROWS = [
    gated(1, 100, "A", "customer:c1"), fill(2, 100, "A"), fill(3, 100, "A"), gated(4, 101, "H"),
    fill(5, 110, "H", "a"),
    gated(6, 5_000, "LATE"),
]  # fmt: skip


def seen(**more):
    truth = {
        "requests": [
            {"verb": "query", "client_id": "H", "t_ns": 1},
            {"verb": "submit", "client_id": "H", "t_ns": 1_009 * MS},
            {"verb": "submit", "client_id": "LATE", "t_ns": 6_000 * MS},
        ],
        "fills": [{"exec_id": "e-H", "t_ns": 1_012 * MS}],
    }
    whole = {
        "asked": {"c-A": Asked(1_000 * MS, 1_005 * MS, 201)}, "rows": ROWS,
        "pushed": [(1_003 * MS, 1), (1_006 * MS, 4), (1_020 * MS, 6)],
        "cosigned": [(1_004 * MS, 1), (1_008 * MS, 4), (1_030 * MS, 6)],
        "venues": {"a": truth},
    }  # fmt: skip
    return Observed(**{**whole, **more})


def test_each_stage_counts_from_the_order_and_from_the_first_message_that_has_the_entry():
    found = times(seen())
    assert found[CUSTOMER] == {"durable": [5], "hedge": [9], "pushed": [6], "cosigned": [8]}
    assert found[VENUE] == {"pushed": [8], "cosigned": [18]}


def test_a_hedge_long_after_the_fill_is_no_answer_to_it():
    rows = [row for row in ROWS if row["body"].get("order_id") != "H"]
    assert times(seen(rows=rows))[CUSTOMER]["hedge"] == []


@pytest.mark.parametrize(("upto", "missing"), [(6, 0), (5, 0), (4, 1), (2, 2), (0, 3)])
def test_fills_that_nobody_cosigned_are_counted(upto, missing):
    assert uncosigned(seen(cosigned=[(1, upto)])) == missing


def test_quantiles_are_times_that_were_seen():
    told = quantiles([float(n) for n in range(100, 0, -1)])
    assert told == {"p50": 50.0, "p95": 95.0, "p99": 99.0, "samples": 100}
    assert quantiles([7.0])["p99"] == 7.0
    assert quantiles([]) == {"p50": None, "p95": None, "p99": None, "samples": 0}
