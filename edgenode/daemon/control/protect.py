"""Who may ask what: Host, Origin, token, CSRF; and the headers of every answer.

    caller                 how known                        may
    ---------------------  -------------------------------  ---------------------------------
    Unix socket            SO_PEERCRED, socket mode 0600    everything
    program on TCP         Authorization: Bearer            everything
    the page on TCP        same origin, CSRF token          pause and resume
    anyone on TCP          -                                read

Sign-in, roles and PINs come with the page's sign-in; until then the port listens on loopback.
Bearer requests are exempt from Origin and CSRF, never from Host.
"""

import base64
import hmac
import socket
import struct
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from aiohttp import hdrs, web

from edgenode.adapters.http_port import READS, refuse_packed
from edgenode.daemon.control.problems import Problem, respond
from edgenode.model.errors import EdgenodeError, RefusedError, UnreachableError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

CSRF_COOKIE = "edgenode_csrf"
PAGE_MAY_POST = frozenset({"/pause", "/resume", "/api/v1/pause", "/api/v1/resume"})
PATHS = "a path that /api/v1/openapi.json lists"
LENGTH = "a Content-Length"
HOSTS = "a name of this box that control.hosts_allowed lists"
BEARER = "Authorization: Bearer with the token in DIR/api-token"
OWN_PAGE = "the page that this port serves"
FORM = "application/x-www-form-urlencoded"
STATUS = {
    "EN006": 404,
    "EN007": 409,
    "EN012": 429,
    "EN013": 422,
    "EN409": 410,
    "EN503": 403,
    "EN509": 415,
}  # of what was refused; anything else is malformed
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
        " frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # no-referrer would make the page's forms say Origin: null
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def hosts_of(names: Iterable[str]) -> frozenset[str]:
    """Return host names as they are compared."""
    return frozenset(name.lower() for name in names)


@dataclass
class Access:
    """What the port checks callers against; `hosts` may change while it serves."""

    token: str
    hosts: frozenset[str]

    @cached_property
    def csrf(self) -> str:
        """Return the form token: as long-lived as the bearer token, which it does not give away.

        A page that was open over a restart can therefore still pause.
        """
        made = hmac.digest(self.token.encode(), b"edgenode/page/csrf/1", "sha256")
        return base64.urlsafe_b64encode(made[:24]).decode()

    @web.middleware
    async def protect(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Admit, handle, and word every refusal; the one middleware that every request passes."""
        try:
            request["actor"] = self.admit(request)
            response = await handler(request)
        except Problem as problem:
            response = respond(problem)
        except UnreachableError as error:
            response = respond(_worded(503, error))
        except RefusedError as error:
            response = respond(_worded(STATUS.get(error.code, 400), error))
        except web.HTTPException as error:
            response = respond(_of_http(error, request))
        if not response.prepared:
            response.headers.update(HEADERS)
            if request.transport is not None and not _is_unix(request):
                response.force_close()  # one request a connection: see gatekeeper
        return response

    def admit(self, request: web.Request) -> str:
        """Name the actor of a request, or raise the problem that turns it away."""
        refuse_packed(request)
        if _is_unix(request):
            return f"uid:{_peer_uid(request)}"
        host = _host_only(request.headers.get(hdrs.HOST, ""))
        if host not in self.hosts:
            raise Problem(421, "EN501", f"Host {host[:60]!r} is not served here", expected=HOSTS)
        if hdrs.TRANSFER_ENCODING in request.headers:  # the gatekeeper could not time it
            raise Problem(411, "EN002", "The body does not say its length", expected=LENGTH)
        bearer = request.headers.get(hdrs.AUTHORIZATION, "")
        if bearer:
            if hmac.compare_digest(bearer.encode(), f"Bearer {self.token}".encode()):
                return "token"
            raise Problem(401, "EN502", "This bearer token is not valid", expected=BEARER)
        if request.method in READS:
            return "reader"
        self._same_origin(request)
        if request.path not in PAGE_MAY_POST:
            raise Problem(401, "EN502", "This needs a bearer token", expected=BEARER)
        return "person:page"

    def check_csrf(self, request: web.Request, given: str) -> None:
        """Check a form's token against the cookie and our own (double submit)."""
        if request["actor"] != "person:page":
            return
        cookie = request.cookies.get(CSRF_COOKIE, "")
        for name, value in (("form token", given), ("cookie", cookie)):
            if not hmac.compare_digest(value.encode(), self.csrf.encode()):
                found = f"The page's {name} {'does not match' if value else 'did not come along'}"
                do = "reload the page" if value else "allow this box's cookies, reload the page"
                raise Problem(403, "EN504", found, expected=OWN_PAGE, do=do)

    def _same_origin(self, request: web.Request) -> None:
        site = request.headers.get("Sec-Fetch-Site", "same-origin")
        origin = request.headers.get(hdrs.ORIGIN)
        if site not in {"same-origin", "none"}:
            found = f"Sec-Fetch-Site {site[:20]!r} may not change anything"
            raise Problem(403, "EN504", found, expected=OWN_PAGE)
        if origin is None:
            raise Problem(401, "EN502", "No token, and no Origin of our own page", expected=BEARER)
        if _host_only(origin.partition("://")[2]) not in self.hosts:
            found = f"Origin {origin[:60]!r} may not change anything"
            raise Problem(403, "EN504", found, expected=OWN_PAGE)


def _of_http(error: web.HTTPException, request: web.Request) -> Problem:
    """Return what the router or the server found, as a problem."""
    if isinstance(error, web.HTTPNotFound):
        found = f"There is no {request.path[:80]}"
        return Problem(404, "EN006", found, expected=PATHS)
    if isinstance(error, web.HTTPMethodNotAllowed):
        found = f"{request.method[:20]} is not for {request.path[:80]}"
        return Problem(405, "EN002", found, expected=", ".join(sorted(error.allowed_methods)))
    return Problem(error.status, "EN002", error.reason, expected="a request that HTTP admits")


def _worded(status: int, error: EdgenodeError) -> Problem:
    return Problem(status, error.code, error.found, expected=error.expected, do=error.do)


def _host_only(host: str) -> str:
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0].lower()


def _is_unix(request: web.Request) -> bool:
    sock = request.transport.get_extra_info("socket") if request.transport else None
    return sock is not None and sock.family == socket.AF_UNIX


def _peer_uid(request: web.Request) -> int:
    assert request.transport is not None
    sock = request.transport.get_extra_info("socket")
    size = struct.calcsize("3i")
    _, uid, _ = struct.unpack("3i", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
    return int(uid)
