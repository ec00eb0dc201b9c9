"""The last word to the venues: all at once, once each, and not for long."""

import asyncio

from edgenode.model.errors import UnreachableError
from edgenode.services.last_cancel import cancel_open


class Venue:
    def __init__(self, answer=None):
        self.answer = answer
        self.heard = []

    async def cancel(self, order_id):
        self.heard.append(order_id)
        if self.answer is not None:
            await self.answer()


async def silent():
    await asyncio.Event().wait()


async def absent():
    raise UnreachableError("nobody there")


async def test_every_open_order_is_told_to_its_venue_once():
    a, b = Venue(), Venue()
    told = await cancel_open({"a": a, "b": b}, [("a", "1"), ("b", "2"), ("a", "3"), ("gone", "4")])
    assert told == 3
    assert (a.heard, b.heard) == (["1", "3"], ["2"])


async def test_a_venue_that_does_not_answer_holds_nobody_up():
    a, b, c = Venue(silent), Venue(absent), Venue()
    told = await cancel_open(
        {"a": a, "b": b, "c": c}, [("a", "1"), ("b", "2"), ("c", "3")], within_s=0.01
    )
    assert told == 1
    assert (a.heard, b.heard, c.heard) == (["1"], ["2"], ["3"])
