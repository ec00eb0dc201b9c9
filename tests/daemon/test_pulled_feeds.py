"""Pulled feeds of the configuration: one way for their rows, and what an operator is told."""

import random

import msgspec
import pytest

from edgenode.daemon import listening
from edgenode.daemon.config import Config
from edgenode.daemon.pulled_feeds import read
from edgenode.daemon.view.signals import problems, signals
from edgenode.model.errors import RefusedError, UnreachableError
from tests.core.world import World
from tests.services.bar_store import MemoryBars
from tests.services.test_pulling import Scripted, Wall
from tests.services.test_signals import START, Clock

ROW = f'{{"t":{START},"v":3,"id":"a"}}'
URL = "wss://feeds.example:9/secret?token=1"


def heard(**more):
    feed = {"id": "x", "instrument": "WETH-USDC", "url": URL, **more}
    config = msgspec.convert({"demand_feeds": [feed, {"id": "y", "instrument": "W"}]}, Config)
    streams, wall = listening.streams_of(config), Wall()
    assert list(streams) == ["x"]
    wall.ns = START * 10**9
    pulled = listening.Pulled({"x": Scripted()}, wall, random.Random(1))
    rules = World().state.rules
    made = listening.heard(MemoryBars(), config, Clock(), lambda: rules, pulled)
    made.pulls[0].stream.url = URL
    return made, wall


@pytest.mark.parametrize("text", [f"[{ROW}]", f' {{"rows":[{ROW}],"until":{START},"feed":"x"}}'])
def test_a_message_is_rows_or_the_body_of_a_push(text):
    body = read("x", text)
    assert (body.feed, body.rows[0].id, len(body.rows)) == ("x", "a", 1)


@pytest.mark.parametrize(
    "text", ["", "7", '{"rows":7}', f'{{"rows":[{ROW}],"feed":"y"}}', '{"instrument":"W"}',
             f"[{','.join([ROW] * 1_001)}]"],
)  # fmt: skip
def test_any_other_message_is_refused(text):
    with pytest.raises(RefusedError) as caught:
        read("x", text)
    assert caught.value.code == "EN002"


async def test_rows_of_a_message_count_once_and_by_the_quota_of_pushes():
    made, _ = heard()
    await made.signals.start()
    await made.signals.close()
    take = made.pulls[0]._take
    for _ in range(2):
        await take(f"[{ROW}]")
    counts = {o.value: n for (name, o), n in made.signals.sources.counts.items() if n}
    assert counts == {"taken": 1, "duplicate": 1}
    assert made.signals.quota.requests == 2
    made.signals.quota.requests = made.signals.quota.requests_max
    with pytest.raises(RefusedError) as caught:
        await take(f"[{ROW}]")
    assert caught.value.code == "EN012"


def test_where_a_feed_comes_from_is_told_without_its_secrets():
    made, wall = heard()
    (row,) = signals(made, World().state.rules, wall.ns)["pulls"]
    assert row["server"] == "wss://feeds.example:9"
    assert (row["feed"], row["state"], row["silent"], row["heard"]) == (
        "x", "connecting", False, None,
    )  # fmt: skip
    assert len([part.close() for part in made.parts(1)]) == 2


def test_silence_and_failure_are_problems_that_name_what_to_do():
    made, wall = heard(silent_s=30)
    (pull,) = made.pulls
    wall.ns += 31 * 10**9
    (problem,) = problems(made)
    assert problem["text"] == "Feed x at wss://feeds.example:9 tells nothing for 30 s"
    pull.trouble = UnreachableError("it is gone", expected="it", do="look at it", code="EN302")
    pull.told_refused, pull.refused = RefusedError("no", expected="rows", do="mend it"), 3
    down, refused = problems(made)
    assert (down["code"], down["do"]) == ("EN302", "look at it")
    assert down["text"] == "Feed x at wss://feeds.example:9 is not heard: it is gone"
    assert refused["text"] == "3 messages of feed x were refused; newest: no"


@pytest.mark.parametrize("url", ["ftp://x", "feeds", "http://", "ws://:x", "wss://a b"])
def test_an_address_that_nothing_can_be_heard_from_is_refused(url):
    with pytest.raises(msgspec.ValidationError, match="ws:// or wss://"):
        heard(url=url)
