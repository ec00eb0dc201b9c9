"""A central book as a process, a node enrolled at it, and what a journey waits for."""

import http.client
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from edgenode.wire import message as wire_message
from edgenode.wire import request
from tests.journeys.box import CENTRE, command, order
from tests.journeys.events import Statuses
from tests.patience import PATIENCE_S, free_port

NO_SOCKET = shutil.ignore_patterns("control.sock")
# A start waits for its centre as long as that takes; a lost link is soon tried again.
QUICK = {
    "EDGENODE__CENTRAL__RETRY_MAX_S": "0.5",
    "EDGENODE__CENTRAL__HELLO_WAIT_S": str(PATIENCE_S),
}
ALONE = {"EDGENODE__CENTRAL__HELLO_WAIT_S": "0.5"}  # for a start whose centre is down


class Centre:
    """A central book as a process, and its desk's commands."""

    def __init__(self, data):
        self.data, self.url, self.process = data, "", None
        self._port = free_port()  # each start listens there

    def start(self):
        argv = [sys.executable, "-c", CENTRE, "serve", "--data", str(self.data), "--json"]
        self.process = subprocess.Popen(
            [*argv, "--port", str(self._port)], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        self.url = json.loads(self.process.stdout.readline())["url"]

    @property
    def address(self):
        at = urlsplit(self.url)
        return at.hostname, at.port

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def desk(self, *args, stdin=""):
        return command(*args, "--data", str(self.data), entry=CENTRE, stdin=stdin)

    def approve(self, node_id, fingerprint):
        """Let a second person approve the key that the box shows."""
        second = ("--key", fingerprint, "--actor", "second")
        assert self.desk("node", "approve", node_id, *second)[1]["state"] == "approved"

    def digest(self):
        return self.desk("book", "digest", "--node-id", "edge-07")[1]

    def post(self, body, sender=""):
        """Send bytes to the sync port: (status, message)."""
        at = urlsplit(self.url)
        connection = http.client.HTTPConnection(at.hostname, at.port, timeout=PATIENCE_S)
        try:
            connection.request("POST", "/sync/v1", body, {request.HEADER: sender})
            answer = connection.getresponse()
            raw = answer.read()
            return answer.status, wire_message.parse(raw) if raw[
                :1
            ] in b"\x80\x81\x82\x83\x87\x88" else raw
        finally:
            connection.close()


@contextmanager
def serving(data: Path) -> Iterator[Centre]:
    """Begin a centre and serve it; it is gone when the block ends."""
    made = Centre(data)
    assert made.desk("init")[0] == 0
    made.start()
    try:
        yield made
    finally:
        made.kill()


def enrol(centre, data, node_id="edge-07"):
    """Make a node's folder, claim it at the centre, and approve the claim."""
    assert command("init", "--data", str(data), "--node-id", node_id)[0] == 0
    code = centre.desk("node", "enroll", "--node-id", node_id)[1]["code"]
    claimed = command("enroll", "--data", str(data), "--central", centre.url, "--code-file", "-",
                      stdin=code)  # fmt: skip
    assert (claimed[0], claimed[1]["state"]) == (0, "claimed")
    centre.approve(node_id, claimed[1]["fingerprint"])
    return data


def until(box, holds):
    """Wait, by the node's own events, until its status holds."""
    connection = http.client.HTTPConnection("127.0.0.1", box.port, timeout=PATIENCE_S)
    try:
        connection.request("GET", "/api/v1/events")
        answer = connection.getresponse()
        statuses = Statuses()
        while line := answer.readline():
            status = statuses.take(line)
            if status is not None and holds(status):
                return status
    finally:
        connection.close()
    raise AssertionError("the node ended while a journey waited for it")


def synced(status):
    return status["sync"]["online"] and status["sync"]["unsynced_entries"] == 0


def room(status, grant):
    return next((w["available"] for w in status["wallet"] if w["grant"] == grant), None)


def trade(box, *names):
    for name in names:
        assert box.ask("POST", "/api/v1/orders", order(name, price="1400.00"))[0] == 201


def own_digest(data):
    return command("state", "digest", "--data", str(data))[1]


def same(one, two):
    return (one["size"], one["digest"], one["parts"]) == (two["size"], two["digest"], two["parts"])
