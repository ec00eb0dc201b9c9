"""Rows, sentences and the verdict, from worlds by hand."""

from dataclasses import replace

from edgenode.sim.failures.judged import World
from edgenode.sim.failures.seen import Sample, Seen
from edgenode.sim.failures.summary import summary, text

YES = {
    "books_equal": True, "nothing_lost": True, "nothing_twice": True, "no_double_hedge": True,
    "right_breaks": True,
}  # fmt: skip


def world(seed=1, name="link_cut", **more):
    seen = Seen(samples=[Sample(1.0, 5, 40, 0)], made={"fill_lost": 3}, settled_s=2.5)
    held = World(name, seed, struck=True, answers=dict(YES), violation=None, seen=seen, digest="d")
    return replace(held, **more)


def test_where_all_hold_the_verdict_says_so_in_one_sentence():
    told = summary([world(1), world(2)])
    assert told["held"]
    assert told["verdict"].startswith("1 failures in 2 worlds held: box and centre ended with")
    (row,) = told["failures"]
    assert row["answers"]["nothing_lost"] == {"yes": 2, "no": 0, "not_asked": 0}
    assert "at most 40 entries waited, none 2.5 s later." in row["verdict"]
    assert row["checks"] == 6


def test_one_world_of_many_that_does_not_hold_is_named_with_its_seed():
    bad = world(7, answers={**YES, "nothing_lost": False}, violation="fill_lost: one")
    told = summary([world(1), bad])
    assert not told["held"]
    assert "1 of 1 failures did not hold: link_cut: seed 7: fill_lost: one." in told["verdict"]
    assert "held in 1 of 2 worlds" in told["failures"][0]["verdict"]


def test_a_question_that_was_not_asked_is_no_success():
    told = summary([world(answers={**YES, "books_equal": None})])
    assert not told["held"]
    assert "not shown: equal books" in told["verdict"]


def test_a_failure_that_never_struck_proves_nothing():
    told = summary([world(struck=False)])
    assert not told["held"]
    assert "it struck in 0 only" in told["verdict"]


def test_no_worlds_are_no_success():
    told = summary([])
    assert not told["held"]
    assert text(told).startswith("No world was lived through")


def test_people_read_the_verdict_first_and_then_a_line_a_failure():
    told = summary([world(1), world(1, "twin", answers={"copies_stopped": True})])
    lines = text(told).splitlines()
    assert lines[0] == told["verdict"]
    assert "two histories of one ledger met" in lines[0]
    assert [line.split()[:2] for line in lines[2:4]] == [["link_cut", "1/1"], ["twin", "1/1"]]
