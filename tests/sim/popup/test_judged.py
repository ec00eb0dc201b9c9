"""When an arm counts as back within its bounds, on paths by hand."""

from dataclasses import replace

import pytest

from edgenode.sim.arms.figures import Deal
from edgenode.sim.popup.arms import FIGURES, settings
from edgenode.sim.popup.judged import Judged, cap_left, cash_least, within_min
from edgenode.sim.popup.prior import BASE

ONSET, LENGTH = 600, 5_400
ALONE = Judged(
    cost=0.0, shortfall=0.0, peak_net=100.0, rms_net=0.0, area=0.0, orders=0, hedged_quantity=0.0,
    hedged_notional=0.0, cap_left=0.0, cash_least=0.0, breaches=0, equal=True,
    answers={}, net_by_second=(), upper_by_second=(),
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


def deal(lots, price, *, mid=1_500.0, fee=1.0):
    return Deal(0, "overlay", "", lots, price, fee, mid, 0)


def test_fees_and_worse_prices_use_the_cap_and_no_gain_refills_it():
    _, setting = next(settings(BASE, 1, 0.01))
    flat = [deal(200, 1_502.0), deal(-200, 1_498.0)]
    assert cap_left(setting, flat) == FIGURES.event_spend_max - 2 * (1.0 + 4.0)
    better = [deal(200, 1_498.0), deal(-200, 1_502.0)]
    assert cap_left(setting, better) == FIGURES.event_spend_max - 2.0


def test_what_is_held_at_the_end_costs_a_fee_and_a_step_to_be_rid_of():
    _, setting = next(settings(BASE, 1, 0.01))
    mid = setting.day.mid_ticks(setting.to_ns) / 100
    for lots in (200, -200):
        left = cap_left(setting, [deal(lots, 1_500.0)])
        assert left == pytest.approx(FIGURES.event_spend_max - 1.0 - 2 * (mid * 5e-4 + 0.10))


def test_the_least_cash_is_between_the_deals():
    _, setting = next(settings(BASE, 1, 0.01))
    assert cash_least(setting, [deal(200, 1_500.0), deal(-200, 1_501.0)]) == 600_000 - 3_001
    assert cash_least(setting, [deal(-200, 1_500.0)]) == 600_000
