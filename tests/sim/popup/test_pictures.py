"""Charts show the rows: who is higher, who is back sooner, who costs more."""

import re

from edgenode.sim.popup import pictures
from tests.sim.popup.test_report import row

ROWS = [row("base", n) for n in range(6)]


def drawn(html, style):
    """Return the last point of each line of a style."""
    lines = re.findall(rf'<path class="{style}" d="M([^"]*)"', html)
    return [tuple(map(float, re.split(r"[ L]", line)[-2:])) for line in lines]


def test_the_arm_that_holds_more_stands_higher_and_the_peaks_are_said():
    html = pictures.exposure(ROWS)
    assert drawn(html, "none")[0][1] < drawn(html, "ours")[0][1]
    assert "at most 5.0 WETH with our overlay and 20.0 without" in html


def test_the_share_back_in_time_is_of_all_seeds():
    html = pictures.within(ROWS)
    assert "6 of 6 seeds" in html
    assert drawn(html, "ours")[0][1] < drawn(html, "none")[0][1], "1 stands above 0"


def test_a_losing_part_has_another_colour_than_a_gaining_one():
    part = {"mean": -1.0, "low": -2.0, "high": -0.5}
    gain = {"mean": 1.0, "low": 0.5, "high": 2.0}
    html = pictures.regions([
        {"part": "dear", "says": "loses", "saved": part},
        {"part": "cheap", "says": "gains", "saved": gain},
    ])  # fmt: skip
    places = {
        style: re.search(rf'dot {style}" cx="([\d.]+)"', html)[1] for style in ("none", "ours")
    }
    assert float(places["none"]) < float(places["ours"])
    assert "dear" in html
