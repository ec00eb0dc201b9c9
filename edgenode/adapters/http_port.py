"""What every HTTP server of ours is made of: how routes are registered, what no port takes.

    a route     methods                what it may do
    ----------  ---------------------  ------------------------------------------------------------
    `reading`   GET, HEAD              answer; its handler is given nothing that changes anything
    `acting`    POST, PUT, DELETE      change something; behind a token, a socket or a signature

A HEAD is answered as a GET, without the body. A body is taken as it is: one that comes packed
(any Content-Encoding but identity) is refused before a byte of it is unpacked.
"""

from collections.abc import Awaitable, Callable

from aiohttp import hdrs, web

from edgenode.model.errors import RefusedError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
READS = frozenset({hdrs.METH_GET, hdrs.METH_HEAD})
ACTS = frozenset({hdrs.METH_POST, hdrs.METH_PUT, hdrs.METH_DELETE})
PLAIN = frozenset({"", "identity"})
STOP_S = 1.0
UNSUPPORTED = 415


def reading(app: web.Application, path: str, handler: Handler) -> None:
    """Register a route that changes nothing."""
    app.router.add_get(path, handler, allow_head=True)


def acting(app: web.Application, method: str, path: str, handler: Handler) -> None:
    """Register a route that changes something."""
    assert method in ACTS, f"{method} changes nothing"
    app.router.add_route(method, path, handler)


def runner(app: web.Application) -> web.AppRunner:
    """Return what serves an application; it hands bodies on as they come, packed or not."""
    return web.AppRunner(app, access_log=None, shutdown_timeout=STOP_S, auto_decompress=False)


def refuse_packed(request: web.Request) -> None:
    """Raise EN509 (answered as 415) for a request whose body comes packed."""
    named = ",".join(request.headers.getall(hdrs.CONTENT_ENCODING, []))
    packed = [one.strip() for one in named.split(",") if one.strip().lower() not in PLAIN]
    if packed:
        raise RefusedError(
            f"A body in Content-Encoding {packed[0][:20]!r}",
            expected="a body as it is",
            do="send it without Content-Encoding",
            code="EN509",
        )
