"""Verdicts and memberships a second on one core, beside what else can tell point in polygon.

`python benchmarks/verdicts.py --points 500000` is a quick run; `--chart FILE` draws the
memberships as SVG. What is compared is measured in one process, in turn, by processor time,
on one thread, and by the median of several rounds; answers are compared point by point.
"""

from __future__ import annotations

import os

# Before numpy and the like are loaded: they read this once.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "TOKIO_WORKER_THREADS"):
    os.environ[_name] = "1"

import argparse
import platform
import statistics
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

import zones
from geodata.atlas import read_atlas
from geodata.columns.incidents import Incidents
from zones.layers import load_zones
from zones.verdict import assessor_of

SEED = 2017
ROUNDS = 5
SLOW = 1_000_000  # points that the slower ones are given at most
FIRST, LAST = (np.datetime64(day, "D").astype(int) for day in ("2016-01-01", "2020-12-31"))
CHECKS = [(35.93, 36.63), (36.2, 37.1), (32.6, 36.1), (34.8, 36.7), (35.3, 38.9), (33.55, 36.45)]
PACKAGES = ("numpy", "shapely", "geopandas", "duckdb", "duckdb-extension-spatial", "sedonadb")


def seconds(work: Callable[[], Any], rounds: int = ROUNDS) -> tuple[float, Any]:
    """Return the median processor time of some work, all its threads, and what it gave."""
    taken = []
    for _ in range(rounds):
        begin = time.process_time()
        answer = work()
        taken.append(time.process_time() - begin)
    return statistics.median(taken), answer


def single_checks() -> None:
    """Print how long one check takes in a warm process."""
    print("| one check, warm | ms |\n|---|--:|")
    for radius in (None, "2km", "25km"):

        def check(radius: str | None = radius) -> None:
            for latitude, longitude in CHECKS:
                zones.check(
                    latitude=latitude, longitude=longitude, date="2018-03-07", radius=radius
                )

        check()
        taken, _ = seconds(check, 15)
        print(f"| radius {radius or 0} | {1000 * taken / len(CHECKS):.1f} |")


def verdicts(longitude: np.ndarray, latitude: np.ndarray) -> None:
    """Print verdicts a second, for two mixes of radii."""
    n = len(longitude)
    rng = np.random.default_rng(SEED)
    days = rng.integers(FIRST, LAST + 1, n)
    assessor = assessor_of(read_atlas())
    mixes = {
        "54 % exact, 36 % 25 km, 10 % unknown": rng.choice(
            [0.0, 25_000.0, np.nan], n, p=[0.54, 0.36, 0.10]
        ),
        "evenly 0 to 30 km": rng.uniform(0, 30_000, n),
    }
    build, _ = seconds(lambda: assessor.classes, 1)
    print(f"\nThe index is made once a process: {build:.1f} s.\n")
    print("| radii | million verdicts a second |\n|---|--:|")
    for name, radius in mixes.items():
        taken, _ = seconds(
            lambda r=radius: assessor.assess(Incidents.discs(longitude, latitude, r, days, days)), 3
        )
        print(f"| {name} | {n / taken / 1e6:.2f} |")


# -- memberships ----------------------------------------------------------------------------------


def by_shapely(frame: Any, x: np.ndarray, y: np.ndarray) -> Callable[[], np.ndarray]:
    """Prepared polygons, one after the other."""
    shapely.prepare(frame.geometry.array)

    def work() -> np.ndarray:
        found = np.full(len(x), -1, dtype=np.int8)
        for position, shape in zip(frame["position"], frame.geometry, strict=True):
            found[shapely.contains_xy(shape, x, y)] = position
        return found

    return work


def by_sjoin(frame: Any, x: np.ndarray, y: np.ndarray) -> Callable[[], np.ndarray]:
    """A spatial join of two frames, points made from the arrays."""
    import geopandas as gpd

    def work() -> np.ndarray:
        points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(x, y, crs="EPSG:4326"))
        joined = gpd.sjoin(points, frame[["position", "geometry"]], predicate="within")
        return scattered(len(x), joined.index.to_numpy(), joined["position"].to_numpy())

    return work


JOIN = (
    "SELECT p.i, z.position FROM points p JOIN zones z ON ST_Contains(z.geom, ST_Point(p.x, p.y))"
)


def tables(frame: Any, x: np.ndarray, y: np.ndarray) -> tuple[pa.Table, pa.Table]:
    """Points and zones as both databases take them."""
    points = pa.table({"i": np.arange(len(x)), "x": x, "y": y})
    outlines = pa.table(
        {"position": frame["position"].to_numpy(), "wkb": list(shapely.to_wkb(frame.geometry))}
    )
    return points, outlines


def by_duckdb(frame: Any, x: np.ndarray, y: np.ndarray) -> Callable[[], np.ndarray]:
    """DuckDB's spatial join, one thread, from and to Arrow."""
    import duckdb
    from duckdb_extensions import import_extension

    import_extension("spatial")
    database = duckdb.connect(config={"threads": 1})
    database.execute("LOAD spatial")
    points, outlines = tables(frame, x, y)
    database.register("points", points)
    database.register("outlines", outlines)
    database.execute(
        "CREATE TABLE zones AS SELECT position, ST_GeomFromWKB(wkb) AS geom FROM outlines"
    )

    def work() -> np.ndarray:
        found = database.execute(JOIN).fetchnumpy()
        return scattered(len(x), found["i"], found["position"])

    return work


def by_sedonadb(frame: Any, x: np.ndarray, y: np.ndarray) -> Callable[[], np.ndarray]:
    """SedonaDB's spatial join, from and to Arrow."""
    import sedonadb

    database = sedonadb.connect()
    database.sql("SET datafusion.execution.target_partitions = 1").execute()
    points, outlines = tables(frame, x, y)
    database.create_data_frame(points).to_view("points")
    database.create_data_frame(outlines).to_view("outlines")
    database.sql("SELECT position, ST_GeomFromWKB(wkb) AS geom FROM outlines").to_view("zones")

    def work() -> np.ndarray:
        found = pa.RecordBatchReader.from_stream(database.sql(JOIN)).read_all()
        return scattered(len(x), found["i"].to_numpy(), found["position"].to_numpy())

    return work


def scattered(n: int, rows: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Return an answer for every point from the pairs that a join gives."""
    found = np.full(n, -1, dtype=np.int8)
    found[rows] = positions
    return found


def memberships(longitude: np.ndarray, latitude: np.ndarray) -> dict[str, float]:
    """Print points a second of each way to tell the zone; return them by name."""
    frame = load_zones()
    frame["position"] = frame["number"] - 1
    n = len(longitude)
    few = slice(0, min(n, SLOW))
    x, y = longitude[few], latitude[few]
    taken, ours = seconds(lambda: zones.locate(longitude, latitude))
    rates = {"dezone locate": n / taken}
    rivals = {
        "shapely contains_xy, prepared": by_shapely,
        "SedonaDB": by_sedonadb,
        "DuckDB spatial": by_duckdb,
        "geopandas sjoin": by_sjoin,
    }
    answers: dict[str, int] = {}
    for name, prepare in rivals.items():
        try:
            work = prepare(frame, x, y)
        except ImportError as error:
            print(f"{name}: left out, since {error.name} is not installed; `make bench` does it.")
            continue
        taken, theirs = seconds(work, 3)
        rates[name] = len(x) / taken
        answers[name] = int((theirs != ours[few]).sum())
    slowest = rates.get("shapely contains_xy, prepared", 1.0)
    inside = int((ours >= 0).sum())
    print(f"\n{inside} of {n} points lie in a zone.\n")
    print("| point in which zone | million a second | times shapely | answers that differ |")
    print("|---|--:|--:|--:|")
    for name, rate in rates.items():
        differ = answers.get(name, "–")
        print(f"| {name} | {rate / 1e6:.2f} | {rate / slowest:.2f} | {differ} |")
    return rates


def chart(rates: dict[str, float]) -> str:
    """Return the rates as bars on a logarithmic scale, as SVG; the same for the same rates."""
    left, width, row = 220, 420, 30
    low, high = 1e4, 1e9
    ticks = [10.0**k for k in range(4, 10)]

    def along(rate: float) -> float:
        return left + width * float(np.log10(rate / low) / np.log10(high / low))

    tall = row * len(rates) + 50
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + width + 90} {tall}" '
        'font-family="sans-serif" font-size="13" role="img" aria-labelledby="t">',
        '<title id="t">Points a second on one core, on a logarithmic scale</title>',
    ]
    for tick in ticks:
        x = along(tick)
        label = f"{tick / 1e6:g} M" if tick >= 1e6 else f"{tick / 1e3:g} k"
        lines.append(f'<path d="M{x:.1f} 8V{tall - 38}" stroke="#ccc"/>')
        lines.append(f'<text x="{x:.1f}" y="{tall - 22}" text-anchor="middle">{label}</text>')
    for i, (name, rate) in enumerate(rates.items()):
        y = 12 + i * row
        fill = "#0072b2" if i == 0 else "#999999"
        lines.append(f'<text x="{left - 8}" y="{y + 15}" text-anchor="end">{name}</text>')
        lines.append(
            f'<rect x="{left}" y="{y}" width="{along(rate) - left:.1f}" height="20" fill="{fill}"/>'
        )
        lines.append(f'<text x="{along(rate) + 6:.1f}" y="{y + 15}">{rate / 1e6:.1f} M/s</text>')
    lines.append(
        f'<text x="{left + width / 2}" y="{tall - 4}" text-anchor="middle">'
        "points a second, one core, logarithmic</text>"
    )
    return "\n".join([*lines, "</svg>"]) + "\n"


def machine() -> str:
    """Return what this was measured on."""
    model = platform.processor() or platform.machine()
    facts = Path("/proc/cpuinfo")
    if facts.exists():
        names = [line for line in facts.read_text("utf-8").splitlines() if "model name" in line]
        model = names[0].split(":")[1].strip() if names else model
    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"no {name}")
    python = platform.python_version()
    return f"{os.cpu_count()} cores, {model}; Python {python}, {', '.join(found)}."


def main() -> None:
    """Measure, and print tables in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--points", type=int, default=5_000_000, help="how many (default 5 million)"
    )
    parser.add_argument("--chart", type=Path, help="an SVG file to draw the memberships in")
    chosen = parser.parse_args()
    west, south, east, north = read_atlas().meta.bounds
    rng = np.random.default_rng(SEED)
    longitude = rng.uniform(west, east, chosen.points)
    latitude = rng.uniform(south, north, chosen.points)
    print(f"{machine()}\n{chosen.points:,} distinct points over Syria, one core.\n")
    single_checks()
    verdicts(longitude, latitude)
    rates = memberships(longitude, latitude)
    if chosen.chart:
        chosen.chart.write_text(chart(rates), "utf-8", newline="\n")


if __name__ == "__main__":
    main()
