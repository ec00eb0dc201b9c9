"""Errors as RFC 9457 problem details with our stable codes."""

import msgspec
from aiohttp import web

from edgenode.model.errors import REGISTRY


class Problem(Exception):  # noqa: N818  the RFC's word
    """A request that is turned away."""

    def __init__(
        self, status: int, code: str, detail: str, *, expected: str, do: str = ""
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.expected = expected
        self.do = do


def respond(problem: Problem) -> web.Response:
    """Return the answer for a problem."""
    return web.Response(
        body=encoded(problem), status=problem.status, content_type="application/problem+json"
    )


def encoded(problem: Problem) -> bytes:
    """Return a problem's JSON."""
    info = REGISTRY.get(problem.code)
    body = {
        "type": f"urn:edgenode:error:{problem.code}",
        "title": info.text if info else "error",
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
    }
    body |= {key: text for key in ("expected", "do") if (text := getattr(problem, key))}
    return msgspec.json.encode(body)
