"""The centre's own ledgers, and the nodes' folded states.

The desk ledger `centre/1` holds who is enrolled and what core was traded; no node receives it. The
down-ledger `centre>NODE/INCARNATION` holds what the centre tells one node: instruments, policy,
grants, mandates. Each node's own ledger is folded as it arrives, by the same `evolve` as on the
box.
"""

import asyncio
from asyncio import Future
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import structlog

from edgenode.central.book.book import Book
from edgenode.central.contacts import Contacts
from edgenode.central.registry import Registry
from edgenode.model.errors import RefusedError
from edgenode.model.facts import (
    Fact,
    Genesis,
    Mandate,
)
from edgenode.model.hlc import Hlc
from edgenode.model.ids import NodeId
from edgenode.model.ledgers import MAIN, Entry, Head, LedgerId, Sealed
from edgenode.ports.clock import Clock
from edgenode.ports.ledger import Ledgers, LedgerStore
from edgenode.wire import facts as wire_facts
from edgenode.wire.note import Signer

log = structlog.get_logger()

PARTY = "centre"
DESK = LedgerId(PARTY, MAIN, 1)
PAGE = 2_000


def down_ledger(node: NodeId, incarnation: int) -> LedgerId:
    """Name the centre's ledger to one node."""
    return LedgerId(PARTY, f">{node}", incarnation)


def node_ledger(node: NodeId, incarnation: int) -> LedgerId:
    """Return the name of a node's own ledger."""
    return LedgerId(node, MAIN, incarnation)


@dataclass(slots=True)
class Chain:
    """One ledger that the centre writes, with its clock."""

    store: LedgerStore
    hlc: Hlc = field(default_factory=Hlc)
    size: int = 0
    grown: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.store.on_commit.append(self.ring)

    def ring(self, *_: object) -> None:
        """Wake all that wait for more; whoever waits next waits on a new event."""
        grown, self.grown = self.grown, asyncio.Event()
        grown.set()

    def append(self, fact: Fact, actor: str, wall_ns: int, *, automatic: bool) -> Future[Head]:
        """Record one fact; durable once the future is done."""
        self.size += 1
        stamp = self.hlc.stamp(wall_ns)
        entry = Entry(
            seq=self.size,
            hlc=stamp,
            kind=type(fact).__name__,
            actor=actor,
            automatic=automatic,
            idem=stamp.to_bytes(8, "big") + self.size.to_bytes(8, "big"),
            body=wire_facts.encode(fact),
        )
        return self.store.append([entry])


class Centre:
    """Owns the centre's ledgers and the folded view of every node's."""

    def __init__(self, ledgers: Ledgers, signer: Signer, wall: Clock, market: Clock) -> None:
        self.ledgers = ledgers
        self.signer = signer
        self.wall = wall
        self.market = market
        self.registry = Registry()
        self.book = Book(self.registry)
        self.contacts = Contacts(market)
        self.desk = Chain(ledgers.open(DESK, signer))
        self.downs: dict[NodeId, Chain] = {}
        self._replay(self.desk, lambda fact, _: self.registry.evolve(fact))
        for record in list(self.registry.nodes.values()):
            if record.ledger_key:
                self._open_down(record.node, record.incarnation)

    # -- ledgers -----------------------------------------------------------------------------

    async def record(self, fact: Fact, actor: str, *, automatic: bool = False) -> None:
        """Record a desk fact, then let it take effect: decide, make durable, then tell."""
        await self.desk.append(fact, actor, self.wall.now_ns(), automatic=automatic)
        self.registry.evolve(fact)

    async def tell(
        self, node: NodeId, facts: Iterable[Fact], actor: str, *, automatic: bool = False
    ) -> None:
        """Record facts in a node's down-ledger; it pulls and adopts them."""
        chain = self.downs.get(node)
        if chain is None:
            raise RefusedError(
                f"node {node} is not enrolled", expected="an enrolled node", code="EN307"
            )
        done: Future[Head] | None = None
        for fact in facts:
            if isinstance(fact, Mandate):
                self._issued(node_ledger(node, chain.store.ledger.incarnation), fact)
            done = chain.append(fact, actor, self.wall.now_ns(), automatic=automatic)
        if done is not None:
            await done

    async def begin(self) -> None:
        """Write entry 1 of the desk ledger, once."""
        if self.desk.size == 0:
            genesis = Genesis(
                at_ns=self.market.now_ns(),
                ledger_key=self.signer.public,
                previous_head=None,
                approval="edgecentral init",
            )
            await self.record(genesis, "rule:init", automatic=True)

    async def begin_down(self, node: NodeId, incarnation: int) -> None:
        """Begin the down-ledger of a newly claimed node."""
        self._open_down(node, incarnation)
        chain = self.downs[node]
        if chain.size == 0:
            genesis = Genesis(
                at_ns=self.market.now_ns(),
                ledger_key=self.signer.public,
                previous_head=None,
                approval="enrolled",
            )
            await self.tell(node, [genesis], "rule:enrolment", automatic=True)

    def wake(self, node: NodeId) -> None:
        """Let a node that waits for more look again: what it may have has changed."""
        if node in self.downs:
            self.downs[node].ring()

    def close(self) -> None:
        """Close every ledger; what was appended is durable before this returns."""
        for chain in (self.desk, *self.downs.values()):
            chain.store.close()

    # -- nodes' ledgers ----------------------------------------------------------------------

    def project(self, ledger: LedgerId, entries: Iterable[Sealed]) -> dict[int, str]:
        """Fold newly stored entries of a node; gives those that could not be, with reasons."""
        return self.book.fold(ledger, entries)

    # -- helpers -----------------------------------------------------------------------------

    def _issued(self, ledger: LedgerId, mandate: Mandate) -> None:
        progress = self.registry.progress_of(ledger, mandate.instrument)
        progress.issued_version = mandate.version
        progress.issued_lots = mandate.quantity_lots

    def _open_down(self, node: NodeId, incarnation: int) -> None:
        ledger = down_ledger(node, incarnation)
        if node in self.downs:
            if self.downs[node].store.ledger == ledger:
                return
            self.downs[node].store.close()  # a new incarnation is told everything anew
        chain = self.downs[node] = Chain(self.ledgers.open(ledger, self.signer))

        def replay(fact: Fact, _: Entry) -> None:
            if isinstance(fact, Mandate):
                self._issued(node_ledger(node, incarnation), fact)

        self._replay(chain, replay)

    @staticmethod
    def _replay(chain: Chain, each: Callable[[Fact, Entry], None]) -> None:
        while page := chain.store.read(chain.size, PAGE):
            for sealed in page:
                chain.size = sealed.entry.seq
                chain.hlc.last = max(chain.hlc.last, sealed.entry.hlc)
                each(wire_facts.decode(sealed.entry.kind, sealed.entry.body), sealed.entry)
