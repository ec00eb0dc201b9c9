from dataclasses import replace

from edgenode.core.observations import OrderAsked
from edgenode.core.state.open_lots import NO_LOADS, OpenLots
from edgenode.model.facts import OrderGated
from tests.core.world import CUSTOMER, WETH, World, intent

(GATED, *_) = World().facts(OrderAsked(intent("T", lots=10, price=140_000), CUSTOMER))
assert isinstance(GATED, OrderGated)
DESK = replace(GATED, account="desk:book", event_id="ev")


def test_lots_are_counted_by_account_and_side_by_venue_and_as_a_load():
    open_ = OpenLots()
    open_.works(GATED, 10, orders=1)
    open_.works(replace(GATED, venue="a"), 5, orders=1)
    assert open_.lots[GATED.account, WETH, "buy"] == 15
    assert open_.at_venue[GATED.account, "a", WETH, "buy"] == 5
    assert open_.loads[GATED.account][WETH] == (2, 15 * 140_000)
    assert open_.of_event == {}, "a customer's order is no use of a micro-event's room"


def test_what_ends_leaves_nothing_behind():
    open_ = OpenLots()
    for order in (GATED, DESK):
        open_.works(order, 10, orders=1)
        open_.works(order, -4)
        open_.works(order, -6, orders=-1)
    assert (open_.at_venue, open_.loads, open_.of_event) == ({}, {}, {})
    assert set(open_.lots.values()) == {0}
    assert open_.loads.get("nobody", NO_LOADS) is NO_LOADS


def test_the_desks_orders_count_for_their_micro_event():
    open_ = OpenLots()
    open_.works(DESK, 10, orders=1)
    assert open_.of_event == {("ev", WETH): 10}
