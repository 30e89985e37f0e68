"""The signed distance to an outline is the geodesic one, right to 10 m or 0.1 per cent."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

import zones
from geodata.atlas import read_atlas
from zones.plane import Plane
from zones.shares import Outline

GEOD = pyproj.Geod(ellps="WGS84")
SYRIA = (35.6, 32.3, 42.4, 37.4)
PLANE = Plane(SYRIA)
OUTLINES = {
    extent.id: extent.best
    for extent in read_atlas().extents
    if extent.boundary == "line" or extent.zone == "south-west"
}
SQUARE = shapely.box(36.0, 34.0, 38.0, 36.0)
HOLED = shapely.Polygon(SQUARE.exterior, [shapely.box(36.9, 34.9, 37.1, 35.1).exterior])
STEP = 0.005  # degrees between samples at first; then metres, where it matters


@lru_cache(maxsize=32)
def samples(shape: shapely.Geometry) -> tuple[np.ndarray, np.ndarray]:
    """Points all along the rings, and which ring each lies on."""
    rings = shapely.get_rings(shapely.get_parts(shape))
    return shapely.get_coordinates(shapely.segmentize(rings, STEP), return_index=True)


def sampled_distance(shape: shapely.Geometry, x: float, y: float) -> float:
    """Distance to the nearest of many points of the outline, a few metres apart at the nearest."""
    points, ring = samples(shape)
    _, _, metres = GEOD.inv(np.full(len(points), x), np.full(len(points), y), *points.T)
    near = np.flatnonzero((metres[:-1] < metres.min() + 1_200) & (ring[:-1] == ring[1:]))
    along = np.linspace(0.0, 1.0, 201)[:, np.newaxis, np.newaxis]
    fine = (points[near] + along * (points[near + 1] - points[near])).reshape(-1, 2)
    _, _, metres = GEOD.inv(np.full(len(fine), x), np.full(len(fine), y), *fine.T)
    sign = 1.0 if shapely.intersects_xy(shape, x, y) else -1.0
    return sign * float(metres.min())


@lru_cache(maxsize=32)
def outline(shape: shapely.Geometry) -> Outline:
    return Outline(shape, PLANE)


def assert_right(shape: shapely.Geometry, points: np.ndarray) -> None:
    found, *_ = outline(shape).distance(*np.asarray(points, dtype=float).T)
    for (x, y), metres in zip(points, found, strict=True):
        exact = sampled_distance(shape, x, y)
        assert metres == pytest.approx(exact, abs=10.0, rel=0.001), (x, y)


def scatter(seed: int, n: int, bounds: tuple[float, float, float, float]) -> np.ndarray:
    west, south, east, north = bounds
    rng = np.random.default_rng(seed)
    return np.column_stack([rng.uniform(west, east, n), rng.uniform(south, north, n)])


@pytest.mark.parametrize("name", OUTLINES)
def test_random_points_within_and_around_the_zones(name):
    shape = OUTLINES[name]
    assert_right(shape, scatter(1, 40, shape.bounds))


@pytest.mark.parametrize("name", OUTLINES)
def test_random_points_anywhere_in_the_country(name):
    assert_right(OUTLINES[name], scatter(2, 20, SYRIA))


@pytest.mark.parametrize("name", OUTLINES)
def test_points_beside_the_line(name):
    points, _ = samples(OUTLINES[name])
    rng = np.random.default_rng(3)
    chosen = points[rng.integers(0, len(points), 30)]
    assert_right(OUTLINES[name], chosen + rng.normal(0, 0.002, chosen.shape))


@settings(max_examples=200, deadline=None)
@given(
    st.floats(SYRIA[0], SYRIA[2]), st.floats(SYRIA[1], SYRIA[3]), st.sampled_from([SQUARE, HOLED])
)
def test_outlines_with_edges_of_two_hundred_kilometres(x, y, shape):
    assert_right(shape, np.array([[x, y]]))


def test_the_edge_of_a_hole_counts():
    points = np.array([[37.0, 35.0], [36.88, 35.0]])
    found, nearest_x, nearest_y = outline(HOLED).distance(*points.T)
    assert found[0] < 0 < found[1]
    assert (nearest_x[1], nearest_y[1]) == pytest.approx((36.9, 35.0), abs=1e-4)
    assert_right(HOLED, points)


def test_distance_is_0_on_the_line():
    points = shapely.get_coordinates(OUTLINES["idlib/line/2017-05-06"])[:100]
    found, nearest_x, nearest_y = outline(OUTLINES["idlib/line/2017-05-06"]).distance(*points.T)
    assert np.abs(found).max() < 0.01
    np.testing.assert_allclose(np.column_stack([nearest_x, nearest_y]), points, atol=1e-6)


@pytest.mark.parametrize("name", OUTLINES)
def test_the_nearest_point_lies_on_the_line_at_that_distance(name):
    points = scatter(4, 50, SYRIA)
    found, nearest_x, nearest_y = outline(OUTLINES[name]).distance(*points.T)
    _, _, metres = GEOD.inv(*points.T, nearest_x, nearest_y)
    np.testing.assert_allclose(np.abs(found), metres, atol=0.01)
    gap = shapely.distance(shapely.points(nearest_x, nearest_y), shapely.boundary(OUTLINES[name]))
    assert gap.max() < 1e-5  # a metre


def test_an_empty_outline_is_at_no_distance():
    found, *nearest = Outline(shapely.MultiPolygon(), PLANE).distance(
        np.array([37.0]), np.array([35.0])
    )
    assert np.isnan([found, *nearest]).all()


def test_the_record_gives_whole_metres_to_the_zone_reported():
    found = zones.check(longitude=36.7, latitude=35.98, radius=1, date="2017-10-01")
    shape = next(e.best for e in read_atlas().extents if e.id == "idlib/line/2017-05-06")
    assert isinstance(found.distance_m, int)
    assert found.distance_m == pytest.approx(sampled_distance(shape, 36.7, 35.98), abs=10)
