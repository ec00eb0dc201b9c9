"""The arms of one spike share market and chance, and differ in what they are to show."""

from edgenode.sim.popup.market import Hour, made
from edgenode.sim.spike.arms import (
    ARMS,
    ENDS_MIN,
    ONSET_MIN,
    ONSET_S,
    PARAMETERS,
    TIMES,
    settings,
)
from edgenode.sim.venue.markets import LATE_S


def arms():
    return {arm.name: setting for arm, setting in settings(1, 0.01)}


def test_arms_share_market_chance_and_hour():
    found = list(arms().values())
    assert len(found) == len(ARMS) == 6
    for setting in found:
        assert setting.day is found[0].day
        assert (setting.seed, setting.event, setting.core) == (1, found[0].event, found[0].core)
        assert setting.event.starts_ns == setting.from_ns + ONSET_S * 10**9


def test_one_arm_has_another_lag_one_has_one_venue_and_nothing_else_differs():
    found = arms()
    ours, prompt, single = (found[f"{policy}-up"] for policy in ("ours", "prompt", "single"))
    assert (ours.late_s, prompt.late_s) == (LATE_S, (0, 0))
    assert ours.figures == prompt.figures
    assert (ours.figures.venues, single.figures.venues) == (("a", "b"), ("a",))
    assert not found["none-up"].figures.overlay_enabled


def test_only_a_cut_arm_is_cut_and_from_the_onset():
    for name, setting in arms().items():
        assert (setting.cut is None) == name.endswith("up")
        if setting.cut:
            assert setting.cut[0] == setting.event.starts_ns


def test_the_demand_is_four_times_the_usual_for_those_minutes_alone():
    calm = made(PARAMETERS, 1, Hour(0, 0)).local.minutes
    spike = made(PARAMETERS, 1, Hour(ONSET_MIN, ENDS_MIN)).local.minutes
    times = [s.volume_weth / c.volume_weth for s, c in zip(spike, calm, strict=True)]
    assert {round(t, 9) for t in times[ONSET_MIN:ENDS_MIN]} == {TIMES}
    assert {round(t, 9) for t in times[:ONSET_MIN] + times[ENDS_MIN:]} == {1.0}
