"""Plots stay within their box and are well-formed, whatever they are given."""

import re
from xml.etree import ElementTree as ET

from hypothesis import example, given
from hypothesis import strategies as st

from edgenode.daemon.report.plot import FOOT, LEFT, RIGHT, TICKS_MAX, TOP, Axis, Plot, axis

values = st.floats(-1e6, 1e6)
points = st.lists(st.tuples(values, values), max_size=20)


def parsed(plot, **more):
    return ET.fromstring(plot.svg('A "sentence" & <more>', **more))  # noqa: S314  ours


def within(plot, svg):
    """Check each place of each drawn thing."""
    for path in svg.iter("path"):
        for x, y in re.findall(r"[ML]([-\d.]+) ([-\d.]+)", path.get("d")):
            assert LEFT - 5 <= float(x) <= plot.width - RIGHT + 5
            assert TOP - 5 <= float(y) <= plot.height - FOOT + 5
    for dot in svg.iter("circle"):
        assert LEFT <= float(dot.get("cx")) <= plot.width - RIGHT
        assert TOP <= float(dot.get("cy")) <= plot.height - FOOT


@example(shown=[(0.0, 1.1125369292536007e-308)], more=[], zero=True)
@given(points, points, st.booleans())
def test_all_that_is_drawn_stays_within_the_box_even_beyond_the_axes(shown, more, zero):
    plot = Plot(
        axis([x for x, _ in shown], "x <&>", zero=zero),
        axis([y for _, y in shown], "y", zero=zero),
    )
    plot.line(more, "ours")
    plot.area(shown, more, "none")
    for at in more:
        plot.dot(at, "other")
        plot.whisker(*at, at[1] + 1, "ours")
        plot.lying(at[1], at[0], at[0] + 1, "ours")
        plot.text(at, "<b>name</b>")
    svg = parsed(plot)
    assert svg.get("aria-label") == 'A "sentence" & <more>'
    within(plot, svg)


@given(values, st.floats(1e-6, 1e6))
def test_ticks_are_few_even_and_within_the_axis(low, wide):
    found = Axis(low, low + wide, "x")
    ticks = found.ticks()
    assert 2 <= len(ticks) <= TICKS_MAX + 1
    slack = 1e-6 * max(1.0, abs(low), wide)
    assert all(found.low - slack <= tick <= found.high + slack for tick in ticks)


def test_a_plot_without_anything_has_its_axes():
    svg = parsed(Plot(axis([], "minutes"), axis([], "WETH")))
    assert {"minutes", "WETH"} <= {text.text for text in svg.iter("text")}


def test_words_may_stand_for_numbers_upwards():
    plot = Plot(Axis(0, 1, "x"), Axis(0, 3, ""))
    words = [text.text for text in parsed(plot, labels=[(1, "one <"), (2, "two")]).iter("text")]
    assert "one <" in words
    assert "two" in words


def test_what_is_higher_stands_higher_and_what_is_later_stands_right_of_it():
    plot = Plot(Axis(0, 10, "x"), Axis(0, 10, "y"))
    plot.dot((1, 1), "ours")
    plot.dot((9, 9), "ours")
    first, second = parsed(plot).iter("circle")
    assert float(first.get("cx")) < float(second.get("cx"))
    assert float(first.get("cy")) > float(second.get("cy"))
