"""Make `tests/vectors/ledger.jsonl` and `formats.json` anew: `python -m tools.vectors`.

Run this only after a change of format, while formats may still change. It plays a short story on
an invented node, seals its entries with the fixed seeds that `formats.json` names, and signs them.
The same code gives the same bytes. `canonical.json` holds values alone and is edited by hand.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edgenode.core import node
from edgenode.core.ledger.chain import Tip, grown
from edgenode.core.observations import (
    Born,
    DigestDue,
    Funded,
    Observation,
    OrderAsked,
    PauseAsked,
    Tick,
)
from edgenode.core.state.digest import digest
from edgenode.daemon.paper import PaperWorld
from edgenode.model.ids import DESK_OVERLAY, Actor, VenueId
from edgenode.model.ledgers import Entry, Head, LedgerId, Sealed
from edgenode.wire import checkpoint, export_row, message, request
from edgenode.wire.entry import Sealer
from edgenode.wire.frame import Frame
from edgenode.wire.note import COSIGNATURE_V1, Signer
from tests.core.world import SECOND, World, intent

VECTORS = Path(__file__).resolve().parent.parent / "tests" / "vectors"
LEDGER = LedgerId("edge-07", "main", 1)
SEED, COSIGNER_SEED = bytes(range(32)), bytes(range(32, 64))
COSIGNED_AT_S = 1_700_000_000
PUSHED = 3  # entries
Json = dict[str, Any]


class _Signed(World):
    """The invented node of the core's tests, born with the vectors' key."""

    key = b""

    def observe(self, observation: Observation) -> list[node.Recorded]:
        if isinstance(observation, Born):
            observation = replace(observation, ledger_key=self.key)
        return super().observe(observation)


def story(ledger_key: bytes) -> list[Entry]:
    """Return the entries of a first start, a trade, a refusal, a pause, a hedge and a digest."""
    _Signed.key = ledger_key
    world = _Signed(PaperWorld(quote_size_lots=500, venues=("a",)))
    world.publish("a", 150_000)
    world.observe(Tick())
    gas = Funded(
        account=DESK_OVERLAY,
        venue=VenueId("a"),
        currency="ETH",
        instrument=None,
        amount=1_000 * 10**18,
        reference="beyond int64",
    )
    world.observe(gas)
    customer = Actor("customer:c1")
    world.observe(OrderAsked(intent("T1", lots=400, price=151_000), customer))
    world.observe(OrderAsked(intent("T2", lots=0), customer))
    pause = PauseAsked(paused=True, hedges=False, reason="drill — é", actor=Actor("person:ops"))
    world.observe(pause)
    world.now += 30 * SECOND
    world.publish("a", 150_010)
    world.observe(Tick())
    world.observe(DigestDue())
    return [recorded.entry for recorded in world.recorded]


def main() -> None:
    """Write both files."""
    signer = Signer("edge-07", Ed25519PrivateKey.from_private_bytes(SEED))
    cosigner_key = Ed25519PrivateKey.from_private_bytes(COSIGNER_SEED)
    cosigner = Signer("centre", cosigner_key, COSIGNATURE_V1)
    entries = story(signer.vkey.public)
    _, sealed, head = grown(Tip(LEDGER), entries, signer, Sealer(LEDGER))
    lines = [json.dumps(export_row.row(LEDGER, one), separators=(",", ":")) for one in sealed]
    lines.append(json.dumps({"checkpoint": head.note}))
    (VECTORS / "ledger.jsonl").write_text("\n".join(lines) + "\n")
    made = _formats(sealed, head, signer, cosigner)
    (VECTORS / "formats.json").write_text(json.dumps(made, indent=1) + "\n")


def _formats(sealed: list[Sealed], head: Head, signer: Signer, cosigner: Signer) -> Json:
    entries = [one.entry for one in sealed]
    folded = digest(node.fold(node.new_state(LEDGER), entries))
    claim = message.HeadClaim(ledger=LEDGER, note=head.note, cosigned="")
    hello = message.encode(message.Hello(fresh=True, heads=(claim,)))
    first = tuple(entries[:PUSHED])
    _, _, start = grown(Tip(LEDGER), first, signer, Sealer(LEDGER))
    frame = Frame(
        ledger=LEDGER, first=1, entries=first, note=start.note, from_root=Tip(LEDGER).frontier.root
    )
    return {
        "seed": SEED.hex(),
        "vkey": signer.vkey.text,
        "cosigner_seed": COSIGNER_SEED.hex(),
        "cosigner_vkey": cosigner.vkey.text,
        "ledger": LEDGER.name,
        "size": head.size,
        "root": head.root.hex(),
        "checkpoint": head.note,
        "cosigned_at": COSIGNED_AT_S,
        "cosigned": checkpoint.cosign(head.note, cosigner, COSIGNED_AT_S),
        "state": {
            "digest": folded.digest.hex(),
            "parts": {name: part.hex() for name, part in sorted(folded.parts.items())},
        },
        "hello": hello.hex(),
        "push": message.encode(message.Push(frame=frame)).hex(),
        "sender": request.sign(LEDGER, hello, signer),
    }


if __name__ == "__main__":
    main()
