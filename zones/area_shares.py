"""How much of a district or governorate lies inside a zone: reckoned once, then looked up."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import shapely

from geodata.atlas import Polygonal
from zones.plane import Array, Plane
from zones.shares import Outline

__all__ = ["AreaShares"]


class AreaShares:
    """Polygons that stand for the place of incidents, and their shares in outlines.

    Parameters
    ----------
    polygons
        Valid polygons in EPSG:4326 that hold some ground.
    outlines
        What they are compared with.
    plane
        Where ground is measured.
    """

    def __init__(
        self, polygons: Sequence[Polygonal], outlines: Sequence[Outline], plane: Plane
    ) -> None:
        self.polygons = polygons
        self.outlines = outlines
        self.plane = plane
        self.bounds = shapely.bounds(np.asarray(polygons, dtype=object))
        self._known = np.full((len(outlines), len(polygons)), np.nan)
        self._points = np.full((len(polygons), 2), np.nan)

    @cached_property
    def ground(self) -> Array:
        """(polygons,) square metres of each."""
        return np.array([self.plane.area(polygon) for polygon in self.polygons])

    def share(self, outline: int, area: Array) -> Array:
        """Return the share of each polygon's ground that lies inside an outline, from 0 to 1.

        Parameters
        ----------
        outline
            Position among the outlines.
        area : (n,) array of int
            Positions among the polygons; each pair is reckoned once.
        """
        known = self._known[outline]
        for one in np.unique(area[np.isnan(known[area])]).tolist():
            known[one] = self._reckon(outline, one)
        return np.asarray(known[area])

    def points(self, area: Array, longitude: Array, latitude: Array) -> tuple[Array, Array]:
        """Return where distances are measured from: the position given, else one in the polygon.

        Parameters
        ----------
        area : (n,) array of int
            Positions among the polygons; -1 where no polygon stands for the place.
        longitude, latitude : (n,) array of float
            Degrees; NaN where no position is given.
        """
        rows = np.flatnonzero((area >= 0) & ~(np.isfinite(longitude) & np.isfinite(latitude)))
        if not rows.size:
            return longitude, latitude
        for one in np.unique(area[rows]).tolist():
            if np.isnan(self._points[one, 0]):
                point = shapely.point_on_surface(self.polygons[one])
                self._points[one] = point.x, point.y
        longitude, latitude = longitude.copy(), latitude.copy()
        longitude[rows], latitude[rows] = self._points[area[rows]].T
        return longitude, latitude

    def _reckon(self, outline: int, area: int) -> float:
        polygon, shape = self.polygons[area], self.outlines[outline].shape
        west, south, east, north = self.bounds[area]
        left, low, right, high = shape.bounds  # NaN where it is empty
        if not (left <= east and west <= right and low <= north and south <= high):
            return 0.0
        # No question like `intersects`: the shape is prepared, and other threads ask about it.
        inside = self.plane.area(shapely.intersection(shape, polygon))
        return min(inside / float(self.ground[area]), 1.0)
