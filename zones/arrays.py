"""The array type, and what numpy lacks for whole numbers: distinct keys, values, ranges."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def distinct(keys: Array, size: int) -> tuple[Array, Array]:
    """Return the keys that occur, in order, and for each key its position among them.

    Small keys are looked up in a table, which is many times faster than sorting them.

    Parameters
    ----------
    keys : (n,) array of int
        From 0 to `size` - 1; -1 counts as the last of them.

    Examples
    --------
    >>> [found.tolist() for found in distinct(np.array([7, 2, 7]), 10)]
    [[2, 7], [1, 0, 1]]
    """
    occurs = np.zeros(size, dtype=bool)
    occurs[keys] = True
    present = np.flatnonzero(occurs)
    position = np.zeros(size, dtype=np.int32)
    position[present] = np.arange(len(present), dtype=np.int32)
    return present, position[keys]


def occurring(values: Array) -> Array:
    """Return the distinct values, sorted, as `np.unique` does, without its slow first import.

    Examples
    --------
    >>> occurring(np.array([7, 2, 7])).tolist()
    [2, 7]
    """
    ordered = np.sort(values, axis=None)
    return np.asarray(ordered[np.diff(ordered, prepend=ordered[:1] - 1) != 0])


def ranges(begin: Array, end: Array) -> Array:
    """Return the whole numbers from each begin (included) to its end (excluded).

    Examples
    --------
    >>> ranges(np.array([3, 10]), np.array([5, 13])).tolist()
    [3, 4, 10, 11, 12]
    """
    count = end - begin
    return np.asarray(np.arange(count.sum()) + np.repeat(begin - (np.cumsum(count) - count), count))
