"""Child processes of the demo: started with `--json`, known by their first line, always ended."""

import asyncio
import json
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from edgenode.model.errors import UnreachableError

LISTENING_S = 60.0
STOP_S = 20.0


@dataclass(slots=True)
class Child:
    """A running process and the URL that it serves."""

    name: str
    url: str
    process: asyncio.subprocess.Process

    async def stop(self) -> int:
        """Ask it to end, wait, and give its exit code; kill it where it does not end."""
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_S):
                return await self.process.wait()
        except TimeoutError:
            self.kill()
            return await self.process.wait()

    async def last_words(self) -> str:
        """Give what it printed last; for a process that has ended."""
        assert self.process.stdout is not None
        said = (await self.process.stdout.read()).decode(errors="replace").strip()
        return said.rpartition("\n")[2][:400] or "it said nothing"

    def kill(self) -> None:
        """End it at once."""
        with suppress(ProcessLookupError):
            self.process.kill()


async def start(name: str, logs: Path, command: str, *args: str) -> Child:
    """Start `edgenode` or `edgecentral`, and wait for its `listening` line."""
    entry = f"from edgenode.__main__ import {command}; {command}()"
    with (logs / f"{name}.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", entry, *args, "--json"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(LISTENING_S):
            line = await process.stdout.readline()
        url = str(json.loads(line)["url"])
    except (TimeoutError, ValueError, KeyError) as error:
        with suppress(ProcessLookupError):
            process.kill()
        raise UnreachableError(
            f"{name} did not start", expected="its `listening` line", do=f"see {logs}/{name}.log"
        ) from error
    return Child(name, url, process)
