"""When each node was last in contact: a HELLO, a pull or a push, whatever it had to say.

A node without news is no silent node. While a pull waits for news the node is in contact. Nothing
of this is stored: after a start of the centre a node is out of contact until it asks again.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from edgenode.model.ids import NodeId
from edgenode.ports.clock import Clock


class Contacts:
    """The last contact of each node, in market time."""

    def __init__(self, market: Clock) -> None:
        self._market = market
        self._heard: dict[NodeId, int] = {}
        self._waiting = Counter[NodeId]()
        self._ahead: dict[NodeId, int] = {}

    @contextmanager
    def asks(self, node: NodeId) -> Iterator[None]:
        """Count a node as in contact while its request is answered."""
        self._waiting[node] += 1
        try:
            yield
        finally:
            self._waiting[node] -= 1
            self._heard[node] = self._market.now_ns()

    def shows(self, node: NodeId, size: int, *, held: int) -> None:
        """Note how much of its down-ledger a node shows, signed by us, beside what we hold."""
        if size > held:
            self._ahead[node] = size
        else:
            self._ahead.pop(node, None)

    def ahead(self, node: NodeId) -> int:
        """Return the size of its down-ledger that a node holds beyond ours; 0 if it does not.

        Then we were restored from an old copy: what we told it since is not known here.
        """
        return self._ahead.get(node, 0)

    def heard_ns(self, node: NodeId) -> int:
        """Return the market time of the last contact; 0 if there was none since the start."""
        return self._market.now_ns() if self._waiting[node] > 0 else self._heard.get(node, 0)
