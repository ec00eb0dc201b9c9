"""What is seen of a world, its course and its end."""

from dataclasses import replace

from edgenode.sim.failures.cases import BY_NAME
from edgenode.sim.failures.seen import Seen
from edgenode.sim.world.plan import Fault
from edgenode.sim.world.world import live

SHORT = replace(BY_NAME["link_cut"].scenario, lasts_s=40.0)


def of(*faults):
    seen = Seen()
    live(SHORT, 1, faults, lines_max=None, witness=seen)
    return seen


def test_entries_wait_while_the_link_is_cut_and_are_at_the_centre_soon_after():
    seen = of(Fault("cut", 10.0, 15.0))
    begin = seen.samples[0].at_s
    cut = [s.waiting for s in seen.samples if 12 < s.at_s - begin < 24]
    assert cut == sorted(cut)
    assert cut[-1] > cut[0] + 20
    assert seen.waiting_max >= cut[-1]
    assert seen.samples[-1].waiting == 0
    assert 0 < seen.settled_s < 25


def test_a_world_where_nothing_goes_wrong_shows_none_of_it():
    seen = of()
    assert (seen.repeated, seen.carried, seen.torn) == (0, 0, 0)
    assert not seen.ended_by
    assert not seen.stopped_by
    assert not seen.opened
    assert seen.counted("FillRecorded") > 0
    assert all(sample.net is not None for sample in seen.samples)


def test_a_box_that_is_off_has_no_net():
    seen = of(Fault("kill", 10.0, 5.0))
    off = [sample for sample in seen.samples if sample.net is None]
    assert 8 <= len(off) <= 14  # of half seconds
    assert {sample.unknown for sample in off} == {None}
    assert seen.torn <= 1


def test_repeated_reports_and_couriers_frames_are_counted():
    assert of(Fault("venue", 5.0, 0.0, 0, 2, "duplicate_fill")).repeated > 0
    assert of(Fault("courier", 12.0, 9.0, 0, 2.0, "in_order")).carried > 0


def test_a_fail_over_tells_every_fill_again():
    seen = of(Fault("venue_restarts", 30.0))
    assert seen.repeated >= 1
    assert seen.counted("FillRecorded") > 0
