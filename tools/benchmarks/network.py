"""A loopback of our own, and how many bytes went over it.

In a network namespace that nobody else is in, the kernel's counter of the loopback interface is
exactly what the processes in it sent each other, TCP and IP headers included (loopback packets are
up to 64 KiB, so headers are few). Where a namespace may not be made (it takes root), the machine's
own loopback is counted, and other traffic with it.
"""

import array
import ctypes
import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_CLONE_NEWNET = 0x40000000
_SIOCSIFFLAGS, _IFF_UP, _IFF_RUNNING = 0x8914, 0x1, 0x40
_COUNTERS = Path("/proc/thread-self/net/dev")


@contextmanager
def private() -> Iterator[bool]:
    """Enter a namespace of our own with its loopback up; returns whether that was possible.

    Only this thread and the processes that it starts are in it.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        entered = libc.unshare(_CLONE_NEWNET) == 0
        if entered:
            _raise_loopback()
        try:
            yield entered
        finally:
            if entered:
                libc.setns(home, _CLONE_NEWNET)
    finally:
        os.close(home)


def loopback_bytes() -> int:
    """Return how many bytes this thread's loopback has carried."""
    for line in _COUNTERS.read_text(encoding="ascii").splitlines():
        name, _, rest = line.partition(":")
        if name.strip() == "lo":
            return int(rest.split()[0])
    return 0


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def _raise_loopback() -> None:
    request = array.array("B", b"lo".ljust(16, b"\0"))
    request.extend((_IFF_UP | _IFF_RUNNING).to_bytes(2, "little") + bytes(14))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        fcntl.ioctl(one, _SIOCSIFFLAGS, request)
