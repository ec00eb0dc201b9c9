"""Pushes of demand feeds: admitted before any work, declared once, and each row told of."""

import msgspec
import pytest

from edgenode.daemon.config import DemandFeed
from edgenode.daemon.control.facade import SignalsRequest
from edgenode.daemon.pushing import Pushes, source_of
from edgenode.model.errors import RefusedError
from tests.core.world import WETH
from tests.services.test_signals import START, Stage


def body(**fields):
    return msgspec.convert({"feed": "tickets", **fields}, SignalsRequest)


def rows(*values):
    return [{"t": START + i, "v": value} for i, value in enumerate(values)]


async def pushes(**bounds):
    stage = await Stage(**bounds).started()
    return stage, Pushes(stage.signals, stage.clock)


async def refused(work):
    with pytest.raises(RefusedError) as caught:
        await work
    assert caught.value.expected
    assert caught.value.do
    return caught.value.code


async def test_the_first_push_declares_and_later_ones_need_not():
    stage, pushing = await pushes()
    assert await refused(pushing.push(body(rows=rows(1)))) == "EN006"
    said = await pushing.push(body(rows=rows(1, "2.5"), instrument=WETH, kind="count"))
    assert said == {"feed": "tickets", "taken": 2, "duplicates": 0, "refused": 0,
                    "first_refused": []}  # fmt: skip
    assert (await pushing.push(body(rows=rows(1), kind="count")))["duplicates"] == 1
    assert await refused(pushing.push(body(rows=rows(1), kind="amount"))) == "EN007"
    source = stage.signals.sources.live["feed:tickets"].source
    assert (source.kind, source.form, source.step_s, source.decimals) == ("count", "each", 60, 3)


@pytest.mark.parametrize(
    ("value", "exact"), [(0.1, 100), ("0.100", 100), (3, 3_000), (1e3, 10**6)]
)
async def test_numbers_and_texts_mean_the_same(value, exact):
    stage, pushing = await pushes()
    await pushing.push(body(rows=rows(value), instrument=WETH))
    assert stage.store.kept["feed:tickets"].readings[0].value == exact


async def test_a_push_of_which_nothing_is_taken_is_an_error_and_a_mixed_one_is_not():
    _, pushing = await pushes()
    bad = {"t": "2022-02-30T00:00:00Z", "v": 1}
    assert await refused(pushing.push(body(rows=[bad], instrument=WETH))) == "EN013"
    said = await pushing.push(body(rows=[*rows(1), bad]))
    assert (said["taken"], said["refused"]) == (1, 1)
    assert said["first_refused"][0]["row"] == 2


async def test_an_empty_push_tells_until_when_all_was_told():
    stage, pushing = await pushes()
    await pushing.push(body(rows=rows(1), instrument=WETH))
    stage.clock.at_s = START + 200
    await pushing.push(body(until=START + 180))
    await stage.at(START + 300)
    assert [bar.value for bar in stage.store.held["feed:tickets"].values()] == [1_000, 0, 0]


async def test_requests_and_rows_of_a_minute_are_bounded():
    stage, pushing = await pushes(requests_per_minute_max=3, rows_per_minute_max=5)
    for _ in range(3):
        pushing.admit()
    with pytest.raises(RefusedError) as caught:
        pushing.admit()
    assert (caught.value.code, caught.value.do[:18]) == ("EN012", "send it again in 6")
    stage.clock.at_s += 60
    pushing.admit()
    assert await refused(pushing.push(body(rows=rows(*range(6)), instrument=WETH))) == "EN012"
    assert stage.store.kept["feed:tickets"].readings == ()
    assert (await pushing.push(body(rows=rows(1, 2, 3, 4, 5))))["taken"] == 5
    with pytest.raises(RefusedError):
        pushing.admit()


async def test_a_feed_that_is_forgotten_may_be_declared_otherwise():
    _, pushing = await pushes()
    await pushing.push(body(rows=rows(1), instrument=WETH))
    assert await pushing.forget("tickets") == {"feed": "tickets", "forgotten": True}
    assert await refused(pushing.forget("tickets")) == "EN006"
    await pushing.push(body(rows=rows(1), instrument=WETH, form="counter"))


@pytest.mark.parametrize(
    "fields",
    [{"rows": [{"t": -1, "v": 1}]}, {"rows": [{"t": 1, "v": -1}]}, {"rows": [{"t": 1}]},
     {"rows": [{"t": 1, "v": 1e16}]}, {"feed": "a/b"}, {"feed": ""}, {"step_s": 7},
     {"rows": [{"t": 1, "v": 1}] * 1_001}, {"decimals": 10}, {"surprise": 1}],
)  # fmt: skip
def test_a_body_of_another_shape_is_none(fields):
    with pytest.raises(msgspec.ValidationError):
        body(**fields)


def test_a_feed_of_the_configuration_is_the_same_source():
    feed = DemandFeed(id="x", instrument=WETH, utc_offset_min=-300, step_s=300)
    source = source_of(feed)
    assert (source.id, source.instrument, source.offset_min) == ("feed:x", WETH, -300)
    assert (source.step_s, source.decimals) == (300, 3)
