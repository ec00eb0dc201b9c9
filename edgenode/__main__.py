"""Parse, run, exit for certain."""

import os
import signal
import sys
import traceback
from contextlib import suppress

import click

from edgenode.cli.output import print_error
from edgenode.model.errors import EdgenodeError, RefusedError


def main() -> None:
    """`edgenode`, the box's commands."""
    _let_be_stopped("run")
    from edgenode.cli.edgenode import cli  # noqa: PLC0415  a light import until here

    _run(cli, "edgenode")


def central() -> None:
    """`edgecentral`, the central book's commands."""
    _let_be_stopped("serve")
    from edgenode.cli.edgecentral import cli  # noqa: PLC0415

    _run(cli, "edgecentral")


def _let_be_stopped(server: str) -> None:
    """Make SIGTERM end a server with exit 0 from its first moment; a hangup never ends it.

    Its own handlers take over once its loop runs. Whatever it was doing before, an end at any
    moment is one that it starts again from.
    """
    if sys.argv[1:2] == [server]:
        signal.signal(signal.SIGTERM, _stop_at_once)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)


def _stop_at_once(*_: object) -> None:
    if _as_json():
        with suppress(OSError):
            os.write(1, b'{"message_type": "summary", "code": "stopped"}\n')
    os._exit(0)


def _run(cli: click.Command, name: str) -> None:
    """Run a command line and end the process even where a thread would hold it back."""
    try:
        cli.main(prog_name=name, standalone_mode=False)
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException as error:  # noqa: BLE001  the last line of the process
        code = _report(error)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # whoever read it is gone: the exit code counts
            stream.flush()
    os._exit(code)  # a crashed writer thread must not keep a broken node alive


def _report(error: BaseException) -> int:
    """Print how a command ended that should not have, and give its exit code."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, click.exceptions.Abort):
        return 130
    if isinstance(error, click.ClickException):
        return _usage(error)
    if isinstance(error, EdgenodeError):  # out of a group of tasks, one of which ended by it
        print_error(error, as_json=_as_json())
        return error.exit_code
    if not isinstance(error, OSError):
        traceback.print_exception(error)  # a fault of ours; whoever mends it needs all of it
    failed = EdgenodeError(
        f"{type(error).__name__}: {error}",
        expected="a command that runs to its end",
        do="mend what is named, then try again",
    )
    print_error(failed, as_json=_as_json())
    return failed.exit_code


def _usage(error: click.ClickException) -> int:
    """Word what click found as every error is worded; in plain text click knows better how."""
    if not _as_json():
        error.show()
        return 2
    context = getattr(error, "ctx", None)
    refused = RefusedError(
        error.format_message(),
        expected=context.get_usage().removeprefix("Usage: ") if context else "what --help shows",
        do=f"{context.command_path} --help" if context else "",
        code="EN009",
    )
    print_error(refused, as_json=True)
    return refused.exit_code


def _as_json() -> bool:
    """Return whether --json was given, where click did not come as far as parsing it."""
    return "--json" in sys.argv[1:]


if __name__ == "__main__":
    main()
