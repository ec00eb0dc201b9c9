"""The daemon as a process: event loop, signals, first and last line, exit code."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import structlog
import uvloop

from edgenode.adapters import logs
from edgenode.daemon import app
from edgenode.daemon.config import Config
from edgenode.daemon.notify import notify
from edgenode.model.errors import EdgenodeError

log = structlog.get_logger()
STOP_S = 15.0  # systemd and scripts wait 20 s for a clean stop


def run_daemon(data: Path, config: Config, *, observe: bool, as_json: bool) -> None:
    """Run until SIGTERM or SIGINT; raises the EdgenodeError that ended it otherwise."""
    logs.configure(level=config.log_level, to_stderr=as_json or sys.stdout.isatty())

    def listening(url: str) -> None:
        if as_json:
            message = {"message_type": "status", "code": "listening", "url": url}
            print(json.dumps({**message, "pid": os.getpid()}), flush=True)  # noqa: T201
        elif sys.stdout.isatty():
            print(f"listening on {url}", flush=True)  # noqa: T201

    options = app.Options(data=data, config=config, observe=observe, listening=listening)
    uvloop.run(_until_signal(options))
    if as_json:
        print(json.dumps({"message_type": "summary", "code": "stopped"}), flush=True)  # noqa: T201


async def _until_signal(options: app.Options) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        await app.run(options, stop)
    except BaseExceptionGroup as group:
        cause = innermost(group)
        code = getattr(cause, "code", "EN001")
        log.critical("daemon_failed", error=type(cause).__name__, code=code, found=str(cause))
        if isinstance(cause, EdgenodeError):
            raise cause from group
        raise
    finally:
        notify("STOPPING=1")
    log.info("daemon_stopped")


def innermost(error: BaseException) -> BaseException:
    """Give the first cause within task groups."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
