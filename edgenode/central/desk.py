"""What the desk does and asks, one verb each: the same over the running centre and over its files.

node.enroll      a single-use code for a box            node.approve   by a second person
node.revoke      its entries are refused from now on    node.ls
tell             instruments, policy, grants for a node grant.ls, mandate.ls
core-hedge.set   how core is hedged for a node          core-hedge.ls
book.positions, book.pnl, book.exposure, book.digest

What reads the book (`grant.ls`, `mandate.ls`, `book.*`) waits until all that was cosigned before
is folded, and where that takes longer than its patience says how far the fold is. The others wait
for nothing: a revocation never stands behind a long fold.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from edgenode.central.folder import Opened
from edgenode.central.registry import NodeRecord, code_hash
from edgenode.core.state.digest import digest
from edgenode.core.state.node_state import STATE_VERSION
from edgenode.model.errors import RefusedError
from edgenode.model.facts import (
    DOWN_KINDS,
    KINDS,
    CoreHedgeSet,
    Fact,
    NodeApproved,
    NodeClaimed,
    NodeCodeIssued,
    NodeRevoked,
)
from edgenode.model.ids import InstrumentId, NodeId
from edgenode.model.ledgers import MAIN, LedgerId
from edgenode.model.money import format_decimal, format_minor
from edgenode.wire import checkpoint
from edgenode.wire import facts as wire_facts
from edgenode.wire.canonical import pack
from edgenode.wire.entry import check_ledger
from edgenode.wire.note import Vkey

Json = dict[str, Any]
CODE_LIFE_NS = 15 * 60 * 1_000_000_000
UNNAMED = "person:desk"  # a desk of one: the socket's owner, who gave no name
READS_BOOK = ("grant.ls", "mandate.ls", "book.")
Marks = dict[InstrumentId, int]


class Desk:
    """Performs verbs over an opened centre; a reader waits for the fold for `patience_s`."""

    def __init__(
        self,
        opened: Opened,
        marks: Callable[[], Marks] = dict,
        *,
        patience_s: float | None = None,
    ) -> None:
        self._opened = opened
        self._patience_s = patience_s
        self._centre = opened.centre
        self._marks = marks
        self._verbs: dict[str, Callable[[Json], Awaitable[Json]]] = {
            "node.enroll": self._enroll,
            "node.approve": self._approve,
            "node.revoke": self._revoke,
            "node.ls": self._nodes,
            "tell": self._tell,
            "grant.ls": self._grants,
            "mandate.ls": self._mandates,
            "core-hedge.set": self._hedge_set,
            "core-hedge.ls": self._hedges,
            "book.positions": self._positions,
            "book.pnl": self._pnl,
            "book.exposure": self._exposure,
            "book.digest": self._digest,
        }

    async def perform(self, verb: str, args: Json) -> Json:
        """Do one verb; RefusedError where it is unknown or its arguments do not fit."""
        perform = self._verbs.get(verb)
        if perform is None:
            raise RefusedError(
                f"verb {verb[:40]!r}", expected=", ".join(self._verbs), code="EN009"
            )
        if verb.startswith(READS_BOOK):
            await self._caught_up()
        try:
            answer = await perform(args)
        except (KeyError, TypeError) as error:
            raise RefusedError(
                f"arguments of {verb}: {error!r}"[:200], expected="documented ones", code="EN009"
            ) from error
        return {"message_type": "summary", "schema": f"edgecentral.{verb}/1", **answer}

    async def claim(self, body: Json) -> Json:
        """Let a box use its code and name its key; it then waits for approval."""
        ledger, vkey = LedgerId.parse(str(body["ledger"])), Vkey.parse(str(body["ledger_vkey"]))
        check_ledger(ledger)
        node, now = NodeId(ledger.party), self._centre.wall.now_ns()
        self._centre.registry.claimable(node, str(body["code"]), now)
        claimed = NodeClaimed(
            at_ns=now,
            node=node,
            incarnation=ledger.incarnation,
            ledger_key=vkey.public,
            key_name=vkey.short,
        )
        await self._centre.record(claimed, f"node:{node}")
        await self._centre.begin_down(node, ledger.incarnation)
        return {**self._opened.pin(), "state": "claimed"}

    async def _caught_up(self) -> None:
        """Let the book hold all that was cosigned until now; EN310 where that takes too long."""
        projector = self._opened.projector
        try:
            async with asyncio.timeout(self._patience_s):
                await projector.caught_up()
        except TimeoutError as error:
            now = projector.progress()
            raise RefusedError(
                f"the book is still being folded: {now.folded} of {now.stored} entries",
                expected="all that was stored before the question",
                do="ask again: folding goes on; edgecentral node ls shows how far it is",
                code="EN310",
            ) from error

    # -- nodes -------------------------------------------------------------------------------

    async def _enroll(self, args: Json) -> Json:
        node = NodeId(str(args["node_id"]))
        check_ledger(LedgerId(node, "main", 1))
        code, now = secrets.token_urlsafe(16), self._centre.wall.now_ns()
        issued = NodeCodeIssued(
            at_ns=now,
            node=node,
            code_hash=code_hash(node, code),
            expires=now + CODE_LIFE_NS,
            desk=str(args.get("desk", "")),
            issued_by=_actor(args),
        )
        await self._centre.record(issued, _actor(args))
        return {"node_id": node, "code": code, "expires_in_s": CODE_LIFE_NS // 1_000_000_000}

    async def _approve(self, args: Json) -> Json:
        record = self._node(args)
        if not record.ledger_key:
            raise RefusedError(
                f"{record.node} has not used its code yet", expected="a claimed node", code="EN307"
            )
        if _actor(args) == record.issued_by != UNNAMED:
            raise RefusedError(
                f"{record.issued_by} issued the code",
                expected="approval by a second person",
                do="let somebody else compare the key and approve",
                code="EN503",
            )
        if not record.approved:
            approved = NodeApproved(
                at_ns=self._centre.wall.now_ns(),
                node=record.node,
                incarnation=record.incarnation,
            )
            await self._centre.record(approved, _actor(args))
        return {"node_id": record.node, "state": record.state, "key": record.key_name}

    async def _revoke(self, args: Json) -> Json:
        record = self._node(args)
        if not record.revoked:
            now, reason = self._centre.wall.now_ns(), str(args.get("reason", ""))
            revoked = NodeRevoked(at_ns=now, node=record.node, reason=reason)
            await self._centre.record(revoked, _actor(args))
        return {"node_id": record.node, "state": record.state}

    async def _nodes(self, _: Json) -> Json:
        rows = []
        for node, record in sorted(self._centre.registry.nodes.items()):
            state = self._centre.book.states.get(node)
            row: Json = {"node_id": node, "state": record.state, "desk": record.desk}
            row |= {"incarnation": record.incarnation, "key": record.key_name}
            ledger = LedgerId(node, MAIN, record.incarnation)
            row["quarantined"] = bool(await self._opened.mirrors.evidence(ledger))
            row["entries"] = state.size if state else 0
            row["unfolded_entries"] = self._opened.projector.progress(node).behind
            rows.append(row)
        return {"nodes": rows}

    # -- what nodes are told -----------------------------------------------------------------

    async def _tell(self, args: Json) -> Json:
        """Tell a node facts of the down-ledger, each {"fact": KIND, fields...}."""
        record = self._node(args)
        facts = [self._fact(dict(raw)) for raw in args["facts"]]
        await self._centre.tell(record.node, facts, _actor(args))
        return {"node_id": record.node, "told": len(facts)}

    def _fact(self, raw: Json) -> Fact:
        kind = str(raw.pop("fact"))
        if KINDS.get(kind) not in DOWN_KINDS:
            names = ", ".join(cls.__name__ for cls in DOWN_KINDS)
            raise RefusedError(f"fact {kind[:40]!r}", expected=names, code="EN002")
        raw.setdefault("at_ns", self._centre.market.now_ns())
        return wire_facts.decode(kind, pack(raw))

    async def _grants(self, args: Json) -> Json:
        rows = []
        for node in self._named(args):
            state = self._centre.book.states[node]
            for grant_id, account in sorted(state.grants.accounts.items()):
                grant = account.grant
                money = grant.kind != "position"
                row: Json = {"node_id": node, "grant": grant_id, "kind": grant.kind}
                row["limit"] = format_minor(grant.limit, grant.unit) if money else str(grant.limit)
                row |= {"unit": grant.unit, "revoked": account.revoked, "expiry": grant.expiry}
                rows.append(row)
        return {"grants": rows}

    async def _mandates(self, args: Json) -> Json:
        rows = []
        for node in self._named(args):
            state = self._centre.book.states[node]
            for name, held in sorted(state.mandates.mandates.items()):
                instrument = state.limits.instruments[name]
                quantity = format_decimal(held.quantity_lots, instrument.quantity_decimals)
                row = {"node_id": node, "instrument": name, "quantity": quantity}
                rows.append({**row, "version": held.version})
        return {"mandates": rows}

    async def _hedge_set(self, args: Json) -> Json:
        raw = {**args, "at_ns": self._centre.market.now_ns()}
        raw["node"] = self._node(args).node
        for extra in ("node_id", "actor"):
            raw.pop(extra, None)
        settings = wire_facts.decode("CoreHedgeSet", pack(raw))
        assert isinstance(settings, CoreHedgeSet)
        await self._centre.record(settings, _actor(args))
        return {"node_id": settings.node, "instrument": settings.instrument}

    async def _hedges(self, _: Json) -> Json:
        rows = [
            {"node_id": node, "instrument": name, "enabled": s.enabled, "feed": s.feed}
            for (node, name), s in sorted(self._centre.registry.hedges.items())
        ]
        return {"core_hedges": rows}

    # -- the book ----------------------------------------------------------------------------

    async def _positions(self, args: Json) -> Json:
        rows = self._centre.book.positions(self._one(args))
        return {**await self._as_of(args), "positions": rows}

    async def _pnl(self, args: Json) -> Json:
        rows = self._centre.book.pnl(self._marks(), self._one(args))
        return {**await self._as_of(args), "pnl": rows}

    async def _exposure(self, args: Json) -> Json:
        rows = self._centre.book.exposure(self._one(args))
        return {**await self._as_of(args), "exposure": rows}

    async def _digest(self, args: Json) -> Json:
        node = self._one(args)
        if node is None:
            return {"nodes": len(self._centre.book.states), "digest": self._book_digest()}
        state = self._centre.book.states[node]
        made = digest(state)
        held = await self._opened.mirrors.held(state.ledger)
        return {
            "ledger": state.ledger.name,
            "size": made.size,
            "root": held.root.hex(),
            "state_version": STATE_VERSION,
            "digest": made.digest.hex(),
            "parts": {name: value.hex() for name, value in sorted(made.parts.items())},
        }

    def _book_digest(self) -> str:
        return self._centre.book.digest().hex()

    async def _as_of(self, args: Json) -> Json:
        rows = []
        for node in self._named(args):
            held = await self._opened.mirrors.held(self._centre.book.states[node].ledger)
            cosigned = await self._opened.mirrors.cosigned(held.ledger)
            size = checkpoint.parse(cosigned).size if cosigned else 0
            row: Json = {"ledger": held.ledger.name, "size": held.size, "root": held.root.hex()}
            rows.append({**row, "cosigned_size": size})
        return {"as_of": rows, "digest": self._book_digest()}

    # -- arguments ---------------------------------------------------------------------------

    def _node(self, args: Json) -> NodeRecord:
        name = NodeId(str(args["node_id"]))
        record = self._centre.registry.nodes.get(name)
        if record is None:
            raise RefusedError(
                f"there is no node {name[:64]!r}", expected="one of `node ls`", code="EN006"
            )
        return record

    def _one(self, args: Json) -> NodeId | None:
        name = args.get("node_id")
        if name is None:
            return None
        if name not in self._centre.book.states:
            raise RefusedError(
                f"no entry of {name!r} is held", expected="a node that has synced", code="EN006"
            )
        return NodeId(str(name))

    def _named(self, args: Json) -> list[NodeId]:
        one = self._one(args)
        return sorted(self._centre.book.states) if one is None else [one]


def _actor(args: Json) -> str:
    return f"person:{args.get('actor') or 'desk'}"[:200]
