"""What happened, in order: a hash that two runs are compared by, and lines that a person reads."""

import hashlib
from collections import deque

from edgenode.sim.world.loop import VirtualLoop

LINES_KEPT = 4_000


class Trace:
    """One line a happening: virtual seconds, who, what, facts."""

    def __init__(self, loop: VirtualLoop, lines_max: int | None = LINES_KEPT) -> None:
        self._loop = loop
        self._hash = hashlib.sha256()
        self.lines: deque[str] = deque(maxlen=lines_max)
        self.count = 0

    def say(self, who: str, what: str, **facts: object) -> None:
        """Note one happening."""
        told = " ".join(f"{key}={value}" for key, value in facts.items())
        line = f"{self._loop.passed_s:12.6f}  {who:<10} {what:<18} {told}".rstrip()
        self._hash.update(line.encode() + b"\n")
        self.lines.append(line)
        self.count += 1

    @property
    def digest(self) -> str:
        """Return the hash over all lines so far."""
        return self._hash.hexdigest()
