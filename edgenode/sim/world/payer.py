"""The desk's treasurer: moves money between the desk's accounts over a rail that may not answer.

A payment is in the journal, with its id, before the rail hears of it; the journal outlives the
process. Whatever was not heard of is UNKNOWN, never failed: it is sent again under the same id
until the rail answers, or until the statement shows it.

    state      next       by
    ---------  ---------  --------------------------------------------------------------------
    unknown    accepted   the rail's answer (to any of the repeats)
    unknown    rejected   the rail's answer, and nothing else
    any other  booked     a line of the statement: the statement overrules every answer

What the statement shows beyond one booking of the asked amount is a difference, by name: `twice`,
`partial`, `returned`, `stranger` (a line of no payment of ours), `overruled` (a line of one that
was rejected).
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import msgspec

from edgenode.model.errors import UnreachableError
from edgenode.sim.world.loop import lane
from edgenode.sim.world.rail import RailLink

ACCOUNTS = ("desk", "venue-a", "venue-b", "reserve")
CURRENCY = "USDC"
SMALL_MINOR, LARGE_MINOR = 5_000_000, 700_000_000_000
LARGE = 0.1  # the share of payments that may find no funds
AGAIN_S = (0.5, 4.0)
READ_S = 3.0
REJECTED = 422
TAKEN = 202


class State(StrEnum):
    """What the payer knows of a payment."""

    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    BOOKED = "booked"


@dataclass(slots=True)
class Payment:
    """One payment in the journal."""

    key: str
    debtor: str
    creditor: str
    amount_minor: int
    reference: str
    state: State = State.UNKNOWN
    debits: list[int] = field(default_factory=list)  # of the debtor's account, as stated

    @property
    def differs(self) -> set[str]:
        """Name what the statement shows beyond one booking of what was asked."""
        out = [-amount for amount in self.debits if amount < 0]
        found = {"twice"} if len(out) > 1 else set()
        if any(amount < self.amount_minor for amount in out):
            found.add("partial")
        if len(out) < len(self.debits):
            found.add("returned")
        if self.state is State.REJECTED and out:
            found.add("overruled")
        return found

    def body(self) -> bytes:
        """Return the order to the rail; every repeat is the same to the byte."""
        return msgspec.json.encode(
            {
                "key": self.key, "debtor": self.debtor, "creditor": self.creditor,
                "amount_minor": self.amount_minor, "currency": CURRENCY,
                "reference": self.reference,
            }
        )  # fmt: skip


@dataclass(slots=True)
class Payer:
    """The treasurer's process over a journal that outlives it."""

    rail: RailLink
    rng: random.Random
    per_s: float
    told: Callable[[Payment, bool], None]  # a payment changed; did the rail say so?
    journal: dict[str, Payment] = field(default_factory=dict)
    lines: dict[int, dict[str, Any]] = field(default_factory=dict)
    strangers: list[int] = field(default_factory=list)
    pays: bool = True
    starts: int = 0
    _read: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ACCOUNTS, 0))
    _life: "asyncio.Task[None] | None" = None

    def power_on(self) -> None:
        """Start the process: whatever the journal does not know the end of is asked again."""
        if self._life is not None:
            return
        self.starts += 1
        self._life = asyncio.create_task(self._lives())  # noqa: TID251  ended by power_off

    def power_off(self) -> None:
        """End the process as a power cut does; what was sent travels on."""
        if self._life is not None:
            self._life.cancel()
        self._life = None

    def rests(self) -> bool:
        """Return whether there is nothing that it does not know."""
        return all(payment.state is not State.UNKNOWN for payment in self.journal.values())

    async def _lives(self) -> None:
        lane(f"payer/{self.starts}")
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._reconcile())
            for payment in self.journal.values():
                if payment.state is State.UNKNOWN:
                    tasks.create_task(self._send(payment))
            while True:
                await asyncio.sleep(self.rng.expovariate(self.per_s))
                if self.pays:
                    tasks.create_task(self._send(self._noted()))

    def _noted(self) -> Payment:
        """Draw a payment and note it; it is sent whatever happens from here on."""
        debtor, creditor = self.rng.sample(ACCOUNTS, 2)
        most = LARGE_MINOR if self.rng.random() < LARGE else SMALL_MINOR
        number = len(self.journal) + 1
        key = f"desk-{number}-{self.rng.getrandbits(32):08x}"
        payment = Payment(key, debtor, creditor, self.rng.randint(1, most), f"payment {number}")
        self.journal[key] = payment
        return payment

    async def _send(self, payment: Payment) -> None:
        """Send under the same id until it is known what became of it."""
        while payment.state is State.UNKNOWN:
            try:
                reply = await self.rail.ask("POST", "/transfers", payment.body())
            except UnreachableError:
                self._unheard(payment)
            else:
                self._heard(payment, reply.status)
            if payment.state is State.UNKNOWN:
                await asyncio.sleep(self.rng.uniform(*AGAIN_S))

    def _unheard(self, payment: Payment) -> None:
        """Nothing is known: it stays what it was."""
        self.told(payment, False)  # noqa: FBT003

    def _heard(self, payment: Payment, status: int) -> None:
        if payment.state is State.UNKNOWN and status in {TAKEN, REJECTED}:
            payment.state = State.ACCEPTED if status == TAKEN else State.REJECTED
        self.told(payment, True)  # noqa: FBT003

    # -- the statement -------------------------------------------------------------------------

    async def _reconcile(self) -> None:
        """Read what each account's statement shows behind the last line read until canceled."""
        while True:
            for account in ACCOUNTS:
                try:
                    after = str(self._read[account])
                    reply = await self.rail.ask("GET", "/statement", account=account, after=after)
                except UnreachableError:
                    continue
                for line in reply.body:
                    self._booked(account, line)
            await asyncio.sleep(READ_S)

    def _booked(self, account: str, line: dict[str, Any]) -> None:
        """Take one line in; line and cursor are kept together."""
        self.lines[line["line"]] = line
        self._read[account] = line["line"]
        payment = self.journal.get(line["key"])
        if payment is None:
            self.strangers.append(line["line"])
        elif account == payment.debtor:
            payment.debits.append(line["amount_minor"])
            if payment.state is not State.REJECTED:
                payment.state = State.BOOKED
            self.told(payment, True)  # noqa: FBT003
