from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.hedge.core import (
    MANDATE_LIFE_NS,
    SECOND_NS,
    SILENT_NS,
    MandateProgress,
    issue,
    take_over,
    work,
)
from edgenode.core.state.exposure import Exposure, Interval
from edgenode.model.facts import CoreHedgeSet
from tests.core.world import START, WETH

SETTINGS = CoreHedgeSet(
    at_ns=0, node="edge-07", instrument=WETH, enabled=True, horizon_s=600, slice_s=30,
    slice_lots_max=50, band_lots=100, half_spread_ppm=200, feed="f",
)  # fmt: skip
lots = st.integers(-500, 500)
SLICE = 30 * SECOND_NS


def exposure(agreed=-400, overlay=0, mandate=0):
    return Exposure(
        agreed=agreed,
        book=Interval(agreed, agreed),
        mandate=mandate,
        overlay_agreed=overlay,
        overlay=Interval(overlay, overlay),
    )


def ask(
    progress, now=START, heard=None, *, settings=SETTINGS, seen=None, adopted=None, priced=True
):
    return issue(
        settings,
        progress,
        seen or exposure(),
        progress.issued_version if adopted is None else adopted,
        now_ns=now,
        heard_ns=now if heard is None else heard,
        priced=priced,
    )


def take(progress, made):
    progress.issued_lots, progress.issued_version = made.quantity_lots, made.version
    progress.issued_until = made.valid_until


def test_a_mandate_is_the_next_slice_and_comes_once_per_slice():
    progress = MandateProgress()
    made = ask(progress)
    assert (made.quantity_lots, made.version) == (20, 1)
    assert ask(progress) is None
    assert made.valid_until > made.at_ns


def test_the_first_mandate_comes_with_nothing_to_hedge_and_one_is_always_in_force():
    progress, now = MandateProgress(), START
    in_force = []
    for _ in range(200):
        made = ask(progress, now, seen=exposure(agreed=0))
        if made is not None:
            assert (made.quantity_lots, made.version) == (0, progress.issued_version + 1)
            assert now < progress.issued_until or not in_force, "renewed before the last ended"
            take(progress, made)
            in_force.append(made)
        now += MANDATE_LIFE_NS // 20
    assert in_force[0].at_ns == START
    assert 10 < len(in_force) <= 21, "every half of its life, not at every slice"


OFF = {"settings": replace(SETTINGS, enabled=False)}


@pytest.mark.parametrize(("gone", "slices"), [(OFF, 1), ({"priced": False}, 2)])
def test_core_that_takes_no_more_ends_the_mandate_and_takes_back_its_promise(gone, slices):
    progress = MandateProgress()
    take(progress, ask(progress))
    progress.core_lots = 5  # of the 20 that were promised
    told = []
    for number in range(1, 5):
        made = ask(progress, START + number * SLICE, **gone)
        if made is not None:
            told.append((number, made.quantity_lots, made.version, made.valid_until))
            take(progress, made)
    assert told == [(slices, 5, 2, START + slices * SLICE)], "told once: it takes no more"
    assert ask(progress, START + 5 * SLICE).valid_until > START + 5 * SLICE, "and begins again"


def test_a_feed_that_begins_or_is_late_once_ends_no_mandate():
    progress = MandateProgress()
    take(progress, ask(progress))
    for number in range(1, 20, 2):
        assert ask(progress, START + number * SLICE, priced=False) is None
        made = ask(progress, START + (number + 1) * SLICE)
        if made is not None:
            assert made.valid_until > made.at_ns
            take(progress, made)


@pytest.mark.parametrize("issued", [20, 5])
def test_a_promise_that_ran_out_and_was_not_worked_is_taken_back(issued):
    progress = MandateProgress(issued, 1, START, core_lots=5)
    assert ask(progress, START + SLICE, priced=False) is None
    made = ask(progress, START + 2 * SLICE, priced=False)
    assert (made and made.quantity_lots) == (5 if issued != 5 else None)


def test_no_new_promise_before_the_last_one_is_adopted():
    progress = MandateProgress()
    made = ask(progress)
    take(progress, made)
    assert ask(progress, START + SLICE, adopted=0) is None
    assert sum(progress.slots) == 380  # the rest of the schedule waits
    assert ask(progress, START + 2 * SLICE, adopted=1).version == 2


def test_what_is_promised_is_at_most_a_slice_away_from_what_core_holds():
    progress = MandateProgress(50, 1, START + MANDATE_LIFE_NS)  # adopted, and not worked
    assert ask(progress) is None, "it would be two slices"
    assert ask(progress, START + SLICE, seen=exposure(agreed=400)).quantity_lots < 50


class Desk:
    """One node and its core hedge: what is issued is adopted at once, late, or never again."""

    def __init__(self, settings=SETTINGS):
        self.settings, self.progress = settings, MandateProgress()
        self.adopted, self.mandate, self.now = 0, 0, START

    def look(self, agreed, *, adopts=True, priced=True):
        progress, self.now = self.progress, self.now + self.settings.slice_s * SECOND_NS
        if adopts:
            self.adopted, self.mandate = progress.issued_version, progress.issued_lots
        seen = exposure(agreed=agreed, mandate=self.mandate)
        order = work(self.settings, progress, seen, self.adopted) if priced else None
        if order is not None:
            assert order.worst_after <= order.bound
            progress.core_lots += order.lots
            progress.worked_version = self.adopted
        made = ask(
            progress,
            self.now,
            settings=self.settings,
            seen=seen,
            adopted=self.adopted,
            priced=priced,
        )
        if made is not None:
            assert abs(made.quantity_lots - progress.core_lots) <= self.settings.slice_lots_max
            take(progress, made)


LOOKS = st.lists(
    st.tuples(
        lots,
        st.booleans(),
        st.sampled_from([(600, 30), (60, 30), (120, 60), (30, 30)]),
        st.sampled_from([0, -3600, -7, 86_400]),
        st.booleans(),
    ),
    max_size=30,
)


@given(LOOKS, lots)
def test_whatever_came_before_core_meets_what_is_exposed_once_that_rests(looks, at_last):
    """Customers trade back, adoptions are late, slices change, clocks are set, feeds die."""
    desk = Desk()
    for agreed, adopts, (horizon_s, slice_s), step_s, priced in looks:
        desk.settings = replace(SETTINGS, horizon_s=horizon_s, slice_s=slice_s)
        desk.now += step_s * SECOND_NS
        desk.look(agreed, adopts=adopts, priced=priced)
    for _ in range(100):
        desk.look(at_last)
    assert (desk.progress.core_lots, desk.progress.issued_lots) == (-at_last, -at_last)
    assert desk.now < desk.progress.issued_until, "and one is in force"


def test_while_the_node_cannot_be_heard_nothing_new_is_promised():
    assert ask(MandateProgress(), START, START - SILENT_NS - 1) is None
    assert ask(MandateProgress(), START, START - SILENT_NS) is not None


def test_nothing_is_promised_where_the_desk_has_switched_it_off():
    assert ask(MandateProgress(), settings=replace(SETTINGS, enabled=False)) is None


def test_an_order_waits_for_the_adopted_version():
    progress = MandateProgress(issued_lots=20, issued_version=1)
    assert work(SETTINGS, progress, exposure(), adopted_version=0) is None
    found = work(SETTINGS, progress, exposure(), adopted_version=1)
    assert (found.lots, found.worst_before, found.worst_after) == (20, 0, 20)
    progress.core_lots, progress.worked_version = 20, 1
    assert work(SETTINGS, progress, exposure(), adopted_version=1) is None


def test_an_order_that_would_pass_the_one_bound_waits():
    progress = MandateProgress(issued_lots=200, issued_version=1)
    full = exposure(agreed=-100, overlay=250)  # the bound is |-100| + 100 + 50 = 250
    assert work(SETTINGS, progress, full, adopted_version=1) is None


@given(
    st.integers(-500, 500), st.integers(-500, 500), st.integers(-500, 500), st.integers(-500, 500)
)
def test_what_is_sent_keeps_the_bound(agreed, overlay, core, issued):
    progress = MandateProgress(issued_lots=issued, issued_version=1, core_lots=core)
    seen = exposure(agreed, overlay)
    found = work(SETTINGS, progress, seen, adopted_version=1)
    if found is not None:
        assert found.worst_after <= max(abs(overlay + core), abs(agreed) + 100 + 50) == found.bound
        assert abs(overlay + core + found.lots) <= found.worst_after


SPAN = st.tuples(st.integers(-300, 0), st.integers(0, 300))


@given(lots, lots, SPAN, SPAN, st.integers(-500, 500), st.integers(-500, 500))
def test_what_is_sent_keeps_the_bound_of_every_truth(agreed, overlay, book, held, core, issued):
    """E and O are in doubt: core holds no more than the bound, whichever truth it is."""
    seen = Exposure(
        agreed, Interval(agreed + book[0], agreed + book[1]), 0,
        overlay, Interval(overlay + held[0], overlay + held[1]), book, held,
    )  # fmt: skip
    progress = MandateProgress(issued_lots=issued, issued_version=1, core_lots=core)
    found = work(SETTINGS, progress, seen, adopted_version=1)
    for exposed in (*seen.book, seen.book.nearest_zero()) if found else ():
        for other in seen.overlay:
            after = other + core + found.lots
            assert abs(after) <= max(abs(other + core), abs(exposed) + 100 + 50)


@given(lots, lots, st.integers(-100, 100))
def test_what_an_ended_incarnation_left_is_covered_in_bounded_slices(agreed, overlay, core):
    progress, left = MandateProgress(core_lots=core), exposure(agreed=agreed, overlay=overlay)
    for number in range(1, 40):
        order = take_over(SETTINGS, progress, left, now_ns=START + number * SLICE)
        assert take_over(SETTINGS, progress, left, now_ns=START + number * SLICE) is None
        if order is None:
            break
        before = abs(agreed + overlay + progress.core_lots)
        assert 0 < abs(order.lots) <= SETTINGS.slice_lots_max
        assert order.worst_after <= order.bound
        progress.core_lots += order.lots
        assert abs(agreed + overlay + progress.core_lots) == before - abs(order.lots)
    assert agreed + overlay + progress.core_lots == 0
