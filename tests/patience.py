"""The end of every wait in a test, and ports that stay free between two starts.

What a test waits for comes as an event. The end is only for what never comes: beside a load of
four per core a program takes ten times as long as on an idle machine. It is shorter than the
limit of a test (`timeout` in pyproject.toml), so that the wait itself says what did not come.
"""

import itertools
import os
import socket
from pathlib import Path

PATIENCE_S = 240

_PORTS_FROM = 10_000  # below it lie the ports of well-known services
_counter = itertools.count()


def free_port() -> int:
    """Return a TCP port of loopback that nobody listens at, and that no connection is given.

    The kernel takes the local ports of connections, and of servers that ask for port 0, from its
    ephemeral range. A port below that range is still free after its server has ended.
    """
    low = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    count = low - _PORTS_FROM
    while True:
        port = _PORTS_FROM + (os.getpid() * 37 + next(_counter)) % count
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
