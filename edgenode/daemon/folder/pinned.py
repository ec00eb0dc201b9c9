"""The centre that a node was enrolled at, and what it has cosigned; from the folder's files."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgenode.adapters import sqlite_files
from edgenode.adapters.ledger import files as ledger_files
from edgenode.adapters.ledger import store as ledger_store
from edgenode.adapters.ledger.files import LedgerFiles
from edgenode.model.errors import EdgenodeError, RefusedError
from edgenode.model.ledgers import LedgerId
from edgenode.services.syncer import PinnedCentre
from edgenode.wire import checkpoint, foreign, note
from edgenode.wire.note import Vkey


@dataclass(frozen=True, slots=True)
class Pinned:
    """DIR/centre.json: the centre that this node was enrolled at."""

    url: str
    centre: PinnedCentre

    @classmethod
    def read(cls, data: Path, ledger: LedgerId) -> "Pinned | None":
        """Read the pin; None if the node was never enrolled."""
        path = data / "centre.json"
        try:
            raw: dict[str, Any] = foreign.json_value(path.read_bytes())
            vkey, cosigner = Vkey.parse(raw["vkey"]), Vkey.parse(raw["cosigner"])
            url, party = str(raw["url"]), str(raw["party"])
        except FileNotFoundError:
            return None
        except (KeyError, TypeError, AttributeError, RefusedError) as error:
            raise _no_pin(path, error) from error
        down = LedgerId(party, f">{ledger.party}", ledger.incarnation)
        return cls(url, PinnedCentre(party, vkey, cosigner, down))


@contextmanager
def peers(data: Path) -> Iterator[sqlite3.Connection]:
    """Open DIR/peers.sqlite to read; EN402 if it is damaged, which loses nothing."""
    try:
        with ledger_store.opened(data / "peers.sqlite") as db:
            yield db
    except EdgenodeError as error:
        if error.code == "EN402":
            error.expected, error.do = "the copies of others' ledgers", sqlite_files.REFETCH
        raise


def cosigned_size(data: Path, files: LedgerFiles, vkey: Vkey) -> int:
    """Return the size up to which the pinned centre holds our entries: its newest cosignature.

    0 if there is none, or it is not over this history.
    """
    pinned = Pinned.read(data, files.ledger)
    head = files.newest_head()
    if pinned is None or head is None or not (data / "peers.sqlite").is_file():
        return 0
    with peers(data) as db:
        rows = db.execute(
            "SELECT note FROM ack WHERE ledger = ? AND peer = ?",
            (files.ledger.name, pinned.centre.party),
        ).fetchall()
    for (text,) in rows:
        try:
            said = checkpoint.verify(text, vkey)
            signed = note.parse(text).verify([pinned.centre.cosigner])
        except RefusedError:
            continue
        if signed and said.ledger == files.ledger and said.size <= head.size:
            return said.size if ledger_files.root_at(files, said.size) == said.root else 0
    return 0


def _no_pin(path: Path, error: Exception) -> RefusedError:
    match error:
        case KeyError(args=(name,)):
            found = f"it has no {name!r}"
        case RefusedError(expected=expected) if expected.startswith("JSON"):
            found = f"it is not JSON: {error}"
        case RefusedError():
            found = f"{error.found[:120]} is no vkey"
        case _:
            found = "it is no JSON object of texts"
    return RefusedError(
        f"{path} does not name the centre: {found}",
        expected="what `edgenode enroll` wrote: url, party, and the centre's vkey and cosigner",
        do="put it back from a backup, or remove it and enroll again: until then the box is alone",
        code="EN405",
    )
