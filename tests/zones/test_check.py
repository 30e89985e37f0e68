"""One incident through the library: what is read, what is refused, and what the record holds."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pytest

import zones
from dezone.cite.card import make_card
from dezone.cite.page import card_html
from dezone.cite.verifying import verify
from geodata.atlas import read_atlas
from geodata.errors import CoordinateError, DateError, InputError
from geodata.text.axes import fits, swapped
from zones.incident import hint_at_swap

IDLIB = {"latitude": 35.9306, "longitude": 36.6339}

# The order of docs/method.md; `accuracy_m` stands beside the distance
# that it qualifies, `place` beside the point that it names.
KEYS = [
    "verdict",
    "zone",
    "space",
    "time",
    "phase",
    "basis",
    "share_low",
    "share_best",
    "share_high",
    "distance_m",
    "accuracy_m",
    "radius_m",
    "radius_source",
    "settlement",
    "settlement_name",
    "admin",
    "held_by",
    "held_since",
    "held_until",
    "held_sources",
    "held_confidence",
    "first_day",
    "last_day",
    "boundary",
    "boundaries",
    "drawn_by",
    "subareas",
    "neighbours",
    "agreements",
    "round",
    "guarantors",
    "mediators",
    "framework_guarantors",
    "reasons",
    "sentence",
    "latitude",
    "longitude",
    "place",
    "candidates",
    "input",
    "repairs",
    "atlas_version",
    "atlas_sha256",
    "software",
]


def test_the_record_has_these_keys_in_this_order():
    record = zones.check(**IDLIB, date="2018-03")
    assert list(record.to_dict()) == KEYS
    assert list(json.loads(record.to_json())) == KEYS


@pytest.mark.parametrize("arguments", [{}, {"date": "2018"}, IDLIB])
def test_the_record_is_whole_whatever_is_missing(arguments):
    assert list(json.loads(zones.check(**arguments).to_json())) == KEYS


def test_the_record_says_what_was_given_and_what_was_used():
    record = zones.check(latitude="35,9306", longitude="36,6339", date="March 2018", radius="2km")
    assert record.input == {
        "latitude": "35,9306",
        "longitude": "36,6339",
        "date": "March 2018",
        "radius": "2km",
    }
    assert (record.latitude, record.longitude) == (35.9306, 36.6339)
    assert (record.first_day, record.last_day) == (dt.date(2018, 3, 1), dt.date(2018, 3, 31))
    assert (record.radius_m, record.radius_source) == (2_000.0, "given")
    assert {repair.kind for repair in record.repairs} == {"decimal-comma"}


def test_the_record_names_atlas_and_software():
    record = zones.check(**IDLIB)
    assert (record.atlas_version, record.atlas_sha256) == (
        read_atlas().version,
        read_atlas().sha256,
    )
    assert record.software.startswith("dezone ")


def test_the_record_is_the_same_to_the_byte_each_time():
    first, again = (zones.check(**IDLIB, date="2018-03").to_json() for _ in range(2))
    assert first == again
    assert first.endswith("}\n")


@pytest.mark.parametrize(
    "position",
    ["35.9306, 36.6339", "35.9306 N, 36.6339 E", "35°55'50.16\"N 36°38'02.04\"E"],
)
def test_one_position_in_any_notation_is_one_verdict(position):
    record = zones.check(position=position, date="2018-03")
    assert (record.verdict, record.zone) == ("inside", "idlib")
    assert (record.latitude, record.longitude) == pytest.approx((35.9306, 36.6339), abs=1e-6)


def test_a_radius_comes_from_the_user_else_from_the_notation_else_none():
    assert zones.check(**IDLIB, radius=500).radius_source == "given"
    grid = zones.check(position="37SBV8639", date="2018-03")
    assert (grid.radius_m or 0) > 0
    assert grid.radius_source == "mgrs"
    assert zones.check(**IDLIB).radius_source == "settlement"
    assert zones.check(latitude=34.2, longitude=38.9).radius_m == 0
    assert zones.check(latitude=34.2, longitude=38.9).radius_source == "default"
    assert zones.check().radius_source == "none"


@pytest.mark.parametrize(
    ("date", "first", "last"),
    [
        ("2018-03-07", "2018-03-07", "2018-03-07"),
        ("2018-03", "2018-03-01", "2018-03-31"),
        ("2018", "2018-01-01", "2018-12-31"),
        ("2018-03-07/2018-03-09", "2018-03-07", "2018-03-09"),
        (dt.date(2018, 3, 7), "2018-03-07", "2018-03-07"),
        ("2018-03-07T22:30Z", "2018-03-08", "2018-03-08"),  # half past midnight in Damascus
    ],
)
def test_dates_are_whole_local_days(date, first, last):
    record = zones.check(**IDLIB, date=date)
    assert record.first_day == dt.date.fromisoformat(first)
    assert record.last_day == dt.date.fromisoformat(last)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        pytest.param({"latitude": 95, "longitude": 36}, CoordinateError, id="latitude too large"),
        pytest.param({"latitude": 35, "longitude": 190}, CoordinateError, id="longitude too large"),
        pytest.param({"latitude": "abc", "longitude": "36"}, CoordinateError, id="text"),
        pytest.param({"latitude": float("nan"), "longitude": 36}, CoordinateError, id="NaN"),
        pytest.param({"latitude": float("inf"), "longitude": 36}, CoordinateError, id="infinite"),
        pytest.param({"latitude": "nan", "longitude": "36"}, CoordinateError, id="NaN in words"),
        pytest.param({"latitude": "", "longitude": "36"}, CoordinateError, id="nothing"),
        pytest.param({"latitude": 35.0}, InputError, id="half a position"),
        pytest.param({"position": "35 36", **IDLIB}, InputError, id="two positions"),
        pytest.param({"date": "2018-02-30"}, DateError, id="no such day"),
        pytest.param({"date": "2018-13"}, DateError, id="no such month"),
        pytest.param({"date": "2018-03-09/2018-03-07"}, DateError, id="last before first"),
        pytest.param({"date": "soon"}, DateError, id="no date"),
        pytest.param({"date": "2999-01-01"}, DateError, id="future"),
        pytest.param({**IDLIB, "radius": -1}, InputError, id="negative radius"),
        pytest.param({**IDLIB, "radius": "200km"}, InputError, id="radius too large"),
        pytest.param({**IDLIB, "radius": "far"}, InputError, id="no radius"),
        pytest.param({**IDLIB, "radius": float("nan")}, InputError, id="radius not finite"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(arguments, error):
    with pytest.raises(error) as caught:
        zones.check(**arguments)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith("expected ")
    assert "found" in message
    assert ";" in message  # and what to do


def test_a_point_abroad_gets_an_honest_verdict():
    paris = zones.check(latitude=48.85, longitude=2.35, date="2018-03")
    assert (paris.verdict, paris.reasons) == ("outside", ["outside-country"])
    assert (paris.distance_m or 0) < -3_000_000


def test_swapped_axes_are_said_and_not_mended():
    turned = zones.check(latitude=36.9, longitude=34.0, date="2018-03")
    assert (turned.latitude, turned.longitude) == (36.9, 34.0)
    assert turned.verdict == "outside"
    turned = zones.check(latitude=38.27, longitude=34.56, date="2018-03")
    hint = hint_at_swap(turned, read_atlas())
    assert "(latitude 34.56, longitude 38.27) it would lie within it" in hint
    assert "Nothing was changed" in hint


def test_swapped_axes_are_found_within_the_rectangle_about_the_country_too():
    turned = zones.check(latitude=IDLIB["longitude"], longitude=IDLIB["latitude"], date="2018-03")
    west, south, east, north = read_atlas().meta.bounds
    assert west < IDLIB["latitude"] < east
    assert south < IDLIB["longitude"] < north
    assert "lies outside the country" in hint_at_swap(turned, read_atlas())
    either = zones.check(latitude=35.85, longitude=35.81, date="2018-03")
    assert hint_at_swap(either, read_atlas()).startswith("Both latitude 35.85, longitude 35.81")
    for language in ("ar", "ru", "tr"):
        assert "36.6339" in hint_at_swap(turned, read_atlas(), language)


def test_settlements_are_not_doubted_and_swapped_ones_are():
    atlas = read_atlas()
    x = np.array([place.longitude for place in atlas.places])
    y = np.array([place.latitude for place in atlas.places])
    only, both = swapped(x, y, atlas.meta.bounds, atlas.outline)
    assert not only.size
    assert [atlas.places[i].name for i in both] == ["Bulbul"], "36.77 north, 36.82 east"
    only, _ = swapped(y, x, atlas.meta.bounds, atlas.outline)
    left = {atlas.places[i].name for i in set(range(len(x))) - set(only.tolist())}
    assert left == {"Bulbul", "Rājū", "Arwād"}, "two on the diagonal and an island"


def test_a_table_of_cells_tells_of_many_points_what_is_told_of_few():
    bounds, outline = read_atlas().meta.bounds, read_atlas().outline
    rng = np.random.default_rng(3)
    x, y = rng.uniform(35, 43, 20_000), rng.uniform(32, 38, 20_000)
    few = [fits(x[i : i + 500], y[i : i + 500], bounds, outline) for i in range(0, len(x), 500)]
    np.testing.assert_array_equal(fits(x, y, bounds, outline), np.concatenate(few))


@pytest.mark.parametrize(
    "position", ["37S BV 8645 7920", "8H54J2JM+6H", "UTM 37 north 700000 3980000"]
)
def test_a_grid_reference_cannot_be_the_other_way_round(position):
    assert hint_at_swap(zones.check(position=position), read_atlas()) == ""


def test_a_card_says_the_doubt_about_its_axes():
    atlas = read_atlas()
    record = zones.check(latitude=36.6339, longitude=35.9306, date="2018-03", language="tr")
    made = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    card = make_card(record, atlas, language="tr", made=made)
    assert card.details["doubt"] == hint_at_swap(record, atlas, "tr")
    assert card.details["doubt"] in card_html(card, atlas)
    assert verify(card.to_json().encode()).verified


def test_no_hint_where_nothing_is_amiss():
    assert hint_at_swap(zones.check(**IDLIB), read_atlas()) == ""
    assert hint_at_swap(zones.check(), read_atlas()) == ""
    assert hint_at_swap(zones.check(latitude=48.85, longitude=2.35), read_atlas()) == ""


def test_the_package_offers_its_public_names_and_no_others():
    assert {"Record", "check", "load_zones"} <= set(dir(zones))
    with pytest.raises(AttributeError, match="no attribute 'judge'"):
        _ = zones.judge


@pytest.mark.parametrize(("radius", "verdict"), [(0, "outside"), ("50km", "outside")])
def test_a_place_far_abroad_is_outside_however_coarsely_it_is_known(radius, verdict):
    found = zones.check(latitude=30.4, longitude=-84.3, date="2018-03-07", radius=radius)
    assert (found.verdict, found.reasons) == (verdict, ["outside-country"])


def test_a_coarse_place_just_abroad_is_not_outside():
    found = zones.check(latitude=36.9, longitude=42.6, date="2018-03-07", radius="50km")
    assert found.verdict == "undetermined"
    assert found.reasons == ["coarse-location", "outside-country"]


def test_nought_and_nought_is_no_place():
    found = zones.check(latitude=0, longitude=0, date="2018-03-07")
    assert (found.verdict, found.reasons) == ("undetermined", ["no-location"])
