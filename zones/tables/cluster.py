"""The same function on a Dask cluster: one task a part, each part stored whole by its worker."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from geodata.errors import InputError, with_extra
from zones.tables.parts import Job, Part, tag_part

_RETRIES = 3  # of a part whose store failed; a worker that dies is the scheduler's business


def tag_parts(parts: Sequence[Part], job: Job, scheduler: str) -> Iterator[dict[str, Any]]:
    """Yield the notes on each part as it is finished, in any order.

    A part is a pure function of its input and the job, and appears under its name only when it is
    whole, so if a worker dies another simply does its part again.

    Parameters
    ----------
    scheduler
        Address of the scheduler, like ``tcp://10.0.0.1:8786``. Its workers need dezone in the
        same version and the same keys for the store.

    Raises
    ------
    InputError
        The package is not installed, or no scheduler answers.
    """
    try:
        from distributed import Client, as_completed
    except ImportError as error:
        raise InputError(
            f"expected the package distributed, found none; {with_extra('dask')}."
        ) from error
    try:
        client = Client(scheduler, timeout="10s", set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise InputError(
            f"expected a Dask scheduler at {scheduler!r}, found none ({error}); start one, or "
            "correct the address."
        ) from error
    with client:
        futures = client.map(_on_worker, parts, job=job, pure=False, retries=_RETRIES)
        for future in as_completed(futures, loop=client.loop):
            yield future.result()


def _on_worker(part: Part, job: Job) -> dict[str, Any]:
    """Tag a part with no more cores than the worker has threads."""
    import pyarrow as pa
    from distributed import get_worker

    pa.set_cpu_count(get_worker().state.nthreads)
    return tag_part(part, job)
