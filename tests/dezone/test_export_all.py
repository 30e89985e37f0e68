"""`dezone export --all`: everything known, in one file, the way its programs read it."""

from __future__ import annotations

import datetime as dt
import io
import json
import sqlite3
import xml.etree.ElementTree as ET
import zipfile
from contextlib import closing

import geopandas as gpd
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import zones
from dezone.cli import main
from dezone.export.contents import HALF_OPEN, layers
from geodata.atlas import read_atlas
from geodata.schema import Estimate

ATLAS = read_atlas()
KML = {"k": "http://www.opengis.net/kml/2.2"}
DAYS = st.dates(dt.date(2017, 1, 1), dt.date(2025, 6, 1))


def parse(text):
    return ET.fromstring(text)  # noqa: S314  (our own, made just now)


def export(path, *words):
    result = CliRunner().invoke(main, ["export", "--all", "-o", str(path), *words])
    assert result.exit_code == 0, result.stderr
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("all")


@pytest.fixture(scope="module")
def package(folder):
    return export(folder / "zones.gpkg")


@pytest.fixture(scope="module")
def rows(package):
    return gpd.read_file(package, layer="zones")


@pytest.fixture
def database(package):
    with closing(sqlite3.connect(f"file:{package}?mode=ro", uri=True)) as connection:
        yield connection


def projects(database):
    for name, content in database.execute("SELECT name, content FROM qgis_projects"):
        with zipfile.ZipFile(io.BytesIO(bytes.fromhex(content.decode()))) as archive:
            yield name, parse(archive.read("project.qgs"))


# -- what is in it --------------------------------------------------------------------------


def test_nothing_of_the_atlas_is_left_out():
    found = {layer.name: layer for layer in layers(ATLAS)}
    assert len(found["extents"].rows) == len(ATLAS.extents) * len(Estimate)
    assert len(found["areas"].rows) == len(ATLAS.area_features)
    assert len(found["phases"].rows) == len(ATLAS.phases)
    assert len(found["agreements"].rows) == len(ATLAS.agreements)
    assert len(found["rounds"].rows) == len(ATLAS.rounds)
    assert len(found["posts"].rows) == len(ATLAS.posts)
    assert len(found["sources"].rows) == len(ATLAS.sources)
    assert len(found["settlements"].rows) == len(ATLAS.ledger)
    told = sum(len(ATLAS.ledger.history(index)) for index in range(len(ATLAS.ledger)))
    assert len(found["held"].rows) == told


def test_every_layer_has_the_rows_that_it_was_given(package):
    for layer in layers(ATLAS):
        assert pyogrio.read_info(package, layer=layer.name)["features"] == len(layer.rows)


@settings(max_examples=60, deadline=None)
@given(
    day=DAYS,
    boundary=st.sampled_from([boundary.id for boundary in ATLAS.boundaries]),
    estimate=st.sampled_from([estimate.value for estimate in Estimate]),
)
def test_the_rows_of_a_day_are_the_zones_in_force_on_it(rows, day, boundary, estimate):
    asked = (rows["boundary"] == boundary) & (rows["estimate"] == estimate)
    begun = rows["valid_from"].dt.date <= day
    ended = rows["valid_to"].notna() & (rows["valid_to"].dt.date <= day)
    found = rows[asked & begun & ~ended].sort_values("number")
    frame = zones.load_zones(day, boundary, estimate)
    frame = frame[frame["in_force"]]
    assert found["zone"].tolist() == frame["zone"].tolist()
    assert found["phase"].tolist() == frame["phase"].tolist()
    assert found["guarantors"].tolist() == [";".join(g) for g in frame["guarantors"]]
    apart = shapely.symmetric_difference(found.geometry.to_numpy(), frame.geometry.to_numpy())
    assert shapely.area(apart).max(initial=0) == 0


def test_a_settlement_is_held_by_both_sides_on_a_day_of_change():
    held = next(layer for layer in layers(ATLAS) if layer.name == "held")
    history = [row for row in held.rows if row["name"] == "Khan Shaykun"]
    before, after = history[-2:]
    overlap = before["valid_to"] - after["valid_from"]
    assert overlap >= dt.timedelta(days=1)
    assert before["held_by"] != after["held_by"]


def test_a_post_whose_end_is_not_known_is_shown_only_while_its_zone_was_in_force():
    posts = next(layer for layer in layers(ATLAS) if layer.name == "posts")
    ghouta = [row for row in posts.rows if row["zone"] == "eastern-ghouta"]
    assert ghouta
    for row in ghouta:
        assert row["until_known"] is not None or row["valid_to"] == dt.date(2018, 4, 14)
    for row in posts.rows:
        if row["first_known"] and row["until_known"]:
            assert (row["valid_from"], row["valid_to"]) == (row["first_known"], row["until_known"])


def test_doubt_is_what_is_possibly_but_not_surely_inside(package, rows):
    doubt = gpd.read_file(package, layer="doubt")
    for row in doubt.itertuples():
        mine = rows[
            (rows["zone"] == row.zone)
            & (rows["boundary"] == row.boundary)
            & (rows["valid_from"] == row.valid_from)
        ].set_index("estimate")
        low, high = (shapely.make_valid(mine.geometry[name]) for name in ("low", "high"))
        assert row.geometry.area == pytest.approx(high.area - low.intersection(high).area)
        assert row.geometry.intersection(low).area == pytest.approx(0, abs=1e-9)


# -- how programs see it --------------------------------------------------------------------


def test_the_package_is_of_a_version_that_qgis_3_22_knows(database):
    assert database.execute("PRAGMA application_id").fetchone() == (int.from_bytes(b"GPKG"),)
    assert database.execute("PRAGMA user_version").fetchone() == (10300,)
    assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []


def test_days_are_dates_and_not_texts(database):
    for layer in layers(ATLAS):
        kinds = {
            name: kind
            for _, name, kind, *_ in database.execute(f'PRAGMA table_info("{layer.name}")')
        }
        for column in layer.columns:
            assert (kinds[column.name] == "DATE") == (column.kind == "date"), column.name


def test_every_column_says_what_it_means(database):
    said = {
        (table, column): text
        for table, column, text in database.execute(
            "SELECT table_name, column_name, description FROM gpkg_data_columns"
        )
    }
    for layer in layers(ATLAS):
        for column in layer.columns:
            assert said[layer.name, column.name] == column.meaning
        if layer.spans:
            assert "first day, included" in said[layer.name, HALF_OPEN[0]]
            assert "no longer included" in said[layer.name, HALF_OPEN[1]]


def test_names_stand_in_every_language(rows):
    names = rows.set_index("zone")
    for zone in ATLAS.zones:
        for code in ATLAS.meta.languages:
            column = "name" if code == "en" else f"name_{code}"
            assert set(names.loc[[zone.id], column]) == {zone.name[code]}


def test_licence_attribution_version_and_hash_are_in_the_metadata(database):
    for (text,) in database.execute("SELECT metadata FROM gpkg_metadata"):
        root = parse(text)
        assert root.findtext("license") == ATLAS.meta.licence
        assert [one.text for one in root.findall("rights")] == list(ATLAS.meta.attribution)
        assert root.findtext("identifier").endswith(f"{ATLAS.version}/{ATLAS.sha256}")
        assert "half-open" in root.findtext("abstract")


def test_each_layer_has_a_style_in_each_language_and_one_is_the_default(database):
    found = database.execute(
        "SELECT f_table_name, styleName, useAsDefault, styleQML FROM layer_styles"
    ).fetchall()
    drawn = [layer.name for layer in layers(ATLAS) if layer.geometry]
    languages = [ATLAS.words(code)["language"] for code in ATLAS.meta.languages]
    assert sorted((table, name) for table, name, *_ in found) == sorted(
        (table, name) for table in drawn for name in languages
    )
    assert sorted(table for table, _, default, _ in found if default) == sorted(drawn)
    for table, name, _, style in found:
        root = parse(style)
        assert root.findall("renderer-v2/rules/rule"), table
        if table == "zones" and name == ATLAS.words("ar")["language"]:
            assert "name_ar" in root.find("labeling/settings/text-style").get("fieldName")


def test_each_project_knows_its_file_its_layers_and_its_time(database, package):
    found = dict(projects(database))
    assert list(found) == [f"syria-2017 {code}" for code in ATLAS.meta.languages]
    for root in found.values():
        listed = [one.get("id") for one in root.iter("layer-tree-layer")]
        assert listed == [one.findtext("id") for one in root.iter("maplayer")]
        assert listed == [one.get("id") for one in root.find("layerorder")]
        for source in root.iter("datasource"):
            assert source.text.startswith(f"./{package.name}|layername=")
        time = root.find("ProjectTimeSettings/TemporalRange")
        assert time.findtext("start") == "2017-05-06T00:00:00Z"
        assert time.findtext("end") == "2024-11-27T00:00:00Z"


def test_another_language_can_be_the_default(folder):
    path = export(folder / "arabic.gpkg", "--lang", "ar")
    with closing(sqlite3.connect(path)) as connection:
        assert next(name for name, _ in projects(connection)) == "syria-2017 ar"
        names = {n for (n,) in connection.execute(
            "SELECT styleName FROM layer_styles WHERE useAsDefault"
        )}  # fmt: skip
    assert names == {ATLAS.words("ar")["language"]}


def test_kml_has_a_time_span_a_style_and_a_shape_for_each_zone(folder):
    root = parse(export(folder / "zones.kml").read_bytes())
    styles = {f"#{one.get('id')}" for one in root.iterfind(".//k:Style", KML)}
    marks = root.findall(".//k:Placemark", KML)
    assert {one.findtext("k:styleUrl", None, KML) for one in marks} <= styles
    zone = next(one for one in marks if one.find(".//k:Polygon", KML) is not None)
    assert zone.findtext("k:TimeSpan/k:begin", None, KML) == "2017-05-06"
    spans = [one for one in marks if one.find("k:TimeSpan", KML) is not None]
    layer = {layer.name: layer.rows for layer in layers(ATLAS)}
    assert len(marks) == len(layer["zones"]) // 3 + len(layer["doubt"]) + len(layer["posts"])
    assert len(spans) >= len(layer["doubt"]) * 2
    assert ATLAS.sha256 in root.findtext("k:Document/k:description", None, KML)


def test_kml_is_read_by_gdal(folder, rows):
    path = export(folder / "gdal.kml")
    names = [str(name) for name, _ in pyogrio.list_layers(path)]
    assert names[0] == ATLAS.boundaries[0].name["en"]
    first = gpd.read_file(path, layer=names[0])
    best = rows[(rows["estimate"] == "best") & (rows["boundary"] == ATLAS.boundaries[0].id)]
    assert first["Name"].tolist() == best["name"].tolist()
    areas = shapely.area(best.geometry.to_numpy())
    assert shapely.area(first.geometry.to_numpy()) == pytest.approx(areas)


def test_parquet_covers_its_geometries_with_boxes(folder, rows):
    path = export(folder / "zones.parquet")
    geo = json.loads(pq.read_metadata(path).metadata[b"geo"])
    assert geo["version"] == "1.1.0"
    assert geo["columns"]["geometry"]["covering"]["bbox"]["xmin"] == ["bbox", "xmin"]
    frame = gpd.read_parquet(path, bbox=(36.6, 36.0, 36.7, 36.1))
    assert set(frame["zone"]) == {"idlib"}
    assert len(gpd.read_parquet(path)) == len(rows)
    assert str(pq.read_schema(path).field("valid_from").type) == "date32[day]"


def test_geojson_says_what_it_is_and_holds_every_row(folder, rows):
    path = export(folder / "zones.geojson")
    whole = json.loads(path.read_text("utf-8"))
    assert whole["licence"] == ATLAS.meta.licence
    assert whole["attribution"] == list(ATLAS.meta.attribution)
    assert ATLAS.sha256 in whole["identifier"]
    frame = gpd.read_file(path)
    assert (
        frame["valid_from"].dt.date.astype(str).tolist() == rows["valid_from"].astype(str).tolist()
    )
    assert frame["zone"].tolist() == rows["zone"].tolist()
    assert all(frame.geometry.exterior.is_ccw[frame.geom_type == "Polygon"])


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg", ".kml", ".parquet"])
def test_it_is_the_same_to_the_byte(tmp_path, suffix):
    first, second = (tmp_path / name / f"zones{suffix}" for name in "ab")
    for path in (first, second):
        path.parent.mkdir()
        export(path)
    assert first.read_bytes() == second.read_bytes()
    assert [path.name for path in first.parent.iterdir()] == [first.name]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-o", "zones.csv"], "expected .geojson, .gpkg, .kml or .parquet"),
        (["-o", "zones.gpkg", "--date", "2017-10-01"], "expected --all or --date"),
        (["-o", "zones.gpkg", "--boundary", "line"], "expected --all or --boundary"),
    ],
)
def test_what_cannot_be_written_is_said_in_one_line(words, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["export", "--all", *words])
    assert result.exit_code in (1, 2)
    assert message in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", ["csv", "gpkg", "parquet"])
def test_the_ledger_has_a_row_for_each_holding_and_says_how_it_is_cited(tmp_path, suffix):
    path = tmp_path / f"ledger.{suffix}"
    done = CliRunner().invoke(main, ["ledger", "-o", str(path)])
    assert done.exit_code == 0, done.output
    atlas = read_atlas()
    assert atlas.sha256 in done.output
    assert "CC BY-SA" in done.output
    read = {"csv": pd.read_csv, "gpkg": gpd.read_file, "parquet": gpd.read_parquet}
    rows = read[suffix](path)
    assert len(rows) == sum(len(atlas.ledger.history(i)) for i in range(len(atlas.ledger)))
    khan = rows[rows["settlement"] == "C3987"]
    assert list(khan["held_by"])[:2] == ["opposition", "government"]
    if suffix == "csv":
        assert abs(khan["latitude"].iloc[0] - 35.44) < 0.1
    else:
        assert rows.crs.to_epsg() == 4326


def test_the_ledger_is_written_in_no_other_format(tmp_path):
    done = CliRunner().invoke(main, ["ledger", "-o", str(tmp_path / "ledger.kml")])
    assert done.exit_code != 0
    assert "expected .csv, .gpkg or .parquet" in done.output
