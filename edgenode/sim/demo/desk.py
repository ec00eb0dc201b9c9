"""How the demo's customers and its progress speak with a node: HTTP with the node's token."""

from pathlib import Path
from typing import Any

import aiohttp

Json = dict[str, Any]
TIMEOUT = aiohttp.ClientTimeout(total=120)  # of a hang: a process that ended is noticed as such


class NodeDesk:
    """One node's control port."""

    def __init__(self, session: aiohttp.ClientSession, url: str, data: Path) -> None:
        self._session = session
        self._url = f"{url}/api/v1"
        token = (data / "api-token").read_text(encoding="ascii").strip()
        self._headers = {"Authorization": f"Bearer {token}"}

    async def place(self, order: Json) -> int:
        """Send one order; returns the HTTP status."""
        url = f"{self._url}/orders"
        async with self._session.post(url, json=order, headers=self._headers) as response:
            await response.read()
            return response.status

    async def declare(self, name: str, starts: int, ends: int) -> None:
        """Declare a scheduled micro-event."""
        body = {"name": name, "source": "scheduled", "starts": starts, "ends": ends}
        url = f"{self._url}/micro-events"
        async with self._session.post(url, json=body, headers=self._headers) as response:
            response.raise_for_status()

    async def pause_all(self) -> None:
        """Pause quotes, customers and hedges."""
        body = {"hedges": True, "reason": "stop"}
        url = f"{self._url}/pause"
        async with self._session.post(url, json=body, headers=self._headers) as response:
            response.raise_for_status()

    async def ledger(self, after: int) -> list[Json]:
        """Return durable entries behind a seq."""
        url = f"{self._url}/ledger?after={after}"
        async with self._session.get(url, headers=self._headers) as response:
            return list(await response.json())

    async def status(self) -> Json:
        """Return the node's status."""
        async with self._session.get(f"{self._url}/status", headers=self._headers) as response:
            return dict(await response.json())
