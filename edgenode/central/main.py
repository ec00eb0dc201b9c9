"""The centre as a process: event loop, signals, first line, exit."""

import asyncio
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import structlog
import uvloop

from edgenode.adapters import logs
from edgenode.central import app
from edgenode.central.config import Config

log = structlog.get_logger()


def run_centre(data: Path, config: Config, *, as_json: bool) -> None:
    """Serve until SIGTERM or SIGINT."""
    lines = logs.configure(level=config.log_level, to_stderr=as_json or sys.stdout.isatty())

    def listening(url: str) -> None:
        message = {"message_type": "status", "code": "listening", "url": url, "pid": os.getpid()}
        text = json.dumps(message) if as_json else f"listening on {url}"
        _say(text)

    try:
        uvloop.run(_until_signal(app.Options(data=data, config=config, listening=listening)))
    finally:
        lines.sink.close()
    if as_json:
        _say(json.dumps({"message_type": "summary", "code": "stopped"}))


def _say(line: str) -> None:
    """Print a line for whoever started the centre; it serves on where nobody reads it any more."""
    with suppress(OSError):
        print(line, flush=True)  # noqa: T201


async def _until_signal(options: app.Options) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await app.run(options, stop)
    log.info("centre_stopped")
