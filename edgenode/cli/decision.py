"""How a decision on a break is said: the same options at a box and at the centre."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from edgenode.cli import tables

F = TypeVar("F", bound=Callable[..., Any])
_OPTIONS = (
    click.argument("break_id"),
    click.option("--both", is_flag=True, help="all are true, each as last corrected"),
    click.option("--version", help="this is true, or these: their first digits, with commas"),
    click.option("--never-happened", is_flag=True, help="none is true"),
    click.option("--write-off", is_flag=True, help="what is booked stands"),
    click.option("--carry-in", "account", help="into this account (with --version, that one)"),
    click.option("--amount", help="what is carried in: a decimal in whole units, such as -12.50"),
    click.option("--price", help="of a position that is carried in; else the reference price"),
    click.option("--evidence", help="what `show` named: refused if it has changed since"),
    click.option("--reason", required=True, help="what you found, for the record"),
    click.option("--actor", "person", required=True, help="your name"),
)
_FLAGS = ("both", "never_happened", "write_off")


def decision_options(command: F) -> F:
    """Add the options to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def taken(said: dict[str, Any]) -> dict[str, Any]:
    """Return what was said with its one `decision`; a usage error if there are none or several."""
    flags = {name: said[name] for name in _FLAGS}
    chosen = [
        *(name for name, is_said in flags.items() if is_said),
        *(["version"] if said["version"] and not said["account"] else []),
        *(["carry_in"] if said["account"] else []),
    ]
    if len(chosen) != 1:
        found = " and ".join("--" + name.replace("_", "-") for name in chosen) or "no decision"
        raise click.UsageError(
            f"{found}: say one of --both, --version, --never-happened, --write-off, --carry-in"
        )
    rest = {name: value for name, value in said.items() if name not in flags}
    return {**rest, "decision": chosen[0]}


def listed_lines(row: dict[str, Any], where: str = "") -> list[str]:
    """Return one break of a list as lines: what happened, what to do, and what ends it."""
    return _safe(
        f"! {where}{row['break_id']}  since {row['since']}",
        f"  {row['text']}",
        f"  Do: {row['do']}. {row['ends_by']}",
    )


def shown_lines(row: dict[str, Any]) -> list[str]:
    """Return one break as lines: what happened, its versions, and what may be decided."""
    lines = [f"! {row['break_id']}  since {row['since']}", f"  {row['text']}"]
    lines += [f"  {v['hash'][:16]}  {v['text']}, order {v['order_id']}" for v in row["versions"]]
    lines.append(f"  Do: {row['do']}. {row['ends_by']}")
    if row["decide"]:
        other = "Another decision begins a new proposal" if row["proposed"] else "Decide"
        lines.append(f"  {other}: {'; or '.join(row['decide'])}. {row['persons']}")
        lines.append(f"  With --evidence {row['evidence']} it is refused if more is heard of it")
    return _safe(*lines)


def answered(row: dict[str, Any], ended: str) -> str:
    """Return the answer to a decision in words: what `ended` it, or what waits for whom."""
    waiting, former = row["proposed"], row["former"]
    if waiting is None:
        return ended
    lines = [f"{row['break_id']}: {waiting['text']}"]
    if former is not None:
        lines.append(f"  A new proposal, as {former['why']}. Counts no more: {former['said']}")
    return "\n".join(_safe(*lines, f"  {waiting['waits']}"))


def _safe(*lines: str) -> list[str]:
    """Return lines of which no text of others moves the cursor."""
    return [tables.inline(line) for line in lines]
