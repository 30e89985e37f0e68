"""Cases: incidents that cells show to share one answer, which is reckoned once and kept.

Two incidents of one case differ in nothing that a verdict depends on. They lie in the same
outlines, have the same nearest zone and lie on the same side of the country's bounds: that is
their *place*. Their days lie between the same cuts of the calendar: that is their *moment*.
Places, moments and cases are numbered as they turn up, for as long as a process lives.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from zones.index.grid import Grid, distinct
from zones.plane import Array

if TYPE_CHECKING:
    from zones.verdict import Incidents, Judge, Judgements

__all__ = ["Cases"]

_CHUNK = 32_768  # rows at a time: what fits a core's cache
_CELLS = 1 << 18  # cells at a time, while their table is made
_NONE = -1
_BITS = 62  # of a whole number, for sets of outlines
_FEW = 1 << 16  # keys below this are told apart by direct address


class Cases:
    """The cases of one judge; threads may share it.

    Parameters
    ----------
    judge
        Says what matters about an incident, and reckons one incident of each case.
    """

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._index = judge.index
        self._lock = threading.RLock()
        # A place is the outlines that hold it and a side: what is nearest, whether it lies abroad,
        # whether it is a disc; or, without a location, no outlines and the reasons why.
        self._places: dict[tuple[int, int], int] = {}
        self._sides = np.zeros(0, dtype=np.int64)
        self._profiles: dict[bytes, int] = {}
        self._nearest: dict[tuple[int, ...], int] = {}
        self._columns: dict[int, int] = {}
        self._column_of = np.full(judge.calendar.moments, _NONE, dtype=np.int32)
        self._spans = np.zeros(0, dtype=bool)
        self._case: Array = np.full((1, 1), _NONE, dtype=np.int32)
        self._answers: Judgements | None = None
        self._fine = self._place_of_cells()
        self._disc_profiles = self._numbered(self._index.coarse_profiles[1])

    def sort(self, incidents: Incidents) -> tuple[Array, Judgements | None]:
        """Return the case of each incident, -1 where no cell decides, and the answers to cases."""
        n = len(incidents)
        place, column = np.empty(n, dtype=np.int32), np.empty(n, dtype=np.int32)
        for begin in range(0, n, _CHUNK):
            part = slice(begin, begin + _CHUNK)
            some = incidents.part(part)
            column[part] = self._moment(some)
            place[part] = self._place(some)
        odd = np.flatnonzero(place < 0)
        place[odd] = self._place_of_odd(incidents.part(odd))
        if not incidents.one_day and self._spans.any():
            place[self._spans[column]] = _NONE
        table = self._case  # others may put a larger one in its place
        case = table.ravel().take(place * np.int32(table.shape[1]) + column)
        case[place < 0] = _NONE
        new = np.flatnonzero((case < 0) & (place >= 0))
        if new.size:
            with self._lock:
                self._reckon(incidents, new, place[new], column[new])
                case[new] = self._case[place[new], column[new]]
        return case, self._answers

    def _reckon(self, incidents: Incidents, rows: Array, place: Array, column: Array) -> None:
        """Reckon the first incident of each case that nobody has reckoned yet."""
        key = place.astype(np.int64) * self._case.shape[1] + column
        _, first = np.unique(key, return_index=True)
        first = first[self._case[place[first], column[first]] < 0]
        found = self._judge.reckon(incidents.part(rows[first]), by_cells=True)
        known = 0 if self._answers is None else len(self._answers)
        self._answers = found if self._answers is None else self._answers.joined(found)
        self._case[place[first], column[first]] = known + np.arange(len(first), dtype=np.int32)

    # -- when -------------------------------------------------------------------------------

    def _moment(self, incidents: Incidents) -> Array:
        """Return the columns of the moments of incidents."""
        moment = self._judge.calendar.moment(incidents.first, incidents.last)
        column = self._column_of[moment]
        if (column < 0).any():
            with self._lock:
                new = np.unique(moment[column < 0]).tolist()
                numbers = [self._columns.setdefault(one, len(self._columns)) for one in new]
                spans = [self._judge.calendar.spans_extents(one) for one in self._columns]
                self._spans = np.array(spans, dtype=bool)
                self._make_room()
                self._column_of[new] = numbers  # last: other threads read this without the lock
            column = self._column_of[moment]
        return np.asarray(column)

    # -- where ------------------------------------------------------------------------------

    def _place(self, incidents: Incidents) -> Array:
        """Return a number for all that matters about where each incident is; -1 if open."""
        x, y, radius = incidents.longitude, incidents.latitude, incidents.radius_m
        place = self._fine.take(self._index.fine.cells(x, y)).astype(np.int32)
        discs = np.flatnonzero(radius != 0)
        if discs.size:
            place[discs] = self._place_of_discs(x[discs], y[discs], radius[discs], place[discs])
        return place

    def _place_of_discs(self, x: Array, y: Array, radius: Array, centre: Array) -> Array:
        """Return the places of discs, given those of their centres; -1 where no cell decides."""
        profile, _, reach = self._index.coarse_profiles
        cells = self._index.coarse.cells(x, y)
        sure = (radius < reach[cells]) & (radius <= self._judge.coarsest_radius_m) & (centre >= 0)
        place = np.full(len(x), _NONE, dtype=np.int32)
        rows = np.flatnonzero(sure)
        side = self._sides[centre[rows]] + 1  # no longer exact
        place[rows] = self._place_numbers(self._disc_profiles[profile[cells[rows]]], side)
        return place

    def _place_of_odd(self, incidents: Incidents) -> Array:
        """Return the places of incidents that the tables leave open; -1 for discs near a line."""
        x, y, radius = incidents.longitude, incidents.latitude, incidents.radius_m
        reasons = np.zeros(len(x), dtype=np.uint32)
        located = self._judge.locate(x, y, radius, reasons)
        place = np.full(len(x), _NONE, dtype=np.int32)
        lost = np.flatnonzero(~located)
        place[lost] = self._place_numbers(np.full(len(lost), _NONE), reasons[lost].astype(np.int64))
        rows = np.flatnonzero(located & (radius == 0))
        x, y = x[rows], y[rows]
        cells = self._index.fine.cells(x, y)
        profile = self._numbered(self._index.profiles_of(x, y, cells))
        nearest = self._side_numbers(self._index.nearest.tell(x, y, cells))
        side = nearest * 4 + self._judge.is_abroad(x, y) * 2
        place[rows] = self._place_numbers(profile, side)
        return place

    def _place_of_cells(self) -> Array:
        """Return the place of every fine cell, -1 where its points differ or may differ."""
        grid = self._index.fine
        profile, members = self._index.fine_profiles
        nearest = self._index.nearest
        numbers = self._numbered(members)
        codes = self._side_numbers(nearest.answers)
        sides = len(codes) * 2
        size = len(members) * sides
        placeholders = np.zeros(len(profile), dtype=bool)
        placeholders[self._placeholder_cells(grid)] = True
        abroad = self._abroad_cells(grid)
        place = np.full(len(profile), _NONE, dtype=np.int32)
        for begin in range(0, len(place), _CELLS):
            part = slice(begin, begin + _CELLS)
            sure = (profile[part] >= 0) & (nearest.code[part] >= 0) & (abroad[part] >= 0)
            sure &= ~placeholders[part]
            key = profile[part][sure].astype(np.int64) * sides
            key += nearest.code[part][sure] * 2 + abroad[part][sure]
            present, which = distinct(key, size)
            own, side = np.divmod(present, sides)
            found = self._place_numbers(numbers[own], codes[side // 2] * 4 + side % 2 * 2)
            place[part][sure] = found[which]
        # Half the bytes are found twice as fast: they are in the processor's cache.
        return place.astype(np.int16) if len(self._places) < 1 << 15 else place

    def _abroad_cells(self, grid: Grid) -> Array:
        """Tell which cells lie beyond the country's bounds: 1 all of a cell, 0 none, -1 a part."""
        west, south, east, north = self._judge.atlas.meta.bounds

        def sides(origin: float, step: float, count: int, low: float, high: float) -> Array:
            """Return 0 for stripes within, 1 for those partly within, 2 for those beyond."""
            edge = origin + step * np.arange(count + 1)
            begin, end = edge[:-1] - step * 1e-6, edge[1:] + step * 1e-6
            within = (begin >= low) & (end <= high)
            return np.where(within, 0, np.where((end < low) | (begin > high), 2, 1)).astype(np.int8)

        along = sides(grid.west, grid.step_x, grid.columns, west, east)
        up = sides(grid.south, grid.step_y, grid.rows, south, north)
        return np.array([0, -1, 1], dtype=np.int8)[np.maximum(along, up[:, None])].ravel()

    def _placeholder_cells(self, grid: Grid) -> Array:
        """Return the cells in which some point counts as a placeholder."""
        cells = [np.zeros(0, dtype=np.int64)]
        for west, south, east, north in self._judge.placeholder_boxes:
            corners = grid.cells(np.array([west, east]), np.array([south, north]))
            row, column = np.divmod(corners.astype(np.int64), grid.columns)
            rows, columns = (np.arange(a[0] - 1, a[1] + 2) for a in (row, column))
            block = rows.clip(0, grid.rows - 1)[:, None] * grid.columns
            cells.append((block + columns.clip(0, grid.columns - 1)).ravel())
        return np.concatenate(cells)

    # -- numbers ----------------------------------------------------------------------------

    def _place_numbers(self, profile: Array, side: Array) -> Array:
        """Return the numbers of places; a new one is given a number."""
        if not len(profile):
            return np.zeros(0, dtype=np.int32)
        width = int(side.max()) + 1
        present, which = distinct((profile + 1) * width + side, (int(profile.max()) + 2) * width)
        numbers = np.empty(len(present), dtype=np.int32)
        with self._lock:
            for i, key in enumerate(present.tolist()):
                one = (key // width - 1, key % width)
                numbers[i] = self._places.setdefault(one, len(self._places))
            if len(self._places) > len(self._sides):
                self._sides = np.array([side for _, side in self._places], dtype=np.int64)
            self._make_room()
        return np.asarray(numbers[which])

    def _numbered(self, members: Array) -> Array:
        """Return the numbers of profiles, given as (n, outlines) which outlines hold each."""
        key = np.zeros(len(members), dtype=np.int64)
        for begin in range(0, members.shape[1], _BITS):
            some = members[:, begin : begin + _BITS]
            word = some @ (np.int64(1) << np.arange(some.shape[1], dtype=np.int64))
            key = word if not begin else _told_apart(key, word)
        _, first, which = np.unique(key, return_index=True, return_inverse=True)
        with self._lock:
            numbers = [
                self._profiles.setdefault(members[row].tobytes(), len(self._profiles))
                for row in first.tolist()
            ]
        return np.array(numbers, dtype=np.int64)[which]

    def _side_numbers(self, answers: Array) -> Array:
        """Return numbers for what (n, sets) the nearest are."""
        key, size = np.zeros(len(answers), dtype=np.int64), 1
        for members, answer in zip(self._index.sets, answers.T, strict=True):
            key, size = key * len(members) + answer, size * len(members)
        if size <= _FEW:
            present, which = distinct(key, size)
        else:
            present, which = np.unique(key, return_inverse=True)
        first = np.empty(len(present), dtype=np.int64)
        first[which] = np.arange(len(which))
        with self._lock:
            numbers = [
                self._nearest.setdefault(tuple(one), len(self._nearest))
                for one in answers[first].tolist()
            ]
        return np.array(numbers, dtype=np.int64)[which]

    def _make_room(self) -> None:
        rows, columns = self._case.shape
        if len(self._places) > rows or len(self._columns) > columns:
            size = max(rows, 2 * len(self._places)), max(columns, 2 * len(self._columns))
            larger: Array = np.full(size, _NONE, dtype=np.int32)
            larger[:rows, :columns] = self._case
            self._case = larger


def _told_apart(one: Array, other: Array) -> Array:
    """Return numbers that are the same where both arrays are."""
    _, one = np.unique(one, return_inverse=True)
    present, other = np.unique(other, return_inverse=True)
    return np.asarray(one * len(present) + other)
