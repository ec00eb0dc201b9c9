from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.hedge.schedule import pop, replan

slots = st.lists(st.integers(-500, 500), max_size=20).map(tuple)
changes = st.integers(-10_000, 10_000)


@given(slots, changes, st.integers(1, 20))
def test_the_sum_grows_by_exactly_the_change(plan, change, slices):
    assert sum(replan(plan, change, slices)) == sum(plan) + change


@given(slots, changes, st.integers(1, 20))
def test_no_slot_moves_against_the_change(plan, change, slices):
    made = replan(plan, change, slices)
    for before, after in zip(plan, made, strict=False):
        if change > 0:
            assert after >= before
        if change < 0:
            assert after <= before


@given(st.lists(st.integers(0, 500), min_size=1, max_size=20).map(tuple), st.integers(0, 10_000))
def test_nothing_is_sold_while_something_is_still_to_be_bought(plan, less):
    made = replan(plan, -less, 20)
    if less <= sum(plan):
        assert min(made) >= 0


def test_opposite_slots_are_cancelled_soonest_first():
    assert replan((10, 10, 10), -15, 3) == (0, 5, 10)


def test_what_does_not_divide_goes_to_the_earliest():
    assert replan((), 10, 4) == (3, 3, 2, 2)
    assert replan((), -10, 4) == (-3, -3, -2, -2)


def test_pop_takes_the_slice_that_is_due():
    assert pop((3, 2)) == (3, (2,))
    assert pop(()) == (0, ())
