"""A quota admits so much a minute, and nothing of what is more."""

from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.signals.quota import MINUTE_NS, Quota


@given(st.lists(st.tuples(st.integers(0, 3 * MINUTE_NS), st.integers(0, 30)), max_size=60))
def test_no_minute_has_more_than_its_share(asked):
    quota, admitted = Quota(5, 40), {}
    for at_ns, rows in sorted(asked):
        minute = at_ns // MINUTE_NS
        requests, taken = admitted.get(minute, (0, 0))
        if quota.admits(at_ns):
            fits = quota.charge(rows, at_ns)
            assert fits == (taken + rows <= 40)
            admitted[minute] = requests + 1, taken + rows * fits
    assert all(n <= 5 and rows <= 40 for n, rows in admitted.values())


def test_the_next_minute_is_told_in_whole_seconds():
    assert Quota(1, 1).wait_s(0) == 60
    assert Quota(1, 1).wait_s(MINUTE_NS - 1) == 1
