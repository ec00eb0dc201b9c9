"""Options, checked before anything begins: ports, addresses, times, opposites."""

import math
import os
from collections import Counter
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from edgenode.model.address import HTTP, is_http
from edgenode.model.errors import RefusedError

BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"  # what some editors and shells write before a text
PORT = click.IntRange(0, 65535)


class Command(click.Command):
    """A command that refuses an option beside its opposite: neither wins silently."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments; a usage error if a pair of opposites is said more than once."""
        _, _, order = self.make_parser(ctx).parse_args(args=list(args))
        for said, times in Counter(order).items():
            if times > 1 and said.secondary_opts:
                names = " and ".join((*said.opts[:1], *said.secondary_opts[:1]))
                raise click.UsageError(f"{names}: said {times} times; say one", ctx=ctx)
        return super().parse_args(ctx, args)


class Group(click.Group):
    """A group of such commands, and of such groups."""

    command_class = Command
    group_class = type


def named(*names: str) -> list[str]:
    """Return which of some parameters of the running command were named on its command line."""
    context = click.get_current_context()
    return [n for n in names if context.get_parameter_source(n) is ParameterSource.COMMANDLINE]


def folder_unless(export_file: str | None, data_dir: str | None) -> Path | None:
    """Return the folder to read, None where an export was named; a usage error for both or none.

    EDGENODE_DATA names a folder for every command: beside an export only `--data` itself counts.
    """
    if export_file is not None and not named("data_dir"):
        data_dir = None
    if (data_dir is None) == (export_file is None):
        raise click.UsageError("give exactly one of --data and --from")
    return None if data_dir is None else Path(data_dir)


class FloatRange(click.FloatRange):
    """A number within bounds: no comparison refuses NaN, so it is refused here."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Take a number that is one."""
        found = super().convert(value, param, ctx)
        if math.isnan(found):
            self.fail(f"{value!r} is no number.", param, ctx)
        return found


class _Place(click.Path):
    """A path; an empty one names nothing, and never the folder one happens to be in."""

    noun = "file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Take a path that is not empty."""
        if not os.fsdecode(value).strip():
            self.fail(f"an empty path names no {self.noun}.", param, ctx)
        return super().convert(value, param, ctx)


class File(_Place):
    """A file by its path."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False)


class Folder(_Place):
    """A folder by its path."""

    name, noun = "directory", "folder"

    def __init__(self) -> None:
        super().__init__(file_okay=False)


def url(text: str) -> str:
    """Take the address of a server; a usage error if it is not one."""
    if not is_http(text):
        raise click.BadParameter(f"{text!r} is not {HTTP}.")
    return text


def instant(text: str) -> int:
    """Take a time as RFC 3339, or as nanoseconds since the epoch."""
    from edgenode.model.instants import NS_END, nanoseconds

    if text.isdecimal():
        if len(text) > len(str(NS_END)) or int(text) >= NS_END:
            raise click.BadParameter("too far away; give a time before 2262.")
        return int(text)
    try:
        return nanoseconds(text)
    except RefusedError as error:
        found = f"{error.found}; give {error.expected}, or nanoseconds since the epoch."
        raise click.BadParameter(found) from error
