"""Links: what is held back is overtaken, and what was sent arrives whatever its sender does."""

import asyncio
import random
from contextlib import suppress

import pytest

from edgenode.model.errors import UnreachableError
from edgenode.sim.world.disk import PowerGoneError
from edgenode.sim.world.loop import VirtualLoop
from edgenode.sim.world.net import HELD_S, LOST_S, TIMEOUT_S, Link, Weather


class Server:
    """Answers each message with itself, and notes when it came."""

    def __init__(self):
        self.heard = []

    async def __call__(self, data):
        self.heard.append((int(data), asyncio.get_running_loop().time()))
        return data

    @property
    def order(self):
        return [number for number, _ in self.heard]


def in_virtual_time(main):
    loop = VirtualLoop(1)
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(main)
    finally:
        loop.close()
        asyncio.set_event_loop(None)


async def sent(link, server, count, timeout_s=TIMEOUT_S):
    """Send numbers, one each second; give how many were answered."""
    answered = []

    async def one(number):
        with suppress(UnreachableError):
            answered.append(int(await link.call(server, b"%d" % number, timeout_s)))

    async with asyncio.TaskGroup() as tasks:
        for number in range(count):
            tasks.create_task(one(number))
            await asyncio.sleep(1.0)
    await asyncio.sleep(2 * HELD_S[1])
    return answered


def test_messages_that_are_held_back_are_overtaken_and_none_is_lost():
    link, server = Link("a-b", random.Random(1)), Server()
    link.weather = Weather(held=0.4)
    answered = in_virtual_time(sent(link, server, 40, timeout_s=60.0))
    assert server.order != sorted(server.order)
    assert sorted(server.order) == sorted(answered) == list(range(40))


def test_in_good_weather_messages_a_second_apart_keep_their_order():
    link, server = Link("a-b", random.Random(1)), Server()
    assert in_virtual_time(sent(link, server, 40)) == list(range(40))
    assert server.order == list(range(40))


def test_a_message_that_was_held_back_arrives_after_its_sender_gave_up():
    link, server = Link("a-b", random.Random(1)), Server()
    link.weather = Weather(held=1.0)
    answered = in_virtual_time(sent(link, server, 20, timeout_s=1.0))
    assert len(answered) < 10
    assert sorted(server.order) == list(range(20))


def test_what_was_held_back_when_the_link_was_cut_never_arrives():
    link, server = Link("a-b", random.Random(1)), Server()
    link.weather = Weather(held=1.0)

    async def main():
        sending = asyncio.ensure_future(sent(link, server, 1))  # noqa: TID251  awaited below
        await asyncio.sleep(HELD_S[0] / 2)
        link.set_up(False)
        assert await sending == []
        link.set_up(True)
        await asyncio.sleep(2 * LOST_S)

    in_virtual_time(main())
    assert server.heard == []


def test_a_message_that_is_doubled_arrives_twice_and_is_answered_once():
    link, server = Link("a-b", random.Random(1)), Server()
    link.weather = Weather(double=1.0)
    assert in_virtual_time(sent(link, server, 5)) == list(range(5))
    assert sorted(server.order) == sorted([*range(5)] * 2)


def test_a_server_whose_power_goes_while_it_works_gives_no_answer():
    link = Link("a-b", random.Random(1))

    async def dies(_):
        raise PowerGoneError

    async def main():
        with pytest.raises(UnreachableError) as caught:
            await link.call(dies, b"1")
        assert caught.value.code == "EN301"

    in_virtual_time(main())
