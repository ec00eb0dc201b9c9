"""The control port: TCP for programs and the page, a Unix socket for programs on the box.

DIR/control.sock  the same routes for whoever may open it (0600)
DIR/api-token     the bearer token for TCP (0600)
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import web

from edgenode.adapters import http_port, unix_socket
from edgenode.daemon.config import Control
from edgenode.daemon.control import api_token
from edgenode.daemon.control.facade import NodeFacade
from edgenode.daemon.control.gatekeeper import Door, Gatekeeper
from edgenode.daemon.control.protect import Access, hosts_of
from edgenode.daemon.control.routes import table_of
from edgenode.model.address import http_url
from edgenode.model.errors import RefusedError

BODY_MAX = 64 * 1024
BACKLOG = 128
STATIC = Path(__file__).parent.parent / "page" / "static"


@dataclass(frozen=True, slots=True)
class ControlServer:
    """A served port."""

    url: str
    door: Door
    access: Access
    kept: Callable[[], Coroutine[Any, Any, None]]  # makes the socket anew where it is deleted

    def settle(self, settings: Control) -> None:
        """Apply what can change while the port serves; its address is not among that."""
        self.door.header_s = settings.header_s_max
        self.door.request_s = settings.request_s_max
        self.door.per_address_max = settings.connections_per_address_max
        self.access.hosts = hosts_of(settings.hosts_allowed)

    @classmethod
    @asynccontextmanager
    async def started(
        cls, node: NodeFacade, data: Path, settings: Control
    ) -> AsyncIterator["ControlServer"]:
        """Serve until the context ends."""
        hosts = hosts_of(settings.hosts_allowed)
        access = Access(token=api_token.of(data / "api-token"), hosts=hosts)
        app = web.Application(client_max_size=BODY_MAX, middlewares=[access.protect])
        for route in table_of(node, access):
            route.register(app)
        app.router.add_static("/static", STATIC)
        async with AsyncExitStack() as stack:
            runner = http_port.runner(app)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await unix_socket.serve(runner, data / "control.sock")
            door = Door(
                settings.header_s_max, settings.request_s_max, settings.connections_per_address_max
            )
            port = await _tcp(runner, settings, door, stack)
            kept = partial(unix_socket.kept, runner, data / "control.sock")
            url = http_url(settings.host, port)
            yield cls(url=url, door=door, access=access, kept=kept)


async def _tcp(runner: web.AppRunner, settings: Control, door: Door, stack: AsyncExitStack) -> int:
    """Listen on TCP, with the gatekeeper before every connection."""
    handler = runner.server
    assert handler is not None
    loop = asyncio.get_running_loop()
    try:
        server = await loop.create_server(
            lambda: Gatekeeper(handler(), door),
            settings.host,
            settings.port,
            backlog=BACKLOG,
            reuse_address=True,
        )
    except OSError as error:
        raise RefusedError(
            f"cannot listen on {settings.host}:{settings.port}: {error.strerror}",
            expected="a free port",
            do="choose another with --port; 0 takes any free one",
            code="EN008",
        ) from error
    stack.callback(server.close)
    return int(server.sockets[0].getsockname()[1])
