"""Equivalence classes: incidents that share one verdict, which is computed once and kept.

Two incidents of one class differ in nothing that a verdict depends on. They have the same *site*:
they lie in the same outlines, near the same zone, and on the same side of the country's bounds.
And they have the same *span*: their days lie between the same cuts of the calendar. Sites, spans
and classes are numbered as they occur, for as long as the process lives.
"""

from __future__ import annotations

import numpy as np

from geodata.columns.incidents import Incidents
from geodata.locks import MAKING
from zones.arrays import Array, distinct, occurring
from zones.calendar import Calendar
from zones.index.cells import CellIndex
from zones.index.grid import Grid
from zones.index.runs import Runs, aligned
from zones.places import LocationRules

_CHUNK = 32_768  # rows at a time: what fits a core's cache
_NONE = -1
_BITS = 62  # of a whole number, for sets of outlines
_FEW = 1 << 16  # keys below this are told apart by direct address


def classes_of(
    calendar: Calendar, key: Array, first: Array, last: Array
) -> tuple[Array, Array, Array]:
    """Return the equivalence classes, one incident of each, and for each incident its class.

    Incidents of one key (such as an admin unit and its nearest zone), whose days have the same
    span, differ in nothing that the verdict depends on.

    Parameters
    ----------
    key : (n,) array of int64
        Not negative.
    first, last : (n,) array of int
        Days, both included.

    Returns
    -------
    classes : (m,) array of int64
        In order; the same key and span always have the same number. Below 0 where an incident is
        a class of its own.
    example : (m,) array of int
    which : (n,) array of int
        Positions among the classes.
    """
    span = calendar.span(first, last)
    key = key * calendar.spans + span
    # Which extent covers more of the days, only the days themselves tell.
    changing = [s for s in occurring(span).tolist() if calendar.changes_extents(s)]
    alone = np.flatnonzero(np.isin(span, changing))
    key[alone] = -1 - np.arange(len(alone))
    classes, example, which = np.unique(key, return_index=True, return_inverse=True)
    return classes, example, which.reshape(-1)


class EquivalenceClasses:
    """The equivalence classes of discs; threads may share them.

    Parameters
    ----------
    index
        The cells that tell where a disc lies.
    calendar
        Tells which days are alike.
    rules
        What makes a location usable.
    """

    def __init__(self, index: CellIndex, calendar: Calendar, rules: LocationRules) -> None:
        self._index = index
        self._calendar = calendar
        self._rules = rules
        # A site is the outlines that hold it and a side: what is nearest, whether it lies abroad,
        # whether it is a disc; or, without a location, no outlines and the reasons why.
        self._sites: dict[tuple[int, int], int] = {}
        self._sides = np.zeros(0, dtype=np.int64)
        self._profiles: dict[bytes, int] = {}
        self._nearest: dict[tuple[int, ...], int] = {}
        self._columns: dict[int, int] = {}
        self._column_of = np.full(calendar.spans, _NONE, dtype=np.int32)
        self._changing = np.zeros(0, dtype=bool)
        self._count = 0
        self._classes: Array = np.full((1, 1), _NONE, dtype=np.int32)  # by site and column
        self._fine = self._site_of_cells()
        self._disc_profiles = self._numbered(index.tables.profiles.coarse_members)

    def __len__(self) -> int:
        """How many classes have occurred."""
        return self._count

    def of(self, incidents: Incidents) -> Array:
        """Return the class of each disc, (n,) int32; -1 where no cell decides."""
        n = len(incidents)
        site, column = np.empty(n, dtype=np.int32), np.empty(n, dtype=np.int32)
        x, y, radius = incidents.longitude, incidents.latitude, incidents.radius_m
        for begin in range(0, n, _CHUNK):
            part = slice(begin, begin + _CHUNK)
            first = incidents.first[part]
            last = first if incidents.one_day else incidents.last[part]
            column[part] = self._column(first, last)
            site[part] = self._site(x[part], y[part], radius[part])
        odd = np.flatnonzero(site < 0)
        site[odd] = self._site_of_odd(x[odd], y[odd], radius[odd])
        if not incidents.one_day and self._changing.any():
            site[self._changing[column]] = _NONE
        table = self._classes  # others may put a larger one in its place
        found = table.ravel().take(site * np.int32(table.shape[1]) + column)
        found[site < 0] = _NONE
        new = np.flatnonzero((found < 0) & (site >= 0))
        if new.size:
            with MAKING:
                self._number(site[new], column[new])
                found[new] = self._classes[site[new], column[new]]
        return found

    def _number(self, site: Array, column: Array) -> None:
        """Number the classes that have not occurred before."""
        key = occurring(site.astype(np.int64) * self._classes.shape[1] + column)
        new = key[self._classes.ravel()[key] < 0]
        numbers = self._count + np.arange(len(new), dtype=np.int32)
        self._count += len(new)
        self._classes.ravel()[new] = numbers

    # -- when -------------------------------------------------------------------------------

    def _column(self, first: Array, last: Array) -> Array:
        """Return the columns that the spans of days have in the table of classes."""
        span = self._calendar.span(first, last)
        column = self._column_of[span]
        if (column < 0).any():
            with MAKING:
                new = occurring(span[column < 0]).tolist()
                numbers = [self._columns.setdefault(one, len(self._columns)) for one in new]
                changing = [self._calendar.changes_extents(one) for one in self._columns]
                self._changing = np.array(changing, dtype=bool)
                self._make_room()
                self._column_of[new] = numbers  # last: other threads read this without the lock
            column = self._column_of[span]
        return np.asarray(column)

    # -- where ------------------------------------------------------------------------------

    def _site(self, x: Array, y: Array, radius: Array) -> Array:
        """Return the number of each disc's site; -1 where no cell decides."""
        site = self._fine.take(self._index.tables.fine.cells(x, y)).astype(np.int32)
        discs = np.flatnonzero(radius != 0)
        if discs.size:
            site[discs] = self._site_of_discs(x[discs], y[discs], radius[discs], site[discs])
        return site

    def _site_of_discs(self, x: Array, y: Array, radius: Array, centre: Array) -> Array:
        """Return the sites of discs, given those of their centres; -1 where no cell decides."""
        profiles = self._index.tables.profiles
        cells = self._index.tables.coarse.cells(x, y)
        coarsest = self._rules.coarsest_radius_m
        sure = (radius < profiles.reach[cells]) & (radius <= coarsest) & (centre >= 0)
        site = np.full(len(x), _NONE, dtype=np.int32)
        rows = np.flatnonzero(sure)
        side = self._sides[centre[rows]] + 1  # no longer exact
        site[rows] = self._site_numbers(self._disc_profiles[profiles.coarse[cells[rows]]], side)
        return site

    def _site_of_odd(self, x: Array, y: Array, radius: Array) -> Array:
        """Return the sites of what the tables leave open; -1 for discs near a line."""
        usable, reasons = self._rules.usable(x, y, radius)
        site = np.full(len(x), _NONE, dtype=np.int32)
        lost = np.flatnonzero(~usable)
        site[lost] = self._site_numbers(np.full(len(lost), _NONE), reasons[lost].astype(np.int64))
        rows = np.flatnonzero(usable & (radius == 0))
        x, y = x[rows], y[rows]
        cells = self._index.tables.fine.cells(x, y)
        profile = self._numbered(self._index.tables.profiles_of(x, y, cells))
        nearest = self._side_numbers(self._index.nearest.find(x, y, cells))
        side = nearest * 4 + self._rules.is_abroad(x, y) * 2
        site[rows] = self._site_numbers(profile, side)
        return site

    def _site_of_cells(self) -> Array:
        """Return the site of every fine cell, -1 where its points differ or may differ."""
        tables, nearest = self._index.tables, self._index.nearest
        numbers = self._numbered(tables.profiles.members)
        codes = self._side_numbers(nearest.answers)
        sure = tables.sure.replaced(self._placeholder_cells(tables.fine), _NONE)
        rows = [sure, nearest.code, self._abroad_cells(tables.fine)]
        begin, (profile, code, abroad) = aligned(rows)
        known = np.flatnonzero((profile >= 0) & (code >= 0) & (abroad >= 0))
        site = np.full(len(begin), _NONE, dtype=np.int32)
        side = codes[code[known]] * 4 + abroad[known] * 2
        site[known] = self._site_numbers(numbers[profile[known]], side)
        # Half the bytes are found twice as fast: they are in the processor's cache.
        small = site.astype(np.int16) if len(self._sites) < 1 << 15 else site
        return Runs(begin, small, sure.size).expanded()

    def _abroad_cells(self, grid: Grid) -> Runs:
        """Tell which cells lie beyond the country's bounds: 1 wholly, 0 not at all, -1 in part."""
        west, south, east, north = self._rules.bounds

        def sides(origin: float, step: float, count: int, low: float, high: float) -> Array:
            """Return 0 for stripes within, 1 for those partly within, 2 for those beyond."""
            edge = origin + step * np.arange(count + 1)
            begin, end = edge[:-1] - step * 1e-6, edge[1:] + step * 1e-6
            within = (begin >= low) & (end <= high)
            return np.where(within, 0, np.where((end < low) | (begin > high), 2, 1)).astype(np.int8)

        along = Runs.of(sides(grid.west, grid.step_x, grid.columns, west, east))
        up = sides(grid.south, grid.step_y, grid.rows, south, north)
        begin = np.arange(grid.rows)[:, None] * grid.columns + along.begin
        found = np.array([0, -1, 1], dtype=np.int8)[np.maximum(along.number, up[:, None])]
        return Runs(begin.ravel(), found.ravel(), grid.rows * grid.columns)

    def _placeholder_cells(self, grid: Grid) -> Array:
        """Return the cells in which any point counts as a placeholder."""
        cells = [np.zeros(0, dtype=np.int64)]
        for west, south, east, north in self._rules.placeholder_boxes:
            corners = grid.cells(np.array([west, east]), np.array([south, north]))
            row, column = np.divmod(corners.astype(np.int64), grid.columns)
            rows, columns = (np.arange(a[0] - 1, a[1] + 2) for a in (row, column))
            block = rows.clip(0, grid.rows - 1)[:, None] * grid.columns
            cells.append((block + columns.clip(0, grid.columns - 1)).ravel())
        return occurring(np.concatenate(cells))

    # -- numbers ----------------------------------------------------------------------------

    def _site_numbers(self, profile: Array, side: Array) -> Array:
        """Return the numbers of sites, and number the new ones."""
        if not len(profile):
            return np.zeros(0, dtype=np.int32)
        width = int(side.max()) + 1
        present, which = distinct((profile + 1) * width + side, (int(profile.max()) + 2) * width)
        numbers = np.empty(len(present), dtype=np.int32)
        with MAKING:
            for i, key in enumerate(present.tolist()):
                one = (key // width - 1, key % width)
                numbers[i] = self._sites.setdefault(one, len(self._sites))
            if len(self._sites) > len(self._sides):
                self._sides = np.array([side for _, side in self._sites], dtype=np.int64)
            self._make_room()
        return np.asarray(numbers[which])

    def _numbered(self, members: Array) -> Array:
        """Return the numbers of profiles, given as (n, outlines): which outlines hold each."""
        key = np.zeros(len(members), dtype=np.int64)
        for begin in range(0, members.shape[1], _BITS):
            some = members[:, begin : begin + _BITS]
            word = some @ (np.int64(1) << np.arange(some.shape[1], dtype=np.int64))
            key = word if not begin else _pair_numbers(key, word)
        _, first, which = np.unique(key, return_index=True, return_inverse=True)
        with MAKING:
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
        with MAKING:
            numbers = [
                self._nearest.setdefault(tuple(one), len(self._nearest))
                for one in answers[first].tolist()
            ]
        return np.array(numbers, dtype=np.int64)[which]

    def _make_room(self) -> None:
        rows, columns = self._classes.shape
        if len(self._sites) > rows or len(self._columns) > columns:
            size = max(rows, 2 * len(self._sites)), max(columns, 2 * len(self._columns))
            larger: Array = np.full(size, _NONE, dtype=np.int32)
            larger[:rows, :columns] = self._classes
            self._classes = larger


def _pair_numbers(one: Array, other: Array) -> Array:
    """Return numbers that are the same where both arrays are."""
    _, one = np.unique(one, return_inverse=True)
    present, other = np.unique(other, return_inverse=True)
    return np.asarray(one * len(present) + other)
