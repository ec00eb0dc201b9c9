"""A node's state: fourteen parts, each a fold over the node's own ledger.

Every field but the counts of entries belongs to exactly one part of the digest. Only
`core/node.evolve` changes a part.
"""

from dataclasses import dataclass, field

from edgenode.core.state import exposure
from edgenode.core.state.breaks import Breaks
from edgenode.core.state.escrow import Escrow
from edgenode.core.state.execution import Span
from edgenode.core.state.fills import Fills
from edgenode.core.state.grants import Grants
from edgenode.core.state.hedged import Hedged
from edgenode.core.state.limits import Limits
from edgenode.core.state.mandates import Mandates
from edgenode.core.state.obligations import Obligations
from edgenode.core.state.orders import Orders
from edgenode.core.state.positions import Positions
from edgenode.core.state.programmes import Programmes
from edgenode.core.state.reservations import Reservations
from edgenode.core.state.restrictions import Restrictions
from edgenode.core.state.rules import Rules
from edgenode.core.state.wallet import Wallet
from edgenode.model.ids import AccountId, InstrumentId
from edgenode.model.ledgers import LedgerId
from edgenode.model.orders import Side

STATE_VERSION = 1
PARTS = (
    *("breaks", "fills", "grants", "hedged", "limits", "mandates"),
    *("obligations", "orders", "positions", "programmes", "reservations", "restrictions"),
    *("rules", "wallet"),
)


@dataclass(slots=True)
class NodeState:
    """The state folded from the first `size` entries of `ledger`."""

    ledger: LedgerId
    orders: Orders
    size: int = 0
    # of the newest fact that is no order's own; of a loaded snapshot, of the newest fact in it
    ruled_seq: int = field(default=0, compare=False)
    breaks: Breaks = field(default_factory=Breaks)
    fills: Fills = field(default_factory=Fills)
    grants: Grants = field(default_factory=Grants)
    hedged: Hedged = field(default_factory=Hedged)
    limits: Limits = field(default_factory=Limits)
    mandates: Mandates = field(default_factory=Mandates)
    obligations: Obligations = field(default_factory=Obligations)
    positions: Positions = field(default_factory=Positions)
    programmes: Programmes = field(default_factory=Programmes)
    reservations: Reservations = field(default_factory=Reservations)
    restrictions: Restrictions = field(default_factory=Restrictions)
    rules: Rules = field(default_factory=Rules)
    wallet: Wallet = field(default_factory=Wallet)

    @classmethod
    def empty(cls, ledger: LedgerId) -> "NodeState":
        """Return the state before the first entry."""
        return cls(ledger=ledger, orders=Orders(ledger.party))

    @property
    def escrow(self) -> Escrow:
        """Return the parts that hold room, moved together."""
        return Escrow(self.wallet, self.grants, self.reservations, self.limits, self.rules)

    def exposure(self, instrument: InstrumentId) -> exposure.Exposure:
        """Return an instrument's exposure."""
        return exposure.of(instrument, self.positions, self.fills, self.orders, self.mandates)

    def position_use(self, account: AccountId, instrument: InstrumentId, side: Side) -> int:
        """Return what position, open and disputed lots of an account use of its grants."""
        return exposure.use_of(self.positions, self.fills, self.orders, account, instrument, side)

    def in_doubt(self, account: AccountId, instrument: InstrumentId) -> Span:
        """Return how far an account's lots may lie from the booked ones."""
        return exposure.in_doubt(self.fills, self.orders, account, instrument)
