"""Evidence of executions in any order gives one position, and one doubt about it."""

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edgenode.core.breaks.executions import versions
from edgenode.core.observations import OrderAsked, Reported
from edgenode.core.state.doubts import COST
from edgenode.model.ids import DESK_OVERLAY
from edgenode.model.venue import BustReport, CorrectReport
from tests.core.breaks.test_resolving import resolve
from tests.core.orders.sent import fill, say, sent
from tests.core.orders.test_evidence import RICH
from tests.core.world import WETH, World, intent
from tests.examples import examples

IDS = st.sampled_from(["x1", "x2", "c1"])
WHAT = st.tuples(st.integers(0, 1), IDS, st.sampled_from([3, 7]), st.sampled_from([0, 100]))


def told(order, exec_id, lots, fee, at_ns=7):
    return lambda orders: fill(
        orders[order], exec_id, lots, fee_minor=fee, fee_currency="USDC" if fee else "",
        venue_time_ns=at_ns,
    )  # fmt: skip


def corrects(of, refers_to, version):
    made = told(*of)
    return lambda orders: CorrectReport(fill=made(orders), refers_to=refers_to, version=version)


def bust(exec_id):
    return lambda _: BustReport(
        venue="a", venue_account="desk", scope="venue", exec_id=exec_id, version=1, detail=""
    )


EVIDENCE = st.one_of(
    WHAT.map(lambda of: told(*of)),
    st.builds(corrects, WHAT, IDS, st.integers(0, 1)),
    IDS.map(bust),
)


def after(evidence):
    """Return what stands after some evidence: positions, doubt and what each order executed."""
    world = World(RICH)
    world.publish("a", 150_000)
    orders = []
    for name in ("ONE", "TWO"):
        ask = intent(name, account=DESK_OVERLAY, venue="a", lots=100, price=150_100)
        orders.append(world.facts(OrderAsked(ask, "rule:overlay"))[0].order_id)
    for one in evidence:
        world.observe(Reported(one(orders)))
    state = world.state
    totals = state.positions.totals.items()
    return (
        {key: (t.lots, t.fees_minor) for key, t in totals if t.lots or t.fees_minor},
        state.wallet.balances,
        state.fills.disputed,
        {key: span for key, span in state.fills.sums.items() if key[0] != COST},
        [state.orders.orders[order_id].filled_lots for order_id in orders],
        sum(b.type == "fill_content" for b in state.breaks.open.values()) > 0,
    )


KEPT = [
    told(1, "x1", 3, 0), told(0, "x1", 3, 0), told(1, "x1", 7, 0),
    corrects((1, "x1", 7, 0), "x1", 0),
]  # fmt: skip
TWO = [told(0, "x1", 3, 0), *(corrects((0, "x1", 7, 0), of, 0) for of in ("x1", "x2"))]
FEE = [told(0, "x1", 7, 0), corrects((0, "c1", 3, 0), "x1", 1), told(0, "c1", 3, 100)]
TIMES = [
    told(0, "x1", 7, 0), corrects((0, "c1", 3, 0, 8_500), "x1", 0),
    corrects((0, "c1", 3, 0, 8_000), "x1", 0), corrects((0, "c2", 7, 0, 8_200), "x1", 0),
]  # fmt: skip
NO_FEE = [
    told(0, "c1", 3, 100), corrects((0, "c1", 3, 200), "x1", 2),
    corrects((0, "c1", 3, 0), "x1", 2),
]  # fmt: skip
LATE = [
    told(0, "x1", 3, 0), told(0, "x1", 7, 100), told(1, "x1", 3, 0),
    corrects((0, "x1", 7, 0), "x1", 0), corrects((0, "x1", 7, 100), "x1", 0),
]  # fmt: skip


@settings(max_examples=examples(150))
@given(st.lists(EVIDENCE, min_size=2, max_size=4).flatmap(
    lambda some: st.tuples(st.just(some), st.permutations(some))
))  # fmt: skip
@example((KEPT, [KEPT[1], KEPT[3], KEPT[0], KEPT[2]]))
@example((TWO, TWO[::-1]))
@example((FEE, [FEE[2], FEE[0], FEE[1]]))
@example((LATE, [LATE[0], LATE[4], LATE[2], LATE[3], LATE[1]]))
@example((TIMES, TIMES[::-1]))
@example((NO_FEE, NO_FEE[::-1]))
def test_evidence_in_any_order_gives_one_position_and_one_doubt(runs):
    one, other = map(after, runs)
    assert one == other


@pytest.mark.parametrize("keeps_id", [False, True])
def test_the_fee_of_a_correction_may_be_told_as_an_execution(keeps_id):
    world, id_ = sent()
    say(world, fill(id_, lots=50, fee_minor=0))
    own = "x1" if keeps_id else "c1"
    right = fill(id_, own, 40, fee_minor=0)
    say(world, CorrectReport(fill=right, refers_to="x1", version=1))
    kind = "FillDisputed" if keeps_id else "FillRecorded"
    late = replace(right, fee_minor=100)
    assert [say(world, one) for one in (right, late, late, right)] == [[], [kind], [], []]
    (totals,) = world.state.positions.totals.values()
    assert (totals.lots, totals.fees_minor) == (40, 100)
    assert not world.state.breaks.open
    world.assert_refolds()


def decided(lots=(50, 40)):
    """Return a world where people said which of two contents, without fees, is true."""
    world, id_ = sent()
    for some in lots:
        say(world, fill(id_, lots=some, fee_minor=0))
    (name,) = world.state.breaks.open
    held = next(v for v in world.state.fills.versions(next(iter(world.state.fills.executions())))
                if v.quantity_lots == lots[0])  # fmt: skip
    for person in ("ann", "bob"):
        resolve(world, name, "version", person, version=held.content_hash.hex())
    return world, id_


@pytest.mark.parametrize(("lots", "fees"), [(50, 100), (40, 0)], ids=["true", "not true"])
def test_a_fee_that_comes_after_a_decision_changes_nothing_else(lots, fees):
    world, id_ = decided()
    assert say(world, fill(id_, lots=lots, fee_minor=100)) == ["FillDisputed"]
    (totals,) = world.state.positions.totals.values()
    assert (totals.lots, totals.fees_minor) == (50, fees)
    assert not world.state.breaks.open
    assert world.exposure().overlay == (50, 100)
    say(world, fill(id_, lots=lots, fee_minor=200))  # another fee is no fee that came later
    assert [b.type for b in world.state.breaks.open.values()] == ["fill_content"]
    world.assert_refolds()


def test_the_fee_of_a_carried_execution_that_comes_later_is_of_the_account_that_it_is_in():
    world, _ = sent()
    made = fill("N" * 20, fee_minor=0)
    say(world, made)
    (name,) = world.state.breaks.open
    resolve(world, name, "carry_in", account=DESK_OVERLAY)
    say(world, replace(made, fee_minor=100))
    fees = {key[0]: t.fees_minor for key, t in world.state.positions.totals.items()}
    assert fees[DESK_OVERLAY] == 100
    assert not world.state.breaks.open
    world.assert_refolds()


@settings(max_examples=examples(60))
@given(st.lists(st.tuples(st.integers(1, 100), st.integers(0, 300)), min_size=2, max_size=3,
                unique=True), st.data())  # fmt: skip
def test_whatever_people_decide_of_fees_in_the_base_was_in_the_interval(told, data):
    world, id_ = sent()
    for lots, fee in told:
        say(world, fill(id_, lots=lots, fee_minor=fee * 10**14, fee_currency="WETH"))
    net, span = world.state.positions.net, world.state.fills.span(DESK_OVERLAY, WETH)
    before = net(DESK_OVERLAY, WETH)
    for name in [b for b in world.state.breaks.open if b.startswith("fill_content")]:
        some = versions(world.state, world.state.breaks.open[name])
        held = data.draw(st.sampled_from(some))
        for person in ("ann", "bob"):
            resolve(world, name, "version", person, version=held.content_hash.hex())
        assert span[0] <= net(DESK_OVERLAY, WETH) - before <= span[1]
    world.assert_refolds()
