"""SIGHUP: read the configuration again, apply what can change while the node runs, say so.

    the new configuration    what happens
    -----------------------  ------------------------------------------------------------------
    is not valid             nothing changes; the log and the status say what is wrong
    differs in APPLIED       applies from now on
    differs elsewhere        is named, and waits for the next start

Limits are not in it: they are signed grants and policy.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import structlog

from edgenode.adapters.logs import LogLevel
from edgenode.core.observations import ConfigRead
from edgenode.daemon.config import Config
from edgenode.daemon.control.server import ControlServer
from edgenode.daemon.view.status import problem
from edgenode.model.errors import RefusedError

log = structlog.get_logger()
Json = dict[str, Any]
Record = Callable[[ConfigRead], Awaitable[object]]
APPLIED = frozenset(
    {
        "log_level",
        "control.hosts_allowed",
        "control.header_s_max",
        "control.request_s_max",
        "control.connections_per_address_max",
    }
)


class Reload:
    """The configuration in force, and how it is read again; `asked` is set by SIGHUP."""

    def __init__(self, config: Config, read: Callable[[], Config], level: LogLevel) -> None:
        self.asked = asyncio.Event()
        self.config = config
        self.refused: RefusedError | None = None  # what was read last is not valid
        self.waiting: tuple[str, ...] = ()  # keys whose new value waits for the next start
        self._read = read
        self._level = level

    def problems(self) -> list[Json]:
        """Return what the status says of the newest reading."""
        if self.refused is not None:
            error = self.refused
            text = f"The configuration on disk is refused, the old one holds: {error.found}"
            return [problem(error.code, "warning", text, error.do, None)]
        if self.waiting:
            text = f"Changed, and in force from the next start on: {', '.join(self.waiting)}"
            return [problem("EN008", "warning", text, "start the node again", None)]
        return []

    async def run(self, server: ControlServer, record: Record) -> None:
        """Read again whenever it is asked for; what changed is recorded in the ledger."""
        while True:
            await self.asked.wait()
            self.asked.clear()
            try:
                new = self._read()
            except RefusedError as error:
                self.refused = error
                log.warning("config_refused", code=error.code, found=error.found)
                continue
            self.refused = None
            changed = self.apply(new, server)
            if changed.applied or changed.waiting:
                await record(changed)

    def apply(self, new: Config, server: ControlServer) -> ConfigRead:
        """Apply a valid configuration as far as it can be while the node runs."""
        changed = changes(self.config, new)
        self._level.name = new.log_level
        server.settle(new.control)
        applied = tuple(key for key in changed if key in APPLIED)
        self.waiting = tuple(key for key in changed if key not in APPLIED)
        control = msgspec.structs.replace(
            new.control, host=self.config.control.host, port=self.config.control.port
        )
        self.config = msgspec.structs.replace(
            self.config, log_level=new.log_level, control=control
        )
        log.info("config_read_again", applied=applied, waiting_for_a_start=self.waiting)
        return ConfigRead(applied, self.waiting)


def changes(old: Config, new: Config) -> tuple[str, ...]:
    """Return the keys whose values differ, by their path."""
    one, other = (_flat(msgspec.to_builtins(config)) for config in (old, new))
    return tuple(sorted(k for k in one.keys() | other.keys() if one.get(k) != other.get(k)))


def _flat(table: dict[str, Any], at: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{at}{key}.")
        else:
            found[f"{at}{key}"] = value
    return found
