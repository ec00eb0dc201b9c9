"""A web application on a Unix socket that only its owner may open."""

import asyncio
import os
from contextlib import suppress
from pathlib import Path

from aiohttp import web

from edgenode.model.errors import RefusedError

KEPT_S = 2.0  # between two looks


async def kept(runner: web.AppRunner, path: Path) -> None:
    """Make the socket anew, until canceled, where it was deleted or replaced under a server."""
    ours = _place(path)
    while True:
        await asyncio.sleep(KEPT_S)
        if _place(path) != ours:
            with suppress(RefusedError):  # the folder is gone too, or cannot be written now
                await serve(runner, path)
                ours = _place(path)


def _place(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_mtime_ns  # a number is used again


async def serve(runner: web.AppRunner, path: Path) -> None:
    """Serve; a socket left by a killed process is replaced (the folder's lock is ours)."""
    before = os.umask(0o177)  # 0600 from its first moment
    try:
        # Power lost here: no socket, or a dead one; the next start makes it anew.
        path.unlink(missing_ok=True)  # noqa: ASYNC240  one system call at start
        await web.UnixSite(runner, str(path)).start()
    except OSError as error:  # a path of 108 bytes or more, above all
        raise RefusedError(
            f"cannot listen on {path}: {error.strerror or error}",
            expected="a path of at most 107 bytes in a folder that may be written",
            do="choose a shorter --data",
            code="EN008",
        ) from error
    finally:
        os.umask(before)
