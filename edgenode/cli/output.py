"""What every command prints: one JSON object a line with --json, text for people otherwise.

The last stdout line with --json is exactly one `summary` or `error`; logs go to stderr.
"""

import json
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click

from edgenode.cli import tables
from edgenode.cli.options import Folder
from edgenode.model.errors import EdgenodeError

Json = dict[str, Any]
P = ParamSpec("P")
R = TypeVar("R")

json_option = click.option("--json", "as_json", is_flag=True, help="one JSON object a line")
data_option = click.option(
    "--data",
    "data_dir",
    required=True,
    envvar="EDGENODE_DATA",
    type=Folder(),
    help="the data folder",
)


archive_option = click.option(
    "--archive",
    "archive_dir",
    type=Folder(),
    help="folder of the archive, for entries that were pruned",
)


class Failed(Exception):  # noqa: N818  carries an exit code, not an error text
    """End the command with an exit code after its summary was printed."""

    def __init__(self, exit_code: int) -> None:
        super().__init__(exit_code)
        self.exit_code = exit_code


def folder_of(option: str | None) -> Path | None:
    """Return the folder that an option names, if it names one."""
    return Path(option) if option is not None else None


def emit(message: Json, *, as_json: bool, text: str | None = None) -> None:
    """Print a message: its JSON line, or its text."""
    if as_json:
        line = json.dumps(message, separators=(",", ":"), default=str)
    else:
        line = text if text is not None else tables.message(message)
    if line:
        click.echo(line)


def reports_errors(command: Callable[P, R]) -> Callable[P, R]:
    """Turn our errors into the documented error line and exit code."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except Failed as failed:
            sys.exit(failed.exit_code)
        except EdgenodeError as error:
            print_error(error, as_json=bool(kwargs.get("as_json")))
            sys.exit(error.exit_code)

    return wrapped


def print_error(error: EdgenodeError, *, as_json: bool) -> None:
    """Print an error: what was found, what was expected, what to do."""
    if as_json:
        click.echo(json.dumps(error_json(error), separators=(",", ":")))
        return
    click.echo(f"{error.code}: {error.found}", err=True)
    if error.expected:
        click.echo(f"  expected: {error.expected}", err=True)
    if error.do:
        click.echo(f"  do: {error.do}", err=True)


def error_json(error: EdgenodeError) -> Json:
    """Return the documented error object; integrity errors name the entry and the check."""
    message: Json = {
        "message_type": "error",
        "code": error.code,
        "found": error.found,
        "expected": error.expected,
        "do": error.do,
        "exit_code": error.exit_code,
    }
    for extra in ("seq", "check"):
        if hasattr(error, extra):
            message[extra] = getattr(error, extra)
    return message
