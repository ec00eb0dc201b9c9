"""The spike's report: its verdict first, one file, and every arm in it."""

import json
import re

import pytest

from edgenode.sim.spike.report import NAMES, report
from edgenode.sim.spike.summary import summary
from edgenode.sim.told import into
from tests.sim.spike.test_summary import row


def of(**arms):
    return summary([row(n, **arms) for n in range(2)], 0.01)


def test_the_page_says_the_verdict_first_and_asks_nobody_for_anything():
    page = report(of())
    assert page.index("In 100% of 2 spikes") < page.index("<svg")
    assert all(name in page for name in NAMES.values())
    assert not re.search(r"src=|url\(http|@import|<script", page)


@pytest.mark.parametrize(
    ("arms", "state", "head"),
    [
        ({}, "ready", "Back in time."),
        ({"ours-cut": {"within_min": None}}, "warn", "Not always back in time."),
        ({"none-up": {"digest_equal": False}}, "fault", "Not equal."),
    ],
)
def test_the_box_of_the_verdict_is_as_the_figures_are(arms, state, head):
    page = report(of(**arms))
    assert f'class="state {state}"' in page
    assert head in page


def test_report_and_summary_are_written_and_named(tmp_path):
    told = into(tmp_path / "new", of(), report)
    assert told["report"] == str(tmp_path / "new" / "report.html")
    assert json.loads((tmp_path / "new" / "summary.json").read_text()) == told


def test_what_the_minutes_show_is_not_told_as_the_peak_of_the_table():
    assert "Link up, by the minute: at most 4.0 WETH with the overlay" in report(of()), "5.0 there"
