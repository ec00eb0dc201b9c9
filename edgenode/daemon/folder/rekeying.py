"""A box begins its next ledger: a new key, and a Genesis that names the head of the one before.

DIR/next                  the next ledger and key, while they take their places
DIR/incarnations/N        the older ledger as it ended, to read: `edgenode ledger verify --data` it

The older key is gone afterwards: nobody writes to the older ledger again. Its books come back from
the centre (`edgecentral node rekey`), once the box has enrolled with the new key.
"""

import asyncio
import shutil
from pathlib import Path
from typing import Any

from edgenode.adapters import durable_file
from edgenode.adapters.clock import WallClock, check_released
from edgenode.adapters.keys import file as keys_file
from edgenode.adapters.ledger import store as ledger_store
from edgenode.adapters.ledger.anchor import AnchorFile, path_of
from edgenode.core.observations import Born
from edgenode.core.sync.anchor import Anchored
from edgenode.daemon.folder import folder, pinned, proving
from edgenode.model.errors import RefusedError
from edgenode.model.ledgers import LedgerId

Json = dict[str, Any]
KEY = Path("keys") / "ledger.key"
LEDGER = "ledger.sqlite"
WITH_WAL = ("", "-wal", "-shm")
OLDER = (
    *(f"peers.sqlite{end}" for end in WITH_WAL),
    *(f"{LEDGER}{end}" for end in WITH_WAL),
    "segments",
)


def rekey(data: Path) -> Json:
    """Begin the next ledger of a box; the same again finishes what was cut off.

    EN401 no ledger, EN403 if the daemon runs, EN307 if no centre holds the box's books.
    """
    if not data.is_dir():
        ledger_store.meta(data / LEDGER)  # says that there is no ledger
    with folder.locked(data):
        following = data / "next"
        told = _older(data) if not following.is_dir() else {}
        if not following.is_dir():
            _begin(data, following)
        _take_places(data, following)
    signer = folder.load_key(data)
    ledger = LedgerId.parse(ledger_store.meta(data / LEDGER)["ledger"])
    return {
        "message_type": "summary",
        "schema": "edgenode.rekey/1",
        "ledger": ledger.name,
        "older": str(_aside(data, ledger)),
        **told,
        "ledger_vkey": signer.vkey.text,
        "fingerprint": signer.vkey.fingerprint,
    }


def _older(data: Path) -> Json:
    """Return how far the ledger that ends had come, and how much of it the centre has cosigned."""
    with ledger_store.reading(data / LEDGER) as files:
        head, vkey = files.newest_head(), proving.vkey_of(files)
        if pinned.Pinned.read(data, files.ledger) is None or head is None:
            raise RefusedError(
                f"{data} was never enrolled",
                expected="a box whose books a centre holds",
                do="the next ledger of a box gets its books from its centre: enrol it first",
                code="EN307",
            )
        cosigned = pinned.cosigned_size(data, files, vkey)
    return {"older_size": head.size, "older_cosigned_size": cosigned}


def _begin(data: Path, following: Path) -> None:
    """Make the next key and ledger, with its Genesis, beside the present ones."""
    check_released(WallClock().now_ns())
    meta = ledger_store.meta(data / LEDGER)
    ledger = LedgerId.parse(meta["ledger"])
    with ledger_store.reading(data / LEDGER) as files:
        head = files.newest_head()
    part = durable_file.part_of(following)
    # Power lost from here on: a part that the next run removes first.
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=0o700)
    signer = keys_file.create(part / KEY, ledger.party)
    newer = LedgerId(ledger.party, ledger.stream, ledger.incarnation + 1)
    ledger_store.create(part / LEDGER, newer, {"mode": meta["mode"]})
    born = Born(
        ledger_key=signer.public, previous_head=head.note if head else None, approval="rekey"
    )
    asyncio.run(_record(part, born))
    durable_file.remove(path_of(part))  # the anchor of a folder that is about to go
    durable_file.sync(part)
    # Power lost here: nothing has changed; the part is made anew.
    durable_file.place(following)


async def _record(data: Path, born: Born) -> None:
    opened = folder.open_for_writing(data, begins=True)
    try:
        await folder.record(opened, [born], WallClock(), WallClock())
    finally:
        opened.close()


def _take_places(data: Path, following: Path) -> None:
    """Move the next key and ledger into the places of the present ones; each move is durable."""
    if (following / LEDGER).exists():
        newer = LedgerId.parse(ledger_store.meta(following / LEDGER)["ledger"])
        aside = _aside(data, newer)
        durable_file.folder(aside)
        for made in (data, aside.parent):  # a killed run may have made what is not durable yet
            durable_file.sync(made)
        # Power lost before this: the box starts as it was. Behind it no start is possible (EN405,
        # then EN401) until this command has run again and finished.
        if (following / KEY).exists():
            _move(following / KEY, data / KEY)
        for name in OLDER:
            if (data / name).exists():
                _move(data / name, aside / name)
        _move_anchor(data, aside, newer)
        # Power lost here: all that is left to do is this last move.
        for end in reversed(WITH_WAL):  # what belongs to the file is there before it
            if (following / f"{LEDGER}{end}").exists():
                _move(following / f"{LEDGER}{end}", data / f"{LEDGER}{end}")
    # Power lost here: the box may start; the same command again removes what is left.
    shutil.rmtree(following)
    # Power lost here: `next` may be back, and the next run would take it for its own.
    durable_file.sync(data)


def _move_anchor(data: Path, aside: Path, newer: LedgerId) -> None:
    """Move the older ledger's anchor aside, and write that of the newer one."""
    anchors = AnchorFile(data)
    held = anchors.read()
    if held is not None and held.ledger == newer.name:
        return
    if anchors.path.exists():
        _move(anchors.path, path_of(aside))
    with ledger_store.reading(data / "next" / LEDGER) as files:
        head = files.newest_head()
    assert head is not None, "the next ledger has its Genesis before it is placed"
    anchors.write(Anchored(newer.name, head.size, head.root))


def _aside(data: Path, newer: LedgerId) -> Path:
    """Return where the ledger before this one is kept."""
    return data / "incarnations" / str(newer.incarnation - 1)


def _move(source: Path, target: Path) -> None:
    source.replace(target)
    # Power lost here: it is in one of the two places; the same command again finds it there.
    durable_file.sync(target.parent)
    durable_file.sync(source.parent)
