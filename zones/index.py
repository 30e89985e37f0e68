"""The fast index: what needs no reckoning, told by cells, and exact because the rest is left over.

Two tables of cells cover the country. A *fine* one is for exact points: a cell that no outline
touches lies wholly inside or outside of each, so all its points share one answer. A *coarse* one
is for discs: each cell knows how far it is clear of each outline, so a disc that is smaller lies
wholly on one side. Points and discs that no cell decides are reckoned one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import shapely

from geodata.atlas import Polygonal
from zones.plane import Array, Plane
from zones.shares import Outline

__all__ = ["CellIndex", "distinct"]

_FINE = 1024
_COARSE_M = 3_000.0
_REACH_M = 110_000.0  # beyond the largest radius (100 km) nothing needs to be told apart
_MARGIN = 1.002  # more than the plane's scale departs from 1


def distinct(keys: Array, size: int) -> tuple[Array, Array]:
    """Return the keys that occur, in order, and for each key its position among them.

    By direct address: the keys are small, and this is many times faster than sorting.

    Parameters
    ----------
    keys : (n,) array of int
        From 0 to `size` - 1.
    """
    occurs = np.zeros(size, dtype=bool)
    occurs[keys] = True
    present = np.flatnonzero(occurs)
    position = np.zeros(size, dtype=np.int32)
    position[present] = np.arange(len(present), dtype=np.int32)
    return present, position[keys]


@dataclass(frozen=True)
class _Grid:
    """A table of cells over a rectangle of degrees; rows run north, columns east."""

    west: float
    south: float
    step_x: float
    step_y: float
    columns: int
    rows: int

    @classmethod
    def over(cls, bounds: tuple[float, float, float, float], columns: int, rows: int) -> _Grid:
        west, south, east, north = bounds
        return cls(west, south, (east - west) / columns, (north - south) / rows, columns, rows)

    def cells(self, x: Array, y: Array) -> Array:
        """Return the cell of each point; -1 for a point beyond the rectangle, or NaN."""
        column = np.floor((x - self.west) * (1.0 / self.step_x))
        row = np.floor((y - self.south) * (1.0 / self.step_y))
        within = (column >= 0) & (column < self.columns) & (row >= 0) & (row < self.rows)
        cell = np.where(within, row * self.columns + column, -1.0)
        return cell.astype(np.int32)

    def centres(self) -> tuple[Array, Array]:
        x = self.west + (np.arange(self.columns) + 0.5) * self.step_x
        y = self.south + (np.arange(self.rows) + 0.5) * self.step_y
        return np.tile(x, self.rows), np.repeat(y, self.columns)


class CellIndex:
    """The cells of both tables, for a list of outlines.

    Parameters
    ----------
    outlines
        Polygons; their order gives the bits of a profile.
    plane
        Where distances are reckoned.
    bounds
        West, south, east, north in degrees: what the coarse table covers.
    """

    def __init__(
        self,
        outlines: Sequence[Outline],
        plane: Plane,
        bounds: tuple[float, float, float, float],
    ) -> None:
        self.outlines = outlines
        self.plane = plane
        self.bounds = bounds

    # -- exact points -----------------------------------------------------------------------

    @cached_property
    def fine(self) -> _Grid:
        """The grid for exact points: all outlines, and a little around them."""
        boxes = np.array([o.shape.bounds for o in self.outlines if not o.shape.is_empty])
        west, south = boxes[:, :2].min(axis=0) - 0.01
        east, north = boxes[:, 2:].max(axis=0) + 0.01
        return _Grid.over((west, south, east, north), _FINE, _FINE)

    @cached_property
    def fine_profiles(self) -> tuple[Array, Array]:
        """Profile of each fine cell, -1 where an outline touches it, and what profiles are.

        A profile is a set of outlines, those that hold the cell: a row of the (profiles,
        outlines) table of bool. Profile 0 is the empty one.
        """
        size = self.fine.rows * self.fine.columns
        touched = np.zeros(size, dtype=bool)
        profiles = _Profiles(size)
        for outline in self.outlines:
            if outline.shape.is_empty:
                profiles.add(np.zeros(size, dtype=bool))
                continue
            touches, inside = _classify(self.fine, outline.shape)
            touched |= touches
            profiles.add(inside)
        profile = profiles.profile
        profile[touched] = -1
        return profile, profiles.members

    # -- discs ------------------------------------------------------------------------------

    @cached_property
    def coarse(self) -> _Grid:
        """The grid for discs and for the nearest zone: the country."""
        west, south, east, north = self.bounds
        height = (north - south) * 111_000.0
        width = (east - west) * 111_320.0 * np.cos(np.radians((south + north) / 2))
        return _Grid.over(
            self.bounds,
            max(1, int(np.ceil(width / _COARSE_M))),
            max(1, int(np.ceil(height / _COARSE_M))),
        )

    @cached_property
    def _centres(self) -> tuple[Array, Array, float]:
        """Centres of the coarse cells in the plane, and how far a corner can be from them."""
        grid = self.coarse
        longitude, latitude = grid.centres()
        x, y = self.plane.project(longitude, latitude)
        half_x, half_y = grid.step_x / 2, grid.step_y / 2
        corner_x, corner_y = self.plane.project(longitude - half_x, latitude - half_y)
        other_x, other_y = self.plane.project(longitude + half_x, latitude - half_y)
        spread = max(
            np.hypot(corner_x - x, corner_y - y).max(), np.hypot(other_x - x, other_y - y).max()
        )
        return x, y, float(spread) * 1.01

    @cached_property
    def clear(self) -> Array:
        """(outlines, cells) metres by which a coarse cell is clear of an outline.

        Positive where the whole cell lies outside, negative where it lies inside; 0 where
        nothing is sure. Never more than true.
        """
        x, y, spread = self._centres
        longitude, latitude = self.coarse.centres()
        found = np.full((len(self.outlines), len(x)), _REACH_M, dtype=np.float32)
        for o, outline in enumerate(self.outlines):
            if outline.shape.is_empty:
                continue
            near = outline.plane_box_distance(x, y) < _REACH_M
            distance = np.maximum(outline.least_distance(x[near], y[near]) - spread, 0.0)
            inside = outline.covers(longitude[near], latitude[near])
            found[o, near] = np.where(inside, -distance, np.minimum(distance, _REACH_M))
        return found

    @cached_property
    def coarse_profiles(self) -> tuple[Array, Array, Array]:
        """Profile of each coarse cell, what profiles are, and the radius up to which they hold."""
        profiles = _Profiles(self.clear.shape[1])
        for clear in self.clear:
            profiles.add(clear < 0)
        reach = np.abs(self.clear).min(axis=0) / np.float32(_MARGIN)
        return profiles.profile, profiles.members, reach

    def decided(self, outline: int, cells: Array, radius: Array) -> tuple[Array, Array]:
        """Tell which discs lie wholly inside an outline, and which wholly outside."""
        clear = self.clear[outline][cells]
        reach = radius * _MARGIN
        known = cells >= 0
        return known & (reach < -clear), known & (reach < clear)

    def nearest_to(
        self, choices: tuple[int, ...], longitude: Array, latitude: Array, cells: Array | None
    ) -> Array:
        """Return for each point the position of the nearest among some outlines.

        Parameters
        ----------
        choices
            Positions among the index's outlines.
        longitude, latitude : (n,) array of float
        cells : (n,) array of int, optional
            Coarse cells of the points, all within the table: they answer most at once.
        """
        if cells is None:
            return self._nearest(choices, longitude, latitude)
        found = self._nearest_cells(choices)[cells]
        unsure = np.flatnonzero(found < 0)
        found[unsure] = self._nearest(choices, longitude[unsure], latitude[unsure])
        return found

    def _nearest(self, choices: tuple[int, ...], longitude: Array, latitude: Array) -> Array:
        x, y = self.plane.project(longitude, latitude)
        found = self._rank(choices, x, y, 0.0)
        unsure = np.flatnonzero(found < 0)
        if unsure.size:
            points = np.asarray(shapely.points(x[unsure], y[unsure]))
            distance = [self.outlines[o].plane_distance(points) for o in choices]
            found[unsure] = np.argmin(distance, axis=0)
        return found

    @lru_cache(maxsize=256)  # noqa: B019  (lives as long as its index)
    def _nearest_cells(self, choices: tuple[int, ...]) -> Array:
        """Return for each coarse cell the nearest of some outlines; -1 where unsure."""
        x, y, spread = self._centres
        return self._rank(choices, x, y, spread).astype(np.int8)

    def _rank(self, choices: tuple[int, ...], x: Array, y: Array, spread: float) -> Array:
        """Return the outline that is surely nearest to all within `spread` of each point, or -1."""
        least = np.stack([self.outlines[o].least_distance(x, y) for o in choices])
        edge = np.array([[self.outlines[o].edge_m / 2] for o in choices])
        most = np.hypot(least, edge)
        best = most.argmin(axis=0)
        bound = most[best, np.arange(len(x))] + spread
        rivals = (least - spread <= bound).sum(axis=0)
        return np.asarray(np.where(rivals == 1, best, -1))


class _Profiles:
    """Labels the sets of outlines that cells lie in, one outline after the other."""

    def __init__(self, cells: int) -> None:
        self.profile = np.zeros(cells, dtype=np.int32)
        self.members = np.zeros((1, 0), dtype=bool)

    def add(self, inside: Array) -> None:
        """Tell which cells the next outline holds."""
        present, self.profile = distinct(self.profile * 2 + inside, len(self.members) * 2)
        if present[0] != 0:  # keep the empty set in place, though no cell is in it
            present = np.concatenate([[0], present])
            self.profile += 1
        self.members = np.column_stack([self.members[present // 2], present % 2 == 1])


def _classify(grid: _Grid, shape: Polygonal) -> tuple[Array, Array]:
    """Return which cells an outline touches, and which have their centre inside of it."""
    segments = _segments(shape)
    x0, y0, x1, y1 = segments.T
    # Every cell of the box around each piece of edge, after pieces are cut to a cell's length.
    pieces = np.maximum(
        np.ceil(np.abs(x1 - x0) / grid.step_x), np.ceil(np.abs(y1 - y0) / grid.step_y)
    ).clip(1)
    which = np.repeat(np.arange(len(segments)), pieces.astype(np.int64))
    first = np.cumsum(pieces) - pieces
    step = np.arange(len(which)) - first[which]
    a, b = step / pieces[which], (step + 1) / pieces[which]
    ax = x0[which] + (x1 - x0)[which] * a
    bx = x0[which] + (x1 - x0)[which] * b
    ay = y0[which] + (y1 - y0)[which] * a
    by = y0[which] + (y1 - y0)[which] * b
    slack = 1e-9
    left = np.floor((np.minimum(ax, bx) - slack - grid.west) / grid.step_x).astype(np.int64)
    right = np.floor((np.maximum(ax, bx) + slack - grid.west) / grid.step_x).astype(np.int64)
    lower = np.floor((np.minimum(ay, by) - slack - grid.south) / grid.step_y).astype(np.int64)
    upper = np.floor((np.maximum(ay, by) + slack - grid.south) / grid.step_y).astype(np.int64)
    touches = np.zeros((grid.rows, grid.columns), dtype=bool)
    for down in range(int((upper - lower).max()) + 1):
        for along in range(int((right - left).max()) + 1):
            touches[np.minimum(lower + down, upper), np.minimum(left + along, right)] = True

    # Scan lines through the centres: each edge crossed toggles all cells to the east of it.
    toggles = np.zeros((grid.rows, grid.columns + 1), dtype=np.int32)
    low_y, high_y = np.minimum(y0, y1), np.maximum(y0, y1)
    begin = np.ceil((low_y - grid.south) / grid.step_y - 0.5).astype(np.int64)
    end = np.ceil((high_y - grid.south) / grid.step_y - 0.5).astype(np.int64)
    lines = np.repeat(np.arange(len(segments)), end - begin)
    offset = np.cumsum(end - begin) - (end - begin)
    row = begin[lines] + np.arange(len(lines)) - offset[lines]
    y = grid.south + (row + 0.5) * grid.step_y
    x = x0[lines] + (x1 - x0)[lines] * (y - y0[lines]) / (y1 - y0)[lines]
    column = np.ceil((x - grid.west) / grid.step_x - 0.5).astype(np.int64)
    np.add.at(toggles, (row, column), 1)
    inside = np.cumsum(toggles, axis=1)[:, :-1] % 2 == 1
    return touches.ravel(), inside.ravel()


def _segments(shape: Polygonal) -> Array:
    """(m, 4) edges of a shape in degrees."""
    rings = shapely.get_rings(shapely.get_parts(shape))
    points, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[:-1] == ring[1:]
    return np.column_stack([points[:-1][same], points[1:][same]])
