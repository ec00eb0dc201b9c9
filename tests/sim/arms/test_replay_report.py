"""A replay's report: whole, its verdict first, every policy in its picture."""

import re
from dataclasses import replace
from itertools import product
from xml.etree import ElementTree as ET

import pytest

from edgenode.sim import recorded
from edgenode.sim.arms import replay, replay_report
from edgenode.sim.arms.replay import ARMS, FRONTIER, GIVEN, Window, settings
from tests.daemon.report.test_document import Balanced

AT = {"core": (0.0, 9.0), "ours": (20.0, 3.0), "foresight": (15.0, 1.5), "twap": (60.0, 5.0)}


def told(policies, *, equal=True, total=0.5):
    rows = [
        {
            "policy": policy, "flow": flow, "link": link, "was_cut": link == "cut", "gamma": 0.01,
            "cost": AT[policy][0], "risk": 5.0, "total_over_core": total, "rms_net": AT[policy][1],
            "peak_net": 9.0, "es95_minute_loss": 1.0, "trading_pnl": -2.0, "orders": 3,
            "hedged_quantity": 4.0, "cost_bp": 5.0, "net_by_minute": [0.0, -AT[policy][1], 1.0],
            "digest_equal": equal,
        }
        for policy, flow, link in product(policies, replay.FLOWS, replay.LINKS)
    ]  # fmt: skip
    bound = [
        {"flow": flow, "link": link, "gamma": gamma, "cost": gamma * 1e3, "rms_net": 0.02 / gamma}
        for flow, link, gamma in product(replay.FLOWS, replay.LINKS, (0.01, 0.03))
    ]
    return {
        "verdict": "The sentence <b>.", "market_from": "a", "market_to": "b", "gamma": 0.01,
        "arms": rows, "bound": bound, "digest_equal": equal, "note": "one hour",
    }  # fmt: skip


@pytest.mark.parametrize("policies", [("core", "ours", "foresight"), tuple(AT)])
def test_a_report_is_whole_with_its_verdict_before_every_chart(policies):
    html = replay_report.report(told(policies))
    text = "".join(Balanced(html).text)
    assert "None" not in text
    assert text.index("The sentence <b>.") < text.index("typical net")
    for figure in ("worst minutes", "result", "hedged, bp", "typical net", "total / core"):
        assert figure in dict(replay_report.WORDS), "each column of the table has its words"
    charts = re.findall(r"<svg.*?</svg>", html, re.DOTALL)
    assert len(charts) == 4
    for chart in charts:
        assert ET.fromstring(chart).get("aria-label").endswith(".")  # noqa: S314  ours
    for policy in policies:
        assert replay_report.NAMES[policy] in charts[0]


def test_the_most_that_is_told_beside_the_chart_is_that_of_the_table():
    html = replay_report.exposure(told(tuple(AT)), "up")
    assert "at most 9.0 WETH with the overlay and 9.0 without" in html, "not the minutes' 3.0"


def test_who_costs_more_stands_higher_and_who_leaves_more_stands_right():
    html = replay_report.frontier(told(tuple(AT)), "up")
    core, ours, best, twap = (
        tuple(map(float, re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', html)[n]))
        for n in (0, 2, 1, 3)
    )
    assert best[0] < ours[0] < twap[0] < core[0]
    assert twap[1] < ours[1] < best[1] < core[1], "upwards is less"


def test_both_flows_count_the_same():
    rows = [{"rms_net": 3.0, "cost": 10.0}, {"rms_net": 4.0, "cost": 30.0}]
    assert replay_report._both(rows) == (pytest.approx(12.5**0.5), 20.0)


def test_the_verdicts_box_says_whether_it_was_worth_it():
    assert '<div class="state ready"' in replay_report.report(told(tuple(AT)))
    assert '<div class="state warn"' in replay_report.report(told(tuple(AT), total=1.01))
    assert '<div class="state fault"' in replay_report.report(told(tuple(AT), equal=False))


def test_a_frontier_has_every_arm_of_a_replay_and_four_policies_besides():
    day = recorded.load("2022-07-27")
    found = dict(settings(Window(day, day.start_ns, 60), 0.01, FRONTIER))
    assert set(ARMS) < set(found)
    figures = {arm.policy: setting.figures for arm, setting in found.items()}
    assert set(replay_report.NAMES) == {*figures, "foresight"}
    averse = {policy: of.risk_aversion_ppm for policy, of in figures.items()}
    assert (averse["ours-third"], averse["ours"], averse["ours-triple"]) == (3_333, 10_000, 30_000)
    assert averse["twap"] == averse["immediate"] == 0
    assert figures["immediate"].band_lots == 0
    for policy, of in figures.items():  # they differ in how they hedge alone
        assert of.overlay_enabled == (policy != "core")
        same = {
            name: getattr(GIVEN, name)
            for name in (
                "overlay_enabled",
                "risk_aversion_ppm",
                "horizon_s",
                "slice_s",
                "band_lots",
            )
        }
        assert replace(of, **same) == GIVEN
