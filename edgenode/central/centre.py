"""The centre's own ledgers, and the nodes' folded states.

The desk ledger `centre/1` holds who is enrolled and what core was traded; no node receives it. The
down-ledger `centre>NODE/INCARNATION` holds what the centre tells one node: instruments, policy,
grants, mandates. Each node's own ledger is folded as it arrives, by the same `evolve` as on the
box.
"""

import asyncio
from asyncio import Future
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field

import structlog

from edgenode.central.book.book import Book
from edgenode.central.contacts import Contacts
from edgenode.central.registry import PARTY, NodeRecord, Registry
from edgenode.model.errors import InvariantBrokenError, RefusedError
from edgenode.model.facts import (
    Fact,
    Genesis,
    Mandate,
    NodeClaimed,
)
from edgenode.model.hlc import Hlc
from edgenode.model.ids import NodeId
from edgenode.model.ledgers import MAIN, Entry, Head, LedgerId, Sealed
from edgenode.ports.clock import Clock
from edgenode.ports.ledger import Ledgers, LedgerStore
from edgenode.wire import facts as wire_facts
from edgenode.wire import frame
from edgenode.wire.note import Signer

log = structlog.get_logger()

DESK = LedgerId(PARTY, MAIN, 1)
PAGE = 2_000
Opening = Callable[[LedgerId, Signer], LedgerStore]


def down_ledger(node: NodeId, incarnation: int) -> LedgerId:
    """Name the centre's ledger to one node."""
    return LedgerId(PARTY, f">{node}", incarnation)


def node_ledger(node: NodeId, incarnation: int) -> LedgerId:
    """Return the name of a node's own ledger."""
    return LedgerId(node, MAIN, incarnation)


@dataclass(slots=True)
class CentreLedger:
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

    def append(
        self, facts: Iterable[Fact], actor: str, wall_ns: int, *, automatic: bool
    ) -> Future[Head] | None:
        """Record facts; durable once the future is done, None if there are none.

        Those that fit one frame of sync are one unit: all of them are durable, or none.
        """
        encoded = [(type(fact).__name__, wire_facts.encode(fact)) for fact in facts]
        entries = [self._entry(*one, actor, wall_ns, automatic=automatic) for one in encoded]
        done: Future[Head] | None = None
        while entries:
            count = max(1, frame.fit(entries))
            done, entries = self.store.append(entries[:count]), entries[count:]
        return done

    def _entry(
        self, kind: str, body: bytes, actor: str, wall_ns: int, *, automatic: bool
    ) -> Entry:
        self.size += 1
        stamp = self.hlc.stamp(wall_ns)
        return Entry(
            seq=self.size,
            hlc=stamp,
            kind=kind,
            actor=actor,
            automatic=automatic,
            idem=stamp.to_bytes(8, "big") + self.size.to_bytes(8, "big"),
            body=body,
        )


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
        self.desk = CentreLedger(ledgers.open(DESK, signer))
        self.downs: dict[NodeId, CentreLedger] = {}
        # Held by whoever decides over a node's enrolment, from the check until it is recorded.
        self.deciding = asyncio.Lock()
        with ExitStack() as opening:  # if one ledger cannot be opened, none stays open
            opening.callback(self.close)
            self._replay(self.desk, lambda fact, _: self.registry.evolve(fact))
            for record in list(self.registry.nodes.values()):
                if record.ledger_key:
                    self._follow(record.node, self._reopened_down(record))
            opening.pop_all()

    # -- ledgers -----------------------------------------------------------------------------

    async def record(self, fact: Fact, actor: str, *, automatic: bool = False) -> None:
        """Record a desk fact, then apply it: decide, make durable, then tell."""
        done = self.desk.append([fact], actor, self.wall.now_ns(), automatic=automatic)
        assert done is not None
        # Power lost here: it was recorded or it was not, and nobody was told.
        await done
        # Power lost here: the next start applies it from the ledger; who asked may not know.
        self.registry.evolve(fact)

    async def tell(
        self, node: NodeId, facts: Iterable[Fact], actor: str, *, automatic: bool = False
    ) -> range:
        """Record facts in a node's down-ledger; it pulls and adopts them. Returns their seqs."""
        chain = self.downs.get(node)
        if chain is None:
            raise RefusedError(
                f"node {node} is not enrolled",
                expected="an enrolled node",
                do="edgecentral node ls shows who is; enrol it with edgecentral node enroll",
                code="EN307",
            )
        ahead = self.contacts.ahead(node)
        if ahead:
            raise RefusedError(
                f"this centre was restored from an old copy: {node} holds {ahead} entries that it"
                f" told it, {chain.size} are here",
                expected="a centre that knows what it told",
                do="stop it and put a newer copy in its place; else key the node anew"
                " (edgecentral node rekey)",
                code="EN309",
            )
        told = list(facts)
        seqs = range(chain.size + 1, chain.size + 1 + len(told))
        for fact in told:
            if isinstance(fact, Mandate):
                self._issued(node_ledger(node, chain.store.ledger.incarnation), fact)
        done = chain.append(told, actor, self.wall.now_ns(), automatic=automatic)
        if done is not None:
            # Power lost here: all facts of a unit are told or none. A node is given durable
            # entries only, so it has seen nothing of what is lost.
            await done
        return seqs

    def told_and_lost(self, node: NodeId) -> int:
        """Return how many entries a node was told that this centre has lost."""
        chain, ahead = self.downs.get(node), self.contacts.ahead(node)
        return ahead - chain.size if chain is not None and ahead else 0

    async def begin(self) -> None:
        """Write entry 1 of the desk ledger, once."""
        if self.desk.size == 0:
            genesis = self._genesis("edgecentral init")
            await self.record(genesis, "rule:init", automatic=True)

    async def claim(self, claimed: NodeClaimed, actor: str) -> None:
        """Record that a box used its code; its down-ledger begins before that.

        EN404 if the down-ledger cannot begin: nothing is claimed then, and the code stays good.
        """
        # Power lost here, or in the next line: nothing is claimed. A down-ledger that is whole may
        # be there; nobody reads it, and the next claim takes it as it is.
        chain = await self._begun_down(claimed.node, claimed.incarnation)
        try:
            await self.record(claimed, actor)
        except BaseException:
            if chain is not self.downs.get(claimed.node):
                chain.store.close()
            raise
        # Power lost here: the node is claimed and the box may not know it: it takes a new code,
        # with the same key, and finds the same down-ledger.
        self._follow(claimed.node, chain)

    def wake(self, node: NodeId) -> None:
        """Wake a node that waits for more: what it may have has changed."""
        if node in self.downs:
            self.downs[node].ring()

    def close(self) -> None:
        """Close every ledger; what was appended is durable before this returns."""
        for chain in (self.desk, *self.downs.values()):
            chain.store.close()

    # -- nodes' ledgers ----------------------------------------------------------------------

    def project(self, ledger: LedgerId, entries: Iterable[Sealed]) -> dict[int, str]:
        """Fold newly stored entries of a node; returns those that could not be, with reasons."""
        return self.book.fold(ledger, entries)

    # -- helpers -----------------------------------------------------------------------------

    def _issued(self, ledger: LedgerId, mandate: Mandate) -> None:
        progress = self.registry.progress_of(ledger, mandate.instrument)
        progress.issued_version = mandate.version
        progress.issued_lots = mandate.quantity_lots
        progress.issued_until = mandate.valid_until

    def _genesis(self, approval: str) -> Genesis:
        """Return entry 1 of a ledger of the centre's."""
        return Genesis(
            at_ns=self.market.now_ns(),
            ledger_key=self.signer.public,
            previous_head=None,
            approval=approval,
        )

    async def _begun_down(self, node: NodeId, incarnation: int) -> CentreLedger:
        """Return a node's down-ledger, with its entry 1; EN404 if the disk does not take it."""
        chain: CentreLedger | None = None
        try:
            chain = self._open_down(node, incarnation, self.ledgers.begin)
            wall_ns, genesis = self.wall.now_ns(), self._genesis("enrolled")
            first = [genesis] if chain.size == 0 else []
            done = chain.append(first, "rule:enrolment", wall_ns, automatic=True)
            if done is not None:
                await done
        except InvariantBrokenError as error:
            if chain is not None:
                chain.store.close()  # a commit of it failed, which is final for what is open
            raise RefusedError(
                f"the ledger for {node} cannot begin: {error.found}",
                expected="a disk with room, and file descriptors left",
                do="mend what is named, then enrol again: the code is still good",
                code="EN404",
            ) from error
        return chain

    def _reopened_down(self, record: NodeRecord) -> CentreLedger:
        """Return the down-ledger of a claimed node, which was begun before the claim.

        EN402 if its file is missing or has no entry: what is gone is never read as nothing told.
        """
        chain = self._open_down(record.node, record.incarnation, self.ledgers.open)
        if chain.size == 0:
            chain.store.close()
            raise RefusedError(
                f"the ledger {chain.store.ledger.name} has no entry",
                expected="what was told before this start, from its Genesis on",
                do="put the file back from a backup; a new one would tell its node a second"
                " history",
                code="EN402",
            )
        return chain

    def _open_down(self, node: NodeId, incarnation: int, opening: Opening) -> CentreLedger:
        """Return a node's down-ledger, opened if it is not open yet."""
        ledger = down_ledger(node, incarnation)
        held = self.downs.get(node)
        if held is not None and held.store.ledger == ledger:
            return held
        chain = CentreLedger(opening(ledger, self.signer))

        def replay(fact: Fact, _: Entry) -> None:
            if isinstance(fact, Mandate):
                self._issued(node_ledger(node, incarnation), fact)

        self._replay(chain, replay)
        return chain

    def _follow(self, node: NodeId, chain: CentreLedger) -> None:
        """Use this ledger for all that a node is told from now on; an older one is closed."""
        older = self.downs.get(node)
        self.downs[node] = chain
        if older is not None and older is not chain:
            older.store.close()  # a new incarnation is told everything anew

    @staticmethod
    def _replay(chain: CentreLedger, each: Callable[[Fact, Entry], None]) -> None:
        while page := chain.store.read(chain.size, PAGE):
            for sealed in page:
                chain.size = sealed.entry.seq
                chain.hlc.last = max(chain.hlc.last, sealed.entry.hlc)
                each(wire_facts.decode(sealed.entry.kind, sealed.entry.body), sealed.entry)
