"""Requests that wait together, as those that come before the first step of a start do."""

import asyncio
import random

import pytest

from edgenode.adapters.clock import WallClock
from edgenode.core.observations import Started
from edgenode.core.seen import NOTHING_SEEN
from edgenode.daemon.control.facade import AmendRequest, OrderRequest
from edgenode.daemon.orders.desk import OrderDesk
from edgenode.model.hlc import Hlc
from edgenode.services.recorder import Recorder
from tests.daemon import boxes
from tests.journeys.box import order

STARTED = Started(boot_tag=1, version="test", mode="paper")


@pytest.fixture
async def desk(tmp_path):
    """A node that has not begun to write: (desk, recorder)."""
    opened = await asyncio.to_thread(lambda: boxes.opened(boxes.made(tmp_path / "node")))
    wall = WallClock()
    recorder = Recorder(
        opened.state, opened.store, NOTHING_SEEN, wall=wall, market=wall, hlc=Hlc(opened.last_hlc)
    )
    yield OrderDesk(recorder), recorder
    opened.close()


async def together(recorder, *requests):
    """Let all wait for the first step, take it, and give their answers in order."""
    async with asyncio.TaskGroup() as tasks:
        waiting = [tasks.create_task(request) for request in requests]
        await asyncio.sleep(0)
        if not recorder.begun:
            await recorder.begin(STARTED)
    return [task.result() for task in waiting]


def asked(name, **changes):
    return OrderRequest(**order(name, **changes))


@pytest.mark.parametrize("seed", range(4))
async def test_of_equal_requests_that_waited_one_is_new_and_the_others_the_same_again(desk, seed):
    made, recorder = desk
    bodies = [asked("T1"), asked("T1"), asked("T1"), asked("T2"), asked("T2", quantity="2.00")]
    random.Random(seed).shuffle(bodies)
    answers = await together(recorder, *(made.place(body, "token") for body in bodies))
    told = {}
    for body, answer in zip(bodies, answers, strict=True):
        told.setdefault(body.client_order_id, []).append(answer.status)
    assert told["T1"] == [201, 200, 200]
    assert told["T2"] == [201, 409]


async def test_of_equal_denied_requests_that_waited_all_get_the_one_denial(desk):
    made, recorder = desk
    big = asked("T1", quantity="999.00", price="1500.00")
    answers = await together(recorder, made.place(big, "token"), made.place(big, "token"))
    assert [answer.status for answer in answers] == [422, 422]
    assert len({answer.body["ledger_seq"] for answer in answers}) == 1


async def test_of_equal_changes_at_one_moment_one_is_taken(desk):
    made, recorder = desk
    assert (await together(recorder, made.place(asked("T1"), "token")))[0].status == 201
    change = AmendRequest(client_order_id="T2", quantity="0.50")
    changes = [made.amend("customer:c1", "T1", change, "token") for _ in range(3)]
    answers = await together(recorder, *changes)
    assert sorted(answer.status for answer in answers) == [200, 409, 409]
