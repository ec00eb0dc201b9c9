"""The arms of one world share all of it but their policy and their link."""

from edgenode.sim.popup.arms import ARMS, minute_ns, settings
from edgenode.sim.popup.prior import BASE


def made():
    return dict(settings(BASE, 1, 0.01))


def test_arms_share_market_chance_and_hour():
    found = list(made().values())
    assert len(found) == len(ARMS)
    for setting in found:
        assert setting.day is found[0].day
        assert setting.core_day is found[0].core_day
        assert (setting.seed, setting.event) == (1, found[0].event)
    assert setting.to_ns - setting.from_ns == minute_ns(90) - minute_ns(0)


def test_only_a_cut_arm_is_cut_for_as_long_as_the_world_says():
    for arm, setting in made().items():
        assert (setting.cut is None) == (arm.link == "up")
        if setting.cut:
            assert setting.cut[1] - setting.cut[0] == minute_ns(30) - minute_ns(0)


def test_none_has_no_overlay_and_ours_a_risk_aversion():
    figures = {arm.policy: setting.figures for arm, setting in made().items()}
    assert not figures["none"].overlay_enabled
    assert figures["ours"].risk_aversion_ppm == 10_000
    assert (figures["static"].overlay_enabled, figures["static"].risk_aversion_ppm) == (True, 0)
    assert figures["ours"].fee_ppm == BASE.fee_ppm == 500
