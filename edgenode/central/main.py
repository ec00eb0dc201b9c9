"""The centre as a process: event loop, signals, first line, exit."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import structlog
import uvloop

from edgenode.adapters import logs
from edgenode.central import app
from edgenode.central.config import Config

log = structlog.get_logger()


def run_centre(data: Path, config: Config, *, as_json: bool) -> None:
    """Serve until SIGTERM or SIGINT."""
    logs.configure(level=config.log_level, to_stderr=as_json or sys.stdout.isatty())

    def listening(url: str) -> None:
        message = {"message_type": "status", "code": "listening", "url": url, "pid": os.getpid()}
        text = json.dumps(message) if as_json else f"listening on {url}"
        print(text, flush=True)  # noqa: T201

    uvloop.run(_until_signal(app.Options(data=data, config=config, listening=listening)))
    if as_json:
        print(json.dumps({"message_type": "summary", "code": "stopped"}), flush=True)  # noqa: T201


async def _until_signal(options: app.Options) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await app.run(options, stop)
    log.info("centre_stopped")
