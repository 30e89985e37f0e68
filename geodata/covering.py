"""Which points a shape covers, for threads that share the shape."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

__all__ = ["covers"]

_ASKING = threading.Lock()


def covers(shape: Any, x: npt.NDArray[Any], y: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Tell which of n points a shape covers; a point on its outline is inside.

    One thread at a time: shapely 2.2 corrupts the memory of the process when two threads ask
    `intersects_xy` or `contains_xy` about one geometry (tests/test_threads.py).

    Parameters
    ----------
    shape
        Polygon or MultiPolygon; it is prepared by the first question.
    x, y : (n,) array of float
        In the CRS of the shape; NaN is covered by nothing.
    """
    with _ASKING:
        shapely.prepare(shape)
        return np.asarray(shapely.intersects_xy(shape, x, y))
