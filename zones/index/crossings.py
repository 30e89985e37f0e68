"""Which outlines hold a point, by the few edges in its cell.

The line from the middle of a cell to a point in it crosses an outline an odd number of times if
exactly one of the two lies inside. Only edges that touch the cell can be crossed, and where the
middle lies is known. The sign of a side is trusted only if rounding cannot have changed it; points
that stay in doubt, such as one on an edge, are looked up in the whole outline.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from zones.arrays import Array, occurring, ranges
from zones.index.grid import Grid
from zones.shares import Outline

_DOUBT = 3.4e-16
"""Rounding of a side by its size: (3 + 16 e) e with e = 2^-53, ccwerrboundA in J. R. Shewchuk,
Adaptive Precision Floating-Point Arithmetic and Fast Robust Geometric Predicates (1997)."""

_NEAR = 1e-9  # of a cell: a middle so near to an edge may have been counted to the other side


class Crossings:
    """The edges of outlines, cell by cell.

    Parameters
    ----------
    grid
        The cells.
    outlines
        Polygons; their order is that of the answers.
    touched
        For each outline, pairs of a cell and an edge that touches it, as from `Grid.classify`.

    Attributes
    ----------
    cells : (cells,) array of int
        Those that any edge touches, in order.
    """

    def __init__(
        self, grid: Grid, outlines: Sequence[Outline], touched: Sequence[tuple[Array, Array]]
    ) -> None:
        self._outlines = outlines
        cell = np.concatenate([np.zeros(0, np.int64), *(cells for cells, _ in touched)])
        order = np.argsort(cell, kind="stable")
        owner = np.repeat(np.arange(len(touched)), [len(cells) for cells, _ in touched])
        edges = [np.zeros((0, 4))]
        edges += [
            Grid.edges(outline.shape)[which]
            for outline, (_, which) in zip(outlines, touched, strict=True)
        ]
        self._owner = owner[order]
        self._edges = tuple(
            np.ascontiguousarray(column) for column in np.concatenate(edges)[order].T
        )
        self.cells, self._start, self._count = np.unique(
            cell[order], return_index=True, return_counts=True
        )
        self._middle = grid.centres(self.cells)
        mx, my = (np.repeat(column, self._count) for column in self._middle)
        ax, ay, bx, by = self._edges
        side, _ = _side(ax, ay, bx, by, mx, my)
        self._left = side > 0
        near = _NEAR * min(grid.step_x, grid.step_y)
        self._unsure = np.abs(side) <= near * np.hypot(bx - ax, by - ay)

    def cross(self, held: Array, longitude: Array, latitude: Array, cells: Array) -> None:
        """Turn answers about the middles of cells into answers about points of the cells, in place.

        Parameters
        ----------
        held : (n, outlines) array of bool
            Which outlines hold the middle of each point's cell.
        longitude, latitude : (n,) array of float
            The points, in degrees (EPSG:4326).
        cells : (n,) array of int
            Their cells.
        """
        if not len(self.cells):
            return
        at = np.searchsorted(self.cells[:-1], cells)
        count = np.where(self.cells[at] == cells, self._count[at], 0)
        pair = ranges(self._start[at], self._start[at] + count)
        row = np.repeat(np.arange(len(cells)), count)
        ax, ay, bx, by = (column[pair] for column in self._edges)
        side, doubt = _side(ax, ay, bx, by, longitude[row], latitude[row])
        unsure = doubt | self._unsure[pair]
        apart = np.flatnonzero(((side > 0) != self._left[pair]) | unsure)
        pair, row, unsure = pair[apart], row[apart], unsure[apart]
        mx, my = (column[at[row]] for column in self._middle)
        x, y = longitude[row], latitude[row]
        ax, ay, bx, by = (column[apart] for column in (ax, ay, bx, by))
        begin, doubtful = _side(mx, my, x, y, ax, ay)
        end, doubt = _side(mx, my, x, y, bx, by)
        unsure |= doubtful | doubt
        answer = row * held.shape[1] + self._owner[pair]
        crossed, times = np.unique(answer[~unsure & ((begin > 0) != (end > 0))], return_counts=True)
        flat = held.reshape(-1)
        flat[crossed[times % 2 == 1]] ^= True
        asked, outline = np.divmod(occurring(answer[unsure]), held.shape[1])
        for o in occurring(outline).tolist():
            rows = asked[outline == o]
            held[rows, o] = self._outlines[o].covers(longitude[rows], latitude[rows])


def _side(ax: Array, ay: Array, bx: Array, by: Array, x: Array, y: Array) -> tuple[Array, Array]:
    """Return on which side of lines from a to b points lie (left: positive), and which may not."""
    one, other = (ax - x) * (by - y), (ay - y) * (bx - x)
    side = one - other
    return side, np.abs(side) <= _DOUBT * (np.abs(one) + np.abs(other))
