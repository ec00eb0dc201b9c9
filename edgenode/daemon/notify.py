"""sd_notify: tell the service manager READY, STATUS, WATCHDOG (systemd's datagram protocol)."""

import os
import socket


def notify(message: str) -> bool:
    """Send one message; False if no service manager listens. Never in the way of trading."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.settimeout(0)
        try:
            sock.sendto(message.encode(), address)
        except OSError:
            return False
    return True


def watchdog_period_s() -> float | None:
    """Return half of the interval within which the manager wants a sign of life."""
    usec = os.environ.get("WATCHDOG_USEC")
    return int(usec) / 2e6 if usec and usec.isdecimal() else None
