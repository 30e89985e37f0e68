"""Map layers that are written: no text is markup, no value is changed, and GDAL reads them too."""

from __future__ import annotations

import datetime as dt
import decimal
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyogrio
import pytest
import shapely
from test_layers import frame_of, opened, rows_of

from geodata.errors import InputError
from geodata.findings import Finding
from geodata.formats.layers.writing import as_text
from geodata.formats.table import Table
from geodata.formats.writing import write_table

LAYERS = ("gpkg", "fgb", "shp", "kml")
SPACE = "{http://www.opengis.net/kml/2.2}"


def table_of(shapes: list[Any] | None = None, **columns: Any) -> pa.Table:
    """A table with a column of geometries, one point where none are given."""
    count = len(next(iter(columns.values()))) if columns else len(shapes or [])
    shapes = shapes if shapes is not None else [shapely.Point(36.6339, 35.9306)] * count
    field = pa.field("geometry", pa.binary(), metadata={b"ARROW:extension:name": b"geoarrow.wkb"})
    cells = pa.array([None if s is None else shapely.to_wkb(s) for s in shapes], pa.binary())
    return (
        pa.table(columns).append_column(field, cells)
        if columns
        else pa.table([cells], pa.schema([field]))
    )


def write(
    path: Path, table: pa.Table, *, own: bool = False, crs: str | None = "EPSG:4326"
) -> tuple[Finding, ...]:
    like = Table("parquet", table.schema, lambda *_: iter(()), geometry="geometry", crs=crs)
    rows, findings = write_table(path, table.schema, table.to_batches(), like=like if own else None)
    assert rows == len(table)
    return findings


def refusal(path: Path, table: pa.Table, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        write(path, table, **options)
    assert not path.exists()
    assert list(path.parent.glob(".*")) == []
    return str(caught.value)


# -- markup ---------------------------------------------------------------------------------

NAMES = [
    "killed & injured", "<b>", 'a"b', "a'b", "]]>", "-->", "<!--", "a\nb", "a\tb", "&lt;", "name",
    "description", "Name", "إدلب",
    'x"/></Schema><NetworkLink><Link><href>http://127.0.0.1:9/</href></Link></NetworkLink>',
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_no_name_and_no_text_is_markup_in_kml(tmp_path: Path, name: str) -> None:
    for text in (*NAMES, "<script>alert(1)</script>", " a ", "\r\n"):
        path = tmp_path / 'layer <&".kml'
        write(path, table_of(**{name: [text]}))
        tree = ET.parse(path)  # noqa: S314  (our own)
        tags = {one.tag.removeprefix(SPACE) for one in tree.iter()}
        assert tags <= {
            "kml", "Document", "Schema", "SimpleField", "Folder", "name", "Placemark",
            "ExtendedData", "SchemaData", "SimpleData", "Point", "coordinates",
        }  # fmt: skip
        assert rows_of(path)[0][name] == text
        assert opened(path).layer == 'layer <&"'
        if name != "Name":  # GDAL, too; it trims what is in a name
            assert pyogrio.read_info(path)["driver"] in ("KML", "LIBKML")


def test_a_foreign_description_is_data_and_shown_as_none(tmp_path: Path) -> None:
    write(tmp_path / "a.kml", table_of(description=["<img src=http://127.0.0.1:9/x.png>"]))
    tree = ET.parse(tmp_path / "a.kml")  # noqa: S314
    assert list(tree.iter(f"{SPACE}description")) == []


@pytest.mark.parametrize("sign", ["\0", "\x0b", "\x1f", "\ufffe", "\uffff"])
def test_what_xml_does_not_have_is_refused(tmp_path: Path, sign: str) -> None:
    why = refusal(tmp_path / "a.kml", table_of(note=[f"a{sign}b"]))
    assert "a character that XML does not have in 'note'; write GeoPackage" in why
    assert "in a name" in refusal(tmp_path / "a.kml", table_of(**{f"a{sign}b": ["x"]}))


# -- values ---------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", LAYERS)
def test_numbers_have_all_their_digits(tmp_path: Path, suffix: str) -> None:
    rng = np.random.default_rng(5)
    numbers = [
        0.1,
        1e-300,
        -1.7976931348623157e308,
        5e-324,
        *rng.normal(size=500),
        *rng.uniform(30, 40, 500),
    ]
    shapes = [shapely.Point(x, y) for x, y in rng.uniform(30, 40, (len(numbers), 2))]
    write(tmp_path / f"a.{suffix}", table_of(shapes, x=numbers))
    found = opened(tmp_path / f"a.{suffix}")
    rows = rows_of(tmp_path / f"a.{suffix}")
    assert [row["x"] for row in rows] == numbers
    assert [shapely.from_wkb(row[found.geometry]) for row in rows] == shapes


def test_a_local_day_stays_the_day_in_a_geopackage(tmp_path: Path) -> None:
    moment = dt.datetime(2017, 5, 5, 23, 30)
    findings = write(tmp_path / "a.gpkg", table_of(at=pa.array([moment], pa.timestamp("ms"))))
    assert rows_of(tmp_path / "a.gpkg")[0]["at"] == "2017-05-05T23:30:00.000"
    assert [one.kind for one in findings] == ["written-as-text"]
    zoned = pa.array([moment], pa.timestamp("ms", "UTC"))
    assert write(tmp_path / "b.gpkg", table_of(at=zoned)) == ()
    assert rows_of(tmp_path / "b.gpkg")[0]["at"] == moment.replace(tzinfo=dt.UTC)


EXACT = {
    "microseconds": (pa.array([1], pa.timestamp("us", "UTC")), {"gpkg", "fgb"}),
    "local microseconds": (pa.array([1], pa.timestamp("us")), {"fgb"}),
    "milliseconds before 1970": (pa.array([-1], pa.timestamp("ms", "UTC")), {"gpkg", "fgb"}),
    "2**63": (pa.array([2**63], pa.uint64()), {"gpkg", "fgb"}),
    "zero byte": (pa.array(["a\0b"]), set(LAYERS)),
    "infinity": (pa.array([float("inf")]), {"shp"}),
    "day of the year 11000": (
        pa.array([3_300_000], pa.int32()).cast(pa.date32()),
        {"gpkg", "fgb", "shp"},
    ),
    "trailing space": (pa.array(["a "]), {"shp"}),
    "long text": (pa.array(["a" * 255]), {"shp"}),
}


@pytest.mark.parametrize("suffix", LAYERS)
@pytest.mark.parametrize("kind", EXACT)
def test_what_a_layer_would_change_is_refused(tmp_path: Path, suffix: str, kind: str) -> None:
    column, refusing = EXACT[kind]
    path = tmp_path / f"a.{suffix}"
    if suffix in refusing:
        assert "unchanged, found" in refusal(path, table_of(x=column))
    else:
        write(path, table_of(x=column))
        (row,) = rows_of(path)
        expected = as_text(column)[0].as_py()
        assert str(row["x"]).lower().removesuffix("z") == expected.lower().removesuffix("z")


EMPTY = {"gpkg": "a GeoPackage", "shp": "a Shapefile", "fgb": "", "kml": ""}


@pytest.mark.parametrize("suffix", EMPTY)
@pytest.mark.parametrize("kind", [pa.float16(), pa.float32(), pa.float64()])
def test_nan_stays_or_is_left_empty_and_told(
    tmp_path: Path, suffix: str, kind: pa.DataType
) -> None:
    column = pa.array(np.array([1.5, np.nan, 2], kind.to_pandas_dtype()), kind)
    column = pa.concat_arrays([column, pa.nulls(1, kind)])
    findings = write(tmp_path / f"a.{suffix}", table_of(x=column))
    assert [one.after for one in findings if one.kind == "nan"] == (
        [f"1 cells without a number (NaN): left empty, since {EMPTY[suffix]} has no NaN"]
        if EMPTY[suffix]
        else []
    )
    numbers = [row["x"] for row in rows_of(tmp_path / f"a.{suffix}")]
    assert [float(one) if one else one for one in numbers[0:3:2]] == [1.5, 2]
    assert numbers[1] is None if EMPTY[suffix] else np.isnan(float(numbers[1]))
    assert not numbers[3]


@pytest.mark.parametrize("suffix", ["gpkg", "fgb", "shp"])
def test_what_has_no_type_is_text_and_told(tmp_path: Path, suffix: str) -> None:
    columns = {
        "price": pa.array([decimal.Decimal("1234567890123456.7891")], pa.decimal128(20, 4)),
        "clock": pa.array([dt.time(1, 2, 3, 456789)], pa.time64("us")),
        "many": pa.array([["a", "b"]]),
        "plain": pa.array(["x"]),
    }
    findings = write(tmp_path / f"a.{suffix}", table_of(**columns))
    assert [(one.kind, one.after.partition(" ")[0]) for one in findings] == [
        ("written-as-text", name) for name in ("price", "clock", "many")
    ]
    (row,) = rows_of(tmp_path / f"a.{suffix}")
    assert (row["price"], row["clock"]) == ("1234567890123456.7891", "01:02:03.456789")
    assert row["many"] == '["a", "b"]'


@pytest.mark.parametrize("suffix", LAYERS)
def test_names_that_a_layer_cannot_tell_apart_are_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    if suffix == "kml":
        write(path, table_of(a=["1"], A=["2"]))
        assert (rows_of(path)[0]["a"], rows_of(path)[0]["A"]) == ("1", "2")
    else:
        refusal(path, table_of(a=["1"], A=["2"]))


def test_longer_names_are_refused_for_a_shapefile(tmp_path: Path) -> None:
    assert "write GeoPackage" in refusal(tmp_path / "a.shp", table_of(elevencharac=["1"]))


# -- as GDAL reads them ---------------------------------------------------------------------


@pytest.mark.parametrize("suffix", LAYERS)
@pytest.mark.parametrize("kind", ["points", "points with heights"])
def test_gdal_reads_what_is_written(tmp_path: Path, suffix: str, kind: str) -> None:
    frame = frame_of(kind, seed=9)
    frame["text"] = frame["text"].replace({"": None})
    frame["day"] = [dt.date(2018, 3, 7), None] * 50
    table = pa.table(frame.to_arrow(geometry_encoding="WKB"))
    path = tmp_path / f"out.{suffix}"
    write(path, table, own=True)
    found = gpd.read_file(path)
    assert found.crs == "EPSG:4326"
    assert len(found) == len(frame)
    for a, b in zip(found.geometry, frame.geometry, strict=True):
        assert a == b or (b is None and (a is None or a.is_empty))
    assert found["text"].fillna("").tolist() == frame["text"].fillna("").tolist()
    assert found["real"].tolist() == frame["real"].tolist()
    assert found["whole"].astype("int64").tolist() == frame["whole"].tolist()
    assert [str(d)[:10] for d in found["day"].dropna()] == ["2018-03-07"] * 50


@pytest.mark.parametrize("suffix", ["gpkg", "fgb", "kml"])
@pytest.mark.parametrize("kind", ["lines", "areas", "areas of two parts", "several points"])
def test_geometries_of_every_kind_are_written(tmp_path: Path, suffix: str, kind: str) -> None:
    frame = frame_of(kind, seed=2, rows=20)
    table = pa.table(frame[["whole", "geometry"]].to_arrow(geometry_encoding="WKB"))
    write(tmp_path / f"a.{suffix}", table, own=True)
    found = opened(tmp_path / f"a.{suffix}")
    shapes = [shapely.from_wkb(row[found.geometry]) for row in rows_of(tmp_path / f"a.{suffix}")]
    assert shapes == frame.geometry.tolist()
    assert "no point" in refusal(tmp_path / "a.shp", table, own=True)


@pytest.mark.parametrize("suffix", ["gpkg", "fgb", "shp"])
@pytest.mark.parametrize("crs", ["EPSG:32637", "EPSG:22770", None])
def test_the_crs_of_the_source_is_kept(tmp_path: Path, suffix: str, crs: str | None) -> None:
    table = table_of([shapely.Point(290_000, 3_850_000)], a=["1"])
    write(tmp_path / f"a.{suffix}", table, own=True, crs=crs)
    assert opened(tmp_path / f"a.{suffix}").crs == crs
    found = gpd.read_file(tmp_path / f"a.{suffix}").crs
    assert (found and f"EPSG:{found.to_epsg()}") == crs


@pytest.mark.parametrize("suffix", LAYERS)
def test_layers_are_the_same_bytes_each_time(tmp_path: Path, suffix: str) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        write(tmp_path / folder / f"a.{suffix}", table_of(text=["x", None], number=[1.5, None]))
    files = [
        {path.name: path.read_bytes() for path in (tmp_path / folder).iterdir()}
        for folder in ("one", "two")
    ]
    assert files[0] == files[1]


@pytest.mark.parametrize("suffix", LAYERS)
def test_a_layer_without_rows_is_read_as_one(tmp_path: Path, suffix: str) -> None:
    table = table_of(text=pa.array(["x"]), number=pa.array([1.5])).slice(0, 0)
    path = tmp_path / f"a.{suffix}"
    write(path, table)
    if suffix == "kml":  # whose layers are what has placemarks
        with pytest.raises(InputError, match="found none"):
            rows_of(path)
    else:
        assert rows_of(path) == []
        assert set(opened(path).schema.names) >= {"text", "number"}
