"""Which points lie in which discs, each with a radius of its own."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt

_RADIUS, _FLATTENING = 6_378_137.0, 1 / 298.257223563  # WGS 84
_CELL_DEG = 0.02  # about the size of a village
_CELLS = 1 << 20  # at most: those of a larger table are larger

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Nearby:
    """Discs about points, found by a table of cells.

    Parameters
    ----------
    longitude, latitude : (n,) array of float
        Degrees, WGS 84.
    reach_m : (n,) array of float
        How far each reaches, in metres: much less than a degree.
    """

    def __init__(self, longitude: Floats, latitude: Floats, reach_m: Floats) -> None:
        self.longitude, self.latitude, self.reach_m = longitude, latitude, reach_m

    def find(self, longitude: Floats, latitude: Floats) -> tuple[Ints, Ints, Floats]:
        """Pair (k,) points with the discs that hold them.

        Returns
        -------
        point, disc : (m,) array of int
            Positions, in the order of the points. One that is NaN lies in none.
        distance_m : (m,) array of float
            Metres between the two, on the ellipsoid, to within a thousandth.
        """
        begin, discs, (west, south, step, columns, rows) = self._table
        with np.errstate(invalid="ignore"):
            across, up = (longitude - west) / step, (latitude - south) / step
            near = (across >= 0) & (across < columns) & (up >= 0) & (up < rows)
        asked = np.flatnonzero(near)
        cell = up[asked].astype(np.int64) * columns + across[asked].astype(np.int64)
        start, count = begin[cell], begin[cell + 1] - begin[cell]
        position, step_of = _spread(count)
        point, disc = asked[position], discs[start[position] + step_of]
        metres = _metres(
            longitude[point], latitude[point], self.longitude[disc], self.latitude[disc]
        )
        within = np.flatnonzero(metres <= self.reach_m[disc])
        return point[within], disc[within], metres[within]

    @cached_property
    def _table(self) -> tuple[Ints, Ints, tuple[float, float, float, int, int]]:
        """For each cell where its discs begin; the discs; the table's corner, step and size."""
        degree = np.radians(1) * _RADIUS * (1 - 2 * _FLATTENING)  # no longer anywhere
        up = self.reach_m / degree
        across = up / np.cos(np.radians(np.minimum(np.abs(self.latitude) + up, 89.0)))
        x, y = self.longitude, self.latitude
        west = south = 0.0
        if len(x):
            west, south = float((x - across).min()), float((y - up).min())
        width = float((x + across).max(initial=west)) - west
        height = float((y + up).max(initial=south)) - south
        step = max(_CELL_DEG, float(np.sqrt(width * height / _CELLS)))
        columns, rows = int(width / step) + 1, int(height / step) + 1

        def cell(degrees: Floats, origin: float) -> Ints:
            return ((degrees - origin) / step).astype(np.int64)

        left, low = cell(x - across, west), cell(y - up, south)
        wide, tall = cell(x + across, west) - left + 1, cell(y + up, south) - low + 1
        disc, nth = _spread(wide * tall)
        key = (low[disc] + nth // wide[disc]) * columns + left[disc] + nth % wide[disc]
        order = np.argsort(key, kind="stable")
        begin = np.searchsorted(key[order], np.arange(columns * rows + 1))
        return begin, disc[order], (west, south, step, columns, rows)


def _spread(counts: Ints) -> tuple[Ints, Ints]:
    """Repeat each position as often as its count says, and number the repeats from 0."""
    position = np.repeat(np.arange(len(counts)), counts)
    return position, np.arange(len(position)) - np.repeat(np.cumsum(counts) - counts, counts)


def _metres(x0: Floats, y0: Floats, x1: Floats, y1: Floats) -> Floats:
    """Return distances in metres between near points, on the ellipsoid of WGS 84."""
    e2 = _FLATTENING * (2 - _FLATTENING)
    middle = np.radians((y0 + y1) / 2)
    w = 1 - e2 * np.sin(middle) ** 2
    north = np.radians(y1 - y0) * _RADIUS * (1 - e2) / w**1.5
    east = np.radians(x1 - x0) * _RADIUS / np.sqrt(w) * np.cos(middle)
    return np.asarray(np.hypot(north, east))
