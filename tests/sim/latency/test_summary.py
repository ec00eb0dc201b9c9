"""What is told of a trial: its verdict, its stages, its page."""

import json
import re
from functools import partial

from edgenode.sim.latency.stages import times
from edgenode.sim.latency.summary import report, summary, text
from edgenode.sim.told import into
from tests.sim.latency.test_stages import seen


def test_the_verdict_says_how_soon_fills_were_cosigned():
    told = summary(seen())
    assert told["complete"]
    assert "All 1 customers' fills were cosigned" in told["verdict"]
    assert "half of them within 8 ms" in told["verdict"]
    assert "half of 1 hedges reached their venue in 9 ms" in told["verdict"]
    assert text(told).startswith(told["verdict"])


def test_a_fill_that_was_never_cosigned_is_said_instead_of_times():
    told = summary(seen(cosigned=[(1, 4)]))
    assert not told["complete"]
    assert told["verdict"].startswith("A fill has no central cosignature")


def test_where_nothing_was_filled_nothing_was_measured():
    told = summary(seen(rows=[], asked={}))
    assert told["verdict"].startswith("No customer's order was filled")
    assert "Not shown." in report(told, times(seen(rows=[], asked={})))


def test_the_page_says_the_verdict_first_and_asks_nobody_for_anything(tmp_path):
    told = into(tmp_path / "new", summary(seen()), partial(report, found=times(seen())))
    page = (tmp_path / "new" / "report.html").read_text()
    assert page.index("All 1 customers") < page.index("<svg")
    assert not re.search(r"src=|url\(http|@import|<script", page)
    assert json.loads((tmp_path / "new" / "summary.json").read_text()) == told
