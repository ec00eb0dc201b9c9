"""Programs that an area runs beside itself: they speak JSON, a line at a time, and always end."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tools.benchmarks.measure import process_cpu_ns, resident, resident_peak

Json = dict[str, Any]
LISTENS_S = 30.0
LIMIT_S = 600.0  # after this a program is taken to hang, and killed
ROOT = Path(__file__).resolve().parents[2]


class ChildError(Exception):
    """A program beside us ended, or said what nobody understands."""


class Child:
    """A running program."""

    def __init__(self, name: str, process: "subprocess.Popen[str]", log: Path) -> None:
        self.name = name
        self.pid = process.pid
        self._process = process
        self._log = log

    def hear(self) -> Json:
        """Wait for its next line."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        try:
            heard: Json = json.loads(line)
        except ValueError as error:
            last = self._log.read_text(encoding="utf-8", errors="replace")[-2_000:]
            raise ChildError(f"{self.name} says {line[:200]!r}; its log ends: {last}") from error
        return heard

    def ask(self, **words: object) -> Json:
        """Send it a line, and give its answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        return self.hear()

    def family(self) -> list[int]:
        """Return its process and those that it started and that still run."""
        return [self.pid, *children_of(self.pid)]


@contextmanager
def running(
    name: str,
    argv: Sequence[str],
    folder: Path,
    *,
    env: dict[str, str] | None = None,
    user: str | None = None,
    stop: signal.Signals = signal.SIGTERM,
) -> Iterator[Child]:
    """Run a program until the block ends; its stderr goes to a log in `folder`.

    `stop` is how this program is told to end.
    """
    path = folder / f"{name}.log"
    with path.open("ab") as log:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={**os.environ, **(env or {})},
            cwd=ROOT,
            user=user,
            group=user,
            extra_groups=[] if user else None,
        )
    guard = threading.Timer(LIMIT_S, process.kill)
    guard.start()
    try:
        yield Child(name, process, path)
    finally:
        guard.cancel()
        process.send_signal(stop)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def wait_for_port(port: int) -> None:
    """Wait until someone listens."""
    until = time.monotonic() + LISTENS_S
    pause = threading.Event()
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError as error:
            if time.monotonic() > until:
                raise ChildError(f"nobody listens on port {port}") from error
            pause.wait(0.02)
        else:
            return


def python(module: str, *args: str) -> tuple[str, ...]:
    """Return how to run a module of ours."""
    return (sys.executable, "-m", module, *args)


def children_of(pid: int) -> list[int]:
    """Return the processes that another started and that still run."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            except OSError:
                continue  # it has ended meanwhile
            if int(fields[1]) == pid:
                found.append(int(entry.name))
    return found


class Watch:
    """What some programs spend and take from now on."""

    def __init__(self, *children: Child) -> None:
        self._children = children
        for child in children:
            with suppress(OSError):  # forget earlier peaks
                Path(f"/proc/{child.pid}/clear_refs").write_text("5", encoding="ascii")
        self._cpu_ns = self._spent()
        self._resident = {child.name: resident(child.pid) for child in children}

    def cpu_ns(self) -> int:
        """Return the CPU time of all of them since then."""
        return self._spent() - self._cpu_ns

    def growth(self) -> dict[str, int]:
        """Return how much more memory each had at its peak than then, in bytes.

        Not of a family of processes: they share memory, and come and go.
        """
        return {
            child.name: max(0, resident_peak(child.pid) - self._resident[child.name])
            for child in self._children
            if len(child.family()) == 1
        }

    def _spent(self) -> int:
        total = 0
        for child in self._children:
            for pid in child.family():
                try:
                    total += process_cpu_ns(pid)
                except OSError:
                    continue  # it has ended; its parent carries what it spent
        return total
