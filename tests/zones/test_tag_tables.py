"""Tables of every kind get the record that each of their rows would get alone."""

from __future__ import annotations

import datetime as dt
import gc
import weakref
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import zones
from geodata.columns.opening import open_incidents
from geodata.errors import CRSError, InputError, InputWarning
from geodata.formats.table import Table
from zones.record import record_fields
from zones.tables.question import COLUMNS, EVERY_COLUMN, ask
from zones.tables.tagging import tag_batch

pandas = pytest.importorskip("pandas")

PLACES = [
    (35.9306, 36.6339),  # deep in Idlib
    (34.86, 36.72),  # north of Homs
    (33.53, 36.42),  # Eastern Ghouta
    (32.62, 36.10),  # Daraa
    (35.60, 36.95),  # near the line of Idlib
    (36.20, 37.16),  # Aleppo
    (48.85, 2.35),  # not in the country at all
]
DAYS = ["2016-12-31", "2017-05-06", "2017-10-01", "2018-03-06", "2018-07-19", "2020-03-06"]
RADII = [0.0, 2_000.0, 25_000.0, None]


def rows() -> list[dict[str, Any]]:
    found = []
    for latitude, longitude in PLACES:
        for day in DAYS:
            for radius in RADII:
                found.append(
                    {"latitude": latitude, "longitude": longitude, "date": day, "radius": radius}
                )
    found.append({"latitude": None, "longitude": None, "date": "2017-10-01", "radius": 0.0})
    found.append({"latitude": 35.9306, "longitude": 36.6339, "date": None, "radius": 0.0})
    return found


def table() -> pa.Table:
    named = pa.Table.from_pylist(rows())
    days = named.column("date").cast(pa.date32())
    return named.append_column(
        "note", pa.array([f"no. {i}" for i in range(len(named))])
    ).set_column(2, "date", days)


def singly(**choices: Any) -> list[dict[str, Any]]:
    """The same incidents, checked one by one."""
    found = []
    for row in rows():
        given = {key: value for key, value in row.items() if value is not None}
        if row["radius"] is None:
            given["radius"] = "unknown"
        if "radius" in given and given["radius"] == "unknown":
            del given["radius"]
        record = zones.check(**given, **choices).to_dict()
        found.append(record)
    return found


def as_records(found: pa.Table) -> list[dict[str, Any]]:
    """Rows of a tagged table as the fields of a record."""
    out = []
    for row in found.to_pylist():
        for name in (field.name for field in record_fields() if field.is_listed):
            if name in row:
                row[name] = [item for item in row[name].split(";") if item]
        for name in {"boundaries", "subareas", "neighbours"} & row.keys():
            row[name] = dict(pair.split("=") for pair in row[name])
        out.append(row)
    return out


def plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def test_each_row_of_a_table_has_the_record_of_the_incident_checked_alone() -> None:
    found = as_records(zones.tag(table(), with_=["all"]))
    alone = singly()
    assert len(found) == len(alone)
    for row, given, record in zip(found, rows(), alone, strict=True):
        if given["radius"] is None:
            continue  # alone, a radius that is not given means an exact point
        for name in EVERY_COLUMN:
            if name not in ("radius_source", "latitude", "longitude", "radius_m"):
                assert plain(row[name]) == record[name], (name, given)


@pytest.mark.parametrize("choice", [{"boundary": "ministry"}, {"basis": "arrangement"}])
def test_boundary_and_basis_are_those_asked_for(choice: dict[str, Any]) -> None:
    found = as_records(zones.tag(table(), **choice))
    for row, given, record in zip(found, rows(), singly(**choice), strict=True):
        if given["radius"] is not None:
            assert row["verdict"] == record["verdict"], given
            assert row["reasons"] == record["reasons"], given


def test_the_default_columns_follow_those_of_the_input_which_are_untouched() -> None:
    given = table()
    found = zones.tag(given)
    taken = {"radius", "date", "latitude", "longitude", "note"}
    assert found.column_names == [*given.column_names, *COLUMNS]
    assert found.select(given.column_names).equals(given)
    assert taken == set(given.column_names)


def test_a_column_of_the_input_with_a_name_of_ours_stays_and_ours_gets_a_prefix() -> None:
    given = table().append_column("verdict", pa.array(["guilty"] * len(table())))
    found = zones.tag(given)
    assert set(found.column("verdict").to_pylist()) == {"guilty"}
    assert "inside" in found.column("dezone_verdict").to_pylist()


def test_every_kind_of_table_comes_back_as_its_kind_with_the_same_answers() -> None:
    given = table()
    expected = as_records(zones.tag(given).select(COLUMNS))

    frame = given.to_pandas(date_as_object=False)
    frame.index = pandas.Index(np.arange(len(frame)) % 7, name="not unique")
    found = zones.tag(frame)
    assert type(found) is pandas.DataFrame
    assert found.index.equals(frame.index)
    pandas.testing.assert_frame_equal(found[list(frame.columns)], frame)
    back = pa.Table.from_pandas(found[list(COLUMNS)], preserve_index=False)
    back = back.cast(
        pa.schema(
            [
                f.with_type(pa.date32())
                if pa.types.is_timestamp(f.type)
                else f.with_type(pa.string())
                if pa.types.is_large_string(f.type)
                else f
                for f in back.schema
            ]
        )
    )
    assert as_records(back) == expected

    reader = pa.RecordBatchReader.from_batches(given.schema, given.to_batches(max_chunksize=11))
    streamed = zones.tag(reader)
    assert isinstance(streamed, pa.RecordBatchReader)
    assert as_records(streamed.read_all().select(COLUMNS)) == expected


def test_a_polars_frame_comes_back_as_one() -> None:
    polars = pytest.importorskip("polars")
    given = polars.from_arrow(table())
    found = zones.tag(given)
    assert isinstance(found, polars.DataFrame)
    assert found.select(given.columns).equals(given)
    expected = as_records(zones.tag(table()).select(COLUMNS))
    assert (
        as_records(
            found.select(COLUMNS)
            .to_arrow()
            .cast(
                pa.schema(
                    [
                        f.with_type(pa.string())
                        if pa.types.is_large_string(f.type) or pa.types.is_string_view(f.type)
                        else f
                        for f in found.select(COLUMNS).to_arrow().schema
                    ]
                )
            )
        )
        == expected
    )


def test_a_geodataframe_is_read_in_its_own_crs_and_refused_without_one() -> None:
    geopandas = pytest.importorskip("geopandas")
    flat = table().to_pandas(date_as_object=False).iloc[: len(PLACES) * len(DAYS) * len(RADII)]
    points = geopandas.points_from_xy(flat["longitude"], flat["latitude"], crs="EPSG:4326")
    given = geopandas.GeoDataFrame(flat[["date", "radius", "note"]], geometry=points)
    syrian = given[given.geometry.x > 30].to_crs("EPSG:32637")
    found = zones.tag(syrian)
    assert type(found) is geopandas.GeoDataFrame
    assert found.crs == syrian.crs
    expected = zones.tag(flat[flat["longitude"] > 30])
    assert found["verdict"].tolist() == expected["verdict"].tolist()
    with pytest.raises(CRSError):
        zones.tag(given.set_crs(None, allow_override=True))


def test_a_row_that_cannot_be_read_is_undetermined_unless_the_first_such_row_is_to_stop() -> None:
    frame = pandas.DataFrame(
        {
            "latitude": ["35.9306", "here", "35.9306", "35.9306"],
            "longitude": ["36.6339", "36.6339", "36.6339", "36.6339"],
            "date": ["2017-10-01", "2017-10-01", "some day", "2099-01-01"],
        }
    )
    found = zones.tag(frame)
    assert found["verdict"].tolist() == ["inside", *["undetermined"] * 3]
    assert found["reasons"].tolist()[1:] == [
        "unreadable-location",
        "unreadable-date",
        "future-date",
    ]
    with pytest.raises(InputError, match="row 2"):
        zones.tag(frame, strict=True)


@pytest.mark.parametrize(
    "cell",
    [{"a": 1}, [1, 2], {1, 2}, object(), 2**70, 1j, b"2018", pandas.Timedelta(1, "D")],
    ids=lambda cell: type(cell).__name__,
)
@pytest.mark.parametrize("column", ["latitude", "date"])
def test_a_cell_of_any_kind_spoils_its_row_and_not_the_frame(column: str, cell: Any) -> None:
    frame = pandas.DataFrame([rows()[0], rows()[0]]).astype({column: object})
    frame.at[1, column] = cell
    with pytest.warns(InputWarning, match="1 of 2 rows could not be read"):
        found = zones.tag(frame)
    assert found["verdict"].tolist()[1] == "undetermined" != found["verdict"].tolist()[0]


@pytest.mark.parametrize("kind", [pandas.DataFrame, pa.Table.from_pylist])
def test_lists_of_places_in_a_frame_are_told(kind: Any) -> None:
    events = [{"lat": 35.9, "lng": 36.6, "title": "x"}]
    with pytest.warns(InputWarning, match="unused-list: 1 "):
        zones.tag(kind([rows()[0] | {"events": events, "names": ["a", "b"]}]))


def test_a_row_of_hxl_tags_names_the_columns_of_a_frame_and_stays_a_row() -> None:
    tags = {"a": "#date+occurred", "b": "#geo+lat", "c": "#geo+lon"}
    frame = pandas.DataFrame([tags, {"a": "2017-10-01", "b": "35.9306", "c": "36.6339"}])
    with pytest.warns(InputWarning, match="1 of 2 rows could not be read"):
        found = zones.tag(frame)
    assert found["verdict"].tolist() == ["undetermined", "inside"]
    assert "hxl-tags" in {one["kind"] for one in found.attrs["dezone"]["findings"]}


def test_a_mapping_may_be_a_dict_and_a_point_of_geojson_one() -> None:
    point = {"type": "Point", "coordinates": [36.6339, 35.9306]}
    frame = pandas.DataFrame({"seen at": [point], "when": ["2017-10-01"]})
    found = zones.tag(frame, mapping={"position": "seen at", "date": "when"})
    assert found["verdict"].tolist() == ["inside"]
    with pytest.raises(InputError, match="found 'dates'; correct the name"):
        zones.tag(frame, mapping={"dates": "when"})


def test_the_order_of_day_and_month_is_proved_by_the_column_as_a_whole() -> None:
    frame = pandas.DataFrame(
        {
            "latitude": [35.93, 35.93],
            "longitude": [36.63, 36.63],
            "date": ["03/07/2017", "13/07/2017"],
        }
    )
    assert zones.tag(frame)["first_day"].dt.strftime("%F").tolist() == ["2017-07-03", "2017-07-13"]
    both = pa.Table.from_pandas(frame)
    reader = pa.RecordBatchReader.from_batches(both.schema, both.to_batches(max_chunksize=1))
    assert zones.tag(reader).read_all().column("first_day").to_pylist() == [
        dt.date(2017, 7, 3),
        dt.date(2017, 7, 13),
    ]


def test_an_empty_table_gets_the_columns_and_no_row() -> None:
    found = zones.tag(table().slice(0, 0))
    assert found.num_rows == 0
    assert found.column_names[-len(COLUMNS) :] == list(COLUMNS)


def test_what_is_no_table_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match="found list"):
        zones.tag([1, 2, 3])


def test_unknown_columns_are_refused_with_the_choices() -> None:
    with pytest.raises(InputError, match="distance_m"):
        zones.tag(table(), with_=["distance"])


def test_nothing_of_a_batch_stays_in_memory_until_somebody_looks_for_circles() -> None:
    batch = pa.RecordBatch.from_pylist(
        [{"latitude": 35.93, "longitude": 36.63, "date": "2018-03-01"}] * 10
    )
    question = ask(with_=["sentence"])
    plan = open_incidents(Table("frame", batch.schema, lambda size, columns: iter([batch]))).plan
    gc.collect()
    gc.disable()
    try:
        tagged = tag_batch(batch, plan, question)
        read = weakref.ref(tagged.incidents.first)
        del tagged
        assert read() is None
    finally:
        gc.enable()


def test_an_empty_point_is_a_missing_place_beside_others() -> None:
    """Of which GEOS gives no coordinates, and which GeoParquet and frames may hold."""
    import geopandas as gpd
    from shapely import MultiPoint, Point

    shapes = [None, Point(), MultiPoint(), Point(36.6339, 35.9306)]
    frame = gpd.GeoDataFrame({"date": ["2018-03-07"] * 4}, geometry=shapes, crs=4326)
    found = zones.tag(frame)
    assert found["verdict"].tolist() == ["undetermined"] * 3 + ["inside"]
    assert found["reasons"].tolist() == ["no-location"] * 3 + [""]


@pytest.mark.filterwarnings("ignore::geodata.errors.InputWarning")
def test_odd_columns_are_kept_or_refused_in_one_line() -> None:
    import pandas as pd

    day, x, y = pa.array(["2018-03-07"]), pa.array([36.6339]), pa.array([35.9306])
    names = ["date", "longitude", "latitude"]
    either = pa.UnionArray.from_sparse(pa.array([0], pa.int8()), [pa.array([1])])
    kept = zones.tag(pa.Table.from_arrays([day, x, y, either], names=[*names, "either"]))
    assert (kept["either"].to_pylist(), kept["verdict"].to_pylist()) == ([1], ["inside"])
    with pytest.raises(InputError, match="a name of its own for each column"):
        zones.tag(pa.Table.from_arrays([day, x, y, y], names=[*names, "latitude"]))
    half = pd.Series(np.array(["\ud800"], dtype=object), dtype=object)
    with pytest.raises(InputError, match=r"texts of whole characters, found .* in 'note'"):
        zones.tag(pd.DataFrame({"date": day, "latitude": y, "longitude": x, "note": half}))
