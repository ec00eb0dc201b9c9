"""The centre tells a node's micro-event from its own copy as the node does: same figures."""

import asyncio
import json
from dataclasses import replace

from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edgenode.central import folder
from edgenode.central.desk import books
from edgenode.cli.edgecentral import cli
from edgenode.core.ledger.chain import Tip, grown
from edgenode.core.observations import Born, EventDeclared, Tick, VolumesAhead
from edgenode.core.sync.receive import HeldLedger, Taken
from edgenode.daemon.view.event_report import report
from edgenode.wire.entry import Sealer
from edgenode.wire.note import Signer
from tests.central.sync.test_projector import mirrors_in
from tests.core.report.lived import EVENT, ended, folded, hedged, publish
from tests.core.world import LEDGER, SECOND, WETH, World

SIGNER = Signer(LEDGER.party, Ed25519PrivateKey.from_private_bytes(bytes(32)))


class Keyed(World):
    """A node whose ledger names its real key, so that an export of it can be proved."""

    def observe(self, observation):
        if isinstance(observation, Born):
            observation = replace(observation, ledger_key=SIGNER.vkey.public)
        return super().observe(observation)


def lived():
    """Return a node with a micro-event that was sized, asked for, hedged, and has ended."""
    world = Keyed()
    publish(world)
    world.observe(Tick())
    ends = world.now + 3_600 * SECOND
    world.observe(
        EventDeclared(event_id=EVENT, source="declared", name="Friday drop",
                      starts=world.now, ends=ends, actor="p")
    )  # fmt: skip
    world.observe(VolumesAhead(((WETH, 40_000),)))
    hedged(world)
    ended(world)
    world.observe(Tick())
    return world


async def held(data, world):
    """Let a centre hold what a node recorded, under the node's signed head."""
    folder.init(data)
    _, sealed, head = grown(
        Tip(LEDGER), [one.entry for one in world.recorded], SIGNER, Sealer(LEDGER)
    )
    before, run = HeldLedger(LEDGER), tuple(sealed)
    async with mirrors_in(data) as mirrors:
        await mirrors.store(before, Taken(run, before.grown(run, head), head.size))


def said(data, *args):
    done = CliRunner().invoke(cli, [*args, "--data", str(data), "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.output.splitlines()[-1])


async def test_the_report_at_the_centre_is_that_of_the_node(tmp_path, monkeypatch):
    monkeypatch.setattr(books, "LOG_MAX", 7)  # several pages
    world, data = lived(), tmp_path / "data"
    await held(data, world)
    at_node = report(folded(world))
    out = tmp_path / "drop.html"
    args = ("event", "report", LEDGER.party, EVENT, "--out", str(out))
    found = await asyncio.to_thread(said, data, *args)
    assert found.pop("message_type") == "summary"
    assert found.pop("files") == [str(out), str(out.with_suffix(".json"))]
    assert found == at_node
    assert at_node["needs"]["planned"]
    assert at_node["needs"]["requests"]
    (row,) = (await asyncio.to_thread(said, data, "event", "ls", LEDGER.party))["events"]
    assert (row["event_id"], row["name"]) == (EVENT, "Friday drop")


async def test_what_the_centre_exports_is_the_whole_ledger_with_its_checkpoint(tmp_path):
    world, data, out = lived(), tmp_path / "data", tmp_path / "l.jsonl"
    await held(data, world)
    args = ("export", "jsonl", "--node", LEDGER.party, "--out", str(out))
    found = await asyncio.to_thread(said, data, *args)
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert found["entries"] == len(world.recorded) == len(lines) - 1
    assert "checkpoint" in lines[-1]
