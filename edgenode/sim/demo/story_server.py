"""Serves the story on loopback: the page, its parts, its report. Nothing here changes anything."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from edgenode.adapters import http_port
from edgenode.model.errors import RefusedError
from edgenode.sim.demo import story_page, story_parts
from edgenode.sim.demo.story import Story

HOST = "127.0.0.1"
NAMES = frozenset({HOST, "localhost"})
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none';"
        " base-uri 'none'; form-action 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
LOOKED_S = 75.0  # a browser asks a hidden page's parts once a minute


class StoryServer:
    """One story and who looks at it."""

    def __init__(self, shown: Story) -> None:
        self.story = shown
        self.url = ""
        self._looked_s: float | None = None

    @property
    def is_looked_at(self) -> bool:
        """Return whether a page asked for its parts lately."""
        return self._looked_s is not None and time.monotonic() - self._looked_s < LOOKED_S

    def app(self) -> web.Application:
        """Return the web application."""
        app = web.Application(middlewares=[_door])
        http_port.reading(app, "/", self._page)
        http_port.reading(app, "/parts", self._parts)
        http_port.reading(app, "/report.html", self._report)
        http_port.reading(app, "/story.js", self._script)
        return app

    async def _page(self, _: web.Request) -> web.Response:
        return _html(story_page.page(self.story))

    async def _parts(self, _: web.Request) -> web.Response:
        self._looked_s = time.monotonic()
        body = {"phase": self.story.phase, "parts": story_parts.parts(self.story)}
        return web.json_response(body)

    async def _report(self, _: web.Request) -> web.Response:
        return _html(story_page.report(self.story))

    async def _script(self, _: web.Request) -> web.Response:
        return web.Response(text=story_page.asset("story.js"), content_type="text/javascript")


@asynccontextmanager
async def serving(shown: Story, port: int) -> AsyncIterator[StoryServer]:
    """Serve until the block ends; EN008 if the port is taken."""
    server = StoryServer(shown)
    runner = http_port.runner(server.app())
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, HOST, port).start()
        except OSError as error:
            raise RefusedError(
                f"cannot listen on {HOST}:{port}: {error.strerror}",
                expected="a free port",
                do="choose another with --port; 0 takes any free one",
                code="EN008",
            ) from error
        server.url = f"http://{HOST}:{runner.addresses[0][1]}/"
        yield server
    finally:
        await runner.cleanup()


def _html(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/html")


@web.middleware
async def _door(request: web.Request, handler: http_port.Handler) -> web.StreamResponse:
    """Answer callers that name this machine: a foreign name leads a browser here by a trick."""
    if request.url.host not in NAMES:
        raise web.HTTPMisdirectedRequest
    response = await handler(request)
    response.headers.update(HEADERS)
    return response
