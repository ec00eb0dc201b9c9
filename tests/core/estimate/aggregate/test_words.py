"""What is told of each source."""

from edgenode.core.estimate.aggregate.words import by_others, told
from tests.core.estimate.aggregate.feeds import DAY, STEP_S, Stage, leading, target, useless

VALUES = target(days=16)
LEAD = leading(VALUES)


def found(sources, to):
    stage = Stage(VALUES, sources)
    stage.run(to)
    return {one.name: one for one in told(stage.aggregate)}


def test_it_says_what_is_used_and_why():
    one = found({"lead": LEAD}, 8 * DAY)["lead"]
    assert (one.state, one.weight, one.heard_s) == ("used", 1.0, 8 * DAY * STEP_S)
    assert one.sentence.startswith("has 100 % of the say: it saves ")


def test_it_says_how_much_of_the_trial_is_over():
    one = found({"lead": LEAD}, 3 * DAY + DAY // 2)["lead"]
    assert (one.state, one.weight) == ("shadow", 0.0)
    assert "2 days scored, 5 needed" in one.sentence


def test_it_says_that_one_copies_another_that_one_is_dropped_and_that_one_is_silent():
    sources = {"lead": LEAD, "zz": LEAD, "noise": useless(16 * DAY), "gone": LEAD[: 10 * DAY]}
    all_of = found(sources, 16 * DAY - 5)
    assert all_of["zz"].copy_of == "lead"
    assert all_of["zz"].sentence == "tells what lead tells, and adds nothing"
    assert (all_of["gone"].silent, all_of["gone"].weight) == (True, 0.0)
    assert "silent now" in all_of["gone"].sentence
    assert "calendar" not in all_of  # nothing was announced


def test_it_says_who_moves_a_forecast_and_by_how_much():
    stage = Stage(VALUES, {"lead": LEAD})
    stage.run(8 * DAY)
    assert by_others(stage.aggregate, 1.25) == (
        "Other sources put it 25 % higher (by weight: lead 100 %)."
    )
    assert "put it 20 % lower" in by_others(stage.aggregate, 0.8)
    assert "confirm it" in by_others(stage.aggregate, 1.001)
