"""How a grant ended, in words."""

from edgenode.core.state.grants import Account
from edgenode.model.instants import instant


def ended(account: Account, now_ns: int) -> str | None:
    """Return how a grant ended: who revoked it, when and why, or when it expired; None if not."""
    since_ns = account.ended_ns(now_ns)
    if since_ns is None:
        return None
    if since_ns == account.grant.expiry:
        return f"expired {instant(since_ns)}"
    return f"revoked {instant(since_ns)} by {account.revoked_by}: {account.revoked_why}"
