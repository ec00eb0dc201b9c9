"""An export read back on any machine: every entry, proved by the checkpoint that ends it."""

import base64
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from edgenode.core.ledger import chain
from edgenode.core.ledger.chain import BrokenChainError, Tip
from edgenode.daemon.folder import proving
from edgenode.model.errors import RefusedError
from edgenode.model.ledgers import Entry, LedgerId
from edgenode.wire import entry as wire_entry
from edgenode.wire import foreign

EXPORT = "a whole file of `edgenode ledger export --format jsonl`"
LINE_MAX = 4 << 20  # characters: no entry has a tenth
AGAIN = "export it again, and copy it whole"


class Exported(NamedTuple):
    """A ledger as an export holds it, from entry 1 to its checkpoint."""

    ledger: LedgerId
    entries: list[Entry]


def read(file: Path) -> Exported:
    """Read and prove an export.

    EN006 if there is no such file, EN002 if a line has another shape, EN402 if the lines
    do not lead to the checkpoint, or if there is none: then it was cut off.
    """
    ledgers: set[LedgerId] = set()
    entries: list[Entry] = []
    note = ""
    for number, row in _rows(file):
        if note:
            raise _broken(f"{file} line {number}: an entry behind the checkpoint")
        if "checkpoint" in row:
            note = str(row["checkpoint"])
            continue
        ledger, entry = _entry(file, number, row)
        ledgers.add(ledger)
        entries.append(entry)
    if not entries:
        raise RefusedError(f"{file} holds no entries", expected=EXPORT, do=AGAIN, code="EN002")
    if not note:
        raise _broken(f"{file} ends at entry {entries[-1].seq} without its checkpoint")
    if len(ledgers) > 1:
        raise _broken(f"{file} holds {', '.join(sorted(one.name for one in ledgers))}")
    return _proved(Exported(ledgers.pop(), entries), note)


def _entry(file: Path, number: int, row: dict[str, Any]) -> tuple[LedgerId, Entry]:
    try:
        data = base64.b64decode(row["bytes"], validate=True)
        ledger, entry, _ = wire_entry.parse(data)
    except (ValueError, KeyError, TypeError) as error:
        raise _malformed(file, number, "no `bytes` in base64") from error
    except RefusedError as error:
        raise _malformed(file, number, f"`bytes` of no entry: {error.found}") from error
    return ledger, entry


def _proved(found: Exported, note: str) -> Exported:
    ledger, entries = found
    if entries[0].seq != 1:
        raise BrokenChainError(ledger, 1, "gap", f"it begins at entry {entries[0].seq}")
    tip = Tip(ledger)
    chain.seal_run(tip, entries)
    chain.check_head(tip, note, proving.named_vkey(ledger, entries[0]))
    return found


def _rows(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with file.open(encoding="utf-8-sig") as lines:
            read = iter(partial(lines.readline, LINE_MAX + 1), "")
            for number, line in enumerate(read, start=1):
                if len(line) > LINE_MAX:
                    raise _malformed(file, number, f"more than {LINE_MAX} characters")
                if line.strip():
                    yield number, _row(file, number, line)
    except (OSError, UnicodeDecodeError) as error:
        code = "EN002" if isinstance(error, UnicodeDecodeError) else "EN006"
        raise RefusedError(
            f"{file} cannot be read: {error}",
            expected=EXPORT,
            do="check --from",
            code=code,
        ) from error


def _row(file: Path, number: int, line: str) -> dict[str, Any]:
    try:
        row = foreign.json_value(line)
    except RefusedError as error:
        raise _malformed(file, number, f"no whole line of JSON: {error}") from error
    if not isinstance(row, dict):
        raise _malformed(file, number, "no JSON object")
    return row


def _malformed(file: Path, number: int, found: str) -> RefusedError:
    return RefusedError(f"{file} line {number}: {found}", expected=EXPORT, do=AGAIN, code="EN002")


def _broken(found: str) -> RefusedError:
    return RefusedError(found, expected=f"{EXPORT}: one ledger, its checkpoint last", do=AGAIN,
                        code="EN402")  # fmt: skip
