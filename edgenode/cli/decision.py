"""How a decision on a break is said: the same options at a box and at the centre."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])
_OPTIONS = (
    click.argument("break_id"),
    click.option("--both", "decision", flag_value="both", help="all versions are true"),
    click.option("--version", help="this version is true: its first digits"),
    click.option("--never-happened", "decision", flag_value="never_happened", help="none is true"),
    click.option("--write-off", "decision", flag_value="write_off", help="what is booked stands"),
    click.option("--carry-in", "account", help="into this account (with --version, that one)"),
    click.option("--amount", help="what is carried in: a decimal in whole units, such as -12.50"),
    click.option("--price", help="of a position that is carried in; else the reference price"),
    click.option("--reason", required=True, help="what you found, for the record"),
    click.option("--actor", "person", required=True, help="your name"),
)


def decision_options(command: F) -> F:
    """Add the options to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def decision_of(said: dict[str, Any]) -> str:
    """Return the one decision that was said; a usage error if there are none or several."""
    chosen = [
        *([said["decision"]] if said["decision"] else []),
        *(["version"] if said["version"] and not said["account"] else []),
        *(["carry_in"] if said["account"] else []),
    ]
    if len(chosen) != 1:
        raise click.UsageError(
            "say one of --both, --version, --never-happened, --write-off, --carry-in"
        )
    return str(chosen[0])


def listed_lines(row: dict[str, Any], where: str = "") -> list[str]:
    """Return one break of a list as lines: what happened, what to do, and what ends it."""
    return [
        f"! {where}{row['break_id']}  since {row['since']}",
        f"  {row['text']}",
        f"  Do: {row['do']}. {row['ends_by']}",
    ]


def shown_lines(row: dict[str, Any]) -> list[str]:
    """Return one break as lines: what happened, its versions, and what may be decided."""
    lines = [f"! {row['break_id']}  since {row['since']}", f"  {row['text']}"]
    lines += [f"  {v['hash'][:16]}  {v['text']}, order {v['order_id']}" for v in row["versions"]]
    if row["proposed"]:
        lines.append(f"  {row['proposed']['person']} proposed: {row['proposed']['decision']}")
    decisions = ", ".join("--" + one.replace("_", "-") for one in row["decisions"])
    lines.append(f"  Do: {row['do']}. {row['ends_by']}")
    return [*lines, f"  Decide: {decisions}"] if decisions else lines
