"""Work on several items at a time, with results in order and few items in memory."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, wait
from typing import TypeVar

_A_WHILE = 0.5  # seconds
T = TypeVar("T")
R = TypeVar("R")


def in_order(work: Callable[[T], R], items: Iterable[T], *, workers: int = 0) -> Iterator[R]:
    """Yield work(item) for each item, in order, several at a time in threads.

    The next items are fetched in a thread of their own, so that the consumer of the results waits
    for neither. At most two per worker are held, so memory does not grow with the number of items.
    numpy, shapely and pyarrow release the interpreter's lock while they compute. Once the results
    are no longer wanted, work that calls `go_on` ends at once.
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

    unwanted = threading.Event()
    wanted_by = (unwanted, *getattr(_thread, "wanted_by", ()))

    def begin() -> None:
        _thread.wanted_by = wanted_by

    reader = ThreadPoolExecutor(1, thread_name_prefix="dezone-reader", initializer=begin)
    pool = ThreadPoolExecutor(workers, thread_name_prefix="dezone", initializer=begin)
    waiting: deque[Future[R | object]] = deque()
    try:
        while True:
            while len(waiting) <= workers:
                waiting.append(pool.submit(do, reader.submit(next, taking, end)))
            future = waiting.popleft()
            while not future.done():
                # A signal that comes just before a wait does not end it.
                wait([future], timeout=_A_WHILE)
            result = future.result()
            if result is end:
                return
            yield result  # type: ignore[misc]
    finally:
        unwanted.set()
        reader.shutdown(wait=True, cancel_futures=True)
        pool.shutdown(wait=True, cancel_futures=True)


def go_on() -> None:
    """Raise CancelledError in a thread of `in_order` whose results nobody wants any more.

    Work of more than a moment calls it now and then: whoever was interrupted waits for its threads.
    """
    if any(unwanted.is_set() for unwanted in getattr(_thread, "wanted_by", ())):
        raise CancelledError


_thread = threading.local()
"""Its `wanted_by` are the events of the `in_order` that a thread works for, the innermost first."""
