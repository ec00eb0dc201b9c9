"""Faults in the system calls of a process that runs already, put there by strace."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path


@asynccontextmanager
async def injected(pid: int, call: str, fault: str, *paths: Path) -> AsyncIterator[None]:
    """Let `call` fail as strace's `inject` says while the block runs; calls on `paths` only.

    Threads that are yet to come are included. Calls are counted by thread.
    """
    only = [part for path in paths for part in ("-P", str(path))]
    strace = await asyncio.create_subprocess_exec(
        *(
            "strace",
            "-f",
            "-o",
            "/dev/null",
            "-e",
            f"trace={call}",
            "-e",
            f"inject={call}:{fault}",
        ),
        *(*only, "-p", str(pid)),
        stderr=asyncio.subprocess.PIPE,
    )
    assert strace.stderr is not None
    try:
        said = b""
        while b"attached" not in said:  # before that, it names the paths that it follows
            said = await strace.stderr.readline()
            assert said, "strace did not attach"
        yield
    finally:
        with suppress(ProcessLookupError):
            strace.terminate()  # it detaches; the process goes on
        await strace.communicate()
