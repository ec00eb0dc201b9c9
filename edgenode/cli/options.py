"""What the value of an option may be, told before anything begins: ports, addresses, times."""

import click

from edgenode.model.address import HTTP, is_http
from edgenode.model.errors import RefusedError

BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"  # what some editors and shells write before a text
PORT = click.IntRange(0, 65535)


def url(text: str) -> str:
    """Take the address of a server; a usage error if it is not one."""
    if not is_http(text):
        raise click.BadParameter(f"{text!r} is not {HTTP}.")
    return text


def instant(text: str) -> int:
    """Take a time as RFC 3339, or as nanoseconds since the epoch."""
    from edgenode.model.instants import nanoseconds

    if text.isdecimal():
        return int(text)
    try:
        return nanoseconds(text)
    except RefusedError as error:
        found = f"{error.found}; give {error.expected}, or nanoseconds since the epoch."
        raise click.BadParameter(found) from error
