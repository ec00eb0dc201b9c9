"""Every request that acts reads its body, and refuses one that is not of its shape."""

import asyncio
from unittest.mock import MagicMock

import msgspec
import pytest

from edgenode.daemon.control import openapi
from edgenode.daemon.control.answers import body_of
from edgenode.daemon.control.facade import EventRequest, ResumeRequest
from edgenode.daemon.control.problems import Problem
from edgenode.daemon.control.routes import table_of
from tests.foreign_texts import HOSTILE


class Request:
    content_type = "application/json"

    def __init__(self, data):
        self._data = data

    async def read(self):
        return self._data


def test_every_route_that_takes_json_documents_its_body():
    table = table_of(MagicMock(), MagicMock())
    acting = {(route.method, route.path) for route in table if route.method in {"POST", "PUT"}}
    forms = {("POST", "/pause"), ("POST", "/resume")}
    assert acting - forms == set(openapi.BODIES)


@pytest.mark.parametrize("kind", openapi.BODIES.values())
@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_no_body_is_read_as_another_shape(kind, data):
    try:
        found = asyncio.run(body_of(Request(data), kind))
    except Problem as problem:
        found = (problem.status, problem.code)
    assert found == (400, "EN002") or isinstance(found, kind)


@pytest.mark.parametrize("data", [b"", b"{}"])
def test_a_resume_needs_no_body(data):
    request = Request(data)
    assert asyncio.run(body_of(request, ResumeRequest, missing=b"{}")) == ResumeRequest()


@pytest.mark.parametrize("data", [b"{", b"[]", b"null", b'{"reason": 1}', b"x" * 1_000])
def test_a_resume_with_another_body_is_refused(data):
    with pytest.raises(Problem):
        asyncio.run(body_of(Request(data), ResumeRequest, missing=b"{}"))


@pytest.mark.parametrize("name", [" ", "\u200b", "a\x1b[31m", "a\nb", ""])
def test_a_micro_event_has_a_name_that_can_be_read(name):
    data = msgspec.json.encode({"name": name, "ends": 1})
    with pytest.raises(Problem) as caught:
        asyncio.run(body_of(Request(data), EventRequest))
    assert caught.value.code == "EN002"
    good = msgspec.json.encode({"name": "Friday d\u00e9j\u00e0 vu", "ends": 1})
    assert asyncio.run(body_of(Request(good), EventRequest)).ends == 1
