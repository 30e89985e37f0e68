"""What `dezone serve` bears: how long `GET /check` takes under load, and whether memory stays flat.

    python benchmarks/serve.py [--rate 400] [--seconds 30] [--requests 200000]
                               [--processes 2] [--write]

The load is an open loop: each request has its time, whether or not those before it were answered,
and its latency counts from that time. `--write` puts the table into ``docs/benchmarks.md``.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import AnyStr

import numpy as np
from report import put

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "benchmarks.md"
CONNECTIONS = 50
PROMISED_MS = 30
WARM = 5_000
STEPS = 8


def questions(count: int) -> list[bytes]:
    """Return requests for points and days all over the country and the years."""
    rng = np.random.default_rng(2017)
    where = zip(rng.uniform(32.5, 37, count), rng.uniform(35.8, 42, count), strict=True)
    days = np.datetime64("2016-01-01") + rng.integers(0, 3_600, count)
    return [
        f"GET /check?lat={lat:.4f}&lon={lon:.4f}&date={day} HTTP/1.1\r\nHost: a\r\n\r\n".encode()
        for (lat, lon), day in zip(where, days, strict=True)
    ]


def number(pattern: AnyStr, text: AnyStr) -> int:
    """Return the number that a pattern finds in a text."""
    found = re.search(pattern, text)
    if found is None:
        raise SystemExit(f"expected {pattern!r}, found {text!r}")
    return int(found[1])


class Client:
    """One connection that stays open."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def ask(self, request: bytes) -> None:
        """Send a request and read the whole answer, which has to be a record."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"the service answered {head.splitlines()[0].decode()}")
        await self._reader.readexactly(number(rb"(?i)content-length: (\d+)", head))


async def connect(port: int) -> asyncio.Queue[Client]:
    """Return all connections, none of which is in use."""
    free: asyncio.Queue[Client] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(Client(*await asyncio.open_connection("127.0.0.1", port)))
    return free


async def open_loop(port: int, rate: float, requests: list[bytes]) -> np.ndarray:
    """Return the seconds from the time of each request until its answer was there."""
    free = await connect(port)
    begin = time.perf_counter() + 0.1

    async def one(number: int, request: bytes) -> float:
        due = begin + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        client = await free.get()
        await client.ask(request)
        free.put_nowait(client)
        return time.perf_counter() - due

    return np.array(await asyncio.gather(*(one(n, r) for n, r in enumerate(requests))))


async def closed_loop(port: int, requests: list[bytes]) -> None:
    """Ask as fast as the answers come, over all connections."""
    free = await connect(port)
    left = iter(requests)

    async def run(client: Client) -> None:
        for request in left:
            await client.ask(request)

    await asyncio.gather(*(run(free.get_nowait()) for _ in range(CONNECTIONS)))


def resident_mib(process: int) -> float:
    """Return the memory of a process and those that it started; what they share counts in each."""
    others = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    states = (Path(f"/proc/{one}/status").read_text() for one in (process, *others))
    return sum(number(r"VmRSS:\s+(\d+) kB", state) for state in states) / 1024


def measure(port: int, process: int, options: argparse.Namespace) -> Iterator[str]:
    """Yield the table of what the service bears."""
    asyncio.run(closed_loop(port, questions(WARM)))
    load = os.getloadavg()[0]
    yield (
        f"{options.processes} processes. Machine: {os.cpu_count()} cores, {platform.system()}, "
        f"Python {platform.python_version()}; the client runs on it, too; other work at "
        f"the start of the open loop: a load of {load:.1f}."
    )
    yield ""
    requests = questions(int(options.rate * options.seconds))
    taken = 1000 * asyncio.run(open_loop(port, options.rate, requests))
    yield f"| `GET /check`, {options.rate:g} a second over {CONNECTIONS} connections | ms |"
    yield "|---|--:|"
    for name, share in (("median", 50), ("p95", 95), ("p99", 99), ("largest", 100)):
        yield f"| {name} | {np.percentile(taken, share):.1f} |"
    kept = "kept" if np.percentile(taken, 99) < PROMISED_MS else "not kept"
    yield f"| promised: p99 under {PROMISED_MS} | {kept} |"
    yield ""
    yield "| requests so far | resident memory of all processes |"
    yield "|--:|--:|"
    yield f"| {WARM + len(requests):,} | {resident_mib(process):.0f} MiB |"
    part = options.requests // STEPS
    begin = time.perf_counter()
    for step in range(1, STEPS + 1):
        asyncio.run(closed_loop(port, questions(part)))
        yield f"| {WARM + len(requests) + step * part:,} | {resident_mib(process):.0f} MiB |"
    rate = STEPS * part / (time.perf_counter() - begin)
    yield ""
    yield f"As fast as the answers come: {rate:,.0f} requests a second."


def main() -> None:
    """Measure, print, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=400)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--requests", type=int, default=200_000)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    command = [sys.executable, "-m", "dezone", "serve", "--port", "0", "--rate", "1000000"]
    command += ["--processes", str(options.processes)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        try:
            lines = []
            port = number(r"http://[^:]+:(\d+)", process.stderr.readline())
            for line in measure(port, process.pid, options):
                print(line, flush=True)
                lines.append(line)
        finally:
            process.terminate()
    if options.write:
        put(PAGE, "serve", lines)


if __name__ == "__main__":
    main()
