import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.observations import Reported, ResolveAsked
from edgenode.core.state.exposure import Exposure, Interval, bound, reduces, with_order
from edgenode.daemon.paper import PaperWorld
from edgenode.model.venue import BustReport
from tests.core.orders.sent import fill
from tests.core.world import WETH, World

lots = st.integers(-1_000, 1_000)
intervals = st.tuples(lots, lots).map(lambda ends: Interval(*sorted(ends)))


def outcomes(net, signed):
    """All positions that the interval's ends and any part of an order can lead to."""
    return [end + part for end in net for part in (0, signed)]


@given(intervals, lots)
def test_an_order_widens_to_exactly_its_outcomes(net, signed):
    after = with_order(net, signed)
    assert (after.low, after.high) == (min(outcomes(net, signed)), max(outcomes(net, signed)))


@given(intervals, lots)
def test_an_order_reduces_exactly_if_no_outcome_is_worse_and_none_changes_sign(net, signed):
    after = with_order(net, signed)
    crosses = after.high > max(0, net.high) or after.low < min(0, net.low)
    assert reduces(*net, signed) == (not crosses and after.worst <= net.worst)


@given(intervals, lots)
def test_a_reducing_order_never_makes_the_worst_case_worse_nor_changes_sign(net, signed):
    if reduces(*net, signed):
        assert max(map(abs, outcomes(net, signed))) <= max(map(abs, net))
        if net.low >= 0:
            assert min(outcomes(net, signed)) >= 0
        if net.high <= 0:
            assert max(outcomes(net, signed)) <= 0


@pytest.mark.parametrize(
    ("low", "high", "signed", "expected"),
    [
        (100, 100, -100, True),
        (100, 100, -101, False),  # a change of sign
        (100, 100, 1, False),
        (-50, 100, 10, False),  # part of the sell side is in flight
        (0, 0, 0, True),
    ],
)
def test_examples_of_reducing(low, high, signed, expected):
    net = Interval(low, high)
    assert reduces(*net, signed) is expected


def exposure(agreed, mandate, overlay, book=None, inflight=None):
    return Exposure(
        agreed=agreed,
        book=book or Interval(agreed, agreed),
        mandate=mandate,
        overlay_agreed=overlay,
        overlay=inflight or Interval(overlay, overlay),
    )


@given(lots, lots, lots, intervals)
def test_the_allowed_change_passes_the_target_in_no_outcome(agreed, mandate, overlay, open_):
    inflight = Interval(overlay + min(0, open_.low), overlay + max(0, open_.high))
    found = exposure(agreed, mandate, overlay, inflight=inflight)
    change = found.allowed_change()
    for held in inflight:
        gap = found.target - held
        if change > 0:
            assert change <= max(0, gap)
        if change < 0:
            assert change >= min(0, gap)


def test_the_target_counts_the_mandate_and_only_what_is_agreed():
    found = exposure(-300, 120, 50, book=Interval(-400, -300))
    assert found.target == 180
    assert found.net == Interval(-230, -130)
    assert found.net_agreed == -130
    assert found.allowed_change() == 130


@pytest.mark.parametrize("sure", [0, 100, -100, -500])
def test_of_what_is_in_doubt_the_target_is_what_all_versions_agree_on(sure):
    """People decided that the desk bought 300 lots; then their venue took that back."""
    world = World(PaperWorld(venues=("a",), decide_alone_max=10**15))
    world.publish("a", 150_000)
    told = [("s1", 300), *([("s0", sure)] if sure else [])]
    for exec_id, lots_told in told:
        side = "buy" if lots_told > 0 else "sell"
        stray = fill("N" * 20, exec_id, abs(lots_told), side=side, fee_minor=0)
        world.observe(Reported(stray))
        (about,) = [id_ for id_ in world.state.breaks.open if id_.startswith("unknown_order")]
        decided = ResolveAsked(break_id=about, decision="carry_in", reason="", person="ann",
                               actor="ann", account="desk:book")  # fmt: skip
        world.observe(decided)
    assert world.exposure().target == -(300 + sure)
    world.observe(
        Reported(BustReport(venue="a", venue_account="desk", scope="venue", exec_id="s1",
                            version=1, detail=""))
    )  # fmt: skip
    seen = world.exposure()
    assert seen.book == (sure, 300 + sure)
    assert seen.target == -seen.book.nearest_zero()
    assert seen.least_room("sell", 0) == ((0, 0), abs(seen.book.nearest_zero()))


def test_the_one_bound():
    assert bound(Interval(-10, 400), 100, 20, 30, 0) == 400  # what is held already stays allowed
    assert bound(Interval(0, 0), 100, 20, 30, 5) == 155


def test_the_nearest_member_to_zero():
    assert Interval(-3, 5).nearest_zero() == 0
    assert Interval(2, 5).nearest_zero() == 2
    assert Interval(-5, -2).nearest_zero() == -2


def test_fills_of_unknown_orders_never_offset_each_other():
    world = World(PaperWorld(venues=("a",)))
    for exec_id, side, lots in (("e", "buy", 5), ("f", "sell", 5), ("g", "sell", 2)):
        report = fill("Z", lots=lots, side=side, exec_id=exec_id)
        world.observe(Reported(report))
    found = world.exposure()
    assert found.agreed == 0
    assert found.book == Interval(-7, 5)
    assert world.state.positions.desk(None, WETH).gross_lots == 12
    bust = BustReport(
        venue="a", venue_account="desk", scope="venue", exec_id="f", version=1, detail=""
    )
    world.observe(Reported(bust))
    assert world.exposure().book == Interval(-2, 5)
    world.assert_refolds()
