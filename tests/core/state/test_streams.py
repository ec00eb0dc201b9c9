"""Where venues' streams stand is part of the state: a restart goes on from there."""

from edgenode.core.observations import Reconciled
from edgenode.core.state import snapshot
from edgenode.core.state.digest import digest
from edgenode.core.state.streams import Stream, canonical
from edgenode.model.venue import MassStatus
from tests.core.world import LEDGER, World


def test_a_place_is_recorded_digested_and_survives_a_snapshot():
    world = World()
    before = digest(world.state).parts["orders"]
    status = MassStatus(
        venue="a", open_orders=(), fills=(), balances={}, positions={}, cursor=7, epoch="e1"
    )
    read = Reconciled(venue="a", differences=(), lasting=(), status=status)
    (fact,) = world.facts(read)
    assert (fact.venue, fact.epoch, fact.cursor, fact.began_anew) == ("a", "e1", 7, False)
    assert world.state.orders.streams == {"a": Stream("e1", 7)}
    assert digest(world.state).parts["orders"] != before
    assert world.facts(read) == []  # the same place again
    loaded = snapshot.load(LEDGER, snapshot.dump(world.state))
    assert loaded.orders.streams == world.state.orders.streams
    world.assert_refolds()


def test_the_order_of_venues_is_not_that_of_their_reading():
    one, two = Stream("", 1), Stream("e", 2)
    assert canonical({"b": two, "a": one}) == canonical({"a": one, "b": two})
