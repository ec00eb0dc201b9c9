"""How hedges fared at venues: what is expected of the next one, and what missing costs."""

from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.estimate.venues import hedges
from edgenode.core.estimate.venues.hedges import MISS_PPM_MAX, WHOLE
from edgenode.core.observations import OrderAsked, Reported
from edgenode.core.state.hedged import Went
from edgenode.daemon.paper import PaperWorld
from edgenode.model.venue import Finished
from tests.core.orders.sent import fill
from tests.core.world import SECOND, START, WETH, World, intent

FIGURES = PaperWorld(
    venues=("a", "b"), cost_limit=10**9, event_spend_max=10**9, position_lots=10**6
)
MINUTE_25BP = 0.0025**2


def story(*orders):
    """Return a world in which hedges of 100 lots executed so many, and then ended."""
    world = World(FIGURES)
    for number, (venue, filled, reason) in enumerate(orders):
        world.now += 60 * SECOND
        world.publish("a", 150_000)
        world.publish("b", 150_000)
        ask = intent(f"H{number}", account="desk:overlay", venue=venue, lots=100, price=150_100,
                     time_in_force="ioc")  # fmt: skip
        order_id = world.facts(OrderAsked(ask, "rule:overlay"))[0].order_id
        if filled:
            said = fill(order_id, f"x{number}", filled, venue=venue, price_ticks=150_075)
            world.observe(Reported(said))
        end = Finished(venue=venue, order_id=order_id, reason=reason, cum_lots=filled)
        world.observe(Reported(end))
    return world


def went(shares):
    return [Went(START, 150_000, 100, share, 500 if share else None) for share in shares]


def test_what_is_executed_and_at_what_shortfall():
    hedged = story(("a", 100, "filled"), ("a", 40, "canceled"), ("b", 0, "canceled")).state.hedged
    a, b, c = (hedges.rows(hedged, venue, WETH) for venue in "abc")
    assert hedges.fill_ratio(a) == (1.4 + WHOLE) / (2 + WHOLE)
    assert hedges.fill_ratio(b) == WHOLE / (1 + WHOLE)
    assert hedges.fill_ratio(c) == 1, "a venue is trusted until it fails"
    assert [hedges.executed(one) for one in (a, b, c)] == [0.7, 0.0, None]
    assert [(p.lots, p.cost_bp) for p in hedges.points(a)] == [(100, 5), (40, 5)]
    assert hedges.points(b) == []
    assert hedges.shares(hedged, WETH) == {"a": 1.0, "b": 0.0}


def test_the_cost_of_a_size_is_known_once_hedges_were_executed():
    assert hedges.cost_bp(World().state.hedged, "a", WETH, 100) is None
    hedged = story(("a", 100, "filled")).state.hedged
    assert hedges.cost_bp(hedged, "a", WETH, 100) == 5
    assert hedges.cost_bp(hedged, "b", WETH, 100) == 5, "as at the others"


def test_events_count_once_and_only_where_something_was_executed():
    named = zip(went([9, 9, 0, 9]), "eefg", strict=True)
    rows = [row._replace(event_id=name) for row, name in named]
    assert hedges.events(rows, START) == 2
    assert hedges.events(rows, START + 1) == 0
    assert hedges.events(went([9]), START) == 0, "outside of events"


@given(st.lists(st.integers(0, 100), max_size=60), st.floats(0, 10))
def test_missing_costs_something_where_hedges_miss_and_never_beyond_its_bound(shares, variance):
    missed = hedges.miss_ppm(went(shares), variance)
    assert 0 <= missed <= MISS_PPM_MAX
    if all(share == 100 for share in shares):
        assert missed == 0


@given(st.lists(st.integers(0, 99), min_size=1, max_size=60))
def test_less_executed_never_costs_less(shares):
    more = hedges.miss_ppm(went([share + 1 for share in shares]), MINUTE_25BP)
    assert more <= hedges.miss_ppm(went(shares), MINUTE_25BP)


def test_a_venue_that_executes_nothing_costs_the_move_of_a_slice_in_the_end():
    missed = hedges.miss_ppm(went([0] * 250), MINUTE_25BP)
    assert 500 <= missed <= 576, "25 bp a minute move 5.8 bp on the mean in 5 s"


def test_of_an_unknown_variance_nothing_is_said():
    assert hedges.miss_ppm(went([0] * 9), None) == 0
