"""The control port's OpenAPI 3.1 document, made from its routes and request shapes."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
from aiohttp import web

from edgenode import __version__
from edgenode.adapters import http_port
from edgenode.daemon.control.answers import Handler
from edgenode.daemon.control.facade import (
    AmendRequest,
    ApprovalRequest,
    CloseRequest,
    EventCloseRequest,
    EventRequest,
    OrderRequest,
    PauseRequest,
    ReleaseRequest,
    ResolveRequest,
    ResumeRequest,
    SessionRequest,
    SignalsRequest,
)

BODIES: dict[tuple[str, str], type] = {
    ("POST", "/api/v1/orders"): OrderRequest,
    ("PUT", "/api/v1/orders/{id}"): AmendRequest,
    ("POST", "/api/v1/pause"): PauseRequest,
    ("POST", "/api/v1/resume"): ResumeRequest,
    ("POST", "/api/v1/release"): ReleaseRequest,
    ("POST", "/api/v1/sessions"): SessionRequest,
    ("POST", "/api/v1/micro-events"): EventRequest,
    ("POST", "/api/v1/micro-events/{id}/close"): EventCloseRequest,
    ("POST", "/api/v1/signals"): SignalsRequest,
    ("POST", "/api/v1/approvals/{id}"): ApprovalRequest,
    ("POST", "/api/v1/breaks/{id}/close"): CloseRequest,
    ("POST", "/api/v1/breaks/{id}/resolve"): ResolveRequest,
}


@dataclass(frozen=True, slots=True)
class Route:
    """One documented route."""

    method: str
    path: str
    summary: str
    handler: Handler

    def register(self, app: web.Application) -> None:
        """Register this route: one that is read is also there for HEAD."""
        if self.method in http_port.READS:
            http_port.reading(app, self.path, self.handler)
        else:
            http_port.acting(app, self.method, self.path, self.handler)


def openapi(routes: Iterable[Route]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of a route table."""
    schemas = msgspec.json.schema_components(
        list(BODIES.values()), ref_template="#/components/schemas/{name}"
    )
    paths: dict[str, Any] = {}
    for route in routes:
        operation: dict[str, Any] = {
            "summary": route.summary,
            "responses": {
                "200": {"description": "OK"},
                "4XX": {"description": "RFC 9457 problem with a stable code"},
            },
        }
        if "{id}" in route.path:
            operation["parameters"] = [
                {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
            ]
        body = BODIES.get((route.method, route.path))
        if body is not None:
            ref = {"$ref": f"#/components/schemas/{body.__name__}"}
            operation["requestBody"] = {"content": {"application/json": {"schema": ref}}}
        paths.setdefault(route.path, {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "edgenode control port", "version": __version__},
        "paths": paths,
        "components": {"schemas": schemas[1]},
    }
