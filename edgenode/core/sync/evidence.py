"""Two signed heads of one ledger, and what they prove: portable, and checked without any system.

`root` is the longer head's root at the shorter head's size, `proof` leads from there to the longer
head (empty where the sizes are equal). If `root` is not the shorter head's, whoever holds the
key signed two histories: a fork. If it is the same, the longer head follows the shorter one: that
shows a clone or a rollback to whoever knows which process held the shorter one.
"""

from dataclasses import dataclass

from edgenode.core.ledger.merkle import check_consistency
from edgenode.model.errors import RefusedError
from edgenode.wire import checkpoint
from edgenode.wire.canonical import pack, unpack
from edgenode.wire.frame import NOTE_BYTES_MAX
from edgenode.wire.message import VERSION
from edgenode.wire.note import Vkey
from edgenode.wire.take import Take, refused

TYPE = "heads"
VKEY_BYTES_MAX = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Both notes are signed by `vkey`; `shorter` is not larger than `longer`."""

    vkey: str
    shorter: str
    longer: str
    root: bytes
    proof: tuple[bytes, ...] = ()

    def encode(self) -> bytes:
        """Return the bytes that are kept, sent and carried."""
        return pack(
            {
                "v": VERSION,
                "type": TYPE,
                "vkey": self.vkey,
                "shorter": self.shorter,
                "longer": self.longer,
                "root": self.root,
                "proof": self.proof,
            }
        )

    def proves_fork(self) -> bool:
        """Distinguish a fork from a prefix; RefusedError if the evidence itself does not hold."""
        vkey = Vkey.parse(self.vkey)
        shorter = checkpoint.verify(self.shorter, vkey)
        longer = checkpoint.verify(self.longer, vkey)
        if shorter.ledger != longer.ledger or not shorter.size <= longer.size:
            raise refused(
                f"heads of {shorter.ledger.name} at {shorter.size} and {longer.ledger.name} at "
                f"{longer.size}",
                "two heads of one ledger, the shorter first",
            )
        if shorter.size == 0:
            return False
        check_consistency(shorter.size, longer.size, self.proof, self.root, longer.root)
        return self.root != shorter.root


def parse(data: bytes) -> Evidence:
    """Read evidence; RefusedError EN003, EN004 or EN308 if it has another shape."""
    take = Take(unpack(data), "evidence")
    if take.number("v") != VERSION or take.text("type") != TYPE:
        raise refused("evidence of another version or type", f"version {VERSION}, {TYPE!r}")
    evidence = Evidence(
        vkey=take.text("vkey", VKEY_BYTES_MAX),
        shorter=take.text("shorter", NOTE_BYTES_MAX),
        longer=take.text("longer", NOTE_BYTES_MAX),
        root=take.root("root"),
        proof=take.path("proof"),
    )
    take.end()
    return evidence


class ForkError(RefusedError):
    """Two histories of one ledger; `evidence` proves it to anyone."""

    code = "EN303"

    def __init__(self, evidence: Evidence, ledger: str, sizes: tuple[int, int]) -> None:
        super().__init__(
            f"two signed histories of {ledger}: the head at {sizes[0]} is no prefix of that at "
            f"{sizes[1]}",
            expected="one writer, one history",
            do="keep both; stop the node; re-key it after human approval",
        )
        self.evidence = evidence
