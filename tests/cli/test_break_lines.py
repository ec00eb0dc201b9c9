"""How breaks are listed and shown: each with what happened, what to do, and what ends it."""

import pytest

from edgenode.central.desk.breaks import _at_desk
from edgenode.cli.decision import listed_lines, shown_lines
from edgenode.core.breaks import opening, shown
from edgenode.core.breaks.resolving import DECISIONS
from edgenode.model.break_types import FORGOTTEN, NOT_CANCELED, UNRESOLVED, VENUE_MESSAGE
from edgenode.model.facts import BreakOpened
from tests.core.orders.sent import sent
from tests.core.world import START


def opened(type_):
    """A node with one break of a type, about an order to buy 1.00 WETH at venue a."""
    world, order_id = sent()
    said = "up to 1.00 WETH may have executed"
    (act,) = opening.opened(world.state, type_, order_id, said, START)
    assert isinstance(act.fact, BreakOpened)
    world.state.breaks.open[act.fact.break_id] = act.fact
    return world.state, act.fact.break_id


@pytest.mark.parametrize("type_", [UNRESOLVED, FORGOTTEN, NOT_CANCELED, VENUE_MESSAGE])
def test_a_list_and_one_break_say_what_to_do_and_which_command_ends_it(type_):
    state, break_id = opened(type_)
    (row,) = shown.listed(state)
    for lines in (listed_lines(row), shown_lines(shown.one(state, break_id))):
        (do,) = [line for line in lines if line.startswith("  Do: ")]
        assert row["do"] in do
        ends = "edgenode breaks show ID" if type_ in DECISIONS else "edgenode breaks close ID"
        assert ends in do


@pytest.mark.parametrize("type_", [UNRESOLVED, FORGOTTEN, NOT_CANCELED])
def test_a_break_of_an_order_tells_its_side_quantity_price_and_account(type_):
    state, break_id = opened(type_)
    order = next(iter(state.orders.at_venues())).gated
    text = shown.one(state, break_id)["text"]
    assert f"the order to {order.side} 1.00 WETH at " in text
    assert f" USDC of {order.account}: " in text
    state.orders.orders.clear()
    assert "an order: up to 1.00 WETH" in shown.one(state, break_id)["text"]


def test_the_desk_names_its_own_command():
    state, _ = opened(UNRESOLVED)
    row = _at_desk("edge-07", shown.listed(state)[0])
    (_, _, do) = listed_lines(row, "edge-07  ")
    assert "decide: edgecentral breaks show ID --node edge-07, then breaks resolve ID" in do
