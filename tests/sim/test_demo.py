"""The demo's summary against the fold: whatever venues take back, both count the same."""

import asyncio
import hashlib
import itertools
import json
import math
import socket
from dataclasses import replace

import pytest
from click.testing import CliRunner

from edgenode.cli import demo as command
from edgenode.cli import demo_screen, demo_table
from edgenode.core.observations import OrderAsked, Reported
from edgenode.core.risk.pnl import pnl
from edgenode.model.venue import BustReport, CorrectReport
from edgenode.sim.arms.figures import Figures, deals, figures
from edgenode.sim.demo import summary, waiting, world
from edgenode.sim.demo.arms import ARMS, LIVE
from edgenode.sim.demo.customers import Counts
from edgenode.sim.demo.show import until_of
from edgenode.sim.demo.summary import CentreCopy, LiveBook
from tests.core.orders.sent import fill, sent
from tests.core.world import SECOND, START, WETH, intent
from tests.sim.demo.rows import told_of

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


PARTS = {"orders": "aa", "wallet": "bb"}


def book(size=9, digest="d", parts=None):
    own = {"digest": "d", "size": 9, "parts": PARTS}
    centre = CentreCopy(size, digest, parts or PARTS)
    return LiveBook([], Figures(), own, {}, centre, verified=True)


def shown(arms, **changed):
    rows = [arms[arm].row for arm in ARMS]
    live = {arm: book() for arm in LIVE}
    return demo_table.table(
        {
            "verdict": summary.verdict(rows, summary.differing(live, arms)),
            "arms": rows,
            "figures_sha256": summary.figures_sha256(rows),
            "live": [summary._live(arm, one) for arm, one in live.items()],
            "slowed": {"ran_s": 70.4, "stood_s": 0.0, "waited_for": []},
            "orders": {"accepted": 0, "denied": 0, "unknown_now": 0},
            "fills": {"booked": 0},
            "sync_lag_ms": {"p50": None, "p99": None, "samples": 0},
            "link": {"unsynced_peak": 0},
            "market_minutes": {"ran": 15, "recorded": 70},
            "core_price": "SYNTHETIC",
            "note": "",
            "report": "R/report.html",
            "data": "D",
        }
        | changed
    )


def line_of(table, *start):
    (found,) = [line for line in table.splitlines() if line.split()[:3] == list(start)]
    return found


def test_the_sentence_comes_first_and_then_a_row_an_arm():
    table = shown({arm: told_of(arm) for arm in ARMS})
    assert table.splitlines()[1].startswith("The overlay cut the exposure by")
    assert line_of(table, "quiet", "off", "cut").endswith("  equal")
    assert "None" not in table


def test_a_row_whose_link_was_not_cut_yet_says_so():
    arms = {arm: told_of(arm, was_cut=False) for arm in ARMS}
    table = shown(arms)
    assert "not cut yet" in line_of(table, "recorded", "on", "not")
    assert "15 of 70 market minutes ran in 70.4 s" in table


def test_books_are_equal_or_behind_or_differ():
    arms = {arm: told_of(arm) for arm in ARMS}
    for centre, word in ((9, "DIFFER"), (7, "BEHIND 2")):
        apart = told_of(ARMS[3], digest_equal=False, entries={"node": 9, "centre": centre})
        table = shown(arms | {ARMS[3]: apart})
        assert line_of(table, "recorded", "off", "cut").endswith(f"  {word}")


def test_exit_code_and_sentence_name_the_book_that_differs_and_its_first_part():
    arms = {arm: told_of(arm) for arm in ARMS}
    live = {arm: book() for arm in LIVE}
    assert summary.differing(live, arms) == []
    live[LIVE[1]] = book(digest="e", parts={"orders": "aa", "wallet": "cc"})
    arms[ARMS[5]] = replace(told_of(ARMS[5], digest_equal=False), apart="breaks")
    found = summary.differing(live, arms)
    assert found == [
        {"node_id": "recorded-off-cut", "live": True, "part": "wallet"},
        {"node_id": "mirrored-on-cut", "live": False, "part": "breaks"},
    ]
    told = summary.verdict([one.row for one in arms.values()], found)
    assert told.startswith(
        "The books differ: the live node recorded-off-cut and its centre, first"
    )
    assert "in wallet, and 1 more." in told
    verified = {"ledger": {"verified": True}, "differing": found}
    assert summary.exit_code(verified) == 4
    assert summary.exit_code(verified | {"differing": []}) == 0
    assert summary.exit_code(verified | {"ledger": {"verified": False}}) == 13


def test_the_hash_is_of_canonical_json_and_of_every_figure():
    rows = [told_of(arm).row for arm in ARMS]
    again = json.loads(json.dumps(rows))
    text = json.dumps(again, sort_keys=True, separators=(",", ":"))
    assert summary.figures_sha256(rows) == hashlib.sha256(text.encode()).hexdigest()
    hashes = {summary.figures_sha256(rows)}
    for name in rows[0]:
        hashes.add(summary.figures_sha256([{**rows[0], name: "other"}, *rows[1:]]))
    assert len(hashes) == 1 + len(rows[0])


def test_what_slowed_it_down_is_said():
    waited = [{"name": "centre", "s": 2.5}, {"name": "sandbox", "s": 0.0}]
    slowed = {"ran_s": 73.0, "stood_s": 2.5, "waited_for": waited}
    table = shown({arm: told_of(arm) for arm in ARMS}, slowed=slowed)
    assert "ran in 73 s; market time stood still for 2.5 s of them" in table
    assert "it waited for centre 2.5 s\n" in table


def test_a_run_that_ended_early_says_how_many_minutes_ran():
    assert demo_screen.ran(world.ENDS) == "all 70 market minutes ran"
    assert demo_screen.ran(world.BEGINS + 15 * MINUTE).startswith("15 of 70 market minutes")


@pytest.mark.parametrize(
    ("exit_after_s", "speed", "minutes"),
    [(None, 60, 70), (15, 60, 15), (90, 60, 70), (0.2, 60, 1), (32, 50, 26)],
)
def test_the_window_is_whole_minutes_that_fit_into_the_time_given(exit_after_s, speed, minutes):
    assert until_of(exit_after_s, speed) == world.BEGINS + minutes * MINUTE


def test_an_order_without_an_answer_is_counted():
    counts = Counts(sent=3, by_status={201: 2}, failed=1)
    assert summary._answers(counts) == {"201": 2, "unanswered": 1}


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
    table = shown({arm: told_of(arm) for arm in ARMS})
    for word in ("ES95: the mean loss", "stale: what fills", "selection: what the price"):
        assert word in table
    assert "report: R/report.html" in table
    assert "kept in D; rm -r D removes them" in table
    assert demo_table.kept(None) == "nothing else is kept; --keep keeps ledgers and logs"


def test_a_port_that_is_taken_is_refused_before_anything_starts(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        args = ["--port", port, "--data", str(tmp_path / "none"), "--json"]
        done = CliRunner().invoke(command.demo, args)
    (error,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.exit_code, error["code"]) == (2, "EN008")
    assert f"127.0.0.1:{port}" in error["found"]
    assert not (tmp_path / "none").exists()


def test_a_folder_with_something_in_it_is_refused_and_left_as_it_is(tmp_path):
    (tmp_path / "mine").write_text("kept")
    args = ["--port", "0", "--data", str(tmp_path), "--json"]
    done = CliRunner().invoke(command.demo, args)
    (error,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.exit_code, error["code"]) == (1, "EN406")
    assert [one.name for one in tmp_path.iterdir()] == ["mine"]
