"""The centre's side of sync: verify, store, cosign; and hand down what nodes are told.

For each ledger by itself: a frame is verified against what is held, then stored durably with its
head and our cosignature in one transaction; the cosignature leaves only once that is committed.
Whatever is validly signed is stored; what it means for the book follows behind (projector.py).
A ledger of which two signed histories were ever seen is refused from then on (quarantine.py).
"""

import asyncio
from collections import defaultdict
from contextlib import suppress
from dataclasses import replace

from edgenode.central.centre import Centre, CentreLedger, down_ledger
from edgenode.central.sync.projector import Projector
from edgenode.central.sync.quarantine import Quarantine
from edgenode.core.sync import receive
from edgenode.core.sync.evidence import Evidence, ForkError
from edgenode.core.sync.receive import HeldLedger, OffsetError
from edgenode.core.sync.table import Standing
from edgenode.core.sync.tree import Tree
from edgenode.model.errors import EdgenodeError, RefusedError
from edgenode.model.ids import NodeId
from edgenode.model.ledgers import MAIN, LedgerId
from edgenode.ports.mirrors import MirrorStore
from edgenode.services.frames import frame_after
from edgenode.wire import checkpoint, frame, request
from edgenode.wire import message as wire_message
from edgenode.wire.frame import Frame
from edgenode.wire.message import (
    HeadAnswer,
    HeadClaim,
    Hello,
    HelloAck,
    Message,
    Pull,
    PullReply,
    Push,
    PushAck,
    SyncRefusal,
)
from edgenode.wire.note import ED25519, Signer, Vkey

HELLO_BYTES_MAX = 64 * 1024


class SyncServer:
    """Answers the sync messages of all nodes."""

    def __init__(
        self, centre: Centre, mirrors: MirrorStore, projector: Projector, cosigner: Signer
    ) -> None:
        self._centre = centre
        self._mirrors = mirrors
        self._quarantine = Quarantine(mirrors)
        self._projector = projector
        self._cosigner = cosigner
        self._locks: dict[LedgerId, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._held: dict[LedgerId, HeldLedger] = {}
        self._trees: dict[LedgerId, Tree] = {}

    async def answer(self, header: str, body: bytes) -> Message:
        """Answer one request; a refusal is an answer too, and nothing of it was stored."""
        try:
            return await self._answer(header, body)
        except OffsetError as error:
            return _refusal(error, size=error.size)
        except ForkError as error:
            return _refusal(error, evidence=error.evidence.encode())
        except RefusedError as error:
            return _refusal(error)

    def admit(self, header: str, length: int | None) -> SyncRefusal | None:
        """Return the refusal of a request whose body is not to be read, None for any other.

        Whoever is unknown here has a HELLO to say, which is short.
        """
        try:
            sender = request.sender(header)
            if self._standing(sender)[1] is None and (length is None or length > HELLO_BYTES_MAX):
                raise _unknown(sender)
        except RefusedError as error:
            return _refusal(error)
        return None

    async def _answer(self, header: str, body: bytes) -> Message:
        sender = request.sender(header)
        standing, vkey = self._standing(sender)
        message = wire_message.parse(body)
        if vkey is None:
            if isinstance(message, Hello):
                return HelloAck(standing=standing, heads=())
            raise _unknown(sender)
        request.verify(header, body, vkey)
        with self._centre.contacts.asks(NodeId(sender.party)):
            return await self._answer_known(sender, standing, vkey, message)

    async def _answer_known(
        self, sender: LedgerId, standing: Standing, vkey: Vkey, message: Message
    ) -> Message:
        """Answer a request whose signature holds."""
        if isinstance(message, Hello):
            return await self._hello(sender, standing, vkey, message)
        if standing is not Standing.CURRENT:
            raise _unknown(sender)
        await self._quarantine.refuse(sender)
        match message:
            case Push():
                return await self._push(sender, vkey, message.frame)
            case Pull():
                return PullReply(await self._pull(sender, message))
            case _:
                raise RefusedError(
                    f"a {type(message).__name__}",
                    expected="Hello, Push or Pull",
                    do="use a release that speaks this version of PROTOCOL.md",
                    code="EN308",
                )

    # -- who asks ----------------------------------------------------------------------------

    def _standing(self, ledger: LedgerId) -> tuple[Standing, Vkey | None]:
        record = self._centre.registry.nodes.get(NodeId(ledger.party))
        if record is None or not record.ledger_key or ledger.stream != MAIN:
            return Standing.UNKNOWN, None
        if ledger.incarnation != record.incarnation:
            older = ledger.incarnation < record.incarnation
            return (Standing.SUPERSEDED if older else Standing.UNKNOWN), None
        if record.rekeyed and ledger.incarnation < record.rekeyed.into_incarnation:
            return Standing.SUPERSEDED, None  # its entries are final: they are carried as they are
        vkey = Vkey(ledger.party, ED25519, record.ledger_key)
        if record.revoked:
            return Standing.REVOKED, vkey
        return (Standing.CURRENT if record.approved else Standing.PENDING), vkey

    # -- messages ----------------------------------------------------------------------------

    async def _hello(
        self, sender: LedgerId, standing: Standing, vkey: Vkey, hello: Hello
    ) -> HelloAck:
        answers = []
        for claim in hello.heads:
            if claim.ledger == sender:
                answers.append(await self._own_head(sender, vkey, claim))
            elif claim.ledger == self._down(sender):
                answers.append(self._down_head(NodeId(sender.party), claim))
            else:
                raise RefusedError(
                    f"a head of {claim.ledger.name}",
                    expected=f"heads of {sender.name} and of what this centre tells it",
                    do="show heads of these two ledgers alone",
                    code="EN308",
                )
        return HelloAck(standing=standing, heads=tuple(answers))

    async def _own_head(self, ledger: LedgerId, vkey: Vkey, claim: HeadClaim) -> HeadAnswer:
        """Answer with our head; whoever shows another history is answered too, and sees it so."""
        async with self._locks[ledger]:
            held = await self._hold(ledger)
            if held.head is None:
                return HeadAnswer(ledger=ledger)
            cosigned = await self._mirrors.cosigned(ledger)
            answer = HeadAnswer(ledger=ledger, note=cosigned or held.head.note)
            claimed = checkpoint.verify(claim.note, vkey).size if claim.note else 0
            if claimed < held.size:
                tree = await self._tree(held)
                root, proof = tree.root_at(claimed), tree.proof(claimed, held.size)
                answer = replace(answer, at_root=root, proof=proof)
            if 0 < claimed <= held.size:
                root, note = answer.at_root or held.root, held.head.note
                found = receive.compare(claim.note, note, root, answer.proof, vkey)
                if found is not None:
                    await self._set_aside(ledger, found)
                    return answer
        await self._quarantine.refuse(ledger)
        return answer

    def _down_head(self, node: NodeId, claim: HeadClaim) -> HeadAnswer:
        """Answer with our head; a longer one that we signed shows that we lost entries."""
        chain = self._centre.downs[node]
        head = chain.store.head
        if claim.note:
            said = checkpoint.verify(claim.note, self._centre.signer.vkey)
            self._centre.contacts.shows(node, said.size, held=head.size if head else 0)
        return HeadAnswer(ledger=claim.ledger, note=head.note if head else wire_message.EMPTY)

    async def _push(self, sender: LedgerId, vkey: Vkey, pushed: Frame) -> PushAck:
        if pushed.ledger != sender:
            raise RefusedError(
                f"entries of {pushed.ledger.name} from {sender.name}",
                expected="entries of the ledger that signed the request",
                do="push each ledger in a request signed by its own key",
                code="EN307",
            )
        with self._projector.giving_way():
            return await self._take(sender, vkey, pushed)

    async def _take(self, sender: LedgerId, vkey: Vkey, pushed: Frame) -> PushAck:
        async with self._locks[sender]:
            await self._quarantine.refuse(sender)
            held = await self._hold(sender)
            try:
                taken = receive.take(pushed, held, vkey)
            except ForkError as error:
                await self._set_aside(sender, error.evidence)
                raise
            assert taken.after.head is not None
            note = checkpoint.cosign(taken.after.head.note, self._cosigner, self._now() // 10**9)
            try:
                # Power lost in here: all of the frame with our cosignature, or nothing. Nobody was
                # told: the node asks how far we are (HELLO) and pushes what is missing.
                await self._mirrors.store(held, taken, note)
            except BaseException:
                self._held.pop(sender, None)  # committed or not: the store alone knows
                raise
            # Power lost here: it is stored and cosigned; the next HELLO shows that to the node.
            self._held[sender] = taken.after
            self._projector.stored(sender, taken.after.size)
        return PushAck(ledger=sender, note=note)

    async def _set_aside(self, ledger: LedgerId, found: Evidence) -> None:
        await self._quarantine.begin(ledger, found, self._now())
        self._centre.wake(NodeId(ledger.party))

    async def _pull(self, sender: LedgerId, pull: Pull) -> Frame:
        if pull.ledger == sender:
            return await self._give_back(sender, pull.after)
        if pull.ledger != self._down(sender):
            raise RefusedError(
                f"{pull.ledger.name} is not for {sender.name}",
                expected=f"{sender.name} itself, or what this centre tells it",
                do="ask for a ledger of that node",
                code="EN307",
            )
        chain = self._centre.downs[NodeId(sender.party)]
        if chain.store.head is None or chain.store.head.size <= pull.after:
            with suppress(TimeoutError):
                async with asyncio.timeout(pull.wait_ms / 1000):
                    await chain.grown.wait()
            if self._standing(sender)[0] is not Standing.CURRENT:
                raise _unknown(sender)
            await self._quarantine.refuse(sender)
        return frame_after(chain.store, self._tree_of_down(chain), pull.after)

    async def _give_back(self, ledger: LedgerId, after: int) -> Frame:
        """Return a node its own entries: it was restored from an old copy."""
        held = await self._hold(ledger)
        if held.head is None or after >= held.size:
            raise OffsetError(ledger.name, after + 1, held.size)
        page = await self._mirrors.entries(ledger, after, frame.ENTRIES_MAX)
        entries = [sealed.entry for sealed in page]
        count = frame.fit(entries)
        tree = await self._tree(held)
        end = after + count
        return Frame(
            ledger=ledger,
            first=after + 1,
            entries=tuple(entries[:count]),
            note=held.head.note,
            from_root=tree.root_at(after),
            proof=tree.proof(after, held.size),
            rest=tree.proof(end, held.size) if end < held.size else (),
        )

    # -- helpers -----------------------------------------------------------------------------

    def _down(self, sender: LedgerId) -> LedgerId:
        return down_ledger(NodeId(sender.party), sender.incarnation)

    def _tree_of_down(self, chain: CentreLedger) -> Tree:
        return self._trees.setdefault(chain.store.ledger, Tree(chain.store.leaves))

    async def _hold(self, ledger: LedgerId) -> HeldLedger:
        if ledger not in self._held:
            self._held[ledger] = await self._mirrors.held(ledger)
            self._projector.stored(ledger, self._held[ledger].size)
        return self._held[ledger]

    async def _tree(self, held: HeldLedger) -> Tree:
        leaves = await self._mirrors.leaves(held.ledger, 0, held.size)
        return Tree(lambda start, end: leaves[start:end])

    def _now(self) -> int:
        return self._centre.wall.now_ns()


def _unknown(sender: LedgerId) -> RefusedError:
    return RefusedError(
        f"{sender.name} is not an approved node here",
        expected="a node that was enrolled and approved",
        do=f"edgecentral node ls says how it stands; edgecentral node enroll|rekey {sender.party},"
        " then approve",
        code="EN307",
    )


def _refusal(error: EdgenodeError, *, size: int = -1, evidence: bytes = b"") -> SyncRefusal:
    return SyncRefusal(
        code=error.code,
        found=error.found[:500],
        expected=error.expected[:200],
        do=error.do[:200],
        size=size,
        evidence=evidence,
    )
