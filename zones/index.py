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

__all__ = ["CellIndex", "Grid", "distinct"]

_FINE = 1024
_COARSE_M = 3_000.0
_POINTS = 256  # measured at a time: what fits a core's cache
_SLACK = 1e-6  # of a cell: more than numbers are rounded by
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
class Grid:
    """Cells over a rectangle of degrees; rows run north, columns east."""

    west: float
    south: float
    step_x: float
    step_y: float
    columns: int
    rows: int

    @classmethod
    def over(cls, bounds: tuple[float, float, float, float], columns: int, rows: int) -> Grid:
        """Return so many columns and rows of cells over bounds (west, south, east, north)."""
        west, south, east, north = bounds
        return cls(west, south, (east - west) / columns, (north - south) / rows, columns, rows)

    @property
    def east(self) -> float:
        """The eastern edge."""
        return self.west + self.step_x * self.columns

    @property
    def north(self) -> float:
        """The northern edge."""
        return self.south + self.step_y * self.rows

    def cells(self, x: Array, y: Array) -> Array:
        """Return the cell of each point; -1 for a point beyond the rectangle, or NaN."""
        column = np.floor((x - self.west) * (1.0 / self.step_x))
        row = np.floor((y - self.south) * (1.0 / self.step_y))
        within = (column >= 0) & (column < self.columns) & (row >= 0) & (row < self.rows)
        cell = np.where(within, row * self.columns + column, -1.0)
        return cell.astype(np.int32)

    def centres(self) -> tuple[Array, Array]:
        """Return the longitude and the latitude of the middle of each cell."""
        x = self.west + (np.arange(self.columns) + 0.5) * self.step_x
        y = self.south + (np.arange(self.rows) + 0.5) * self.step_y
        return np.tile(x, self.rows), np.repeat(y, self.columns)

    def classify(self, shape: Polygonal) -> tuple[Array, Array]:
        """Return the cells that an outline touches, and those whose centre lies inside of it.

        A cell whose edge an outline touches is touched. The outline has to lie within the grid.
        """
        if shape.is_empty:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        x0, y0, x1, y1 = self._segments(shape).T
        # Every cell of the box around each piece of edge, after pieces are cut to a cell's length.
        pieces = np.ceil(np.maximum(np.abs(x1 - x0), np.abs(y1 - y0))).clip(1).astype(np.int64)
        which = np.repeat(np.arange(len(x0)), pieces)
        step = np.arange(len(which)) - (np.cumsum(pieces) - pieces)[which]
        begin, end = step / pieces[which], (step + 1) / pieces[which]
        across = np.stack([x0[which] + (x1 - x0)[which] * t for t in (begin, end)])
        upward = np.stack([y0[which] + (y1 - y0)[which] * t for t in (begin, end)])
        left, right = _floor(across.min(axis=0) - _SLACK), _floor(across.max(axis=0) + _SLACK)
        lower, upper = _floor(upward.min(axis=0) - _SLACK), _floor(upward.max(axis=0) + _SLACK)
        touched = [
            np.minimum(lower + up, upper) * self.columns + np.minimum(left + along, right)
            for up in range(int((upper - lower).max()) + 1)
            for along in range(int((right - left).max()) + 1)
        ]

        # Scan lines through the centres: each edge crossed toggles all cells to the east of it.
        first = np.ceil(np.minimum(y0, y1) - 0.5).astype(np.int64)
        stop = np.ceil(np.maximum(y0, y1) - 0.5).astype(np.int64)
        which = np.repeat(np.arange(len(x0)), stop - first)
        row = first[which] + np.arange(len(which)) - (np.cumsum(stop - first) - stop + first)[which]
        along = (row + 0.5 - y0[which]) / (y1 - y0)[which]
        column = np.ceil(x0[which] + (x1 - x0)[which] * along - 0.5).astype(np.int64)
        order = np.lexsort((column, row))
        begin, end = (row * self.columns + column)[order].reshape(-1, 2).T
        return np.unique(np.concatenate(touched)), _ranges(begin, end)

    def _segments(self, shape: Polygonal) -> Array:
        """(m, 4) edges of a shape, counted in cells."""
        rings = shapely.get_rings(shapely.get_parts(shape))
        points, ring = shapely.get_coordinates(rings, return_index=True)
        points = (points - [self.west, self.south]) / [self.step_x, self.step_y]
        same = ring[:-1] == ring[1:]
        return np.column_stack([points[:-1][same], points[1:][same]])


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
    largest_m
        The largest radius that the coarse table is asked about, in metres.
    """

    def __init__(
        self,
        outlines: Sequence[Outline],
        plane: Plane,
        bounds: tuple[float, float, float, float],
        largest_m: float,
    ) -> None:
        self.outlines = outlines
        self.plane = plane
        self.bounds = bounds
        self.largest_m = largest_m

    # -- exact points -----------------------------------------------------------------------

    @cached_property
    def fine(self) -> Grid:
        """The grid for exact points: all outlines, and a little around them."""
        drawn = [o.shape.bounds for o in self.outlines if not o.shape.is_empty]
        boxes = np.array(drawn or [self.bounds])
        west, south = boxes[:, :2].min(axis=0) - 0.01
        east, north = boxes[:, 2:].max(axis=0) + 0.01
        return Grid.over((west, south, east, north), _FINE, _FINE)

    @cached_property
    def fine_profiles(self) -> tuple[Array, Array]:
        """Profile of each fine cell, -1 where an outline touches it, and what profiles are.

        A profile is a set of outlines, those that hold the cell: a row of the (profiles,
        outlines) table of bool. Profile 0 is the empty one.
        """
        profiles = _Profiles(self.fine.rows * self.fine.columns)
        touched = []
        for outline in self.outlines:
            touches, inside = self.fine.classify(outline.shape)
            touched.append(touches)
            profiles.add(inside)
        profile = profiles.profile
        profile[np.concatenate(touched)] = -1
        return profile, profiles.members

    # -- discs ------------------------------------------------------------------------------

    @cached_property
    def coarse(self) -> Grid:
        """The grid for discs and for the nearest zone: the country."""
        west, south, east, north = self.bounds
        height = (north - south) * 111_000.0
        width = (east - west) * 111_320.0 * np.cos(np.radians((south + north) / 2))
        return Grid.over(
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
        enough = self.largest_m * _MARGIN**2  # no disc reaches farther
        found = np.full((len(self.outlines), len(x)), enough, dtype=np.float32)
        for o, outline in enumerate(self.outlines):
            if outline.shape.is_empty:
                continue
            near = outline.plane_box_distance(x, y) < enough + spread
            distance = np.maximum(outline.least_distance(x[near], y[near]) - spread, 0.0)
            inside = outline.covers(longitude[near], latitude[near])
            found[o, near] = np.where(inside, -distance, np.minimum(distance, enough))
        return found

    @cached_property
    def coarse_profiles(self) -> tuple[Array, Array, Array]:
        """Profile of each coarse cell, what profiles are, and the radius up to which they hold."""
        profiles = _Profiles(self.clear.shape[1])
        for clear in self.clear:
            profiles.add(np.flatnonzero(clear < 0))
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
            Coarse cells of the points, -1 beyond the table: they answer most at once.
        """
        if cells is None:
            return self._nearest(choices, longitude, latitude)
        rivals = self._rivals(choices)
        found = rivals.nearest[cells]
        beyond = np.flatnonzero(cells < 0)
        if beyond.size:
            found[beyond] = self._nearest(choices, longitude[beyond], latitude[beyond])
        unsure = np.flatnonzero(found < 0)
        if unsure.size:
            x, y = self.plane.project(longitude[unsure], latitude[unsure])
            found[unsure] = rivals.decide(cells[unsure], x, y)
        return found

    def _nearest(self, choices: tuple[int, ...], longitude: Array, latitude: Array) -> Array:
        x, y = self.plane.project(longitude, latitude)
        least = np.stack([self.outlines[o].least_distance(x, y) for o in choices])
        found, _ = self._rank(choices, least, 0.0)
        unsure = np.flatnonzero(found < 0)
        if unsure.size:
            points = np.asarray(shapely.points(x[unsure], y[unsure]))
            distance = [self.outlines[o].plane_distance(points) for o in choices]
            found[unsure] = np.argmin(distance, axis=0)
        return found

    @lru_cache(maxsize=256)  # noqa: B019  (lives as long as its index)
    def _rivals(self, choices: tuple[int, ...]) -> _Rivals:
        """Return for each coarse cell the nearest of some outlines, or the edges to measure."""
        x, y, spread = self._centres
        least = np.stack([self._least(o) for o in choices])
        nearest, bound = self._rank(choices, least, spread)
        cells = np.flatnonzero(nearest < 0)
        cell, edge, edges, owner, before = [], [], [], [], 0
        for position, o in enumerate(choices):
            rows = cells[least[position, cells] - spread <= bound[cells]]
            row, near = self.outlines[o].edges_within(x[rows], y[rows], bound[rows] + spread)
            cell.append(rows[row])
            edge.append(before + near)
            edges.append(self.outlines[o].plane_edges)
            owner.append(np.full(len(edges[-1]), position))
            before += len(edges[-1])
        of = np.concatenate(cell)
        chosen = np.concatenate(edge)[np.argsort(of, kind="stable")]
        count = np.bincount(of, minlength=len(nearest))
        columns = tuple(np.ascontiguousarray(c) for c in np.concatenate(edges)[chosen].T)
        owners = np.concatenate(owner)[chosen]
        return _Rivals(nearest.astype(np.int8), np.cumsum(count) - count, count, columns, owners)

    @lru_cache(maxsize=256)  # noqa: B019  (lives as long as its index)
    def _least(self, outline: int) -> Array:
        """Return the least distances of the centres of the coarse cells from an outline."""
        x, y, _ = self._centres
        return self.outlines[outline].least_distance(x, y)

    def _rank(self, choices: tuple[int, ...], least: Array, spread: float) -> tuple[Array, Array]:
        """Return the outline surely nearest to all within `spread` of each point, or -1.

        And how far at most the nearest is, whichever it be.
        """
        edge = np.array([[self.outlines[o].edge_m / 2] for o in choices])
        most = np.hypot(least, edge)
        best = most.argmin(axis=0)
        bound = most[best, np.arange(len(best))] + spread
        rivals = (least - spread <= bound).sum(axis=0)
        nowhere = np.isinf(bound)  # no outline at all: the first stands for them
        return np.where((rivals == 1) | nowhere, best, -1), bound


@dataclass(frozen=True)
class _Rivals:
    """Which of some outlines is the nearest to each cell, and what to measure where it is open.

    Attributes
    ----------
    nearest : (cells,) int8
        -1 where more than one outline may be the nearest.
    start, count : (cells,) int
        Where the edges that may be the nearest to a point of an open cell stand.
    edges : four (m,) arrays of float
        First point and step, in plane metres.
    owner : (m,) int
        Which outline each belongs to.
    """

    nearest: Array
    start: Array
    count: Array
    edges: tuple[Array, ...]
    owner: Array

    def decide(self, cells: Array, x: Array, y: Array) -> Array:
        """Return the outline nearest to each of some points of open cells."""
        parts = [slice(i, i + _POINTS) for i in range(0, len(cells), _POINTS)]
        return np.concatenate([self._decide(cells[part], x[part], y[part]) for part in parts])

    def _decide(self, cells: Array, x: Array, y: Array) -> Array:
        count = self.count[cells]
        begin = np.cumsum(count) - count
        edge = _ranges(self.start[cells], self.start[cells] + count)
        ax, ay, dx, dy = (np.take(column, edge) for column in self.edges)
        vx = np.repeat(x, count) - ax
        vy = np.repeat(y, count) - ay
        along = np.clip((vx * dx + vy * dy) / (dx * dx + dy * dy), 0.0, 1.0)
        square = np.square(vx - along * dx) + np.square(vy - along * dy)
        nearest = np.flatnonzero(square == np.repeat(np.minimum.reduceat(square, begin), count))
        first = nearest[np.searchsorted(nearest, begin)]
        return np.asarray(self.owner[edge[first]])


class _Profiles:
    """Labels the sets of outlines that cells lie in, one outline after the other."""

    def __init__(self, cells: int) -> None:
        self.profile = np.zeros(cells, dtype=np.int32)
        self.members = np.zeros((1, 0), dtype=bool)

    def add(self, inside: Array) -> None:
        """Take the positions of the cells that the next outline holds."""
        before = len(self.members)
        present, which = distinct(self.profile[inside], before)
        self.profile[inside] = before + which
        members = np.concatenate([self.members, self.members[present]])
        self.members = np.column_stack([members, np.arange(len(members)) >= before])


def _floor(values: Array) -> Array:
    return np.asarray(np.floor(values), dtype=np.int64)


def _ranges(begin: Array, end: Array) -> Array:
    """Return the whole numbers from each begin (included) to its end (excluded)."""
    count = end - begin
    return np.asarray(np.arange(count.sum()) + np.repeat(begin - (np.cumsum(count) - count), count))
