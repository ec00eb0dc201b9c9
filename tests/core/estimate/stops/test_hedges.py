"""Each venue's hedges are judged by both triggers, anew only when another one ended."""

from edgenode.core.estimate.stops import hedges as module
from edgenode.core.estimate.stops.hedges import Hedges
from edgenode.core.state.hedged import Hedged, HedgeKey, Rows, Went

KEY = HedgeKey("a", "WETH-USDC")
MISSES = [Went(i, 1, 100, 0, None) for i in range(90)]


def part(rows):
    return Hedged(went={KEY: Rows(len(rows), rows)})


def test_a_venue_is_shown_by_both_triggers():
    found = list(Hedges().rows(part(MISSES), {}))
    assert [(row.kind, row.state) for row in found] == [
        ("slippage", "warming"), ("fill_rate", "stops"),
    ]  # fmt: skip
    assert found[1].cause == "stress:fill_rate:a/WETH-USDC"


def test_a_release_is_of_one_trigger():
    released = {"stress:fill_rate:a/WETH-USDC": MISSES[-1].at_ns}
    assert [row.state for row in Hedges().rows(part(MISSES), released)] == ["warming", "quiet"]


def test_it_is_judged_anew_only_when_another_hedge_ended_or_was_released(monkeypatch):
    asked = []
    judged = module.fill_rate.judged
    monkeypatch.setattr(
        module.fill_rate, "judged", lambda rows, at: asked.append(at) or judged(rows, at)
    )
    held, hedged = Hedges(), part(MISSES)
    for _ in range(3):
        list(held.rows(hedged, {}))
    assert asked == [-1]
    list(held.rows(hedged, {"stress:fill_rate:a/WETH-USDC": 5}))
    assert asked == [-1, 5]
    hedged.went[KEY].count += 1
    list(held.rows(hedged, {"stress:fill_rate:a/WETH-USDC": 5}))
    assert asked == [-1, 5, 5]


def test_a_start_judges_as_the_life_did():
    live = Hedges()
    for count in range(1, len(MISSES) + 1):
        rows = part(MISSES[:count])
        assert list(live.rows(rows, {})) == list(Hedges().rows(rows, {}))


def test_what_left_the_state_is_kept_no_more():
    held = Hedges()
    list(held.rows(part(MISSES), {}))
    assert not list(held.rows(Hedged(), {}))
    assert not held._found
