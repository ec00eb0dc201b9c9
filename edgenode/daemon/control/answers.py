"""Small parts of every handler: reading a request, shaping an answer."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from edgenode.daemon.control.facade import PlaceAnswer
from edgenode.daemon.control.problems import Problem
from edgenode.model.errors import RefusedError
from edgenode.wire import foreign

T = TypeVar("T")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
PROBLEM_FROM = 400


def reads(read: Callable[[], Any]) -> Handler:
    """Answer with what `read` gives."""

    async def handle(_: web.Request) -> web.StreamResponse:
        return as_json(read())

    return handle


def as_json(body: object, status: int = 200) -> web.Response:
    """Answer with JSON."""
    return web.Response(
        body=msgspec.json.encode(body), status=status, content_type="application/json"
    )


def as_answer(answer: PlaceAnswer) -> web.Response:
    """Answer as the node said; a problem with its own content type."""
    response = as_json(answer.body, answer.status)
    if answer.status >= PROBLEM_FROM:
        response.content_type = "application/problem+json"
    return response


def require_json(request: web.Request) -> None:
    """Refuse (415) a body of another type."""
    if request.content_type != "application/json":
        raise Problem(415, "EN002", f"{request.content_type}", expected="application/json")


async def body_of(request: web.Request, kind: type[T], *, missing: bytes = b"") -> T:
    """Read a body of one shape; 400, 413 or 415 with a stable code otherwise.

    `missing` is what no body at all stands for.
    """
    require_json(request)
    try:
        return foreign.json_as(await request.read() or missing, kind)
    except web.HTTPRequestEntityTooLarge as error:
        raise Problem(413, "EN505", "The body is larger than 64 KiB", expected="less") from error
    except RefusedError as error:
        shape = "the shape that /api/v1/openapi.json gives"
        raise Problem(400, "EN002", error.found, expected=shape) from error


def integer(request: web.Request, key: str, default: int, ceiling: int) -> int:
    """Read a whole number of the query, at most `ceiling`."""
    text = request.query.get(key)
    if text is None:
        return default
    if not text.isascii() or not text.isdecimal() or len(text) > len(str(ceiling)):
        raise Problem(400, "EN002", f"{key}={text[:20]!r}", expected=f"0 to {ceiling}")
    return min(int(text), ceiling)


def see_other(location: str) -> web.Response:
    """Send a browser on after a form (303)."""
    return web.Response(status=303, headers={"Location": location})
