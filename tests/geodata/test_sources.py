"""Sources known by what they have: the same rows say the same from every format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from test_reading_dirt import Read, read, write

from geodata.columns.mapping import ColumnMapping
from geodata.errors import InputError
from geodata.formats.writing import write_table
from zones.tables.question import ask

ACLED = """event_id_cnty,event_date,time_precision,latitude,longitude,geo_precision,fatalities
SYR1,07 March 2018,1,35.744,36.618,1,2
SYR2,08 March 2018,2,35.65,36.5,2,0
SYR3,09 March 2018,3,35.744,36.618,3,0
"""
UCDP = """id,where_prec,date_prec,latitude,longitude,date_start,date_end
1,1,1,35.744,36.618,2018-03-07,2018-03-07
2,2,1,35.65,36.5,2018-03-08,2018-03-08
3,6,1,35.744,36.618,2018-03-09,2018-03-09
"""
ACLED_RADII = [(0.0, "acled {} 1"), (10_000.0, "acled {} 2"), (None, "acled {} 3")]
ACLED_DAYS = ["2018-03-07", "2018-03-05/2018-03-11", "2018-03-01/2018-03-31"]


def warnings(found: Read, kind: str) -> list[str]:
    return [f"{one.before} {one.after}" for one in found.log.kept if one.kind == kind]


def as_points(folder: Path, text: str, suffix: str) -> Path:
    """Write rows whose coordinates become the geometry of a layer."""
    head, *lines = text.splitlines()
    names = head.split(",")
    features: list[dict[str, Any]] = []
    for line in lines:
        row = dict(zip(names, line.split(","), strict=True))
        point = [float(row.pop("longitude")), float(row.pop("latitude"))]
        geometry = {"type": "Point", "coordinates": point}
        features.append({"type": "Feature", "properties": row, "geometry": geometry})
    content = json.dumps({"type": "FeatureCollection", "features": features})
    geojson = write(folder, content, "in.geojson")
    if suffix == "geojson":
        return geojson
    import geopandas

    frame = geopandas.GeoDataFrame.from_features(features, crs="EPSG:4326")
    path = folder / f"in.{suffix}"
    if suffix == "parquet":
        frame.to_parquet(path)
    elif suffix == "kml":
        table = Read(geojson).source.table
        write_table(path, table.schema, table.scan(100, None), like=table)
    else:
        frame.rename(columns={name: name[:10] for name in names}).to_file(path)
    return path


@pytest.mark.parametrize("suffix", ["geojson", "gpkg", "shp", "kml", "parquet"])
def test_acled_is_read_the_same_from_every_layer(tmp_path: Path, suffix: str) -> None:
    found = Read(as_points(tmp_path, ACLED, suffix))
    assert found.source.mapping.source == "acled"
    column = found.source.mapping.place_codes[0]
    assert found.radii == [(metres, words.format(column)) for metres, words in ACLED_RADII]
    assert found.days == ACLED_DAYS
    assert found.places == read(tmp_path, ACLED).places


@pytest.mark.parametrize("suffix", ["geojson", "gpkg", "shp", "kml", "parquet"])
def test_ucdp_is_read_the_same_from_every_layer(tmp_path: Path, suffix: str) -> None:
    found = Read(as_points(tmp_path, UCDP, suffix))
    assert found.source.mapping.source == "ucdp-ged"
    assert [metres for metres, _ in found.radii] == [0, 25_000, None]
    assert found.log.count("unused-precision") == 0


def test_a_deleted_column_of_codes_takes_no_other_with_it_and_is_missed(tmp_path: Path) -> None:
    lines = [line.split(",") for line in ACLED.splitlines()]
    without_time = "\n".join(",".join(row[:2] + row[3:]) for row in lines)
    found = read(tmp_path, without_time)
    assert [metres for metres, _ in found.radii] == [0, 10_000, None]
    assert "'time_precision', which is not there" in warnings(found, "no-precision")[0]
    found = read(tmp_path, "\n".join(",".join(row[:5] + row[6:]) for row in lines))
    assert [metres for metres, _ in found.radii] == [0, 0, 0]
    assert "every place is taken as exact: state --radius" in warnings(found, "no-precision")[0]


@pytest.mark.parametrize(
    "name",
    ["geo_precision", "Location accuracy", "where prec", "GeoPrecision", "دقة الموقع", "точность"],
)
def test_a_column_of_precision_that_is_not_used_is_told_with_its_values(
    tmp_path: Path, name: str
) -> None:
    head = f"id,date,lat,lon,{name}\n"
    text = head + "1,2018-03-07,35.9,36.6,low\n2,2018-03-07,35.9,36.6,high\n3,2018-03-07,1,2,high\n"
    found = read(tmp_path, text)
    if found.source.mapping.source is None:
        (said,) = warnings(found, "unused-precision")
        assert said.startswith(f"'{name}' looks as if")
        assert "'high' 2, 'low' 1" in said
        ignored = read(tmp_path, text, mapping=ColumnMapping(ignore=(name,)))
        assert not warnings(ignored, "unused-precision")


def test_a_column_that_is_to_be_ignored_is_not_used(tmp_path: Path) -> None:
    text = "date,lat,lon,geopoint,village\n2018-03-07,35.9,36.6,36.1 36.9 0 4,Douma\n"
    ignored = ColumnMapping(ignore=("lat", "lon", "geopoint"))
    assert read(tmp_path, text, mapping=ignored).source.mapping.place == "village"
    both = ColumnMapping(date="date", ignore=("date",))
    with pytest.raises(InputError, match="found 'date' stated as both; take it out of `ignore`"):
        read(tmp_path, text, mapping=both)


def test_the_cure_that_is_named_for_codes_of_a_known_source_cures(tmp_path: Path) -> None:
    text = "date,lat,lon,geo_precision\n2018-03-07,35.9,36.6,2\n"
    (said,) = warnings(read(tmp_path, text), "unused-precision")
    assert 'state source = "acled"' in said
    assert read(tmp_path, text, mapping=ColumnMapping(source="acled")).radii[0][0] == 10_000


def test_a_column_of_lengths_is_offered_as_the_radius(tmp_path: Path) -> None:
    text = "date,lat,lon,How near\n2018-03-07,35.9,36.6,500m\n2018-03-07,35.9,36.6,25 km\n"
    (said,) = warnings(read(tmp_path, text), "unused-length")
    assert "holds lengths (25 km, 500m)" in said
    assert "state radius = 'How near'" in said
    found = read(tmp_path, text, mapping=ColumnMapping(radius="How near"))
    assert [metres for metres, _ in found.radii] == [500, 25_000]
    assert not warnings(found, "unused-length")


def test_a_radius_stated_for_all_goes_before_codes_and_says_so(tmp_path: Path) -> None:
    (said,) = warnings(read(tmp_path, ACLED, radius_m="0m"), "unused-precision")
    assert "since one radius is stated for all ('1' 1, '2' 1, '3' 1)" in said


def test_a_centroid_is_no_exact_place(tmp_path: Path) -> None:
    text = "date,CENTROID_LATITUDE,CENTROID_LONGITUDE\n2018-03-07,35.9,36.6\n"
    found = read(tmp_path, text)
    assert found.radii == [(None, "centroids")]
    assert read(tmp_path, text, radius_m="5km").radii == [(5_000, "given")]


def test_weekly_counts_are_of_an_area_and_of_days_on_either_side(tmp_path: Path) -> None:
    text = "WEEK,ADMIN1,EVENTS,CENTROID_LATITUDE,CENTROID_LONGITUDE\n2018-03-10,Idleb,3,35.8,36.6\n"
    found = read(tmp_path, text)
    assert found.radii == [(None, "acled-weekly")]
    assert found.days == ["2018-03-04/2018-03-16"]


def test_parts_of_a_date_beside_it_are_no_conflict(tmp_path: Path) -> None:
    found = read(tmp_path, "date,year,month,day,lat,lon\n2018-03-07,2018,3,7,35.9,36.6\n")
    assert found.days == ["2018-03-07"]
    found = read(tmp_path, "year,month,day,lat,lon\n2018,3,7,35.9,36.6\n2018,3,,35.9,36.6\n")
    assert found.days == ["2018-03-07", "2018-03-01/2018-03-31"]


# -- the same rows from every format ------------------------------------------------------------

MANY = """event_id_cnty,event_date,time_precision,latitude,longitude,geo_precision,notes
SYR1,2018-03-07,1,35.744,36.618,1,exact
SYR2,2018-03-08,2,35.65,36.5,2,near
SYR3,2018-03-09,3,35.744,36.618,3,province
SYR4,2017-04-01,1,33.57,36.4,1,before
SYR5,2018-03-07,1,36.6339,35.9306,1,exchanged
SYR6,2018-03-07,1,35,38,1,placeholder
SYR7,2018-03-07,1,34,37,1,whole degrees
SYR8,2019-09-01,1,35.4436,36.6497,1,خان شيخون
SYR9,2018-03-07,1,35.86,37.0,2,on the line
"""


def in_format(folder: Path, suffix: str) -> Path:
    """Write the rows as a program would: with types where the format has them."""
    if suffix in ("geojson", "gpkg", "shp", "kml", "parquet", "fgb"):
        return as_points(folder, MANY, suffix)
    head, *lines = (line.split(",") for line in MANY.splitlines())
    path = folder / f"in.{suffix}"
    if suffix == "csv":
        return write(folder, MANY)
    typed = [
        [float(c) if i in (3, 4) else int(c) if i in (2, 5) else c for i, c in enumerate(row)]
        for row in lines
    ]
    if suffix == "xlsx":
        import openpyxl

        book = openpyxl.Workbook()
        for row in [head, *typed]:
            book.active.append(row)
        book.save(path)
    elif suffix == "table.parquet":
        import pandas

        frame = pandas.DataFrame(typed, columns=head)
        frame["event_date"] = pandas.to_datetime(frame["event_date"])
        frame.to_parquet(path)
    else:
        records = [dict(zip(head, row, strict=True)) for row in typed]
        lines_ = "".join(json.dumps(record) + "\n" for record in records)
        path.write_text(lines_ if suffix == "jsonl" else json.dumps(records), encoding="utf-8")
    return path


def answers(path: Path) -> list[tuple[object, ...]]:
    found = Read(path)
    assessor = ask().assessor
    verdicts = [int(v) for part in found.parts for v in assessor.assess(part).verdict]
    reasons = [int(r) for part in found.parts for r in assessor.assess(part).reasons]
    radii = [metres for metres, _ in found.radii]
    return list(zip(verdicts, reasons, found.places, radii, found.days, strict=True))


@pytest.mark.parametrize(
    "suffix",
    ["xlsx", "json", "jsonl", "table.parquet", "geojson", "gpkg", "shp", "fgb", "kml", "parquet"],
)
def test_the_same_rows_have_the_same_answers_from_every_format(tmp_path: Path, suffix: str) -> None:
    expected = answers(in_format(tmp_path, "csv"))
    assert len({verdict for verdict, *_ in expected}) == 4
    found = answers(in_format(tmp_path, suffix))
    if suffix == "fgb":  # whose index puts rows in another order
        found, expected = sorted(found, key=repr), sorted(expected, key=repr)
    assert found == expected
