"""What sync carries: one node's ledger of a trading day, and the same content for each peer.

A record is [seq, hlc, kind, actor, automatic, idem, body]: an entry without the hashes, which ours
does not send either.

    node/          a node's data folder, its ledger signed and durable
    records.bin    each record as msgpack, behind its length in four bytes
    records.jsonl  each record as a JSON document, its body unpacked
    records.sql    each record as a row, inserted in transactions of 1,000
"""

import asyncio
import base64
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import msgpack
import zstandard

from edgenode.adapters.keys import file as keys_file
from edgenode.adapters.ledger import store as ledger_store
from edgenode.adapters.ledger.store import OwnLedger
from edgenode.model.ledgers import Entry, LedgerId
from tools.benchmarks.bench import Bench
from tools.benchmarks.story import Story

NODE = "edge-07"
SEED = 3
LEDGER = LedgerId(NODE, "main", 1)
TRANSACTION = 1_000  # rows
COMMIT = 200  # entries: what a busy node's commits hold
FLOOR_LEVELS = (3, 19)
TABLE = (
    "CREATE TABLE entry(seq bigint PRIMARY KEY, hlc bigint NOT NULL, kind text NOT NULL,"
    " actor text NOT NULL, automatic boolean NOT NULL, idem bytea NOT NULL, body bytea NOT NULL)"
)


@dataclass(frozen=True, slots=True)
class Records:
    """Where the content lies, and how much it is."""

    folder: Path
    count: int
    raw_bytes: int
    floors: dict[int, int]  # zstd level -> bytes of all records compressed as one

    @property
    def node(self) -> Path:
        """Return the node's data folder."""
        return self.folder / "node"

    @property
    def binary(self) -> Path:
        """Return the records behind their lengths."""
        return self.folder / "records.bin"

    @property
    def documents(self) -> Path:
        """Return the records as JSON."""
        return self.folder / "records.jsonl"

    @property
    def sql(self) -> Path:
        """Return the records as rows."""
        return self.folder / "records.sql"


def make(bench: Bench, folder: Path, count: int, *, peers: bool = True) -> Records:
    """Let a node trade until its ledger has about `count` entries; write what peers need of it."""
    bench.progress(f"making a ledger of {count:,} entries")
    folder.mkdir()
    node = folder / "node"
    node.mkdir(mode=0o700)
    size = asyncio.run(_ledger(node, count))
    if not peers:
        return Records(folder, size, 0, {})
    entries = list(read(node))
    bench.progress("compressing all records as one: the floor of bytes")
    raw = b"".join(map(_packed, entries))
    floors = {
        level: len(zstandard.ZstdCompressor(level=level).compress(raw)) for level in FLOOR_LEVELS
    }
    made = Records(folder, len(entries), len(raw), floors)
    _write_forms(made, entries)
    return made


def read(node: Path) -> Iterator[Entry]:
    """Read a ledger's entries."""
    with closing(sqlite3.connect(node / "ledger.sqlite")) as db:
        columns = "seq, hlc, kind, actor, automatic, idem, body"
        for row in db.execute(f"SELECT {columns} FROM entry ORDER BY seq"):  # noqa: S608
            yield Entry(row[0], row[1], row[2], row[3], bool(row[4]), row[5], row[6])


async def _ledger(node: Path, count: int) -> int:
    key = keys_file.create(node / "keys" / "ledger.key", NODE)
    ledger_store.create(node / "ledger.sqlite", LEDGER, {"mode": "paper"})
    own = OwnLedger(node / "ledger.sqlite", LEDGER, key)
    batch: list[Entry] = []
    for step in Story(SEED, LEDGER, key.public).entries(count):
        batch += step
        if len(batch) >= COMMIT:
            await own.append(batch)
            batch = []
    if batch:
        await own.append(batch)
    own.close()
    assert own.head is not None
    return own.head.size


def _packed(entry: Entry) -> bytes:
    e = entry
    fields = (e.seq, e.hlc, e.kind, e.actor, e.automatic, e.idem, e.body)
    packed: bytes = msgpack.packb(fields, use_bin_type=True)
    return packed


def _write_forms(made: Records, entries: list[Entry]) -> None:
    with made.binary.open("wb") as file:
        for record in map(_packed, entries):
            file.write(len(record).to_bytes(4, "little") + record)
    with made.documents.open("w", encoding="utf-8") as text:
        text.writelines(json.dumps(_document(entry)) + "\n" for entry in entries)
    with made.sql.open("w", encoding="utf-8") as text:
        for start in range(0, len(entries), TRANSACTION):
            _copy(text, entries[start : start + TRANSACTION])


def _document(entry: Entry) -> dict[str, object]:
    """Return a record as someone who uses documents would write it."""
    return {
        "_id": f"{entry.seq:012}",
        "hlc": str(entry.hlc),  # beyond what JSON's numbers carry exactly
        "kind": entry.kind,
        "actor": entry.actor,
        "automatic": entry.automatic,
        "idem": base64.b64encode(entry.idem).decode(),
        "body": _plain(msgpack.unpackb(entry.body)),
    }


def _plain(value: object) -> object:
    match value:
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case list():
            return [_plain(item) for item in value]
        case bytes():
            return base64.b64encode(value).decode()
        case int() if not isinstance(value, bool) and abs(value) >= 1 << 53:
            return str(value)
        case _:
            return value


def _copy(text: IO[str], entries: list[Entry]) -> None:
    text.write("BEGIN;\nCOPY entry FROM STDIN;\n")
    for e in entries:
        flag, idem, body = "t" if e.automatic else "f", e.idem.hex(), e.body.hex()
        row = (str(e.seq), str(e.hlc), e.kind, e.actor, flag, f"\\\\x{idem}", f"\\\\x{body}")
        text.write("\t".join(row) + "\n")
    text.write("\\.\nCOMMIT;\n")
