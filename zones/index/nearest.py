"""Which of several outlines is nearest on the ground: exact, because close calls stay open.

Distances are compared in a plane, whose scale differs from place to place; two that are nearly
equal there are measured on the ellipsoid. Coarse cells with one candidate are decided at once. The
others are divided again and again, and each part inherits only the edges that may still be the
nearest to some point in it. A small part that still has several candidates keeps these few edges,
and the distances of points in it are measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import shapely

from zones.arrays import Array, ranges
from zones.index.grid import Grid
from zones.index.runs import Runs
from zones.plane import Plane
from zones.shares import Outline

_DIVISIONS = (2, 2, 3)
DIVISION = 12
"""Into how many columns and rows a coarse cell is divided."""

_AT_ONCE = 1 << 15  # edges measured at a time: what fits a core's cache
_SURE = 1.000001  # more than distances are rounded by


def nearest_of(outlines: Sequence[Outline], longitude: Array, latitude: Array) -> Array:
    """Return the position of the outline nearest to each point; of equals, the first.

    The distance to vertices rules out most outlines; where two are nearly as near, their edges are
    measured, and on the ellipsoid where the plane cannot tell: far away, it never can.

    Parameters
    ----------
    outlines
        At least one, all on one plane; any may be empty.
    longitude, latitude : (n,) array of float
        Degrees, EPSG:4326.
    """
    plane = outlines[0].plane
    x, y = plane.project(longitude, latitude)
    slack = plane.distortion(x, y) * _SURE
    least = np.stack([outline.least_distance(x, y) for outline in outlines])
    most = np.hypot(least, np.array([[outline.edge_m / 2] for outline in outlines]))
    bound = most.min(axis=0)
    found = np.asarray(most.argmin(axis=0))
    open_rows = np.flatnonzero(((least <= bound * slack).sum(axis=0) > 1) & np.isfinite(bound))
    if open_rows.size:
        near = np.ones((len(outlines), len(open_rows)), dtype=bool)
        can_tell = np.flatnonzero(~plane.is_far(x[open_rows], y[open_rows]))
        rows = open_rows[can_tell]
        if rows.size:
            points = np.asarray(shapely.points(x[rows], y[rows]))
            distance = np.stack([outline.plane_distance(points) for outline in outlines])
            found[rows] = distance.argmin(axis=0)
            near[:, can_tell] = distance <= distance.min(axis=0) * slack[rows]
        tied = np.flatnonzero(near.sum(axis=0) > 1)
        rows = open_rows[tied]
        found[rows] = _on_ground(outlines, longitude[rows], latitude[rows], near[:, tied])
    return found


def _on_ground(
    outlines: Sequence[Outline], longitude: Array, latitude: Array, near: Array
) -> Array:
    """Return the position of the nearest outline on the ellipsoid, of those that are `near`."""
    places, which = np.unique(longitude + 1j * latitude, return_inverse=True)
    longitude, latitude = places.real, places.imag
    rivals = np.zeros((len(outlines), len(places)), dtype=bool)
    for one, mine in zip(rivals, near, strict=True):
        one[which[mine]] = True
    low, high = np.stack([one.ground_bounds(longitude, latitude) for one in outlines], axis=1)
    rivals &= low <= np.where(rivals, high, np.inf).min(axis=0)
    metres = np.where(rivals, 0.0, np.inf)
    rivals &= rivals.sum(axis=0) > 1
    for outline, own, mine in zip(outlines, metres, rivals, strict=True):
        if mine.any():
            own[mine] = np.abs(outline.distance(longitude[mine], latitude[mine])[0])
    return np.asarray(metres.argmin(axis=0)[which])


@dataclass(frozen=True, eq=False)
class Edges:
    """The edges that matter to each of some cells, by outline: `count` of them from `start` on."""

    start: Array
    count: Array
    edge: Array

    def of(self, cells: Array) -> Edges:
        """Return the edges of some of the cells."""
        return Edges(self.start[cells], self.count[cells], self.edge)

    def distinct(self) -> tuple[Edges, Array]:
        """Return the distinct lists of edges, and for each cell the position of its own."""
        numbers: dict[bytes, int] = {}
        which = [
            numbers.setdefault(self.edge[start : start + count].tobytes(), len(numbers))
            for start, count in zip(self.start.tolist(), self.count.tolist(), strict=True)
        ]
        lists = [np.frombuffer(content, dtype=self.edge.dtype) for content in numbers]
        count = np.array([len(one) for one in lists], dtype=np.int64)
        edge = np.concatenate([self.edge[:0], *lists])
        return Edges(np.cumsum(count) - count, count, edge), np.array(which, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Division:
    """What is known of the outline nearest to each cell, for each of several sets of outlines.

    Attributes
    ----------
    sets
        Positions of outlines, each in the order in which a tie is broken.
    outlines
        Positions of the outlines whose edges are numbered in `edges`, one after the other.
    answers : (m, sets) array of int
        The distinct answers: for each set the position in it of the nearest outline.
    code : (cells of the divided grid,) array of int, as `Runs`
        Which answer holds for the whole cell; -1 where that is open, and on the rim.
    cells : (k,) array of int
        The open cells, in order.
    known : (u, sets) array of int
        What is known of the open cells, -1 where it is not: the distinct rows.
    edges
        Which edges may be the nearest somewhere in an open cell: the distinct lists.
    which_known, which_edges : (k,) array of int
        The row, and the list, of each open cell.
    """

    sets: tuple[tuple[int, ...], ...]
    outlines: tuple[int, ...]
    answers: Array
    code: Runs
    cells: Array
    known: Array
    edges: Edges
    which_known: Array
    which_edges: Array

    def among(self, sets: Sequence[tuple[int, ...]]) -> Division:
        """Return the part of this that concerns some of the sets."""
        columns = [self.sets.index(one) for one in sets]
        if columns == list(range(len(self.sets))):
            return self
        answers, code = np.unique(self.answers[:, columns], axis=0, return_inverse=True)
        known, codes = self.known[:, columns], np.append(code.reshape(-1), -1)
        runs = replace(self.code, number=codes[self.code.number])
        # A cell that is open for other sets alone is none any more.
        full = np.asarray((known >= 0).all(axis=1))
        whole = full[self.which_known]
        left = np.flatnonzero(~whole)
        of_full = len(answers) + np.cumsum(full) - 1
        return Division(
            tuple(sets),
            self.outlines,
            np.concatenate([answers, known[full]]),
            runs.replaced(self.cells[whole], of_full[self.which_known[whole]]),
            self.cells[left],
            known,
            self.edges,
            self.which_known[left],
            self.which_edges[left],
        )


class Nearest:
    """Finds the outline nearest to a point, for each of several sets of outlines.

    Parameters
    ----------
    outlines
        Polygons, in the order by which the sets name them; any may be empty.
    division
        What is known for each cell.
    plane
        Where distances are compared.
    coarse
        The cells before they were divided; they cover all points that cells are to decide.
    """

    def __init__(
        self, outlines: Sequence[Outline], division: Division, plane: Plane, coarse: Grid
    ) -> None:
        self.sets = division.sets
        self.answers, self.code = division.answers, division.code
        self._division = division
        self._measures = Measures(outlines, division.outlines, plane, coarse)
        self._sets = self._measures.positions(division.sets)

    def find(self, longitude: Array, latitude: Array, cells: Array) -> Array:
        """Return (n, sets): the positions of the nearest outlines, for points anywhere.

        Parameters
        ----------
        longitude, latitude : (n,) array of float
            Degrees, EPSG:4326.
        cells : (n,) array of int
            Their cells in the divided grid; those on its rim stand for all points beyond.
        """
        code = self.code.at(cells)
        found: Array = self.answers[code]
        rows = np.flatnonzero(code < 0)
        if rows.size:
            found[rows] = self._measure(longitude[rows], latitude[rows], cells[rows])
        return found

    def _measure(self, longitude: Array, latitude: Array, cells: Array) -> Array:
        measures, division = self._measures, self._division
        x, y = measures.plane.project(longitude, latitude)
        found = np.full((len(x), len(self._sets)), -1)
        if len(division.cells):
            at = np.searchsorted(division.cells[:-1], cells)
            kept = np.flatnonzero(division.cells[at] == cells)
            found[kept] = division.known[division.which_known[at[kept]]]
            edges = division.edges.of(division.which_edges[at[kept]])
            for part in measures.distances(edges, x[kept], y[kept]):
                rows = kept[part.points]
                near = [self._near(part.least[:, members]) for members in self._sets]
                tied = np.any([one.sum(axis=1) > 1 for one in near], axis=0)
                least = measures.on_ground(part, tied, longitude[rows], latitude[rows])
                for s, members in enumerate(self._sets):
                    nearest = np.where(near[s], least[:, members], np.inf).argmin(axis=1)
                    found[rows, s] = np.where(found[rows, s] < 0, nearest, found[rows, s])
        for s, members in enumerate(self._sets):
            rows = np.flatnonzero(found[:, s] < 0)  # beyond the cells
            if rows.size:
                outlines = [measures.outlines[o] for o in members]
                found[rows, s] = nearest_of(outlines, longitude[rows], latitude[rows])
        return found

    def _near(self, square: Array) -> Array:
        """Tell which outlines may be the nearest, by (n, outlines) squared distances."""
        return np.asarray(square <= square.min(axis=1, keepdims=True) * self._measures.slack**2)


class Lengths(NamedTuple):
    """Lengths from some points to edges near them, in the plane, corrected for its scale.

    Attributes
    ----------
    points
        Which of the points these are.
    row, edge, foot_x, foot_y, square : (m,) arrays
        Position among these points, edge, the nearest point of the edge in plane metres, and the
        square of the length: one for each pair of a point and an edge, in order of the points.
    least : (n, outlines) array
        The least square by point and outline; infinite where an outline has no edge there.
    """

    points: slice
    row: Array
    edge: Array
    foot_x: Array
    foot_y: Array
    square: Array
    least: Array


class Measures:
    """Distances from points of a plane to edges of outlines.

    Parameters
    ----------
    outlines
        Polygons, in the order by which `used` names them; any may be empty.
    used
        Positions of those whose edges are numbered, one outline after the other.
    plane, coarse
        As for `Nearest`.
    """

    def __init__(
        self, outlines: Sequence[Outline], used: tuple[int, ...], plane: Plane, coarse: Grid
    ) -> None:
        self.plane = plane
        self.used = used
        self.outlines = [outlines[o] for o in used]
        x, y = coarse.corners_in(plane)
        self.distortion = float(plane.distortion(x, y).max()) * _SURE
        self.slack = (1.0 + 2.0 * float(plane.doubt(x, y).max())) * _SURE

    def positions(self, sets: Sequence[tuple[int, ...]]) -> list[Array]:
        """Return the positions of the sets' outlines among those used."""
        return [np.array([self.used.index(o) for o in one]) for one in sets]

    @cached_property
    def owner(self) -> Array:
        """(m,) The position of each edge's outline among those used."""
        counts = [len(outline.plane_edges) for outline in self.outlines]
        return np.repeat(np.arange(len(counts)), counts)

    @cached_property
    def _edges(self) -> list[Array]:
        every = [np.zeros((0, 4)), *(outline.plane_edges for outline in self.outlines)]
        return [np.ascontiguousarray(column) for column in np.concatenate(every).T]

    def on_ground(self, part: Lengths, tied: Array, longitude: Array, latitude: Array) -> Array:
        """Return the least lengths, those of the points that are `tied` as metres on the ellipsoid.

        `tied` is (n,) of bool, longitude and latitude are (n,) degrees. An edge is measured unless
        another of its outline is surely nearer.
        """
        if not tied.any():
            return part.least
        rows = np.flatnonzero(tied[part.row])
        row, outline = part.row[rows], self.owner[part.edge[rows]]
        close = part.square[rows] <= part.least[row, outline] * self.slack**2
        rows, row, outline = rows[close], row[close], outline[close]
        x, y = self.plane.unproject(part.foot_x[rows], part.foot_y[rows])
        _, _, metres = self.plane.geod.inv(longitude[row], latitude[row], x, y)
        least = part.least.copy()
        least[tied] = np.inf
        np.minimum.at(least, (row, outline), metres)
        return least

    def distances(self, edges: Edges, x: Array, y: Array) -> Iterator[Lengths]:
        """Yield the lengths from points to their edges, part by part (`Plane.mean_scale`)."""
        total = np.cumsum(edges.count)
        begin = 0
        while begin < len(x):
            before = total[begin - 1] if begin else 0
            stop = max(begin + 1, int(np.searchsorted(total, before + _AT_ONCE, side="right")))
            part = slice(begin, stop)
            count = edges.count[part]
            edge = edges.edge[ranges(edges.start[part], edges.start[part] + count)]
            row = np.repeat(np.arange(stop - begin), count)
            ax, ay, dx, dy = (np.take(column, edge) for column in self._edges)
            px, py = x[part][row], y[part][row]
            along = (px - ax) * dx + (py - ay) * dy
            along /= dx * dx + dy * dy
            np.clip(along, 0.0, 1.0, out=along)
            foot_x, foot_y = ax + along * dx, ay + along * dy
            square = np.square(px - foot_x) + np.square(py - foot_y)
            square /= np.square(self.plane.mean_scale(px, py, foot_x, foot_y))
            key = row * len(self.outlines) + self.owner[edge]
            least = np.full((stop - begin) * len(self.outlines), np.inf)
            if len(key):
                first = np.flatnonzero(np.diff(key, prepend=-1))
                least[key[first]] = np.minimum.reduceat(square, first)
            shaped = least.reshape(stop - begin, -1)
            yield Lengths(part, row, edge, foot_x, foot_y, square, shaped)
            begin = stop


class Divider:
    """Divides cells until the nearest outline of each set is known, or few edges are left.

    Parameters
    ----------
    outlines, sets
        As for `Division`: polygons, and positions of them.
    plane
        Where distances are compared.
    coarse
        Cells to begin with.
    """

    def __init__(
        self,
        outlines: Sequence[Outline],
        sets: Sequence[tuple[int, ...]],
        plane: Plane,
        coarse: Grid,
    ) -> None:
        used = tuple(sorted({o for one in sets for o in one}))
        self._measures = Measures(outlines, used, plane, coarse)
        self._sets = self._measures.positions(sets)
        self._codes: dict[tuple[int, ...], int] = {}
        cells, known, edges = self._divide(coarse)
        answers = np.array(list(self._codes), dtype=np.int64).reshape(-1, len(sets))
        # Most cells that are open share their edges, and what is known, with their neighbours.
        known, which = np.unique(known, axis=0, return_inverse=True)
        lists, which_edges = edges.distinct()
        self.division = Division(
            tuple(sets),
            used,
            answers,
            Runs.of(self.code),
            cells,
            known,
            lists,
            which.reshape(-1),
            which_edges,
        )

    def _divide(self, grid: Grid) -> tuple[Array, Array, Edges]:
        """Fill in the codes; return the cells that stay open, their answers so far and edges."""
        finest = grid.divided(DIVISION)
        x, y, spread = grid.centres_in(self._measures.plane)
        nothing = [np.zeros((len(x), 0))]
        least = np.stack(
            [o.least_distance(x, y) for o in self._measures.outlines] or nothing, axis=-1
        )
        most = np.hypot(
            least, np.array([outline.edge_m for outline in self._measures.outlines]) / 2
        )
        unknown = np.full((len(x), len(self._sets)), -1)
        # The scale is 1 or more: a length on the ground is no longer than in the plane.
        answer, rival = self._compare(least / self._measures.distortion, most, spread, unknown)
        reach = (most + 2 * spread) * self._measures.distortion
        cells, edges = np.arange(len(x)), self._near_edges(x, y, reach, rival)
        code = self._coded(answer).reshape(grid.rows, grid.columns)
        self.code = np.repeat(np.repeat(code, DIVISION, axis=0), DIVISION, axis=1).ravel()
        for division in _DIVISIONS:
            is_open = (answer < 0).any(axis=1)
            cells = grid.parts(cells[is_open], division).ravel()
            parent = np.repeat(np.flatnonzero(is_open), division**2)
            grid = grid.divided(division)
            x, y, spread = grid.centres_in(self._measures.plane, cells)
            answer, edges = self._sift(edges.of(parent), x, y, spread, answer[parent])
            fine = grid.parts(cells, finest.columns // grid.columns)
            self.code[fine] = self._coded(answer)[:, None]
        # Cells on the rim stand for all beyond: nothing that is kept of one holds there.
        left = np.flatnonzero((answer < 0).any(axis=1) & ~np.isin(cells, finest.rim))
        cells, answer, edges = cells[left], answer[left], edges.of(left)
        self.code[cells] = -1
        self.code[finest.rim] = -1
        order = np.argsort(cells)
        return cells[order], answer[order], edges.of(order)

    def _coded(self, answers: Array) -> Array:
        """Return the codes of answers, and give new ones a code; an open one has none."""
        key = np.zeros(len(answers), dtype=np.int64)
        for members, answer in zip(self._sets, answers.T, strict=True):
            key = key * (len(members) + 1) + answer + 1
        _, first, which = np.unique(key, return_index=True, return_inverse=True)
        codes = [
            -1 if min(one) < 0 else self._codes.setdefault(tuple(one), len(self._codes))
            for one in answers[first].tolist()
        ]
        return np.array(codes, dtype=np.int32)[which]

    def _near_edges(self, x: Array, y: Array, reach: Array, rival: Array) -> Edges:
        """Return the edges that may be the nearest of their outline somewhere in each cell."""
        cell, edge, before = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], 0
        for o, outline in enumerate(self._measures.outlines):
            rows = np.flatnonzero(rival[:, o])
            row, near = outline.edges_within(x[rows], y[rows], reach[rows, o])
            cell.append(rows[row])
            edge.append(before + near)
            before += len(outline.plane_edges)
        of = np.concatenate(cell)
        of = of.astype(np.uint16) if len(x) < 1 << 16 else of  # these are sorted much faster
        count = np.bincount(of, minlength=len(x))
        order = np.argsort(of, kind="stable")
        return Edges(np.cumsum(count) - count, count, np.concatenate(edge)[order])

    def _sift(
        self, edges: Edges, x: Array, y: Array, spread: float, known: Array
    ) -> tuple[Array, Edges]:
        """Return the answers of cells, -1 where open, and their edges that still matter."""
        answers = np.empty_like(known)
        count = np.zeros(len(x), dtype=np.int64)
        kept = [np.zeros(0, dtype=np.int64)]
        for part, row, edge, _, _, square, least in self._measures.distances(edges, x, y):
            distance = np.sqrt(least)
            answers[part], rival = self._compare(distance, distance, spread, known[part])
            reach = np.where(rival, distance + 2 * spread, -1.0)[row, self._measures.owner[edge]]
            stay = np.sqrt(square) <= reach * self._measures.slack
            kept.append(edge[stay])
            count[part] = np.bincount(row[stay], minlength=len(distance))
        return answers, Edges(np.cumsum(count) - count, count, np.concatenate(kept))

    def _compare(
        self, least: Array, most: Array, spread: float, known: Array
    ) -> tuple[Array, Array]:
        """Return for each set the outline nearest to all within `spread`, -1 where open.

        And which outlines may be the nearest of an open set. `least` and `most` are (n, outlines)
        bounds of their distances; what is already `known` stays.
        """
        answers, rival = known.copy(), np.zeros(least.shape, dtype=bool)
        for s, members in enumerate(self._sets):
            bound = most[:, members].min(axis=1)
            near = least[:, members] <= ((bound + 2 * spread) * self._measures.slack)[:, None]
            nowhere = np.isinf(bound)  # no outline at all: the first stands for them
            sure = (near.sum(axis=1) == 1) | nowhere
            first = np.where(nowhere, 0, near.argmax(axis=1))
            answers[:, s] = np.where(known[:, s] >= 0, known[:, s], np.where(sure, first, -1))
            rival[:, members] |= near & (answers[:, s] < 0)[:, None]
        return answers, rival
