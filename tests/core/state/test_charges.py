"""Each fill is charged by itself: a better price of one never pays for another."""

from contextlib import suppress
from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st

from edgenode.core.breaks import history
from edgenode.core.observations import OrderAsked, Reported
from edgenode.core.state.charges import Charge, Due, charge_of, due_of, fee_priced, name_of
from edgenode.core.state.unpriced import Owed, known_cost, owed
from edgenode.model.errors import RefusedError
from edgenode.model.facts import FeePriced
from edgenode.model.ids import DESK_OVERLAY, NO_EVENT
from edgenode.model.venue import BustReport, CorrectReport
from tests.core.breaks.test_resolving import RICH, resolve
from tests.core.orders.sent import fill
from tests.core.state.test_fills import recorded
from tests.core.venues.test_any_order import EVIDENCE
from tests.core.world import World, intent
from tests.examples import examples

REFERENCE = 150_000
FEES = ("USDC", "BNB")  # nobody declared BNB: its fees are owed
ONES = st.integers(0, 1)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["told", "told", "correct", "correct", "bust", "both", "never", "named"]),
        ONES, st.sampled_from([10, 40, 100]), st.integers(-200, 300),
        st.sampled_from([0, 700_000]), st.integers(0, 5),
    ),
    max_size=10,
)  # fmt: skip
WORSE, BETTER = (100, 100), (100, -100)
STORY = [("told", 0, *WORSE, 0, 0), ("correct", 0, *BETTER, 0, 0), ("told", 1, 100, 200, 0, 0),
         ("both", 0, 10, 0, 0, 0)]  # fmt: skip


class Story:
    """Two orders with one fill each, which their venue tells under one id or under two."""

    def __init__(self, ids, fee_currencies):
        self.world = World(RICH)
        self.world.publish("a", REFERENCE)
        self.ids, self.fee_currencies = ids, fee_currencies
        self.orders = orders(self.world)
        self.number = 0
        self.told = {}  # by order: an order has one fill
        self.dearest = {}  # by order: (cost, what owed fees count as)
        self.several = False  # people said that an order has more fills than one

    def step(self, what, one, lots, worse, fee, pick):
        self.number += 1
        exec_id = self.ids[one]
        told = fill(
            self.orders[one], exec_id, lots, price_ticks=REFERENCE + worse, fee_minor=fee,
            fee_currency=self.fee_currencies[one] if fee else "",
        )  # fmt: skip
        match what:
            case "told":
                first = self.told.setdefault(told.order_id, told)
                again = replace(first, fee_minor=fee, fee_currency=told.fee_currency)
                self.world.observe(Reported(first if first.fee_minor else again))
                self.told[told.order_id] = first if first.fee_minor else again
            case "correct":
                self.correct(told, exec_id)
            case "bust":
                self.world.observe(Reported(bust(exec_id)))
            case decision:
                decide(self.world, decision, pick)

    def correct(self, told, exec_id):
        right = replace(told, exec_id=f"c{self.number}")
        self.world.observe(
            Reported(CorrectReport(fill=right, refers_to=exec_id, version=self.number))
        )

    def look(self):
        """Note the dearest content as which each order's fill was booked."""
        fills = self.world.state.fills
        held = [*fills.plain().values()]
        for execution in {id(e): e for e in fills.executions().values()}.values():
            held += execution.held()
        self.several |= len({one.order_id for one in held}) < len(held)
        for one in held:
            cost, counted = self.dearest.get(one.order_id, (0, 0))
            debts = sum(debt.counted_minor for debt in owed((one,)).values())
            self.dearest[one.order_id] = max(cost, known_cost(one)), max(counted, debts)

    def expected(self):
        return sum(cost + counted for cost, counted in self.dearest.values())


def orders(world):
    found = []
    for name in ("ONE", "TWO"):
        ask = intent(name, account=DESK_OVERLAY, venue="a", lots=100, price=150_100)
        found.append(world.facts(OrderAsked(ask, "rule:overlay"))[0].order_id)
    return found


def bust(exec_id):
    return BustReport(venue="a", venue_account="desk", scope="venue", exec_id=exec_id, version=9,
                      detail="")  # fmt: skip


def decide(world, decision, pick):
    """Let people decide an execution that is disputed, or that was."""
    state = world.state
    names = {id_ for id_ in state.breaks.open if id_.startswith("fill_content")}
    names |= {f.break_id for _, f in world.recorded if type(f).__name__ == "BreakResolved"}
    for break_id in sorted(names)[:1]:
        versions = [
            version.content_hash.hex()
            for execution in state.fills.executions().values()
            for version in execution.versions
        ]
        with suppress(RefusedError):
            match decision:
                case "named":
                    resolve(world, break_id, "version", version=versions[pick % len(versions)])
                case "never":
                    resolve(world, break_id, "never_happened")
                case _:
                    resolve(world, break_id, decision)


def spent(world):
    return sum(a.spent for id_, a in world.state.grants.accounts.items() if id_ == "cost-1")


@settings(max_examples=examples(120))
@given(st.sampled_from([("x1", "x1"), ("x1", "x2")]),
       st.tuples(st.sampled_from(FEES), st.sampled_from(FEES)), STEPS)  # fmt: skip
@example(("x1", "x1"), ("USDC", "USDC"), STORY)
@example(("x1", "x1"), ("BNB", "BNB"), [
    ("told", 0, 10, 0, 700_000, 0), ("correct", 0, 10, 0, 0, 0), ("told", 1, 10, 0, 700_000, 0),
    ("both", 0, 10, 0, 0, 0),
])  # fmt: skip
def test_cost_is_the_sum_over_fills_of_the_dearest_as_which_each_was_booked(ids, fees, steps):
    story = Story(ids, fees)
    for step in steps:
        story.step(*step)
        story.look()
        if story.several:  # by their word each is paid for
            assert spent(story.world) >= story.expected(), step
            return
        assert spent(story.world) == story.expected(), step
    story.world.assert_refolds()


@settings(max_examples=examples(120))
@given(st.lists(st.one_of(EVIDENCE, st.sampled_from(["both", "never", "named"])), max_size=8),
       st.integers(0, 5))  # fmt: skip
def test_whatever_is_told_cost_never_falls_and_covers_what_is_booked(evidence, pick):
    world = World(RICH)
    world.publish("a", REFERENCE)
    ids = orders(world)
    before = 0
    for one in evidence:
        if isinstance(one, str):
            decide(world, one, pick)
        else:
            world.observe(Reported(one(ids)))
        fills = world.state.fills
        executions = {id(e): e for e in fills.executions().values()}.values()
        held = [*fills.plain().values(), *(fill for e in executions for fill in e.held())]
        assert max(before, sum(known_cost(one) for one in held)) <= spent(world)
        before = spent(world)
        for execution in executions:
            carried = [history.execution_of(fact) for fact in history._execution(execution)]
            assert [c for part in carried for c in part.charges] == execution.charges
    world.assert_refolds()


@settings(max_examples=examples(60))
@given(st.lists(st.tuples(st.integers(1, 90), st.integers(0, 300)), min_size=2, max_size=4,
                unique_by=lambda told: told[0]))  # fmt: skip
def test_of_several_fills_of_one_order_under_one_id_each_is_charged(told):
    world = World(RICH)
    world.publish("a", REFERENCE)
    one, _ = orders(world)
    for lots, worse in told:
        report = fill(one, "x1", lots, price_ticks=REFERENCE + worse, fee_minor=0)
        world.observe(Reported(report))
    decide(world, "both", 0)
    assert spent(world) == sum(lots * worse * 100 for lots, worse in told)


def test_the_same_trade_with_its_fee_is_the_same_content():
    early, late = (recorded("e1") for _ in range(2))
    assert name_of(early) == name_of(late)
    assert name_of(recorded("e2")) != name_of(early)
    assert charge_of(early) == Charge((name_of(early),), 75, {})
    assert due_of(early) == Due(75, Owed(0, 0))


def test_a_rate_makes_what_is_owed_part_of_what_is_paid():
    owes = {(NO_EVENT, "BNB"): Owed(5, 900), (NO_EVENT, "DUST"): Owed(1, 1)}
    fact = FeePriced(at_ns=1, event_id=NO_EVENT, currency="BNB", number=0, fees_minor=10,
                     counted_minor=1_800, priced_minor=300, fx="x")  # fmt: skip
    priced = fee_priced(fact, Charge((b"n",), 75, owes))
    assert priced == Charge((b"n",), 225, {(NO_EVENT, "DUST"): Owed(1, 1)})
    assert fee_priced(fact, priced) == priced
