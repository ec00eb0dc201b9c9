"""The page's parts on needs, hedges and the band: what is not there is said, never zero."""

import json

import pytest

from edgenode.daemon.report import event_page, event_parts
from edgenode.daemon.view.event_report import report
from tests.core.report.lived import drop, folded
from tests.daemon.report.test_document import Balanced
from tests.daemon.test_event_needs import found  # noqa: F401  a fixture


@pytest.fixture(scope="module")
def bare():
    return report(folded(drop()))


def test_a_page_shows_plan_use_requests_and_each_hedge(found):  # noqa: F811
    page = Balanced(event_page.render(found))
    text = "".join(page.text)
    for part in ("Was enough granted", "400.00 WETH", "unmet", "Curve then", "Back in its band"):
        assert part in text


def test_what_was_not_sized_or_asked_is_said(bare):
    text = "".join(Balanced(event_parts.needs(bare)).text)
    assert "It was not sized" in text
    assert "Nothing was asked of the desk" in text


def test_the_band_in_three_sentences(bare):
    row = json.loads(json.dumps(bare["instruments"][0]))
    row["exposure"]["band"] |= {"left_at": None}
    assert "never left" in event_parts.band(row)
    row["exposure"]["band"] |= {"left_at": "x", "beyond_now": True}
    assert "Not back" in event_parts.band(row)
    row["exposure"]["band"] |= {"beyond_now": False, "back_after_minutes": "12.0"}
    assert "12.0 min after" in event_parts.band(row)


def test_no_hedges_is_no_table(bare):
    row = json.loads(json.dumps(bare["instruments"][0]))
    row["hedges"]["slippage"]["orders"] = []
    assert event_parts.hedges(row) == ""
