"""A feed that is pulled: reconnects with pauses, takes each message, and stops nobody."""

import asyncio
import random

import pytest

from edgenode.model.errors import RefusedError, UnreachableError
from edgenode.ports.feeds import FeedMessage
from edgenode.services import pulling as module
from edgenode.services.pulling import Pull


def refused(code="EN002"):
    return RefusedError("no rows", expected="rows", do="mend it", code=code)


def gone():
    return UnreachableError("nobody there", expected="a server", do="wait", code="EN302")


class Wall:
    ns = 0

    def now_ns(self):
        return self.ns


class Scripted:
    """A server with one list a connection: messages, an error that is raised, or "silent"."""

    url = "http://feed:1"

    def __init__(self, *connections):
        self.connections, self.asked, self.closed = list(connections), [], False

    async def messages(self, last_id):
        self.asked.append(last_id)
        script = self.connections.pop(0) if self.connections else ["silent"]
        for step in script:
            if isinstance(step, Exception):
                raise step
            if step == "silent":
                await asyncio.Event().wait()
            yield step

    async def close(self):
        self.closed = True


class Stage:
    """A pull whose pauses are over at once; `until` waits for what it takes."""

    def __init__(self, monkeypatch, *connections, answers=()):
        self.stream, self.wall = Scripted(*connections), Wall()
        self.texts, self.answers, self.slept = [], list(answers), []
        self.came = asyncio.Event()
        self.pull = Pull("x", self.stream, self.take, silent_s=30.0, wall=self.wall,
                         rng=random.Random(1))  # fmt: skip
        sleep = asyncio.sleep

        async def at_once(seconds):
            self.slept.append(seconds)
            await sleep(0)
            self.came.set()

        monkeypatch.setattr(module.asyncio, "sleep", at_once)

    async def take(self, text):
        self.came.set()
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer
        self.texts.append(text)

    async def until(self, reached):
        running = asyncio.ensure_future(self.pull.run())  # noqa: TID251
        while not reached():
            self.came.clear()
            waits = asyncio.ensure_future(self.came.wait())  # noqa: TID251
            await asyncio.wait({running, waits}, return_when=asyncio.FIRST_COMPLETED)
            waits.cancel()
            if running.done():
                running.result()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running


async def test_messages_are_taken_in_order_and_a_reconnect_asks_behind_the_last_taken(monkeypatch):
    stage = Stage(monkeypatch, [FeedMessage("a", "1"), FeedMessage("b", "2")], [FeedMessage("c")])
    await stage.until(lambda: len(stage.texts) == 3)
    assert stage.texts == ["a", "b", "c"]
    assert stage.stream.asked[0] == ""
    assert stage.stream.asked[-1] == "2"
    assert stage.stream.closed
    assert stage.pull.taken == 3


async def test_pauses_double_to_a_bound_with_jitter_and_begin_anew_once_it_was_heard(monkeypatch):
    failures = [[gone()]] * 12
    stage = Stage(monkeypatch, *failures, [FeedMessage("a"), gone()], [gone()])
    await stage.until(lambda: len(stage.slept) >= 14)
    first, most = module.PAUSE_S
    for number, slept in enumerate(stage.slept[:12]):
        pause = min(most, first * 2**number)
        assert pause / 2 <= slept <= pause
    assert stage.slept[12] <= first
    assert stage.pull.trouble.found == "nobody there"


async def test_a_sign_of_life_is_no_message(monkeypatch):
    stage = Stage(monkeypatch, [FeedMessage(""), gone()])
    await stage.until(lambda: len(stage.slept) >= 1)
    assert (stage.texts, stage.pull.heard_ns, stage.pull.connections) == ([], None, 1)


@pytest.mark.parametrize("error", [refused("EN012"), refused("EN006"), gone()])
async def test_what_cannot_be_taken_now_is_taken_later_and_once(monkeypatch, error):
    stage = Stage(monkeypatch, [FeedMessage("a", "1"), "silent"], answers=[error, error])
    await stage.until(lambda: stage.texts)
    assert stage.texts == ["a"]
    assert stage.slept == [module.AGAIN_S] * 2


async def test_what_is_refused_is_counted_told_and_passed_over(monkeypatch):
    messages = [FeedMessage("a", "1"), FeedMessage("b", "2"), "silent"]
    stage = Stage(monkeypatch, messages, answers=[refused()])
    await stage.until(lambda: stage.texts)
    assert (stage.texts, stage.pull.refused) == (["b"], 1)
    assert stage.pull.told_refused.found == "no rows"


async def test_a_connection_that_is_silent_is_given_up(monkeypatch):
    stage = Stage(monkeypatch, ["silent"])
    stage.pull.silent_s = 0.001
    await stage.until(lambda: stage.slept)
    assert stage.pull.trouble.found == "nothing was heard for 0.001 s"
    assert stage.pull.trouble.code == "EN302"


async def test_a_full_queue_stops_the_reading_and_drops_nothing(monkeypatch):
    many = [FeedMessage(str(i)) for i in range(3 * module.MESSAGES_MAX)]
    stage = Stage(monkeypatch, [*many, "silent"], answers=[refused("EN012")] * 3)
    await stage.until(lambda: len(stage.texts) == len(many))
    assert stage.texts == [message.text for message in many]
    assert stage.pull._waiting.maxsize == module.MESSAGES_MAX


def test_silence_is_told_by_the_clock():
    wall = Wall()
    pull = Pull("x", Scripted(), None, silent_s=30.0, wall=wall, rng=random.Random(1))
    assert not pull.silent
    wall.ns = 31 * 10**9
    assert pull.silent
    pull.heard_ns = wall.ns
    assert not pull.silent
