"""Which children a slice has: tried before the gate, tried elsewhere, never asked for blindly."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.estimate.market import Estimates
from edgenode.core.hedge.children import Sender
from edgenode.core.observations import OrderAsked, Reported, Started, StateAsked, Tick
from edgenode.core.state.hedged import HedgeKey, Rows, Went
from edgenode.core.state.programmes import ALARM_TIMES
from edgenode.daemon.view import programmes
from edgenode.model.ids import VenueId
from edgenode.model.venue import Finished, NotAnswered, NotKnown
from tests.core.hedge.test_programme import SLICE, exposed, orders_of, publish
from tests.core.world import SECOND, WETH, intent

NONE: frozenset[VenueId] = frozenset()


def sender(world):
    rules, programme = world.state.rules, world.state.programmes.of(WETH)
    assert rules.policy is not None
    return Sender(
        world.state, world.seen, rules.policy, rules.instruments[WETH], programme, world.now
    )


def shape(found):
    return [(i.venue, i.side, i.quantity_lots) for i in found.intents]


def halt(world, venue, state="halted"):
    ask = StateAsked(scope=f"venue:{venue}", state=state, reason="", actor="person:p")
    world.observe(ask)


def test_children_are_named_by_the_programme_and_a_number():
    world = exposed()
    found = sender(world).children(200, NONE, ask=True)
    assert [i.client_order_id for i in found.intents] == [
        f"overlay:{WETH}:{n + 1}" for n in range(len(found.intents))
    ]
    assert found.counter == len(found.intents)
    assert {i.time_in_force for i in found.intents} == {"ioc"}


def test_a_name_that_someone_used_is_passed_over():
    world = exposed()
    taken = intent(f"overlay:{WETH}:1", account="desk:overlay", venue="a", lots=0)
    world.observe(OrderAsked(taken, "person:p"))
    found = sender(world).children(50, NONE, ask=True)
    assert [i.client_order_id for i in found.intents] == [f"overlay:{WETH}:2"]


def test_what_one_venue_may_not_take_goes_to_another():
    world = exposed()
    assert shape(sender(world).children(80, NONE, ask=True)) == [("a", "buy", 80)]
    halt(world, "a")
    assert shape(sender(world).children(80, NONE, ask=True)) == [("b", "buy", 80)]
    assert shape(sender(world).children(80, frozenset("b"), ask=False)) == []


def test_less_goes_out_where_less_is_all_that_passes():
    world = exposed()
    world.policy(order_notional_max=40 * 150_300 * 100)
    ((venue, _, lots),) = shape(sender(world).children(80, NONE, ask=True))
    assert (venue, lots) == ("a", 40)


def test_a_denial_is_asked_for_at_most_twice_for_one_cause():
    world = exposed()
    for venue in "ab":
        halt(world, venue)
    for _ in range(2):
        found = sender(world).children(80, NONE, ask=True)
        assert shape(found) == [("a", "buy", 80)]
        assert found.reason == "denied at a: EN121 trading_state"
        assert sender(world).children(80, NONE, ask=False).intents == ()
        world.observe(OrderAsked(found.intents[0], "rule:overlay"))
        programme = world.state.programmes.of(WETH)
        programme.counter = found.counter  # as the decision that sends it records
    found = sender(world).children(80, NONE, ask=True)
    assert (found.intents, found.reason) == ((), "denied at a: EN121 trading_state")
    halt(world, "b", "active")
    assert shape(sender(world).children(80, NONE, ask=True)) == [("b", "buy", 80)]


def test_the_smallest_order_is_by_quantity_and_by_worth():
    world = exposed()
    instrument = world.state.rules.instruments[WETH]
    assert sender(world).lots_min(150_000) == 1
    world.adopt(replace(instrument, quantity_lots_min=7))
    assert sender(world).lots_min(150_000) == 7
    assert sender(world).lots_min(None) == 7
    world.adopt(replace(instrument, notional_minor_min=150_000 * 100 * 9 + 1))
    assert sender(world).lots_min(150_000) == 10
    found = sender(world).children(8, NONE, ask=True)
    assert (found.intents, found.reason) == ((), "below the smallest order")


def test_a_venue_that_owes_an_answer_gets_nothing_while_there_is_another():
    world = exposed()
    world.now += SLICE
    publish(world)
    order = orders_of(world.facts(Tick()))[0]
    said = NotAnswered(venue=order.venue, order_id=order.order_id, detail="")
    world.observe(Reported(said))
    assert {v for v, _, _ in shape(sender(world).children(20, NONE, ask=True))} == {"b"}


def test_a_venue_that_a_trigger_stops_gets_nothing_while_there_is_another():
    world = exposed()
    assert shape(sender(world).children(80, NONE, ask=True)) == [("a", "buy", 80)]
    world.restrict("venue:a", "reducing", f"stress:basis:a/{WETH}")
    assert shape(sender(world).children(80, NONE, ask=True)) == [("b", "buy", 80)]
    world.restrict(f"instrument:{WETH}", "reducing", f"stress:basis:b/{WETH}")
    assert shape(sender(world).children(80, NONE, ask=True)) == [("a", "buy", 80)]


def test_a_stop_in_another_instrument_moves_no_hedge():
    world = exposed()
    world.restrict("venue:a", "reducing", "stress:basis:a/OTHER")
    assert shape(sender(world).children(80, NONE, ask=True)) == [("a", "buy", 80)]


ENDS = st.sampled_from(["unanswered", "unanswered", "never received", "restart", "canceled"])


@settings(max_examples=40)
@given(st.lists(ENDS, max_size=10), st.integers(1, 9))
def test_a_venue_that_leaves_one_child_after_another_unanswered_gets_the_smallest_until_it_answers(
    story, least
):
    world = exposed()
    del world.books["b", WETH]
    world.policy(horizon_s=30)
    world.adopt(replace(world.state.rules.instruments[WETH], quantity_lots_min=least))
    in_a_row = 0
    for number, end in enumerate(story):
        world.now += SLICE
        world.publish("a", 150_000)
        for order in orders_of(world.facts(Tick())):
            assert order.venue == "a"
            assert in_a_row < ALARM_TIMES or order.quantity_lots == least
            in_a_row = ended(world, order, end, number, in_a_row)
        alarms = [cause for cause, _ in world.state.programmes.of(WETH).alarms]
        assert alarms == (["unanswered by a"] if in_a_row >= ALARM_TIMES else [])
        assert len(programmes.problems(world.state)) == len(alarms)
    world.assert_refolds()


def ended(world, order, end, number, in_a_row):
    """Let a child end; returns how many in a row were not answered."""
    named = {"venue": order.venue, "order_id": order.order_id}
    if end == "canceled":
        world.observe(Reported(Finished(**named, reason="canceled", cum_lots=0)))
        return 0
    if end == "restart":
        world.observe(Started(boot_tag=number + 2, version="0", mode="paper"))
        return in_a_row
    world.observe(Reported(NotAnswered(**named, detail="503")))
    if end == "never received":
        for _ in range(2):
            world.observe(Reported(NotKnown(**named)))
            world.now += 11 * SECOND
    return in_a_row + 1


def test_the_alarm_says_that_a_venue_answers_no_order():
    world = exposed()
    del world.books["b", WETH]
    for _ in range(2):
        world.now += SLICE
        world.publish("a", 150_000)
        for order in orders_of(world.facts(Tick())):
            ended(world, order, "unanswered", 0, 0)
    (problem,) = programmes.problems(world.state)
    assert "venue a answers none of them, and gets the smallest order" in problem["text"]
    found = sender(world).children(20, NONE, ask=True)
    assert found.reason == "no answer from a: the smallest order asks"


def test_without_a_price_or_a_book_nothing_goes_out_and_the_reason_is_told():
    world = exposed()
    world.now += 60 * SECOND
    found = sender(world).children(20, NONE, ask=True)
    assert found.reason == "no venue with a fresh book is left in this slice"
    world.policy(static_reference_ticks=None)
    assert sender(world).children(20, NONE, ask=True).reason == "no fresh reference price"
    publish(world)
    world.publish("a", 150_000, lots=1)
    world.publish("b", 150_000, lots=1)
    world.adopt(replace(world.state.rules.instruments[WETH], quantity_lots_min=15))
    found = sender(world).children(20, NONE, ask=True)
    assert found.reason == "the venues display less than the smallest order"


def test_of_two_equal_venues_the_one_that_executes_comes_first():
    world = exposed()
    estimates = Estimates()
    for minute in range(-30, 1):
        estimates.saw(WETH, world.now + 60 * minute * SECOND, 1_500 + 4 * (minute % 2))
    world.seen = replace(world.seen, estimates=estimates)
    assert shape(sender(world).children(80, NONE, ask=True)) == [("a", "buy", 80)]
    missed = [Went(world.now, 150_000, 100, 0, None)] * 10
    world.state.hedged.went[HedgeKey(VenueId("a"), WETH)] = Rows(10, missed)
    assert shape(sender(world).children(80, NONE, ask=True)) == [("b", "buy", 80)]
    assert sum(lots for _, _, lots in shape(sender(world).children(600, NONE, ask=True))) == 600
