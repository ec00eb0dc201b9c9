"""Child processes of the demo: started with `--json`, known by their first line, always ended."""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from edgenode.model.errors import RefusedError, UnreachableError
from edgenode.wire import foreign

LISTENING_S = 300.0  # a dozen starts at once on a machine whose cores are busy took 100 s
STOP_S = 20.0


@dataclass(slots=True)
class Child:
    """A running process and the URL that it serves."""

    name: str
    url: str
    process: asyncio.subprocess.Process

    async def stop(self, within_s: float = STOP_S) -> int:
        """Ask it to end, wait, and return its exit code; kill it if it does not end in time."""
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(within_s):
                return await self.process.wait()
        except TimeoutError:
            self.kill()
            return await self.process.wait()

    async def last_words(self) -> str:
        """Return what it printed last; for a process that has ended."""
        assert self.process.stdout is not None
        said = (await self.process.stdout.read()).decode(errors="replace").strip()
        return said.rpartition("\n")[2][:400] or "it said nothing"

    def kill(self) -> None:
        """End it at once."""
        with suppress(ProcessLookupError):
            self.process.kill()

    async def end(self) -> None:
        """Kill it, and wait until it is gone."""
        self.kill()
        await self.process.wait()


async def start(name: str, logs: Path, command: str, *args: str) -> Child:
    """Start `edgenode` or `edgecentral`, and wait for its `listening` line.

    The kernel kills the process when this one ends, by whatever cause (sim/arms/tied).
    """
    tied = f"from edgenode.sim.arms.tied import tie; tie({os.getpid()})"
    entry = f"{tied}; from edgenode.__main__ import {command}; {command}()"
    with (logs / f"{name}.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", entry, *args, "--json"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
    child = Child(name, "", process)
    try:
        child.url = await _listening(child, logs)
    except BaseException:  # whoever no longer waits leaves no process behind
        child.kill()
        raise
    return child


async def _listening(child: Child, logs: Path) -> str:
    """Return the URL of a process's first line; raise UnreachableError if it gives none."""
    assert child.process.stdout is not None
    try:
        async with asyncio.timeout(LISTENING_S):
            line = await child.process.stdout.readline()
    except TimeoutError:
        raise _failed(child, f"not within {LISTENING_S:.0f} s", logs) from None
    try:
        return str(foreign.json_value(line)["url"])
    except (RefusedError, KeyError, TypeError):
        said = line.decode(errors="replace").strip()[:400] or "it said nothing"
        raise _failed(child, said, logs) from None


def _failed(child: Child, why: str, logs: Path) -> UnreachableError:
    return UnreachableError(
        f"{child.name} did not start: {why}",
        expected="its `listening` line",
        do=f"see {logs}/{child.name}.log",
    )
