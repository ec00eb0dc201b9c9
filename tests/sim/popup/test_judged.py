"""When an arm counts as back within its bounds, on paths by hand."""

from dataclasses import replace

import pytest

from edgenode.sim.popup.judged import Judged, within_min

ONSET, LENGTH = 600, 5_400
ALONE = Judged(
    cost=0.0, shortfall=0.0, peak_net=100.0, rms_net=0.0, area=0.0, orders=0, hedged_quantity=0.0,
    breaches=0, equal=True, answers={}, net_by_second=(), upper_by_second=(),
)  # fmt: skip


def arm(net, upper=0.0):
    """Return an arm whose net exposure is that function of the second."""
    seconds = range(LENGTH + 1)
    return replace(
        ALONE,
        net_by_second=tuple(float(net(second)) for second in seconds),
        upper_by_second=tuple(upper for _ in seconds),
    )


def minutes(net, upper=0.0):
    return within_min(arm(net, upper), ALONE, ONSET)


def test_a_tenth_of_the_peak_alone_is_within_whatever_the_edge():
    assert minutes(lambda _: 10.0) == 0
    assert minutes(lambda _: -10.0) == 0
    assert minutes(lambda _: 10.1) is None


@pytest.mark.parametrize(("upper", "most"), [(5.0, 10.0), (15.0, 15.01), (60.0, 25.01)])
def test_beyond_it_the_overlays_own_edge_counts_up_to_a_quarter(upper, most):
    assert minutes(lambda _: most, upper) == 0
    assert minutes(lambda _: most + 0.1, upper) is None


def test_the_time_counts_from_when_it_is_held_for_five_minutes():
    assert minutes(lambda s: 50 if s < ONSET + 240 else 0) == 4
    assert minutes(lambda s: 50 if s < ONSET + 240 or s == ONSET + 500 else 0) == 501 / 60


def test_what_comes_after_twelve_minutes_is_never():
    assert minutes(lambda s: 50 if s < ONSET + 720 else 0) == 12
    assert minutes(lambda s: 50 if s < ONSET + 721 else 0) is None


def test_what_was_before_the_onset_counts_for_nothing():
    assert minutes(lambda s: 50 if s < ONSET else 0) == 0
