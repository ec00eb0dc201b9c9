"""Which executions are booked: a fill is known by (venue, account, scope, exec id).

The same id with the same content is one fill reported twice; with other content it is a break.
"""

import hashlib
from dataclasses import dataclass, field
from typing import NamedTuple

from edgenode.model.facts import FillRecorded
from edgenode.model.ids import ExecId, ExecScope, VenueAccount, VenueId
from edgenode.model.venue import FillReport
from edgenode.wire.canonical import pack


class FillKey(NamedTuple):
    """Name a fill the same way on every node and at the central book."""

    venue: VenueId
    venue_account: VenueAccount
    scope: ExecScope
    exec_id: ExecId


@dataclass(slots=True)
class Fills:
    """The fills part of the state: content hash by key, and a running hash in ledger order."""

    booked: int = 0
    chain: bytes = bytes(32)
    # derived from the chain's members: looked up, never part of the digest
    _known: dict[FillKey, bytes] = field(default_factory=dict)

    def recorded(self, fact: FillRecorded) -> None:
        """Remember a booked fill."""
        key = FillKey(fact.venue, fact.venue_account, fact.scope, fact.exec_id)
        assert key not in self._known, f"fill {key} was booked twice"
        self._known[key] = fact.content_hash
        self.booked += 1
        self.chain = hashlib.sha256(self.chain + pack(list(key)) + fact.content_hash).digest()

    def known(self, key: FillKey) -> bytes | None:
        """Give the content hash of a booked fill, None where it is new."""
        return self._known.get(key)

    def canonical(self) -> object:
        """Give the part's content for the digest."""
        return [self.booked, self.chain]


def key_of(report: FillReport) -> FillKey:
    """Give the key of a reported execution."""
    return FillKey(report.venue, report.venue_account, report.scope, report.exec_id)


def content_hash(report: FillReport) -> bytes:
    """Hash what the venue says of an execution, its name apart."""
    content = [
        *(report.order_id, report.instrument, report.side, report.quantity_lots),
        *(report.price_ticks, report.fee_minor, report.fee_currency, report.venue_time_ns),
    ]
    return hashlib.sha256(pack(content)).digest()
