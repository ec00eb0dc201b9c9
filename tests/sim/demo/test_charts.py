"""Charts stay within their box, show gaps as gaps, and are well-formed whatever they are given."""

import re
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from edgenode.sim.demo.charts import LARGE, SMALL, TICKS_MAX, Frame, Line, chart, signed, span

nets = st.one_of(st.none(), st.floats(-500, 500))
values = st.lists(nets, min_size=1, max_size=71)
frames = st.builds(
    Frame,
    begins=st.integers(0, 1_300),
    minutes=st.integers(1, 70),
    cut=st.one_of(st.none(), st.tuples(st.integers(0, 20), st.integers(20, 70))),
    event=st.one_of(st.none(), st.tuples(st.integers(0, 70), st.just("<b>FOMC</b> & more"))),
)
FRAME = Frame(17 * 60 + 40, 70, (18, 48), (20, "FOMC"))


def drawn(lines, frame=FRAME, size=LARGE[0]):
    return ET.fromstring(chart(lines, frame, size, span(lines), 'A "sentence" & <more>'))  # noqa: S314  ours


@given(values, values, frames, st.sampled_from((*LARGE, SMALL)))
def test_every_line_stays_within_the_box_and_every_text_is_escaped(one, two, frame, size):
    lines = [
        Line("without overlay", "without", one[: frame.minutes + 1]),
        Line("with overlay", "with", two[: frame.minutes + 1]),
    ]
    svg = drawn(lines, frame, size)
    assert svg.get("aria-label") == 'A "sentence" & <more>'
    for path in svg.iter("path"):
        if path.get("class") in {"with", "without"}:
            for x, y in re.findall(r"[ML]([-\d.]+) ([-\d.]+)", path.get("d")):
                assert 0 <= float(x) <= size.width
                assert 0 <= float(y) <= size.height


@given(values)
def test_a_scale_holds_zero_and_every_value_with_few_ticks(found):
    line = Line("with overlay", "with", found)
    low, high = span([line])
    assert low < 0 < high
    assert all(low <= v <= high for v in found if v is not None)
    ticks = [text.text for text in drawn([line]).iter("text") if text.get("class") == "y"]
    assert "0" in ticks
    assert len(ticks) <= TICKS_MAX + 1


def test_where_nobody_knows_the_line_has_a_gap():
    svg = drawn([Line("with overlay", "with", [1.0, 2.0, None, 3.0])])
    (path,) = [p for p in svg.iter("path") if p.get("class") == "with"]
    assert path.get("d").count("M") == 2
    assert path.get("d").count("L") == 1


def test_each_line_is_named_and_the_comparison_is_told_by_more_than_colour():
    lines = [
        Line("without overlay", "without", [-9.0] * 71),
        Line("with overlay", "with", [1] * 71),
    ]
    said = [text.text for text in drawn(lines).iter("text")]
    assert {"without overlay", "with overlay", "link cut", "FOMC"} <= set(said)
    small = [text.text for text in drawn(lines, size=SMALL).iter("text")]
    assert "with overlay" not in small


def test_numbers_have_a_sign_and_a_true_minus_and_zero_has_none():
    assert [signed(v) for v in (1.5, -1.5, 0.0, -0.001, 1234.5)] == [
        "+1.50", "−1.50", "0.00", "0.00", "+1,234.50",  # noqa: RUF001
    ]  # fmt: skip
