"""The centre's own ledgers as files: DIR/desk.sqlite, and DIR/down/NODE.INCARNATION.sqlite."""

from pathlib import Path

from edgenode.adapters.ledger import store as ledger_store
from edgenode.adapters.ledger.store import OwnLedger
from edgenode.model.ledgers import MAIN, LedgerId
from edgenode.wire.note import Signer


class LedgerFolder:
    """Implements `ports.Ledgers`."""

    def __init__(self, data: Path) -> None:
        self._data = data

    def open(self, ledger: LedgerId, signer: Signer) -> OwnLedger:
        """Open a ledger; a down-ledger is begun where there is none, the desk's only by init."""
        path = self._path(ledger)
        if ledger.stream != MAIN and not path.exists():
            path.parent.mkdir(exist_ok=True)
            ledger_store.create(path, ledger, {})
        return OwnLedger(path, ledger, signer)

    def _path(self, ledger: LedgerId) -> Path:
        if ledger.stream == MAIN:
            return self._data / "desk.sqlite"
        node = ledger.stream.removeprefix(">")
        return self._data / "down" / f"{node}.{ledger.incarnation}.sqlite"
