"""An archive in a folder (another disk, a mounted share): DIR/PARTY/INCARNATION/FIRST-LAST.sqlite.

A segment is copied, synced, named, and read back from there: the hash of its row, every entry, the
signed head. Only then a receipt is left beside it on the box, DIR/segments/FIRST-LAST.archived,
which is what pruning asks for. A receipt says what an archive held at that moment; whoever wipes
that disk afterwards wipes what was pruned. Another kind of archive leaves the same receipts.
"""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edgenode.adapters import durable_file
from edgenode.adapters.ledger import segments as segments_sqlite
from edgenode.adapters.ledger.files import LedgerFiles
from edgenode.core.ledger.chain import BrokenChainError
from edgenode.model.errors import RefusedError
from edgenode.model.ledgers import LedgerId, Segment
from edgenode.wire import foreign
from edgenode.wire.checkpoint import Vkey

SCHEMA = "edgenode.receipt/1"
SUFFIX = ".archived"
RECEIPT_BYTES_MAX = 4_096


def place(archive: Path, ledger: LedgerId) -> Path:
    """Return a ledger's folder in an archive; EN006 if the archive itself is not there."""
    if not archive.is_dir():
        raise RefusedError(
            f"there is no folder {archive}",
            expected="the folder of an archive, its disk mounted",
            do="mount it, or make the folder once by hand: where a disk is not mounted, nothing is"
            " copied under its mount point",
            code="EN006",
        )
    return archive / ledger.name


def push(
    files: LedgerFiles, archive: Path, vkey: Vkey, now_ns: int, *, dry_run: bool
) -> Iterator[tuple[Segment, str]]:
    """Return each segment that is here, as `held` by the archive or `copied` to it now.

    What is there already without a receipt is proved as a copy is. EN402 if a file does not
    hold, also where another one lies under its name: nothing in an archive is replaced.
    """
    to, before = place(archive, files.ledger), None
    receipts = archived(files)
    for segment in files.segments():
        if not segment.dropped:
            path = segments_sqlite.path_of(to, segment.first, segment.last)
            held = segment.sha256 in receipts and path.is_file()
            if not held and not dry_run:
                try:
                    _push(files, segment, before, path, vkey)
                except OSError as error:
                    raise _not_written(path, error) from error
                # Power lost here: no receipt, so nothing is pruned; the next run proves the copy.
                durable_file.write(_receipt(files, segment), _said(files, segment, to, now_ns))
            yield segment, "held" if held else "copied"
        before = segment


def archived(files: LedgerFiles) -> set[bytes]:
    """Return the hashes of the segments that an archive holds, as the receipts say."""
    return {s.sha256 for s in files.segments() if _confirms(_receipt(files, s), files.ledger, s)}


def check_whole(files: LedgerFiles) -> None:
    """Refuse (EN402) an archive that lacks what was pruned here."""
    cut = files.cut()
    if cut is not None:
        raise RefusedError(
            f"segment {cut.name} was pruned here and is not in {files.archive}",
            expected="every segment that was pruned",
            do="name the folder that `ledger archive` wrote to; or verify from the cut alone",
            code="EN402",
        )


def _push(
    files: LedgerFiles, segment: Segment, before: Segment | None, path: Path, vkey: Vkey
) -> None:
    """Copy a segment to the archive unless it is there, and prove it; durable on return."""
    durable_file.folder(path.parent)
    # A run that was killed may have left folders and files whose names are not durable yet.
    for made in (path.parent.parent.parent, path.parent.parent, path.parent):
        durable_file.sync(made)
    if path.exists():
        durable_file.sync(path)  # else it would be read from memory, and lost with the power
        durable_file.forget_cached(path)
        _prove(files, segment, before, path, vkey)
        return
    part = durable_file.part_of(path)
    shutil.copyfile(files.path(segment), part)
    # Power lost here: a part, torn or whole; the next run writes it anew.
    durable_file.sync(part)
    durable_file.forget_cached(part)
    try:
        _prove(files, segment, before, part, vkey)
    except RefusedError:
        part.unlink()
        raise
    # Power lost here: a whole part that the next run writes anew.
    durable_file.place(path)


def _prove(
    files: LedgerFiles, segment: Segment, before: Segment | None, path: Path, vkey: Vkey
) -> None:
    """Prove a file to be the segment that was sealed, from its bytes to its signed head."""
    sha256 = segments_sqlite.finish(segments_sqlite.file_hash(path))
    if sha256 != segment.sha256:
        detail = f"{path} has the hash {sha256.hex()}, sealed was {segment.sha256.hex()}"
        raise BrokenChainError(files.ledger, segment.first, "root", detail)
    tip = segments_sqlite.tip_behind(files.ledger, before)
    try:
        found = segments_sqlite.finish(segments_sqlite.prove(path, tip, vkey))
    except sqlite3.DatabaseError as error:
        raise BrokenChainError(files.ledger, segment.first, "root", f"{path}: {error}") from error
    if found.head != segment.head:
        raise BrokenChainError(files.ledger, segment.last, "root", f"{path} ends at another head")


def _receipt(files: LedgerFiles, segment: Segment) -> Path:
    return files.folder / f"{segment.name}{SUFFIX}"


def _said(files: LedgerFiles, segment: Segment, to: Path, now_ns: int) -> bytes:
    said = {
        "schema": SCHEMA,
        "ledger": files.ledger.name,
        "first": segment.first,
        "last": segment.last,
        "sha256": segment.sha256.hex(),
        "root": segment.root.hex(),
        "place": str(to.absolute()),
        "read_back_ns": now_ns,
    }
    return json.dumps(said, indent=1).encode()


def _confirms(receipt: Path, ledger: LedgerId, segment: Segment) -> bool:
    """Return whether a receipt is of exactly this file; anything else there confirms nothing."""
    try:
        with receipt.open("rb") as file:
            said: Any = foreign.json_value(file.read(RECEIPT_BYTES_MAX))
    except (OSError, RefusedError):
        return False
    named = (SCHEMA, ledger.name, segment.first, segment.last, segment.sha256.hex())
    keys = ("schema", "ledger", "first", "last", "sha256")
    return isinstance(said, dict) and tuple(said.get(key) for key in keys) == named


def _not_written(path: Path, error: OSError) -> RefusedError:
    return RefusedError(
        f"{path} cannot be written and read back: {error}",
        expected="an archive with room",
        do="see to its disk and run this again; nothing here has changed",
    )
