"""Parse, run, exit for certain."""

import os
import sys
import traceback

import click


def main() -> None:
    """`edgenode`, the box's commands."""
    from edgenode.cli.edgenode import cli  # noqa: PLC0415  a light import until here

    _run(cli)


def central() -> None:
    """`edgecentral`, the central book's commands."""
    from edgenode.cli.edgecentral import cli  # noqa: PLC0415

    _run(cli)


def _run(cli: click.Command) -> None:
    """Run a command line and end the process even where a thread would hold it back."""
    try:
        cli.main(standalone_mode=False)
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException as error:  # noqa: BLE001  the last line of the process
        code = _report(error)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # a crashed writer thread must not keep a broken node alive


def _report(error: BaseException) -> int:
    if isinstance(error, click.exceptions.Abort):
        return 130
    if isinstance(error, click.ClickException):
        error.show()
        return 2
    traceback.print_exception(error)
    return 1


if __name__ == "__main__":
    main()
