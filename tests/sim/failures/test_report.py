"""The failures' report: its verdict first, one file, every failure in it."""

import json
import re
from functools import partial

from edgenode.sim.failures.report import report
from edgenode.sim.failures.seen import Sample, Seen
from edgenode.sim.failures.summary import summary
from edgenode.sim.told import into
from tests.sim.failures.test_summary import YES, world


def course(*nets):
    samples = [Sample(n / 2, net, n, None if net is None else 0) for n, net in enumerate(nets)]
    return Seen(samples=samples, made={"fill_lost": 3})


def page_of(*worlds):
    return report(summary(worlds), worlds)


def test_the_page_says_the_verdict_first_and_asks_nobody_for_anything():
    page = page_of(world(1), world(1, "power_cut", seen=course(5, None, None, -3)))
    assert 'class="state ready"' in page
    assert page.index("2 failures in 2 worlds held") < page.index("<table")
    assert "power cut" in page
    assert not re.search(r"src=|url\(http|@import|<script", page)


def test_a_box_without_power_leaves_a_gap_in_its_line():
    def lines(*nets):
        page = page_of(world(1, "power_cut", seen=course(*nets)))
        return len(re.findall(r'<path class="ours"', page))

    assert lines(5, 4, 3, -3) == 1
    assert lines(5, None, None, -3) == 2
    assert lines(None, None) == 0


def test_what_did_not_hold_is_seen_at_once():
    page = page_of(world(1, answers={**YES, "nothing_lost": False, "right_breaks": None}))
    assert 'class="state fault"' in page
    assert "NO: 1 wrong, 0 not asked" in page
    assert "NO: 0 wrong, 1 not asked" in page


def test_report_and_summary_are_written_and_named(tmp_path):
    worlds = [world(1)]
    told = into(tmp_path / "new", summary(worlds), partial(report, worlds=worlds))
    assert told["report"] == str(tmp_path / "new" / "report.html")
    assert json.loads((tmp_path / "new" / "summary.json").read_text()) == told
