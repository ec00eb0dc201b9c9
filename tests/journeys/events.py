"""What a node says by itself: server-sent events, of which each status is taken."""

import json
from typing import Any

Json = dict[str, Any]


class Statuses:
    """Take the statuses out of a stream of events, line by line.

    A node that has nothing new, or no time to say it, sends a beat. A beat is no status.
    """

    def __init__(self) -> None:
        self._event = b""

    def take(self, line: bytes) -> Json | None:
        """Return the status that ends with this line; None if none does."""
        name, _, value = line.strip().partition(b": ")
        if name == b"event":
            self._event = value
        elif name == b"data" and self._event == b"status":
            status: Json = json.loads(value)
            return status
        return None
