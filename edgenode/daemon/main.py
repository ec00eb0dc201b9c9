"""The daemon as a process: event loop, signals, first and last line, exit code.

signal          during a start             later
--------------  -------------------------  ----------------------------------------------------
SIGTERM, SIGINT ends, exit 0               cancels quotes, syncs for a moment, ends, exit 0
SIGHUP          is ignored                 the configuration is read again (daemon/reload)
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import structlog
import uvloop

from edgenode.adapters import logs
from edgenode.daemon import app
from edgenode.daemon.config import Config
from edgenode.daemon.folder.stop_note import innermost
from edgenode.daemon.notify import notify
from edgenode.daemon.reload import Reload
from edgenode.daemon.view.status import LinkStatus
from edgenode.model.errors import EdgenodeError

log = structlog.get_logger()
STOP_S = 15.0  # systemd and scripts wait 20 s for a clean stop


def run_daemon(
    data: Path, config: Config, read: Callable[[], Config], *, observe: bool, as_json: bool
) -> None:
    """Run until SIGTERM or SIGINT; raises the EdgenodeError that ended it otherwise.

    `read` reads the configuration again, for SIGHUP.
    """
    lines = logs.configure(level=config.log_level, to_stderr=as_json or sys.stdout.isatty())

    def listening(url: str) -> None:
        if as_json:
            message = {"message_type": "status", "code": "listening", "url": url}
            _say(json.dumps({**message, "pid": os.getpid()}))
        elif sys.stdout.isatty():
            _say(f"listening on {url}")

    options = app.Options(
        data=data,
        config=config,
        observe=observe,
        listening=listening,
        lost=lambda: lines.sink.lost,
        reload=Reload(config, read, lines.level),
    )
    try:
        link = uvloop.run(_until_signal(options))
    finally:
        lines.sink.close()
    if as_json:
        said = {"unsynced_entries": link.unsynced_entries} if link.configured else {}
        _say(json.dumps({"message_type": "summary", "code": "stopped", **said}))


async def _until_signal(options: app.Options) -> LinkStatus:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, options.reload.asked.set)
    try:
        link = await app.run(options, stop)
    except BaseExceptionGroup as group:
        cause = innermost(group)
        code = getattr(cause, "code", "EN001")
        log.critical("daemon_failed", error=type(cause).__name__, code=code, found=str(cause))
        if isinstance(cause, EdgenodeError):
            raise cause from group
        raise
    finally:
        notify("STOPPING=1")
    _tell_stopped(link)
    return link


def _tell_stopped(link: LinkStatus) -> None:
    """Record the stop, with what only this box holds: the next start sends it."""
    if not link.configured:
        log.info("daemon_stopped")
    elif not link.unsynced_entries:
        log.info("daemon_stopped", acked_size=link.acked_size, unsynced_entries=0)
    else:
        log.warning(
            "daemon_stopped", acked_size=link.acked_size, unsynced_entries=link.unsynced_entries
        )


def _say(line: str) -> None:
    """Print a line for whoever started the daemon; it runs on where nobody reads it any more."""
    with suppress(OSError):
        print(line, flush=True)  # noqa: T201
