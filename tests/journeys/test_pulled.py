"""A real box listens to a feed's server that ends connections, and starts where it is gone."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from tests.journeys.box import command, running


class Events(BaseHTTPRequestHandler):
    """Tells one new row on each connection, and the newest again, then ends it."""

    rows: ClassVar[list[Any]] = []
    asked: ClassVar[list[Any]] = []

    def do_GET(self):
        self.asked.append(self.headers.get("Last-Event-ID"))
        self.rows.append({"t": int(time.time()), "v": 2, "id": f"row-{len(self.rows)}"})  # noqa: TID251
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        told = {"rows": self.rows[-2:]}
        self.wfile.write(f"id: {len(self.rows)}\ndata: {json.dumps(told)}\n\n".encode())

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def server():
    Events.rows, Events.asked = [], []
    made = ThreadingHTTPServer(("127.0.0.1", 0), Events)
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield made.server_address[1]
    made.shutdown()
    made.server_close()


def test_rows_of_a_server_count_once_however_often_it_is_connected_to(tmp_path, server):
    data, config = tmp_path / "node", tmp_path / "c.toml"
    assert command("init", "--data", str(data), "--node-id", "edge-07")[0] == 0
    feed = '[[demand_feeds]]\nid = "{}"\ninstrument = "WETH-USDC"\nurl = "{}"\n'
    config.write_text(
        feed.format("tickets", f"http://127.0.0.1:{server}/secret")
        + feed.format("gone", "wss://127.0.0.1:1/")
    )
    with running(data, "--config", str(config)) as box:
        while True:  # the test's own limit ends it
            found = box.ask("GET", "/api/v1/signals")[1]
            pulls = {pull["feed"]: pull for pull in found["pulls"]}
            enough = pulls["tickets"]["messages_taken"] >= 3 and any(Events.asked)
            if enough and pulls["gone"]["trouble"]:
                break
        (row,) = [s for s in found["sources"] if s["source"] == "feed:tickets"]
        assert row["rows"]["taken"] <= len(Events.rows)
        assert row["rows"]["duplicate"] >= 2
        assert pulls["tickets"]["server"] == f"http://127.0.0.1:{server}"
        problems = box.ask("GET", "/api/v1/status")[1]["problems"]
        assert any("Feed gone at wss://127.0.0.1:1 is not heard" in p["text"] for p in problems)
    assert Events.asked[0] is None  # later ones go on behind what was taken
