"""A venue whose whole view is owed and cannot be read restricts by name until it can."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.observations import Difference, NotReconciled, Reconciled
from edgenode.daemon.view import restrictions, venues
from edgenode.services.reconciler import TRIES_TOLD, Failing
from tests.core.world import SECOND, World

HEDGE_VENUES = ("a", "b")
DIFFERS = Difference(type="position_mismatch", subject="a/X", venue_says="5", we_say="0")


def failed(venue):
    return NotReconciled(venue=venue, found="it answered 500")


def read(venue, *found):
    return Reconciled(venue=venue, differences=found, lasting=())


def causes(world, scope):
    held = world.restricted()
    return {cause for at, cause in held if at == scope and cause.startswith("unreconciled:")}


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.booleans()), max_size=12))
def test_a_venue_is_restricted_while_its_view_is_owed_and_the_node_while_no_hedge_venue_is_left(
    said,
):
    world, unread = World(), set()
    for venue, can_be_read in said:
        world.observe(read(venue) if can_be_read else failed(venue))
        (unread.discard if can_be_read else unread.add)(venue)
        for one in "abc":
            held = {f"unreconciled:{one}"} if one in unread else set()
            assert causes(world, f"venue:{one}") == held
        assert bool(causes(world, "node")) == (unread >= set(HEDGE_VENUES))
    world.assert_refolds()


def test_a_view_with_a_difference_is_a_view():
    world = World()
    for venue in HEDGE_VENUES:
        world.observe(failed(venue))
    world.observe(read("a", DIFFERS))
    assert causes(world, "node") == causes(world, "venue:a") == set()
    assert causes(world, "venue:b") == {"unreconciled:b"}


def test_many_tries_are_one_fact():
    world = World()
    assert [type(fact).__name__ for fact in world.facts(failed("a"))].count("RestrictionSet") == 1
    assert world.observe(failed("a")) == []


def test_the_status_names_the_venue_the_reason_and_what_ends_it():
    world = World()
    world.observe(failed("a"))
    (row,) = restrictions.problems(world.state)
    assert row["cause"] == "unreconciled:a"
    assert row["text"].startswith("Venue a cannot be reconciled: it answered 500")
    assert row["ends"] == "a reconcile of a"


@pytest.mark.parametrize(("tries", "shown"), [(TRIES_TOLD - 1, 0), (TRIES_TOLD, 1), (99, 1)])
def test_a_venue_that_misses_its_turn_is_a_problem_with_how_long_it_has(tries, shown):
    world = World()
    failing = [Failing("a", tries, world.now, "it answered 500")]
    rows = venues.problems(world.state, failing, world.now + 160 * SECOND)
    assert len(rows) == shown
    assert all("reconciled for 2 min 40 s: it answered 500" in row["text"] for row in rows)
    world.observe(failed("a"))  # now it is a cause, which the status shows itself
    assert venues.problems(world.state, failing, world.now) == []
