"""What `dezone report` costs for a million incidents, and how often its intervals hold the truth.

    python benchmarks/report.py [--rows 1000000] [--write]

`--write` puts the tables into ``docs/benchmarks.md`` and ``docs/report.md``. The time is that of
the whole command in a process of its own, page and charts included; the memory is that process's
largest.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from scipy import stats
from tag import incidents

from dezone.report.numbers.rates import WEEKS, Estimate

ROOT = Path(__file__).parents[1]
COST, RATES = ROOT / "docs" / "benchmarks.md", ROOT / "docs" / "report.md"
MAPPING = 'source = "ucdp-ged"\nplace_codes = ["where_prec"]\n'
PROMISED_S, PROMISED_MIB = 20, 1024

SIMULATIONS = 4_000
MEANS, SIZES = (3.0, 10.0, 40.0), (None, 4.0, 1.0)
CORRELATIONS = (0.0, 0.25, 0.4)
DROP = 0.3


# -- cost -------------------------------------------------------------------------------------


def measure(file: Path, mapping: Path, folder: Path) -> tuple[float, float, float]:
    """Return seconds, seconds of processor time and MiB of one run of the command."""
    command = Path(sys.executable).with_name("dezone")
    begin = time.perf_counter()
    process = subprocess.Popen(
        [command, "report", file, "-o", folder, "--mapping", mapping],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"the command failed with {process.returncode}")
    seconds = time.perf_counter() - begin
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def cost(rows: int) -> Iterator[str]:
    """Yield the table of what a report costs."""
    yield f"{rows:,} distinct rows with deaths and UCDP's mix of precision, half in the west."
    yield ""
    load = os.getloadavg()[0]
    yield (
        f"Machine: {os.cpu_count()} cores, {platform.system()}, Python "
        f"{platform.python_version()}; other work on it at the start: a load of {load:.1f}."
    )
    yield ""
    yield f"| input | time | processor time | largest memory | promised: {PROMISED_S} s, 1 GiB |"
    yield "|---|---|---|---|---|"
    table = incidents(rows, codes=True)
    deaths = np.random.default_rng(1).poisson(2, rows)
    table = table.append_column("deaths", pa.array(deaths))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        mapping = folder / "map.toml"
        mapping.write_text(MAPPING)
        pq.write_table(table, folder / "in.parquet")
        pyarrow.csv.write_csv(table, folder / "in.csv")
        for suffix in ("parquet", "csv"):
            out = folder / f"report-{suffix}"
            seconds, processor, memory = measure(folder / f"in.{suffix}", mapping, out)
            kept = "kept" if seconds < PROMISED_S and memory < PROMISED_MIB else "not kept"
            yield f"| {suffix} | {seconds:.1f} s | {processor:.1f} s | {memory:.0f} MiB | {kept} |"


# -- intervals --------------------------------------------------------------------------------

Method = Callable[[np.ndarray, np.ndarray], Estimate]


def simulate(
    rng: np.random.Generator, mean: float, ratio: float, size: float | None, correlation: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return weeks before and after: negative binomial, neighbours alike by a Gaussian copula."""
    shape = (SIMULATIONS, 2 * WEEKS)
    means = np.repeat([mean, mean * ratio], WEEKS)
    if size is not None:
        normal = rng.standard_normal(shape)
        for week in range(1, 2 * WEEKS):
            normal[:, week] *= np.sqrt(1 - correlation**2)
            normal[:, week] += correlation * normal[:, week - 1]
        means = means * stats.gamma.ppf(stats.norm.cdf(normal), size, scale=1 / size)
    counts = rng.poisson(means, shape).astype(float)
    return counts[:, :WEEKS], counts[:, WEEKS:]


def plain(before: np.ndarray, after: np.ndarray, *, floor: float, student: bool) -> Estimate:
    """Quasi-Poisson; with a dispersion of at least `floor`."""
    sums = before.sum(axis=1), after.sum(axis=1)
    square = sum(
        ((side - side.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
        / np.maximum(side.mean(axis=1), 1e-9)
        for side in (before, after)
    )
    dispersion = np.maximum(square / (2 * WEEKS - 2), floor)
    spread = 1 / (sums[0] + 0.5) + 1 / (sums[1] + 0.5)
    freedom = np.full(len(spread), 2 * WEEKS - 2.0 if student else 1e9)
    ratio = np.log((sums[1] + 0.5) / (sums[0] + 0.5))
    return Estimate(ratio, np.maximum(dispersion * spread, 1e-9), freedom, dispersion)


def poisson(before: np.ndarray, after: np.ndarray) -> Estimate:
    """A Poisson process: weeks vary by chance alone."""
    found = plain(before, after, floor=1.0, student=False)
    return Estimate(
        found.log_ratio, found.variance / found.dispersion, found.freedom, found.dispersion
    )


def welch(before: np.ndarray, after: np.ndarray) -> Estimate:
    """The variances of the two sides each by itself, and Welch's degrees of freedom."""
    parts = []
    for side in (before, after):
        mean = side.mean(axis=1) + 0.5 / WEEKS
        parts.append(np.maximum(side.var(axis=1, ddof=1), mean) / WEEKS / mean**2)
    freedom = (parts[0] + parts[1]) ** 2 / ((parts[0] ** 2 + parts[1] ** 2) / (WEEKS - 1))
    ratio = np.log((after.sum(axis=1) + 0.5) / (before.sum(axis=1) + 0.5))
    return Estimate(ratio, parts[0] + parts[1], freedom, np.ones(len(ratio)))


METHODS: dict[str, Method] = {
    "Poisson": poisson,
    "quasi-Poisson, normal": lambda b, a: plain(b, a, floor=0.0, student=False),
    "quasi-Poisson, Student, dispersion at least 1": lambda b, a: plain(
        b, a, floor=1.0, student=True
    ),
    "each side by itself (Welch)": welch,
    "**used**: allowing for correlated weeks, too": Estimate.of,
}


def intervals() -> Iterator[str]:
    """Yield the table of how often intervals hold the truth, method by method."""
    yield (
        f"{SIMULATIONS:,} simulations of each combination of {', '.join(f'{m:g}' for m in MEANS)} "
        f"incidents a week and a size of the negative binomial of infinity, 4 and 1, for a change "
        f"to {DROP:g} times and for none; the rest of the country at 40 a week, size 10. The "
        "worst of the combinations is given."
    )
    yield ""
    yield (
        "| method | holds the truth: independent weeks | correlated 0.25 | 0.4 | claims a change "
        f"where there is none (independent) | sees a fall to {DROP:g} (10 a week, size 4) |"
    )
    yield "|---|--:|--:|--:|--:|--:|"
    for name, method in METHODS.items():
        worst, claims = [], 0.0
        seen = 0.0
        for correlation in CORRELATIONS:
            least = 1.0
            for mean in MEANS:
                for size in SIZES:
                    for ratio in (1.0, DROP):
                        rng = np.random.default_rng(int(1000 * correlation + mean))
                        zone = method(*simulate(rng, mean, ratio, size, correlation))
                        rest = method(*simulate(rng, 40.0, 1.0, 10.0, correlation))
                        low, high = zone.against(rest).interval()
                        held = float(np.mean((low <= ratio) & (ratio <= high)))
                        least = min(least, held)
                        if not correlation and ratio == 1.0:
                            claims = max(claims, 1 - held)
                        if not correlation and (mean, size, ratio) == (10.0, 4.0, DROP):
                            seen = float(np.mean(high < 1))
            worst.append(least)
        cells = " | ".join(f"{100 * share:.1f} %" for share in (*worst, claims, seen))
        yield f"| {name} | {cells} |"


def put(path: Path, name: str, lines: list[str]) -> None:
    """Write lines between the marks of a name."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    text = path.read_text(encoding="utf-8")
    head, tail = text.index(begin) + len(begin), text.index(end)
    body = "\n".join(lines)
    path.write_text(f"{text[:head]}\n{body}\n{text[tail:]}", encoding="utf-8")


def main() -> None:
    """Measure, print, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    held = list(intervals())
    spent = list(cost(options.rows))
    print("\n".join([*spent, "", *held]))
    if options.write:
        put(COST, "report", spent)
        put(RATES, "intervals", held)


if __name__ == "__main__":
    main()
