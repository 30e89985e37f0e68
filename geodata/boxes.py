"""Which of many boxes about points reach into which cells of a grid of degrees."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Boxes:
    """Boxes about points, by the cells of a grid of degrees that they reach into.

    Parameters
    ----------
    x, y : (n,) float
        Middles, longitude and latitude in degrees.
    across, up : (n,) float
        Half the size of each, in degrees.
    """

    SIZE = 0.02  # degrees: about the size of a village's box
    ROW = 1 << 20  # more than the cells of a parallel

    def __init__(self, x: Floats, y: Floats, across: Floats, up: Floats) -> None:
        west, south = self._cell(x - across), self._cell(y - up)
        columns, rows = self._cell(x + across) - west + 1, self._cell(y + up) - south + 1
        box, step = _spread(columns * rows)
        key = (south[box] + step // columns[box]) * self.ROW + west[box] + step % columns[box]
        order = np.argsort(key, kind="stable")
        self.key, self.box = key[order], box[order]

    def find(self, x: Floats, y: Floats) -> tuple[Ints, Ints]:
        """Pair (k,) points with the boxes that reach into their cell: point and box of each."""
        known = np.isfinite(x) & np.isfinite(y)
        key = self._cell(np.where(known, y, 0)) * self.ROW + self._cell(np.where(known, x, 0))
        begin, end = (np.searchsorted(self.key, key, side=side) for side in ("left", "right"))
        asked, step = _spread(np.where(known, end - begin, 0))
        return asked, self.box[begin[asked] + step]

    @classmethod
    def _cell(cls, degrees: Floats) -> Ints:
        return np.floor((degrees + 360) / cls.SIZE).astype(np.int64)


def _spread(counts: Ints) -> tuple[Ints, Ints]:
    """Repeat each position as often as its count says, and number the repeats from 0."""
    position = np.repeat(np.arange(len(counts)), counts)
    return position, np.arange(len(position)) - np.repeat(np.cumsum(counts) - counts, counts)
