"""Shares of discs are those of an exact intersection on the ground, whatever the polygon."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geodata.atlas import read_atlas
from geodata.schema import Estimate
from zones.plane import Plane
from zones.shares import Outline

GEOD = pyproj.Geod(ellps="WGS84")
SYRIA = (35.6, 32.3, 42.4, 37.4)
PLANE = Plane(SYRIA)
ALLOWED = 0.001  # ten times better than promised
VERTICES = 720


def exact_share(shape: shapely.Geometry, x: float, y: float, radius: float) -> float:
    """Share of a geodesic disc, in an equal-area projection about its centre.

    A polygon of n vertices on a circle is smaller than the circle by 2/3 (pi/n)^2: its own
    area, not pi r^2, is what the intersection is compared with.
    """
    azimuths = np.linspace(0.0, 360.0, VERTICES, endpoint=False)
    lon, lat, _ = GEOD.fwd(
        np.full(VERTICES, x), np.full(VERTICES, y), azimuths, [radius] * VERTICES
    )
    equal_area = pyproj.Proj(proj="laea", lat_0=y, lon_0=x, ellps="WGS84")
    disc = shapely.Polygon(np.column_stack(equal_area(lon, lat)))
    ground = shapely.transform(
        densified(shape), lambda xy: np.column_stack(equal_area(xy[:, 0], xy[:, 1]))
    )
    return float(shapely.intersection(disc, ground).area / disc.area)


@lru_cache(maxsize=64)
def densified(shape: shapely.Geometry) -> shapely.Geometry:
    """Edges are straight in longitude and latitude, so they are divided before projection."""
    return shapely.segmentize(shape, 0.002)


outline_of = lru_cache(maxsize=256)(Outline)


def shares(shape: shapely.Geometry, discs: np.ndarray, plane: Plane = PLANE) -> np.ndarray:
    return outline_of(shape, plane).share(*np.asarray(discs, dtype=float).reshape(-1, 3).T)


def assert_exact(
    shape: shapely.Geometry, discs: np.ndarray, plane: Plane = PLANE, allowed: float = ALLOWED
) -> None:
    found = shares(shape, discs, plane)
    expected = np.array([exact_share(shape, *disc) for disc in discs])
    worst = int(np.abs(found - expected).argmax())
    assert abs(found[worst] - expected[worst]) <= allowed, (
        f"disc {discs[worst].tolist()}: {found[worst]:.5f}, exact {expected[worst]:.5f}"
    )


def random_discs(seed: int, n: int, shape: shapely.Geometry, widest: float) -> np.ndarray:
    """Discs about and around a shape; radii of every size up to the widest."""
    rng = np.random.default_rng(seed)
    west, south, east, north = shape.bounds
    x = rng.uniform(west - 0.3, east + 0.3, n)
    y = rng.uniform(south - 0.3, north + 0.3, n)
    radius = np.exp(rng.uniform(np.log(20.0), np.log(widest), n))
    return np.column_stack([x, y, radius])


# -- the shipped atlas ----------------------------------------------------------------------

SHAPES = {
    f"{extent.id}/{estimate}": extent.geometry(estimate)
    for extent in read_atlas().extents
    for estimate in Estimate
    if not extent.geometry(estimate).is_empty
}


@pytest.mark.parametrize("name", SHAPES)
def test_thousands_of_random_discs_on_the_shipped_extents(name):
    shape = SHAPES[name]
    seed = sorted(SHAPES).index(name)
    assert_exact(shape, random_discs(seed, 60, shape, 100_000.0))


@pytest.mark.parametrize("name", [n for n in SHAPES if "/line/" in n])
def test_discs_about_points_of_the_line_itself(name):
    shape = SHAPES[name]
    rng = np.random.default_rng(7)
    points = shapely.get_coordinates(shape)
    chosen = points[rng.integers(0, len(points), 30)]
    radius = np.exp(rng.uniform(np.log(20.0), np.log(30_000.0), 30))
    assert_exact(shape, np.column_stack([chosen, radius]))


# -- hostile polygons -----------------------------------------------------------------------

X, Y = 37.0, 35.0


def star(points: int, outer: float, inner: float) -> shapely.Polygon:
    angle = np.arange(2 * points) * np.pi / points
    size = np.where(np.arange(2 * points) % 2 == 0, outer, inner)
    return shapely.Polygon(np.column_stack([X + size * np.cos(angle), Y + size * np.sin(angle)]))


def geodesic_ring(radius: float, vertices: int) -> shapely.Polygon:
    """A polygon whose every vertex lies on a circle about (X, Y)."""
    azimuths = np.linspace(0, 360, vertices, endpoint=False)
    lon, lat, _ = GEOD.fwd([X] * vertices, [Y] * vertices, azimuths, [radius] * vertices)
    return shapely.Polygon(np.column_stack([lon, lat]))


def sieve() -> shapely.Polygon:
    holes = [
        shapely.box(X + i * 0.05, Y + j * 0.05, X + i * 0.05 + 0.03, Y + j * 0.05 + 0.03)
        for i in range(-4, 4)
        for j in range(-4, 4)
    ]
    return shapely.Polygon(
        shapely.box(X - 0.25, Y - 0.25, X + 0.25, Y + 0.25).exterior,
        [hole.exterior for hole in holes],
    )


def scattered(n: int, half: float) -> shapely.MultiPolygon:
    rng = np.random.default_rng(n)
    cells = rng.permutation(400)[:n]
    corners = np.column_stack([X - 0.5 + 0.05 * (cells % 20), Y - 0.5 + 0.05 * (cells // 20)])
    return shapely.MultiPolygon([shapely.box(x, y, x + half, y + half) for x, y in corners])


HOSTILE = {
    "a hole": shapely.Polygon(
        shapely.box(X - 0.3, Y - 0.3, X + 0.3, Y + 0.3).exterior,
        [shapely.box(X - 0.1, Y - 0.1, X + 0.1, Y + 0.1).exterior],
    ),
    "a hole that nearly fills it": shapely.Polygon(
        shapely.box(X - 0.3, Y - 0.3, X + 0.3, Y + 0.3).exterior,
        [shapely.box(X - 0.299, Y - 0.299, X + 0.299, Y + 0.299).exterior],
    ),
    "an island in a hole": shapely.MultiPolygon(
        [
            shapely.Polygon(
                shapely.box(X - 0.3, Y - 0.3, X + 0.3, Y + 0.3).exterior,
                [shapely.box(X - 0.2, Y - 0.2, X + 0.2, Y + 0.2).exterior],
            ),
            shapely.box(X - 0.05, Y - 0.05, X + 0.05, Y + 0.05),
        ]
    ),
    "a sieve": sieve(),
    "a sliver": shapely.Polygon([(X - 0.5, Y), (X + 0.5, Y + 0.0002), (X + 0.5, Y)]),
    "a sliver that stands": shapely.box(X, Y - 0.4, X + 0.0001, Y + 0.4),
    "a spiked star": star(40, 0.4, 0.02),
    "hundreds of parts": scattered(300, 0.03),
    "parts that touch at a corner": shapely.MultiPolygon(
        [shapely.box(X - 0.2, Y - 0.2, X, Y), shapely.box(X, Y, X + 0.2, Y + 0.2)]
    ),
    "a tiny triangle": shapely.Polygon([(X, Y), (X + 1e-4, Y), (X, Y + 1e-4)]),
    "a triangle of centimetres": shapely.Polygon([(X, Y), (X + 1e-7, Y), (X, Y + 1e-7)]),
    "edges of 600 km": shapely.Polygon([(35.0, 32.0), (42.0, 32.1), (41.9, 37.6), (35.1, 37.5)]),
    "a long diagonal": shapely.Polygon([(35.0, 32.0), (42.0, 37.5), (42.0, 37.4), (35.1, 32.0)]),
    "vertices on the circle": geodesic_ring(10_000.0, 12),
    "all but the circle itself": geodesic_ring(10_000.0, 2_000),
    "a comb": shapely.union_all(
        [shapely.box(X - 0.3, Y - 0.3, X + 0.3, Y - 0.25)]
        + [
            shapely.box(X - 0.3 + 0.02 * i, Y - 0.3, X - 0.29 + 0.02 * i, Y + 0.3)
            for i in range(30)
        ]
    ),
    "a ring the other way round": shapely.Polygon(
        shapely.box(X - 0.2, Y - 0.2, X + 0.2, Y + 0.2).exterior.coords[::-1]
    ),
    "a vertex given twice": shapely.Polygon(
        [(X, Y), (X + 0.2, Y), (X + 0.2, Y), (X + 0.2, Y + 0.2), (X, Y + 0.2)]
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_polygons(name):
    shape = HOSTILE[name]
    assert_exact(shape, random_discs(11, 60, shape, 100_000.0))


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("radius", [1.0, 500.0, 9_999.0, 10_000.0, 10_001.0, 80_000.0])
def test_hostile_polygons_with_discs_about_their_very_middle(name, radius):
    """Circles through vertices, along edges, about corners and over the whole."""
    points = np.array([(X, Y), (X + 0.2, Y), (X, Y + 0.2), (X + 0.2, Y + 0.2), (X - 0.3, Y)])
    assert_exact(HOSTILE[name], np.column_stack([points, np.full(len(points), radius)]))


def test_many_discs_at_once_get_the_shares_they_get_alone():
    shape = HOSTILE["a sieve"]
    discs = random_discs(3, 2_000, shape, 100_000.0)
    together = shares(shape, discs)
    some = np.arange(0, len(discs), 20)
    alone = np.array([shares(shape, discs[i : i + 1])[0] for i in some])
    np.testing.assert_allclose(together[some], alone, atol=1e-9)


def test_a_circle_that_an_edge_touches_from_outside_or_inside():
    # The southern edge of a box is a parallel; the disc's own southernmost point lies on it.
    lon, lat, _ = GEOD.fwd(X, Y, 180.0, 5_000.0)
    assert lon == pytest.approx(X)
    above = shapely.box(X - 1, lat, X + 1, Y + 1)
    below = shapely.box(X - 1, lat - 1, X + 1, lat)
    disc = np.array([[X, Y, 5_000.0]])
    assert shares(above, disc)[0] == pytest.approx(1.0, abs=ALLOWED)
    assert shares(below, disc)[0] == pytest.approx(0.0, abs=ALLOWED)


def test_a_disc_larger_than_the_zone_holds_its_area_and_no_more():
    zone = shapely.box(X - 0.05, Y - 0.05, X + 0.05, Y + 0.05)
    area = abs(GEOD.geometry_area_perimeter(shapely.segmentize(zone, 0.001))[0])
    for radius in (20_000.0, 50_000.0, 100_000.0):
        found = shares(zone, np.array([[X, Y, radius]]))[0]
        assert found == pytest.approx(area / (np.pi * radius**2), rel=2e-3)


def test_an_empty_outline_holds_nothing():
    outline = Outline(shapely.MultiPolygon(), PLANE)
    x, y = np.full(3, X), np.full(3, Y)
    assert outline.share(x, y, np.array([0.0, 1.0, 1e5])).tolist() == [0.0, 0.0, 0.0]
    assert outline.covers(x, y).tolist() == [False] * 3


def test_no_discs_at_all():
    assert Outline(HOSTILE["a hole"], PLANE).share(*(np.empty(0),) * 3).tolist() == []


@pytest.mark.parametrize("bounds", [(20.0, 68.0, 28.0, 72.0), (-70.0, -55.0, -66.0, -50.0)])
def test_an_atlas_elsewhere_far_from_the_equator(bounds):
    west, south, east, north = bounds
    x, y = (west + east) / 2, (south + north) / 2
    shape = shapely.Polygon(
        [(west + 1, south + 1), (east - 1, south + 0.7), (x, y), (east - 1, north - 1), (west, y)]
    )
    assert_exact(shape, random_discs(5, 150, shape, 100_000.0), Plane(bounds))


# -- what always holds ----------------------------------------------------------------------

longitudes = st.floats(SYRIA[0] - 1, SYRIA[2] + 1)
latitudes = st.floats(SYRIA[1] - 1, SYRIA[3] + 1)
radii = st.floats(0.0, 100_000.0)


@settings(max_examples=100, deadline=None)
@given(longitudes, latitudes, radii)
def test_shares_lie_between_0_and_1_and_low_best_high_are_in_order(x, y, radius):
    for extent in read_atlas().extents:
        low, best, high = (
            shares(extent.geometry(e), np.array([[x, y, radius]]))[0] for e in Estimate
        )
        assert 0.0 <= low <= best + 1e-9 <= high + 2e-9 <= 1.0 + 2e-9


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(36.5, 37.5), st.floats(34.5, 35.5)),
        min_size=3,
        max_size=12,
        unique=True,
    ),
    st.floats(36.3, 37.7),
    st.floats(34.3, 35.7),
    st.floats(1.0, 100_000.0),
)
def test_any_polygon_and_any_disc(corners, x, y, radius):
    shape = shapely.convex_hull(shapely.MultiPoint(corners))
    assume(shape.geom_type == "Polygon" and shape.area > 1e-12)
    assert_exact(shape, np.array([[x, y, radius]]))


@settings(max_examples=50, deadline=None)
@given(longitudes, latitudes, st.floats(1.0, 100_000.0))
def test_a_polygon_and_its_complement_share_the_disc(x, y, radius):
    frame = shapely.box(SYRIA[0] - 4, SYRIA[1] - 4, SYRIA[2] + 4, SYRIA[3] + 4)
    shape = SHAPES["idlib/line/2017-05-06/best"]
    disc = np.array([[x, y, radius]])
    rest = shapely.difference(frame, shape)
    assert shares(shape, disc)[0] + shares(rest, disc)[0] == pytest.approx(1.0, abs=1e-6)


# -- points ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*SHAPES, *HOSTILE])
def test_radius_0_is_the_point_itself(name):
    shape = {**SHAPES, **HOSTILE}[name]
    discs = random_discs(2, 500, shape, 1_000.0)
    discs[:, 2] = 0.0
    expected = shapely.intersects_xy(shape, discs[:, 0], discs[:, 1])
    assert shares(shape, discs).tolist() == expected.astype(float).tolist()


@pytest.mark.parametrize("name", [*SHAPES, *HOSTILE])
def test_a_point_on_the_boundary_is_inside(name):
    shape = {**SHAPES, **HOSTILE}[name]
    vertices = shapely.get_coordinates(shape)[:200]
    discs = np.column_stack([vertices, np.zeros(len(vertices))])
    assert shares(shape, discs).tolist() == [1.0] * len(vertices)


def test_points_and_discs_may_come_mixed():
    shape = HOSTILE["a hole"]
    discs = random_discs(4, 300, shape, 50_000.0)
    discs[::3, 2] = 0.0
    mixed = shares(shape, discs)
    exact = discs[:, 2] == 0
    np.testing.assert_array_equal(mixed[exact], shares(shape, discs[exact]))
    np.testing.assert_allclose(mixed[~exact], shares(shape, discs[~exact]), atol=1e-9)
