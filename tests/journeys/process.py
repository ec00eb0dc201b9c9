"""A child process of a journey: started with --json, known by its first line."""

import asyncio
import json
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.patience import PATIENCE_S


@dataclass(frozen=True, slots=True)
class Child:
    """A running process and the URL that it serves."""

    url: str
    process: asyncio.subprocess.Process

    async def stop(self) -> int:
        """Ask it to end, wait, and return its exit code."""
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE_S):
            return await self.process.wait()

    async def kill(self) -> None:
        """Kill it with -9, and wait until it is gone."""
        with suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()

    async def last_words(self) -> str:
        """Return the last line that it printed; for a process that has ended."""
        assert self.process.stdout is not None
        return (await self.process.stdout.read()).decode().strip().rpartition("\n")[2]


async def started(log: Path, command: str, *args: str) -> Child:
    """Start `main` (edgenode) or `central` (edgecentral), and wait until it listens."""
    entry = f"from edgenode.__main__ import {command}; {command}()"
    with log.open("ab") as file:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", entry, *args, "--json"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=file,
        )
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE_S):
        said = json.loads(await process.stdout.readline() or b"{}")
    assert said.get("code") == "listening", f"{said}; see {log}"
    return Child(said["url"], process)
