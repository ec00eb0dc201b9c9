"""Each failure holds, and a product that is broken on purpose does not."""

import pytest

from edgenode.core import node
from edgenode.core.seen import NO_PAST
from edgenode.core.state.exposure import Exposure
from edgenode.services import recorder as recorder_module
from edgenode.services.inquiry import Inquiry
from edgenode.sim.failures.cases import BY_NAME, FAILURES
from edgenode.sim.failures.judged import ASKED, RIGHT_BREAKS, Task, answers, judged
from edgenode.sim.failures.seen import Seen
from edgenode.sim.world.judged import Violation


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.name)
def test_a_failure_strikes_and_holds(failure):
    world = judged(Task(failure.name, 1))
    assert world.struck, "it proves nothing"
    assert world.violation is None
    assert world.held, world.answers


def test_the_same_seed_is_judged_the_same():
    one, again = (judged(Task("late_outcome", 2)) for _ in range(2))
    assert (one.digest, one.seen.samples) == (again.digest, again.seen.samples)
    assert one.digest != judged(Task("late_outcome", 3)).digest


def _answered(question, name):
    """Return the first answer of some seeds that is no yes."""
    worlds = (judged(Task(name, seed)) for seed in range(4))
    return next((w.answers[question] for w in worlds if not w.held), True)


def test_a_box_that_books_a_repeated_fill_again_does_not_hold(monkeypatch):
    monkeypatch.setattr(recorder_module, "past_of", lambda *_: NO_PAST)
    monkeypatch.setattr(node, "ENDED_ORDERS_KEPT", 0)
    assert _answered("books_equal", "double_fill") is False


def test_two_tiers_that_hedge_the_same_risk_do_not_hold(monkeypatch):
    monkeypatch.setattr(Exposure, "target", property(lambda self: -self.agreed))
    assert _answered("no_double_hedge", "link_cut") is False


def test_an_order_that_nobody_asks_about_does_not_hold(monkeypatch):
    async def nothing(self):
        pass

    monkeypatch.setattr(Inquiry, "run", nothing)
    assert _answered("nothing_lost", "late_outcome") is False


# -- answers by hand ---------------------------------------------------------------------------


def seen(**more):
    return Seen(made={name: 1 for names in ASKED.values() for name in names}, **more)


def test_what_was_never_asked_at_the_end_is_no_yes():
    told = answers(BY_NAME["link_cut"], Seen(made={"folds_otherwise": 9}), None)
    assert told["books_equal"] is None
    assert answers(BY_NAME["link_cut"], seen(), None)["books_equal"] is True


def test_a_violation_answers_its_own_question_and_leaves_the_breaks_unjudged():
    told = answers(BY_NAME["link_cut"], seen(), Violation("fill_lost", "one"))
    assert told["nothing_lost"] is False
    assert told["nothing_twice"] is True
    assert told[RIGHT_BREAKS] is None


@pytest.mark.parametrize(
    ("opened", "left", "right"),
    [
        ({"fill_content": 1}, {"fill_content": 1}, True),
        ({"fill_content": 1, "unresolved": 1}, {"fill_content": 1}, True),
        ({"fill_content": 1}, {}, False),  # closed, though only the venue can
        ({"fill_content": 1, "balance_mismatch": 1}, {"fill_content": 1}, False),
        ({}, {}, False),
    ],
)
def test_breaks_are_right_if_the_due_ones_are_open_and_no_others_were_opened(opened, left, right):
    failure = BY_NAME["one_id_for_two_fills"]
    told = answers(failure, seen(opened=opened, left=left), None)
    assert told[RIGHT_BREAKS] is right


def test_copies_are_judged_by_how_they_were_stopped():
    told = answers(BY_NAME["twin"], seen(), None)
    assert set(told) == {"nothing_twice", "copies_stopped", RIGHT_BREAKS}
