"""Swapped latitude and longitude, as far as a country's outline can prove it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geodata.covering import covers
from geodata.grammar import load

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bounds = tuple[float, float, float, float]

_NEAR_DEG: float = load("grids")["axes"]["outline_error_degrees"]
_SAME_DEG: float = load("grids")["axes"]["same_place_degrees"]
_CELL_DEG = 0.05
_MANY = 1_000  # points: from here on a table of cells is worth making
_NONE, _SOME, _ALL = range(3)  # of a cell is ground of the country


def fits(x: Floats, y: Floats, bounds: Bounds, outline: Any = None) -> npt.NDArray[np.bool_]:
    """Tell which of n points lie within a country.

    Parameters
    ----------
    x, y : (n,) array of float
        Longitude and latitude in degrees; NaN fits nowhere.
    bounds
        West, south, east, north of the country.
    outline : Polygon or MultiPolygon, optional
        Of the country, in degrees; points up to about 3 km from it count as within. Without it
        the bounds decide.
    """
    west, south, east, north = bounds
    with np.errstate(invalid="ignore"):
        found: npt.NDArray[np.bool_] = (west <= x) & (x <= east) & (south <= y) & (y <= north)
    rows = np.flatnonzero(found)
    if outline is not None and rows.size:
        if rows.size >= _MANY:
            table, corner = _cells(outline)
            i, j = (
                np.clip((axis[rows] - start) / _CELL_DEG + 1, 0, size - 1).astype(np.int32)
                for axis, start, size in zip((x, y), corner, table.shape, strict=True)
            )
            # Most points fall where a country has all of the ground, or none: the table decides.
            ground = table[i, j]
            found[rows[ground == _NONE]] = False
            rows = rows[ground == _SOME]
        found[rows] = covers(grown(outline), x[rows], y[rows])
    return found


def swapped(x: Floats, y: Floats, bounds: Bounds, outline: Any = None) -> tuple[Ints, Ints]:
    """Return the rows that fit a country only with their axes swapped, and those that do both ways.

    A rectangle around a country proves little: that of Syria holds most points of Idlib and Aleppo
    either way, while its outline holds hardly any. So rows that fit either way are returned only if
    there is an outline; and not where both orders give nearly the same place.
    """
    rows = np.flatnonzero(fits(y, x, bounds, outline))
    plain = fits(x[rows], y[rows], bounds, outline)
    if outline is None:
        return rows[~plain], rows[:0]
    apart = np.abs(x[rows] - y[rows]) > _SAME_DEG
    return rows[~plain], rows[plain & apart]


@lru_cache(maxsize=4)
def grown(outline: Any) -> Any:
    """Return an outline (degrees) grown by its error; a point in it counts as in the country."""
    return shapely.buffer(outline, _NEAR_DEG)


@lru_cache(maxsize=4)
def _cells(outline: Any) -> tuple[npt.NDArray[np.int8], tuple[float, float]]:
    """Return a table of cells: how much of each an outline grown holds, and from where.

    The first and the last row and column of the table lie beyond it, and are empty.
    """
    own = shapely.buffer(outline, _NEAR_DEG)  # not the one that other threads may ask about
    shapely.prepare(own)
    west, south, east, north = own.bounds
    x, y = np.arange(west, east, _CELL_DEG), np.arange(south, north, _CELL_DEG)
    left, low = np.meshgrid(x, y, indexing="ij")
    cells = shapely.box(left, low, left + _CELL_DEG, low + _CELL_DEG)
    touched, held = shapely.intersects(own, cells), shapely.contains_properly(own, cells)
    ground = np.where(held, _ALL, np.where(touched, _SOME, _NONE)).astype(np.int8)
    return np.pad(ground, 1), (west, south)
