"""What holds of every hedge programme in every state that a node can reach."""

from edgenode.model.ids import DESK_OVERLAY
from edgenode.model.orders import sign


def assert_programmes(state):
    """No lot is lost between target, done, carried, planned and working; a long keeps no cash."""
    for key in state.reservations.kept:
        lots = state.positions.net(*key)
        assert lots < 0 or not state.reservations.kept_for(key, "cash"), (key, lots)
        assert lots or not state.reservations.kept_for(key, "cost"), key
    for (account, instrument), programme in state.programmes.held.items():
        assert account == DESK_OVERLAY
        at_venues = {
            order.gated.order_id: sign(order.gated.side) * order.remaining_lots
            for order in state.orders.orders.values()
            if (order.gated.account, order.gated.instrument) == (account, instrument)
            and order.remaining_lots
        }
        assert programme.done == state.positions.net(account, instrument)
        assert programme.children == at_venues
        planned = programme.carried + sum(programme.slots)
        assert programme.target - programme.done == (
            planned + programme.working - programme.given_up
        )
