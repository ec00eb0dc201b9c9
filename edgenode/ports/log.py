"""What whoever shows the node needs to know of its log: what it lost."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lost:
    """How many lines of the log were dropped since the start, why the newest was, and when."""

    lines: int = 0
    found: str = ""
    at_ns: int | None = None
