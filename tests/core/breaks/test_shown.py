"""Rows of open breaks: the same at a box and at the centre."""

from edgenode.core.breaks import shown
from edgenode.daemon.paper import PaperWorld
from tests.core.breaks.test_resolving import RICH, resolve, two_orders
from tests.core.world import World


def test_a_row_tells_the_break_in_words_with_its_versions_and_decisions():
    world, _, break_id = two_orders()
    (row,) = shown.listed(world.state)
    whole = shown.one(world.state, break_id)
    assert row.items() <= whole.items()
    assert whole["decisions"] == ["both", "version", "never_happened"]
    assert sorted(v["text"] for v in whole["versions"]) == [
        "buy 0.30 WETH at 1500.50 USDC", "buy 0.40 WETH at 1500.50 USDC",
    ]  # fmt: skip
    assert whole["proposed"] is None
    resolve(world, break_id, "both")
    assert (shown.listed(world.state), shown.one(world.state, break_id)) == ([], None)


def test_what_one_person_proposed_is_shown_until_a_second_agrees():
    world, _, break_id = two_orders(PaperWorld(venues=("a",), decide_alone_max=0))
    resolve(world, break_id, "both", person="ann")
    assert shown.one(world.state, break_id)["proposed"]["person"] == "ann"


def test_how_a_break_ends_is_a_decision_or_a_closing():
    assert shown.ends_by("fill_content") == shown.DECIDE
    assert shown.ends_by("venue_message") == shown.CLOSE


def test_a_world_without_breaks_lists_none():
    assert shown.listed(World(RICH).state) == []
