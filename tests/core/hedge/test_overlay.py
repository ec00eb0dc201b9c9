"""The overlay proposes: to the nearest edge of the band, never away from what is wanted."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.hedge.overlay import propose
from edgenode.core.state.exposure import Exposure, Interval
from edgenode.core.state.programmes import Programme
from edgenode.daemon import paper
from edgenode.model.facts import HedgeProgramme, Proposed
from tests.core.world import START, WETH

POLICY = paper.policy(paper.PaperWorld(), START)
lots = st.integers(-500, 500)


def exposure(agreed, overlay=0, mandate=0):
    book, held = Interval(agreed, agreed), Interval(overlay, overlay)
    return Exposure(agreed, book, mandate, overlay, held)


def heading(target, slots=(), **more):
    """Return a programme that decided once to trade towards `target`."""
    decided = HedgeProgramme(
        at_ns=START, programme_id="overlay:x", account="desk:overlay", instrument=WETH,
        event_id="none", slice_ns=START, target_lots=target, carried_lots=0, slots=slots,
        given_up_lots=0, share_ppm=0, hurdle_lots=0, band_lots=0, counter=0, reserve=0, reason="",
        proposed=Proposed(policy="", inputs=()),
    )  # fmt: skip
    return Programme("overlay:x", newest=decided, **more)


def test_a_change_is_spread_over_the_horizon_and_ends_at_the_edge():
    found = propose(POLICY, exposure(-400), Programme("overlay:x"), 0)
    assert (found.target_lots, found.due_lots, len(found.slots)) == (300, 15, 19)
    assert found.due_lots + sum(found.slots) == 300
    assert (found.share_ppm, found.band_lots, found.hurdle_lots) == (0, 100, 0)
    assert [(row.name, row.value) for row in found.proposed.inputs] == [
        ("exposure_lots", "-400"), ("mandate_lots", "0"), ("overlay_lots", "0"),
    ]  # fmt: skip


def test_what_is_carried_is_due_at_once_and_the_plan_keeps_its_pace():
    programme = heading(300, (10,) * 20, done=60, carried=40)
    found = propose(POLICY, exposure(-400, 60), programme, 0)
    assert (found.target_lots, found.due_lots, found.slots) == (300, 50, (10,) * 19)


def test_slices_that_began_while_nobody_looked_are_due_together():
    programme = heading(300, (10, 20, 30, 40), done=200)
    found = propose(POLICY, exposure(-400, 200), programme, 0, slices_due=3)
    assert (found.due_lots, found.slots) == (60, (40,))
    found = propose(POLICY, exposure(-400, 200), programme, 0, slices_due=99)
    assert (found.due_lots, found.slots) == (100, ())


def test_a_horizon_shorter_than_a_slice_is_one_slice():
    found = propose(replace(POLICY, horizon_s=1), exposure(-400), Programme("overlay:x"), 0)
    assert (found.due_lots, found.slots) == (300, ())


def test_a_surprise_within_the_band_is_not_traded_back():
    programme = heading(300, done=350, carried=-50)  # a late fill
    found = propose(POLICY, exposure(-400, 350), programme, 0)
    assert (found.target_lots, found.due_lots, found.slots) == (350, 0, ())


@given(agreed=lots, mandate=lots, target=lots, done=lots, given_up=st.integers(0, 50),
       slots=st.lists(st.integers(0, 20), max_size=5))  # fmt: skip
def test_a_proposal_adds_up_and_trades_towards_what_is_wanted(
    agreed, mandate, target, done, given_up, slots
):
    programme = heading(target, tuple(slots), done=done)
    programme.carried = target - programme.committed - sum(slots)
    seen = exposure(agreed, done, mandate)
    found = propose(POLICY, seen, programme, given_up)
    committed, left = done - given_up, found.due_lots + sum(found.slots)
    assert found.target_lots - committed == left
    gap = seen.target - committed
    assert left * gap >= 0  # never away from it
    assert abs(left) <= abs(gap)  # nor beyond it
    if abs(gap) > POLICY.band_lots:
        assert abs(seen.target - found.target_lots) <= POLICY.band_lots
