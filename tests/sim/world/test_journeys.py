"""Whole days and weeks of a box, each in seconds: nothing is waited for, nothing is left out."""

from dataclasses import replace

import pytest

from edgenode.sim.world.plan import SCENARIOS, Fault
from edgenode.sim.world.world import live

HOUR, DAY = 3_600.0, 86_400.0
ONE_BOX = replace(SCENARIOS["links"], boxes=1, orders_per_s=0.5, open_s=120.0)


def lines_of(outcome, *words):
    return [line for line in outcome.lines if any(f" {word} " in f"{line} " for word in words)]


@pytest.mark.timeout(600)  # on a busy machine
def test_a_day_without_any_network_is_settled_to_the_last_unit():
    """The link is cut for eight of nine hours; meanwhile the box is killed twice, trading."""
    plan = [Fault("cut", 30.0, 8 * HOUR), Fault("kill", 2 * HOUR + 60.0, 20.0),
            Fault("kill", 6 * HOUR + 60.0, 5.0)]  # fmt: skip
    outcome = live(replace(ONE_BOX, lasts_s=9 * HOUR), 1, plan, lines_max=None)
    assert outcome.violation is None
    assert outcome.virtual_s > 9 * HOUR
    assert outcome.orders > 300
    assert len(lines_of(outcome, "FillRecorded")) > 50
    assert len(lines_of(outcome, "trades")) == 3


@pytest.mark.timeout(600)  # on a busy machine
def test_a_pop_up_week_two_hours_a_day_and_no_path_to_the_centre():
    """Off at night, cut all week: whatever was done is at the centre on the last evening."""
    nights = [Fault("kill", day * DAY + 2 * HOUR, 22 * HOUR - 1.0) for day in range(6)]
    centre = [Fault("centre_kill", day * DAY + 2 * HOUR, 22 * HOUR - 1.0) for day in range(6)]
    cut = Fault("cut", 60.0, 6 * DAY + HOUR)
    week = replace(ONE_BOX, lasts_s=6 * DAY + 2 * HOUR)
    outcome = live(week, 2, [cut, *nights, *centre], lines_max=None)
    assert outcome.violation is None
    assert outcome.virtual_s > 6 * DAY
    starts = lines_of(outcome, "starts")
    assert len(starts) == 7
    sizes = [int(line.rsplit("size=", 1)[1]) for line in starts]
    assert sizes == sorted(sizes)
    assert len(lines_of(outcome, "FillRecorded")) > 50


@pytest.mark.timeout(600)  # on a busy machine
def test_days_apart_two_boxes_whose_clocks_drift_apart_are_settled_to_the_last_unit():
    """Poor crystals, one fast and one slow: after three days they are 104 seconds apart."""
    poor = [Fault("drift", 10.0, 3 * DAY, 0, 200), Fault("drift", 10.0, 3 * DAY, 1, -200)]
    cuts = [Fault("cut", 60.0, 3 * DAY, box) for box in (0, 1)]
    nights = [
        Fault(kind, day * DAY + HOUR / 4, DAY - HOUR / 4 - 1.0, box)
        for day in range(3) for kind, box in (("kill", 0), ("kill", 1), ("centre_kill", 0))
    ]  # fmt: skip
    apart = replace(ONE_BOX, boxes=2, lasts_s=3 * DAY + 240.0)
    outcome = live(apart, 5, [*poor, *cuts, *nights], lines_max=None)
    assert outcome.violation is None
    assert not lines_of(outcome, "ended")
    assert len(lines_of(outcome, "FillRecorded")) > 50


@pytest.mark.parametrize("cut_s", [0.0, 150.0])
def test_a_clock_set_forward_and_right_again_is_believed_without_a_restart(cut_s):
    """By the centre's word; where the link is cut before, by what was counted on since."""
    plan = [Fault("clock", 40.0, 0.0, 0, 90 * DAY), Fault("clock", 80.0, 0.0, 0, -90 * DAY)]
    if cut_s:
        plan = [plan[0], Fault("cut", 60.0, cut_s), plan[1]]
    outcome = live(replace(ONE_BOX, open_s=HOUR, lasts_s=240.0), 1, plan, lines_max=None)
    assert outcome.violation is None
    (said,) = lines_of(outcome, "TimeTrusted")
    gated = [_at_s(line) for line in lines_of(outcome, "OrderGated")]
    assert 80.0 <= _at_s(said) < 85.0
    assert len([at_s for at_s in gated if _at_s(said) < at_s < 200.0]) > 10
    assert len(lines_of(outcome, "starts")) == 1


def test_a_clock_set_back_is_never_believed_by_itself():
    plan = [Fault("clock", 40.0, 0.0, 0, -3_600.0)]
    outcome = live(replace(ONE_BOX, open_s=HOUR, lasts_s=120.0), 1, plan, lines_max=None)
    assert outcome.violation is None
    assert not lines_of(outcome, "TimeTrusted")


def _at_s(line):
    return float(line.split()[0])


def test_an_old_copy_of_the_disk_that_meets_its_centre_loses_nothing():
    plan = [Fault("restore", 60.0, 3_600.0)]
    outcome = live(replace(ONE_BOX, lasts_s=HOUR + 120.0), 3, plan, lines_max=None)
    assert outcome.violation is None
    assert not lines_of(outcome, "ended")
    first, second = (int(line.rsplit("size=", 1)[1]) for line in lines_of(outcome, "starts"))
    began_again = int(lines_of(outcome, "BootStarted")[1].rsplit("seq=", 1)[1])
    assert began_again > second, "it took its own entries back before it wrote"
    assert first < second


def test_an_old_copy_of_the_disk_that_trades_alone_is_found_when_it_meets_its_centre():
    """The anchor was written at the first start, before the image: it agrees with an old copy."""
    plan = [Fault("restore", 30.0, 60.0), Fault("cut", 80.0, 40.0)]
    outcome = live(replace(ONE_BOX, lasts_s=240.0, open_s=240.0), 4, plan, lines_max=None)
    assert outcome.violation is None
    assert any("code=EN303" in line or "code=EN305" in line for line in lines_of(outcome, "ended"))
