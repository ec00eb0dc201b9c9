"""The desk's verbs by name: the same over the running centre and over its files.

status           what somebody has to do first, then counts
node.enroll      a single-use code for a box            node.approve   by a second person
node.revoke      its entries are refused from now on    node.ls
node.rekey       its books go on in a new ledger, once a second person approves the new key
tell             instruments, policy, grants for a node grant.ls, request.ls, mandate.ls
core-hedge.set   how core is hedged for a node          core-hedge.ls
book.positions, book.pnl, book.exposure, book.digest    book.log    entries as they are held
breaks.ls, breaks.show                                  breaks.resolve   what a person decides

What reads the book (`node.rekey`, `grant.ls`, `request.ls`, `mandate.ls`, `book.*`,
`breaks.*`) waits until all that was
cosigned before is folded, and where that takes longer than its patience says how far the fold is.
The others wait for nothing: a revocation never stands behind a long fold.
"""

import asyncio
from collections.abc import Awaitable, Callable

from edgenode.central.desk import asked, books, breaks, nodes, status, told
from edgenode.central.desk.asked import Json
from edgenode.central.feeds import NamedFeeds, Prices
from edgenode.central.folder import OpenedCentre
from edgenode.model.errors import RefusedError

READS_BOOK = ("node.rekey", "grant.ls", "request.ls", "mandate.ls", "book.", "breaks.")
VERBS: dict[str, Callable[[OpenedCentre, Json], Awaitable[Json]]] = {
    "node.enroll": nodes.enroll,
    "node.approve": nodes.approve,
    "node.revoke": nodes.revoke,
    "node.rekey": nodes.rekey,
    "node.ls": nodes.ls,
    "tell": told.tell,
    "grant.ls": told.grants,
    "request.ls": told.requests,
    "mandate.ls": told.mandates,
    "breaks.ls": breaks.ls,
    "breaks.show": breaks.show,
    "breaks.resolve": breaks.resolve,
    "book.positions": books.positions,
    "book.exposure": books.exposure,
    "book.digest": books.digest,
    "book.log": books.log,
}


class Desk:
    """Performs verbs over an opened centre; a reader waits for the fold for `patience_s`."""

    def __init__(
        self,
        opened: OpenedCentre,
        prices: Prices | None = None,
        *,
        patience_s: float | None = None,
    ) -> None:
        self._opened = opened
        self._patience_s = patience_s
        known = prices or NamedFeeds()
        self._verbs = VERBS | {
            "book.pnl": lambda at, args: books.pnl(at, known.marks(), args),
            "core-hedge.set": lambda at, args: told.set_hedge(at, known.instruments, args),
            "status": lambda at, args: status.status(at, known, args),
            "core-hedge.ls": lambda at, args: told.hedges(at, known, args),
        }

    async def perform(self, verb: str, args: Json) -> Json:
        """Run one verb; RefusedError if it is unknown or its arguments do not fit.

        EN002 for a text that is too long, or a reason that is given and empty.
        """
        perform = self._verbs.get(verb)
        if perform is None:
            raise RefusedError(
                f"verb {verb[:40]!r}",
                expected=", ".join(self._verbs),
                do="use a command of this release: edgecentral --help lists them",
                code="EN009",
            )
        asked.check_texts(args)
        if verb.startswith(READS_BOOK):
            await self._caught_up()
        try:
            answer = await perform(self._opened, args)
        except (KeyError, TypeError) as error:
            raise RefusedError(
                f"arguments of {verb}: {error!r}"[:200],
                expected="documented ones",
                do="use a command of this release: edgecentral COMMAND --help lists its options",
                code="EN009",
            ) from error
        return {"message_type": "summary", "schema": f"edgecentral.{verb}/1", **answer}

    async def claim(self, body: Json) -> Json:
        """Record that a box used its code and named its key; it then waits for approval."""
        return await nodes.claim(self._opened, body)

    async def _caught_up(self) -> None:
        """Fold all that was cosigned until now; EN310 if that takes too long."""
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
