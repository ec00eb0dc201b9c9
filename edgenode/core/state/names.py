"""The submitters' ids of the orders at hand, and a running hash over all there ever were."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from edgenode.model.facts import OrderDenied
from edgenode.model.ids import OrderId
from edgenode.model.orders import OrderKey
from edgenode.wire.canonical import pack_unchecked


@dataclass(frozen=True, slots=True)
class UsedId:
    """What a submitter's id was used for."""

    content_hash: bytes
    order_id: OrderId | None  # None: it was denied
    seq: int


@dataclass(slots=True)
class Names:
    """What each id was used for, until its order leaves; looked up, the hash apart.

    The ids of changes, taken or denied, leave with the next closing: who asks for one of them is
    answered from the ledger.
    """

    chain: bytes = bytes(32)
    used: dict[OrderKey, UsedId] = field(default_factory=dict)
    denials: dict[OrderKey, OrderDenied] = field(default_factory=dict)
    changes: set[OrderKey] = field(default_factory=set)

    def use(self, key: OrderKey, content: bytes, seq: int, order_id: OrderId | None) -> None:
        """Take an id into use."""
        self.used[key] = UsedId(content, order_id, seq)
        row = pack_unchecked([*key, content, seq])  # all of it is in an entry already
        self.chain = hashlib.sha256(self.chain + row).digest()

    def close(self, to_seq: int, ended: Iterable[OrderKey]) -> None:
        """Let go of ended orders' ids, and of those of denials and changes up to `to_seq`."""
        for key in ended:
            self.used.pop(key, None)
        for names in (self.denials, self.changes):
            for key in [k for k in names if self.used[k].seq <= to_seq]:
                del self.used[key]
                self.denials.pop(key, None)
                self.changes.discard(key)

    @property
    def leaving(self) -> int:
        """Return how many ids leave with the next closing."""
        return len(self.denials) + len(self.changes)
