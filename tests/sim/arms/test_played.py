"""An arm is one world of recorded minutes: the same at every call, its books equal at its end."""

import json
from dataclasses import replace

import pytest

from edgenode.model.facts import FillRecorded, OrderGated
from edgenode.model.ids import DESK_BOOK, DESK_OVERLAY
from edgenode.sim.arms import kept, pool
from edgenode.sim.arms.played import first_apart, play
from edgenode.sim.arms.replay import ARMS, GIVEN, Window, settings
from edgenode.sim.arms.setting import Named, Setting
from edgenode.sim.recorded import MINUTE_NS, load
from edgenode.wire import verifier

DAY = load("2022-07-27")
FROM_NS = DAY.start_ns + 18 * 60 * MINUTE_NS  # the busiest minutes of the day
SLICE_NS = 30 * 10**9  # of the core: what was adopted before the cut is worked within one
SHORT = Setting(
    name="arm", day=DAY, from_ns=FROM_NS, to_ns=FROM_NS + 4 * MINUTE_NS, figures=GIVEN,
    event=Named("FOMC decision", FROM_NS, FROM_NS + 60 * MINUTE_NS),
)  # fmt: skip


@pytest.fixture(scope="module")
def played():
    return play(SHORT)


def of(facts, kind):
    return [fact for fact in facts if isinstance(fact, kind)]


def test_customers_trade_the_core_and_the_overlay_hedge_and_the_books_are_equal(played):
    facts = played.facts()
    assert played.answers == {201: 16}
    assert any(fill.account == DESK_BOOK for fill in of(facts, FillRecorded))
    assert any(order.account == DESK_OVERLAY for order in of(facts, OrderGated))
    assert played.core_fills()
    assert played.equal
    assert len(played.node.sealed) == played.centre_size


def test_the_same_setting_gives_the_same_ledgers(played):
    again = play(SHORT)
    assert [s.leaf for s in again.node.sealed] == [s.leaf for s in played.node.sealed]
    assert again.core_fills() == played.core_fills()
    assert again.truth == played.truth


def test_without_an_overlay_nothing_is_sent_outside():
    alone = play(replace(SHORT, figures=replace(GIVEN, overlay_enabled=False)))
    assert alone.equal
    assert alone.truth["a"] == alone.truth["b"] == []
    assert alone.core_fills()


def test_while_the_link_is_cut_the_centre_finishes_what_was_adopted_and_no_more():
    cut = SHORT.from_ns + MINUTE_NS, SHORT.to_ns
    apart = play(replace(SHORT, cut=cut))
    assert apart.equal
    assert len(apart.node.sealed) == apart.centre_size
    times = [fill.at_ns for fill in apart.core_fills()]
    assert times
    assert not [at for at in times if cut[0] + SLICE_NS <= at < cut[1]]


def test_a_window_that_ends_long_after_a_cut_began_ends_with_equal_books_too():
    """Longer than a stopping box waits for a link that is down."""
    to_ns = FROM_NS + 12 * MINUTE_NS
    apart = play(replace(SHORT, to_ns=to_ns, cut=(FROM_NS + MINUTE_NS, to_ns + 30 * MINUTE_NS)))
    assert apart.apart is None
    assert apart.equal
    assert len(apart.node.sealed) == apart.centre_size


def test_the_first_part_that_differs_is_named():
    assert first_apart({"a": 1, "b": 2}, {"a": 1, "b": 2}) is None
    assert first_apart({"b": 2, "a": 1}, {"a": 3, "b": 4}) == "a"
    assert first_apart({"a": 1, "b": 2}, {"a": 1}) == "b"


def test_mirrored_customers_do_the_opposite_at_the_same_prices(played):
    mirrored = play(replace(SHORT, direction=-1))
    mine, theirs = ([f for f in of(p.facts(), FillRecorded) if f.account == DESK_BOOK]
                    for p in (played, mirrored))  # fmt: skip
    sides = {"buy": "sell", "sell": "buy"}
    assert sides[mine[0].side] == theirs[0].side
    assert mine[0].quantity_lots == theirs[0].quantity_lots


def test_what_is_kept_is_a_ledger_that_a_stranger_can_verify(played, tmp_path):
    kept.keep(played, tmp_path)
    lines = (tmp_path / "arm" / "node.jsonl").read_text().splitlines()
    told = json.loads((tmp_path / "arm" / "setting.json").read_text())
    assert len(lines) == len(played.node.sealed) + 1
    assert verifier.verify(lines)["size"] == len(played.node.sealed)
    assert len(told["mid_ticks"]) == 4 * 60 + 1


def test_arms_are_played_side_by_side_and_come_with_their_places():
    made = dict(pool.each(len, ["a", "bb", "ccc"], jobs=2))
    assert made == {0: 1, 1: 2, 2: 3}


def test_an_arm_that_fails_ends_the_run():
    with pytest.raises(ZeroDivisionError):
        list(pool.each(_fails, [1, 0], jobs=2))


def _fails(number):
    return 1 // number


def test_a_replay_has_core_alone_and_ours_for_both_flows_and_links():
    window = Window(DAY, FROM_NS, 60)
    made = dict(settings(window, 0.01))
    assert list(made) == list(ARMS)
    assert {s.figures.overlay_enabled for arm, s in made.items() if arm.policy == "core"} == {
        False
    }
    cut = {s.cut for arm, s in made.items() if arm.link == "cut"}
    assert cut == {(FROM_NS + 15 * MINUTE_NS, FROM_NS + 45 * MINUTE_NS)}
