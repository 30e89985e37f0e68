"""Which sub-areas and neighbours hold a place: on which days, and by which readings."""

from __future__ import annotations

import numpy as np
import pytest

import zones
from geodata.atlas import read_atlas
from geodata.columns.incidents import Incidents
from zones.calendar import day_number
from zones.index.areas import area_spaces, recorded_areas
from zones.space import Space
from zones.verdict import assessor_of

STRIP = {"sochi-strip": "inside"}
PART = {"sochi-strip": "straddles"}
NEAR = "Khan Shaykhun"


@pytest.mark.parametrize(
    ("question", "subareas", "neighbours"),
    [
        pytest.param({"place": NEAR, "date": "2018-09-16"}, {}, {}, id="the day before Sochi"),
        pytest.param({"place": NEAR, "date": "2018-09-17"}, STRIP, {}, id="the first day"),
        pytest.param({"place": NEAR, "date": "2018-09"}, STRIP, {}, id="on some of the days"),
        pytest.param({"place": NEAR, "date": "2020-03-06"}, {}, {}, id="the day it was overtaken"),
        pytest.param({"place": NEAR}, STRIP, {}, id="without a date"),
        pytest.param({"place": NEAR, "date": "2019-01-10", "boundary": "ministry"}, STRIP, {},
                     id="whatever the boundary"),
        pytest.param({"place": "Salqin", "date": "2019-01-10"}, {}, {}, id="deep in the zone"),
        pytest.param({"latitude": 35.4416, "longitude": 36.6528, "radius": 12_000,
                      "date": "2019-01-10"}, PART, {}, id="a disc in part"),
        pytest.param({"place": "Ariha, Idlib", "date": "2020-05-01"}, {"m4-corridor": "inside"},
                     {}, id="by the M4"),
        pytest.param({"place": "Khan Arnaba", "date": "2018-01-01"}, {"amman-belt": "inside"},
                     {}, id="beside the zone"),
        pytest.param({"place": "Azaz", "date": "2017-08-01"}, {},
                     {"euphrates-shield": "inside"}, id="Euphrates Shield"),
        pytest.param({"place": "Tasil", "date": "2018-07-30"}, {}, {"yarmouk-basin": "inside"},
                     id="the Yarmouk basin"),
        pytest.param({"place": "Tasil", "date": "2018-08-01"}, {}, {}, id="and after it"),
        pytest.param({"latitude": 36.51, "longitude": 36.87, "date": "2019-06-01"}, {},
                     {"olive-branch": "inside"}, id="a point near Afrin"),
        pytest.param({"latitude": 33.6, "longitude": 38.6, "date": "2019-06-01"}, {},
                     {"tanf": "inside"}, id="near Tanf"),
        pytest.param({"latitude": 33.98, "longitude": 38.65, "date": "2019-06-01"}, {},
                     {"tanf": "straddles"}, id="at the edge of the ground round Tanf"),
        pytest.param({"latitude": 34.1, "longitude": 38.6, "date": "2019-06-01"}, {}, {},
                     id="beyond it"),
        pytest.param({"latitude": 35.0, "longitude": 38.5, "date": "2019-06-01"}, {}, {},
                     id="a placeholder is nowhere"),
        pytest.param({"latitude": 35.44, "longitude": 36.65, "radius": 40_000,
                      "date": "2019-06-01"}, {}, {}, id="known too coarsely"),
    ],
)  # fmt: skip
def test_areas_of_a_place(question, subareas, neighbours):
    found = zones.check(**question)
    assert found.subareas == subareas
    assert found.neighbours == neighbours


def test_a_neighbour_explains_only_an_outside():
    for place, date in (("Khan Shaykhun", "2019-01-10"), ("Tasil", "2018-07-30"), ("Homs", "2018")):
        found = zones.check(place=place, date=date)
        assert not found.neighbours or found.space == Space.OUTSIDE


@pytest.mark.parametrize("language", ["en", "ar", "ru", "tr"])
def test_the_sentence_names_them(language):
    atlas = read_atlas()
    strip, shield = atlas.areas["sochi-strip"], atlas.areas["euphrates-shield"]
    inside = zones.check(place=NEAR, date="2019-01-10", language=language)
    assert strip.name[language] in inside.sentence
    outside = zones.check(place="Azaz", date="2017-08-01", language=language)
    assert shield.explains is not None
    assert shield.explains[language] in outside.sentence


def test_a_table_says_what_a_record_says():
    import pandas as pd

    places = ["Khan Shaykhun", "Azaz", "Ariha, Idlib", "Salqin", "Khan Arnaba", None]
    days = ["2019-01-10", "2017-08-01", "2020-05-01", "2019-01-10", "2018-01-01", "2019-01-10"]
    frame = pd.DataFrame({"place": places, "date": days})
    tagged = zones.tag(frame, with_=["subareas", "neighbours", "sentence"])
    for row, (place, day) in enumerate(zip(places, days, strict=True)):
        if place is None:
            assert tagged["subareas"][row] == tagged["neighbours"][row] == ""
            continue
        found = zones.check(place=place, date=day)
        for field in ("subareas", "neighbours"):
            expected = ";".join(f"{k}={v}" for k, v in getattr(found, field).items())
            assert tagged[field][row] == expected
        assert tagged["sentence"][row] == found.sentence


def test_every_reading_lies_within_the_wider():
    """By the narrower reading no point is held that the wider one leaves out."""
    atlas = read_atlas()
    assessor = assessor_of(atlas)
    draw = np.random.default_rng(7)
    n = 2_000
    day = np.full(n, day_number(np.datetime64("2019-01-10").item()))
    points = Incidents.discs(draw.uniform(35.8, 37.5, n), draw.uniform(35.0, 36.5, n), np.zeros(n),
                             day, day, radius_source="given")  # fmt: skip
    spaces = area_spaces(assessor, points, assessor.assess(points))
    for a, area in enumerate(recorded_areas(atlas)):
        assert area.low.difference(area.high).area < 1e-6
        held = spaces[:, a] != list(Space).index(Space.OUTSIDE)
        if area.id == "sochi-strip":
            assert 50 < held.sum() < n
