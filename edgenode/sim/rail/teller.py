"""What the rail answers to one request, whatever carried it: HTTP, or a simulated link.

POST /transfers        {key, debtor, creditor, amount_minor, currency, reference}
GET  /transfers/KEY    404 where it is not known
GET  /statement        ?account=A&after=LINE
GET  /balance          ?account=A&currency=C
POST /faults           {"kind", "count", "after"}
GET  /truth            what the rail believes
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from edgenode.model.errors import RefusedError
from edgenode.ports.clock import Clock
from edgenode.sim import faults
from edgenode.sim.rail.engine import FAULTS, Json, RailEngine, Transfer
from edgenode.wire import foreign


class TransferBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A transfer."""

    key: str
    debtor: str
    creditor: str
    amount_minor: int
    currency: str
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request."""

    method: str
    path: str
    query: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `lost`: the rail did what it did, and the connection goes without a word."""

    status: int
    body: Any
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Teller:
    """Stands between whoever asks and the engine."""

    engine: RailEngine
    clock: Clock

    def answer(self, asked: Asked) -> Reply:
        """Answer one request; what cannot be read is told 400 and changes nothing."""
        verb, _, key = asked.path.removeprefix("/").partition("/")
        found = VERBS.get((asked.method, verb))
        if found is None or bool(key) != (found is Teller._query):
            return _problem(404, "no such path")
        try:
            return found(self, asked)
        except (RefusedError, ValueError, KeyError) as error:
            return _problem(400, str(error))

    def _transfer(self, asked: Asked) -> Reply:
        body = foreign.json_as(asked.body, TransferBody)
        if self.engine.strikes("down"):
            return _problem(503, "down", lost=True)
        wanted = Transfer(**msgspec.structs.asdict(body))
        taken = self.engine.transfer(wanted, self.clock.now_ns())
        lost = self.engine.strikes("lost_answer") is not None
        return Reply(422 if taken.state == "rejected" else 202, taken.view(), lost)

    def _query(self, asked: Asked) -> Reply:
        found = self.engine.query(asked.path.removeprefix("/transfers/"))
        return _problem(404, "no such transfer") if found is None else Reply(200, found.view())

    def _statement(self, asked: Asked) -> Reply:
        after = int(asked.query.get("after", "0"))
        return Reply(200, self.engine.lines(asked.query["account"], after))

    def _balance(self, asked: Asked) -> Reply:
        account, currency = asked.query["account"], asked.query["currency"]
        amount = self.engine.balance(account, currency)
        told: Json = {"account": account, "currency": currency, "amount_minor": amount}
        return Reply(200, told)

    def _faults(self, asked: Asked) -> Reply:
        return Reply(*faults.asked(self.engine, asked.body, FAULTS))

    def _truth(self, _: Asked) -> Reply:
        return Reply(200, self.engine.truth())


def _problem(status: int, detail: str, *, lost: bool = False) -> Reply:
    return Reply(status, faults.problem(status, detail), lost)


VERBS: dict[tuple[str, str], Callable[[Teller, Asked], Reply]] = {
    ("POST", "transfers"): Teller._transfer,  # noqa: SLF001  its own table
    ("GET", "transfers"): Teller._query,  # noqa: SLF001
    ("GET", "statement"): Teller._statement,  # noqa: SLF001
    ("GET", "balance"): Teller._balance,  # noqa: SLF001
    ("POST", "faults"): Teller._faults,  # noqa: SLF001
    ("GET", "truth"): Teller._truth,  # noqa: SLF001
}
