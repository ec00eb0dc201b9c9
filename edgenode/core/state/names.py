"""The submitters' ids of the orders at hand, and a running hash over all there ever were."""

import hashlib
from collections.abc import Container
from dataclasses import dataclass, field

from edgenode.model.facts import OrderDenied
from edgenode.model.ids import OrderId
from edgenode.model.orders import OrderKey
from edgenode.wire.canonical import pack


@dataclass(frozen=True, slots=True)
class Named:
    """What a submitter's id was used for."""

    content_hash: bytes
    order_id: OrderId | None  # None: it was denied
    seq: int


@dataclass(slots=True)
class Names:
    """What each id was used for, until its order leaves; looked up, the hash apart."""

    chain: bytes = bytes(32)
    used: dict[OrderKey, Named] = field(default_factory=dict)
    denials: dict[OrderKey, OrderDenied] = field(default_factory=dict)

    def use(self, key: OrderKey, content: bytes, seq: int, order_id: OrderId | None) -> None:
        """Take an id into use."""
        self.used[key] = Named(content, order_id, seq)
        row = pack([*key, content, seq])
        self.chain = hashlib.sha256(self.chain + row).digest()

    def close(self, to_seq: int, open_: Container[OrderId]) -> None:
        """Let go of ids used at or before `to_seq`, but of orders that are still at hand."""
        for key in [k for k, named in self.used.items() if named.seq <= to_seq]:
            if self.used[key].order_id not in open_:
                del self.used[key]
                self.denials.pop(key, None)
