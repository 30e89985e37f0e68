"""Map layers: what GDAL writes is read as GDAL reads it; no layer stands for anything else."""

from __future__ import annotations

import contextlib
import gzip
import sqlite3
import zipfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely

from geodata.columns.opening import open_table
from geodata.columns.options import ReadingOptions
from geodata.errors import InputError
from geodata.formats.table import Table


def opened(path: Path, **options: Any) -> Table:
    return open_table(path, ReadingOptions.of(**options))


def rows_of(path: Path, **options: Any) -> list[dict[str, Any]]:
    return [row for batch in opened(path, **options).scan(3, None) for row in batch.to_pylist()]


def refused(path: Path, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        rows_of(path, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# -- as GDAL reads them ---------------------------------------------------------------------


def number(rng: np.random.Generator) -> float:
    return float(rng.choice([rng.uniform(-80, 80), rng.integers(-80, 80), rng.normal() * 1e-7]))


def points(rng: np.random.Generator, count: int, width: int = 2) -> list[list[float]]:
    return [[number(rng) for _ in range(width)] for _ in range(count)]


def area(rng: np.random.Generator) -> shapely.Polygon:
    """A square with up to two holes."""
    x, y = rng.integers(-80, 70, 2).tolist()
    return box(x, y, rng.integers(0, 3))


def box(x: float, y: float, holes: int) -> shapely.Polygon:
    ring = [(x, y), (x, y + 9), (x + 9, y + 9), (x + 9, y)]
    inner = [[(x + n, y + n), (x + n + 1, y + n), (x + n, y + n + 1)] for n in (1, 4)]
    return shapely.Polygon(ring, inner[:holes])


SHAPES: dict[str, Callable[[np.random.Generator], Any]] = {
    "points": lambda rng: shapely.Point(points(rng, 1)[0]),
    "points with heights": lambda rng: shapely.Point(points(rng, 1, 3)[0]),
    "several points": lambda rng: shapely.MultiPoint(points(rng, rng.integers(2, 5))),
    "lines": lambda rng: shapely.LineString(points(rng, rng.integers(2, 6))),
    "lines with heights": lambda rng: shapely.LineString(points(rng, 4, 3)),
    "lines of two parts": lambda rng: shapely.MultiLineString([points(rng, 2), points(rng, 3)]),
    "areas": area,
    "areas of two parts": lambda rng: shapely.MultiPolygon(
        [box(-50 + number(rng) / 4, 0, 2), box(50 + number(rng) / 4, 0, rng.integers(0, 3))]
    ),
}
TEXTS = ["", "plain", "two\nlines", "إدلب", "a" * 200, "\u202e", '"quoted"', "1", "=1+1", None]


def frame_of(kind: str, seed: int, rows: int = 100) -> gpd.GeoDataFrame:
    rng = np.random.default_rng(seed)
    shapes = [SHAPES[kind](rng) if rng.random() < 0.9 or not i else None for i in range(rows)]
    return gpd.GeoDataFrame(
        {
            "text": rng.choice(np.array(TEXTS, dtype=object), rows),
            "whole": rng.integers(-(2**31), 2**31, rows),
            "real": [number(rng) for _ in range(rows)],
            "yes": rng.choice([True, False], rows),
        },
        geometry=np.array(shapes, dtype=object),
        crs=4326,
    )


def as_gdal_reads(path: Path) -> list[dict[str, Any]]:
    # Its faster way gives texts of a length below zero where there is no geometry.
    pyogrio.set_gdal_config_options({"OGR_FLATGEOBUF_STREAM_BASE_IMPL": "YES"})
    with pyogrio.open_arrow(path, use_pyarrow=True) as (_, reader):
        return list(reader.read_all().to_pylist())


def check_as_gdal_reads(path: Path) -> None:
    mine, gdals = rows_of(path), as_gdal_reads(path)
    assert len(mine) == len(gdals) > 0
    for rows in (mine, gdals):
        for row in rows:
            name = next(iter({"geom", "geometry", "wkb_geometry"} & set(row)))
            row["shape"] = shapely.from_wkb(row.pop(name))
    for ours, theirs in zip(mine, gdals, strict=True):
        a, b = ours.pop("shape"), theirs.pop("shape")
        assert ours == theirs
        assert a == b or shapely.normalize(a) == shapely.normalize(b)
        assert bool(shapely.has_z(a)) == bool(shapely.has_z(b))
    assert opened(path).crs == "EPSG:4326"


@pytest.mark.parametrize("suffix", ["gpkg", "fgb", "shp"])
@pytest.mark.parametrize("kind", SHAPES)
def test_layers_are_read_as_gdal_reads_them(tmp_path: Path, suffix: str, kind: str) -> None:
    frame = frame_of(kind, seed=3)
    more: dict[str, Any] = {}
    if suffix == "fgb":  # whose index has no place for what is nowhere
        more = {"SPATIAL_INDEX": "NO"}
    if suffix == "shp":  # which does not tell an empty text from none
        frame["text"] = frame["text"].replace({"": None})
        more = {"encoding": "utf-8"}
    frame.to_file(tmp_path / f"in.{suffix}", **more)
    check_as_gdal_reads(tmp_path / f"in.{suffix}")


def test_an_index_of_places_is_passed_over(tmp_path: Path) -> None:
    for rows in (1, 2, 15, 16, 17, 256, 257):
        frame = frame_of("areas", seed=rows, rows=rows)
        frame[frame.geometry.notna()].to_file(tmp_path / "in.fgb")
        check_as_gdal_reads(tmp_path / "in.fgb")


# -- KML ------------------------------------------------------------------------------------

HEAD = '<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
FOOT = "</Document></kml>"
POINT = "<Point><coordinates>36.5,35.2</coordinates></Point>"


def kml(tmp_path: Path, inside: str, head: str = HEAD, foot: str = FOOT) -> Path:
    path = tmp_path / "in.kml"
    path.write_text(head + inside + foot, encoding="utf-8")
    return path


def test_placemarks_are_rows_of_what_they_say(tmp_path: Path) -> None:
    path = kml(
        tmp_path,
        '<Schema id="s"><SimpleField name="n" type="int"/><SimpleField name="x" type="double"/>'
        '<SimpleField name="odd" type="int"/></Schema>'
        '<Placemark id="p1"><name>one &amp; two</name><TimeStamp><when>2018-03</when></TimeStamp>'
        '<ExtendedData><Data name="killed"><displayName>K</displayName><value>5</value></Data>'
        f"</ExtendedData>{POINT}</Placemark>"
        "<Placemark><TimeSpan><begin>2018</begin><end>2019-01-02T03:04:05Z</end></TimeSpan>"
        '<ExtendedData><SchemaData schemaUrl="#s"><SimpleData name="n">-7</SimpleData>'
        '<SimpleData name="x">0.1</SimpleData><SimpleData name="odd">1</SimpleData></SchemaData>'
        "</ExtendedData></Placemark>"
        '<Placemark><ExtendedData><SchemaData schemaUrl="#s"><SimpleData name="odd">a few'
        "</SimpleData></SchemaData></ExtendedData></Placemark>",
    )
    found = opened(path)
    names = ["kml_id", "Name", "timestamp", "begin", "end", "killed", "n", "x", "odd", "geometry"]
    assert found.schema.names == names
    assert [str(found.schema.field(name).type) for name in ("n", "x", "odd")] == [
        "int64",
        "double",
        "string",
    ]
    first, second, third = rows_of(path)
    # A month stays a month: GDAL would make a day of it.
    assert (first["Name"], first["timestamp"], first["killed"]) == ("one & two", "2018-03", "5")
    assert shapely.from_wkb(first["geometry"]) == shapely.Point(36.5, 35.2)
    assert (second["begin"], second["end"], second["n"], second["x"]) == (
        "2018",
        "2019-01-02T03:04:05Z",
        -7,
        0.1,
    )
    assert (third["odd"], third["geometry"]) == ("a few", None)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        pytest.param("<Point><coordinates> 36.5, 35.2, 10 </coordinates></Point>",
                     "POINT Z (36.5 35.2 10)", id="with a height"),
        pytest.param("<LineString><coordinates>1,2 3,4,5</coordinates></LineString>",
                     "LINESTRING Z (1 2 0, 3 4 5)", id="with one height"),
        pytest.param("<Polygon><outerBoundaryIs><LinearRing><coordinates>0,0 9,0 9,9 0,0"
                     "</coordinates></LinearRing></outerBoundaryIs><innerBoundaryIs><LinearRing>"
                     "<coordinates>5,1 6,1 6,2 5,1</coordinates></LinearRing></innerBoundaryIs>"
                     "</Polygon>", "POLYGON ((0 0, 9 0, 9 9, 0 0), (5 1, 6 1, 6 2, 5 1))",
                     id="area with a hole"),
        pytest.param(f"<MultiGeometry>{POINT}{POINT}</MultiGeometry>",
                     "MULTIPOINT (36.5 35.2, 36.5 35.2)", id="several"),
        pytest.param("<MultiGeometry></MultiGeometry>", None, id="none"),
        pytest.param("<Point><coordinates/></Point>", None, id="nowhere"),
        pytest.param('<gx:Track xmlns:gx="x"><when>2018</when><gx:coord>1 2 0</gx:coord>'
                     "<gx:coord>3 4 0</gx:coord></gx:Track>", "LINESTRING Z (1 2 0, 3 4 0)",
                     id="track"),
        pytest.param("<Model><Location><longitude>1</longitude><latitude>2</latitude></Location>"
                     "</Model>", "POINT (1 2)", id="model"),
    ],
)  # fmt: skip
def test_geometries_of_kml(tmp_path: Path, shape: str, expected: str | None) -> None:
    (row,) = rows_of(kml(tmp_path, f"<Placemark>{shape}</Placemark>"))
    found = shapely.from_wkb(row["geometry"])
    assert found == (None if expected is None else shapely.from_wkt(expected))


@pytest.mark.parametrize(
    "shape",
    ["<Point><coordinates>36.5</coordinates></Point>", POINT * 2,
     "<Point><coordinates>36,5 35,2</coordinates></Point>",
     "<Point><coordinates>1_0,2</coordinates></Point>",
     f"<Point><coordinates>1,2{' ' * 1_000_000}x</coordinates></Point>",
     f"<Point><coordinates>{'3' * 1_000_000}</coordinates></Point>",
     "<LineString><coordinates>1,2</coordinates></LineString>",
     "<Polygon><outerBoundaryIs><LinearRing><coordinates>0,0 1,1</coordinates></LinearRing>"
     "</outerBoundaryIs></Polygon>"],
)  # fmt: skip
def test_a_geometry_of_kml_that_cannot_be_read_is_not_dropped(tmp_path: Path, shape: str) -> None:
    path = kml(tmp_path, f"<Placemark>{POINT}</Placemark><Placemark>{shape}</Placemark>")
    assert "found a damaged row (2)" in refused(path)
    kept = opened(path, keep_damaged=True)
    assert [one.after for one in kept.findings] == ["1 of 2 rows were lost; 1 whole ones were kept"]
    assert len(rows_of(path, keep_damaged=True)) == kept.rows == 1


def test_placemarks_and_waypoints_with_a_name_of_data_of_their_own_each_are_refused(
    tmp_path: Path,
) -> None:
    cells = (f'<Data name="d{n}"><value>1</value></Data>' for n in range(6_000))
    path = kml(tmp_path, "".join(f"<Placemark>{one}</Placemark>" for one in cells))
    assert "expected rows about as long as the header" in refused(path)
    points = "".join(f'<wpt lat="1" lon="2"><d{n}>1</d{n}></wpt>' for n in range(6_000))
    path = tmp_path / "in.gpx"
    path.write_text(f"<gpx>{points}</gpx>")
    assert "found 6000 cells in 6000 rows below 6000 columns" in refused(path)


def test_every_folder_with_placemarks_is_a_layer(tmp_path: Path) -> None:
    path = kml(
        tmp_path,
        f"<name>D</name><Placemark>{POINT}</Placemark>"
        "<Folder><name>F</name><Placemark/><Folder><name>G</name><Placemark/><Placemark/></Folder>"
        "</Folder><Folder><name>G</name><Placemark/></Folder><Folder><name>empty</name></Folder>",
    )
    assert "found 'D', 'F', 'G', 'D/G'; name one (--layer)" in refused(path, layer="other")
    assert [row["folder"] for row in rows_of(path)] == ["D", "F", "G", "G", "D/G"]
    assert [len(rows_of(path, layer=name)) for name in ("D", "F", "G", "D/G")] == [1, 1, 2, 1]


def test_a_link_of_kml_is_told_and_not_followed(tmp_path: Path) -> None:
    link = "<NetworkLink><Link><href>http://127.0.0.1:9/x.kml</href></Link></NetworkLink>"
    found = opened(kml(tmp_path, f"<Placemark>{POINT}</Placemark>{link}"))
    assert [(one.kind, one.after) for one in found.findings] == [
        ("network-link", "1 links to other files were not followed")
    ]
    assert "expected a layer with rows, found none" in refused(kml(tmp_path, link))


@pytest.mark.parametrize(
    ("head", "why"),
    [
        ('<!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/passwd">]>', "without a document type"),
        ('<!DOCTYPE kml [<!ENTITY a "aaaaaaaaaa">]>', "without a document type"),
        ("<OGRVRTDataSource><!-- <kml -->", "with <kml> around it, found <OGRVRTDataSource>"),
        ("<kml>" + "<Folder>" * 200, "elements deep"),
        ("<kml><Folder><Placemark><Placemark>", "one placemark after the other"),
        ('<kml><Folder><Placemark><ExtendedData><Data name="a"><value>1</value></Data>'
         '<Data name="a"><value>2</value></Data>', "'a' twice"),
    ],
)  # fmt: skip
def test_xml_that_is_no_plain_kml_is_refused(tmp_path: Path, head: str, why: str) -> None:
    assert why in refused(kml(tmp_path, "<!-- <kml> -->", head))


# -- archives -------------------------------------------------------------------------------


def packed(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def shapefile(folder: Path, rows: int = 3) -> dict[str, bytes]:
    frame_of("points", seed=1, rows=rows).to_file(folder / "s.shp")
    return {path.suffix: path.read_bytes() for path in folder.glob("s.*")}


def test_layers_are_read_out_of_archives(tmp_path: Path) -> None:
    one = (HEAD + f"<name>one</name><Placemark>{POINT}</Placemark>" + FOOT).encode()
    assert len(rows_of(packed(tmp_path / "a.kmz", {"doc.kml": one, "files/x.png": b"x"}))) == 1
    parts = shapefile(tmp_path)
    members = {f"deep/er/idlib{suffix}": content for suffix, content in parts.items()}
    path = packed(tmp_path / "a.zip", members)
    assert len(rows_of(path)) == 3
    assert opened(path).layer == "idlib"
    several = packed(tmp_path / "b.zip", {**members, "x.KML": one, "y/idlib.kml": one})
    assert "found 'idlib', 'one', 'y/idlib.kml/one'" in refused(several)
    assert len(rows_of(several, layer="one")) == 1


def test_a_member_that_begins_before_its_archive_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.kmz", {"a.kml": b"x", "doc.kml": b"y"})
    content = bytearray(path.read_bytes())
    end = content.rindex(b"PK\5\6")
    content[end + 16] += 40  # where the directory begins, and with it every member
    path.write_bytes(content)
    assert "a.kmz: expected a whole" in refused(path)


def test_a_member_whose_name_runs_through_its_archive_is_refused_in_one_short_line(
    tmp_path: Path,
) -> None:
    path = packed(tmp_path / "a.kmz", {"doc.kml": bytes(range(256)) * 200})
    content = bytearray(path.read_bytes())
    content[26:28] = b"\xff\x00"  # the length of the name in the member's own header
    path.write_bytes(content)
    said = refused(path)
    assert "an archive that cannot be unpacked" in said
    assert len(said) < 400


def test_a_member_without_a_name_is_passed_over(tmp_path: Path) -> None:
    one = (HEAD + f"<Placemark>{POINT}</Placemark>" + FOOT).encode()
    path = packed(tmp_path / "a.kmz", {"doc.kml": one, "q.bin": b"x"})
    path.write_bytes(path.read_bytes().replace(b"q.bin", b"\0.bin"))  # it ends where it begins
    assert len(rows_of(path)) == 1


def test_a_name_in_an_archive_steers_no_terminal(tmp_path: Path) -> None:
    said = refused(packed(tmp_path / "a.zip", {"\x1b]0;x\x07\u2028a\nb.txt": b"x"}))
    assert said.isprintable()
    assert "\\x1b]0;x\\x07 a b.txt" in said


@pytest.mark.parametrize("encoding", ["UTF-5", "rot13", "gb18030", "idna", "x" * 300])
def test_kml_in_an_encoding_that_is_none_is_refused(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.kml"
    path.write_text(f"<?xml version='1.0' encoding='{encoding}'?><kml>{'<Placemark/>' * 2}</kml>")
    assert "expected a whole layer, found XML" in refused(path)


def test_no_name_in_an_archive_is_a_path(tmp_path: Path) -> None:
    one = (HEAD + f"<Placemark>{POINT}</Placemark>" + FOOT).encode()
    absolute = f"{tmp_path}/out.kml"
    for name in ("../../out.kml", absolute, "a\\..\\out.kml", "con.kml", "x" * 300 + ".kml"):
        assert len(rows_of(packed(tmp_path / "a.zip", {name: one}))) == 1
    assert not [*tmp_path.glob("out.kml"), *tmp_path.parent.glob("out.kml")]


def test_an_archive_that_becomes_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geodata.formats.spool._ALWAYS", 1 << 20)
    blank = (HEAD + " " * (8 << 20) + FOOT).encode()
    assert "unpacks to at most 50 times its size" in refused(
        packed(tmp_path / "a.kmz", {"doc.kml": blank})
    )
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"date,lat,lon\n" + b"\n" * (8 << 20)))
    assert "unpacks to at most 50 times its size" in refused(tmp_path / "a.csv.gz")


def test_archives_that_are_damaged_or_closed_are_refused(tmp_path: Path) -> None:
    parts = shapefile(tmp_path)
    members = {f"a{suffix}": content for suffix, content in parts.items()}
    whole = packed(tmp_path / "a.zip", members).read_bytes()
    for at in range(30, len(whole), 97):
        (tmp_path / "b.zip").write_bytes(whole[:at])
        refused(tmp_path / "b.zip")
    assert "found no .dbf" in refused(
        packed(tmp_path / "c.zip", {"a.shp": parts[".shp"], "a.shx": parts[".shx"]})
    )


# -- SQLite ---------------------------------------------------------------------------------


def database(path: Path, *statements: str) -> Path:
    path.unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(path)) as base:
        for one in statements:
            base.execute(one)
        base.commit()
    return path


def test_tables_of_any_sqlite_file_are_layers_of_the_kinds_of_their_cells(tmp_path: Path) -> None:
    path = database(
        tmp_path / "in.db",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, date, lat REAL, lon NUMERIC, mixed, raw BLOB)",
        "INSERT INTO t VALUES (7, '2018-03-07', 35.2, 36, 'a', x'00ff'), "
        "(8, NULL, 35, 36.5, 5, NULL)",
        "CREATE TABLE other (a)",
    )
    assert "found 't', 'other'" in refused(path)
    assert rows_of(path, layer="t") == [
        {"id": 7, "date": "2018-03-07", "lat": 35.2, "lon": 36, "mixed": "a", "raw": b"\x00\xff"},
        {"id": 8, "date": None, "lat": 35, "lon": 36.5, "mixed": "5", "raw": None},
    ]


def geopackage(tmp_path: Path, *statements: str) -> Path:
    """A GeoPackage of three points, with statements run in it as its maker may."""
    path = tmp_path / "in.gpkg"
    path.unlink(missing_ok=True)
    frame = frame_of("points", seed=1, rows=3)
    frame.to_file(path, layer="l")
    with contextlib.closing(sqlite3.connect(path)) as base:
        base.create_function("ST_IsEmpty", 1, lambda _: 0)
        for name in ("MinX", "MaxX", "MinY", "MaxY"):
            base.create_function(f"ST_{name}", 1, lambda _: 0.0)
        for one in statements:
            base.executescript(one)
    return path


LISTED = (
    "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('v', 'attributes', 'v');"
)


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        pytest.param("CREATE VIEW v AS WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 "
                     "FROM r) SELECT n FROM r", "at most 1000000 rows", id="recursive view"),
        pytest.param("CREATE VIEW v AS SELECT a.* FROM l a, l b, l c, l d, l e, l f, l g, l h, "
                     "l i, l j, l k, l m, l n, l o", "at most 1000000 rows", id="view of products"),
        pytest.param("CREATE VIEW v AS SELECT hex(zeroblob(50000000)) AS x FROM l",
                     "at most 1000000 rows", id="view of large cells"),
        pytest.param("CREATE VIEW v AS SELECT load_extension('x.so') AS x", "the view 'v'",
                     id="view that loads code"),
        pytest.param("CREATE TABLE v (a, b AS (hex(zeroblob(50000000)))); INSERT INTO v (a) "
                     "VALUES (1)", "at most 1000000 rows", id="column of large cells"),
        pytest.param("CREATE VIRTUAL TABLE v USING fts5(a)", "a virtual table", id="virtual table"),
    ],
)  # fmt: skip
def test_what_is_no_plain_table_ends_or_is_refused(
    tmp_path: Path, statement: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geodata.formats.layers.geopackage._VIEW_SECONDS", 1.0)
    path = geopackage(tmp_path, statement, LISTED)
    assert why in refused(path, layer="v")
    assert len(rows_of(path, layer="l")) == 3


def test_a_view_that_ends_is_read(tmp_path: Path) -> None:
    path = geopackage(tmp_path, "CREATE VIEW v AS SELECT whole AS n, geom FROM l", LISTED)
    assert [row["n"] for row in rows_of(path, layer="v")] == [
        row["whole"] for row in rows_of(path, layer="l")
    ]


def test_a_table_that_gdal_would_open_elsewhere_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("date,lat,lon\n2018-03-07,35.9,36.6\n")
    path = database(tmp_path / "in.db", "CREATE TABLE t (a)")
    with contextlib.closing(sqlite3.connect(path)) as base:
        base.execute("PRAGMA writable_schema = ON")
        base.execute(
            "INSERT INTO sqlite_master VALUES ('table', 'v', 'v', 0, ?)",
            (f"CREATE VIRTUAL TABLE v USING VirtualOGR('{secret}', 0, 'secret')",),
        )
        base.execute("DELETE FROM sqlite_master WHERE name = 't'")
        base.commit()
    assert "a virtual table" in refused(path)


def test_nothing_is_made_beside_a_database(tmp_path: Path) -> None:
    path = geopackage(tmp_path, "PRAGMA journal_mode = WAL")
    before = sorted(tmp_path.iterdir())
    assert len(rows_of(path)) == 3
    assert sorted(tmp_path.iterdir()) == before


def test_a_database_that_a_program_has_open_is_refused(tmp_path: Path) -> None:
    path = geopackage(tmp_path, "PRAGMA journal_mode = WAL")
    with contextlib.closing(sqlite3.connect(path)) as base:
        base.execute("CREATE TABLE more (a)")
        base.commit()
        assert "in.gpkg-wal); close the program" in refused(path)


def test_cells_of_another_kind_than_their_column_are_damage(tmp_path: Path) -> None:
    for cell in ("'many'", "x'00'", "1.5"):
        path = geopackage(tmp_path, f"UPDATE l SET whole = {cell} WHERE fid = 2")
        assert "found a damaged row (2)" in refused(path)
        assert len(rows_of(path, keep_damaged=True)) == 2
    for cell in ("NULL, text = x'ff'", "x'4750'", "x''", "substr(geom, 1, 20)", "'GP'"):
        path = geopackage(tmp_path, f"UPDATE l SET geom = {cell} WHERE fid = 3")
        assert "found a damaged row (3)" in refused(path)


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["2018-03-07T10:00:00.000Z", "2018-03-07T10:00:00Z"], "timestamp[ms, tz=UTC]"),
        (["2018-03-07T10:00:00.123456Z"], "timestamp[us, tz=UTC]"),
        (["2018-03-07T10:00:00"], "timestamp[ms]"),
        (["2018-03-07T10:00:00Z", "2018-03-07T10:00:00"], "string"),
        (["2018-03-07T10:00:00+03:00"], "string"),
        ([], "timestamp[ms, tz=UTC]"),
    ],
)
def test_times_of_a_geopackage_keep_their_zone_or_have_none(
    tmp_path: Path, cells: list[str], kind: str
) -> None:
    rows = "".join(f"INSERT INTO v VALUES ('{cell}');" for cell in cells)
    path = geopackage(tmp_path, f"CREATE TABLE v (at DATETIME); {rows}", LISTED)
    found = opened(path, layer="v")
    assert str(found.schema.field("at").type) == kind
    assert len(rows_of(path, layer="v")) == len(cells)


@pytest.mark.parametrize(("number", "crs"), [(4326, "EPSG:4326"), (-1, None), (0, None)])
def test_a_crs_that_a_geopackage_does_not_know_is_none(
    tmp_path: Path, number: int, crs: str | None
) -> None:
    path = geopackage(tmp_path, f"UPDATE gpkg_geometry_columns SET srs_id = {number}")
    assert opened(path).crs == crs


def test_geometries_of_older_sqlite_files_are_read(tmp_path: Path) -> None:
    frame = frame_of("points", seed=1, rows=3)
    for name, options in (("ogr.db", {"FORMAT": "WKB"}), ("spatialite.db", {"SPATIALITE": "YES"})):
        try:
            frame.to_file(tmp_path / name, driver="SQLite", layer="l", **options)
        except pyogrio.errors.DataSourceError:  # a GDAL without SpatiaLite
            continue
        shapes = [shapely.from_wkb(row["GEOMETRY"]) for row in rows_of(tmp_path / name)]
        assert shapes == frame.geometry.tolist()
        assert opened(tmp_path / name).crs == "EPSG:4326"


# -- Shapefiles -----------------------------------------------------------------------------


def test_an_encoding_that_a_shapefile_does_not_name_is_proved_or_stated(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"name": ["إدلب"]}, geometry=[shapely.Point(36.6, 35.9)], crs=4326)
    for encoding in ("utf-8", "cp1256"):
        frame.to_file(tmp_path / "a.shp", encoding=encoding)
        assert rows_of(tmp_path / "a.shp")[0]["name"] == "إدلب"  # as its .cpg has it
        (tmp_path / "a.cpg").unlink()
        table = (tmp_path / "a.dbf").read_bytes()
        (tmp_path / "a.dbf").write_bytes(table[:29] + b"\0" + table[30:])
        if encoding == "utf-8":
            assert rows_of(tmp_path / "a.shp")[0]["name"] == "إدلب"
        else:
            assert "state it (--encoding): cp1256 ('إدلب')" in refused(tmp_path / "a.shp")
            assert rows_of(tmp_path / "a.shp", encoding="cp1256")[0]["name"] == "إدلب"


@pytest.mark.parametrize(
    ("named", "meant"), [("1256", "cp1256"), ("ANSI 1256", "cp1256"), ("ISO 88596", "iso8859-6"),
                         ("ISO-8859-6", "iso8859-6"), ("CP1256", "cp1256"), ("65001", "utf-8")],
)  # fmt: skip
def test_encodings_by_the_names_that_programs_give_them(
    tmp_path: Path, named: str, meant: str
) -> None:
    frame = gpd.GeoDataFrame({"name": ["إدلب"]}, geometry=[shapely.Point(36.6, 35.9)], crs=4326)
    frame.to_file(tmp_path / "a.shp", encoding=meant)
    (tmp_path / "a.cpg").write_text(named)
    assert rows_of(tmp_path / "a.shp")[0]["name"] == "إدلب"


def test_a_file_of_a_shapefile_that_lies_elsewhere_is_not_opened(tmp_path: Path) -> None:
    shapefile(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "s.dbf").rename(tmp_path / "elsewhere" / "s.dbf")
    (tmp_path / "s.dbf").symlink_to(tmp_path / "elsewhere" / "s.dbf")
    assert "found .dbf, a link to another file" in refused(tmp_path / "s.shp")


def test_rows_that_are_marked_as_deleted_are_left_out(tmp_path: Path) -> None:
    shapefile(tmp_path)
    table = bytearray((tmp_path / "s.dbf").read_bytes())
    begin, width = int.from_bytes(table[8:10], "little"), int.from_bytes(table[10:12], "little")
    table[begin + width] = ord("*")
    (tmp_path / "s.dbf").write_bytes(table)
    assert len(rows_of(tmp_path / "s.shp")) == opened(tmp_path / "s.shp").rows == 2
    check_as_gdal_reads(tmp_path / "s.shp")


def test_areas_whose_outlines_run_the_wrong_way_are_the_same_areas(tmp_path: Path) -> None:
    frame = frame_of("areas of two parts", seed=5, rows=4)
    frame = frame[frame.geometry.notna()]
    frame.to_file(tmp_path / "a.shp")
    data = bytearray((tmp_path / "a.shp").read_bytes())
    index = np.frombuffer((tmp_path / "a.shx").read_bytes()[100:], ">i4").reshape(-1, 2) * 2
    for begin, _ in index.tolist():
        at = begin + 8
        parts, count = np.frombuffer(data[at + 36 : at + 44], "<i4").tolist()
        starts = [*np.frombuffer(data[at + 44 : at + 44 + 4 * parts], "<i4").tolist(), count]
        xy = at + 44 + 4 * parts
        for a, b in pairwise(starts):
            ring = np.frombuffer(bytes(data[xy + 16 * a : xy + 16 * b])).reshape(-1, 2)
            data[xy + 16 * a : xy + 16 * b] = ring[::-1].tobytes()
    (tmp_path / "a.shp").write_bytes(data)
    found = [shapely.from_wkb(row["geometry"]) for row in rows_of(tmp_path / "a.shp")]
    assert [
        shapely.normalize(a).equals(shapely.normalize(b))
        for a, b in zip(found, frame.geometry, strict=True)
    ] == [True] * len(frame)


def test_a_kind_of_column_that_is_not_read_is_named(tmp_path: Path) -> None:
    shapefile(tmp_path)
    table = bytearray((tmp_path / "s.dbf").read_bytes())
    table[32 + 11] = ord("M")
    (tmp_path / "s.dbf").write_bytes(table)
    assert "found the kind 'M' in 'text'" in refused(tmp_path / "s.shp")
