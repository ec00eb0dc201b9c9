"""Which nodes exist, with which keys, and how the centre hedges for them: a fold of its ledger.

code issued -> claimed (the box used it) -> approved (a second person) -> revoked

A node is keyed anew with its books: rekeyed (its older ledgers are final) -> claimed by a new key
-> books carried into the newer ledger (a second person) -> approved.
"""

import hashlib
from dataclasses import dataclass, field

from edgenode.core.hedge.core import MandateProgress
from edgenode.model.errors import RefusedError
from edgenode.model.facts import (
    BooksCarried,
    CoreFillRecorded,
    CoreHedgeSet,
    CoreOrderSent,
    Fact,
    NodeApproved,
    NodeClaimed,
    NodeCodeIssued,
    NodeRekeyed,
    NodeRevoked,
)
from edgenode.model.ids import InstrumentId, NodeId
from edgenode.model.ledgers import MAIN, LedgerId
from edgenode.model.orders import sign
from edgenode.wire.note import ED25519, Vkey

PARTY = "centre"


@dataclass(slots=True)
class NodeRecord:
    """One node as the centre knows it."""

    node: NodeId
    desk: str = ""
    code_hash: bytes | None = None
    code_expires: int = 0
    issued_by: str = ""
    incarnation: int = 0
    ledger_key: bytes = b""
    key_name: str = ""
    approved: bool = False
    revoked: bool = False
    rekeyed: NodeRekeyed | None = None  # until its books are carried
    retired_key: bytes = b""  # of the ledger that ends with that

    @property
    def vkey(self) -> Vkey | None:
        """Return the key that the box named; None if no box has used a code yet."""
        return Vkey(self.node, ED25519, self.ledger_key) if self.ledger_key else None

    @property
    def anew(self) -> str:
        """Return the command that makes a new code."""
        if self.rekeyed is not None:
            return f"edgecentral node rekey {self.node}"
        return f"edgecentral node enroll --node-id {self.node}"

    @property
    def state(self) -> str:
        """Return invited, claimed, approved or revoked."""
        if self.revoked:
            return "revoked"
        if self.approved:
            return "approved"
        return "claimed" if self.ledger_key else "invited"


@dataclass(frozen=True, slots=True)
class Newer:
    """The ledger in which an older one's books go on."""

    ledger: LedgerId
    down_size: int  # it holds them once its node has adopted so much of its down-ledger


@dataclass(slots=True)
class CoreTotals:
    """What the centre bought and sold for one incarnation of a node in one instrument."""

    lots: int = 0
    cash_minor: int = 0
    fees_minor: int = 0


@dataclass(slots=True)
class Registry:
    """The state folded from the desk ledger."""

    nodes: dict[NodeId, NodeRecord] = field(default_factory=dict)
    hedges: dict[tuple[NodeId, InstrumentId], CoreHedgeSet] = field(default_factory=dict)
    progress: dict[tuple[LedgerId, InstrumentId], MandateProgress] = field(default_factory=dict)
    core: dict[tuple[LedgerId, InstrumentId], CoreTotals] = field(default_factory=dict)
    unfilled: dict[str, CoreOrderSent] = field(default_factory=dict)
    carried: dict[LedgerId, Newer] = field(default_factory=dict)  # by the older ledger
    awaits: dict[LedgerId, int] = field(default_factory=dict)  # `down_size` of each newer ledger

    def evolve(self, fact: Fact) -> None:
        """Apply one desk entry."""
        match fact:
            case CoreHedgeSet():
                self.hedges[fact.node, fact.instrument] = fact
            case CoreOrderSent():
                self.unfilled[fact.order_id] = fact
                ledger = LedgerId(fact.node, MAIN, fact.incarnation)
                self.progress_of(ledger, fact.instrument).worked_version = fact.mandate_version
            case CoreFillRecorded():
                self._filled(fact)
            case BooksCarried():
                self._carried(fact)
            case _:
                self._enrolled(fact)

    def _enrolled(self, fact: Fact) -> None:
        match fact:
            case NodeCodeIssued():
                record = self.nodes.setdefault(fact.node, NodeRecord(fact.node))
                record.desk, record.issued_by = fact.desk, fact.issued_by
                record.code_hash, record.code_expires = fact.code_hash, fact.expires
            case NodeClaimed():
                record = self.nodes[fact.node]
                record.code_hash = None
                record.incarnation, record.ledger_key = fact.incarnation, fact.ledger_key
                record.key_name, record.approved = fact.key_name, False
            case NodeApproved():
                self._approved(fact)
            case NodeRevoked():
                self.nodes[fact.node].revoked = True
            case NodeRekeyed():
                record = self.nodes[fact.node]
                if record.incarnation < fact.into_incarnation:
                    record.retired_key = record.ledger_key
                record.rekeyed = fact
            case _:
                pass  # Genesis and what a later release adds say nothing about nodes

    def progress_of(self, ledger: LedgerId, instrument: InstrumentId) -> MandateProgress:
        """Return how far the centre is with the mandate of one incarnation of a node."""
        return self.progress.setdefault((self.newest(ledger), instrument), MandateProgress())

    def core_of(self, ledger: LedgerId, instrument: InstrumentId) -> CoreTotals:
        """Return what core traded for one incarnation of a node."""
        return self.core.get((self.newest(ledger), instrument), CoreTotals())

    def newest(self, ledger: LedgerId) -> LedgerId:
        """Return the ledger in which the core position of this one goes on."""
        while ledger in self.carried:
            ledger = self.carried[ledger].ledger
        return ledger

    def claimable(self, node: NodeId, code: str, key: bytes, now_ns: int) -> NodeRecord:
        """Return the record that a code opens for a key; RefusedError EN502 if it does not."""
        record = self.nodes.get(node)
        digest = code_hash(node, code)
        if record is not None and record.code_hash == digest and now_ns <= record.code_expires:
            return record
        new_code = (record or NodeRecord(node)).anew
        found, do = "this enrolment code is not valid for this node", f"{new_code} makes a new one"
        if record is not None and record.ledger_key == key:
            found = f"this box has claimed {node} already"
            do = f"if it does not know its centre: {new_code} makes a new code"
            if not record.approved:
                do = f"a second person approves it: edgecentral node approve {node}; {do}"
        raise RefusedError(
            found, expected="an unused code, at most 15 minutes old", do=do, code="EN502"
        )

    def _approved(self, fact: NodeApproved) -> None:
        """Approve the key that the person compared; a key that was claimed since then waits."""
        record = self.nodes[fact.node]
        if (fact.incarnation, fact.ledger_key) == (record.incarnation, record.ledger_key):
            record.approved = True

    def _carried(self, fact: BooksCarried) -> None:
        """Move core lots and cash to the newer ledger, as a mandate that was worked."""
        self.nodes[fact.node].rekeyed = None
        older = LedgerId(fact.node, MAIN, fact.from_incarnation)
        newer = LedgerId(fact.node, MAIN, fact.into_incarnation)
        held_in = self.newest(older)  # not `older`, if an earlier re-key was never completed
        for ledger, instrument in list(self.core):
            if ledger == held_in:
                totals = self.core[newer, instrument] = self.core.pop((ledger, instrument))
                version = 1 if totals.lots else 0
                progress = self.progress_of(newer, instrument)
                progress.core_lots, progress.worked_version = totals.lots, version
                if (
                    not progress.issued_version
                ):  # its own ledger says until when, whichever is first
                    progress.issued_lots, progress.issued_version = totals.lots, version
        self.carried[older] = self.carried[held_in] = Newer(newer, fact.down_size)
        self.awaits[newer] = fact.down_size

    def _filled(self, fact: CoreFillRecorded) -> None:
        self.unfilled.pop(fact.order_id, None)
        ledger = self.newest(LedgerId(fact.node, MAIN, fact.incarnation))
        totals = self.core.setdefault((ledger, fact.instrument), CoreTotals())
        signed = sign(fact.side) * fact.quantity_lots
        totals.lots += signed
        totals.fees_minor += fact.fee_minor
        totals.cash_minor -= fact.fee_minor + signed * fact.price_ticks * fact.tick_lot_minor
        self.progress_of(ledger, fact.instrument).core_lots = totals.lots


def code_hash(node: str, code: str) -> bytes:
    """Hash an enrolment code; the code itself is never stored."""
    return hashlib.sha256(f"edgenode/enroll/1\n{node}\n{code}".encode()).digest()
