"""In a notebook: what people hand in is taken, what comes back shows itself, mistakes are said."""

from __future__ import annotations

import contextlib
import json
import re
from datetime import datetime
from decimal import Decimal
from functools import partial
from html import unescape
from pathlib import Path

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import polars
import pyarrow as pa
import pytest
import shapely

import maps
import zones
from geodata.errors import ArgumentError, DezoneError, InputError, InputWarning, PlaceError

LAT, LON, DAY = 35.9306, 36.6339, "2018-03"


# -- positions as people hand them ----------------------------------------------------------


@pytest.mark.parametrize(
    "where",
    [
        pytest.param((LAT, LON), id="two numbers"),
        pytest.param(((LAT, LON),), id="a pair"),
        pytest.param(([LAT, LON],), id="a list"),
        pytest.param((np.array([LAT, LON]),), id="an array"),
        pytest.param((np.float64(LAT), np.float64(LON)), id="numbers of numpy"),
        pytest.param((str(LAT), str(LON)), id="two texts"),
        pytest.param((shapely.Point(LON, LAT),), id="a point, x first"),
        pytest.param((f"{LAT}, {LON}",), id="one text"),
    ],
)
def test_a_position_is_taken_as_it_is_at_hand(where):
    found = zones.check(*where, date=DAY)
    assert (found.latitude, found.longitude) == (LAT, LON)
    assert found.verdict == zones.check(latitude=LAT, longitude=LON, date=DAY).verdict == "inside"


@pytest.mark.parametrize("name", ["Khan Sheikhoun", "خان شيخون"])
def test_a_text_without_a_digit_is_the_name_of_a_place(name):
    assert zones.check(name, date="2017-10") == zones.check(place=name, date="2017-10")


def test_a_name_with_a_digit_is_not_guessed():
    with pytest.raises(InputError):
        zones.check("Checkpoint 7", date=DAY)


def test_a_name_that_no_place_has_is_an_error_of_ours():
    with pytest.raises(PlaceError):
        zones.check("Atlantis", date=DAY)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: zones.check(lat=LAT, lon=LON), "found 'lat'; write latitude="),
        (lambda: zones.check(LAT, LON, day=DAY), "expected an argument of zones.check"),
        (lambda: zones.check(LAT), "found float"),
        (lambda: zones.check(1, 2, 3), "found int, int, int"),
        (lambda: zones.check(pd.DataFrame()), "a table to zones.tag"),
        (lambda: zones.check(shapely.LineString([(0, 0), (1, 1)])), "found LineString"),
        (lambda: zones.check(shapely.Point()), "a point of shapely (not an empty one)"),
        (lambda: zones.check({"lat": LAT, "lon": LON}), "found dict"),
        (lambda: zones.check(True, False), "found bool, bool"),
        (lambda: zones.check(LAT, LON, latitude=LAT), "expected the place once"),
        (lambda: zones.load_zones("2018-03-07", bondary="line"), "write boundary="),
        (lambda: zones.check(LAT, LON, date=2018), "expected a date as text"),
        (lambda: zones.load_zones(20180307), "expected a day like 2017-10-01"),
        (lambda: zones.tag(pd.DataFrame({"a": []}), radus="1km"), "found 'radus'"),
        (lambda: zones.tag("incidents.csv"), "found str"),
        (lambda: zones.tag(), "expected the arguments of zones.tag (incidents, "),
        (lambda: zones.load_zones("2018-03-07", *"abcd"), "too many positional arguments"),
        (
            lambda: zones.tag(pd.DataFrame(), with_=[5]),
            "expected names of columns as texts, found 5",
        ),
        (lambda: zones.locate(["east"], [1]), "expected longitudes and latitudes as numbers"),
        (lambda: maps.draw_map("idlib"), "expected a frame of zones.load_zones"),
        (lambda: maps.draw_map(zone="idlib"), "found 'zone'; write zones="),
        (lambda: maps.write_map("map.html"), "missing a required argument: 'path'"),
        (lambda: maps.write_map(2018, "map.html"), "expected an atlas, found int"),
        (lambda: maps.write_page("x", "map.html"), "expected a map of maps.draw_map"),
    ],
)
def test_a_wrong_argument_is_said_in_one_line_of_ours(call, message):
    with pytest.raises(DezoneError, match=re.escape(message)):
        call()


WRONG = [5, 1.5, b"x", [], {}, object(), True, (1, 2), datetime(2018, 3, 1), Path("none"), "none"]
FRAME = pd.DataFrame({"latitude": [LAT], "longitude": [LON], "date": [DAY]})


def _arguments():
    for name in ("latitude", "position", "place", "radius", "boundary", "basis", "language"):
        place = {"longitude": LON} if name == "latitude" else {}
        beside = {} if name in ("latitude", "position", "place") else {"position": "35.9, 36.6"}
        yield zones.check, {**place, **beside}, name
    for name in ("date", "atlas", "coarsest_radius", "places"):
        yield zones.check, {"position": "35.9, 36.6"}, name
    for name in ("with_", "boundary", "basis", "coarsest_radius", "language", "atlas", "strict"):
        yield partial(zones.tag, FRAME), {}, name
    for name in ("date", "boundary", "estimate", "atlas"):
        yield zones.load_zones, {}, name
        yield partial(zones.locate, [LON], [LAT]), {}, name


@pytest.mark.parametrize(("call", "beside", "name"), [*_arguments()])
def test_a_value_of_any_type_is_taken_or_is_an_error_of_ours(call, beside, name):
    for value in WRONG:
        with contextlib.suppress(DezoneError):
            call(**beside, **{name: value})


def test_a_yes_or_no_is_not_taken_from_a_text():
    with pytest.raises(ArgumentError, match=r"strict of zones\.tag as bool, found str"):
        zones.tag(FRAME, strict="no")
    with pytest.raises(ArgumentError, match=r"radius of zones\.check as float or str or None"):
        zones.check(LAT, LON, date=DAY, radius=True)


def test_numbers_of_any_library_are_taken():
    for number in (np.float32(500), np.int16(500), Decimal(500), 500):
        assert zones.check(LAT, LON, date=DAY, radius=number).radius_m == 500


def test_one_column_may_be_named_without_a_list():
    assert "distance_m" in zones.tag(FRAME, with_="distance_m")


def test_an_unknown_argument_is_a_type_error_as_well():
    with pytest.raises(TypeError):
        zones.check(lat=LAT)
    assert issubclass(ArgumentError, InputError)


def test_tab_offers_what_is_public():
    assert dir(maps) == sorted(maps.__all__)
    assert len(dir(maps)) == 8
    assert dir(zones) == sorted(zones.__all__)


# -- what comes back ------------------------------------------------------------------------


def test_a_record_shows_itself_and_runs_nothing():
    name = '<img src=x onerror="alert(1)">'
    record = zones.check(LAT, LON, date=DAY)
    html = record._repr_html_()
    assert record.verdict in html
    assert record.sentence in unescape(html)
    assert set(re.findall(r"</?([a-z0-9]+)", html)) == {
        "div", "strong", "p", "details", "summary", "table", "tr", "th", "td",
    }  # fmt: skip
    told = type(record)(
        **{f: getattr(record, f) for f in record.__struct_fields__} | {"sentence": name}
    )
    assert name not in told._repr_html_()
    bundle = record._repr_mimebundle_()
    assert bundle["text/html"] == html
    assert record.sentence in bundle["text/plain"]


def test_a_card_shows_itself_with_its_citation():
    import datetime as dt

    from dezone.cite.card import make_card
    from geodata.atlas import read_atlas

    record = zones.check(LAT, LON, date=DAY)
    made = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    card = make_card(record, read_atlas(), language="en", made=made)
    assert card.sha256 in card._repr_html_()
    assert card.details["citation"]["text"] == card._repr_mimebundle_()["text/plain"]
    assert card.__geo_interface__["properties"]["sha256"] == card.sha256


def test_records_are_features():
    records = [zones.check(LAT, LON, date=DAY), zones.check(date=DAY)]
    frame = gpd.GeoDataFrame.from_features(records, crs="EPSG:4326")
    assert frame["verdict"].tolist() == [record.verdict for record in records]
    assert frame.geometry.iloc[0].equals(shapely.Point(LON, LAT))
    assert frame.geometry.iloc[1] is None
    page = folium.Map()
    folium.GeoJson(records[0].__geo_interface__).add_to(page)
    assert records[0].atlas_sha256 in page.get_root().render()


def test_the_zones_go_onto_every_map_that_speaks_json():
    frame = zones.load_zones("2018-03-07")
    features = json.loads(frame.to_json())["features"]
    assert features[0]["properties"]["valid_from"] == frame["valid_from"].iloc[0] == "2018-02-15"
    assert json.dumps(frame.__geo_interface__)
    page = folium.Map()
    fields = ["name", "valid_from", "guarantors"]
    folium.GeoJson(frame, tooltip=folium.GeoJsonTooltip(fields)).add_to(page)
    assert "2018-02-15" in page.get_root().render()


def test_days_as_text_compare_as_days_do():
    frame = zones.load_zones("2018-03-07")
    assert (frame["valid_from"] <= "2018-03-07").all()
    assert ((frame["valid_to"] > "2018-03-07") | frame["valid_to"].isna()).all()
    assert pd.to_datetime(frame["valid_from"]).dt.year.tolist()[0] == 2018


# -- what was found in a table --------------------------------------------------------------

ROWS = {
    "latitude": ["٣٥٫٩٣", "359306", "35.93"],
    "longitude": ["36.63", "36.63", "36.63"],
    "date": ["2018-03", "2018-03", "2018-02-30"],
}


def test_a_frame_carries_the_report_of_what_was_found(tmp_path):
    with pytest.warns(InputWarning, match=r"2 of 3 rows could not be read\. .*unreadable-date: 1"):
        tagged = zones.tag(pd.DataFrame(ROWS))
    report = tagged.attrs["dezone"]
    assert report["columns"] == {"latitude": "latitude", "longitude": "longitude", "date": "date"}
    assert report["verdicts"]["inside"] == 1
    assert report["unreadable"] == 2
    found = {one["kind"]: one for one in report["findings"]}
    assert found["arabic-digits"]["severity"] == "repair"
    assert found["unreadable-date"]["first"][0]["row"] == 3
    tagged.to_parquet(tmp_path / "tagged.parquet")  # plain values: they are written with it
    assert pd.read_parquet(tmp_path / "tagged.parquet").attrs["dezone"] == report


@pytest.mark.parametrize(
    "table", [pa.table, polars.DataFrame, lambda rows: pa.table(rows).to_reader()]
)
def test_other_tables_say_what_is_important(table):
    with pytest.warns(InputWarning, match="2 of 3 rows could not be read"):
        list(zones.tag(table(ROWS)))  # a reader tells it when it ends


@pytest.mark.filterwarnings("error")
def test_nothing_is_said_where_nothing_is_wrong():
    clean = {"latitude": [LAT], "longitude": [LON], "date": [DAY]}
    assert zones.tag(pd.DataFrame(clean)).attrs["dezone"]["findings"] == []
