"""CSV files that others wrote: rows by column with their lines, or RefusedError EN002 / EN004.

UTF-8 with or without a mark at its begin, a header, commas. A row with too few or too many fields
is handed on as None, so that its line can be told.
"""

import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edgenode.adapters import plain_file
from edgenode.model.errors import RefusedError

BYTES_MAX = 16 << 20
FIELD_MAX = 1_000  # characters
BOM = "\ufeff"

Row = tuple[int, dict[str, str] | None]


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A file's bytes by their hash, and its text."""

    sha256: bytes
    text: str

    @classmethod
    def read(cls, path: Path) -> "CsvFile":
        """Read a file; EN004 if it is too large, EN002 if it is no text.

        UnreachableError EN404 if it cannot be read now.
        """
        data = plain_file.read(path, BYTES_MAX)
        try:
            return cls(hashlib.sha256(data).digest(), data.decode().removeprefix(BOM))
        except UnicodeDecodeError as error:
            raise _no_csv(f"{plain_file.shown(path.name)}: {error}") from error

    def rows(self, *needed: str) -> Iterator[Row]:
        """Yield each row by column, with its line; EN002 if the header lacks a column."""
        lines = csv.reader(io.StringIO(self.text, newline=""))
        try:
            header = [name.strip().lower() for name in next(lines, [])]
            missing = [name for name in needed if name not in header]
            if missing:
                raise _no_csv(f"a header {','.join(header)[:80]!r} without {', '.join(missing)}")
            twice = [name for name in needed if header.count(name) > 1]
            if twice:
                raise _no_csv(f"a header that names {', '.join(twice)} twice")
            for fields in lines:
                if fields:
                    whole = len(fields) == len(header) and max(map(len, fields)) <= FIELD_MAX
                    by_column = dict(zip(header, fields, strict=True)) if whole else None
                    yield lines.line_num, by_column
        except csv.Error as error:
            raise _no_csv(f"line {lines.line_num}: {error}") from error


def _no_csv(found: str) -> RefusedError:
    return RefusedError(
        found[:200],
        expected="CSV in UTF-8 with a header line",
        do="write it again, under another name, and rename it when it is whole",
        code="EN002",
    )
