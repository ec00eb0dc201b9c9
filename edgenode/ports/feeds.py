"""A server that tells of a demand feed by itself, as it happens."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class FeedMessage:
    """One message: JSON text, "" for a sign of life; its id, "" where the server gave none."""

    text: str
    id: str = ""


class FeedStream(Protocol):
    """One feed's server. Whoever listens connects again: nothing is repeated here."""

    url: str

    def messages(self, last_id: str) -> AsyncGenerator[FeedMessage, None]:
        """Connect once and yield messages in order, until the server ends the connection.

        `last_id`: the last message that was taken; a server that can goes on behind it, others
        repeat what was told. UnreachableError EN302 if it cannot be reached or the connection
        breaks, RefusedError EN004 if a message is too long, EN002 if it is no text. Waiting is
        not bounded here; nothing is read ahead of what is asked for but what the system buffers.
        """
        ...

    async def close(self) -> None:
        """Let go of what is open."""
        ...
