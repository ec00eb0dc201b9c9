"""What stands before every request to the centre, and ends it when it cannot keep its promises."""

import asyncio

from aiohttp import web

from edgenode.adapters import http_port
from edgenode.model.errors import EdgenodeError, InvariantBrokenError, RefusedError


class CentreDoor:
    """Stands before both ports; the first broken promise that a request meets ends the centre.

    A commit that failed is final for the ledger that is open; the next start knows what is there.
    """

    def __init__(self) -> None:
        self._met = asyncio.Event()
        self._error: InvariantBrokenError | None = None

    @web.middleware
    async def handle(self, request: web.Request, handler: http_port.Handler) -> web.StreamResponse:
        """Refuse what no port takes; answer 503 where the centre cannot keep what it promises."""
        try:
            http_port.refuse_packed(request)
            return await handler(request)
        except InvariantBrokenError as error:
            self._error = self._error or error
            self._met.set()
            return worded(503, error)
        except RefusedError as error:
            return worded(http_port.UNSUPPORTED, error)

    async def guard(self) -> None:
        """Wait for the broken promise that ends the centre, and raise it."""
        await self._met.wait()
        assert self._error is not None
        raise self._error


def worded(status: int, error: EdgenodeError) -> web.Response:
    """Return an error as the centre words it in JSON."""
    answer = {"code": error.code, "found": error.found, "expected": error.expected, "do": error.do}
    return web.json_response(answer, status=status)
