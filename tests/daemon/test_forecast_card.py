"""The page's card of the forecast: it says what it lacks, and draws only what it knows."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.daemon.page.figures import about
from edgenode.daemon.page.forecast import card, sentence
from edgenode.daemon.page.page import Estimated, fragments, render
from tests.daemon.signals_stage import said, stage_of
from tests.daemon.test_page import SERIES, STATUS, shape
from tests.services.test_signals import START

BASE = "V154.0Z"  # a bar ends on the zero line
FIGURES = re.compile(r"about ([\d.,]+) a minute, most likely ([\d.,]+) to ([\d.,]+)\.")


async def source_of(count, later_min=0):
    stage = await stage_of(count)
    if later_min:
        await stage.at(stage.clock.at_s + 60 * later_min)
    found = said(stage)
    return found, found["instruments"][0]["sources"][0]


async def test_a_warm_forecast_is_a_sentence_a_fan_and_a_table():
    found, source = await source_of(170)
    words = sentence(source)
    low, middle, high = (float(f.replace(",", "")) for f in
                         [FIGURES.search(words)[i] for i in (2, 1, 3)])  # fmt: skip
    assert low <= middle <= high
    html = card(found)
    tags = shape(html).tags
    (svg,) = [attrs for tag, attrs in tags if tag == "svg"]
    assert svg["role"] == "img"
    assert "Next 15 min" in svg["aria-label"]
    drawn = {attrs.get("class") for _, attrs in tags}
    assert {"wide", "near", "half", "was", "now", "zero", "then"} <= drawn
    assert html.count("<tr>") == 5


async def test_it_says_what_other_sources_add_and_how_old_their_bars_are():
    found, _ = await source_of(170)
    html = card(found)
    assert "What other sources add" in html
    assert re.search(r"Feed x: in shadow: 0 days scored.*its last bar ended \d+ s ago\.", html)


async def test_a_young_one_says_how_many_bars_it_has():
    found, source = await source_of(20)
    assert sentence(source).startswith("Warming up: 20 of 105 bars. Until then the last half-hour")
    assert "about" in sentence(source)
    assert "wide" not in card(found)


async def test_horizons_that_are_not_ready_are_counted():
    _, source = await source_of(120)
    assert sentence(source).endswith("30 min: 120 of 130 bars. 60 min: 120 of 160 bars.")


async def test_an_old_one_says_since_when_and_is_not_drawn_as_if_it_were_new():
    found, source = await source_of(130, later_min=15)
    assert sentence(source).startswith("Stale since 10:10 UTC: no volume was heard after that.")
    assert 'class="fan old"' in card(found)


async def test_a_fallback_says_for_what_why_and_since_when():
    _, source = await source_of(170)
    why = "it lost more than the half-hour average for 3 days"
    source["state"] = "fallback"
    source["horizons"][1]["fallback"] = {"why": why, "since": "2027-01-15T08:00:00.000Z"}
    told = f" Fallback since 2027-01-15 08:00 UTC: {why}, so that speaks for 15 min."
    assert told in sentence(source)


async def test_a_gap_in_data_is_no_bar():
    found, _ = await source_of(130)
    source = found["instruments"][0]["sources"][1]
    whole = card(found).count(BASE)
    source["past"][30][1] = None
    assert card(found).count(BASE) == whole - 1


@pytest.mark.parametrize("forecast", [{}, {"kept": False, "instruments": []}])
def test_where_nothing_is_kept_there_is_no_card(forecast):
    assert fragments(STATUS, SERIES, Estimated(forecast))["forecast"] == ""


def test_before_the_first_bar_it_says_when_that_comes():
    html = card({"kept": True, "instruments": [], "at": "2026-12-01T00:00:00.000Z"})
    assert "the first comes two minutes from now" in html
    assert "<svg" not in html


async def test_nothing_of_a_feeds_name_escapes_into_the_page():
    found, source = await source_of(20)
    source["source"] = "feed:<script>alert(1)</script>"
    html = render(STATUS, SERIES, "t", Estimated(found))
    assert "<script>alert" not in html
    shape(html)


@given(st.floats(0, 1e12))
def test_an_estimate_has_two_digits(value):
    text = about(value).replace(",", "")
    digits = text.replace(".", "").strip("0") if "e" not in text else text
    assert len(digits) <= 2 or "e" in text
    assert float(text) == pytest.approx(value, rel=0.06, abs=1e-300)


def test_the_stage_is_where_the_clock_is():
    assert START % 60 == 0
