"""The anchor: how far a ledger had come, kept where a restored or copied ledger does not bring it.

Without it a box that is alone cannot tell that its ledger is an old copy.
"""

from collections.abc import Callable
from dataclasses import dataclass

from edgenode.core.sync.table import Anchor


@dataclass(frozen=True, slots=True)
class Anchored:
    """What was noted: a ledger's name, its size and its root at that size."""

    ledger: str
    size: int
    root: bytes


def compare(
    anchored: Anchored | None, ledger: str, size: int, root_at: Callable[[int], bytes]
) -> Anchor:
    """Compare a ledger of `size` entries with its anchor."""
    if anchored is None:
        return Anchor.ABSENT
    if anchored.ledger != ledger or anchored.size > size:
        return Anchor.DIFFERS
    agrees = root_at(anchored.size) == anchored.root
    return Anchor.AGREES if agrees else Anchor.DIFFERS
