"""Codes of the control port's door, and of people who may not."""

import http.client
import json
import socket

from edgenode.core.observations import ReleaseAsked
from edgenode.model.errors import RefusedError
from edgenode.model.ids import Actor
from tests.codes.table import Ground, Words, answered, ended, says
from tests.core.world import World
from tests.journeys.box import CENTRE, command, running
from tests.journeys.centre import Centre, serving
from tests.patience import PATIENCE_S


@says(
    "EN501",
    "Host 'evil.example' is not served here",
    "a name of this box that control.hosts_allowed lists",
)
def host_refused(ground: Ground) -> Words:
    return answered(421, ground.box.ask("GET", "/api/v1/status", Host="evil.example"))


@says(
    "EN502",
    "This bearer token is not valid",
    "Authorization: Bearer with the token in DIR/api-token",
)
def unauthorised(ground: Ground) -> Words:
    return answered(401, ground.box.ask("POST", "/api/v1/pause", {}, Authorization="Bearer no"))


@says(
    "EN503",
    "person:ann issued the code",
    "approval by a second person",
    "let somebody else compare the key and approve, with --actor THEIR-NAME",
)
def forbidden(ground: Ground) -> Words:
    """One person enrols a node; the same may not approve it."""
    with serving(ground.tmp / "centre") as centre:
        key = _claimed(ground, centre)
        return _approve(centre, "--key", key, "--actor", "ann")


@says(
    "EN508",
    "the box that used the code for edge-07 has the key {key}, not '0123'",
    "the fingerprint that the box itself shows",
    "compare with `edgenode status` at the box; where they differ, somebody else used the code:"
    " edgecentral node enroll --node-id edge-07 makes a new one",
)
def key_differs(ground: Ground) -> Words:
    """The second person names a key that is not the one of the box that used the code."""
    with serving(ground.tmp / "centre") as centre:
        key = _claimed(ground, centre)
        words = _approve(centre, "--key", "0123", "--actor", "bob")
        return words._replace(found=words.found.replace(key, "{key}"))


def _claimed(ground: Ground, centre: Centre) -> str:
    """Let a box use a code that ann issued: the fingerprint that it shows."""
    code = centre.desk("node", "enroll", "--node-id", "edge-07", "--actor", "ann")[1]["code"]
    claim = ("--data", str(ground.node()), "--central", centre.url, "--code-file", "-")
    exit_code, made = command("enroll", *claim, stdin=code)
    assert exit_code == 0
    return str(made["fingerprint"])


def _approve(centre: Centre, *args: str) -> Words:
    more = (*args, "--data", str(centre.data))
    return ended(6, "node", "approve", "edge-07", *more, entry=CENTRE)


@says(
    "EN504",
    "Origin 'http://evil.example' may not change anything",
    "the page that this port serves",
)
def origin_refused(ground: Ground) -> Words:
    foreign = {"Authorization": "", "Origin": "http://evil.example"}
    return answered(403, ground.box.ask("POST", "/pause", b"", **foreign))


@says(
    "EN505",
    "The body is larger than 64 KiB",
    "less",
)
def body_too_large(ground: Ground) -> Words:
    return answered(413, ground.box.ask("POST", "/api/v1/orders", b" " * 70_000))


@says(
    "EN506",
    "The body of the request did not arrive in time",
    "all of it within 2 s of connecting",
)
def too_slow(ground: Ground) -> Words:
    """Headers arrive, and only half of the body."""
    data = ground.node()
    config = ground.tmp / "edgenode.toml"
    config.write_text("[control]\nrequest_s_max = 2\n")
    with running(data, "--config", str(config)) as box:
        begun = (
            "POST /api/v1/orders HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n"
            f"Content-Type: application/json\r\nAuthorization: Bearer {box.token}\r\n\r\nhalf"
        )
        with socket.create_connection(("127.0.0.1", box.port), timeout=PATIENCE_S) as raw:
            raw.sendall(begun.encode())
            answer = http.client.HTTPResponse(raw)
            answer.begin()
            return answered(408, (answer.status, json.loads(answer.read()), answer.headers))


@says(
    "EN509",
    "A body in Content-Encoding 'gzip'",
    "a body as it is",
    "send it without Content-Encoding",
)
def packed_body(ground: Ground) -> Words:
    return answered(415, ground.box.ask("POST", "/api/v1/orders", b"", Content_Encoding="gzip"))


@says(
    "EN507",
    "cause disk is not a person's to release",
    "loss:day, loss:EVENT or stress:NAME",
    "edgenode status says what ends this cause",
)
def not_released(_: Ground) -> Words:
    """A person releases what only room on the disk ends."""
    world = World()
    world.restrict("node", "reducing", "disk")
    try:
        world.observe(ReleaseAsked(cause="disk", reason="please", actor=Actor("person:p")))
    except RefusedError as error:
        return Words(error.code, error.found, error.expected, error.do)
    raise AssertionError("a person released it")
