"""The quoter's report says first whether pricing the risk was worth it."""

import pytest

from edgenode.sim.quoter.report import report
from edgenode.sim.quoter.runs import WORDS
from edgenode.sim.told import into

ROW = {
    "gamma": 0.01, "earned": 9.0, "selection": -4.0, "cost": 1.0, "risk": 100.0,
    "executions": 3, "quantity": 7.0, "orders": 2, "hedged_quantity": 3.0, "rms_net": 1.0,
    "trading_pnl": 4.0, "digest_equal": True,
}  # fmt: skip


def told(priced, *, equal=True):
    worth = {"fixed": 1.0, "skewed": 2.0, "priced": priced}
    arms = [
        {**ROW, "policy": policy, "flow": flow, "link": link, "utility": utility}
        for policy, utility in worth.items()
        for flow in ("recorded", "mirrored")
        for link in ("up", "cut")
    ]
    return {
        "verdict": "V", "market_from": "F", "market_to": "T", "gamma": 0.01, "arms": arms,
        "digest_equal": equal, "note": "n",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (told(3.0), "Pricing the risk was worth it."),
        (told(1.5), "Pricing the risk was not worth it here."),
        (told(3.0, equal=False), "Not equal."),
    ],
)
def test_the_verdict_comes_first(made, says):
    page = report(made)
    assert says in page
    assert all(name in page for name, _ in WORDS)
    assert page.index(says) < page.index("Utility against")


def test_it_lies_beside_its_summary(tmp_path):
    made = into(tmp_path / "a", told(3.0), report)
    assert made["report"] == str(tmp_path / "a" / "report.html")
    assert (tmp_path / "a" / "summary.json").exists()
