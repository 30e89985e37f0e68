"""Work on several items at a time, with results in order and few items in memory."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def in_order(work: Callable[[T], R], items: Iterable[T], *, workers: int = 0) -> Iterator[R]:
    """Yield work(item) for each item, in order, several at a time in threads.

    The next items are fetched in a thread of their own, so that the consumer of the results waits
    for neither. At most two per worker are held, so memory does not grow with the number of items.
    numpy, shapely and pyarrow release the interpreter's lock while they compute.
    """
    workers = workers or os.cpu_count() or 1
    if workers == 1:
        yield from map(work, items)
        return
    taking = iter(items)
    end = object()

    def do(item: Future[T | object]) -> R | object:
        taken = item.result()
        return end if taken is end else work(taken)  # type: ignore[arg-type]

    reader = ThreadPoolExecutor(1, thread_name_prefix="dezone-reader")
    pool = ThreadPoolExecutor(workers, thread_name_prefix="dezone")
    waiting: deque[Future[R | object]] = deque()
    try:
        while True:
            while len(waiting) <= workers:
                waiting.append(pool.submit(do, reader.submit(next, taking, end)))
            result = waiting.popleft().result()
            if result is end:
                return
            yield result  # type: ignore[misc]
    finally:
        reader.shutdown(wait=True, cancel_futures=True)
        pool.shutdown(wait=True, cancel_futures=True)
