"""Random stories of venues and people about few executions, and what holds after each sentence."""

import itertools
from typing import Any

from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from edgenode.core.breaks import executions, shown
from edgenode.core.breaks.opening import id_of
from edgenode.core.observations import OrderAsked, Reported, ResolveAsked
from edgenode.core.state import outcomes
from edgenode.core.state.execution import BUST, FillKey, key_of
from edgenode.daemon.paper import PaperWorld
from edgenode.model.errors import RefusedError
from edgenode.model.facts import BreakResolved, FillRecorded, OrderDone, ResolutionProposed
from edgenode.model.ids import DESK_BOOK, DESK_OVERLAY, DESK_SUSPENSE
from edgenode.model.orders import SIDES, OrderState, sign
from edgenode.model.venue import BustReport, CorrectReport, Finished
from tests.core.breaks.test_resolving import told
from tests.core.hedge.laws import assert_programmes
from tests.core.orders.sent import fill
from tests.core.world import WETH, World, intent

MAX = 300
FIGURES = {"venues": ("a",), "cost_limit": 10**9, "event_spend_max": 10**9, "position_lots": 10**6}
ALONE = 10 * 150_000 * 100 + 10_000  # ten lots at the price of the stories, and their fees
TYPES = ("fill_content", "unknown_order", "not_as_ordered", "tombstone")
DECISIONS = ("both", "never_happened", "version", "carry_in")

X1 = ("x1", "v")
NAMES = st.sampled_from((*(X1, X1, X1, X1), ("20261130/17", "v"), ("x1", "w"), ("e" * 64, "v")))
TOLD = st.tuples(NAMES, st.sampled_from((0, 0, 1, 2, 2)), st.sampled_from(("buy", "buy", "sell")),
                 st.sampled_from((4, 9, 30, 60)))  # fmt: skip
DECIDED = st.tuples(
    *(st.just("decide"), st.integers(0, 3), st.sampled_from(DECISIONS)),
    *(st.sampled_from(("ann", "bob", "bob", " Ann")), st.booleans(), st.integers(0, 3)),
    st.sampled_from((DESK_OVERLAY, DESK_OVERLAY, DESK_BOOK)),
)
STEPS = st.one_of(
    st.tuples(st.just("fill"), TOLD),
    st.tuples(st.just("fill"), TOLD),
    st.tuples(st.just("correct"), TOLD, NAMES, st.integers(0, 2)),
    st.tuples(st.just("bust"), NAMES),
    *(DECIDED, DECIDED),
    st.tuples(st.just("pair"), DECIDED, st.one_of(st.none(), TOLD)),
    st.tuples(st.just("end"), st.integers(0, 1), st.sampled_from((0, 4, 60, 60, 120))),
    *(st.tuples(st.just("close")), st.tuples(st.just("close"))),
)


class Story:
    """A node with two hedges at a venue, and what people and the venue say of executions."""

    def __init__(self, alone: int) -> None:
        self.world = World(PaperWorld(**FIGURES, decide_alone_max=alone))
        self.world.publish("a", 150_000)
        self.orders: list[Any] = []
        for name in ("H1", "H2"):
            ask = intent(name, account=DESK_OVERLAY, venue="a", lots=100, price=150_100)
            gated: Any = self.world.facts(OrderAsked(ask, "rule:overlay"))[0]
            self.orders.append(gated.order_id)
        self.orders.append("NOT-OURS-0000000000A")
        self.proposed: dict[str, ResolutionProposed] = {}

    @property
    def fills(self):
        return self.world.state.fills

    def report(self, said):
        (exec_id, scope), index, side, lots = said
        return fill(self.orders[index], exec_id, lots, scope=scope, side=side, price_ticks=150_000)

    def take(self, step):
        match step:
            case ("fill", said):
                self.world.observe(Reported(self.report(said)))
            case ("correct", said, (refers_to, _), version):
                report = CorrectReport(
                    fill=self.report(said), refers_to=refers_to, version=version
                )
                self.world.observe(Reported(report))
            case ("bust", (exec_id, scope)):
                self.world.observe(Reported(BustReport(
                    venue="a", venue_account="desk", scope=scope, exec_id=exec_id, version=1,
                    detail="trade cancel",
                )))  # fmt: skip
            case ("pair", (_, *said), more):  # a second person says the same, perhaps too late
                self.decide(*said)
                if more:
                    self.world.observe(Reported(self.report(more)))
                said[2] = "eve"
                self.decide(*said)
            case ("end", index, lots):
                self.world.observe(Reported(Finished(
                    venue="a", order_id=self.orders[index], reason="canceled", cum_lots=lots,
                )))  # fmt: skip
            case ("close",):
                self.world.close_orders()
            case ("decide", *said):
                self.decide(*said)
            case _:
                raise AssertionError(step)

    def decide(self, index, decision, person, here, version, account):
        keys = sorted({*self.fills.executions(), *self.fills._plain})
        names = sorted({*self.world.state.breaks.open, *(id_of(TYPES[0], key) for key in keys)})
        if not names:
            return
        break_id = names[index % len(names)]
        key = executions.named(self.world.state, break_id)
        if key is None:
            return
        before = self.fills.evidence(key)
        execution = self.fills.execution(key)
        open_ = execution is not None and execution.disputed
        spans = outcomes.lots(execution) if open_ else {}
        booked = lots_of(execution.held()) if open_ else {}
        several = open_ and (execution.ruling is not None or execution.reused())
        versions = self.fills.versions(key)
        chosen = versions[version % len(versions)] if versions else None
        more = (
            {"version": chosen.content_hash.hex()}
            if chosen and (decision == "version" or (version and decision == "carry_in"))
            else {}
        )
        more |= {"account": account} if decision == "carry_in" else {}
        facts = self.said(break_id, decision, person, more, here=here)
        for fact in facts:
            if isinstance(fact, BreakResolved):
                assert more.get("version") or decision != "carry_in" or not open_
                self.settled(fact, key, before, versions)
                if several and decision == "both":
                    within(spans, booked, lots_of(self.fills.execution(key).held()))
            if isinstance(fact, ResolutionProposed):
                assert set(fact.evidence) == before
                self.proposed[fact.break_id] = fact

    def said(self, break_id, decision, person, more, *, here):
        if not here:
            return told(self.world, break_id, decision, person, **more)
        asked = ResolveAsked(break_id=break_id, decision=decision, reason="r", person=person,
                             actor="person", **more)  # fmt: skip
        try:
            return self.world.facts(asked)
        except RefusedError:
            return []

    def settled(self, fact, key, before, versions):
        """A decision settles what was looked at, by as many persons as its amount needs."""
        execution = self.fills.execution(key)
        assert set(fact.evidence) == before == execution.evidence
        assert [v.content_hash for v in execution.held()] == list(fact.holds)
        assert not execution.disputed
        names = [name.strip().casefold() for name in fact.persons]
        if len(names) == 1:
            alone = [sign(v.side) * v.quantity_lots for v in versions]
            held = sum(sign(v.side) * v.quantity_lots for v in execution.held())
            apart = max([held, *alone]) - min([held, *alone])
            most = self.world.state.rules.policy.decide_alone_max
            assert apart * 150_000 * 100 <= most, "one person decides of no more than that"
        else:
            first = self.proposed[fact.break_id]
            assert len(set(names)) == len(names)
            assert (first.evidence, first.holds) == (fact.evidence, fact.holds)

    def holds(self):
        """What holds after each sentence."""
        state = self.world.state
        told = {row["break_id"] for row in shown.listed(state) if row["proposed"]}
        assert told == set(state.breaks.proposals), "no word that waits is out of sight"
        assert all(shown.one(state, id_)["proposed"] for id_ in told)
        for execution in {id(e): e for e in self.fills.executions().values()}.values():
            self.holds_of(execution)
        for key, plain in self.fills._plain.items():
            assert self.is_open({key}, TYPES[1:3]) == (plain.account == DESK_SUSPENSE)
            assert not self.is_open({key}, TYPES[:1])
        for break_id, opened in self.world.state.breaks.open.items():
            assert len(break_id) < 60
            if opened.type in TYPES:
                assert executions.named(self.world.state, break_id) is not None
        self.counts()

    def holds_of(self, execution):
        assert self.is_open(execution.ids, TYPES[:1]) == execution.disputed
        held = execution.held()
        suspended = any(fill.account == DESK_SUSPENSE for fill in held)
        assert suspended <= self.is_open(execution.ids, TYPES[1:3])
        if not execution.disputed:
            assert suspended == self.is_open(execution.ids, TYPES[1:3])
            assert not outcomes.lots(execution)
            return
        for may_be in possible(execution):
            within(outcomes.lots(execution), lots_of(held), may_be)

    def is_open(self, keys, types):
        return any(id_of(t, key) in self.world.state.breaks.open for t in types for key in keys)

    def counts(self):
        """An order counts what is booked of it as ordered, and may execute the rest."""
        held = {id(e): e for e in self.fills.executions().values()}.values()
        booked = [*self.fills._plain.values(), *(fill for e in held for fill in e.held())]
        told = (r.fact for r in self.world.recorded if isinstance(r.fact, FillRecorded))
        booked += [fact for fact in told if not self.fills.holds(key_of(fact))]  # left the state
        exposed = self.world.exposure()
        orders = self.world.state.orders
        lots = buys = less = more = 0
        for order_id in self.orders[:2]:
            order = self.world.state.orders.orders.get(order_id)
            if order is not None:
                mine = [f for f in booked if f.order_id == order_id and f.account == DESK_OVERLAY]
                assert order.filled_lots == sum(fill.quantity_lots for fill in mine)
                buys += 0 if order.state is OrderState.DONE else max(0, 100 - order.filled_lots)
            executed = orders.executed(order_id, self.done_lots(order_id))
            assert self.is_open_of(order_id, "overfill") == (executed > 100)
            count = orders.counted.get(order_id)
            assert self.is_open_of(order_id, "cum_quantity") == (count is not None)
            if count is not None:
                assert count.cum_lots != executed, "a count stands until executions explain it"
                low, high = count.span(executed, order.remaining_lots if order else 0)
                less, more = less + low, more + high
        lots = self.world.state.positions.net(DESK_OVERLAY, WETH)
        low, high = self.fills.span(DESK_OVERLAY, WETH)
        assert exposed.overlay == (lots + low + less, lots + high + buys + more)

    def is_open_of(self, order_id, type_):
        return f"{type_}:{order_id}" in self.world.state.breaks.open

    def done_lots(self, order_id):
        """Return what was booked of an order at its newest end, by the ledger."""
        facts = [recorded.fact for recorded in self.world.recorded]
        ends = [f for f in facts if isinstance(f, OrderDone) and f.order_id == order_id]
        return ends[-1].filled_lots if ends else 0


def within(spans, booked, may_be):
    """What may be true, or is decided, was in the interval around what is booked."""
    for key in {*booked, *may_be, *spans}:
        low, high = spans.get(key, (0, 0))
        assert low <= may_be.get(key, 0) - booked.get(key, 0) <= high, (key, may_be)


def lots_of(fills):
    sums = {}
    for one in fills:
        key = one.account, one.instrument
        sums[key] = sums.get(key, 0) + sign(one.side) * one.quantity_lots
    return sums


def possible(execution):
    """Return what may be true of a disputed execution, by looking at its evidence as a whole."""
    ruling, by_order = execution.ruling, {}
    if ruling is None:
        for version in execution.versions:
            by_order.setdefault(version.order_id, []).append(version)
        if not execution.reused():
            return [lots_of([one]) for one in execution.candidates]
        each = itertools.product(*([None, *versions] for versions in by_order.values()))
        return [lots_of(filter(None, some)) for some in each]
    decided = execution.held()
    contents = [v for (_, hashed), v in execution.contents.items() if hashed in execution.news]
    news = [
        *contents,
        *(row.fill for row in execution.since(ruling, execution.told()) if row.rank),
    ]
    found = [decided, *((*decided, ruling.apply(v)) for v in contents)]
    found += [(*decided, *(ruling.apply(v) for v in contents if v.side == side)) for side in SIDES]
    if len({v.order_id for v in execution.versions}) == 1:
        found += [[ruling.apply(v)] for v in contents]
    found += [[ruling.apply(v)] for v in news[len(contents) :]]
    found += [[]] if BUST in execution.news else []
    return [lots_of(some) for some in found]


# an order of which one execution has left the state works again as the other one is taken back
LEFT = [
    ("correct", (("c1", "v"), 0, "buy", 60), ("x9", "v"), 0), ("fill", (X1, 0, "buy", 60)),
    ("close",), ("bust", ("x9", "v")),
]  # fmt: skip


@settings(max_examples=MAX, phases=[Phase.explicit, Phase.generate])
@given(st.lists(STEPS, min_size=3, max_size=12), st.sampled_from((0, ALONE, 10**12)))
@example(LEFT, ALONE)
def test_whatever_venues_and_people_say_the_books_and_breaks_are_as_the_evidence(steps, alone):
    story = Story(alone)
    for step in steps:
        story.take(step)
        story.holds()
    assert_programmes(story.world.state)
    story.world.assert_refolds()


LOTS = st.sampled_from((4, 30, 60, 120))


@settings(max_examples=MAX, phases=[Phase.generate])
@given(st.tuples(LOTS, LOTS), st.tuples(LOTS, LOTS), st.lists(STEPS, max_size=6))
def test_an_order_that_has_left_the_state_is_judged_by_its_own_numbers(executed, counts, steps):
    """Two orders share an execution id, end, are counted, and leave; then more is told."""
    story = Story(10**12)
    for index in (0, 1):
        story.take(("fill", ((f"own{index}", "v"), index, "buy", executed[index])))
        story.take(("fill", (X1, index, "buy", 4 + index)))
    for index, lots in enumerate((*executed, *counts)):
        story.take(("end", index % 2, lots))
    story.take(("close",))
    for step in steps:
        story.take(step)
        story.holds()
    story.world.assert_refolds()


def test_every_execution_has_a_break_of_its_own_that_can_be_typed():
    keys = [
        FillKey("a", account, scope, exec_id)
        for account in ("desk", "v" * 64)
        for scope in ("v", "w/1")
        for exec_id in ("x1", "x/1", "x_1", "e" * 63, "e" * 64, "%2F:é\n")
    ]
    names = sorted(id_of("fill_content", key) for key in keys)
    assert all(one != other for one, other in itertools.pairwise(names))
    assert all(name.isascii() and " " not in name and len(name) <= 60 for name in names)
