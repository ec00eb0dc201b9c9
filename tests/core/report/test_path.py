"""Exposure over time stays short and never loses its worst."""

from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.report.path import POINTS_MAX, At, Path

lots = st.integers(-1_000, 1_000)


def at(ns, net, bare=0):
    return At(ns, net, net, net, bare)


@given(st.lists(lots, min_size=1, max_size=300))
def test_the_worst_is_the_worst_of_all_that_was_added(values):
    path = Path()
    for ns, value in enumerate(values):
        path.add(at(ns, value, bare=-value))
    assert path.worst.worst == max(abs(v) for v in values)
    assert abs(path.bare_worst.bare) == max(abs(v) for v in values)
    assert path.points[-1].net == values[-1]


def test_what_changes_nothing_adds_no_point():
    path = Path()
    for ns in range(9):
        path.add(at(ns, 5))
    assert path.points == [at(0, 5)]


def test_many_points_are_thinned_and_the_first_the_worst_and_the_newest_stay():
    path = Path()
    total = 5 * POINTS_MAX
    for ns in range(total):
        path.add(at(ns, 9_999 if ns == 777 else ns % 7))
    assert len(path.points) <= POINTS_MAX
    assert at(777, 9_999) in path.points
    assert path.points[0].at_ns == 0
    assert path.points[-1].at_ns == total - 1
    assert [p.at_ns for p in path.points] == sorted(p.at_ns for p in path.points)


def test_extremes_count_from_the_begin_with_what_stands_then():
    path = Path()
    path.add(at(0, 900))
    path.add(at(10, 30))
    path.begin(50)
    assert path.worst == at(50, 30)
    path.add(at(60, -20))
    assert path.worst.worst == 30
    path.add(at(70, -40))
    assert path.worst == at(70, -40)


def test_nothing_known_has_no_worst():
    path = Path()
    path.begin(5)
    assert path.worst is None
