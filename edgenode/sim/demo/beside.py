"""The twelve arms beside the live nodes: a process of its own, which yields to them.

It plays the arms on a pool of processes and prints one line of JSON for each as it is done:
{"index", "row", "net_by_minute", "apart"}. It ends with the process that started it, and its pool
with it.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from edgenode.model.errors import UnreachableError
from edgenode.sim.arms import pool
from edgenode.sim.arms.tied import tie
from edgenode.sim.demo.arms import ARMS, Arm
from edgenode.sim.demo.virtual import Task, Told, told

NAME = "arms"
NICER = 3  # than the live nodes, which come first; and beside strangers still a third of a core
LINE_MAX = 1 << 20


@dataclass(frozen=True, slots=True)
class Order:
    """What all arms have in common."""

    until_ns: int
    spike: float
    seed: int
    jobs: int


def main(parent: int, order: str, folder: str) -> None:
    """Play every arm, and print each as it is done."""
    tie(parent)
    os.nice(NICER)
    asked = Order(**json.loads(order))
    tasks = [Task(arm, asked.until_ns, asked.spike, asked.seed, Path(folder)) for arm in ARMS]
    for index, done in pool.each(told, tasks, asked.jobs):
        sys.stdout.write(json.dumps({"index": index, **done.as_json()}) + "\n")
        sys.stdout.flush()


async def play(order: Order, data: Path) -> AsyncIterator[tuple[Arm, Told]]:
    """Play the arms; yield each as it is done. No process of theirs outlives this."""
    log = data / "logs" / f"{NAME}.log"
    called = (os.getpid(), json.dumps(_as_json(order)), str(data / NAME))
    entry = f"from edgenode.sim.demo.beside import main; main(*{called!r})"
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", entry),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            limit=LINE_MAX,
        )
    try:
        assert process.stdout is not None
        async for line in process.stdout:
            found = json.loads(line)
            net = tuple(found["net_by_minute"])
            yield ARMS[found["index"]], Told(found["row"], net, found["apart"])
        code = await process.wait()
        if code != 0:
            raise UnreachableError(
                f"the arms ended by themselves, exit code {code}",
                expected="twelve arms played to their ends",
                do=f"see {log}",
            )
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _as_json(order: Order) -> dict[str, float]:
    return {
        "until_ns": order.until_ns,
        "spike": order.spike,
        "seed": order.seed,
        "jobs": order.jobs,
    }
