"""A box begins its next ledger, with a new key and the books that the centre carries into it.

    planned     it is stopped cleanly first; it keeps its older ledger to read
    disk_lost   its power goes and its disk is gone: what the centre holds is carried
    cut_off     as `disk_lost`, behind a link that was cut: entries of it never came to the centre.
                A courier brings them once the node is keyed anew

Whoever keys it anew asks the desk again whenever the centre went down, as a person does, and
carries what is booked where items are undecided.
"""

import asyncio
from typing import Any

from edgenode.central.folder import OpenedCentre
from edgenode.central.registry import PARTY
from edgenode.daemon import paper
from edgenode.model.errors import EdgenodeError, RefusedError
from edgenode.model.facts import Grant
from edgenode.sim.world.box import SimBox
from edgenode.sim.world.courier import Courier, Stick
from edgenode.sim.world.disk import PowerGoneError
from edgenode.sim.world.plan import Fault
from edgenode.sim.world.population import Population

Json = dict[str, Any]
STOP_S, AGAIN_S, PATIENCE_S = 15.0, 2.0, 20.0
UNDECIDED = "EN408"
FAILED = (EdgenodeError, PowerGoneError, TimeoutError)


async def rekey(world: Population, box: SimBox, fault: Fault) -> None:
    """Key one box anew, and hand over at the end what its older ledger holds beyond the books."""
    if len([one for one in world.boxes if one.node == box.node]) > 1 or box.rekeying:
        return  # of two copies it is not said which one goes on
    box.rekeying = True
    acked, _ = box.disk.files.acks.get((box.ledger.name, PARTY), (0, ""))
    stick = Stick(box, acked)
    if fault.detail == "cut_off":
        box.link.set_up(False)
        await asyncio.sleep(fault.for_s)
        stick.fill()
    elif fault.detail == "planned":
        await _stopped(box)
    box.power_off()
    box.link.set_up(True)
    signer = world.signer(f"{box.node}")
    await box.begin_next(signer, lost=fault.detail != "planned")
    world.trace.say(box.name, "rekeyed", ledger=box.ledger.name, way=fault.detail)
    await _admitted(world, box)
    box.power_on()
    await _granted(world, box)
    await asyncio.sleep(fault.amount)
    await Courier(world.centre, world.invariants.sync).hand_over(box, stick.carried)
    box.rekeying = False


async def _stopped(box: SimBox) -> None:
    box.stop.set()
    ends = asyncio.get_running_loop().time() + STOP_S
    while box.live is not None and asyncio.get_running_loop().time() < ends:  # noqa: ASYNC110
        await asyncio.sleep(0.1)


async def _admitted(world: Population, box: SimBox) -> None:
    """Have the centre admit the new ledger: one person begins, another approves."""
    as_booked = False
    while True:
        opened = await world.centre.up()
        try:
            async with asyncio.timeout(PATIENCE_S):
                await _ask(world, opened, box, as_booked=as_booked)
        except RefusedError as error:
            as_booked |= error.code == UNDECIDED
            world.trace.say("desk", "refused", code=error.code, found=error.found[:100])
        except FAILED as error:
            world.trace.say("desk", "failed", error=type(error).__name__)
        else:
            return
        await asyncio.sleep(AGAIN_S)


async def _ask(world: Population, opened: OpenedCentre, box: SimBox, *, as_booked: bool) -> None:
    """Do what is missing of it by what the registry says: the centre may have died anywhere."""
    desk, record = world.centre.desk(), opened.centre.registry.nodes[box.node]
    named: Json = {"node_id": box.node}
    if record.incarnation < box.incarnation:
        begun = {**named, "actor": "first", "reason": "drill", "as_booked": as_booked}
        code = (await desk.perform("node.rekey", begun))["code"]
        vkey = box.signer.vkey.text
        await desk.claim({"ledger": box.ledger.name, "ledger_vkey": vkey, "code": code})
    if not record.approved:
        key = box.signer.vkey.fingerprint
        await desk.perform("node.approve", {**named, "key": key, "actor": "second"})


async def _granted(world: Population, box: SimBox) -> None:
    """Issue new grants: those of before are not carried."""
    while True:
        opened = await world.centre.up()
        down = opened.centre.downs[box.node].store
        if any(one.entry.kind == Grant.__name__ for one in down.read(0, 1_000)):
            return
        grants = paper.grants(world.figures, world.centre.clock.now_ns())
        try:
            async with asyncio.timeout(PATIENCE_S):
                await opened.centre.tell(box.node, grants, "person:sim")
        except FAILED:
            await asyncio.sleep(AGAIN_S)
