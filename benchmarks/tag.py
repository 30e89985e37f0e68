"""What `dezone tag` costs beside what no program can avoid, and beside what else people would run.

Everything is measured in one run on the same rows, several rounds in turn, the best of each kept:
the ratios are what counts, the seconds belong to the machine. Run it with

    python benchmarks/tag.py [--rows 5000000] [--rounds 3] [--write]

`--write` puts the tables into ``docs/benchmarks.md``, the chart into ``docs/benchmarks/tag.svg``.
The rivals are in the dependency group `bench`; one that is not installed is named and left out.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from geodata.atlas import read_atlas
from geodata.columns.mapping import ColumnMapping
from zones.tables.files import tag_file

ROOT = Path(__file__).parents[1]
DOC, CHART = ROOT / "docs" / "benchmarks.md", ROOT / "docs" / "benchmarks" / "tag.svg"
BEGIN, END = "<!-- tag: begin -->", "<!-- tag: end -->"
UCDP = ColumnMapping(source="ucdp-ged", place_codes=("where_prec",))


def incidents(n: int, *, codes: bool) -> pa.Table:
    """Return n distinct rows, half of them clustered in the west; the same each time."""
    random = np.random.default_rng(2017)
    half = n // 2
    x = np.concatenate([random.uniform(35.7, 42.3, n - half), random.normal(36.7, 0.35, half)])
    y = np.concatenate([random.uniform(32.3, 37.2, n - half), random.normal(34.9, 0.9, half)])
    order = random.permutation(n)
    days = np.datetime64("2016-06-01") + random.integers(0, 1_400, n)
    columns = {
        "id": np.arange(n),
        "date": days.astype("datetime64[D]"),
        "latitude": y.clip(32.3, 37.2).round(5)[order],
        "longitude": x.clip(35.6, 42.4).round(5)[order],
    }
    if codes:
        columns["where_prec"] = random.choice([1, 2, 6], n, p=[0.54, 0.36, 0.10])
    return pa.table(columns)


# -- the yardstick ----------------------------------------------------------------------------


def copy_parquet(source: Path, finished: pa.Table, out: Path) -> None:
    """Read the input, and write the finished output, with pyarrow alone."""
    pq.read_table(source)
    pq.write_table(finished, out)


def copy_csv(source: Path, finished: pa.Table, out: Path) -> None:
    """Read the input, and write the finished output, with pyarrow alone."""
    pyarrow.csv.read_csv(source)
    options = pyarrow.csv.WriteOptions(quoting_style="none")
    pyarrow.csv.write_csv(finished, out, write_options=options)


# -- what people would write or run instead ---------------------------------------------------


def extents(folder: Path) -> Path:
    """Write the zones of the default boundary, with their days, as GeoParquet."""
    import geopandas

    atlas = read_atlas()
    own = [e for e in atlas.extents if e.boundary == atlas.meta.default_boundary]
    frame = geopandas.GeoDataFrame(
        {
            "zone": [e.zone for e in own],
            "valid_from": [np.datetime64(e.valid_from) for e in own],
            "valid_to": [np.datetime64(e.valid_to or "2100-01-01") for e in own],
        },
        geometry=[e.best for e in own],
        crs="EPSG:4326",
    )
    for name in ("valid_from", "valid_to"):
        frame[name] = frame[name].astype("datetime64[ms]")
    path = folder / "extents.parquet"
    frame.to_parquet(path)
    return path


def with_geopandas(source: Path, zones: Path, out: Path) -> None:
    """Read, make points, join, compare the days, keep every row once, write."""
    import geopandas
    import pandas

    frame = pandas.read_parquet(source)
    polygons = geopandas.read_parquet(zones)
    points = geopandas.GeoDataFrame(
        frame,
        geometry=geopandas.points_from_xy(frame["longitude"], frame["latitude"]),
        crs="EPSG:4326",
    )
    joined = geopandas.sjoin(points, polygons, how="inner", predicate="intersects")
    day = pandas.to_datetime(joined["date"])
    held = joined[(joined["valid_from"] <= day) & (day < joined["valid_to"])]
    zone = held["zone"][~held.index.duplicated()]
    frame.assign(zone=zone.reindex(frame.index)).to_parquet(out)


SQL = """
SELECT i.id, i.date, i.latitude, i.longitude, z.zone
FROM {incidents} AS i LEFT JOIN {zones} AS z
ON ST_Intersects(z.geometry, ST_Point(i.longitude, i.latitude))
AND i.date >= z.valid_from AND i.date < z.valid_to
"""


def with_duckdb(source: Path, zones: Path, out: Path) -> None:
    """The same as one query of DuckDB's spatial extension."""
    import duckdb
    import duckdb_extension_spatial  # noqa: F401  (brings the extension's file)

    with duckdb.connect() as base:
        load_spatial(base)
        base.execute(f"CREATE TABLE zones AS SELECT * FROM read_parquet('{zones}')")  # noqa: S608
        query = SQL.format(incidents=f"read_parquet('{source}')", zones="zones")
        base.execute(f"COPY ({query}) TO '{out}' (FORMAT parquet)")


def load_spatial(base: Any) -> None:
    """Load the extension from its package; nothing is fetched."""
    import duckdb_extension_spatial

    home = Path(duckdb_extension_spatial.__file__).parent
    file = next(home.rglob("*.duckdb_extension*"))
    base.execute(f"LOAD '{file}'")


def with_sedona(source: Path, zones: Path, out: Path) -> None:
    """The same as one query of SedonaDB."""
    import sedonadb

    base = sedonadb.connect()
    base.read_parquet(str(source)).to_view("incidents", overwrite=True)
    base.read_parquet(str(zones)).to_view("zones", overwrite=True)
    query = SQL.format(incidents="incidents", zones="zones")
    query = query.replace(
        "ST_Point(i.longitude, i.latitude)", "ST_SetSRID(ST_Point(i.longitude, i.latitude), 4326)"
    )
    base.sql(query).to_parquet(str(out), single_file_output=True)


RIVALS = {
    "geopandas": (with_geopandas, ("geopandas", "shapely")),
    "DuckDB spatial": (with_duckdb, ("duckdb", "duckdb-extension-spatial")),
    "SedonaDB": (with_sedona, ("sedonadb",)),
}


# -- measuring --------------------------------------------------------------------------------


Taken = tuple[float, float]
"""Seconds by the clock, and seconds of all processors together."""


def seconds(work: Callable[[], object]) -> Taken:
    """Return how long a piece of work takes."""
    begin, busy = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - begin, time.process_time() - busy


def in_turn(works: dict[str, Callable[[], object]], rounds: int) -> dict[str, Taken]:
    """Do all works in turn, so that a busy moment strikes all, and return the best of each."""
    taken = [{name: seconds(work) for name, work in works.items()} for _ in range(rounds)]
    return {name: min(one[name] for one in taken) for name in works}


# A process inherits the peak of the one that starts it, and this one is large: a small one starts
# the command, and says what it took.
WATCH = """
import resource, subprocess, sys, time
begin = time.perf_counter()
subprocess.run(sys.argv[1:], stderr=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, time.perf_counter() - begin)
"""


def peak_mib(command: list[str]) -> tuple[float, float]:
    """Return the largest resident memory of a command in MiB, and its seconds."""
    watched = [sys.executable, "-c", WATCH, *command]
    said = subprocess.run(watched, check=True, capture_output=True, text=True).stdout.split()
    return float(said[-2]), float(said[-1])


def machine() -> str:
    """Return the machine in words."""
    cpu = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        cpu = next(line.partition(":")[2].strip() for line in lines if "model name" in line)
        memory = int(Path("/proc/meminfo").read_text().split()[1]) / 2**20
    except (OSError, StopIteration):
        memory = 0.0
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores of {cpu}, {memory:.0f} GiB of memory, {platform.system()}, "
        f"Python {platform.python_version()}, pyarrow {pa.__version__}, numpy {np.__version__}; "
        f"other work on it at the start: a load of {load:.1f}"
    )


def yardstick(folder: Path, n: int, rounds: int) -> dict[str, Any]:
    """Measure tagging beside copying, for both formats, with and without radii."""
    found: dict[str, Any] = {}
    for radii in (False, True):
        table = incidents(n, codes=radii)
        name = "UCDP's mix" if radii else "radius 0"
        options: dict[str, Any] = {"mapping": UCDP} if radii else {}
        for suffix in (".parquet", ".csv"):
            source, out = folder / f"in{suffix}", folder / f"out{suffix}"
            if suffix == ".csv":
                pyarrow.csv.write_csv(table, source)
            else:
                pq.write_table(table, source)
            if not found:
                small = folder / "small.parquet"
                pq.write_table(table.slice(0, 150_000), small)
                found["prepare"] = seconds(partial(tag_file, small, folder / "s.parquet"))
            tag_file(source, out, **options)
            if suffix == ".csv":
                finished, copy = pyarrow.csv.read_csv(out), copy_csv
            else:
                finished, copy = pq.read_table(out), copy_parquet
            works: dict[str, Callable[[], object]] = {
                "copy": partial(copy, source, finished, folder / f"copy{suffix}"),
                "tag": partial(tag_file, source, out, **options),
            }
            taken = in_turn(works, rounds)
            found[f"{name}, {suffix[1:]}"] = taken
            print(name, suffix, taken, flush=True)
    return found


def rivals(folder: Path, n: int, rounds: int) -> dict[str, Any]:
    """Measure the others on the same rows, and compare the answers."""
    source, zones = folder / "in.parquet", extents(folder)
    pq.write_table(incidents(n, codes=False), source)
    mine = folder / "dezone.parquet"
    works: dict[str, Callable[[], object]] = {"dezone": lambda: tag_file(source, mine)}
    missing: dict[str, str] = {}
    for name, (work, _) in RIVALS.items():
        try:
            work(source, zones, folder / f"{name}.parquet")
        except Exception as error:  # (whatever is wrong with it is said)
            missing[name] = f"{type(error).__name__}: {str(error).splitlines()[0][:160]}"
            print(name, missing[name], flush=True)
            continue
        works[name] = partial(work, source, zones, folder / f"{name}.parquet")
    taken = in_turn(works, rounds)
    print(taken, flush=True)
    tagged = pq.read_table(mine, columns=["id", "zone", "share_best", "time", "space"])
    held = pc.and_(pc.greater(tagged["share_best"], 0.5), pc.equal(tagged["time"], "in_force"))
    ours = tagged.filter(held).select(["id", "zone"])
    # A point that stands for a whole area is no place to us, and a point like others to them.
    no_place = tagged.filter(pc.equal(tagged["space"], "unknown"))["id"]
    agree = {}
    for name in works:
        if name != "dezone":
            theirs = pq.read_table(folder / f"{name}.parquet", columns=["id", "zone"])
            agree[name] = differences(ours, theirs, n, no_place)
    return {
        "seconds": taken,
        "missing": missing,
        "rows that differ": agree,
        "no place": len(no_place),
    }


def differences(ours: pa.Table, theirs: pa.Table, n: int, no_place: pa.ChunkedArray) -> int:
    """Return how many rows have another zone; a row that is lost or doubled differs as well.

    Rows with `no_place` are not compared.
    """
    words = ["", *sorted(zone.id for zone in read_atlas().zones)]

    def codes(table: pa.Table) -> np.ndarray[Any, Any]:
        zone = table["zone"].cast(pa.string()).fill_null("").combine_chunks()
        code = pc.index_in(zone, pa.array(words)).to_numpy(zero_copy_only=False)
        out = np.zeros(n, dtype=np.int8)
        out[table["id"].to_numpy()] = code
        return out

    other = codes(ours) != codes(theirs)
    other[no_place.to_numpy()] = False
    return int(other.sum()) + abs(len(theirs) - n)


def memory(folder: Path, sizes: list[int]) -> dict[int, tuple[float, float]]:
    """Measure the memory of the command for files of several sizes."""
    found = {}
    for n in sizes:
        source = folder / "large.parquet"
        with pq.ParquetWriter(source, incidents(1, codes=False).schema) as writer:
            for start in range(0, n, 1_000_000):
                part = incidents(min(1_000_000, n - start), codes=False)
                writer.write_table(part.set_column(0, "id", pc.add(part["id"], start)))
        command = [sys.executable, "-m", "dezone", "tag", str(source)]
        found[n] = peak_mib([*command, "-o", str(folder / "large-out.parquet")])
        print(n, found[n], flush=True)
    return found


# -- telling ----------------------------------------------------------------------------------


def chart(taken: dict[str, Taken], n: int) -> str:
    """Return bars of millions of rows a second, as SVG; the same for the same figures."""
    rate = {name: n / one[0] / 1e6 for name, one in taken.items()}
    widest = max(rate.values())
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 {40 + 34 * len(rate)}" '
        'font-family="sans-serif" font-size="14" role="img">',
        f"<title>Rows tagged a second, of {n:,}, end to end</title>",
        f'<text x="0" y="18" font-weight="bold">Millions of rows a second, of {n:,}, '
        "from Parquet to Parquet</text>",
    ]
    for i, (name, value) in enumerate(sorted(rate.items(), key=lambda item: -item[1])):
        y = 34 + 34 * i
        fill = "#1f6f8b" if name == "dezone" else "#9aa5ab"
        lines.append(f'<text x="0" y="{y + 17}">{name}</text>')
        width = max(1.0, 420 * value / widest)
        lines.append(f'<rect x="130" y="{y}" width="{width:.1f}" height="24" fill="{fill}"/>')
        lines.append(f'<text x="{136 + width:.1f}" y="{y + 17}">{value:.2f}</text>')
    return "\n".join([*lines, "</svg>"]) + "\n"


def installed(name: str) -> str:
    """Return the version of a package."""
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return f"{name} (not installed)"


def report(found: dict[str, Any], n: int) -> str:
    """Return the results as Markdown."""
    lines = [
        BEGIN,
        f"{n:,} distinct rows (id, date, latitude, longitude), half of them clustered in the west.",
        "",
        f"Machine: {found['machine']}.",
        "",
        "| input | copying with pyarrow | tagging | ratio | promised | ratio of processor time |",
        "|---|---|---|---|---|---|",
    ]
    promised = {"radius 0": 1.5, "UCDP's mix": 2.5}
    for name, one in found["yardstick"].items():
        if name == "prepare":
            continue
        most = promised[name.partition(",")[0]]
        copy, tag = one["copy"], one["tag"]
        lines.append(
            f"| {name} | {copy[0]:.2f} s | {tag[0]:.2f} s | {tag[0] / copy[0]:.2f} | "
            f"at most {most} | {tag[1] / copy[1]:.2f} |"
        )
    clock, busy = found["yardstick"]["prepare"]
    lines += [
        "",
        "Copying means: read the input, write the finished output (all its columns), nothing "
        "else. The first file in a process takes "
        f"{clock:.1f} s more ({busy:.1f} s of processor time), for the index of the zones.",
    ]
    if "rivals" in found:
        taken = found["rivals"]["seconds"]
        lines += [
            "",
            "| program | end to end | times dezone | times its processor time | rows that differ |",
            "|---|---|---|---|---|",
        ]
        for name, one in sorted(taken.items(), key=lambda item: item[1]):
            differ = found["rivals"]["rows that differ"].get(name, "")
            own = taken["dezone"]
            lines.append(
                f"| {name} | {one[0]:.2f} s | {one[0] / own[0]:.2f} | {one[1] / own[1]:.2f} | "
                f"{differ} |"
            )
        packages = ", ".join(installed(p) for _, names in RIVALS.values() for p in names)
        lines += [
            "",
            f"The others answer only in which polygon of the day a point lies ({packages}). Not "
            f"compared: {found['rivals']['no place']} rows at a point that stands for a whole "
            "governorate, which is no place to dezone.",
        ]
        for name, why in found["rivals"]["missing"].items():
            lines.append(f"{name} could not be measured: {why}")
    if "memory" in found:
        lines += ["", "| rows of Parquet | largest resident memory | time |", "|---|---|---|"]
        for size, (mib, took) in found["memory"].items():
            lines.append(f"| {int(size):,} | {mib:.0f} MiB | {took:.0f} s |")
    return "\n".join([*lines, END])


def main() -> None:
    """Measure, print, and, if asked, write down."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", type=int, nargs="*", default=[5_000_000, 20_000_000])
    parser.add_argument("--write", action="store_true")
    choice = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="dezone-bench-"))
    try:
        found: dict[str, Any] = {"machine": machine()}
        found["yardstick"] = yardstick(folder, choice.rows, choice.rounds)
        found["rivals"] = rivals(folder, choice.rows, choice.rounds)
        if choice.memory:
            found["memory"] = memory(folder, choice.memory)
    finally:
        shutil.rmtree(folder)
    print(json.dumps(found, indent=1))
    said = report(found, choice.rows)
    print(said)
    if choice.write:
        old = DOC.read_text() if DOC.exists() else f"# Benchmarks\n\n{BEGIN}\n{END}\n"
        head, _, rest = old.partition(BEGIN)
        DOC.write_text(head + said + rest.partition(END)[2])
        CHART.parent.mkdir(exist_ok=True)
        CHART.write_text(chart(found["rivals"]["seconds"], choice.rows))


if __name__ == "__main__":
    main()
