"""Every route of every port: reading changes nothing, packed bodies and strangers stay out.

The routes come from the ports themselves, so a new one is walked from its first day.
"""

import asyncio
import http.client
import json
import socket

import pytest

from edgenode.adapters.clock import WallClock
from edgenode.sim.rail.server import serving as rail_serving
from edgenode.sim.venue.server import VenueSpec
from edgenode.sim.venue.server import serving as venue_serving
from tests.journeys.box import command, order, running
from tests.journeys.centre import serving

# as a picture of a foreign page asks
FOREIGN = {"Origin": "http://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
QUERIES = ("", "?account=customer:c1", "?cancel_on_disconnect=customer:c1", "?after=0&limit=1")
NOT_GZIP = b"nothing was packed here"
PACKED = ("gzip", "deflate", "br", "zstd", "GZIP", "identity, gzip", "unheard-of")
GUARDED = {"post", "put", "delete"}


class Wire:
    """One port, spoken to over TCP or a Unix socket, one connection a request."""

    def __init__(self, port=0, path=None):
        self._port, self._path = port, path

    def ask(self, method, target, body=None, headers=None):
        """Send a request: (status, the headers, the start of the body)."""
        connection = http.client.HTTPConnection("localhost", self._port, timeout=30)
        if self._path is not None:
            connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.sock.settimeout(30)
            connection.sock.connect(str(self._path))
        try:
            connection.request(method, target, body, headers or {})
            answer = connection.getresponse()
            stream = answer.headers.get_content_type() == "text/event-stream"
            return answer.status, answer.headers, answer.readline() if stream else answer.read()
        finally:
            connection.close()


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    """A daemon with a customer's resting order."""
    data = tmp_path_factory.mktemp("doors") / "node"
    assert command("init", "--data", str(data), "--node-id", "edge-07")[0] == 0
    with running(data) as started:
        assert started.ask("POST", "/api/v1/orders", order("R1", price="1400.00"))[0] == 201
        yield started


@pytest.fixture(scope="module")
def centre(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("doors") / "centre") as made:
        yield made


@pytest.fixture(scope="module")
def routes(box):
    """Every route of the control port: [(method, path)]."""
    document = box.ask("GET", "/api/v1/openapi.json")[1]
    found = [
        (method, path.replace("{id}", "R1"))
        for path, operations in document["paths"].items()
        for method in operations
    ]
    assert {"get"} | GUARDED == {method for method, _ in found}
    return found


def wires(box):
    """Return every way to the control port: a stranger's, a program's, the socket's."""
    tcp, local = Wire(box.port), Wire(path=box.data / "control.sock")
    program = {**FOREIGN, "Authorization": f"Bearer {box.token}"}
    return [(tcp, FOREIGN), (tcp, program), (local, {})]


def recorded(box):
    """Return what is recorded of people, orders and sessions (the rest is the box's), and R1."""
    rows = box.ask("GET", "/api/v1/ledger?limit=1000")[1]
    asked = [(r["kind"], r["actor"]) for r in rows if not r["automatic"] or r["kind"][0] in "OS"]
    return asked, box.ask("GET", "/api/v1/orders/R1?account=customer:c1")[1]


def test_no_reading_of_any_route_changes_anything(box, routes):
    before = recorded(box)
    assert before[1]["state"] == "WORKING"
    reading = [path for method, path in routes if method == "get"] + ["/static/style.css"]
    for wire, headers in wires(box):
        for path in reading:
            for query in QUERIES:
                got = wire.ask("GET", path + query, None, headers)
                head = wire.ask("HEAD", path + query, None, headers)
                assert (head[0], head[2]) == (got[0], b""), (path, query)
                assert got[0] in {200, 400, 404, 503}, (path, query, got)
                same = ("Content-Type", "Cache-Control", "Content-Security-Policy")
                assert [head[1][name] for name in same] == [got[1][name] for name in same], path
    assert recorded(box) == before


def test_a_reading_that_asks_for_an_act_is_told_where_to_ask(box):
    answer = box.ask("GET", "/api/v1/events?cancel_on_disconnect=customer:c1")[1]
    assert (answer["code"], "/api/v1/sessions" in answer["do"]) == ("EN002", True)


def test_a_method_that_is_read_never_reaches_what_acts_and_strangers_reach_neither(box, routes):
    before = recorded(box)
    acting = {path for method, path in routes if method in GUARDED}
    readable = {path for method, path in routes if method == "get"}
    tcp = Wire(box.port)
    for path in acting:
        for method in ("GET", "HEAD"):
            if path not in readable:
                assert tcp.ask(method, path)[0] in {404, 405}, (method, path)
        for method in GUARDED:
            for headers in ({}, FOREIGN, {"Origin": "http://localhost"}):
                status = tcp.ask(method.upper(), path, b"{}", headers)[0]
                assert status in {401, 403, 405, 415}, (method, path, headers, status)
    assert recorded(box) == before


@pytest.mark.parametrize("coding", PACKED)
def test_a_packed_body_is_refused_unread_on_every_route_of_the_box(box, routes, coding):
    before = recorded(box)
    for wire, headers in wires(box):
        for method, path in routes:
            sent = {**headers, "Content-Encoding": coding, "Content-Type": "application/json"}
            status, _, body = wire.ask(method.upper(), path, NOT_GZIP, sent)
            assert (status, json.loads(body)["code"]) == (415, "EN509"), (method, path)
    assert recorded(box) == before


@pytest.mark.parametrize("coding", PACKED)
def test_a_packed_body_is_refused_unread_by_the_centre(centre, coding):
    tcp, local = Wire(int(centre.url.rpartition(":")[2])), Wire(path=centre.data / "control.sock")
    for wire, path in ((tcp, "/sync/v1"), (tcp, "/enroll/v1"), (local, "/desk")):
        status, _, body = wire.ask("POST", path, NOT_GZIP, {"Content-Encoding": coding})
        assert (status, json.loads(body)["code"]) == (415, "EN509"), path
        assert wire.ask("POST", path, b"{}", {"Content-Encoding": "identity"})[0] not in {415, 500}


def test_the_centre_answers_head_as_get(centre):
    wire = Wire(int(centre.url.rpartition(":")[2]))
    got, head = wire.ask("GET", "/healthz"), wire.ask("HEAD", "/healthz")
    assert (got[0], head[0], head[2]) == (200, 200, b"")


async def test_the_sandbox_servers_refuse_packed_bodies_and_answer_head_as_get():
    clock = WallClock()
    async with venue_serving([VenueSpec(name="a")], clock) as (_, venue):
        await asyncio.to_thread(_sandbox, venue, ("/orders", "/faults"), "/snapshot")
    async with rail_serving(clock) as (_, rail):
        await asyncio.to_thread(_sandbox, rail, ("/transfers", "/faults"), "/truth")


def _sandbox(url, acting, reading):
    wire = Wire(int(url.rpartition(":")[2]))
    truth = wire.ask("GET", "/truth")[2]
    for path in acting:
        assert wire.ask("POST", path, NOT_GZIP, {"Content-Encoding": "gzip"})[0] == 415
    got, head = wire.ask("GET", reading), wire.ask("HEAD", reading)
    assert (got[0], head[0], head[2]) == (200, 200, b"")
    assert wire.ask("GET", "/truth")[2] == truth
