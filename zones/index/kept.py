"""Answers on equivalence classes, kept for later incidents of the same class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, Protocol, Self, TypeVar

import numpy as np

from zones.arrays import Array


class Columns(Protocol):
    """Columns of answers, such as verdicts."""

    def __len__(self) -> int: ...
    def take(self, rows: Array) -> Self:
        """Return the answers at positions."""
        ...

    def joined(self, other: Self) -> Self:
        """Return these answers and, after them, others."""
        ...


T = TypeVar("T", bound=Columns)


class Kept(Generic[T]):
    """The answers on classes that occurred before, by their numbers."""

    def __init__(self) -> None:
        self._classes = np.zeros(0, dtype=np.int64)  # in order
        self._position = np.zeros(0, dtype=np.int64)
        self._answers: T | None = None

    def of(self, classes: Array, compute: Callable[[Array], T]) -> T:
        """Return the answer on each of some classes.

        Parameters
        ----------
        classes : (n,) array of int
            Sorted and distinct; answers on those below 0 are not kept.
        compute
            Returns the answers on the classes at some positions of the array.
        """
        at = np.searchsorted(self._classes, classes)
        known = (np.append(self._classes, -1)[at] == classes) & (classes >= 0)
        new = np.flatnonzero(~known)
        if self._answers is None:
            whole = compute(new)
        elif not new.size:
            return self._answers.take(self._position[at])
        else:
            whole = self._answers.joined(compute(new))
        position = np.empty(len(classes), dtype=np.int64)
        position[known] = self._position[at[known]]
        position[new] = len(whole) - len(new) + np.arange(len(new))
        lasting = new[classes[new] >= 0]
        before = len(whole) - len(new)
        self._answers = whole.take(np.append(np.arange(before), position[lasting]))
        numbers = before + np.arange(len(lasting))
        self._position = np.insert(self._position, at[lasting], numbers)
        self._classes = np.insert(self._classes, at[lasting], classes[lasting])
        return whole.take(position)
