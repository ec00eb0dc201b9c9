"""Brier skill and AUC, beside the plain definitions."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.benchmarks.chances import EVENTS, Chances, Said, judge, skill
from tools.benchmarks.report import Report


def said(rows):
    found = Said()
    for chance, came in rows:
        found.take(chance, came=came)
    return found


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.5, 0.9]), st.booleans()), max_size=60))
def test_the_area_is_the_share_of_pairs_that_are_in_order_ties_half(rows):
    found = said(rows)
    came = [chance for chance, yes in rows if yes]
    none = [chance for chance, yes in rows if not yes]
    if min(len(came), len(none)) < EVENTS:
        assert found.auc() is None
        return
    wins = [(a > b) + (a == b) / 2 for a, b in itertools.product(came, none)]
    assert found.auc() == pytest.approx(sum(wins) / len(wins))


def test_who_says_the_rate_has_no_skill_and_who_knows_has_all():
    came = [True] * 3 + [False] * 9
    assert skill([said((0.25, yes) for yes in came)]) == pytest.approx(0)
    assert skill([said((float(yes), yes) for yes in came)]) == 1
    assert skill([said([(0.5, False)])]) is None


def test_a_forecast_without_skill_misses_its_bars():
    chances = Chances(Said)
    for minutes, i in itertools.product((15, 30, 60), range(100)):
        chances["x", minutes, 4].take(0.5 + i % 7 / 100, came=i % 5 == 0)
    report = Report(area="forecast")
    judge(report, chances)
    assert [bar.verdict for bar in report.bars] == ["MISSED"] * 6
