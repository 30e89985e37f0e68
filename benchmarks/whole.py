"""How long people wait: whole processes, from start to exit, each beside its yardstick.

    python benchmarks/whole.py [--rounds 5] [--only NAME ...] [--write]

Work and yardstick are run in turn, so that a busy moment strikes both; the medians are given, of
the time by the clock and of processor time (user and system, all threads), and their ratios.
`--write` puts the table into ``docs/benchmarks.md``. Bytecode is compiled before, as an installer
does. For files of five million rows there have to be 4 GB of memory.
"""

from __future__ import annotations

import argparse
import compileall
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from tag import DOC, ROOT, incidents, machine

from geodata.atlas import read_atlas

BEGIN, END = "<!-- whole: begin -->", "<!-- whole: end -->"
PYTHON = [sys.executable]
DEZONE = [*PYTHON, "-m", "dezone"]
IMPORTS = [*PYTHON, "-c", "import pyarrow, numpy, shapely"]
GEOPANDAS = [*PYTHON, "-c", "import geopandas"]
PLACE = ["check", "--place", "Douma", "--date", "2017-10-01"]
COPY = {
    ".parquet": "import sys, pyarrow.parquet as p; a, b, c = sys.argv[1:]; p.read_table(a); "
    "p.write_table(p.read_table(b), c)",
    ".csv": "import sys, pyarrow.csv as p; a, b, c = sys.argv[1:]; p.read_csv(a); "
    "p.write_csv(p.read_csv(b), c)",
}
"""Read the input, read the finished output and write it: with pyarrow alone."""

WORKS = {
    "check": ("import geopandas", 0.35),
    "check --place": ("import geopandas", 0.4),
    "tag 1,000 csv": ("import pyarrow, numpy, shapely", 2.5),
    "tag 100,000 parquet": ("import pyarrow, numpy, shapely", 4.0),
    "tag 1,000,000 parquet": ("copying", 1.5),
    "tag 5,000,000 parquet": ("copying", 1.0),
    "tag 5,000,000 csv": ("copying", 0.9),
    "tag names 1,000,000 parquet": ("the same rows by coordinates", 1.3),
    "tag names 1,000,000 csv": ("the same rows by coordinates", 1.3),
    "map --incidents 1,000,000 parquet": ("copying", None),
    "report 1,000,000 parquet": ("copying", None),
}
"""Each work, its yardstick, and the ratio that is wanted."""


def commands(name: str, folder: Path) -> tuple[list[str], list[str]]:
    """Return the command of a work and that of its yardstick; write what they read."""
    if not name[-1].isalpha() or name.startswith("check"):
        where = PLACE if "--place" in name else ["check", "35.93", "36.63", "--date", "2017-10-01"]
        return [*DEZONE, *where], GEOPANDAS
    work, rows, kind = name.rsplit(" ", 2)
    if work == "tag names":
        sources = named(folder, int(rows.replace(",", "")), f".{kind}")
        name_them, place_them = (
            [*DEZONE, "tag", str(path), "-o", str(folder / f"out-{path.name}")] for path in sources
        )
        return name_them, place_them
    source = table(folder, int(rows.replace(",", "")), f".{kind}")
    out = folder / f"out-{work.split()[0]}{source.suffix if work == 'tag' else ''}"
    if work == "tag":
        command = [*DEZONE, "tag", str(source), "-o", str(out)]
    else:
        command = [*DEZONE, *work.split(), str(source), "-o", str(out)]
    if WORKS[name][0] != "copying":
        return command, IMPORTS
    finished = folder / f"finished-{source.name}"
    if not finished.exists():
        tag = [*DEZONE, "tag", str(source), "-o", str(finished)]
        subprocess.run(tag, check=True, capture_output=True)
    copy = [*PYTHON, "-c", COPY[source.suffix], str(source), str(finished), str(folder / "copy")]
    return command, copy


def table(folder: Path, rows: int, suffix: str) -> Path:
    """Return a file of so many incidents, written once."""
    path = folder / f"in-{rows}{suffix}"
    if not path.exists():
        write(incidents(rows, codes=False), path)
    return path


def named(folder: Path, rows: int, suffix: str) -> tuple[Path, Path]:
    """Return files of the same rows at 5,000 settlements: by name and units, and by position."""
    ledger = read_atlas().ledger
    random = np.random.default_rng(2017)
    known = [i for i, names in enumerate(ledger.names) if names and ledger.unit[i] >= 0]
    at = random.choice(known, 5_000, replace=False)[random.integers(0, 5_000, rows)]
    days = np.datetime64("2016-06-01") + random.integers(0, 1_400, rows)
    both = {"id": np.arange(rows), "date": days.astype("datetime64[D]")}
    unit = [ledger.units[i] for i in range(len(ledger.units))]
    above = {one.code: one.name for one in unit}
    names = pa.array([(names or ("",))[0] for names in ledger.names])
    units = pa.array([one.name for one in unit]), pa.array([above[one.code[:4]] for one in unit])
    subdistrict, governorate = (some.take(pa.array(ledger.unit[at])) for some in units)
    by_name = {"place": names.take(pa.array(at)), "governorate": governorate}
    by_point = {"latitude": ledger.latitude[at], "longitude": ledger.longitude[at]}
    paths = folder / f"in-names-{rows}{suffix}", folder / f"in-points-{rows}{suffix}"
    write(pa.table(both | by_name | {"subdistrict": subdistrict}), paths[0])
    write(pa.table(both | by_point), paths[1])
    return paths


def write(found: pa.Table, path: Path) -> None:
    """Write a table as CSV or Parquet."""
    if path.suffix == ".csv":
        pyarrow.csv.write_csv(found, path)
    else:
        pq.write_table(found, path)


_SOME_REFUSED = 3  # rows that name an area as well as a place


def taken(command: list[str]) -> tuple[float, float]:
    """Return seconds by the clock and of processors that a process takes, and those it starts."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, _SOME_REFUSED):
        raise SystemExit(f"{' '.join(command)} failed")
    return time.perf_counter() - begin, used.ru_utime + used.ru_stime


def measured(name: str, folder: Path, rounds: int) -> str:
    """Return the row of one work."""
    work, yardstick = commands(name, folder)
    pairs = []
    for _ in range(rounds):
        for path in folder.glob("out-*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        pairs.append((taken(work), taken(yardstick)))
    (clock, busy), (own_clock, own_busy) = (
        tuple(map(median, zip(*side, strict=True))) for side in zip(*pairs, strict=True)
    )
    beside, wanted = WORKS[name]
    return (
        f"| `{name}` | {beside} | {clock:.2f} s | {clock / own_clock:.2f} | {busy:.2f} s | "
        f"{busy / own_busy:.2f} | {'' if wanted is None else wanted} |"
    )


def main() -> None:
    """Measure, print, and, if asked, write down."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="*", default=list(WORKS), choices=list(WORKS))
    parser.add_argument("--write", action="store_true")
    choice = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    for package in ("dezone", "maps", "zones", "geodata"):
        compileall.compile_dir(ROOT / package, quiet=2)
    lines = [
        BEGIN,
        f"Machine: {machine()}. Medians of {choice.rounds} rounds.",
        "",
        "| work | yardstick | time | ratio | processor time | ratio | wanted |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    folder = Path(tempfile.mkdtemp(prefix="dezone-whole-"))
    try:
        for name in choice.only:
            lines.append(measured(name, folder, choice.rounds))
            print(lines[-1], flush=True)
    finally:
        shutil.rmtree(folder)
    said = "\n".join([*lines, END])
    if choice.write:
        head, _, rest = DOC.read_text("utf-8").partition(BEGIN)
        DOC.write_text(head + said + rest.partition(END)[2], "utf-8")


if __name__ == "__main__":
    main()
