"""Waits as long as a busy machine needs, and says meanwhile what is waited for."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from edgenode.sim.demo.arms import Arm
from edgenode.sim.demo.desk import NodeDesk

Json = dict[str, Any]
TOLD_S = 5.0  # between two lines: a wait that is shorter needs no words
LOOK_S = 0.1


class Reporter(Protocol):
    """Where progress is reported: a terminal, a log, or JSON lines."""

    def say(self, text: str) -> None:
        """Report one step."""
        ...

    def waits(self, what: str, names: list[str]) -> None:
        """Report what is waited for, and which processes are not there yet."""
        ...


@contextmanager
def told(teller: Reporter, what: str, missing: Callable[[], list[str]]) -> Iterator[None]:
    """Report every TOLD_S what is waited for, until the block ends."""
    loop = asyncio.get_running_loop()
    timer: asyncio.TimerHandle

    def tell() -> None:
        nonlocal timer
        teller.waits(what, missing())
        timer = loop.call_later(TOLD_S, tell)

    timer = loop.call_later(TOLD_S, tell)
    try:
        yield
    finally:
        timer.cancel()


def caught_up() -> Callable[[Json], bool]:
    """Return a test of a node's status: is it online, and all cosigned that it held at first?

    What it records later does not count, or a node that goes on would never be done.
    """
    sizes: dict[str, int] = {}

    def holds(status: Json) -> bool:
        size = sizes.setdefault(status["node_id"], status["ledger"]["size"])
        return bool(status["sync"]["online"] and status["sync"]["acked_size"] >= size)

    return holds


async def until_all(
    desks: Mapping[Arm, NodeDesk],
    holds: Callable[[Json], bool],
    teller: Reporter,
    what: str,
    *,
    within_s: float,
) -> list[str]:
    """Wait until the status of every node has held once; return the nodes that were too late."""
    left = {arm.node_id: desk for arm, desk in desks.items()}
    with told(teller, what, lambda: sorted(left)):
        try:
            async with asyncio.timeout(within_s):
                while left:
                    for name, desk in list(left.items()):
                        if holds(await desk.status()):
                            del left[name]
                    if left:
                        await asyncio.sleep(LOOK_S)
        except TimeoutError:
            teller.say(f"no longer waiting for {what} after {within_s:.0f} s: {sorted(left)}")
    return sorted(left)
