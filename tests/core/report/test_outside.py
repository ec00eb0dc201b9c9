"""The times beyond the band: first, newest, in all and at once."""

from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.report.outside import Outside


def of(*points):
    found = Outside()
    for at, beyond in points:
        found.add(at, beyond=beyond)
    return found


def test_it_left_once_and_was_back():
    found = of((1, False), (5, True), (6, True), (9, False), (20, False))
    assert (found.left_ns, found.back_ns, found.since_ns) == (5, 9, None)
    assert (found.total_ns(30), found.longest_ns(30)) == (4, 4)


def test_what_is_still_beyond_counts_until_now():
    found = of((5, True), (9, False), (10, True))
    assert found.since_ns == 10
    assert (found.left_ns, found.back_ns) == (5, 9)
    assert (found.total_ns(17), found.longest_ns(17)) == (11, 7)


def test_what_came_before_the_begin_does_not_count():
    found = of((1, True), (3, False), (4, True))
    found.begin(7)
    assert (found.left_ns, found.back_ns, found.since_ns) == (7, None, 7)
    assert found.total_ns(9) == 2
    inside = of((1, True), (3, False))
    inside.begin(7)
    assert (inside.left_ns, inside.total_ns(9)) == (None, 0)


@given(st.dictionaries(st.integers(0, 50), st.booleans(), max_size=30))
def test_it_agrees_with_a_count_of_moments(points):
    found, beyond, state = of(*sorted(points.items())), [], points
    now = False
    for moment in range(60):
        now = state.get(moment, now)
        beyond.append(now)
    assert found.total_ns(60) == sum(beyond)
    runs = "".join("x" if one else " " for one in beyond).split()
    assert found.longest_ns(60) == max(map(len, runs), default=0)
    assert (found.since_ns is not None) == beyond[-1]
