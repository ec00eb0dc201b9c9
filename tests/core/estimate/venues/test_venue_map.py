"""The map: what orders that do not execute cost, and what a size is expected to cost."""

from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.estimate.venues.children import Child
from edgenode.core.estimate.venues.venue_map import KEYS_MAX, MISS_PPM_MAX, VenueMap
from edgenode.model.ids import NO_EVENT
from tests.core.estimate.venues.test_books import book
from tests.core.estimate.venues.test_children import story
from tests.core.world import START, WETH

MINUTE_25BP = 0.0025**2


def mapped(shares):
    known = VenueMap()
    known.children.ended["a", WETH] = [
        Child(START, NO_EVENT, 100, share, 5.0 if share else None) for share in shares
    ]
    return known


@given(st.lists(st.integers(0, 100), max_size=60), st.floats(0, 10))
def test_missing_costs_something_where_orders_miss_and_never_beyond_its_bound(shares, variance):
    missed = mapped(shares).miss_ppm("a", WETH, variance)
    assert 0 <= missed <= MISS_PPM_MAX
    if all(share == 100 for share in shares):
        assert missed == 0


@given(st.lists(st.integers(0, 99), min_size=1, max_size=60))
def test_less_executed_never_costs_less(shares):
    more = mapped([share + 1 for share in shares]).miss_ppm("a", WETH, MINUTE_25BP)
    assert more <= mapped(shares).miss_ppm("a", WETH, MINUTE_25BP)


def test_a_venue_that_executes_nothing_costs_the_move_of_a_slice_in_the_end():
    missed = mapped([0] * 250).miss_ppm("a", WETH, MINUTE_25BP)
    assert 500 <= missed <= 576, "25 bp a minute move 5.8 bp on the mean in 5 s"


def test_of_an_unknown_variance_nothing_is_said():
    assert mapped([0] * 9).miss_ppm("a", WETH, None) == 0


def test_the_cost_of_a_size_is_known_once_orders_were_executed():
    known = VenueMap()
    assert known.cost_bp("a", WETH, 100) is None
    for recorded in story(("a", 100, "filled")).recorded:
        known.take(recorded.fact)
    assert round(known.cost_bp("a", WETH, 100), 6) == 5
    assert round(known.cost_bp("b", WETH, 100), 6) == 5, "as at the others"


def test_it_knows_so_many_venues_and_no_more():
    known = VenueMap()
    for number in range(KEYS_MAX + 5):
        one = book()
        object.__setattr__(one, "venue", f"v{number}")
        known.saw(one, START, None)
    assert len(known.books) == KEYS_MAX
