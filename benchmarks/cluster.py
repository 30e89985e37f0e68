"""How much faster two workers of a Dask cluster are than one, and what that means for a billion.

    python benchmarks/cluster.py [--rows 4000000] [--parts 16] [--write]

Scheduler and workers are separate processes on this machine, each worker with one thread. They
have tagged a first folder before the clock starts. `--write` puts the figures into
``docs/cluster.md``.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from tag import UCDP, incidents, machine

from zones.tables.files import tag_file
from zones.tables.stream import Tagging

DOC = Path(__file__).parents[1] / "docs" / "cluster.md"
ONE_CORE = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
"""What Dask's nannies give their workers: matrices are no reason to take another's core."""
BEGIN, END = "<!-- cluster: begin -->", "<!-- cluster: end -->"


@contextmanager
def process(*words: object) -> Iterator[None]:
    """Run a Python module as long as the block lasts."""
    started = subprocess.Popen(
        [sys.executable, "-m", *map(str, words)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **ONE_CORE},
    )
    try:
        yield
    finally:
        started.kill()
        started.wait()


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def with_workers(count: int, folder: Path, rounds: int) -> float:
    """Return the seconds that so many workers take for the folder, the best of some rounds."""
    from distributed import Client

    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    host = ("--host", "127.0.0.1", "--no-dashboard")
    with ExitStack() as stack:
        stack.enter_context(process("distributed.cli.dask_scheduler", "--port", port, *host))
        for _ in range(count):
            words = (address, "--nthreads", 1, "--no-nanny", *host)
            stack.enter_context(process("distributed.cli.dask_worker", *words))
        with Client(address, timeout="60s", set_as_default=False) as client:
            client.wait_for_workers(count, timeout=120)
        taken = []
        for i in range(rounds + 1):
            out = folder.parent / f"out-{count}-{i}"
            begin = time.perf_counter()
            tag_file(folder, out, how=Tagging(scheduler=address), mapping=UCDP)
            taken.append(time.perf_counter() - begin)
            shutil.rmtree(out)
            print(count, i, round(taken[-1], 2), flush=True)
        return min(taken[1:])


def report(rows: int, parts: int, one: float, two: float) -> str:
    """Return the figures as Markdown."""
    rate = rows / two / 2
    minutes = 1e9 / (16 * rate) / 60
    return "\n".join(
        [
            BEGIN,
            f"Measured with {rows:,} rows of Parquet with UCDP's mix of radii (54 % exact, 36 % "
            f"25 km, 10 % unknown) in {parts} parts, by `python benchmarks/cluster.py`.",
            "",
            f"Machine: {machine()}.",
            "",
            "| workers | time | rows a second and worker |",
            "|---|---|---|",
            f"| 1 | {one:.1f} s | {rows / one:,.0f} |",
            f"| 2 | {two:.1f} s | {rate:,.0f} |",
            "",
            f"Two workers are {one / two:.2f} times as fast as one. Parts do not depend on each "
            "other, so until the store is the limit, a billion such rows take "
            f"16 workers of this kind about {minutes:.0f} minutes: an extrapolation from the "
            "second line, not a measurement.",
            END,
        ]
    )


def main() -> None:
    """Measure, print, and, if asked, write down."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=4_000_000)
    parser.add_argument("--parts", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--write", action="store_true")
    choice = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dezone-bench-") as home:
        folder = Path(home) / "in"
        folder.mkdir()
        table: pa.Table = incidents(choice.rows, codes=True)
        size = -(-choice.rows // choice.parts)
        for i in range(choice.parts):
            pq.write_table(table.slice(i * size, size), folder / f"{i:04}.parquet")
        one, two = (with_workers(n, folder, choice.rounds) for n in (1, 2))
    said = report(choice.rows, choice.parts, one, two)
    print(said)
    if choice.write:
        head, _, rest = DOC.read_text().partition(BEGIN)
        DOC.write_text(head + said + rest.partition(END)[2])


if __name__ == "__main__":
    main()
