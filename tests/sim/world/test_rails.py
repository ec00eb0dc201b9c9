"""A payer and its rail: what goes wrong is survived, and each invariant bites."""

from dataclasses import replace

import msgspec
import pytest

from edgenode.model.errors import UnreachableError
from edgenode.sim.rail.engine import FAULTS, RailEngine
from edgenode.sim.rail.teller import Reply
from edgenode.sim.world.payer import Payer, Payment, State
from edgenode.sim.world.plan import SCENARIOS, Fault
from edgenode.sim.world.rail import RailLink
from edgenode.sim.world.rail_invariants import RailInvariants
from edgenode.sim.world.world import live

RAILS = replace(SCENARIOS["rails"], lasts_s=60.0, payments_per_s=1.0, orders_per_s=0.1)
LOSSY = [Fault("lossy_rail", 2.0, 50.0, amount=0.3)]


def struck(kind, occasions=4):
    return [Fault("rail", 10.0, amount=occasions, detail=kind)]


def found_in(plan, seeds=3):
    """Return the name of the first violation in a few worlds."""
    for seed in range(seeds):
        outcome = live(RAILS, seed, plan)
        if outcome.violation is not None:
            return outcome.violation.name
    return None


@pytest.fixture
def ended(monkeypatch):
    """Collect (payer, rail) of every world that came to its end."""
    seen, at_rest = [], RailInvariants.at_rest

    def looking(self, payer):
        seen.append((payer, self.rail.engine))
        at_rest(self, payer)

    monkeypatch.setattr(RailInvariants, "at_rest", looking)
    return seen


@pytest.mark.parametrize("kind", FAULTS)
def test_each_fault_of_the_rail_is_survived(kind, ended):
    assert found_in([*struck(kind), *LOSSY], seeds=1) is None
    ((payer, engine),) = ended
    assert {payment.state for payment in payer.journal.values()} <= {State.BOOKED, State.REJECTED}
    assert len(payer.journal) == len(engine.transfers) > 20


@pytest.mark.parametrize(
    ("kind", "name"), [("duplicate", "twice"), ("partial", "partial"), ("returned", "returned")]
)
def test_the_payer_names_what_the_rail_did_to_a_payment(kind, name, ended):
    assert found_in(struck(kind), seeds=1) is None
    ((payer, _),) = ended
    named = [payment.differs for payment in payer.journal.values() if payment.differs]
    assert named
    assert all(name in differs for differs in named)


def test_a_payer_that_died_with_unheard_payments_asks_again_under_the_same_ids(ended):
    plan = [Fault("cut_rail", 10.0, 30.0), *(Fault("kill_payer", at) for at in (15.0, 25.0))]
    assert found_in(plan, seeds=1) is None
    ((payer, engine),) = ended
    assert payer.starts == 3
    assert list(payer.journal) == sorted(engine.transfers, key=list(payer.journal).index)


def test_an_unheard_payment_is_unknown_and_then_what_the_rail_made_of_it():
    outcome = live(RAILS, 0, struck("lost_answer"), lines_max=None)
    assert outcome.violation is None
    unheard = [line.split()[3] for line in outcome.lines if line.endswith("heard=False")]
    assert len(unheard) == 4
    for key in unheard:
        states = [line.split()[2] for line in outcome.lines if f" {key} " in line]
        assert states[0] == "unknown"
        assert states[-1] in {"booked", "rejected"}


def test_a_payer_whose_power_goes_twice_at_once_runs_once(ended):
    plan = [Fault("kill_payer", 10.0, 8.0), Fault("kill_payer", 12.0, 9.0)]
    assert found_in(plan, seeds=1) is None
    ((payer, _),) = ended
    assert payer.starts == 2


# -- each invariant bites ----------------------------------------------------------------------


def _booking(monkeypatch, change):
    book = RailEngine._book

    def booking(self, *args):
        size = len(self.statement)
        book(self, *args)
        if size > 10:
            change(self, self.statement[size:])

    monkeypatch.setattr(RailEngine, "_book", booking)


def test_a_line_that_is_missing(monkeypatch):
    _booking(monkeypatch, lambda engine, _: engine.statement.pop(-2))
    assert found_in([]) == "statement_gap"


def test_a_fee_that_no_line_shows(monkeypatch):
    def fee(engine, lines):
        engine.accounts[lines[0]["account"], lines[0]["currency"]] -= 1

    _booking(monkeypatch, fee)
    assert found_in([]) == "money_made"


def test_less_that_comes_than_left(monkeypatch):
    def kept(engine, lines):
        lines[1]["amount_minor"] -= 1
        engine.accounts[lines[1]["account"], lines[1]["currency"]] -= 1

    _booking(monkeypatch, kept)
    assert found_in([]) == "money_made"


def test_a_rail_that_forgets_which_ids_it_has_heard(monkeypatch):
    transfer = RailEngine.transfer

    def forgetful(self, asked, now_ns):
        known = self.transfers.pop(asked.key, None)
        taken = transfer(self, asked, now_ns)
        if known is not None and known.state == "accepted":
            taken.times = 2
        return taken

    monkeypatch.setattr(RailEngine, "transfer", forgetful)
    assert found_in(LOSSY) == "paid_twice"


def test_a_payer_that_asks_again_under_another_id(monkeypatch):
    body = Payment.body

    def renamed(self):
        self.tries = getattr(self, "tries", 0) + 1
        said = msgspec.json.decode(body(self))
        return msgspec.json.encode({**said, "key": f"{self.key}-{self.tries}"})

    class Counted(Payment):
        """Has room for the count."""

    monkeypatch.setattr("edgenode.sim.world.payer.Payment", Counted)
    monkeypatch.setattr(Counted, "body", renamed)
    assert found_in(LOSSY) == "paid_twice"


def test_a_payer_that_takes_silence_for_a_refusal(monkeypatch):
    def unheard(self, payment):
        payment.state = State.REJECTED
        self.told(payment, False)

    monkeypatch.setattr(Payer, "_unheard", unheard)
    assert found_in(LOSSY) == "called_failed"


def test_a_payer_that_does_not_ask_again(monkeypatch):
    async def send(self, payment):
        try:
            self._heard(
                payment, (await self.rail.ask("POST", "/transfers", payment.body())).status
            )
        except UnreachableError:
            self._unheard(payment)

    monkeypatch.setattr(Payer, "_send", send)
    assert found_in(struck("down")) == "payment_unknown"


@pytest.mark.parametrize("kind", ["duplicate", "partial", "returned"])
def test_a_payer_that_counts_its_own_orders_as_the_truth(kind, monkeypatch):
    def booked(self, account, line):
        self.lines[line["line"]] = line
        self._read[account] = line["line"]
        payment = self.journal[line["key"]]
        if account == payment.debtor and not payment.debits:
            payment.debits.append(-payment.amount_minor)
            payment.state = State.BOOKED

    monkeypatch.setattr(Payer, "_booked", booked)
    assert found_in(struck(kind)) == "not_reconciled"


def test_a_payer_that_reads_no_statement(monkeypatch):
    ask = RailLink.ask

    async def asking(self, method, path, body=b"", **query):
        return Reply(200, []) if path == "/statement" else await ask(self, method, path, body)

    monkeypatch.setattr(RailLink, "ask", asking)
    assert found_in([]) == "not_reconciled"
