"""The centre's data folder: begun once, opened by one process.

DIR/desk.sqlite        the desk ledger: nodes, core hedges and fills; no node receives it
DIR/down/*.sqlite      one ledger per node: instruments, policy, grants, mandates
DIR/nodes.sqlite       every node's ledger as it was pushed and verified
DIR/keys/ledger.key    signs the centre's own ledgers (0600)
DIR/keys/cosigner.key  cosigns nodes' heads: "contents durably stored" (0600)
DIR/lock               held by the one process that may write
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgenode.adapters import data_folder, folder_lock
from edgenode.adapters.clock import WallClock, check_released
from edgenode.adapters.keys import file as keys_file
from edgenode.adapters.ledger import store as ledger_store
from edgenode.adapters.ledger.folder import LedgerFolder
from edgenode.adapters.mirrors.sqlite import Mirrors
from edgenode.central.centre import DESK, Centre
from edgenode.central.registry import PARTY
from edgenode.central.sync.projector import Projector
from edgenode.central.sync.server import SyncServer
from edgenode.model.errors import RefusedError
from edgenode.ports.clock import Clock
from edgenode.ports.mirrors import MirrorStore
from edgenode.wire.note import COSIGNATURE_V1, Signer

Json = dict[str, Any]
COSIGNER = "centre-cosigner"


@dataclass(frozen=True, slots=True)
class OpenedCentre:
    """The centre's parts, open."""

    centre: Centre
    server: SyncServer
    projector: Projector
    mirrors: MirrorStore
    signer: Signer
    cosigner: Signer

    def pin(self) -> dict[str, str]:
        """Return what a node needs to know this centre again."""
        return {
            "party": PARTY,
            "vkey": self.signer.vkey.text,
            "cosigner": self.cosigner.vkey.text,
        }


def init(data: Path) -> Json:
    """Make keys and an empty desk ledger; EN406 if there is one."""
    path = data / "desk.sqlite"
    check_released(WallClock().now_ns())
    with data_folder.begun(data):
        # Power lost from here on: a folder that no start takes (EN401): remove it, and init again.
        signer = keys_file.create(data / "keys" / "ledger.key", PARTY)
        cosigner = keys_file.create(data / "keys" / "cosigner.key", COSIGNER, COSIGNATURE_V1)
        ledger_store.create(path, DESK, {})
    # Power lost here: a whole centre; its first start writes the Genesis of the desk's ledger.
    return {
        "message_type": "summary",
        "schema": "edgecentral.init/1",
        "ledger": DESK.name,
        "data": str(data),
        "vkey": signer.vkey.text,
        "cosigner": cosigner.vkey.text,
    }


@asynccontextmanager
async def opened(data: Path, wall: Clock, market: Clock) -> AsyncIterator[OpenedCentre]:
    """Lock the folder, open its ledgers, find what is to be folded; EN401, EN403, EN405, EN402."""
    if not (data / "desk.sqlite").is_file():
        raise RefusedError(
            f"there is no central book at {data}",
            expected="the data folder of a centre",
            do="check --data, or make one with edgecentral init",
            code="EN401",
        )
    async with AsyncExitStack() as stack:
        do = "ask the running one, over its control.sock; where that is gone, start it again"
        stack.enter_context(folder_lock.taken(data, do))
        signer = keys_file.load(data / "keys" / "ledger.key")
        cosigner = keys_file.load(data / "keys" / "cosigner.key")
        mirrors = await Mirrors.open(data / "nodes.sqlite")
        stack.push_async_callback(mirrors.close)
        centre = Centre(LedgerFolder(data), signer, wall, market)
        stack.callback(centre.close)
        yield await begun(centre, mirrors, signer, cosigner)


async def begun(
    centre: Centre, mirrors: MirrorStore, signer: Signer, cosigner: Signer
) -> OpenedCentre:
    """Return the parts, put together; what is stored and not folded is known, not folded yet."""
    await centre.begin()
    projector = Projector(centre, mirrors)
    await projector.start()
    server = SyncServer(centre, mirrors, projector, cosigner)
    return OpenedCentre(centre, server, projector, mirrors, signer, cosigner)
