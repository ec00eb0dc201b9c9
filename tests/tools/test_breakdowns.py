"""The harness of breakdowns: what it calls a false stop, what a delay; and a recorded slice."""

from dataclasses import replace

import pytest

from tools.benchmarks import quotes
from tools.benchmarks.areas.stops import _pair, _tape
from tools.benchmarks.breakdowns import (
    MORE_PPM,
    hedges,
    of_basis,
    of_fill_rate,
    of_slippage,
    replace_cost,
)

DAY = 1_440


def test_a_basis_that_breaks_is_stopped_in_three_or_four_minutes_and_a_quiet_one_never():
    found = of_basis(_pair())
    assert found.stops == []
    assert set(found.delays) <= {3, 4}
    assert found.share(4) == 100
    assert sum(found.days.values()) == pytest.approx(3_000 / DAY)


def test_a_stop_without_a_planted_cause_is_counted_on_its_day():
    pair = _pair()
    moved = [(at, mid + (3_000 if i > 2_900 else 0), ref)
             for i, (at, mid, ref) in enumerate(pair.minutes)]  # fmt: skip
    found = of_basis(replace(pair, minutes=tuple(moved)))
    day = quotes.day_of(60 * 2_903)
    assert found.stops[0] == day
    assert found.among(frozenset({day}))[1] == 0


def test_hedges_meet_a_later_quote_and_cost_its_distance_from_what_was_decided_on():
    tape = _tape()
    rows = list(hedges(tape, 600))
    assert len(rows) == pytest.approx(14 * 144, rel=0.1)
    assert all(row.filled_lots in {0, 100} and row.cost_ppm is not None for row in rows)
    assert replace_cost(rows[0], MORE_PPM).cost_ppm == rows[0].cost_ppm + MORE_PPM


def test_hedges_that_are_dearer_or_fill_no_more_are_found():
    tape = _tape()
    for found, within in (
        (of_slippage(tape), 20),
        (of_fill_rate(tape, half=False), 15),
        (of_fill_rate(tape, half=True), 60),
    ):
        assert found.stops == []
        assert found.share(within) >= 95


@pytest.mark.recorded
def test_recorded_brokers_stop_nothing_and_a_breakdown_of_one_is_stopped(recorded_dir):
    (pair,) = [p for p in quotes.pairs(recorded_dir) if p.name.startswith("EURUSD")]
    found = of_basis(replace(pair, minutes=pair.minutes[:1_000]))
    assert found.stops == []
    assert found.share(4) >= 95


@pytest.mark.recorded
def test_hedges_on_recorded_quotes_stop_nothing_and_breakdowns_are_stopped(recorded_dir):
    (tape,) = [t for t in quotes.tapes(recorded_dir) if t.name.startswith("btceur")]
    assert of_slippage(tape).stops == []
    found = of_fill_rate(tape, half=False)
    assert found.stops == []
    assert found.share(15) >= 95
