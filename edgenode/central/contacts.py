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

    @contextmanager
    def asks(self, node: NodeId) -> Iterator[None]:
        """Count a node as in contact while its request is answered."""
        self._waiting[node] += 1
        try:
            yield
        finally:
            self._waiting[node] -= 1
            self._heard[node] = self._market.now_ns()

    def heard_ns(self, node: NodeId) -> int:
        """Return the market time of the last contact; 0 if there was none since the start."""
        return self._market.now_ns() if self._waiting[node] > 0 else self._heard.get(node, 0)
