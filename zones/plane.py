"""A plane on which a geodesic disc is a circle: where areas and distances are computed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyproj
import shapely

from geodata.schema import Polygonal
from zones.arrays import Array

_LONGEST_EDGE_M = 1_500.0
_METRES_A_DEGREE = 111_320.0  # of the equator; longer than any other degree
_SPHERE = 2.5e-4  # more than the ellipsoid's scale departs from the sphere's
_FAR = 0.004  # a doubt of 8 km at 2,000


@dataclass(frozen=True)
class Plane:
    """The stereographic plane about the middle of an atlas.

    The projection is conformal, and on a sphere it turns circles into circles, so a disc of
    geodesic radius r about a point is a circle of radius r times the local scale. Over the
    whole of Syria the scale departs from 1 by 0.0013 at most, and across a disc of 100 km it
    changes by 0.0005: shares computed here are right to 0.001 (measured in the tests against
    an equal-area projection centred on each disc).

    Parameters
    ----------
    bounds
        West, south, east, north in degrees (EPSG:4326).
    """

    bounds: tuple[float, float, float, float]

    @property
    def definition(self) -> str:
        """The projection as PROJ writes it."""
        west, south, east, north = self.bounds
        return (
            f"+proj=stere +lat_0={(south + north) / 2} +lon_0={(west + east) / 2} +ellps=WGS84 "
            "+units=m +no_defs +type=crs"
        )

    @cached_property
    def _projection(self) -> pyproj.Proj:
        return pyproj.Proj(self.definition)

    def project(self, longitude: Array, latitude: Array) -> tuple[Array, Array]:
        """Return metres east and north of the middle of the bounds."""
        x, y = self._projection(longitude, latitude)
        return np.asarray(x), np.asarray(y)

    def unproject(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Return longitude and latitude in degrees of points of the plane."""
        longitude, latitude = self._projection(x, y, inverse=True)
        return np.asarray(longitude), np.asarray(latitude)

    def scale(self, x: Array, y: Array) -> Array:
        """Return plane metres per metre on the ground at (x, y), in plane metres.

        On a sphere of the radius of the middle latitude the stereographic scale is
        1 + (d / 2R)^2 at distance d from the centre (Snyder 1987, eq. 21-4).
        """
        return np.asarray(1.0 + (np.square(x) + np.square(y)) / (4.0 * self._radius_m**2))

    def mean_scale(self, x: Array, y: Array, to_x: Array, to_y: Array) -> Array:
        """Return the mean of the scale along straight lines of the plane, in plane metres.

        A line's length divided by it is the geodesic one, up to the error that `doubt` returns.
        """
        square = x * x + y * y + x * to_x + y * to_y + to_x * to_x + to_y * to_y
        return np.asarray(1.0 + square / (12.0 * self._radius_m**2))

    def doubt(self, x: Array, y: Array) -> Array:
        """Return the relative error of a length from (x, y) to a point within the bounds.

        The sphere's scale differs from the ellipsoid's, and a straight line from the geodesic: far
        from the bounds by six times the square of the scale's departure from 1 (measured in the
        tests).
        """
        return np.asarray(_SPHERE + 6.0 * np.square(self.scale(x, y) - 1.0))

    def is_far(self, x: Array, y: Array) -> Array:
        """Tell which points lie so far away that lengths in the plane spare next to no work."""
        return np.asarray(self.doubt(x, y) > _FAR)

    def distortion(self, x: Array, y: Array) -> Array:
        """Return how many times longer one of two lengths that look equal may be on the ground.

        For lengths from (x, y), in plane metres, to anywhere within the bounds: the scale is 1 in
        the middle, and nowhere on the way more than at the farther of the two ends.
        """
        most = np.maximum(self.scale(x, y), self._corner_scale)
        return np.asarray(most + self.doubt(x, y))

    @cached_property
    def _corner_scale(self) -> float:
        """The scale at the corner of the bounds that is farthest from the middle."""
        west, south, east, north = self.bounds
        corners = self.project(np.array([west, west, east, east]), np.array([south, north] * 2))
        return float(self.scale(*corners).max())

    @cached_property
    def geod(self) -> pyproj.Geod:
        """The WGS 84 ellipsoid, on which distances are geodesic."""
        return pyproj.Geod(ellps="WGS84")

    @cached_property
    def _radius_m(self) -> float:
        """Gaussian radius of curvature at the middle latitude (WGS 84)."""
        sine = np.sin(np.radians((self.bounds[1] + self.bounds[3]) / 2))
        return float(self.geod.b / (1.0 - self.geod.es * sine**2))

    def area(self, shape: shapely.Geometry) -> float:
        """Return the square metres of ground of a shape in degrees; 0 for lines and points.

        On a cylindrical equal-area projection of the ellipsoid, edges divided as in `outline`.
        """
        divided = shapely.segmentize(shape, _LONGEST_EDGE_M / _METRES_A_DEGREE)
        equal = pyproj.Proj(proj="cea", ellps="WGS84")
        flat = shapely.transform(
            divided, lambda points: np.column_stack(equal(points[:, 0], points[:, 1]))
        )
        return float(shapely.area(flat))

    def outline(self, shape: Polygonal, *, longest_edge_m: float | None = None) -> Polygonal:
        """Return a shape in the plane, shells counterclockwise, edges 1.5 km long or less.

        Edges are straight in longitude and latitude (RFC 7946), so they are divided before they
        are projected: an edge of 1.5 km strays from its true course by less than 0.1 m, a
        shorter one, where asked for, by the square of its length less.
        """
        if shape.is_empty:
            return shape
        longest = longest_edge_m or _LONGEST_EDGE_M
        divided = shapely.segmentize(shape, longest / _METRES_A_DEGREE)
        oriented = shapely.orient_polygons(divided, exterior_cw=False)
        return shapely.transform(
            oriented, lambda points: np.column_stack(self.project(points[:, 0], points[:, 1]))
        )
