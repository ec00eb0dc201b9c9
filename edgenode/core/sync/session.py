"""One exchange of heads, judged from the writer's side: pure, over any transport.

The writer says HELLO, the mirror answers with its own head; here the two are brought together into
the pair of heads that the state table judges (table.py, STATES.md).
"""

from dataclasses import dataclass

from edgenode.core.ledger.merkle import EMPTY_ROOT, check_consistency
from edgenode.core.sync.evidence import Evidence
from edgenode.core.sync.table import (
    CLONE,
    FORK,
    ROLLBACK,
    Heads,
    Proof,
    Standing,
    SyncVerdict,
    judge,
)
from edgenode.core.sync.tree import Tree
from edgenode.model.errors import RefusedError
from edgenode.model.ledgers import Head, LedgerId
from edgenode.wire import checkpoint
from edgenode.wire.checkpoint import Checkpoint, Vkey
from edgenode.wire.message import EMPTY, HeadAnswer, HeadClaim, Hello, HelloAck
from edgenode.wire.take import refused

_WITH_EVIDENCE = (FORK, ROLLBACK, CLONE)


@dataclass(frozen=True, slots=True)
class JudgedHeads:
    """What a HELLO found: the verdict, the mirror's size, both heads where the verdict needs them.

    Of a fork the evidence proves itself; of a rollback or clone it is the pair of heads.
    `mirror_note` is the mirror's head as it showed it, "" where it holds nothing.
    """

    verdict: SyncVerdict
    mirror_size: int
    evidence: Evidence | None = None
    mirror_note: str = EMPTY


@dataclass(slots=True)
class SyncSession:
    """A writer's side of sync for its own ledger."""

    ledger: LedgerId
    vkey: Vkey
    tree: Tree

    def hello(self, own: Head | None, cosigned: str, down: HeadClaim, *, fresh: bool) -> Hello:
        """Return the opening message: own head, newest cosignature, and the down-ledger held."""
        claim = HeadClaim(ledger=self.ledger, note=own.note if own else EMPTY, cosigned=cosigned)
        return Hello(fresh=fresh, heads=(claim, down))

    def judge(self, own: Head | None, cosigned: str, ack: HelloAck, *, fresh: bool) -> JudgedHeads:
        """Judge the answer; RefusedError if it proves nothing or does not hold."""
        standing = _standing(ack.standing)
        answer = next((a for a in ack.heads if a.ledger == self.ledger), None)
        mirror = self._mirror(answer)
        own_size = own.size if own else 0
        proof, evidence = self._compare(own, mirror, answer)
        heads = Heads(
            standing=standing,
            own=own_size,
            mirror=mirror.size if mirror else 0,
            proof=proof,
            cosigned=checkpoint.parse(cosigned).size if cosigned else 0,
            fresh=fresh,
        )
        verdict = judge(heads)
        shown = answer.note if answer and mirror else EMPTY
        kept = evidence if verdict in _WITH_EVIDENCE else None
        return JudgedHeads(verdict, heads.mirror, kept, shown)

    def _mirror(self, answer: HeadAnswer | None) -> Checkpoint | None:
        """Read the mirror's head, which this ledger's own key must have signed."""
        if answer is None or not answer.note:
            return None
        said = checkpoint.verify(answer.note, self.vkey)
        if said.ledger != self.ledger:
            raise refused(f"a head of {said.ledger.name}", f"a head of {self.ledger.name}")
        return said

    def _compare(
        self, own: Head | None, mirror: Checkpoint | None, answer: HeadAnswer | None
    ) -> tuple[Proof, Evidence | None]:
        if (mirror.size if mirror else 0) < self.tree.begins:
            return Proof.PRUNED, None  # nothing is proved from here; the mirror heals first
        if mirror is None or answer is None or mirror.size == 0 or own is None:
            return Proof.HOLDS, None  # an empty tree is a prefix of any
        if mirror.size <= own.size:
            root = self.tree.root_at(mirror.size)
            if root == mirror.root:
                return Proof.HOLDS, None
            proof = self.tree.proof(mirror.size, own.size)
            return Proof.FAILS, self._evidence(answer.note, own.note, root, proof)
        root = answer.at_root or EMPTY_ROOT  # the mirror's, at our size
        try:
            check_consistency(own.size, mirror.size, answer.proof, root, mirror.root)
        except RefusedError as error:
            raise refused("a longer head without proof", "a proof from our size") from error
        evidence = self._evidence(own.note, answer.note, root, answer.proof)
        return (Proof.HOLDS if root == own.root else Proof.FAILS), evidence

    def _evidence(
        self, shorter: str, longer: str, root: bytes, proof: tuple[bytes, ...]
    ) -> Evidence:
        return Evidence(
            vkey=self.vkey.text, shorter=shorter, longer=longer, root=root, proof=proof
        )


def _standing(text: str) -> Standing:
    try:
        return Standing(text)
    except ValueError as error:
        raise refused(f"a standing {text!r}", f"one of {[str(s) for s in Standing]}") from error
