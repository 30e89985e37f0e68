"""Incidents that are coded to a district or governorate: its polygon takes the disc's place."""

from __future__ import annotations

import csv
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyproj
import pytest
import shapely

import zones
from geodata.atlas import read_atlas
from geodata.columns.incidents import Incidents, PlaceType
from geodata.columns.mapping import ColumnMapping
from geodata.columns.opening import read_areas
from geodata.columns.precision import PlaceCode, PlaceScheme, PrecisionTable
from geodata.errors import InputError
from geodata.schema import Estimate
from zones.calendar import day_number
from zones.plane import Plane
from zones.sentence import write_sentence
from zones.space import grounds_of, unit_shares_of
from zones.tables.files import tag_file
from zones.tables.question import EVERY_COLUMN
from zones.tables.stream import Tagging
from zones.verdict import VERDICTS, Assessor

RESUME = Tagging(resume=True)

BOXES = {  # west, south, east, north
    "Inner": ("district", 36.55, 35.85, 36.65, 35.95),  # deep in Idlib
    "Across": ("district", 36.2, 35.2, 36.9, 35.6),  # over its line
    "Northeast": ("governorate", 40.0, 36.0, 41.0, 37.0),  # no zone near
    "Desert": ("governorate", 36.2, 33.3, 40.0, 34.2),  # wide, with all of Eastern Ghouta in it
    "Islands": ("governorate", 30.0, 33.0, 31.0, 34.0),  # abroad
}
DAYS = ["2017-05-01", "2017-10-01", "2018-03-07", "2018-07-01", "2019-05-05", "2025-01-01"]


def write_boxes(folder: Path, level: str) -> Path:
    number = {"governorate": 1, "district": 2}[level]
    features = [
        {
            "type": "Feature",
            "properties": {f"ADM{number}_EN": name, f"ADM{number}_PCODE": f"XX{number}{i}"},
            "geometry": shapely.geometry.mapping(shapely.box(*box)),
        }
        for i, (name, (of, *box)) in enumerate(BOXES.items())
        if of == level
    ]
    path = folder / f"{level}s.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


@pytest.fixture(scope="module")
def admin(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("admin")
    return [write_boxes(folder, level) for level in ("district", "governorate")]


def events() -> list[dict[str, Any]]:
    """Rows as UCDP has them: coded to boxes, to points and to what has no polygon."""
    found = []
    for name, (level, west, south, east, north) in BOXES.items():
        for first in DAYS:
            for last in (first, "2018-12-31" if first < "2018-12-31" else "2025-12-31"):
                for here in (True, False):
                    found.append(
                        {
                            "date_start": first,
                            "date_end": last,
                            "date_prec": "1",
                            "latitude": f"{(south + north) / 2}" if here else "",
                            "longitude": f"{(west + east) / 2}" if here else "",
                            "where_prec": "3" if level == "district" else "4",
                            "adm_1": name if level == "governorate" else "",
                            "adm_2": name if level == "district" else "",
                        }
                    )
    plain = {**found[0], "latitude": "35.93", "longitude": "36.63"}
    found += [{**plain, "where_prec": code} for code in ("1", "2", "5", "6")]
    found += [{**plain, "adm_2": "Nowhere"}, {**plain, "latitude": "x1"}]
    return [{"id": str(i), **row} for i, row in enumerate(found)]


def table() -> pa.Table:
    return pa.Table.from_pylist(events())


@pytest.fixture(scope="module")
def tagged(admin: list[Path]) -> list[dict[str, Any]]:
    found = zones.tag(table(), admin=admin, with_=["all"]).to_pylist()
    assert isinstance(found, list)
    return found


def of(rows: list[dict[str, Any]], name: str, day: str = "2017-10-01") -> dict[str, Any]:
    """The row of one box on one day, with a position given."""
    return next(
        row
        for row in rows
        if name in (row["adm_1"], row["adm_2"])
        and row["date_start"] == row["date_end"] == day
        and row["latitude"]
    )


# -- the answers ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "verdict", "space", "reasons"),
    [
        ("Inner", "inside", "inside", ""),
        ("Across", "uncertain", "straddles", "coarse-location"),
        ("Northeast", "outside", "outside", ""),
        ("Islands", "outside", "outside", "outside-country"),
    ],
)
def test_the_polygon_is_judged_by_the_rules_of_discs(tagged, name, verdict, space, reasons):
    row = of(tagged, name)
    assert (row["verdict"], row["space"], row["reasons"]) == (verdict, space, reasons)
    assert row["radius_m"] is None
    assert row["radius_source"] == BOXES[name][0]


def test_a_governorate_that_holds_a_whole_zone_in_a_small_part_of_it_stays_open(tagged):
    row = of(tagged, "Desert")
    assert row["zone"] == "eastern-ghouta"
    assert 0 < row["share_best"] <= row["share_high"] < 0.05
    assert (row["verdict"], row["space"]) == ("uncertain", "straddles")
    assert "coarse-location" in row["reasons"]


def test_time_counts_as_for_discs(tagged):
    assert of(tagged, "Across", "2025-01-01")["verdict"] == "outside"
    assert of(tagged, "Across", "2017-05-01")["time"] == "not_yet"
    assert of(tagged, "Across", "2017-05-01")["verdict"] == "outside"


def test_days_over_two_extents_take_the_smaller_low_and_the_larger_high(tagged):
    many = next(
        row
        for row in tagged
        if row["adm_2"] == "Across" and row["date_start"] == "2017-10-01" < row["date_end"]
    )
    days = [row for row in tagged if row["adm_2"] == "Across"]
    days = [r for r in days if r["date_start"] == r["date_end"] in ("2017-10-01", "2018-03-07")]
    assert many["share_low"] <= min(row["share_low"] for row in days)
    assert many["share_high"] >= max(row["share_high"] for row in days)
    assert "spans-extents" in many["reasons"]


def test_distance_is_from_the_point_given_else_from_one_within_the_polygon(tagged):
    with_point = of(tagged, "Inner")
    alone = zones.check(latitude=35.9, longitude=36.6, date="2017-10-01")
    assert with_point["distance_m"] == alone.distance_m
    without = next(r for r in tagged if r["adm_2"] == "Inner" and not r["latitude"])
    assert without["distance_m"] > 0
    assert without["dezone_latitude"] is None


def test_a_radius_stated_for_a_row_goes_before_its_polygon(admin):
    there, nowhere = events()[2:4]
    rows = [{**there, "radius": ""}, {**there, "radius": "500"}, {**nowhere, "radius": "500"}]
    found = zones.tag(
        pa.Table.from_pylist(rows),
        admin=admin,
        mapping=ColumnMapping(radius="radius"),
        with_=["radius_source"],
    )
    assert found.column("radius_source").to_pylist() == ["district", "given", "none"]
    assert found.column("radius_m").to_pylist() == [None, 500.0, None]


def test_a_row_that_cannot_be_read_says_nothing_and_one_without_polygon_is_coarse(tagged):
    unread, unnamed = tagged[-1], tagged[-2]
    assert (unread["verdict"], unread["reasons"]) == ("undetermined", "unreadable-location")
    assert (unread["zone"], unread["share_best"]) == (None, None)
    assert unnamed["reasons"] == "coarse-location"


def test_gtd_names_no_districts_so_the_governorate_holds_them(admin):
    row = {
        "eventid": "1", "iyear": "2017", "imonth": "10", "iday": "1", "latitude": "36.5",
        "longitude": "40.5", "vicinity": "0", "provstate": "Northeast",
    }  # fmt: skip
    rows = [{**row, "specificity": code} for code in "12345"]
    found = zones.tag(pa.Table.from_pylist(rows), admin=admin, with_=["radius_source"])
    assert [s.split()[-1] for s in found.column("radius_source").to_pylist()] == [
        "0", "governorate", "governorate", "governorate", "0",
    ]  # fmt: skip
    assert found.column("verdict").to_pylist()[1:4] == ["outside"] * 3


# -- the shares -----------------------------------------------------------------------------


def exact_share(polygon: Any, shape: Any) -> float:
    """The share on an equal-area plane centred on the polygon."""
    middle = polygon.centroid
    laea = pyproj.Proj(proj="laea", lat_0=middle.y, lon_0=middle.x, ellps="WGS84")

    def ground(one: Any) -> float:
        flat = shapely.transform(
            shapely.segmentize(one, 0.005), lambda p: np.column_stack(laea(p[:, 0], p[:, 1]))
        )
        return float(shapely.area(flat))

    return ground(shapely.intersection(polygon, shape)) / ground(polygon)


def test_shares_are_those_of_an_equal_area_plane(admin):
    atlas = read_atlas()
    areas = read_areas(admin)
    shares = unit_shares_of(atlas, areas)
    for ground in grounds_of(atlas).values():
        for k, extent in enumerate(ground.extents):
            for estimate in Estimate:
                found = shares.share(ground.number(k, estimate), np.arange(len(areas.all)))
                for area, share in zip(areas.all, found.tolist(), strict=True):
                    shape = extent.geometry(estimate)
                    assert share == pytest.approx(exact_share(area.polygon, shape), abs=1e-4)


def test_ground_is_measured_on_the_ellipsoid():
    plane = Plane(read_atlas().meta.bounds)
    box = shapely.segmentize(shapely.box(36, 33, 38, 36), 0.001)
    geodesic, _ = pyproj.Geod(ellps="WGS84").geometry_area_perimeter(box)
    assert plane.area(box) == pytest.approx(abs(geodesic), rel=1e-6)


# -- however they come ----------------------------------------------------------------------


def test_each_row_has_the_record_that_it_has_alone(admin, tagged):
    for i in range(0, len(tagged), 7):
        alone = zones.tag(table().slice(i, 1), admin=admin, with_=["all"]).to_pylist()
        assert alone == [tagged[i]]


def test_pandas_polars_batches_and_dask_give_the_same_records(admin, tagged):
    pandas = pytest.importorskip("pandas")
    names = [n if n not in ("latitude", "longitude") else f"dezone_{n}" for n in EVERY_COLUMN]
    expected = [{name: row[name] for name in names} for row in tagged]

    frame = pandas.DataFrame(events(), index=range(100, 100 + len(tagged)))
    found = zones.tag(frame, admin=admin, with_=["all"])
    assert found.index.equals(frame.index)
    assert pa.Table.from_pandas(found[names], preserve_index=False).num_rows == len(expected)
    assert found["verdict"].tolist() == [row["verdict"] for row in expected]
    assert found["sentence"].tolist() == [row["sentence"] for row in expected]

    batches = table().to_batches(max_chunksize=11)
    reader = pa.RecordBatchReader.from_batches(table().schema, batches)
    assert zones.tag(reader, admin=admin, with_=["all"]).read_all().to_pylist() == tagged

    polars = pytest.importorskip("polars")
    found = zones.tag(polars.from_arrow(table()), admin=admin, with_=["all"])
    assert found.select(names).to_dicts() == expected

    dask = pytest.importorskip("dask.dataframe")
    lazy = zones.tag(dask.from_pandas(frame, npartitions=3), admin=admin, with_=["all"])
    assert lazy.compute()["sentence"].tolist() == [row["sentence"] for row in expected]


def test_many_rows_of_few_polygons_get_the_answers_of_each_alone(admin):
    assessor, areas = Assessor(read_atlas()), read_areas(admin)
    rng = np.random.default_rng(7)
    n = 20_000
    west, south, east, north = assessor.atlas.meta.bounds
    x, y = rng.uniform(west - 1, east + 1, n), rng.uniform(south - 1, north + 1, n)
    x[::5] = y[::5] = np.nan
    first = day_number(np.datetime64("2017-01-01").item()) + rng.integers(0, 3000, n)
    last = first + rng.integers(0, 3, n) * rng.integers(0, 200, n)
    area = rng.integers(-1, len(areas.all), n)
    radius = np.where(area < 0, 0.0, np.nan)
    incidents = replace(
        Incidents.discs(x, y, radius, first, last),
        place_type=np.where(area < 0, PlaceType.DISC, PlaceType.ADMIN_UNIT).astype(np.uint8),
        unit=area.astype(np.int32),
        units=areas,
    )
    found = assessor.assess(incidents)
    assert len(found) == n
    assert set(found.verdict[area >= 0].tolist()) == {
        VERDICTS.index(v) for v in ("inside", "outside", "uncertain")
    }
    some = rng.choice(n, 300, replace=False)
    for i in some.tolist():
        row = slice(i, i + 1)
        one = assessor.assess(incidents.take(row))
        for name in ("verdict", "space", "time", "zone", "phase", "reasons", "boundaries"):
            assert np.array_equal(getattr(one, name), getattr(found, name)[row]), (name, i)
        for name in ("share_low", "share_best", "share_high"):
            assert np.array_equal(getattr(one, name), getattr(found, name)[row], equal_nan=True), (
                name,
                i,
            )
        assert one.row(0) == found.row(i)
    discs = area < 0
    apart = assessor.assess(incidents.take(discs))
    assert np.array_equal(apart.verdict, found.verdict[discs])
    assert np.array_equal(apart.reasons, found.reasons[discs])


def test_a_folder_is_not_gone_on_with_under_other_polygons(tmp_path, admin):
    import pyarrow.parquet as pq

    source = tmp_path / "in"
    source.mkdir()
    for i in range(2):
        pq.write_table(table().slice(i * 20, 20), source / f"{i}.parquet")
    out = tmp_path / "out"
    tag_file(source, f"{out}/", admin=admin)
    (out / "1.parquet").unlink()
    with pytest.raises(InputError, match="options with which"):
        tag_file(source, f"{out}/", how=RESUME, admin=admin[:1])
    coarser = PrecisionTable(places={"ucdp-ged": PlaceScheme(("where_prec",), {"1": PlaceCode(9)})})
    with pytest.raises(InputError, match="options with which"):
        tag_file(source, f"{out}/", admin=admin, precision=coarser, how=RESUME)
    assert tag_file(source, f"{out}/", admin=admin, how=RESUME).kept == 1


# -- words ----------------------------------------------------------------------------------


@pytest.mark.parametrize("language", sorted(read_atlas().meta.languages))
def test_the_sentence_speaks_of_an_area_and_not_of_a_circle(admin, language):
    atlas = read_atlas()
    words = atlas.words(language)["sentence"]
    rows = zones.tag(table(), admin=admin, with_=["all"], language=language).to_pylist()
    share = of(rows, "Across")["sentence"]
    clear = of(rows, "Northeast")["sentence"]
    assert words["the_area"].lower() in share.lower()
    assert words["the_area"].lower() in clear.lower()
    assert "{" not in share + clear
    fields = {**of(rows, "Across"), "verdict": "outside", "time": "unknown", "space": "outside"}
    fields["reasons"] = []
    fields["boundaries"] = fields["subareas"] = fields["neighbours"] = {}
    fields["guarantors"] = []
    said = write_sentence(atlas, fields, language=language)
    assert words["the_area"].lower() in said.lower()


# -- names ----------------------------------------------------------------------------------


def test_a_name_is_found_in_the_spelling_of_every_source_that_is_listed(tmp_path):
    content = json.loads(Path("geodata/grammar/area_names.json").read_bytes())
    known = set(content["sources"])
    for level in ("governorate", "district"):
        number = {"governorate": 1, "district": 2}[level]
        entries = [area for area in content["areas"] if area["level"] == level]
        features = [
            {
                "type": "Feature",
                "properties": {f"ADM{number}_PCODE": entry["code"], f"ADM{number}_EN": f"No {i}"},
                "geometry": shapely.geometry.mapping(shapely.box(36, 33, 37, 34)),
            }
            for i, entry in enumerate(entries)
        ]
        path = tmp_path / f"{level}.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
        areas = read_areas([path])
        spelt: Counter[str] = Counter()
        for i, entry in enumerate(entries):
            for name, sources in entry["names"].items():
                assert sources
                assert set(sources) <= known
                assert areas.find(level, f"{name} {level}")[0] == i, name
                spelt[name] += 1
        assert max(spelt.values()) == 1, "one name for two areas"


def test_every_event_of_ucdp_that_is_coded_to_an_area_finds_its_polygon(shared: Path) -> None:
    path = shared / "data/incidents/ucdp_ged_syria_2016-2017.csv"
    admin = [shared / "data/admin/ocha_adm1.geojson", shared / "data/admin/ocha_adm2.geojson"]
    if not path.is_file() or not all(p.is_file() for p in admin):
        pytest.skip("the incidents and the polygons are not beside this checkout")
    areas = read_areas(admin)
    within: Counter[bool] = Counter()
    with path.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row["where_prec"] not in "34":
                continue
            level, name = ("district", "adm_2") if row["where_prec"] == "3" else (
                "governorate", "adm_1")  # fmt: skip
            found, _ = areas.find(level, row[name], row["adm_1"])
            assert found >= 0, row[name]
            point = shapely.Point(float(row["longitude"]), float(row["latitude"]))
            near = areas.polygons[found].distance(point) < 0.02
            within[near] += 1
    assert within[True] > 0.98 * within.total(), "the polygon found is not where the event is"


def test_a_position_far_from_the_polygon_of_its_area_is_doubted(admin, tmp_path):
    from geodata.columns.diagnostics import inspect_file
    from geodata.columns.options import ReadingOptions

    here = events()[2]
    rows = [here, {**here, "latitude": "34.0"}, {**here, "latitude": "", "longitude": ""}]
    path = tmp_path / "in.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(here))
        writer.writeheader()
        writer.writerows(rows)
    log = inspect_file(path, ReadingOptions.of(admin=admin)).log
    assert log.count("point-outside-area") == 1
    assert "row 2" in log.to_text().split("point-outside-area")[1]


def test_an_outline_that_crosses_itself_is_mended_and_told(tmp_path):
    from geodata.columns.opening import open_incidents

    bow = {"type": "Polygon", "coordinates": [[[36, 35], [37, 36], [37, 35], [36, 36], [36, 35]]]}
    feature = {"type": "Feature", "properties": {"ADM2_EN": "Bow"}, "geometry": bow}
    path = tmp_path / "bow.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    incidents = tmp_path / "in.csv"
    incidents.write_text("date,latitude,longitude\n2018-03-07,35.9,36.6\n")
    source = open_incidents(incidents, admin=[path])
    assert [f.kind for f in source.findings] == ["area-outline"]
    areas = source.plan.areas
    assert areas is not None
    assert shapely.is_valid(areas.polygons[0])
    assert areas.polygons[0].area == pytest.approx(0.5)

    turns = np.radians(np.arange(401) * 179.1)  # a star: every edge crosses nearly all others
    star = [[36 + x, 35 + y] for x, y in zip(np.cos(turns), np.sin(turns), strict=True)]
    bow["coordinates"] = [[*star, star[0]]]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    with pytest.raises(InputError, match="more than 2,000 crossings; mend them"):
        open_incidents(incidents, admin=[path])


# -- files of partners ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "head",
    ["date,governorate,district", "التاريخ,المحافظة,المنطقة", "Date,admin1Name_en,admin2Name_en"],
)
def test_names_of_areas_are_place_enough_where_their_polygons_are_given(
    admin: list[Path], tmp_path: Path, head: str
) -> None:
    path = tmp_path / "in.csv"
    path.write_text(
        f"{head}\n2017-10-01,,Inner\n2017-10-01,Northeast,\n2017-10-01,Nowhere,\n",
        encoding="utf-8",
    )
    out = tmp_path / "out.csv"
    assert tag_file(path, out, admin=admin).rows == 3
    with out.open(encoding="utf-8", newline="") as lines:
        assert [(row["verdict"], row["reasons"]) for row in csv.DictReader(lines)] == [
            ("inside", ""),
            ("outside", ""),
            ("undetermined", "no-location"),
        ]
    with pytest.raises(InputError, match="expected a column with a place"):
        tag_file(path, out)


def test_a_position_goes_before_the_name_of_an_area(admin: list[Path]) -> None:
    rows = [
        {"date": "2017-10-01", "lat": "35.93", "lon": "36.63", "district": "Across"},
        {"date": "2017-10-01", "lat": "", "lon": "", "district": "Inner"},
    ]
    found = zones.tag(pa.Table.from_pylist(rows), admin=admin, with_=["radius_source"])
    assert found.column("radius_source").to_pylist() == ["settlement", "district"]


def test_codes_that_a_program_wrote_with_a_point_are_the_same_codes(admin: list[Path]) -> None:
    from geodata.columns.opening import open_incidents
    from geodata.columns.reading import read_batch
    from geodata.formats.table import Table

    gtd = {
        "eventid": "1", "iyear": "2017", "imonth": "10", "iday": "0", "latitude": "36.5",
        "longitude": "40.5", "provstate": "Northeast", "specificity": "4", "vicinity": "-9",
    }  # fmt: skip
    pointed = {k: f"{v}.0" if k[0] in "is" else v for k, v in gtd.items()}
    table = pa.Table.from_pylist([gtd, pointed])
    plain, same = zones.tag(table, admin=admin, with_=["all"]).select(EVERY_COLUMN[:4]).to_pylist()
    assert plain == same
    assert plain["verdict"] == "outside"
    source = open_incidents(Table("frame", table.schema, lambda *_: iter(table.to_batches())))
    found = read_batch(table.to_batches()[0], source.plan).findings
    repairs = [(one.column, one.before) for one in found if one.kind == "whole-number"]
    assert ("specificity", "4.0") in repairs
    assert ("iyear", "2017.0") in repairs
