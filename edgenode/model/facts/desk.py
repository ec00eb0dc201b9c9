"""The desk's ledger, which no node receives."""

from dataclasses import dataclass

from edgenode.model.facts.base import Fact
from edgenode.model.ids import InstrumentId, NodeId, OrderId
from edgenode.model.orders import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeCodeIssued(Fact):
    """A single-use enrolment code for a node; only its hash is kept. `expires` is wall ns."""

    node: NodeId
    code_hash: bytes
    expires: int
    desk: str
    issued_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeClaimed(Fact):
    """A box used its code and named its ledger key; it waits for approval."""

    node: NodeId
    incarnation: int
    ledger_key: bytes
    key_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeApproved(Fact):
    """A second person approved the claim of this key; sync is open to it from here on."""

    node: NodeId
    incarnation: int
    ledger_key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRevoked(Fact):
    """The node's entries go to quarantine from here on; its grants freeze."""

    node: NodeId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRekeyed(Fact):
    """A person began to key a node anew: what is stored of its older ledgers is final.

    The books of `from_incarnation` at `from_size` go on in `into_incarnation` once a second person
    approves it. `digest` is over what is carried; `open_items` were undecided, and are carried as
    they are booked.
    """

    node: NodeId
    from_incarnation: int
    from_size: int
    into_incarnation: int
    digest: bytes
    open_items: tuple[str, ...]
    person: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BooksCarried(Fact):
    """Two persons carried the books of an older ledger into a newer one.

    The newer one counts, in place of the older, once its node has adopted the first `down_size`
    entries of its down-ledger. Core lots and cash go on there.
    """

    node: NodeId
    from_incarnation: int
    from_size: int
    into_incarnation: int
    digest: bytes
    down_size: int
    persons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreHedgeSet(Fact):
    """How the centre hedges an instrument for a node: schedule, largest slice, price source."""

    node: NodeId
    instrument: InstrumentId
    enabled: bool
    horizon_s: int
    slice_s: int
    slice_lots_max: int
    band_lots: int
    half_spread_ppm: int
    feed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreOrderSent(Fact):
    """One slice of a mandate, sent after its version was adopted and cosigned."""

    order_id: OrderId
    node: NodeId
    incarnation: int
    instrument: InstrumentId
    side: Side
    quantity_lots: int
    mandate_version: int
    worst_before: int
    worst_after: int
    bound: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreFillRecorded(Fact):
    """What the centre actually bought or sold for a node."""

    order_id: OrderId
    node: NodeId
    incarnation: int
    instrument: InstrumentId
    side: Side
    quantity_lots: int
    price_ticks: int
    fee_minor: int
    tick_lot_minor: int
    reference_ticks: int
    source: str
    mandate_version: int
