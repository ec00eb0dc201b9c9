"""What the table of bars holds, read without the daemon or beside it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from edgenode.adapters import sqlite_files
from edgenode.adapters.bars.table import NAME, SOURCE_COLUMNS, bars_of, source_of
from edgenode.core.signals.derived import longer
from edgenode.model.errors import RefusedError
from edgenode.model.instants import instant
from edgenode.model.money import format_decimal
from edgenode.model.signals import Bar, Source

Json = dict[str, Any]
SECOND_NS = 1_000_000_000
READ_AT_ONCE = 5_000
COLUMNS = ("begins", "volume", "close_ticks", "spread_ticks", "depth_lots", "net_lots")


def sources(data: Path) -> list[Json]:
    """Return the sources, with how many bars there are of each, and of when."""
    with closing(_opened(data)) as db:
        return [_shown(db, source) for source in _sources(db)]


def export(data: Path, name: str, step_s: int, since_s: int) -> Iterator[Json]:
    """Return the bars of a source in order, each with what is unknown of it as None.

    EN006 if there is no such source, EN002 if its bars are longer than `step_s`.
    """
    with closing(_opened(data)) as db:
        known = {str(source.id): source for source in _sources(db)}
    if name not in known:
        raise RefusedError(
            f"source {name[:80]!r}",
            expected=" | ".join(known) or "a source; none was heard yet",
            do="edgenode signals ls names them",
            code="EN006",
        )
    source = known[name]
    if step_s < source.step_s:
        raise RefusedError(
            f"bars of {step_s} s of a source with bars of {source.step_s} s",
            expected=f"--step {source.step_s}",
            do="ask for its own bars",
            code="EN002",
        )
    return _exported(data, source, step_s, since_s)


def _exported(data: Path, source: Source, step_s: int, since_s: int) -> Iterator[Json]:
    with closing(_opened(data)) as db:
        bars = _read(db, source, since_s)
        made = bars if step_s == source.step_s else longer(bars, step_s)
        yield from (_row(bar, source) for bar in _whole(made, step_s))


def _opened(data: Path) -> sqlite3.Connection:
    if not (data / NAME).exists():
        raise RefusedError(
            f"there is no {data / NAME}",
            expected="the data folder of a box that ran",
            do=f"edgenode run --data {data}",
            code="EN006",
        )
    return sqlite_files.connect(data / NAME, read_only=True)


def _sources(db: sqlite3.Connection) -> list[Source]:
    return [source_of(r) for r in db.execute(f"SELECT {SOURCE_COLUMNS} FROM source ORDER BY id")]  # noqa: S608


def _shown(db: sqlite3.Connection, source: Source) -> Json:
    sql = "SELECT count(*), count(value), min(begins_s), max(begins_s) FROM bar WHERE source = ?"
    count, valued, first, last = db.execute(sql, (source.id,)).fetchone()
    return {
        "source": source.id,
        "instrument": source.instrument,
        "kind": source.kind,
        "form": source.form,
        "step_s": source.step_s,
        "bars": count,
        "with_volume": valued,
        "first": _instant(first),
        "last": _instant(last),
    }


def _read(db: sqlite3.Connection, source: Source, since_s: int) -> Iterator[Bar]:
    while bars := bars_of(db, source.id, since_s, READ_AT_ONCE):
        yield from bars
        since_s = bars[-1].begins_s + 1


def _whole(bars: Iterator[Bar], step_s: int) -> Iterator[Bar]:
    """Yield bars with an unknown one in each gap: what is missing is no zero."""
    before: int | None = None
    for bar in bars:
        missing = () if before is None else range(before + step_s, bar.begins_s, step_s)
        yield from (Bar(begins_s=begins_s) for begins_s in missing)
        yield bar
        before = bar.begins_s


def _row(bar: Bar, source: Source) -> Json:
    value = None if bar.value is None else format_decimal(bar.value, source.decimals)
    figures = (bar.close_ticks, bar.spread_ticks, bar.depth_lots, bar.net_lots)
    return dict(zip(COLUMNS, (_instant(bar.begins_s), value, *figures), strict=True))


def _instant(at_s: int | None) -> str | None:
    return None if at_s is None else instant(at_s * SECOND_NS)
