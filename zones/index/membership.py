"""Which zone holds a point, for very many points.

Unlike a verdict it weighs neither doubt nor days. It answers what a spatial join answers, exactly
for points on a boundary, too, and many times faster.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from geodata.atlas import Atlas, read_atlas
from geodata.covering import covers
from geodata.errors import AtlasError, InputError, says_its_arguments
from geodata.schema import Estimate, Polygonal
from zones.arrays import Array
from zones.index.grid import Grid
from zones.layers import read_day, reference_day, zone_rows
from zones.prepared import once_per_atlas

NO_ZONE = -1
"""Stands for a point in no zone, or without a position (NaN)."""

_OPEN = -2  # a cell that an outline touches: the polygons decide
_CELLS = 1024  # along each side; the table of them fits a core's cache
_CHUNK = 32_768


@says_its_arguments
def locate(
    longitude: npt.ArrayLike,
    latitude: npt.ArrayLike,
    date: str | dt.date | None = None,
    boundary: str | None = None,
    estimate: str = "best",
    *,
    atlas: Atlas | str | Path | None = None,
) -> npt.NDArray[np.int8]:
    """Tell which zone each point lies in; a point on a boundary is inside.

    Parameters
    ----------
    longitude, latitude : (n,) array of float
        Degrees, WGS 84; NaN where there is no location.
    date
        ISO 8601 day whose extents are used, in force or not; None for the first day on which all
        zones were arranged.
    boundary
        One of the atlas's ways of drawing the zones; its default where None.
    estimate
        ``low`` (surely inside), ``best`` (the line itself) or ``high`` (possibly inside). Where
        two zones overlap, the one with the lower number is returned.
    atlas
        The shipped one where None; an `Atlas`, or the folder of one.

    Returns
    -------
    (n,) array of int8
        Position among the atlas's zones, which are ordered by number; `NO_ZONE` in none.

    Raises
    ------
    InputError
        The arrays are not numbers, or not of one dimension and the same length.
    DateError
        The date is no ISO 8601 day.
    AtlasError
        No such boundary or estimate, or an atlas with a fault.

    Examples
    --------
    >>> import zones
    >>> zones.locate([36.63, 38.0], [35.93, 35.0], "2017-10-01").tolist()
    [0, -1]
    """
    try:
        x, y = (np.asarray(column, dtype=np.float64) for column in (longitude, latitude))
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(
            f"expected longitudes and latitudes as numbers, found others ({error}); give degrees."
        ) from None
    if x.ndim != 1 or x.shape != y.shape:
        raise InputError(
            "expected longitudes and latitudes as two arrays of one dimension and the same length, "
            f"found the shapes {x.shape} and {y.shape}; give one of each for every point."
        )
    book = atlas if isinstance(atlas, Atlas) else read_atlas(atlas)
    if estimate not in set(Estimate):
        raise AtlasError(
            f"expected an estimate of {', '.join(Estimate)}, found {estimate!r}; choose one."
        )
    day = reference_day(book) if date is None else read_day(date)
    return _members(book, day, boundary or book.meta.default_boundary, estimate).locate(x, y)


@dataclass(frozen=True)
class _Members:
    """A table of cells over the zones of one day, and the polygons that decide where it is open."""

    grid: Grid
    table: Array
    shapes: tuple[tuple[int, Polygonal], ...]

    def locate(self, x: Array, y: Array) -> npt.NDArray[np.int8]:
        found = np.empty(len(x), dtype=np.int8)
        open_rows = [np.zeros(0, dtype=np.int64)]
        for begin in range(0, len(x), _CHUNK):
            part = slice(begin, begin + _CHUNK)
            np.take(self.table, self.grid.cells(x[part], y[part]), out=found[part], mode="clip")
            open_rows.append(begin + np.flatnonzero(found[part] == _OPEN))
        rows = np.concatenate(open_rows)
        found[rows] = self._decide(x[rows], y[rows])
        return found

    def _decide(self, x: Array, y: Array) -> Array:
        found = np.full(len(x), NO_ZONE, dtype=np.int8)
        for position, shape in self.shapes:
            rows = np.flatnonzero(found == NO_ZONE)
            inside = covers(shape, x[rows], y[rows])
            found[rows[inside]] = position
        return found


@once_per_atlas
def _members(atlas: Atlas, day: dt.date, boundary: str, estimate: str) -> _Members:
    numbers = {zone.id: position for position, zone in enumerate(atlas.zones)}
    shapes = tuple(
        (numbers[row["zone"]], row["geometry"])
        for row in zone_rows(atlas, day, boundary, estimate)
        if not row["geometry"].is_empty
    )
    grid = Grid.over(_around(atlas, [shape for _, shape in shapes]), _CELLS, _CELLS)
    table = np.full(grid.columns * grid.rows, NO_ZONE, dtype=np.int8)
    touched = [np.zeros(0, dtype=np.int64)]
    for position, shape in reversed(shapes):
        touches, _, inside = grid.classify(shape)
        table[inside] = position
        touched.append(touches)
    table[np.concatenate(touched)] = _OPEN
    return _Members(grid, table, shapes)


def _around(atlas: Atlas, shapes: list[Polygonal]) -> tuple[float, float, float, float]:
    """Return bounds around the country and all shapes, with an empty margin."""
    boxes = np.array([atlas.meta.bounds, *(shape.bounds for shape in shapes)])
    west, south = boxes[:, :2].min(axis=0)
    east, north = boxes[:, 2:].max(axis=0)
    margin = max(east - west, north - south) * 2 / _CELLS
    return (
        float(west - margin),
        float(south - margin),
        float(east + margin),
        float(north + margin),
    )
