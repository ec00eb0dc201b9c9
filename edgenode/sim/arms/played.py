"""One arm played from its setting, and what its ledgers say then."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from edgenode.central.centre import DESK
from edgenode.core.state.digest import digest
from edgenode.daemon.folder import folder
from edgenode.model.facts import CoreFillRecorded, Fact
from edgenode.model.ledgers import LedgerId, Sealed
from edgenode.sim.arms.life import Life
from edgenode.sim.arms.setting import Setting
from edgenode.sim.world.disk import Chain
from edgenode.sim.world.ledger import SimLedger
from edgenode.sim.world.loop import VirtualLoop
from edgenode.wire import facts as wire_facts

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Played:
    """What an arm left: both ledgers, the venues' truth, and what each tier folded."""

    setting: Setting
    ledger: LedgerId
    node: Chain
    desk: Chain
    truth: dict[str, list[Json]]  # executions by venue, as the venue recorded them
    node_digest: str
    centre_digest: str
    apart: str | None  # the first part of the state in which the two folds differ
    centre_size: int
    answers: dict[int, int]  # to customers' orders, by HTTP status

    @property
    def equal(self) -> bool:
        """Return whether node and centre folded the same state."""
        return self.node_digest == self.centre_digest

    def facts(self) -> list[Fact]:
        """Return the node's entries in order."""
        return [_fact(sealed) for sealed in self.node.sealed]

    def core_fills(self) -> list[CoreFillRecorded]:
        """Return what the centre traded for this node."""
        facts = (_fact(sealed) for sealed in self.desk.sealed)
        return [fact for fact in facts if isinstance(fact, CoreFillRecorded)]


def play(setting: Setting) -> Played:
    """Live through one arm, as fast as its work is done; the same at every call.

    The node's digest is folded from its entries alone, apart from the state that it ran with.
    """
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    loop = VirtualLoop(f"arm/{setting.seed}")
    asyncio.set_event_loop(loop)
    try:
        life = Life(loop, setting)
        loop.run_until_complete(life.lived())
        box, opened = life.box, life.centre.opened
        assert opened is not None
        mine, _ = folder.folded(SimLedger(box.disk, box.ledger, box.signer), None)
        theirs = opened.centre.book.states[box.node]
        here, there = digest(mine), digest(theirs)
        return Played(
            setting=setting,
            ledger=box.ledger,
            node=box.disk.files.chains[box.ledger.name],
            desk=life.centre.disk.files.chains[DESK.name],
            truth={e.engine.name: list(e.engine.fills) for e in life.exchanges},
            node_digest=here.digest.hex(),
            centre_digest=there.digest.hex(),
            apart=first_apart(here.parts, there.parts),
            centre_size=theirs.size,
            answers=life.answers,
        )
    finally:
        loop.run_until_complete(_ended())
        loop.close()
        asyncio.set_event_loop(None)


def first_apart(mine: Mapping[str, object], theirs: Mapping[str, object]) -> str | None:
    """Return the first part, by name, whose hashes differ; None if all are equal."""
    names = sorted(mine.keys() | theirs.keys())
    return next((name for name in names if mine.get(name) != theirs.get(name)), None)


def _fact(sealed: Sealed) -> Fact:
    return wire_facts.decode(sealed.entry.kind, sealed.entry.body)


async def _ended() -> None:
    """End every task that is left: the centre's parts."""
    me = asyncio.current_task()
    left = [task for task in asyncio.all_tasks() if task is not me]
    for task in left:
        task.cancel()
    if left:
        await asyncio.wait(left)
