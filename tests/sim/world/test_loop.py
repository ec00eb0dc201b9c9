import asyncio

import pytest

from edgenode.sim.world.loop import StuckError, VirtualLoop


def run(seed, main):
    loop = VirtualLoop(seed)
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(main())
    finally:
        loop.close()
        asyncio.set_event_loop(None)


async def race():
    """Return the order in which eight timers of one moment fire, and eight cancelled tasks end."""
    order = []

    async def racer(number):
        try:
            await asyncio.sleep(1)
            order.append(number)
            await asyncio.sleep(1e9)
        finally:
            order.append(-number)

    async def failing():
        await asyncio.sleep(3_600)
        raise KeyError

    async def together():
        async with asyncio.TaskGroup() as tasks:
            for number in range(8):
                tasks.create_task(racer(number))
            tasks.create_task(failing())

    with pytest.raises(ExceptionGroup):
        await together()
    return order


def test_hours_pass_without_waiting():
    async def main():
        await asyncio.sleep(7 * 86_400)
        return asyncio.get_running_loop().time()

    assert run(1, main) == pytest.approx(7 * 86_400)


def test_the_same_seed_gives_the_same_order_and_another_one_another():
    assert run(1, race) == run(1, race)
    assert len({tuple(run(seed, race)) for seed in range(8)}) > 1


def test_tasks_of_a_failed_group_are_cancelled_in_the_order_of_their_making():
    assert run(1, race)[8:] == [0, -1, -2, -3, -4, -5, -6, -7]


def test_a_world_in_which_nothing_can_happen_any_more_says_so():
    async def main():
        await asyncio.Event().wait()

    with pytest.raises(StuckError):
        run(1, main)
