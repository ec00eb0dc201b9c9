"""The algebra of fills: any evidence of an execution, in any order, any number of times, gives one
position. Held against an oracle that looks at the whole set at once."""

import itertools
import os
import random
from dataclasses import dataclass, replace

import pytest

from edgenode.core.observations import OrderAsked, Reported
from edgenode.daemon.paper import PaperWorld
from edgenode.model.errors import RefusedError
from edgenode.model.ids import DESK_OVERLAY
from edgenode.model.orders import sign
from edgenode.model.venue import BustReport, CorrectReport, FillReport, Finished
from tests.core.breaks.test_resolving import resolve
from tests.core.world import SECOND, WETH, World, intent

CASES = int(os.environ.get("EDGENODE_FILL_CASES", "20000"))
PER_WORLD = 2_500
LOTS = 60
RICH = PaperWorld(
    venues=("a",), cost_limit=10**9, event_spend_max=10**9, cash_limit=10**10, funds_cash=10**10,
    position_lots=10**7, funds_lots=10**7,
)  # fmt: skip


@dataclass(frozen=True)
class Said:
    """One piece of evidence, about ids of one case: a fill, a correction or a bust."""

    kind: str
    exec_id: str
    lots: int = 0
    price: int = 150_010
    refers_to: str = ""
    version: int = 0
    at: int = 1

    def report(self, order_id, side):
        if self.kind == "bust":
            return BustReport(
                venue="a", venue_account="desk", scope="venue", exec_id=self.exec_id,
                version=self.version, detail="trade cancel",
            )  # fmt: skip
        made = FillReport(
            venue="a", venue_account="desk", scope="venue", exec_id=self.exec_id,
            order_id=order_id, instrument=WETH, side=side, quantity_lots=self.lots,
            price_ticks=self.price, fee_minor=10, fee_currency="USDC", venue_time_ns=self.at,
        )  # fmt: skip
        if self.kind == "fill":
            return made
        return CorrectReport(fill=made, refers_to=self.refers_to, version=self.version)


def truth(evidence):
    """Return (booked lots, lowest, highest) of a set of evidence, looking at it as a whole.

    And whether an id is a correction's and another execution's as well: `highest` is the least
    that may then be true at most, each execution as it was told.
    """
    groups = {said.exec_id: {said.exec_id} for said in evidence}
    for said in evidence:
        if said.kind == "correct":
            whole = groups.setdefault(said.refers_to, {said.refers_to}) | groups[said.exec_id]
            for id_ in whole:
                groups[id_] = whole
    booked = low = high = 0
    again = False
    for ids in {frozenset(ids) for ids in groups.values()}:
        mine = [said for said in evidence if said.exec_id in ids]
        if any(used_again(said, mine) for said in mine):
            again = True
            fills = [said for said in mine if said.kind == "fill"]
            for id_ in {said.exec_id for said in fills}:
                high += max(said.lots for said in fills if said.exec_id == id_)
            continue
        if any(said.kind == "bust" for said in mine):
            continue
        corrected = [said for said in mine if said.kind == "correct"]
        if corrected:
            versions = {max((s.version, s.at, s.exec_id) for s in corrected)}
            lots = {s.lots for s in corrected if (s.version, s.at, s.exec_id) in versions}
        else:
            lots = {said.lots for said in mine}
        booked, low, high = booked + min(lots), low + min(lots), high + max(lots)
    return booked, low, high, again


def used_again(said, mine):
    """Return whether a correction has the id of an execution that it is not of.

    A correction that names its own id says that this is an execution.
    """
    named = said.kind == "correct" and said.refers_to != said.exec_id
    here = [other for other in mine if other.exec_id == said.exec_id and other.kind != "bust"]
    own = [other for other in here if other.kind == "fill" or other.refers_to == other.exec_id]
    return named and any(other.lots != said.lots for other in own)


def drawn(rng, case):
    """Draw a set of evidence on up to three executions of one order."""
    found = []
    for number in range(rng.randint(1, 3)):
        name = f"x{case}.{number}"
        lots = rng.randint(1, LOTS // 3)
        shape = rng.choice(("plain", "bust", "correct", "chain", "dispute", "all", "lost"))
        if shape != "lost":
            found.append(Said("fill", name, lots))
        if shape in {"correct", "chain", "all", "lost"}:
            found.append(Said("correct", f"{name}c1", max(1, lots - 2), refers_to=name, version=1))
        if shape in {"chain", "all"}:
            named = rng.choice((name, f"{name}c1"))  # the original, or the latest correction
            found.append(Said("correct", f"{name}c2", lots + 1, refers_to=named, version=2, at=2))
        if shape in {"dispute", "all"}:
            found.append(Said("fill", name, lots + rng.randint(1, 3)))
        if rng.random() < 0.1:  # a correction that keeps the id of what it corrects
            found.append(Said("correct", name, lots + 2, refers_to=name, version=3))
        if number and rng.random() < 0.1:  # one under the id of another execution
            other = f"x{case}.{number - 1}"
            found.append(Said("correct", other, lots + 3, refers_to=name, version=4 + number))
        if shape in {"bust", "all"} and rng.random() < 0.7:
            found.append(Said("bust", rng.choice([s.exec_id for s in found if name in s.exec_id])))
    return found


def say(world, said, order_id, side):
    return world.observe(Reported(said.report(order_id, side)))


@pytest.mark.campaign
@pytest.mark.parametrize("start", range(0, CASES, PER_WORLD))
def test_any_evidence_in_any_order_any_number_of_times_is_one_position(start):
    rng = random.Random(20260728 + start)
    world = World(RICH)
    for case in range(start, min(CASES, start + PER_WORLD)):
        one_case(world, rng, case)
        del world.recorded[:-1]


def one_case(world, rng, case):
    world.now += SECOND
    world.publish("a", 150_000)
    side = rng.choice(("buy", "sell"))
    ask = intent(f"H{case}", side=side, account=DESK_OVERLAY, venue="a", lots=LOTS,
                 price=150_300 if side == "buy" else 149_700, time_in_force="ioc")  # fmt: skip
    order_id = world.facts(OrderAsked(ask, "rule:overlay"))[0].order_id
    evidence = drawn(rng, case)
    run = evidence + rng.choices(evidence, k=rng.randint(0, 3))
    rng.shuffle(run)
    run.insert(rng.randrange(len(run) + 1), None)  # its end: final for what is held, not for these
    closes = rng.random() < 0.5  # what has ended leaves the state in the middle of its evidence
    for said in run:
        if closes and rng.random() < 0.5:
            world.close_orders()
        if said is None:
            end = Finished(venue="a", order_id=order_id, reason="canceled", cum_lots=0)
            world.observe(Reported(end))
        else:
            say(world, said, order_id, side)
    booked, low, high, again = truth(evidence)
    signs = sign(side)
    assert world.state.positions.net(DESK_OVERLAY, WETH) == signs * booked, (case, run)
    span = world.state.fills.span(DESK_OVERLAY, WETH)
    least, most = sorted(signs * lots for lots in span)
    assert least == low - booked, (case, run)
    assert most == high - booked or (again and most > high - booked), (case, run)
    for said in evidence:  # all of it once more: nothing to record
        assert not say(world, said, order_id, side), (case, said)
    for said in {s.exec_id: s for s in evidence}.values():  # and all of it taken back: nothing
        say(world, replace(said, kind="bust"), order_id, side)
    if again:  # of which execution, nobody can tell: people decide
        for break_id in [b for b in world.state.breaks.open if b.startswith("fill_content")]:
            for person in ("ann", "bob"):
                resolve(world, break_id, "never_happened", person)
    assert world.state.positions.net(DESK_OVERLAY, WETH) == 0
    assert world.state.fills.span(DESK_OVERLAY, WETH) == (0, 0)


def sent_and_done(world, name="H", lots=LOTS, cum=0):
    """Return the id of an order that was sent to venue a and ended there."""
    world.publish("a", 150_000)
    ask = intent(name, account=DESK_OVERLAY, venue="a", lots=lots, price=150_300,
                 time_in_force="ioc")  # fmt: skip
    order_id = world.facts(OrderAsked(ask, "rule:overlay"))[0].order_id
    finish(world, order_id, cum)
    return order_id


def finish(world, order_id, cum, reason="canceled"):
    end = Finished(venue="a", order_id=order_id, reason=reason, cum_lots=cum)
    return world.facts(Reported(end))


@pytest.mark.parametrize("closed", [False, True])
def test_a_correction_may_keep_the_id_of_what_it_corrects(closed):
    world = World(RICH)
    order_id = sent_and_done(world)
    said = Said("fill", "x1", 30)
    say(world, said, order_id, "buy")
    if closed:
        world.close_orders()
    say(world, Said("correct", "x1", 25, refers_to="x1", version=1), order_id, "buy")
    assert world.state.positions.net(DESK_OVERLAY, WETH) == 25
    assert say(world, said, order_id, "buy") == []
    world.assert_refolds()


REUSES = {
    "a correction takes an execution's id": (
        *(Said("fill", "x1", 40), Said("fill", "x2", 30)),
        Said("correct", "x2", 35, refers_to="x1", version=1),
    ),
    "an execution takes a correction's id": (
        *(Said("fill", "x1", 40), Said("correct", "x2", 35, refers_to="x1", version=1)),
        Said("fill", "x2", 30),
    ),
    "two corrections take one id": (
        *(Said("fill", "x1", 40), Said("fill", "x0", 33)),
        Said("correct", "x2", 35, refers_to="x1", version=1),
        Said("correct", "x2", 30, refers_to="x0", version=1),
    ),
    "executions alike": (
        *(Said("fill", "x1", 30), Said("fill", "x2", 30)),
        Said("correct", "x2", 35, refers_to="x1", version=1),
    ),
}


@pytest.mark.parametrize("told", REUSES.values(), ids=REUSES)
@pytest.mark.parametrize("closed", [False, True])
def test_an_id_of_a_correction_and_of_another_execution_is_for_people(told, closed):
    world = World(RICH)
    order_id = sent_and_done(world)
    for said in told:
        say(world, said, order_id, "buy")
        if closed:
            world.close_orders()
    (break_id,) = [b for b in world.state.breaks.open if b.startswith("fill_content")]
    low, high = world.exposure().overlay
    assert low == 0
    assert high >= 65
    assert [say(world, said, order_id, "buy") for said in told] == [[]] * len(told)
    (proposed,) = resolve(world, break_id, "never_happened")
    assert proposed.amount_minor >= 65 * 150_010 * 100, "all that may be true"
    for person in ("ann", "bob"):
        resolve(world, break_id, "both", person)
    assert world.exposure().overlay == (65, 65)
    assert break_id not in world.state.breaks.open
    world.assert_refolds()


def test_an_execution_under_a_corrections_id_that_tells_the_correction_is_no_other_one():
    told = Said("fill", "c1", 35), Said("correct", "c1", 35, refers_to="x1", version=1)
    for some in (told, told[::-1]):
        world = World(RICH)
        order_id = sent_and_done(world)
        for said in (Said("fill", "x1", 40), *some):
            say(world, said, order_id, "buy")
        assert world.exposure().overlay == (35, 35)
        assert not [b for b in world.state.breaks.open if b.startswith("fill_content")]
        world.assert_refolds()


@pytest.mark.parametrize("fee", range(100, 110))
def test_the_fee_of_a_correction_that_comes_later_is_booked_once(fee):
    world = World(RICH)
    order_id = sent_and_done(world)
    say(world, Said("fill", "x1", 40), order_id, "buy")
    right = Said("correct", "c1", 35, refers_to="x1", version=1).report(order_id, "buy")
    for late in (0, fee, 0, fee):
        world.observe(Reported(replace(right, fill=replace(right.fill, fee_minor=late))))
    assert sum(t.fees_minor for t in world.state.positions.totals.values()) == fee
    assert not [b for b in world.state.breaks.open if b.startswith("fill_content")]
    world.assert_refolds()


def test_corrections_of_one_id_and_version_that_differ_are_disputed():
    world = World(RICH)
    order_id = sent_and_done(world)
    say(world, Said("fill", "x1", 40), order_id, "buy")
    for lots in (35, 30):
        say(world, Said("correct", "c1", lots, refers_to="x1", version=1), order_id, "buy")
    assert world.exposure().overlay == (30, 35)
    (break_id,) = [b for b in world.state.breaks.open if b.startswith("fill_content")]
    with pytest.raises(RefusedError) as refused:
        resolve(world, break_id, "both")
    assert refused.value.code == "EN002"
    assert "--version HASH,HASH" in refused.value.do


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("closed", [False, True])
def test_of_an_id_given_twice_each_content_may_be_told_again_before_its_fee(which, closed):
    """Whichever of them came first: it says nothing new."""
    world = World(RICH)
    orders = [sent_and_done(world, name) for name in ("ONE", "TWO")]
    told = [
        replace(Said("fill", "x1", lots).report(order_id, "buy"), fee_minor=lots)
        for lots, order_id in zip((30, 20), orders, strict=True)
    ]
    for report in told:
        world.observe(Reported(report))
    if closed:
        world.close_orders()
    early = replace(told[which], fee_minor=0)
    assert world.observe(Reported(early)) == []
    assert world.observe(Reported(replace(early, quantity_lots=21))) != []
    world.assert_refolds()


@pytest.mark.parametrize("closed", [False, True])
def test_a_count_that_the_books_do_not_reach_is_a_break_until_they_do(closed):
    world = World(RICH)
    order_id = sent_and_done(world)
    if closed:
        world.close_orders()
    # it said canceled, with nothing executed
    (broken, counted) = finish(world, order_id, 60, "filled")
    assert (broken.type, broken.detail) == (
        "cum_quantity",
        "the venue executed 0.60 WETH, 0.00 WETH are booked",
    )
    assert (counted.cum_lots, world.exposure().overlay.high) == (60, 60)
    assert finish(world, order_id, 60, "filled") == []
    say(world, Said("fill", "x1", 40), order_id, "buy")
    assert broken.break_id in world.state.breaks.open
    say(world, Said("fill", "x2", 20), order_id, "buy")
    assert broken.break_id not in world.state.breaks.open
    assert finish(world, order_id, 60, "filled") == []
    left = sorted(found.type for found in world.state.breaks.open.values())
    assert left == [
        "after_end",
        "after_end",
    ]  # the first end is still contradicted: a person looks
    world.assert_refolds()


def test_more_than_was_ordered_is_found_also_after_an_order_left_and_over_several_late_fills():
    world = World(RICH)
    order_id = sent_and_done(world)
    say(world, Said("fill", "x0", 20), order_id, "buy")  # late, before it leaves
    world.close_orders()
    _, late = [r.fact for r in say(world, Said("fill", "x1", 40), order_id, "buy")]
    assert (late.type, late.detail) == (
        "after_end",
        "buy 0.40 WETH at 1500.10 USDC, after its end as canceled with 0.00 WETH executed",
    )
    world.close_orders()
    _, _, broken = [r.fact for r in say(world, Said("fill", "x2", 5), order_id, "buy")]
    assert (broken.type, broken.detail) == ("overfill", "0.65 WETH executed of 0.60 WETH ordered")
    gone = say(world, Said("bust", "x1"), order_id, "buy")
    assert [r.entry.kind for r in gone] == [
        *("FillBusted", "BreakClosed"),  # of x1: after the end
        "BreakClosed",  # no overfill
    ]
    right = say(world, Said("correct", "c2", 4, refers_to="x2", version=1), order_id, "buy")
    assert [r.entry.kind for r in right] == [
        *("FillCorrected", "BreakClosed", "BreakOpened"),  # of x2 and of c2: after the end
    ]
    world.assert_refolds()


def test_contents_in_two_instruments_may_both_be_true_and_neither_is_booked():
    world = World(RICH)
    world.adopt(replace(world.state.rules.instruments[WETH], id="B-USDC"))
    order_id = sent_and_done(world)
    made = Said("fill", "x1", 5).report(order_id, "buy")
    world.observe(Reported(made))
    world.observe(Reported(replace(made, instrument="B-USDC")))
    spans = {key[1]: span for key, span in world.state.fills.disputed.items()}
    assert spans == {WETH: (0, 5), "B-USDC": (0, 5)}
    assert world.state.positions.net(DESK_OVERLAY, WETH) == 0
    world.assert_refolds()


def test_evidence_long_after_an_order_left_the_state():
    world = World(RICH)
    world.publish("a", 150_000)
    ask = intent("H", account=DESK_OVERLAY, venue="a", lots=LOTS, price=150_300,
                 time_in_force="ioc")  # fmt: skip
    order_id = world.facts(OrderAsked(ask, "rule:overlay"))[0].order_id
    for number in range(3):
        say(world, Said("fill", f"x{number}", 20), order_id, "buy")
    world.close_orders()
    assert not world.state.orders.orders
    assert not say(world, Said("fill", "x0", 20), order_id, "buy")  # the same again
    late, broken = world.facts(Reported(Said("fill", "x9", 1).report(order_id, "buy")))
    assert late.account == DESK_OVERLAY  # not an unknown order
    assert (broken.type, broken.detail) == ("overfill", "0.61 WETH executed of 0.60 WETH ordered")
    say(world, Said("bust", "x0"), order_id, "buy")
    say(world, Said("correct", "c1", 15, refers_to="x1", version=1), order_id, "buy")
    again = say(world, Said("fill", "x2", 22), order_id, "buy")
    assert [r.entry.kind for r in again] == ["FillDisputed", "BreakOpened"]
    assert world.state.positions.net(DESK_OVERLAY, WETH) == 0 + 15 + 20 + 1
    assert world.state.fills.span(DESK_OVERLAY, WETH) == (0, 2)
    world.assert_refolds()


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize("said", ["bust", "correct"])
def test_what_a_venue_says_of_an_id_it_gave_twice_decides_nothing(said, closed):
    """Both orders executed under one id: which one a bust means, nobody can tell."""
    for order in itertools.permutations(range(3)):
        world = World(RICH)
        first, second = sent_and_done(world, "ONE"), sent_and_done(world, "TWO")
        evidence = [
            (Said("fill", "x1", 30), first), (Said("fill", "x1", 20, price=150_020), second),
            (Said(said, "x1" if said == "bust" else "x1c", 25, refers_to="x1", version=1), second),
        ]  # fmt: skip
        for index in order:
            say(world, *evidence[index], "buy")
            if closed:
                world.close_orders()
        assert world.state.positions.net(DESK_OVERLAY, WETH) == 0
        low, high = world.state.fills.span(DESK_OVERLAY, WETH)
        assert (low, high) == (0, 50 if said == "bust" else 55)
        assert [b.type for b in world.state.breaks.open.values()].count("fill_content") == 1
        world.assert_refolds()
