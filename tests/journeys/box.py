"""One node as a process, with a plain HTTP client that sends exactly what a test says."""

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.patience import PATIENCE_S

Json = dict[str, Any]
NODE = "from edgenode.__main__ import main; main()"
CENTRE = "from edgenode.__main__ import central; central()"


def command(*args: str, entry: str = NODE, stdin: str = "") -> tuple[int, Json]:
    """Run a command to its end with --json: (exit code, its last line)."""
    done = subprocess.run(
        [sys.executable, "-c", entry, *args, "--json"],
        input=stdin, capture_output=True, text=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    lines = done.stdout.strip().splitlines()
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, json.loads(lines[-1]) if lines else {}


class Box:
    """A running daemon."""

    def __init__(self, data: Path, process: "subprocess.Popen[str]", url: str) -> None:
        self.data = data
        self.process = process
        self.url = url
        self.port = int(urlsplit(url).port or 0)
        self.token = (data / "api-token").read_text().strip()

    def ask(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> tuple[int, Json, http.client.HTTPMessage]:
        """Send a request with the token unless headers say otherwise: (status, body, headers)."""
        sent = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {name: value for name, value in sent.items() if value}
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.request(method, path, data, sent)
            answer = connection.getresponse()
            raw = answer.read()
            kind = answer.headers.get_content_type()
            return answer.status, json.loads(raw) if "json" in kind else {}, answer.headers
        finally:
            connection.close()

    def text(self, path: str, **headers: str) -> str:
        """Get a page."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.request("GET", path, headers=headers)
            return connection.getresponse().read().decode()
        finally:
            connection.close()

    def last_words(self) -> tuple[int, Json]:
        """Wait until it has ended by itself: (exit code, its last line)."""
        assert self.process.stdout is not None
        lines = self.process.stdout.read().strip().splitlines()
        return self.process.wait(timeout=PATIENCE_S), json.loads(lines[-1]) if lines else {}

    def stop(self) -> int:
        """Ask it to end, and give its exit code."""
        self.process.terminate()
        return self.process.wait(timeout=PATIENCE_S)


@contextmanager
def running(data: Path, *args: str, env: dict[str, str] | None = None) -> Iterator[Box]:
    """Run a daemon over a data folder; it is gone when the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", NODE, "run", "--data", str(data), "--port", "0", *args, "--json"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env={**os.environ, **(env or {})},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        assert said.get("code") == "listening", said
        yield Box(data, process, said["url"])
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def order(name: str, **changes: object) -> Json:
    """Return an order that a fresh PAPER node accepts."""
    row = {
        "client_order_id": name, "account": "customer:c1", "venue": "local",
        "instrument": "WETH-USDC", "side": "buy", "type": "limit", "time_in_force": "day",
        "quantity": "1.00", "price": "1452.00",
    }  # fmt: skip
    return {**row, **changes}
