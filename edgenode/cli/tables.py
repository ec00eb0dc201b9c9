"""A message as text that a person reads: figures aligned, one row per item, what is inside inline.

    size    813                     what is one value
    digest  91ab...

    nodes                           a list of items: a table, numbers to the right
      node_id  state     entries
      edge-07  approved      813

    parts                           a map: one line per key, deeper keys with dots
      breaks  77de...

What cannot be printed (others name nodes, and write reasons) is escaped: no text of theirs moves
the cursor of whoever reads it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

NOT_SHOWN = {"message_type", "schema"}
INDENT = "  "
GAP = "  "


def message(found: Mapping[str, Any]) -> str:
    """Lay out a whole message; an item of many is one line."""
    shown = {key: value for key, value in found.items() if key not in NOT_SHOWN}
    if found.get("message_type") == "item":
        return inline(shown)
    single = {key: inline(value) for key, value in shown.items() if not _is_many(value)}
    parts = [aligned(list(single.items()))] if single else []
    parts += [_section(key, value) for key, value in shown.items() if _is_many(value)]
    return "\n\n".join(parts)


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Lay out items that have the same keys, or nearly."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = [[inline(row.get(name)) for name in names] for row in rows]
    right = [all(_is_figure(row.get(name)) for row in rows) for name in names]
    return _laid_out([[inline(name) for name in names], *cells], right)


def aligned(pairs: Sequence[tuple[str, str]]) -> str:
    """Lay out keys with their values, one a line."""
    return _laid_out([[inline(key), value] for key, value in pairs], [False, False])


def inline(value: object) -> str:
    """Write a value on one line."""
    match value:
        case None | "":
            return "-"
        case bool():
            return "yes" if value else "no"
        case dict():
            return (
                " ".join(f"{inline(key)}={inline(inner)}" for key, inner in value.items()) or "-"
            )
        case list() | tuple():
            return ", ".join(inline(inner) for inner in value) or "-"
        case _:
            text = str(value)
            return text if text.isprintable() else text.encode("unicode_escape").decode()


def flat(found: Mapping[str, Any], at: str = "") -> list[tuple[str, Any]]:
    """Return the values of a map of maps, each under its dotted key."""
    pairs: list[tuple[str, Any]] = []
    for key, value in found.items():
        if isinstance(value, dict) and value:
            pairs += flat(value, f"{at}{key}.")
        else:
            pairs.append((f"{at}{key}", value))
    return pairs


def _is_many(value: object) -> bool:
    return isinstance(value, dict | list | tuple) or (isinstance(value, str) and "\n" in value)


def _section(key: str, value: Any) -> str:
    key = inline(key)
    if not value:
        return f"{key}: none"
    if isinstance(value, dict):
        body = aligned([(name, inline(inner)) for name, inner in flat(value)])
    elif isinstance(value, str):
        body = "\n".join(inline(line) for line in value.splitlines())
    elif all(isinstance(item, dict) for item in value):
        body = table(value)
    else:
        body = "\n".join(inline(item) for item in value)
    return "\n".join([key, *(INDENT + line for line in body.splitlines())])


def _laid_out(rows: Sequence[Sequence[str]], right: Sequence[bool]) -> str:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        fitted = zip(row, widths, right, strict=True)
        lines.append(GAP.join(c.rjust(w) if r else c.ljust(w) for c, w, r in fitted).rstrip())
    return "\n".join(lines)


def _is_figure(value: object) -> bool:
    """Return whether a cell belongs to the right: a number, also as decimal text, or nothing."""
    if isinstance(value, bool):
        return False
    text = str(value).removeprefix("-").replace(".", "", 1)
    return value is None or text.isdecimal()
