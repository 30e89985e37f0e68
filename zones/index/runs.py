"""Whole numbers in a row, most of which repeat the one before: kept as runs of equal ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from zones.arrays import Array, occurring


@dataclass(frozen=True, eq=False)
class Runs:
    """A row of whole numbers, kept as the beginning and the number of each run.

    Attributes
    ----------
    begin : (k,) array of int
        In order; the first is 0.
    number : (k,) array of int
    size
        Length of the row.

    Examples
    --------
    >>> runs = Runs.of(np.array([5, 5, 2, 2, 2]))
    >>> runs.begin.tolist(), runs.number.tolist(), runs.at(np.array([1, 4])).tolist()
    ([0, 2], [5, 2], [5, 2])
    """

    begin: Array
    number: Array
    size: int

    @classmethod
    def of(cls, numbers: Array) -> Runs:
        """Return an array, which must not be empty, as runs."""
        begin = np.flatnonzero(np.diff(numbers, prepend=numbers[:1] - 1) != 0)
        return cls(begin, numbers[begin], len(numbers))

    def at(self, positions: Array) -> Array:
        """Return the numbers at positions."""
        run = np.searchsorted(self.begin, positions, side="right") - 1
        return np.asarray(self.number[run])

    def expanded(self) -> Array:
        """Return all of the numbers, as an array of its own."""
        return np.repeat(self.number, np.diff(self.begin, append=self.size))

    def replaced(self, positions: Array, numbers: Array | int) -> Runs:
        """Return the row with other numbers at some positions, which are distinct and sorted."""
        after = positions + 1
        begin = occurring(np.concatenate([self.begin, positions, after[after < self.size]]))
        found = self.at(begin)
        found[np.searchsorted(begin, positions)] = numbers
        return Runs(begin, found, self.size)


def aligned(several: Sequence[Runs]) -> tuple[Array, list[Array]]:
    """Return where runs of several rows of one size begin, and the number of each row in each."""
    begin = occurring(np.concatenate([runs.begin for runs in several]))
    return begin, [runs.at(begin) for runs in several]
