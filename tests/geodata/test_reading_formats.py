"""The same rows in every format: read the same, written back as they were."""

from __future__ import annotations

import csv
import io
import json
import warnings
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from test_reading_dirt import HEAD, PLACE, ROW, Read, read, write

from geodata.columns.incidents import Incidents
from geodata.columns.mapping import ColumnMapping
from geodata.columns.opening import OpenFile, open_incidents
from geodata.columns.reading import read_batch
from geodata.errors import CRSError, InputError
from geodata.formats.writing import (
    needs_geometry,
    result_names,
    with_points,
    write_table,
)

FIELDS = ("longitude", "latitude", "radius_m", "radius_source", "first", "last", "reasons")


def copy(source: OpenFile, target: Path, **options: object) -> tuple[int, tuple[object, ...]]:
    """Write a source to another file, with points where the format needs them."""

    def batches() -> list[pa.RecordBatch]:
        found = []
        for batch in source.batches():
            if needs_geometry(target, source.schema):
                read_rows = read_batch(batch, source.plan)
                batch = with_points(batch, read_rows.longitude, read_rows.latitude)
            found.append(batch)
        return found

    held = batches()
    schema = held[0].schema if held else source.schema
    return write_table(target, schema, held, like=source.table, **options)  # type: ignore[arg-type]


def same(a: Read, b: Read) -> bool:
    def joined(found: Read, name: str) -> np.ndarray:
        return np.concatenate([getattr(part, name) for part in found.parts])

    return all(
        np.array_equal(joined(a, name), joined(b, name), equal_nan=name.endswith(("e", "m")))
        for name in FIELDS
    )


def cells(found: Read, names: list[str]) -> list[list[object]]:
    table = pa.Table.from_batches(found.batches).select(names)
    return [list(row.values()) for row in table.to_pylist()]


SMALL = (
    "id,date,latitude,longitude,note\n"
    '1,2018-03-07,35.9306,36.6339,"a ""quoted"", text"\n'
    "2,2018-03,35.93060,36.63390,=1+1\n"
    "3,٧ آذار ٢٠١٨,\u200e35.9306,36.6339,إدلب\n"
    '4,,,,"two\nlines"\n'
    "5,2018-03-07,bad,36.6339,\n"
)


@pytest.mark.parametrize(
    "suffix",
    ["csv", "tsv", "csv.gz", "csv.zst", "xlsx", "json", "jsonl", "jsonl.zst", "geojson",
     "parquet", "geoparquet", "gpkg", "fgb", "kml", "shp"],
)  # fmt: skip
def test_small_tables_survive_every_format(tmp_path: Path, suffix: str) -> None:
    before = read(tmp_path, SMALL)
    target = tmp_path / f"out.{suffix}"
    rows, _ = copy(before.source, target)
    assert rows == 5
    after = Read(target)
    names = ["id", "date", "latitude", "longitude", "note"]
    expected = cells(before, names)
    if suffix not in ("csv", "tsv", "csv.gz", "csv.zst"):
        expected = [[v or None for v in row] for row in expected]
        assert [[v or None for v in row] for row in cells(after, names)] == expected
    else:
        assert cells(after, names) == expected
    if after.source.mapping.geometry is None:
        assert same(before, after)
    else:
        assert after.places == before.places
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith(".")) == []


def test_csv_comes_back_byte_for_byte_when_nothing_is_added(tmp_path: Path) -> None:
    for name, content in {
        "plain.csv": HEAD + ROW,
        "windows.csv": (HEAD + ROW).replace("\n", "\r\n"),
        "semicolon.csv": (HEAD + ROW).replace(",", ";"),
        "quoted.csv": SMALL,
        "marked.csv": "\ufeff" + SMALL,
    }.items():
        source = open_incidents(write(tmp_path, content, name))
        copy(source, tmp_path / f"out-{name}")
        assert (tmp_path / f"out-{name}").read_bytes() == content.encode(), name


@pytest.mark.parametrize("suffix", ["xlsx", "gpkg", "parquet", "csv", "geojson", "jsonl", "fgb"])
def test_written_files_are_the_same_bytes_each_time(tmp_path: Path, suffix: str) -> None:
    source = open_incidents(write(tmp_path, SMALL))
    once, again = (tmp_path / folder / f"out.{suffix}" for folder in ("a", "b"))
    for target in (once, again):
        target.parent.mkdir()
        copy(source, target)
    assert once.read_bytes() == again.read_bytes()


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "gpkg", "parquet", "jsonl"])
def test_ucdp_survives(tmp_path: Path, shared: Path, suffix: str) -> None:
    path = shared / "data/incidents/ucdp_ged_syria_2016-2017.csv"
    if not path.is_file():
        pytest.skip("the incidents of UCDP are not beside this checkout")
    before = Read(path)
    assert len(before) == 11757
    target = tmp_path / f"out.{suffix}"
    copy(before.source, target)
    if suffix == "csv":
        assert target.read_bytes() == path.read_bytes()
    after = Read(target)
    names = before.source.schema.names
    blank = [[v or None for v in row] for row in cells(before, names)]
    assert [[v or None for v in row] for row in cells(after, names)] == blank
    assert after.places == before.places
    assert after.days == before.days
    assert after.radii == before.radii


def test_ucdp_events_coded_to_an_area_get_its_polygon(shared: Path) -> None:
    path = shared / "data/incidents/ucdp_ged_syria_2016-2017.csv"
    admin = [shared / "data/admin/ocha_adm1.geojson", shared / "data/admin/ocha_adm2.geojson"]
    if not path.is_file() or not all(p.is_file() for p in admin):
        pytest.skip("the incidents and the polygons are not beside this checkout")
    found = Read(path, admin=admin)
    areas = found.source.plan.areas
    assert areas is not None
    words = found.source.plan.radius_sources
    joined = list(zip(found.join("unit"), found.join("radius_source"), strict=True))
    assert {areas.all[area].level == words[source] for area, source in joined if area >= 0} == {
        True
    }
    assert not [words[source] for _, source in joined if words[source].endswith((" 3", " 4"))]
    assert sum(area >= 0 for area, _ in joined) == 716
    assert found.log.count("no-area") == 0


SQUARES = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"ADM2_EN": name, "ADM2_PCODE": code, "ADM1_EN": parent},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[x, 35], [x + 1, 35], [x + 1, 36], [x, 36], [x, 35]]],
            },
        }
        for x, name, code, parent in [
            (36, "Ar-Rastan", "SY0404", "Homs"),
            (37, "Markaz", "SY0401", "Homs"),
            (38, "Markaz", "SY0501", "Hama"),
        ]
    ],
}


def test_areas_are_joined_by_code_or_name_and_never_by_guess(tmp_path: Path) -> None:
    admin = write(tmp_path, json.dumps(SQUARES), "districts.geojson")
    head = "id,date_start,date_end,date_prec,latitude,longitude,where_prec,adm_2,adm_1\n"
    rows = [
        ("Ar Rastan district", "Homs Governorate", 0),
        ("SY0501", "", 2),
        ("Markaz", "Hama", 2),
        ("Markaz", "", -1),
        ("Rastan", "Homs", 0),  # the article is left out
        ("Rastania", "Homs", -1),
        ("", "", -1),
    ]
    text = head + "".join(
        f"{i},2017-10-01,2017-10-01,1,35.51,36.51,3,{a},{b}\n" for i, (a, b, _) in enumerate(rows)
    )
    found = read(tmp_path, text, admin=[admin])
    assert found.join("unit") == [expected for *_, expected in rows]
    kinds = {"area-name": 2, "no-area": 3, "point-outside-area": 2}  # two are said to lie in Hama
    assert found.log.kinds() == kinds
    assert {radius for radius, _ in found.radii} == {None}


def test_a_district_stands_in_for_a_missing_position(tmp_path: Path) -> None:
    admin = write(tmp_path, json.dumps(SQUARES), "districts.geojson")
    text = "#date,#geo+lat,#geo+lon,#adm2+code\n2018-03-07,,,SY0404\n2018-03-07,,,SY9999\n"
    found = read(tmp_path, text, admin=[admin])
    assert found.join("unit") == [0, -1]
    assert found.troubles == [(), ("no-location",)]


def test_sheets_and_layers_are_named_where_there_are_several(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for name in ("first", "second"):
        sheet = book.create_sheet(name)
        sheet.append(["id", "date", "latitude", "longitude"])
        sheet.append([1, 43166, 35.9306, 36.6339])
    book.save(tmp_path / "book.xlsx")
    with pytest.raises(InputError, match=r"'first', 'second'; name one \(--sheet\)"):
        open_incidents(tmp_path / "book.xlsx")
    found = Read(tmp_path / "book.xlsx", sheet="second")
    assert (found.places, found.days) == ([PLACE], ["2018-03-07"])
    assert found.log.kinds() == {"serial-date": 1}


def test_a_workbook_states_its_own_epoch(tmp_path: Path) -> None:
    import openpyxl
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    book.active.append(["date", "latitude", "longitude"])
    book.active.append([41704, 35.9306, 36.6339])
    book.save(tmp_path / "mac.xlsx")
    assert Read(tmp_path / "mac.xlsx").days == ["2018-03-07"]


def test_formulas_without_a_value_are_told(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["date", "latitude", "longitude"])
    book.active.append(["2018-03-07", "=35+0.9306", 36.6339])
    book.save(tmp_path / "book.xlsx")
    found = Read(tmp_path / "book.xlsx")
    assert found.troubles == [("unreadable-location",)]
    assert found.log.count("formula-without-value") == 1


def test_json_values_come_back_as_they_were(tmp_path: Path) -> None:
    records = [
        {"date": "2018-03-07", "lat": 35.9306, "lon": 36.6339, "n": 1, "deep": {"a": [1, None]}},
        {"date": "2018-03-07", "lat": 35.9306, "lon": 36.6339, "n": "1", "x": None},
        {"date": "2018-03-07", "lat": "35.9306", "lon": 36.6339, "big": 2**70, "x": True},
    ]
    found = read(tmp_path, json.dumps(records), "in.json")
    assert found.places == [PLACE] * 3
    copy(found.source, tmp_path / "out.json")
    assert json.loads((tmp_path / "out.json").read_text()) == records
    copy(found.source, tmp_path / "out.jsonl")
    lines = (tmp_path / "out.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == records


@pytest.mark.parametrize(
    "text",
    ['{"a": 1, "a": 2}', "[1, 2]", "{", '{"a": NaN}', "[" * 100_000, '{"a": [{}], "b": [{}]}',
     '[{"lat": 1e999}]', "[]", "{}"],
)  # fmt: skip
def test_json_that_is_no_list_of_records_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError):
        open_incidents(write(tmp_path, text, "in.json"))


def test_geometries_in_another_crs_are_converted_and_kept(tmp_path: Path) -> None:
    import geopandas
    import shapely

    frame = geopandas.GeoDataFrame(
        {"date": ["2018-03-07"]}, geometry=[shapely.Point(36.6339, 35.9306)], crs=4326
    ).to_crs(32637)
    for suffix in ("gpkg", "fgb", "shp"):
        frame.to_file(tmp_path / f"utm.{suffix}")
        found = Read(tmp_path / f"utm.{suffix}")
        assert found.places == [PLACE]
        copy(found.source, tmp_path / f"back.{suffix}")
        back = geopandas.read_file(tmp_path / f"back.{suffix}")
        assert back.crs.to_epsg() == 32637
        assert back.geometry.iloc[0].equals(frame.geometry.iloc[0])
    frame.to_parquet(tmp_path / "utm.parquet")
    assert Read(tmp_path / "utm.parquet").places == [PLACE]

    for suffix in ("geojson", "kml"):  # which know longitude and latitude only
        copy(Read(tmp_path / "utm.gpkg").source, tmp_path / f"degrees.{suffix}")
        assert Read(tmp_path / f"degrees.{suffix}").places == [PLACE]
        copy(Read(tmp_path / "degrees.geojson").source, tmp_path / f"again.{suffix}")
        assert Read(tmp_path / f"again.{suffix}").places == [PLACE]


@pytest.mark.parametrize("crs", ["EPSG:32637", None])
def test_geometries_that_are_not_read_keep_their_crs(tmp_path: Path, crs: str | None) -> None:
    import geopandas
    import shapely

    frame = geopandas.GeoDataFrame(
        {"date": ["2018-03-07"], "lat": [PLACE[0]], "lon": [PLACE[1]]},
        geometry=[shapely.Point(290_000, 3_850_000)],
        crs=32637,
    ).set_crs(crs, allow_override=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that there is no CRS
        frame.to_file(tmp_path / "in.gpkg")
    found = Read(tmp_path / "in.gpkg", mapping=ColumnMapping(latitude="lat", longitude="lon"))
    assert found.places == [PLACE]
    for suffix in ("gpkg", "fgb", "shp", "parquet"):
        target = tmp_path / f"out.{suffix}"
        copy(found.source, target)
        read = geopandas.read_parquet if suffix == "parquet" else geopandas.read_file
        back = read(target)
        assert (back.crs and back.crs.to_string()) == crs
        assert back.geometry.iloc[0].equals(frame.geometry.iloc[0])
    for suffix in ("kml", "geojson"):
        target = tmp_path / f"out.{suffix}"
        if crs is None:
            with pytest.raises(InputError, match="expected geometries with a CRS"):
                copy(found.source, target)
            continue
        copy(found.source, target)
        east, north = geopandas.read_file(target).geometry.iloc[0].coords[0][:2]
        assert (east, north) == pytest.approx((36.706, 34.770), abs=0.01)


def test_a_position_that_kml_would_move_is_refused(tmp_path: Path) -> None:
    point = {"type": "Point", "coordinates": [400, 35]}
    feature = {"type": "Feature", "geometry": point, "properties": {"date": "2018-03-07"}}
    source = open_incidents(write(tmp_path, json.dumps(feature), "in.geojson"))
    with pytest.raises(InputError, match="write GeoPackage"):
        copy(source, tmp_path / "out.kml")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.geojson"]


def test_geometries_without_a_crs_are_refused_with_the_choices(tmp_path: Path) -> None:
    import geopandas
    import shapely

    frame = geopandas.GeoDataFrame(
        {"date": ["2018-03-07"]}, geometry=[shapely.Point(36.6339, 35.9306)], crs=4326
    )
    frame.to_file(tmp_path / "a.shp")
    (tmp_path / "a.prj").unlink()
    with pytest.raises(CRSError, match="--crs EPSG:4326"):
        open_incidents(tmp_path / "a.shp")
    assert Read(tmp_path / "a.shp", crs="EPSG:4326").places == [PLACE]
    frame.set_crs(None, allow_override=True).to_parquet(tmp_path / "c.parquet")
    with pytest.raises(CRSError, match="--crs EPSG:4326"):
        open_incidents(tmp_path / "c.parquet")
    assert Read(tmp_path / "c.parquet", crs="EPSG:4326").places == [PLACE]
    frame.to_file(tmp_path / "b.gpkg")
    with pytest.raises(CRSError, match="stated and"):
        open_incidents(tmp_path / "b.gpkg", crs="EPSG:32637")


def test_folders_and_patterns_of_parquet_are_one_table(tmp_path: Path) -> None:
    for i in range(3):
        table = pa.table({"id": [i], "date": ["2018-03-07"], "lat": [35.9306], "lon": [36.6339]})
        pq.write_table(table, tmp_path / f"part-{i}.parquet")
    for path in (tmp_path, tmp_path / "*.parquet"):
        found = Read(path)
        assert found.source.rows == len(found) == 3
        assert len(found.source.parts) == 3
        assert [batch.column("id")[0].as_py() for batch in found.batches] == [0, 1, 2]
    pq.write_table(pa.table({"id": [1]}), tmp_path / "part-9.parquet")
    with pytest.raises(InputError, match="expected the columns of"):
        open_incidents(tmp_path)


@pytest.mark.parametrize(
    ("dates", "days"),
    [
        pytest.param(pa.array([17597], pa.date32()), ["2018-03-07"], id="date"),
        pytest.param(
            pa.array([1520465400], pa.timestamp("s", "UTC")), ["2018-03-08"], id="UTC evening"
        ),
        pytest.param(pa.array([1520465400], pa.timestamp("s")), ["2018-03-07"], id="local time"),
        pytest.param(pa.array([20180307], pa.int64()), ["2018-03-07"], id="basic ISO number"),
        pytest.param(pa.array([2018.0], pa.float64()), ["2018-01-01/2018-12-31"], id="year"),
        pytest.param(pa.array(["2018-03-07"]).dictionary_encode(), ["2018-03-07"], id="codes"),
        pytest.param(pa.array([None], pa.date32()), [""], id="nothing"),
    ],
)
def test_columns_of_every_type_are_read_as_days(
    tmp_path: Path, dates: pa.Array, days: list[str]
) -> None:
    pq.write_table(
        pa.table({"date": dates, "lat": [35.9306], "lon": [36.6339]}), tmp_path / "a.parquet"
    )
    assert Read(tmp_path / "a.parquet").days == days


def test_standard_input_is_read_like_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import gzip

    for content in ((HEAD + ROW).encode(), gzip.compress((HEAD + ROW).encode())):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
        assert Read("-").places == [PLACE]


def test_names_that_are_taken_get_a_prefix() -> None:
    assert result_names(["id", "Verdict", "dezone_zone"], ["verdict", "zone", "time"]) == {
        "verdict": "dezone_verdict",
        "zone": "zone",
        "time": "time",
    }


def test_formulas_stay_in_csv_and_are_counted_or_defused(tmp_path: Path) -> None:
    notes = ["=cmd()", "+1+1", "-36.5", "@x", "-", "plain", "+5", "＝1+1", "＋1", "－x", "＠x",
             "１", "﹦1", "\t=1", "-1e5%", "إدلب", "﷽", ""]  # fmt: skip
    text = '=HYPERLINK("x"),@h,date,latitude,longitude,note,-1\n' + "".join(
        f"{i},,2018-03-07,35.9,36.6,{note},\n" for i, note in enumerate(notes)
    )
    risky = [0, 1, 3, 4, 7, 8, 9, 10, 12, 13]
    text = text.replace('=HYPERLINK("x")', '"=HYPERLINK(""x"")"')
    source = open_incidents(write(tmp_path, text))
    for guard in (False, True):
        _, findings = copy(source, tmp_path / "out.csv", guard_formulas=guard)
        assert [f.kind for f in findings] == ["formula-cells"]  # type: ignore[attr-defined]
        assert f"{2 + len(risky)} cells" in findings[0].after  # type: ignore[attr-defined]
        with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
            header, *rows = csv.reader(file)
        if not guard:
            assert (tmp_path / "out.csv").read_text("utf-8") == text
            continue
        assert header == ['\'=HYPERLINK("x")', "'@h", "date", "latitude", "longitude", "note", "-1"]
        assert [row[5] for row in rows] == [
            f"'{note}" if i in risky else note for i, note in enumerate(notes)
        ]


def test_nothing_in_a_written_sheet_is_a_formula(tmp_path: Path) -> None:
    import openpyxl

    source = open_incidents(write(tmp_path, SMALL))
    copy(source, tmp_path / "out.xlsx")
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    assert {cell.data_type for row in book.active.iter_rows() for cell in row} <= {"s", "n"}
    assert book.active["E3"].value == "=1+1"


def test_a_failed_writing_leaves_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_text("before")
    source = open_incidents(write(tmp_path, SMALL))

    def broken() -> object:
        yield next(iter(source.batches()))
        raise InputError("broken off")

    with pytest.raises(InputError, match="broken off"):
        write_table(target, source.schema, broken(), like=source.table)  # type: ignore[arg-type]
    assert target.read_text() == "before"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.csv", "out.csv"]


def test_what_a_format_cannot_hold_is_refused(tmp_path: Path) -> None:
    long = read(tmp_path, HEAD.strip() + ",note\n" + ROW.strip() + "," + "x" * 40_000 + "\n")
    for suffix in ("xlsx", "shp"):
        with pytest.raises(InputError, match=r"write (CSV|GeoPackage)"):
            copy(long.source, tmp_path / f"out.{suffix}")
    assert isinstance(long.parts[0], Incidents)
    with pytest.raises(InputError, match="ends in"):
        write_table(tmp_path / "out.doc", long.source.schema, [])
