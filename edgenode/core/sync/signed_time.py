"""The time that the centre signed, counted on by a clock that nobody sets.

A cosignature names the second in which it was made (wire/note). Over a head that this start made
it is fresh, for nobody can have signed that head before; it is used where it came within
`ANSWER_NS_MAX` of it. From then on CLOCK_BOOTTIME counts, while the machine sleeps as well. What a
start has been shown never goes back: a signature that says an earlier time is left aside.

    head committed         made(size)      its boot time is noted
    cosignature verified   signed(size)    it is at most what is named, and the time since `made`
    later                  at(boot)        the same, and what has passed
"""

from collections import deque
from typing import NamedTuple

SECOND_NS = 1_000_000_000
ANSWER_NS_MAX = 10 * SECOND_NS  # a thief who holds answers back gains no more than this
HEADS_MAX = 10_000  # that wait for a cosignature; older ones are dropped


class Trusted(NamedTuple):
    """What time it is by the centre, and the cosigned head that says so."""

    now_ns: int
    evidence: str


class SignedTime:
    """The newest time that this start was shown."""

    __slots__ = ("_evidence", "_heads", "_started_ns")

    def __init__(self) -> None:
        self._heads: deque[tuple[int, int]] = deque(maxlen=HEADS_MAX)  # size, boot ns
        self._started_ns: int | None = None  # the Unix time at which boot time was zero
        self._evidence = ""

    def made(self, size: int, boot_ns: int) -> None:
        """Note when a head came to be."""
        self._heads.append((size, boot_ns))

    def signed(self, size: int, at_s: int, note: str, boot_ns: int) -> None:
        """Take the time of a verified cosignature over the head of that size."""
        made_ns = None
        while self._heads and self._heads[0][0] <= size:
            its_size, its_ns = self._heads.popleft()
            made_ns = its_ns if its_size == size else None
        if made_ns is None or not 0 <= boot_ns - made_ns <= ANSWER_NS_MAX:
            return
        started_ns = at_s * SECOND_NS - made_ns
        if self._started_ns is None or started_ns > self._started_ns:
            self._started_ns, self._evidence = started_ns, note

    def at(self, boot_ns: int) -> Trusted | None:
        """Return what time it is; None if nothing was signed since the start."""
        if self._started_ns is None:
            return None
        return Trusted(self._started_ns + boot_ns, self._evidence)
