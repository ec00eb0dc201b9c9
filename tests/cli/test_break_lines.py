"""How breaks are listed and shown: each with what happened, what to do, and what ends it."""

import pytest

from edgenode.central.desk.breaks import _at_desk
from edgenode.cli.decision import answered, listed_lines, shown_lines
from edgenode.core.breaks import opening, proposals, shown
from edgenode.core.breaks.resolving import DECISIONS
from edgenode.model.break_types import FORGOTTEN, NOT_CANCELED, UNRESOLVED, VENUE_MESSAGE
from edgenode.model.facts import BreakOpened
from tests.core.breaks.test_resolving import RICH, open_break, resolve
from tests.core.orders.sent import sent
from tests.core.world import START, World


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


def test_a_second_person_reads_the_first_ones_word_and_how_to_repeat_it():
    world = World(RICH)
    open_break(world, "balance_mismatch", "a/USDC")
    break_id = "balance_mismatch:a/USDC"
    resolve(world, break_id, "carry_in", "ann\x1b[2J", account="desk:book", amount=13_507)
    at_desk = _at_desk("edge-07", shown.one(world.state, break_id))
    whole = (shown_lines(shown.one(world.state, break_id)), shown_lines(at_desk))
    for lines, program in zip(whole, ("edgenode", "edgecentral"), strict=True):
        said = "\n".join(lines)
        assert "[2J decided at 2022-07-27T17:40:00" in said
        assert 'USDC in to desk:book ("the venue said so")' in said
        node = " --node edge-07" if program == "edgecentral" else ""
        assert f"{program} breaks resolve {break_id}{node} --carry-in desk:book --amount" in said
        assert "Another decision begins a new proposal: --carry-in desk:book|desk:overlay" in said
        assert "\x1b" not in said
    former = world.state.breaks.proposals[break_id]
    resolve(world, break_id, "carry_in", "bob", account="desk:book", amount=10_000)
    told = proposals.told(world.state, world.state.breaks.proposals[break_id], former)
    text = answered({"break_id": break_id, **told}, "settled")
    assert f"{break_id}: recorded as bob's: carry " in text
    assert "A new proposal, as this is another decision. Counts no more: ann" in text
    assert answered({"proposed": None, "former": None}, "settled") == "settled"


def test_the_desk_names_its_own_command():
    state, _ = opened(UNRESOLVED)
    row = _at_desk("edge-07", shown.listed(state)[0])
    (_, _, do) = listed_lines(row, "edge-07  ")
    assert "decide: edgecentral breaks show ID --node edge-07, then breaks resolve ID" in do
