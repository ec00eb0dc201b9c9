"""Nodes: a single-use code, the key that a box names with it, approval, revocation.

A node that is keyed anew (central/desk/rekeying) is claimed and approved the same way.
"""

import secrets

from edgenode.central.desk import asked, rekeying
from edgenode.central.desk.asked import Json
from edgenode.central.folder import OpenedCentre
from edgenode.central.registry import NodeRecord, code_hash
from edgenode.model.errors import RefusedError
from edgenode.model.facts import NodeApproved, NodeClaimed, NodeCodeIssued, NodeRevoked
from edgenode.model.ids import NodeId
from edgenode.model.ledgers import MAIN, LedgerId
from edgenode.wire.entry import check_ledger
from edgenode.wire.note import Vkey

CODE_LIFE_NS = 15 * 60 * 1_000_000_000


async def enroll(opened: OpenedCentre, args: Json) -> Json:
    """Issue a single-use code; EN307 while the node is being keyed anew."""
    node = NodeId(str(args["node_id"]))
    check_ledger(LedgerId(node, "main", 1))
    async with opened.centre.deciding:
        record = opened.centre.registry.nodes.get(node)
        if record is not None and record.rekeyed is not None:
            raise RefusedError(
                f"{node} is being keyed anew: this code would be for {node}/"
                f"{record.rekeyed.into_incarnation}",
                expected="a node that is not",
                do=f"edgecentral node rekey {node} makes its code",
                code="EN307",
            )
        return await _code(opened, node, str(args.get("desk", "")), asked.actor(args))


async def rekey(opened: OpenedCentre, args: Json) -> Json:
    """Permit a box to begin a new ledger that goes on with a node's books; issue its code."""
    async with opened.centre.deciding:
        record = asked.node(opened, args)
        begun = await rekeying.begin(opened, record, args)
        # Power lost here: no code was issued; the same command again issues it.
        return begun | await _code(opened, record.node, record.desk, asked.actor(args))


async def _code(opened: OpenedCentre, node: NodeId, desk: str, actor: str) -> Json:
    code, now = secrets.token_urlsafe(16), opened.centre.wall.now_ns()
    issued = NodeCodeIssued(
        at_ns=now,
        node=node,
        code_hash=code_hash(node, code),
        expires=now + CODE_LIFE_NS,
        desk=desk,
        issued_by=actor,
    )
    await opened.centre.record(issued, actor)
    # Power lost here: a code is good that nobody was shown; the same command replaces it.
    return {"node_id": node, "code": code, "expires_in_s": CODE_LIFE_NS // 1_000_000_000}


async def claim(opened: OpenedCentre, body: Json) -> Json:
    """Record that a box used its code and named its key; it then waits for approval."""
    ledger, vkey = LedgerId.parse(str(body["ledger"])), Vkey.parse(str(body["ledger_vkey"]))
    check_ledger(ledger)
    node, now = NodeId(ledger.party), opened.centre.wall.now_ns()
    claimed = NodeClaimed(
        at_ns=now,
        node=node,
        incarnation=ledger.incarnation,
        ledger_key=vkey.public,
        key_name=vkey.short,
    )
    async with opened.centre.deciding:  # else others pass the check before this claim counts
        record = opened.centre.registry.claimable(node, str(body["code"]), vkey.public, now)
        held = await opened.mirrors.held(ledger)
        rekeying.check_claim(record, claimed, held.size)
        await opened.centre.claim(claimed, f"node:{node}")
    return {**opened.pin(), "state": "claimed"}


async def approve(opened: OpenedCentre, args: Json) -> Json:
    """Record a second person's approval of the key that a box named.

    The person names the key by the fingerprint that the box shows; EN508 if the box that used the
    code has another one. EN307 if there is nothing to approve, or the node was revoked.
    """
    async with opened.centre.deciding:
        record, words = asked.node(opened, args), str(args["key"])
        vkey = _claimed_key(record)
        second = asked.second_person(args, record.issued_by)
        if not vkey.is_meant_by(words):
            raise RefusedError(
                f"the box that used the code for {record.node} has the key {vkey.fingerprint},"
                f" not {words[:80]!r}",
                expected="the fingerprint that the box itself shows",
                do="compare with `edgenode status` at the box; where they differ, somebody else"
                f" used the code: {record.anew} makes a new one",
                code="EN508",
            )
        if record.rekeyed is not None:
            await rekeying.carry(opened, record, args)
            # Power lost here: the books go on there and the key waits; approve it again.
        if not record.approved:
            approved = NodeApproved(
                at_ns=opened.centre.wall.now_ns(),
                node=record.node,
                incarnation=record.incarnation,
                ledger_key=record.ledger_key,
            )
            await opened.centre.record(approved, second)
        return {"node_id": record.node, "state": record.state, "key": vkey.fingerprint}


async def revoke(opened: OpenedCentre, args: Json) -> Json:
    """Refuse a node's entries from now on."""
    async with opened.centre.deciding:
        record = asked.node(opened, args)
        if not record.revoked:
            now, reason = opened.centre.wall.now_ns(), str(args.get("reason") or "")
            revoked = NodeRevoked(at_ns=now, node=record.node, reason=reason)
            await opened.centre.record(revoked, asked.actor(args))
            # Power lost here: it is revoked from the next start of the centre on.
            opened.centre.wake(record.node)
        return {"node_id": record.node, "state": record.state}


def _claimed_key(record: NodeRecord) -> Vkey:
    """Return the key that waits for approval; EN307 if there is none."""
    if record.revoked:
        raise RefusedError(
            f"{record.node} was revoked",
            expected="a claimed node",
            do="enrol the box under a new node id: a revocation is never undone",
            code="EN307",
        )
    if record.vkey is None:
        raise RefusedError(
            f"{record.node} has not used its code yet",
            expected="a claimed node",
            do="run edgenode enroll at the box with the code first, then approve its key",
            code="EN307",
        )
    return record.vkey


async def ls(opened: OpenedCentre, _: Json) -> Json:
    """Return all nodes, and how far the book is with each."""
    rows = []
    for node, record in sorted(opened.centre.registry.nodes.items()):
        state = opened.centre.book.states.get(node)
        row: Json = {"node_id": node, "state": record.state, "desk": record.desk}
        key = record.vkey.fingerprint if record.vkey else None
        row |= {"incarnation": record.incarnation, "key": key}
        ledger = LedgerId(node, MAIN, record.incarnation)
        row["rekeyed"] = record.rekeyed.into_incarnation if record.rekeyed else None
        row["quarantined"] = bool(await opened.mirrors.evidence(ledger))
        aside = await opened.mirrors.quarantined(ledger)
        row["set_aside_entries"] = len(aside)
        row["set_aside_reason"] = next(iter(aside.values()), None)  # of the first
        behind = opened.projector.progress(node).behind
        row["entries"] = (state.size if state else 0) + behind
        row["unfolded_entries"] = behind
        row["breaks"] = len(state.breaks.open) if state else None
        row["told_and_lost"] = opened.centre.told_and_lost(node)
        rows.append(row)
    return {"nodes": rows}
