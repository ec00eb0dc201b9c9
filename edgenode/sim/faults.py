"""Faults on demand, as every sandbox server takes and strikes them.

`POST /faults {"kind", "count", "after"}` puts one in wait; an engine asks at each occasion whether
one strikes. What goes wrong by itself is answered with the same body everywhere.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from aiohttp import web

from edgenode.adapters import http_port
from edgenode.model.errors import RefusedError
from edgenode.wire import foreign

Json = dict[str, Any]
UNPROCESSABLE = 422


@dataclass(slots=True)
class DemandedFault:
    """A fault waiting: strikes the next `count` occasions after letting `after` pass."""

    kind: str
    count: int
    after: int


class FaultBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fault on demand."""

    kind: str
    count: int = 1
    after: int = 0


@dataclass(slots=True)
class Faulty:
    """What faults wait for."""

    faults: list[DemandedFault] = field(default_factory=list, kw_only=True)

    def strikes(self, *kinds: str) -> str | None:
        """Name the fault of these kinds that strikes this occasion, and use it up."""
        for fault in self.faults:
            if fault.kind not in kinds:
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            fault.count -= 1
            self.faults = [f for f in self.faults if f.count > 0]
            return fault.kind
        return None


def asked(engine: Faulty, data: bytes, known: Sequence[str]) -> tuple[int, Json]:
    """Put a fault in wait: (status, body). RefusedError EN002 where `data` is none."""
    body = foreign.json_as(data, FaultBody)
    if body.kind not in known:
        found = f"kind {body.kind!r}; known here: {', '.join(known)}"
        return UNPROCESSABLE, problem(UNPROCESSABLE, found)
    engine.faults.append(DemandedFault(body.kind, body.count, body.after))
    return 200, msgspec.structs.asdict(body)


def problem(status: int, detail: str) -> Json:
    """Return the body of an answer that says what is wrong."""
    return {"status": status, "detail": detail}


@web.middleware
async def door(request: web.Request, handler: http_port.Handler) -> web.StreamResponse:
    """Refuse what no port takes, before anything of it is read."""
    try:
        http_port.refuse_packed(request)
    except RefusedError as error:
        body = problem(http_port.UNSUPPORTED, f"{error.found}: {error.do}")
        return web.json_response(body, status=http_port.UNSUPPORTED)
    return await handler(request)


def drop(transport: asyncio.BaseTransport | None) -> None:
    """Lose an answer: the connection goes without a word."""
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()
