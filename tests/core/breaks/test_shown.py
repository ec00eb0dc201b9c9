"""Rows of open breaks: the same at a box and at the centre."""

from edgenode.core.breaks import shown
from edgenode.daemon.paper import PaperWorld
from tests.core.breaks.test_resolving import RICH, open_break, resolve, two_orders
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
    assert shown.listed(world.state) == []
    assert shown.one(world.state, break_id)["text"].startswith("Decided by ann as both: booked")
    assert shown.one(world.state, "fill_content:a/none-00000000") is None


def test_what_one_person_proposed_is_shown_until_a_second_agrees():
    world, _, break_id = two_orders(PaperWorld(venues=("a",), decide_alone_max=0))
    resolve(world, break_id, "both", person="ann")
    whole, (row,) = shown.one(world.state, break_id), shown.listed(world.state)
    assert whole["proposed"] == row["proposed"]
    assert (row["proposed"]["decision"], row["proposed"]["person"]) == ("both", "ann")
    assert "ann decided at 2022-07-27T17:40:00" in row["ends_by"]
    assert f"edgenode breaks resolve {break_id} --both" in row["ends_by"]
    resolve(world, break_id, "both", person="bob")
    assert shown.listed(world.state) == []


def test_what_may_be_decided_is_said_as_options_with_who_must_say_it():
    world, _, break_id = two_orders()
    one = shown.one(world.state, break_id)
    assert one["decide"] == ["--both", "--version DIGITS", "--never-happened"]
    assert one["persons"].startswith("Above ")
    assert one["persons"].endswith(" USDC a second person must too")
    open_break(world, "balance_mismatch", "a/USDC")
    one = shown.one(world.state, "balance_mismatch:a/USDC")
    assert one["decide"] == ["--carry-in desk:book|desk:overlay --amount N"]
    assert one["persons"] == "A second person must say the same"
    open_break(world, "venue_message", "a")
    assert shown.one(world.state, "venue_message:a")["persons"] == ""


def test_how_a_break_ends_is_a_decision_or_a_closing():
    assert shown.ends_by("fill_content") == shown.DECIDE
    assert shown.ends_by("venue_message") == shown.CLOSE


def test_a_world_without_breaks_lists_none():
    assert shown.listed(World(RICH).state) == []
