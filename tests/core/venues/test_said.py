"""What a venue says is decided by its own module; what that decides is tested there."""

from edgenode.core.observations import Reconciled, Reported
from edgenode.core.venues import reconciliation, reports, said
from edgenode.model.venue import Acked
from tests.core.orders.sent import sent


def test_reports_and_whole_views_go_to_their_modules():
    world, order_id = sent()
    acked = Acked(venue="a", order_id=order_id)
    view = Reconciled(venue="a", differences=(), lasting=())
    found = said.decide(world.state, world.seen, Reported(acked), world.now)
    assert found == reports.reported(world.state, world.seen, acked, world.now)
    found = said.decide(world.state, world.seen, view, world.now)
    assert found == reconciliation.decide(world.state, view, world.now)
