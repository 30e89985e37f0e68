"""Cells over a rectangle of degrees, and which of them an outline touches or holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from geodata.schema import Polygonal
from zones.arrays import Array, occurring, ranges
from zones.plane import Plane

_SLACK = 1e-6  # of a cell: more than numbers are rounded by


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
        """Return the cell of each point; an outermost one for a point beyond the grid, or NaN.

        So callers whose points may lie beyond give the outermost cells no answer.
        """
        inner = len(x) and bool(
            x.min() >= self.west
            and x.max() < self.east
            and y.min() >= self.south
            and y.max() < self.north
        )  # false for NaN, too
        scratch = np.empty(len(x))
        column, cell = np.empty(len(x), dtype=np.int32), np.empty(len(x), dtype=np.int32)
        for values, origin, step, count, target in (
            (x, self.west, self.step_x, self.columns, column),
            (y, self.south, self.step_y, self.rows, cell),
        ):
            np.subtract(values, origin, out=scratch)
            np.multiply(scratch, 1.0 / step, out=scratch)
            if not inner:
                np.nan_to_num(scratch, copy=False, nan=0.0)
            np.clip(scratch, 0, count - 1, out=scratch)
            np.copyto(target, scratch, casting="unsafe")  # none is negative: this rounds down
        np.multiply(cell, self.columns, out=cell)
        np.add(cell, column, out=cell)
        return cell

    def divided(self, division: int) -> Grid:
        """Return the grid whose cells are so many times smaller each way."""
        return Grid(
            self.west,
            self.south,
            self.step_x / division,
            self.step_y / division,
            self.columns * division,
            self.rows * division,
        )

    def parts(self, cells: Array, division: int) -> Array:
        """Return (n, division^2): the cells of the divided grid that make up each of n cells."""
        row, column = np.divmod(cells, self.columns)
        up, along = np.divmod(np.arange(division**2), division)
        rows = row[:, None] * division + up
        return np.asarray(rows * (self.columns * division) + column[:, None] * division + along)

    @property
    def rim(self) -> Array:
        """The outermost cells."""
        along, up = np.arange(self.columns), np.arange(self.rows) * self.columns
        top, right = (self.rows - 1) * self.columns, self.columns - 1
        return np.concatenate([along, top + along, up, up + right])

    def centres(self, cells: Array | None = None) -> tuple[Array, Array]:
        """Return the longitude and the latitude of the centre of some cells, or of all."""
        if cells is None:
            cells = np.arange(self.rows * self.columns)
        row, column = np.divmod(cells, self.columns)
        return self.west + (column + 0.5) * self.step_x, self.south + (row + 0.5) * self.step_y

    def corners_in(self, plane: Plane) -> tuple[Array, Array]:
        """Return the four corners of the whole grid, in metres of a plane."""
        longitude = np.array([self.west, self.west, self.east, self.east])
        return plane.project(longitude, np.array([self.south, self.north] * 2))

    def centres_in(self, plane: Plane, cells: Array | None = None) -> tuple[Array, Array, float]:
        """Return the centres, and how far a corner can be from them, in metres of a plane."""
        longitude, latitude = self.centres(cells)
        x, y = plane.project(longitude, latitude)
        if not len(x):
            return x, y, 0.0
        half_x, half_y = self.step_x / 2, self.step_y / 2
        corners = [plane.project(longitude + e * half_x, latitude - half_y) for e in (-1, 1)]
        spread = max(np.hypot(cx - x, cy - y).max() for cx, cy in corners)
        return x, y, float(spread) * 1.01

    def classify(self, shape: Polygonal) -> tuple[Array, Array, Array]:
        """Return the cells that an outline's edges touch, and the cells whose centre it holds.

        The first two arrays are pairs of a cell and an edge, as numbered by `edges`. An edge that
        runs along the side of a cell touches it, too. The outline must lie within the grid.
        """
        if shape.is_empty:
            none = np.zeros(0, dtype=np.int64)
            return none, none, none
        edges = self.edges(shape)
        origin, step = (
            np.array([self.west, self.south] * 2),
            np.array([self.step_x, self.step_y] * 2),
        )
        x0, y0, x1, y1 = ((edges - origin) / step).T
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
            (np.minimum(lower + up, upper) * self.columns + np.minimum(left + along, right))
            * len(edges)
            + which
            for up in range(int((upper - lower).max()) + 1)
            for along in range(int((right - left).max()) + 1)
        ]
        cell, edge = np.divmod(occurring(np.concatenate(touched)), len(edges))

        # Scan lines through the centres: each edge crossed toggles all cells to the east of it.
        first = np.ceil(np.minimum(y0, y1) - 0.5).astype(np.int64)
        stop = np.ceil(np.maximum(y0, y1) - 0.5).astype(np.int64)
        which = np.repeat(np.arange(len(x0)), stop - first)
        row = first[which] + np.arange(len(which)) - (np.cumsum(stop - first) - stop + first)[which]
        along = (row + 0.5 - y0[which]) / (y1 - y0)[which]
        column = np.ceil(x0[which] + (x1 - x0)[which] * along - 0.5).astype(np.int64)
        order = np.lexsort((column, row))
        begin, end = (row * self.columns + column)[order].reshape(-1, 2).T
        return cell, edge, ranges(begin, end)

    @staticmethod
    def edges(shape: Polygonal) -> Array:
        """(m, 4) first and last point of each edge of a shape, in the order of its rings."""
        rings = shapely.get_rings(shapely.get_parts(shape))
        points, ring = shapely.get_coordinates(rings, return_index=True)
        same = ring[:-1] == ring[1:]
        return np.column_stack([points[:-1][same], points[1:][same]])


def _floor(values: Array) -> Array:
    return np.asarray(np.floor(values), dtype=np.int64)
