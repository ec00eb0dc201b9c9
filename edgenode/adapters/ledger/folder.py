"""The centre's own ledgers as files: DIR/desk.sqlite, and DIR/down/NODE.INCARNATION.sqlite."""

import sqlite3
from pathlib import Path

from edgenode.adapters import sqlite_files
from edgenode.adapters.ledger import store as ledger_store
from edgenode.adapters.ledger.store import OwnLedger
from edgenode.model.errors import RefusedError
from edgenode.model.ledgers import MAIN, LedgerId
from edgenode.wire.note import Signer


class LedgerFolder:
    """Implements `ports.Ledgers`."""

    def __init__(self, data: Path) -> None:
        self._data = data

    def open(self, ledger: LedgerId, signer: Signer) -> OwnLedger:
        """Open a ledger that was begun; EN402 if it is missing, EN404 if the disk fails."""
        path = self._path(ledger)
        if not path.exists():
            raise _missing(path, ledger)
        return self._open(path, ledger, signer)

    def begin(self, ledger: LedgerId, signer: Signer) -> OwnLedger:
        """Open a down-ledger, made first if there is none; EN404 if the disk does not take it."""
        path = self._path(ledger)
        if not path.exists():
            # Power lost in here: no ledger, or an empty one; the next call takes both.
            ledger_store.create(path, ledger, {})
        return self._open(path, ledger, signer)

    def _open(self, path: Path, ledger: LedgerId, signer: Signer) -> OwnLedger:
        try:
            return OwnLedger(path, ledger, signer)
        except (sqlite3.Error, OSError) as error:
            raise sqlite_files.not_read(path, error) from error

    def _path(self, ledger: LedgerId) -> Path:
        if ledger.stream == MAIN:
            return self._data / "desk.sqlite"
        node = ledger.stream.removeprefix(">")
        return self._data / "down" / f"{node}.{ledger.incarnation}.sqlite"


def _missing(path: Path, ledger: LedgerId) -> RefusedError:
    return RefusedError(
        f"{path} is missing: the ledger {ledger.name}, which this centre has begun",
        expected="every ledger that was begun here",
        do="put the file back from a backup; a new one would tell its node a second history",
        code="EN402",
    )
