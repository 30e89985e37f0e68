"""Which zone holds a point, against shapely's answer for each zone's polygon."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

import zones
from geodata.atlas import read_atlas
from geodata.errors import AtlasError, DateError, InputError
from zones.layers import read_day, zone_rows

DAYS = ("2017-05-06", "2018-03-01", "2020-04-01")


def expected(longitude, latitude, date, boundary, estimate):
    """The lowest position of a zone whose polygon covers each point."""
    atlas = read_atlas()
    ids = [zone.id for zone in atlas.zones]
    found = np.full(len(longitude), -1)
    for row in reversed(zone_rows(atlas, read_day(date), boundary, estimate)):
        inside = shapely.intersects_xy(row["geometry"], longitude, latitude)
        found[inside] = ids.index(row["zone"])
    return found


def outlines(date, boundary, estimate):
    return [row["geometry"] for row in zone_rows(read_atlas(), read_day(date), boundary, estimate)]


@pytest.mark.parametrize("date", DAYS)
@pytest.mark.parametrize("boundary", ["line", "ministry"])
@pytest.mark.parametrize("estimate", ["low", "best", "high"])
def test_random_points_lie_where_shapely_finds_them(date, boundary, estimate):
    rng = np.random.default_rng(5)
    west, south, east, north = read_atlas().meta.bounds
    longitude = rng.uniform(west - 1, east + 1, 40_000)
    latitude = rng.uniform(south - 1, north + 1, 40_000)
    found = zones.locate(longitude, latitude, date, boundary, estimate)
    assert found.dtype == np.int8
    np.testing.assert_array_equal(found, expected(longitude, latitude, date, boundary, estimate))
    assert (found >= 0).any()


@pytest.mark.parametrize("boundary", ["line", "ministry"])
def test_points_on_and_a_hair_off_the_outlines_lie_where_shapely_finds_them(boundary):
    rng = np.random.default_rng(6)
    date = "2017-10-01"
    vertices = np.concatenate(
        [shapely.get_coordinates(shape) for shape in outlines(date, boundary, "best")]
    )
    middles = (vertices[:-1] + vertices[1:]) / 2
    hair = rng.normal(scale=1e-9, size=vertices.shape)
    points = np.concatenate([vertices, middles, vertices + hair, np.nextafter(vertices, 0)])
    longitude, latitude = points.T
    np.testing.assert_array_equal(
        zones.locate(longitude, latitude, date, boundary),
        expected(longitude, latitude, date, boundary, "best"),
    )
    assert (zones.locate(*vertices.T, date, boundary) >= 0).all()


def test_points_on_the_lines_between_cells_lie_where_shapely_finds_them():
    from zones.index.membership import _members

    grid = _members(read_atlas(), read_day("2017-10-01"), "line", "best").grid
    x = grid.west + grid.step_x * np.arange(grid.columns + 1)
    y = grid.south + grid.step_y * np.arange(grid.rows + 1)
    rng = np.random.default_rng(8)
    longitude, latitude = rng.choice(x, 60_000), rng.choice(y, 60_000)
    np.testing.assert_array_equal(
        zones.locate(longitude, latitude, "2017-10-01"),
        expected(longitude, latitude, "2017-10-01", "line", "best"),
    )


def test_what_is_no_point_lies_in_no_zone():
    inside = 36.63, 35.93
    longitude = [inside[0], np.nan, inside[0], np.inf, -np.inf, 1e300, 179.0]
    latitude = [inside[1], inside[1], np.nan, inside[1], inside[1], -1e300, 0.0]
    assert zones.locate(longitude, latitude).tolist() == [0, -1, -1, -1, -1, -1, -1]
    assert zones.locate([], []).tolist() == []


def test_arrays_longer_than_a_piece_keep_their_order():
    longitude = np.tile([36.63, 38.0, 36.05], 20_001)
    latitude = np.tile([35.93, 35.0, 32.7], 20_001)
    found = zones.locate(longitude, latitude, "2017-10-01")
    assert found[:3].tolist() == [0, -1, 3]
    np.testing.assert_array_equal(found, np.tile(found[:3], 20_001))


def test_faults_are_named():
    with pytest.raises(InputError, match="the same length"):
        zones.locate([36.0, 37.0], [35.0])
    with pytest.raises(AtlasError, match="low, best, high"):
        zones.locate([36.0], [35.0], estimate="guess")
    with pytest.raises(AtlasError, match="line"):
        zones.locate([36.0], [35.0], boundary="elsewhere")
    with pytest.raises(DateError):
        zones.locate([36.0], [35.0], "yesterday")
