"""Kept bars of sources are learned together, as they would have been when they closed."""

from edgenode.core.estimate.kept import save
from edgenode.core.estimate.live import LiveForecast
from edgenode.model.signals import Bar, Source
from edgenode.services import learning
from edgenode.services.learning import catch_up, hear_each_other, learn
from tests.core.estimate.forecast.series import wandering
from tests.services.bar_store import MemoryBars

START = 1_800_000_000
A, B = (Source(id=f"feed:{name}", instrument="WETH-USDC", decimals=2) for name in "ab")


def bars_of(seed, count, missing=()):
    return [
        Bar(begins_s=START + 60 * i, value=round(100 * value))
        for i, value in enumerate(wandering(seed, count, step_s=60))
        if i not in missing
    ]


def lives():
    found = [LiveForecast(source) for source in (A, B)]
    for live, other in (found, found[::-1]):
        live.aggregate.join(other.source.id, 60, counts=False)
    return found


def state(live):
    return live.said, save(live.signal, live.detector, live.aggregate)


async def test_caught_up_with_they_say_what_they_said_when_bars_closed_one_by_one():
    store, kept = MemoryBars(), {A.id: bars_of(1, 900, {5, 6}), B.id: bars_of(2, 880, {400})}
    for source in (A, B):
        await store.declare(source)
        store.held[source.id] = {bar.begins_s: bar for bar in kept[source.id]}
    closing, caught = lives(), lives()
    for i in range(900):
        at_s = START + 60 * i
        found = [(one, [b for b in kept[one.source.id] if b.begins_s == at_s]) for one in closing]
        hear_each_other(found)
        for one, bars in found:
            await learn(one, bars)
            one.passed(at_s + 60)
    await catch_up(store, caught, dict.fromkeys((A.id, B.id), START + 60 * 900))
    for one, other in zip(closing, caught, strict=True):
        assert state(one) == state(other)
        assert not other.learning


async def test_a_forecast_that_fails_begins_anew_and_ends_nothing(monkeypatch):
    live, _ = lives()

    def failing(*_):
        raise ZeroDivisionError

    await learn(live, bars_of(1, 3))
    monkeypatch.setattr(live.signal, "bar", failing)
    await learn(live, [Bar(begins_s=START + 600, value=1), Bar(begins_s=START + 660, value=1)])
    assert live.signal.bars == 1


def test_a_window_is_never_longer_than_what_is_read_at_once():
    assert learning.WINDOW_S // 60 < learning.READ_AT_ONCE
