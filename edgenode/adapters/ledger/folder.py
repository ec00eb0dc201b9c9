"""The centre's own ledgers as files: DIR/desk.sqlite, and DIR/down/NODE.INCARNATION.sqlite."""

import sqlite3
from pathlib import Path

from edgenode.adapters import sqlite_files
from edgenode.adapters.ledger import store as ledger_store
from edgenode.adapters.ledger.store import OwnLedger
from edgenode.model.ledgers import MAIN, LedgerId
from edgenode.wire.note import Signer


class LedgerFolder:
    """Implements `ports.Ledgers`."""

    def __init__(self, data: Path) -> None:
        self._data = data

    def open(self, ledger: LedgerId, signer: Signer) -> OwnLedger:
        """Open a ledger; a down-ledger is begun if there is none, the desk's only by init.

        EN404 if the disk does not take or give it.
        """
        path = self._path(ledger)
        if ledger.stream != MAIN and not path.exists():
            # Power lost here: the next opening begins it; a create is whole or nothing.
            ledger_store.create(path, ledger, {})
        try:
            return OwnLedger(path, ledger, signer)
        except (sqlite3.Error, OSError) as error:
            raise sqlite_files.not_read(path, error) from error

    def _path(self, ledger: LedgerId) -> Path:
        if ledger.stream == MAIN:
            return self._data / "desk.sqlite"
        node = ledger.stream.removeprefix(">")
        return self._data / "down" / f"{node}.{ledger.incarnation}.sqlite"
