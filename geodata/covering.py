"""Which points a shape covers, for threads that share the shape."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geodata.locks import ASKING


def covers(shape: Any, x: npt.NDArray[Any], y: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Tell which of n points a shape covers; a point on its outline is inside.

    One thread at a time: shapely 2.2 corrupts the memory of the process when two threads ask
    `intersects_xy` or `contains_xy` about one geometry (tests/zones/test_threads.py).

    Parameters
    ----------
    shape
        Polygon or MultiPolygon; it is prepared by the first question.
    x, y : (n,) array of float
        In the CRS of the shape; NaN is covered by nothing.

    Examples
    --------
    >>> square = shapely.box(36, 35, 37, 36)
    >>> covers(square, np.array([36.5, 37.0, 38.0]), np.array([35.5, 35.0, 35.5])).tolist()
    [True, True, False]
    """
    with ASKING:
        shapely.prepare(shape)
        return np.asarray(shapely.intersects_xy(shape, x, y))
