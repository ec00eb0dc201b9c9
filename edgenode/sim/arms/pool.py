"""Arms played side by side, a process each, on as many cores as are given."""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import TypeVar

from edgenode.sim.arms.tied import tie

Task = TypeVar("Task")
Made = TypeVar("Made")


def each(
    work: Callable[[Task], Made], tasks: Sequence[Task], jobs: int
) -> Iterator[tuple[int, Made]]:
    """Yield (index, what `work` made of that task) as they are done; an error ends all of it.

    The processes end with this one, however it ends; call it from the main thread.
    """
    if jobs == 1:
        yield from ((index, work(task)) for index, task in enumerate(tasks))
        return
    fork = multiprocessing.get_context("fork")  # from one thread, before the pool has its own
    with ProcessPoolExecutor(
        jobs, mp_context=fork, initializer=tie, initargs=(os.getpid(),)
    ) as pool:
        waiting = {pool.submit(work, task): index for index, task in enumerate(tasks)}
        try:
            for done in as_completed(waiting):
                yield waiting[done], done.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
