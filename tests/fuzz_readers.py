"""Fuzz the readers of incident files: no crash, no hang, no silent guess.

Run as `python tests/fuzz_readers.py [SECONDS] [SEED]`; it is no part of the test suite. Every round
makes a file of some format with some dirt, damages it or not, and reads it, half the time with
polygons of districts and governorates (damaged, too, now and then). Allowed are: rows that come
back as they are, or an error of dezone's family in one line. A failing file is kept.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from geodata.columns.areas import LEVELS
from geodata.columns.incidents import NO_DAY, Reason
from geodata.columns.opening import open_incidents
from geodata.columns.plan import Plan
from geodata.columns.reading import read_batch
from geodata.errors import DezoneError
from geodata.formats.writing import needs_geometry, with_points, write_table

LONGEST = 60  # seconds that one file may take
HEADERS = [
    ["id", "date", "latitude", "longitude"],
    ["id", "date_start", "date_end", "date_prec", "latitude", "longitude", "where_prec", "adm_2"],
    [
        "date_start",
        "date_end",
        "date_prec",
        "latitude",
        "longitude",
        "where_prec",
        "adm_1",
        "adm_2",
    ],
    ["event_id_cnty", "event_date", "time_precision", "latitude", "longitude", "geo_precision"],
    ["date", "latitude", "longitude", "district", "governorate"],
    ["#date", "#geo+lat", "#geo+lon", "#adm2+code", "#adm1+name"],
    ["eventid", "iyear", "imonth", "iday", "latitude", "longitude", "specificity", "vicinity"],
    ["التاريخ", "خط العرض", "خط الطول"],
    ["tarih", "position"],
    ["#date", "#geo+lat", "#geo+lon"],
    ["date", "_q_latitude", "_q_longitude", "_q_precision"],
]
CELLS = [
    "", " ", "0", "1", "2", "3", "9", "35.9306", "36.6339", "-36.5", "35,9306", "٣٦٫٢", "359306",
    "36°12'30\"N", "37SBA1234567890", "POINT (36.6 35.9)", "2018-03-07", "07/03/2018", "25/03/2018",
    "2018", "2018-03", "43166", "7 آذار 2018", "كانون الثاني 2018", "2018-03-07T23:30:00Z", "nan",
    "inf", "1e5", "=1+1", "@x", "\u200f35.9\u200f", "35.9\u00a0", "NULL", "N/A", "\0", "a,b", 'a"b',
    "a\nb", "\ufeff", "é", "إدلب", "#date", "1.2.3", "--5", "99999999999999999999", "x" * 3000,
]  # fmt: skip
AREAS = {  # name: level, p-code, west, south, east, north
    "Ariha": ("district", "SY0705", 36.4, 35.6, 36.8, 35.95),
    "Harim": ("district", "SY0703", 36.3, 35.95, 36.7, 36.3),
    "Idlib": ("governorate", "SY07", 36.1, 35.3, 37.2, 36.4),
    "إدلب": ("governorate", "XX07", 36.1, 35.3, 37.2, 36.4),
}
NAMES = [
    "Ariha", "Ariha district", "ariha", "Hārim", "SY0705", "Idlib Governorate", "إدلب",
    "محافظة إدلب", "Nowhere", "SY07", "SY99", "district", "-", "\u200fAriha", "x" * 600, "\0",
]  # fmt: skip
FORMATS = ["csv", "xlsx", "json", "jsonl", "geojson", "parquet", "gpkg", "fgb", "kml"]
ENCODINGS = ["utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1256", "latin-1"]


def make_rows(rng: random.Random) -> tuple[list[str], list[list[str]]]:
    header = list(rng.choice(HEADERS))
    if rng.random() < 0.2:
        header.insert(rng.randrange(len(header) + 1), rng.choice([*CELLS, header[0]]))
    rows = []
    for _ in range(rng.choice([0, 1, 3, 20, 300])):
        row = [rng.choice(CELLS) for _ in header]
        if rng.random() < 0.5:
            for i, name in enumerate(header):
                if "lat" in name:
                    row[i] = f"{rng.uniform(32, 38):.4f}"
                elif "lon" in name:
                    row[i] = f"{rng.uniform(35, 43):.4f}"
                elif "adm" in name or name in ("district", "governorate"):
                    row[i] = rng.choice(NAMES)
                elif name == "where_prec":
                    row[i] = rng.choice("1234567")
                elif "date" in name:
                    row[i] = f"2018-{rng.randint(1, 12):02d}-{rng.randint(1, 31):02d}"
        rows.append(row)
    return header, rows


def delimited(rng: random.Random, header: list[str], rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    if rng.random() < 0.2:
        rows = [row[: rng.randint(0, len(row))] if rng.random() < 0.1 else row for row in rows]
        rows = [[*row, "more"] if rng.random() < 0.1 else row for row in rows]
    writer = csv.writer(
        text,
        delimiter=rng.choice(",,,;\t|"),
        lineterminator=rng.choice(["\n", "\r\n", "\r"]),
        quoting=rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    )
    writer.writerows([header, *rows])
    return text.getvalue().encode(rng.choice(ENCODINGS), "replace")


def make_file(rng: random.Random, folder: Path) -> Path:
    header, rows = make_rows(rng)
    kind = rng.choice(FORMATS)
    plain = folder / "plain.csv"
    if kind == "csv":
        content = delimited(rng, header, rows)
    elif kind in ("json", "jsonl"):
        values = [*CELLS, 1, 35.9, None, True, [1], {"a": 1}, 2**70]
        records = [
            {name: rng.choice(values) if rng.random() < 0.2 else cell
             for name, cell in zip(header, row, strict=True) if rng.random() < 0.98}
            for row in rows
        ]  # fmt: skip
        lines = [json.dumps(record, ensure_ascii=rng.random() < 0.5) for record in records]
        content = ("[" + ",".join(lines) + "]" if kind == "json" else "\n".join(lines)).encode()
    else:
        table = pa.table(
            {
                f"{name}{'_' * i if header.count(name) > 1 else ''}": pa.array(
                    [row[i] for row in rows], pa.string()
                )
                for i, name in enumerate(header)
            }
        )
        if kind == "parquet":
            pq.write_table(table, folder / "in.parquet")
        else:
            points = pa.field(
                "geometry", pa.binary(), metadata={b"ARROW:extension:name": b"geoarrow.wkb"}
            )
            if kind != "xlsx":
                from geodata.formats.layers.wkb import points as make

                x = np.array([rng.choice([36.5, np.nan, 400.0, 0.0]) for _ in rows])
                table = table.append_column(points, make(x, x - 1))
            try:
                write_table(folder / f"in.{kind}", table.schema, table.to_batches())
            except DezoneError:  # a format that cannot hold these cells
                (folder / f"in.{kind}").write_bytes(b"")
        content = (folder / f"in.{kind}").read_bytes()
    plain.unlink(missing_ok=True)
    if rng.random() < 0.3:
        content = damage(rng, content)
    suffix = kind
    if rng.random() < 0.1:
        content, suffix = gzip.compress(content), f"{kind}.gz"
        if rng.random() < 0.3:
            content = damage(rng, content)
    path = folder / f"in.{suffix}"
    path.write_bytes(content)
    return path


def damage(rng: random.Random, content: bytes) -> bytes:
    out = bytearray(content)
    for _ in range(rng.randint(1, 6)):
        if not out:
            break
        at = rng.randrange(len(out))
        match rng.randrange(4):
            case 0:
                out[at] = rng.randrange(256)
            case 1:
                del out[at:]
            case 2:
                del out[at : at + rng.randrange(64)]
            case _:
                out[at:at] = rng.randbytes(rng.randrange(16))
    return bytes(out)


def make_areas(rng: random.Random, folder: Path) -> list[Path]:
    """Write polygons of each level, most of the time sound ones."""
    paths = []
    for level, number in LEVELS.items():
        features = [
            {
                "type": "Feature",
                "properties": {f"ADM{number}_EN": name, f"ADM{number}_PCODE": code},
                "geometry": shapely.geometry.mapping(shapely.box(*box)),
            }
            for name, (of, code, *box) in AREAS.items()
            if of == level
        ]
        content = json.dumps({"type": "FeatureCollection", "features": features}).encode()
        if rng.random() < 0.05:
            content = damage(rng, content)
        paths.append(folder / f"{level}.geojson")
        paths[-1].write_bytes(content)
    return paths[rng.randrange(2) :]


def check(path: Path, rng: random.Random) -> str:
    admin = make_areas(rng, path.parent) if rng.random() < 0.5 else []
    try:
        source = open_incidents(path, admin=admin)
        batches = list(source.batches(rng.choice([1, 7, 65536])))
    except DezoneError as error:
        if "\n" in str(error):
            raise AssertionError(f"more than one line: {error!r}") from error
        return "refused"
    first = 1
    for batch in batches:
        found = read_batch(batch, source.plan)
        if len(found) != batch.num_rows:
            raise AssertionError("rows were lost")
        nowhere = np.isnan(found.longitude)
        if (nowhere != np.isnan(found.latitude)).any():
            raise AssertionError("half a position")
        bits = {r.value: (found.reasons & r.bit) != 0 for r in Reason}
        placed = bits["no-location"] | bits["unreadable-location"]
        in_area = found.unit >= 0  # which stands for a place that is not given, not for a wrong one
        if (
            (in_area & placed).any()
            or ((nowhere & ~in_area) != placed).any()
            or ((found.first == NO_DAY) != (found.last == NO_DAY)).any()
        ):
            raise AssertionError("a trouble that is not told")
        if (in_area & ~np.isnan(found.radius_m)).any():
            raise AssertionError("a radius and an area")
        if (found.first > found.last).any():
            raise AssertionError("an interval that runs backwards")
        refusals = {row for f in found.findings if f.severity == "refusal" for row in f.rows}
        told = np.isin(np.arange(first, first + len(found)), list(refusals))
        if (bits["unreadable-location"] & ~told).any() or (bits["unreadable-date"] & ~told).any():
            raise AssertionError("a refusal without a finding")
        first += batch.num_rows
    suffix = rng.choice(["csv", "jsonl", "parquet", "xlsx", "gpkg", "geojson"])
    target = path.parent / f"out.{suffix}"
    geometry = needs_geometry(target, source.schema)
    held = [placed(batch, source.plan) if geometry else batch for batch in batches]
    schema = held[0].schema if held else source.schema
    try:
        rows, _ = write_table(target, schema, held, like=source.table)
    except DezoneError:
        return "unwritable"
    if rows != first - 1:
        raise AssertionError("rows were lost in writing")
    if suffix in ("csv", "jsonl") and held and all(pa.types.is_string(f.type) for f in schema):
        options = {"separator": source.table.dialect.separator} if source.table.dialect else {}  # type: ignore[attr-defined]
        if suffix == "jsonl":
            options = {}
        try:
            again = open_incidents(target, mapping=source.mapping, **options)  # type: ignore[arg-type]
        except DezoneError as error:
            if "expected a column" in str(error) or "could be meant" in str(error):
                return "read"  # names that repeat are told apart anew
            raise
        # Cells and not names: a column without a proper name gets one when it is read again.
        if said(batches) != said(again.batches()):
            raise AssertionError(f"cells were changed in {suffix}")
    return "read"


def placed(batch: pa.RecordBatch, plan: Plan) -> pa.RecordBatch:
    """Return a batch with the points that are read from it."""
    found = read_batch(batch, plan)
    return with_points(batch, found.longitude, found.latitude)


def said(batches: Iterable[pa.RecordBatch]) -> list[list[object]]:
    """Return the cells of some batches; a missing one and an empty one are alike in CSV."""
    return [
        [cell or "" for cell in row]
        for batch in batches
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)
    ]


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    end = time.monotonic() + seconds
    counts: dict[str, int] = {}
    rounds = failed = 0

    def late(*_: object) -> None:
        raise TimeoutError(f"more than {LONGEST} s")

    signal.signal(signal.SIGALRM, late)
    while time.monotonic() < end:
        rng = random.Random(f"{seed}/{rounds}")  # noqa: S311  (no secret)
        with tempfile.TemporaryDirectory() as name:
            path = make_file(rng, Path(name))
            signal.alarm(LONGEST)
            try:
                outcome = check(path, rng)
            except Exception:
                outcome = "failed"
                failed += 1
                kept = Path(tempfile.gettempdir()) / f"fuzz-{seed}-{rounds}-{path.name}"
                kept.write_bytes(path.read_bytes())
                print(f"round {seed}/{rounds}: {kept}")
                traceback.print_exc()
            finally:
                signal.alarm(0)
        counts[outcome] = counts.get(outcome, 0) + 1
        rounds += 1
    print(f"seed {seed}: {rounds} files in {seconds:.0f} s: {dict(sorted(counts.items()))}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
