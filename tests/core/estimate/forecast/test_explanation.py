"""An explanation adds up, whatever a signal does, and says it in one plain sentence."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.estimate.forecast.explanation import PARTS, PERCENT_MAX, explain
from edgenode.core.estimate.forecast.saved import load, save
from edgenode.core.estimate.forecast.signal import Signal
from tests.core.estimate.forecast.series import DAY, STEP_S, fed, wandering

SENTENCE = re.compile(
    r"The next \d+ min (should see "
    r"(about|(more than |less than )?\d+(\.\d)? times) the usual volume"
    r"(: [a-z0-9 %,]+)?|are not yet known: \d+ of \d+ bars seen)\."
)
steps = st.one_of(st.none(), st.floats(0, 1e9), st.just(0.0), st.just(1e300))


def part(why, name):
    return dict(why.parts)[name]


def test_while_warming_up_it_counts_bars_until_the_first_forecast():
    signal, values = Signal(STEP_S, counts=False), wandering(1, 200)
    for i, value in enumerate(values):
        said = signal.bar(i * STEP_S, value)
        why = explain(signal, 15)
        assert why.known == (15 in said)
        if not why.known:
            assert why.sentence == f"The next 15 min are not yet known: {i + 1} of 103 bars seen."
        else:
            assert i + 1 >= why.bars_needed == 103
            break
    else:
        pytest.fail("never known")


@given(st.lists(steps, max_size=30), st.booleans())
def test_parts_add_up_to_the_forecast_over_the_usual_and_the_sentence_stays_plain(values, counts):
    signal = Signal(STEP_S, counts=counts)
    fed(signal, wandering(2, 150))
    fed(signal, values, begin_s=150 * STEP_S)
    for minutes, quantiles in signal.said.items():
        why = explain(signal, minutes)
        assert why.times_usual == pytest.approx(quantiles[4] / why.usual)
        assert [name for name, _ in why.parts] == list(PARTS)
        found = [percent for _, percent in why.parts]
        assert all(abs(percent) <= PERCENT_MAX for percent in found)
        if max(map(abs, found)) < PERCENT_MAX:
            assert 1 + sum(found) / 100 == pytest.approx(why.times_usual, abs=1e-6)
        assert SENTENCE.fullmatch(why.sentence)
        assert len(why.sentence) < 250


def test_a_signal_as_usual_is_told_so_and_a_burst_is_told_by_its_last_bars():
    signal = Signal(STEP_S, counts=False)
    values = wandering(3, 12 * DAY, day=False)
    fed(signal, values)
    for i in range(3):
        signal.bar((len(values) + i) * STEP_S, 8 * math.exp(4))
    why = explain(signal, 15)
    assert why.times_usual > 1.5
    assert part(why, "last bars") == max(percent for _, percent in why.parts)
    assert "the last bars add" in why.sentence
    flat = Signal(STEP_S, counts=False)
    fed(flat, [100.0] * 400)
    assert explain(flat, 30).sentence == "The next 30 min should see about the usual volume."


def test_what_is_loaded_explains_the_same():
    signal = Signal(STEP_S, counts=True)
    fed(signal, [*wandering(4, 300), None])
    assert explain(load(save(signal)), 60) == explain(signal, 60)
