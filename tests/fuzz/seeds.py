"""Small files of every kind that is read, by our own writers: clean, with dirt, and hostile.

A fuzzer begins from them, and the tests of damage cut and flip them.
"""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import gzip
import html
import io
import json
import random
import re
import sqlite3
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from atlases import agreement, extent, square, write_atlas
from hostile import write_hostile
from old_tables import Cell, ods, xls

from dezone.cite.card import make_card
from dezone.cite.files import SUFFIXES, render_card
from dezone.report import make_report
from dezone.report.files import REPORT, report_files
from geodata.atlas import Atlas
from geodata.columns.areas import LEVELS
from geodata.errors import DezoneError
from geodata.formats.layers.wkb import points
from geodata.formats.suffixes import SHAPEFILE
from geodata.formats.writing import write_table
from zones.incident import check
from zones.tables.question import ask

HEADERS = [
    ["id", "date", "latitude", "longitude"],
    ["id", "date_start", "date_end", "date_prec", "latitude", "longitude", "where_prec", "adm_2"],
    ["date_start", "date_end", "date_prec", "latitude", "longitude", "where_prec", "adm_1"],
    ["event_id_cnty", "event_date", "time_precision", "latitude", "longitude", "geo_precision"],
    ["date", "latitude", "longitude", "district", "governorate"],
    ["#date", "#geo+lat", "#geo+lon", "#adm2+code", "#adm1+name"],
    ["eventid", "iyear", "imonth", "iday", "latitude", "longitude", "specificity", "vicinity"],
    ["التاريخ", "خط العرض", "خط الطول"],
    ["tarih", "position"],
    ["date", "_q_latitude", "_q_longitude", "_q_precision"],
    ["date", "latitudeE7", "longitudeE7"],
    ["id", "date", "latitude", "longitude", "town", "governorate"],
    [
        "date",
        "Degrees",
        "Minutes",
        "Seconds",
        "Direction",
        "Degrees",
        "Minutes",
        "Seconds",
        "Direction",
    ],
    ["start year", "start month", "start day", "end year", "end month", "end day", "lat", "lon"],
]
ABOVE = ["Incident list", "Strikes, 2018", "sep=;", "sep=,", "#date,#geo+lat", "", ";;;"]
"""Lines that stand above the header of some files."""
NESTED = [
    {"date": "2018-03-07", "location": {"lat": 35.9306, "lng": 36.6339}},
    {"_uuid": "1", "what/incident_date": "2018-03-07", "_geolocation": [35.9306, 36.6339]},
    {
        "__id": "1",
        "date": "2018-03-07",
        "where": {"type": "Point", "coordinates": [36.6, 35.9, 1], "properties": {"accuracy": 5}},
    },
    {
        "id": 1,
        "events": [
            {
                "from_date": "2018-03-07",
                "to_date": "2018-03-09",
                "location": {"lat": 35.9306, "lng": 36.6339},
            }
        ],
    },
]
"""Records of surveys and services, with values inside values."""
CELLS = [
    "", " ", "0", "1", "2", "3", "9", "35.9306", "36.6339", "-36.5", "35,9306", "٣٦٫٢", "359306",
    "36°12'30\"N", "37SBA1234567890", "POINT (36.6 35.9)", "2018-03-07", "07/03/2018", "25/03/2018",
    "2018", "2018-03", "43166", "7 آذار 2018", "كانون الثاني 2018", "2018-03-07T23:30:00Z", "nan",
    "inf", "1e5", "=1+1", "@x", "\u200f35.9\u200f", "35.9\u00a0", "NULL", "N/A", "\0", "a,b", 'a"b',
    "a\nb", "\ufeff", "é", "إدلب", "#date", "1.2.3", "--5", "99999999999999999999", "x" * 300,
    "7-Mar-18", "1520465400", "7-9 March 2018", "20180307233000", "359306000", "25 km", "N",
    "Saraqib - Idlib", "C3871",
]  # fmt: skip
AREAS = {  # name: level, p-code, west, south, east, north
    "Ariha": ("district", "SY0705", 36.4, 35.6, 36.8, 35.95),
    "Harim": ("district", "SY0703", 36.3, 35.95, 36.7, 36.3),
    "Idlib": ("governorate", "SY07", 36.1, 35.3, 37.2, 36.4),
    "إدلب": ("governorate", "XX07", 36.1, 35.3, 37.2, 36.4),
}
NAMES = [
    "Ariha", "Ariha district", "ariha", "Hārim", "SY0705", "Idlib Governorate", "إدلب",
    "محافظة إدلب", "Nowhere", "SY07", "SY99", "district", "-", "\u200fAriha", "\0",
]  # fmt: skip
ENCODINGS = ["utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1256", "latin-1"]


def make_rows(rng: random.Random, *, dirty: bool) -> tuple[list[str], list[list[str]]]:
    """Return a header and up to 20 rows."""
    header = list(rng.choice(HEADERS) if dirty else HEADERS[0])
    if dirty and rng.random() < 0.2:
        header.insert(rng.randrange(len(header) + 1), rng.choice([*CELLS, header[0]]))
    rows = []
    for number in range(rng.choice([1, 3, 20]) if dirty else 12):
        row = [rng.choice(CELLS) if dirty else str(number) for _ in header]
        if not dirty or rng.random() < 0.5:
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
                    row[i] = f"2018-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
        rows.append(row)
    return header, rows


def delimited(rng: random.Random, header: list[str], rows: list[list[str]]) -> bytes:
    """Return rows as text in some dialect and encoding, some of them ragged."""
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
    if rng.random() < 0.2:
        text.write(f"{rng.choice(ABOVE)}\n" * rng.randint(1, 3))
    writer.writerows([header, *rows])
    return text.getvalue().encode(rng.choice(ENCODINGS), "replace")


def table_of(rng: random.Random, header: list[str], rows: list[list[str]]) -> pa.Table:
    """Return rows as a table of texts, with points where the longitudes can be read."""
    names = [f"{name}{'_' * header[:i].count(name)}" for i, name in enumerate(header)]
    columns = [pa.array([row[i] for row in rows], pa.string()) for i in range(len(header))]
    x = np.array([rng.choice([36.5, 36.25, 37.0]) for _ in rows])
    field = pa.field("geometry", pa.binary(), metadata={b"ARROW:extension:name": b"geoarrow.wkb"})
    return pa.table(dict(zip(names, columns, strict=True))).append_column(field, points(x, x - 1))


def incidents(rng: random.Random, suffix: str, folder: Path, *, dirty: bool) -> bytes | None:
    """Return a file of incidents with some suffix; None where these cells cannot be in one."""
    header, rows = make_rows(rng, dirty=dirty)
    if suffix == "gpx":
        return waypoints(rng, rows)
    if suffix in ("xls", "ods"):
        return workbook(rng, suffix, header, rows)
    if suffix == "dta":
        return stata(rng, header, rows, folder)
    if suffix in ("json", "jsonl") and dirty and rng.random() < 0.3:
        return nested(rng, suffix)
    if suffix == "csv" and dirty:
        return delimited(rng, header, rows)
    if suffix in ("json", "jsonl") and dirty:
        values = [*CELLS, 1, 35.9, None, True, [1], {"a": 1}, 2**70]
        lines = [
            json.dumps({
                name: rng.choice(values) if rng.random() < 0.2 else cell
                for name, cell in zip(header, row, strict=True) if rng.random() < 0.98
            }, ensure_ascii=rng.random() < 0.5)
            for row in rows
        ]  # fmt: skip
        return ("[" + ",".join(lines) + "]" if suffix == "json" else "\n".join(lines)).encode()
    table = table_of(rng, header, rows)
    if suffix in ("csv", "json", "jsonl", "xlsx"):
        table = table.drop_columns(["geometry"])
    path = folder / f"in.{suffix}"
    try:
        write_table(path, table.schema, table.to_batches())
    except DezoneError:  # a format that cannot hold these cells
        return None
    if suffix != "shp":
        return path.read_bytes()
    return archive({one: path.with_suffix(one).read_bytes() for one in SHAPEFILE})


def waypoints(rng: random.Random, rows: list[list[str]]) -> bytes:
    """Return a GPX file with a waypoint for each row, and perhaps a track."""
    points = [
        f'<wpt lat="{rng.uniform(32, 38):.4f}" lon="{rng.uniform(35, 43):.4f}">'
        f"<time>2018-03-07T09:00:00Z</time><name>{html.escape(row[0])}</name></wpt>"
        for row in rows
    ]
    track = '<trk><trkseg><trkpt lat="35" lon="36"/></trkseg></trk>' if rng.random() < 0.3 else ""
    whole = f'<?xml version="1.0"?><gpx version="1.1">{"".join(points)}{track}</gpx>'
    return whole.replace("\0", "").encode()


def workbook(rng: random.Random, suffix: str, header: list[str], rows: list[list[str]]) -> bytes:
    """Return an old workbook or one of LibreOffice, with cells of all kinds."""
    days = {"xls": 43166.75, "ods": "2018-03-07T18:00:00"}
    cells: list[Cell | None] = [
        None, ("moment", days[suffix]), ("error", "#REF!"), ("number", 43166),
        ("truth", 1 if suffix == "xls" else "true"), ("span", 1.25 if suffix == "xls" else "PT30H"),
    ]  # fmt: skip

    def cell(text: str) -> Cell | None:
        if rng.random() < 0.05:
            return rng.choice(cells)
        if re.fullmatch(r"\d{1,6}\.\d{1,9}", text):
            return "number", float(text)
        return "text", escape(re.sub("[\0-\x08\ud800-\udfff]", "", text))

    sheets: dict[str, list[list[Cell | None]]] = {
        "S": [[cell(text) for text in row] for row in [header, *rows]]
    }
    if rng.random() < 0.2:
        sheets["T"] = sheets["S"] if rng.random() < 0.5 else []
    return {"xls": xls, "ods": ods}[suffix](sheets)


def stata(rng: random.Random, header: list[str], rows: list[list[str]], folder: Path) -> bytes:
    """Return a file of Stata of some version: texts, and what its reader has to turn."""
    version = rng.choice([114, 117, 118, 119])
    names = [re.sub("[^a-z_]", "", name)[:20] + f"_{i}" * (name in header[:i]) for i, name in
             enumerate(header)]  # fmt: skip
    texts = [[cell.encode("latin-1", "ignore").decode("latin-1") for cell in row] for row in rows]
    frame = pd.DataFrame(
        {name or f"v{i}": [row[i].replace("\0", "")[:200] for row in texts]
         for i, name in enumerate(names)}
    )  # fmt: skip
    for name in frame:
        if "lat" in name or "lon" in name:
            frame[name] = np.float32(36.25)
        elif "date" in name:
            frame[name] = pd.Timestamp("2018-03-07 18:00")
    frame["side"] = np.int8(rng.choice([0, 1, 100]))
    dates = {name: rng.choice(["td", "tc", "tm"]) for name in frame if "date" in name}
    long = [name for name in frame if frame[name].dtype == object][:1] if version > 114 else []
    path = folder / "in.dta"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame.to_stata(path, version=version, convert_dates=dates, write_index=False,
                       value_labels={"side": {0: "A", 1: "B"}}, convert_strl=long or None,
                       time_stamp=dt.datetime(2026, 1, 2))  # fmt: skip
    return path.read_bytes()


def nested(rng: random.Random, suffix: str) -> bytes:
    """Return records with values inside values: an array, rows of cells, a list, or one a line."""
    records = [rng.choice(NESTED)] * rng.randint(1, 4)
    if suffix == "jsonl":
        return "\n".join(map(json.dumps, records)).encode()
    cells = [["Date", "Lat", "Lon"], ["#date", "#geo+lat", "#geo+lon"], ["2018-03-07", 35.9, 36.6]]
    return json.dumps(rng.choice([records, cells, {"value": records, "more": [{}]}])).encode()


def archive(members: dict[str, bytes]) -> bytes:
    """Return a zip of files by name, none of them made smaller; the same bytes each time."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as into:
        for name, content in members.items():
            into.writestr(zipfile.ZipInfo(f"a{name}" if name.startswith(".") else name), content)
    return out.getvalue()


def polygons(folder: Path) -> list[Path]:
    """Write sound polygons of each level to a folder, and return their files."""
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
        paths.append(folder / f"{level}.geojson")
        paths[-1].write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return paths


@cache
def _hostile() -> list[tuple[str, bytes]]:
    with tempfile.TemporaryDirectory() as name:
        secret = Path(name) / "secret.csv"
        secret.write_text("x\n")
        made = write_hostile(Path(name) / "made", secret)
        return [(path.suffix.lstrip("."), path.read_bytes()) for path in made]


def seeds(suffix: str, *, dirty: int = 12) -> Iterator[bytes]:
    """Yield a clean file of incidents, dirty ones, and hostile ones of the same suffix.

    `shp` is an archive of the files of one, `zip` an archive of layers, `gz` a packed CSV.
    """
    rng = random.Random(suffix)  # noqa: S311  (no secret)
    with tempfile.TemporaryDirectory() as name:
        for number in range(dirty + 1):
            of = {"tsv": "csv", "gz": "csv", "db": "gpkg", "kmz": "kml", "zip": "kml"}.get(
                suffix, suffix
            )
            if suffix == "zip" and number % 2:  # with one table in it
                of = "csv"
            content = incidents(rng, of, Path(name), dirty=number > 0)
            if content is None:
                continue
            if suffix in ("kmz", "zip"):
                content = archive({f"doc.{of}": content})
            yield gzip.compress(content, mtime=0) if suffix == "gz" else content
    if suffix in ("gpkg", "db"):
        yield small_database()
    if dirty:
        yield from (content for of, content in _hostile() if of == suffix and len(content) < 50_000)


def small_database() -> bytes:
    """Return an SQLite file with a table, an index, a view and a trigger in pages of 512 bytes."""
    with contextlib.closing(sqlite3.connect(":memory:")) as base:
        base.executescript("""
            PRAGMA page_size = 512;
            CREATE TABLE t (id INTEGER PRIMARY KEY, date, latitude REAL, longitude REAL, x BLOB);
            CREATE INDEX i ON t (date);
            CREATE VIEW v AS SELECT id, date, latitude, longitude FROM t WHERE latitude > 1;
            CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END;
        """)
        rows = [(None, f"2018-03-{day:02}", 35.9, 36.6, bytes(day * 9)) for day in range(1, 20)]
        base.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?)", rows)
        base.commit()
        return base.serialize()


def cards(atlas: Atlas) -> dict[str, bytes]:
    """Return cards of one question, by suffix; the same bytes each time."""
    record = check(latitude=35.9306, longitude=36.6339, date="2018-03", atlas=atlas)
    made = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    card = make_card(record, atlas, language="en", made=made)
    return {suffix[1:]: render_card(card, atlas, suffix) for suffix in SUFFIXES}


def report(atlas: Atlas) -> bytes:
    """Return the document of a report of a few incidents."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "in.csv"
        path.write_bytes(next(seeds("csv")))
        made = make_report(path, ask(atlas=atlas))
        return report_files(made, atlas, language="en")[REPORT]


def small_atlas(folder: Path) -> Path:
    """Write an atlas of one square to a folder, and return it."""
    return write_atlas(
        folder,
        phases={"alpha": [("declared", "2017-05-06"), ("arranged", "2017-09-15")]},
        extents=[extent("alpha", "2017-05-06", None, square(36.5, 35.5))],
        agreements=[agreement("pact", ["alpha"], "2017-05-06")],
    )


def atlas() -> bytes:
    """Return an archive of the files of a small atlas."""
    with tempfile.TemporaryDirectory() as name:
        folder = small_atlas(Path(name))
        found = sorted(path for path in folder.rglob("*.*json"))
        return archive({path.relative_to(folder).as_posix(): path.read_bytes() for path in found})


MAPPING = b"""source = "x"
latitude = "latitude"
longitude = "longitude"
date = "date"
radius_m = 500
place_codes = ["where_prec"]
notation = "geopoint"
order = "dmy"
decimal = ","
epoch = 1900
without = ["location"]
crs = "EPSG:32637"
"""


def precision() -> bytes:
    """Return the table of precision codes that comes along."""
    return files("geodata.grammar").joinpath("precision.json").read_bytes()
