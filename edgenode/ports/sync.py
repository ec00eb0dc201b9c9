"""The way to the centre, over any transport."""

from typing import Protocol

from edgenode.wire.message import Message


class CentrePeer(Protocol):
    """The centre, asked over any transport. UnreachableError: no answer, nothing is known."""

    async def ask(self, message: Message) -> Message:
        """Send one message and give the answer; RefusedError if the centre refuses it."""
        ...

    async def close(self) -> None:
        """Close."""
        ...
