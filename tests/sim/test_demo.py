"""The demo's summary against the fold: whatever venues take back, both count the same."""

import asyncio
import itertools
import json
import math
import socket
from dataclasses import replace

import pytest
from click.testing import CliRunner

from edgenode.cli import demo as screen
from edgenode.cli import demo_table
from edgenode.core.observations import OrderAsked, Reported
from edgenode.core.risk.pnl import pnl
from edgenode.model.facts import OrderGated
from edgenode.model.venue import BustReport, CorrectReport
from edgenode.sim.demo import summary, waiting, world
from edgenode.sim.demo.arms import Arm
from edgenode.sim.demo.customers import Counts
from edgenode.sim.demo.distortion import ArmRecord, distortion
from edgenode.sim.demo.figures import Figures, deals, figures
from edgenode.sim.demo.summary import CentreCopy, Told
from tests.core.orders.sent import fill, sent
from tests.core.world import SECOND, START, WETH, intent

MARK = 151_000
MINUTE = 60 * SECOND


class Struck:
    """A node whose venue reported three executions, and then the faults by name."""

    def __init__(self, *faults):
        self.world, self.order_id = sent()
        ask = intent("H2", account="desk:overlay", venue="a", lots=10, price=150_100)
        self.other_id = self.world.facts(OrderAsked(ask, "rule:overlay"))[0].order_id
        self.fills = [
            fill(self.order_id, f"x{n}", lots=20 + n, venue_time_ns=START) for n in range(3)
        ]
        for one in self.fills:
            self.say(one)
        self.world.now += 30 * SECOND
        for fault in faults:
            getattr(self, fault)()

    def say(self, event):
        self.world.observe(Reported(event))

    def bust(self):
        busted = BustReport(
            venue="a", venue_account="desk", scope="venue", exec_id="x0", version=0, detail="",
        )  # fmt: skip
        self.say(busted)

    def correct(self):
        right = replace(self.fills[1], exec_id="x1c", quantity_lots=20, fee_minor=90)
        self.say(CorrectReport(fill=right, refers_to="x1", version=1))

    def duplicate(self):
        self.say(self.fills[0])

    def other_content(self):
        self.say(replace(self.fills[2], quantity_lots=5))

    def unknown_order(self):
        self.say(replace(self.fills[2], exec_id="x9", order_id="NOBODYS", quantity_lots=3))

    def reused_id(self):
        self.say(replace(self.fills[2], order_id=self.other_id, quantity_lots=4))

    @property
    def facts(self):
        return [recorded.fact for recorded in self.world.recorded]

    def figures(self):
        found = deals(self.facts, [], "edge-07", lambda _: MARK)
        return figures(
            found, lambda _: MARK, lambda _: MARK, {}, from_ns=START, to_ns=START + 2 * MINUTE
        )


FAULTS = ("bust", "correct", "duplicate", "other_content", "unknown_order", "reused_id")


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_profit_exposure_and_counts_are_those_that_the_fold_books(count):
    for faults in itertools.permutations(FAULTS, count):
        struck = Struck(*faults)
        state, made = struck.world.state, struck.figures()
        held = state.positions.desk(None, WETH)
        assert math.isclose(made.final_abs, abs(held.lots) / 100), faults
        told = pnl(state, WETH, MARK).total_minor / 1e6
        assert math.isclose(made.trading_pnl, told, abs_tol=1e-6), faults
        if "unknown_order" not in faults:
            fees = sum(t.fees_minor for t in state.positions.totals.values()) / 1e6
            assert math.isclose(made.fees, fees, abs_tol=1e-9), faults
            assert made.overlay_lots == held.lots, faults


def test_the_summary_counts_what_the_ledger_holds():
    struck = Struck("bust", "correct", "duplicate", "other_content")
    assert summary._fills(struck.facts) == {
        "booked": 2, "duplicates": 0, "busts": 1, "corrections": 1, "disputes": 1,
    }  # fmt: skip
    assert summary._fills(Struck().facts) == {
        "booked": 3, "duplicates": 0, "busts": 0, "corrections": 0, "disputes": 0,
    }  # fmt: skip


def test_a_bust_leaves_the_books_when_it_is_learnt_not_before():
    struck = Struck("bust")
    (out,) = [d for d in deals(struck.facts, [], "edge-07", lambda _: MARK) if d.times < 0]
    assert (out.at_ns, out.traded_ns, out.lots) == (START + 30 * SECOND, START, -20)
    assert struck.figures().peak_abs == pytest.approx(0.63)


SAME = CentreCopy(9, "d")


def row(link="cut", *, cut, centre=SAME):
    told = Told([], Figures(), {"digest": "d", "size": 9}, {}, centre, verified=True)
    return summary._arm(Arm("recorded", overlay=True, link=link), told, cut=cut)


def shown(*rows, measures=()):
    return demo_table.table(
        {
            "speed": 60,
            "distortion": {"distorted": bool(measures), "measures": measures},
            "arms": rows,
            "orders": {"accepted": 0, "denied": 0, "unknown_now": 0},
            "fills": {"booked": 0, "busts": 0, "corrections": 0, "disputes": 0},
            "sync_lag_ms": {"p50": None, "p99": None, "samples": 0},
            "link": {"cut_at": None, "unsynced_peak": 0},
            "market_minutes": {"ran": 15, "recorded": 70},
            "core_price": "SYNTHETIC",
            "note": "",
            "data": "D",
        }
    )


def test_a_row_whose_link_was_not_cut_yet_says_so():
    assert not row(cut=False)["was_cut"]
    assert row(cut=True)["was_cut"]
    assert not row("up", cut=True)["was_cut"]
    table = shown(row(cut=False), row("up", cut=False))
    assert "not cut yet" in table.splitlines()[3]
    assert "not cut yet" not in table.splitlines()[4]
    assert "15 of 70 market minutes ran" in table
    assert "None" not in table


def test_a_run_that_ended_early_says_how_many_minutes_ran():
    assert screen.ran(world.ENDS) == "all 70 market minutes ran"
    assert screen.ran(world.BEGINS + 15 * MINUTE).startswith("15 of 70 market minutes")


def test_an_order_without_an_answer_is_counted():
    counts = Counts(sent=3, by_status={201: 2}, failed=1)
    assert summary._answers(counts) == {"201": 2, "unanswered": 1}


def test_books_are_equal_or_behind_or_differ():
    table = shown(row(cut=True)).splitlines()
    assert table[3].endswith("  equal")
    table = shown(row(cut=True, centre=CentreCopy(7, "c"))).splitlines()
    assert table[3].endswith("  BEHIND 2")
    table = shown(row(cut=True, centre=CentreCopy(9, "c"))).splitlines()
    assert table[3].endswith("  DIFFER")


def kept(*, facts=(), late_s=(), failed=0, p99_ms=None):
    counts = Counts(failed=failed, late_ns=[int(s * SECOND) for s in late_s])
    return ArmRecord(list(facts), counts, {"sync": {"lag_ms": {"p99": p99_ms}}})


def measured(name, arms, speed=60):
    found = distortion(arms, speed)
    (row,) = (row for row in found["measures"] if row["measure"] == name)
    others = [r["measure"] for r in found["measures"] if r["distorted"] and r is not row]
    assert found["distorted"] == bool(row["distorted"] or others)
    assert not others
    return row["worst"], row["distorted"], row["node_id"]


UP, CUT = (Arm("recorded", overlay=True, link=link) for link in ("up", "cut"))


def test_a_run_that_kept_up_is_not_distorted():
    quiet = kept(late_s=[0.5] * 100, p99_ms=400)
    found = distortion({UP: quiet, CUT: quiet}, 60)
    assert not found["distorted"]
    assert "DISTORTED" not in shown(row(cut=True))


def test_one_late_order_in_a_hundred_is_none():
    late = [0.1] * 98 + [20, 20]
    assert measured("customers_late", {UP: kept(late_s=[1.0] * 99 + [500])}) == (
        500,
        True,
        "recorded-on-up",
    )
    assert measured("customers_late", {UP: kept(late_s=late)}) == (20, True, "recorded-on-up")
    assert measured("customers_late", {UP: kept(late_s=[15] * 9)}) == (15, False, "recorded-on-up")


def test_cosignatures_count_by_market_time_and_where_the_link_stays_up():
    """After a cut the centre catches up, on a quiet machine too."""
    arms = {UP: kept(p99_ms=500), CUT: kept(p99_ms=9_000)}
    assert measured("cosigned_late", arms) == (30.0, False, "recorded-on-up")
    arms[UP] = kept(p99_ms=501)
    assert measured("cosigned_late", arms) == (30.1, True, "recorded-on-up")
    assert measured("cosigned_late", arms, speed=20) == (10.0, False, "recorded-on-up")


def test_an_order_without_an_answer_or_denied_for_want_of_a_price_distorts_a_run():
    assert measured("unanswered", {UP: kept(), CUT: kept(failed=1)}) == (
        1,
        True,
        "recorded-on-cut",
    )
    struck = Struck()
    (denied,) = struck.world.facts(OrderAsked(intent("H9", lots=10**9), "token"))
    arms = {UP: kept(), CUT: kept(facts=[denied])}
    assert measured("denied_stale", arms)[1] is False, "denied for what it asks"
    reasons = (replace(denied.reasons[0], code="EN105"), *denied.reasons)
    arms[CUT] = kept(facts=[replace(denied, reasons=reasons)])
    assert measured("denied_stale", arms) == (1, True, "recorded-on-cut")


def test_prices_that_hedges_saw_are_measured_by_their_age():
    facts = Struck().facts
    assert measured("prices_old", {UP: kept(facts=facts)})[1] is False
    old = [
        replace(f, saw=replace(f.saw, age_ms=5_001)) if isinstance(f, OrderGated) else f
        for f in facts
    ]
    assert measured("prices_old", {UP: kept(facts=old)}) == (5.0, True, "recorded-on-up")


def test_a_distorted_run_says_so_before_and_behind_its_table():
    found = distortion({UP: kept(p99_ms=2_000)}, 60)
    lines = shown(row(cut=True), measures=found["measures"]).splitlines()
    assert lines[1].startswith("DISTORTED: this machine did not keep up")
    assert lines[2] == (
        "  core hedged an exposure of the slice before: 120 market s in recorded-on-up,"
        " limit 30 (cosigned_late)"
    )
    assert lines[3].endswith("--speed 20")
    assert lines[-1] == lines[1]


async def test_a_long_wait_is_told_again_and_again_and_a_short_one_not(monkeypatch):
    heard, enough = [], asyncio.Event()

    class Teller:
        def waits(self, what, names):
            heard.append((what, names))
            if len(heard) == 3:
                enough.set()

    with waiting.told(Teller(), "starts", lambda: ["centre"]):
        pass
    monkeypatch.setattr(waiting, "TOLD_S", 0.001)
    with waiting.told(Teller(), "starts", lambda: ["centre"]):
        await enough.wait()
    told = len(heard)
    await asyncio.sleep(0)
    assert heard == [("starts", ["centre"])] * told


def test_a_node_has_caught_up_when_all_is_cosigned_that_it_held_at_first():
    def status(size, acked, online=True):
        sync = {"online": online, "acked_size": acked}
        return {"node_id": "edge-07", "ledger": {"size": size}, "sync": sync}

    holds = waiting.caught_up()
    assert not holds(status(100, 99))
    assert not holds(status(120, 100, online=False))
    assert holds(status(120, 100))
    assert not holds({**status(120, 100), "node_id": "edge-08"}), "each by its own"


def test_the_table_explains_its_columns_and_says_what_is_kept_and_what_removes_it():
    table = shown(row(cut=True))
    for word in ("ES95: the mean loss", "stale: what fills", "selection: what the price"):
        assert word in table
    assert "kept in D; rm -r D removes them" in table
    assert demo_table.kept(None) == "nothing is kept; --keep keeps ledgers and logs"


def test_a_port_that_is_taken_is_refused_before_anything_starts(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        args = ["--port", port, "--data", str(tmp_path / "none"), "--json"]
        done = CliRunner().invoke(screen.demo, args)
    (error,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.exit_code, error["code"]) == (2, "EN008")
    assert f"127.0.0.1:{port}" in error["found"]
    assert not (tmp_path / "none").exists()
