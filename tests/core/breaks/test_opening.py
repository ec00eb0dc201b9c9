from edgenode.core.breaks.opening import DETAIL_MAX, closed, message, opened, text
from edgenode.core.node import evolve, record
from edgenode.wire import facts
from tests.core.world import World


def test_a_break_is_opened_once_and_closed_once_and_its_text_fits_an_entry():
    world = World()
    detail = "\ud800" * 500  # what no encoding takes
    (act,) = opened(world.state, "kind", "what", detail, 1)
    assert facts.encode(act.fact)
    assert len(act.fact.detail) == DETAIL_MAX
    assert closed(world.state, "kind", "what", "never was", 1) == ()
    evolve(world.state, record(world.state, act, 1), act.fact)
    assert opened(world.state, "kind", "what", "again", 1) == ()
    assert [type(a.fact).__name__ for a in closed(world.state, "kind", "what", "", 1)] == [
        "BreakClosed"
    ]


def test_messages_of_a_venue_that_cannot_be_are_one_break():
    world = World()
    (act,) = message(world.state, "a", "nonsense", 1).acts
    assert (act.fact.break_id, act.fact.detail) == ("venue_message:a", "nonsense")
    assert text("plain") == "plain"
