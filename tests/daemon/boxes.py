"""A node's data folder with short segments, grown without a daemon, and a centre's word on it."""

import asyncio
import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edgenode.adapters.ledger.store import OwnLedger
from edgenode.adapters.mirrors.sqlite import Mirrors
from edgenode.core import node
from edgenode.core.observations import DigestDue, Observation, OrderAsked, PauseAsked
from edgenode.core.past import names_of
from edgenode.core.seen import NOTHING_SEEN
from edgenode.core.state import snapshot
from edgenode.daemon.folder import folder
from edgenode.daemon.paper import PaperWorld
from edgenode.model.hlc import Hlc
from edgenode.wire import checkpoint
from edgenode.wire.note import COSIGNATURE_V1, Signer
from tests.core.world import CUSTOMER, intent

LENGTH = 40
DAY_NS = 86_400 * 10**9
BEGAN = 1_795_478_400 * 10**9  # wall time of what is grown here: behind the release's day
CENTRE = Signer("centre", Ed25519PrivateKey.from_private_bytes(b"c" * 32))
COSIGNER = Signer(
    "centre-cosigner", Ed25519PrivateKey.from_private_bytes(b"k" * 32), COSIGNATURE_V1
)


def made(data: Path) -> Path:
    """Begin a PAPER node."""
    folder.init(data, node_id="edge-07", mode="paper", world=PaperWorld())
    return data


def opened(data: Path) -> folder.OpenedNode:
    """Open a folder as the daemon does, but for the length of its segments."""
    return folder.open_for_writing(data, length=LENGTH)


def grow(data: Path, count: int, *orders: str) -> None:
    """Live on for about so many entries, with these open orders; all that can be is sealed.

    It is not paused at the end.
    """
    box = opened(data)
    asyncio.run(_grow(box, count, orders))
    store = box.store
    assert isinstance(store, OwnLedger)
    store.rest()
    assert not store.trouble
    box.write_anchor()
    box.close()


async def _grow(box: folder.OpenedNode, count: int, orders: tuple[str, ...]) -> None:
    hlc, until = Hlc(box.last_hlc), box.state.size + count
    asked = [OrderAsked(intent(name, price=140_000, lots=10), CUSTOMER) for name in orders]
    snapshot_at, now = box.state.size, max(BEGAN, box.state.limits.newest_ns)
    while asked or box.state.size < until or box.state.restrictions.held:
        now += 10**6
        paused = bool(box.state.restrictions.held)
        pause = PauseAsked(paused=not paused, hedges=False, reason="drill", actor="person:p")
        observation: Observation = asked.pop() if asked and not paused else pause
        due = box.state.size - snapshot_at >= LENGTH // 2
        if due:
            snapshot_at, observation = box.state.size, DigestDue()
        recorded = node.step(
            box.state, NOTHING_SEEN, observation, now_ns=now, wall_ns=now, hlc=hlc
        )
        names = [(name, r.entry.seq) for r in recorded for name in names_of(r.fact)]
        taken = snapshot.taken(box.state) if due else None
        if recorded:
            await box.store.append([r.entry for r in recorded], names, taken)


def cosign(data: Path, note: str) -> None:
    """Let a centre that the node is enrolled at cosign a head of it."""
    pin = {"url": "http://127.0.0.1:9", "party": "centre", "vkey": CENTRE.vkey.text,
           "cosigner": COSIGNER.vkey.text}  # fmt: skip
    (data / "centre.json").write_text(json.dumps(pin))

    async def store() -> None:
        mirrors = await Mirrors.open(data / "peers.sqlite")
        said = checkpoint.parse(note)
        signed = checkpoint.cosign(note, COSIGNER, 1)
        await mirrors.ack(said.ledger, "centre", said.size, signed)
        await mirrors.close()

    asyncio.run(store())
