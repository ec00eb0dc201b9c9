"""The archive and the cut of a node's ledger: what leaves the box, when, and how it comes back.

The rule itself is core/ledger/retention; here it is given what the folder knows.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import structlog

from edgenode.adapters import sqlite_files
from edgenode.adapters.archive import folder as archive_folder
from edgenode.adapters.clock import WallClock
from edgenode.adapters.ledger import start as ledger_start
from edgenode.adapters.ledger.files import LedgerFiles
from edgenode.adapters.ledger.start import SnapshotRow
from edgenode.adapters.ledger.store import OwnLedger
from edgenode.core.ledger.retention import DAY_MS, Bounds, holds, to_drop
from edgenode.core.state import snapshot
from edgenode.daemon import offline
from edgenode.daemon.config import Ledger as LedgerConfig
from edgenode.daemon.folder import folder, pinned, proving
from edgenode.daemon.folder.folder import OpenedNode
from edgenode.model.ledgers import Segment
from edgenode.ports.clock import Clock
from edgenode.services.recorder import Recorder
from edgenode.wire.checkpoint import Vkey

log = structlog.get_logger()

LOOK_S = 600.0
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Retention:
    """How much stays on the box, whatever else would let it go."""

    segments_kept: int
    keep_days: int


@dataclass(frozen=True, slots=True)
class Pruning:
    """The segments that are here, what holds each, and those that may be dropped."""

    here: list[Segment]
    bounds: Bounds
    drop: list[Segment]

    def rows(self) -> list[Json]:
        """Return one row a segment: what holds it, and whether it goes."""
        rows: list[Json] = []
        for index, segment in enumerate(self.here):
            held_by = holds(segment, len(self.here) - index - 1, self.bounds)
            row = {"first": segment.first, "last": segment.last, "held_by": list(held_by)}
            rows.append({**row, "dropped": segment in self.drop})
        return rows


def pruning(
    data: Path, files: LedgerFiles, vkey: Vkey, oldest_open: int, kept: Retention, now_ns: int
) -> Pruning:
    """Return what may be dropped now, given the oldest open order's seq."""
    here = [segment for segment in files.segments() if not segment.dropped]
    sizes = ledger_start.snapshots(files)
    bounds = Bounds(
        cosigned=pinned.cosigned_size(data, files, vkey),
        archived=archive_folder.archived(files),
        snapshots=sizes,
        oldest_open=oldest_open,
        now_ms=now_ns // 1_000_000,
        keep_ms=kept.keep_days * DAY_MS,
        segments_kept=kept.segments_kept,
    )
    if to_drop(here, bounds):  # only now is it worth the time to load them
        hold = [n for n in sizes if ledger_start.load(files, vkey, n) is not None]
        bounds = replace(bounds, snapshots=hold)
    return Pruning(here, bounds, to_drop(here, bounds))


def oldest_open(opened: OpenedNode) -> int:
    """Return the seq of the oldest open order; what is next if none is open."""
    oldest = opened.state.orders.oldest_open()
    return opened.state.size + 1 if oldest is None else oldest


async def keep(
    data: Path, opened: OpenedNode, recorder: Recorder, wanted: LedgerConfig, wall: Clock
) -> None:
    """Drop now and then what the archive and the centre hold, down to what is to be kept."""
    store = _files_of(opened)
    while True:
        if wanted.segments_kept is not None:
            oldest = oldest_open(opened)
            await recorder.settled()  # what has ended since then has ended durably
            kept = Retention(wanted.segments_kept, wanted.keep_days)
            found = drop(data, opened, kept, oldest, wall.now_ns())
            if found.drop:
                log.info("segments_dropped", cut=found.drop[-1].last)
        if store.trouble:
            log.warning("segment_not_sealed", found=store.trouble)
        await asyncio.sleep(LOOK_S)


def drop(data: Path, opened: OpenedNode, kept: Retention, oldest: int, now_ns: int) -> Pruning:
    """Drop what may go; the writer does it between batches."""
    store = _files_of(opened)
    found = pruning(data, store.files, opened.signer.vkey, oldest, kept, now_ns)
    if found.drop:
        # Power lost here: the anchor is newer, and nothing was dropped. The other order could
        # leave an anchor below the cut, which could not be compared any more.
        opened.write_anchor()
        store.drop(found.drop)  # by the writer: each of its steps says what a power cut leaves
    return found


def prune(data: Path, kept: Retention, *, dry_run: bool) -> Iterator[Json]:
    """Drop what may go, of a folder that no daemon serves; a dry run looks beside one too."""
    now_ns = WallClock().now_ns()
    if dry_run:
        with offline.reading(data) as files:
            oldest = offline.state_of(files).orders.oldest_open()
            head, vkey = files.newest_head(), proving.vkey_of(files)
            size = head.size if head else 0
            found = pruning(data, files, vkey, oldest or size + 1, kept, now_ns)
            cut = files.cut()
    else:
        opened = folder.open_for_writing(data)
        try:
            store = _files_of(opened)
            store.rest()  # seal first what can be sealed
            found = drop(data, opened, kept, oldest_open(opened), now_ns)
            store.rest()
            cut = store.files.cut()
        finally:
            opened.close()
    yield from ({"message_type": "item", **row} for row in found.rows())
    yield {
        "message_type": "summary",
        "schema": "edgenode.ledger.prune/1",
        "dry_run": dry_run,
        "dropped": len(found.drop),
        "kept": len(found.here) - len(found.drop),
        "cut": cut.last if cut else 0,
    }


def archive(data: Path, to: Path, *, dry_run: bool) -> Iterator[Json]:
    """Copy sealed segments to an archive and prove them there; also beside a running daemon."""
    with offline.reading(data) as files:
        vkey = proving.vkey_of(files)
        copied, held, now_ns = 0, 0, WallClock().now_ns()
        for segment, outcome in archive_folder.push(files, to, vkey, now_ns, dry_run=dry_run):
            copied, held = copied + (outcome == "copied"), held + (outcome == "held")
            row = {"first": segment.first, "last": segment.last, "outcome": outcome}
            yield {"message_type": "item", **row, "sha256": segment.sha256.hex()}
    yield {
        "message_type": "summary",
        "schema": "edgenode.ledger.archive/1",
        "dry_run": dry_run,
        "copied": copied,
        "held": held,
        "to": str(to),
        "same_disk": to.stat().st_dev == data.stat().st_dev,
    }


def resnapshot(data: Path, archive_dir: Path) -> Json:
    """Make a snapshot from the archive, where none here can be used (another release, damage).

    Every entry is proved and folded from the first; no daemon may serve the folder.
    """
    with folder.locked(data), offline.reading(data, archive_dir) as files:
        signer = folder.load_key(data)
        archive_folder.check_whole(files)
        _, head, _ = ledger_start.verify(files, signer.vkey, bodies=True)
        state = offline.state_of(files)
        assert head is not None, "a folder is begun with Genesis"
        saved = SnapshotRow.of(snapshot.taken(state), head, signer)
        db = sqlite_files.connect(data / "ledger.sqlite")
        try:
            # Power lost in here: the snapshot is there or not; the same command again makes it.
            with sqlite_files.transaction(db):
                db.execute("INSERT OR REPLACE INTO snapshot VALUES (?,?,?,?,?,?)", saved)
        finally:
            db.close()
    return {
        "message_type": "summary",
        "schema": "edgenode.ledger.snapshot/1",
        "size": head.size,
        "digest": saved.digest.hex(),
    }


def _files_of(opened: OpenedNode) -> OwnLedger:
    assert isinstance(opened.store, OwnLedger), "only a ledger in files has segments"
    return opened.store
