"""Cancel on disconnect: an account's orders here end with its connection, or with this node."""

from edgenode.core.observations import (
    NOTHING,
    Act,
    CancelAllAsked,
    Decision,
    SessionBegan,
    SessionEnded,
)
from edgenode.core.orders import changes
from edgenode.core.state.node_state import NodeState
from edgenode.model.facts import SessionClosed, SessionOpened
from edgenode.model.ids import AccountId, Actor

RULE = Actor("rule:cancel_on_disconnect")


def began(state: NodeState, observation: SessionBegan, now_ns: int) -> Decision:
    """Record that an account's orders end with its connection; again records nothing.

    An account that was never funded has no orders to end, and leaves nothing behind.
    """
    account = observation.account
    if account in state.orders.sessions or not state.wallet.knows(account):
        return NOTHING
    opened = SessionOpened(at_ns=now_ns, account=observation.account)
    return Decision((Act(opened, observation.actor),))


def ended(state: NodeState, observation: SessionEnded, now_ns: int) -> Decision:
    """Cancel what the account has here."""
    if observation.account not in state.orders.sessions:
        return NOTHING
    return Decision(tuple(closed(state, observation.account, "connection ended", now_ns)))


def closed(state: NodeState, account: AccountId, reason: str, now_ns: int) -> list[Act]:
    """Return the cancels and the end of a session."""
    cancels = changes.cancel_all(state, CancelAllAsked(account, RULE), now_ns)
    end = SessionClosed(at_ns=now_ns, account=account, reason=reason)
    return [*cancels.acts, Act(end, RULE)]
