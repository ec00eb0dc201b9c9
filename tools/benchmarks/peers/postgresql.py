"""PostgreSQL logical replication: a publisher's rows stream to a subscriber of its own.

Both servers are made afresh. The subscription exists and is off while the rows are inserted, in
transactions of 1,000; what is measured is the time from turning it on until the subscriber shows
the last row, committed with fsync and synchronous_commit on (a subscription's default is off).
psql talks over Unix sockets, so that only the replication is on the wire.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.benchmarks import machine
from tools.benchmarks.bench import AbsentPeerError
from tools.benchmarks.children import Child, running, wait_for_port
from tools.benchmarks.network import free_port
from tools.benchmarks.records import TABLE, Records
from tools.benchmarks.transfer import Transfer, timed

DEBIAN = Path("/usr/lib/postgresql")
USER = "postgres"  # the server refuses to run as root
POLL_S = 0.002
SETTINGS = (
    *("wal_level=logical", "fsync=on", "synchronous_commit=on", "max_wal_size=4GB"),
    "wal_retrieve_retry_interval=10ms",  # else turning it on may wait for five seconds
)
_UNTIL = (
    "DO $$ BEGIN WHILE (SELECT coalesce(max(seq), 0) FROM entry) < {count}"
    " LOOP PERFORM pg_sleep({poll_s}); END LOOP; END $$"
)


class PostgreSql:
    """PostgreSQL logical replication."""

    name = "postgresql"
    note = "applied and committed with fsync at the subscriber"

    def version(self) -> str:
        """Say which version this is."""
        return machine.program_version(str(_program("postgres")), "--version")

    def transfer(self, records: Records, folder: Path) -> Transfer:
        """Fill a publisher, then let the subscriber catch up."""
        with _server("publisher", folder) as one, _server("subscriber", folder) as other:
            for server in (one, other):
                server.sql(TABLE)
            one.sql("CREATE PUBLICATION p FOR TABLE entry")
            where = f"host=127.0.0.1 port={one.port} user={USER} dbname=postgres"
            how = "copy_data=false, enabled=false, synchronous_commit='on'"
            other.sql(f"CREATE SUBSCRIPTION s CONNECTION '{where}' PUBLICATION p WITH ({how})")
            one.file(records.sql)
            until = _UNTIL.format(count=records.count, poll_s=POLL_S)
            enable = "ALTER SUBSCRIPTION s ENABLE"
            return timed(records.count, lambda: other.sql(enable, until), one.child, other.child)


@dataclass(frozen=True, slots=True)
class _Server:
    child: Child
    port: int
    folder: Path

    def sql(self, *statements: str) -> None:
        """Run statements, each a transaction of its own."""
        commands = [part for statement in statements for part in ("-c", statement)]
        self._psql(*commands)

    def file(self, path: Path) -> None:
        """Run a file."""
        self._psql("-f", str(path))

    def _psql(self, *args: str) -> None:
        connection = ("-h", str(self.folder), "-p", str(self.port), "-U", USER, "-d", "postgres")
        strict = ("-X", "-q", "-v", "ON_ERROR_STOP=1")
        argv = (str(_program("psql")), *connection, *strict, *args)
        subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, timeout=600)


@contextmanager
def _server(name: str, folder: Path) -> Iterator[_Server]:
    home = folder / name
    home.mkdir(mode=0o700)
    user = None
    if os.geteuid() == 0:
        user = USER
        shutil.chown(home, user, user)
    data = home / "data"
    made = (str(_program("initdb")), "-D", str(data), "-U", USER, "-A", "trust", "--no-sync")
    with (folder / f"{name}-initdb.log").open("wb") as log:
        subprocess.run(
            made,
            check=True,
            stdout=log,
            stderr=log,
            user=user,
            group=user,
            extra_groups=[] if user else None,
            cwd="/",
        )
    port = free_port()
    options = (f"port={port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={home}")
    argv = [str(_program("postgres")), "-D", str(data)]
    for option in (*options, *SETTINGS):
        argv += ["-c", option]
    # SIGINT: end without waiting for clients.
    with running(name, argv, folder, user=user, stop=signal.SIGINT) as child:
        wait_for_port(port)
        yield _Server(child, port, home)


def _program(name: str) -> Path:
    """Find a program of PostgreSQL, the newest of Debian's where several are."""
    found = sorted(DEBIAN.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    if found:
        return found[-1]
    elsewhere = shutil.which(name)
    if elsewhere is None:
        raise AbsentPeerError(f"the peer postgresql is absent (no {name})")
    return Path(elsewhere)
