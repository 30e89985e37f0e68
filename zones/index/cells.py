"""The cells of the fast index: they decide only what lies clear of every outline.

Two tables of cells cover the country. A *fine* one is for exact points: a cell that no outline
touches lies wholly inside or outside of each, so all its points share one answer. A *coarse* one
is for discs: each cell knows its distance from each outline, so a disc smaller than that lies
wholly on one side. What no cell decides is computed one by one, so the answers are exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from zones.arrays import Array, distinct, occurring
from zones.index.crossings import Crossings
from zones.index.grid import Grid
from zones.index.nearest import DIVISION, Divider, Division, Nearest
from zones.index.runs import Runs
from zones.plane import Plane
from zones.shares import Outline

_COARSE_M = 3_000.0
_AROUND = 0.3  # degrees beyond the country that the cells still cover
_MARGIN = 1.002  # more than the plane's scale departs from 1


@dataclass(frozen=True, eq=False)
class Profiles:
    """The sets of outlines that hold each cell, and how far they hold good.

    Attributes
    ----------
    centre : (fine cells,) array of int, as `Runs`
        The profile of each cell's centre.
    members : (profiles, outlines) array of bool
        Which outlines hold a profile.
    touched
        For each outline, pairs of a fine cell and an edge that touches it (`Grid.classify`).
    coarse : (coarse cells,) array of int
        The profile of each coarse cell.
    coarse_members : (coarse profiles, outlines) array of bool
        As `members`.
    reach : (coarse cells,) array of float32
        The radius in metres below which the profile holds for discs around points of the cell.
    """

    centre: Runs
    members: Array
    touched: Sequence[tuple[Array, Array]]
    coarse: Array
    coarse_members: Array
    reach: Array


class Tables:
    """The cells of both tables, for a list of outlines.

    Parameters
    ----------
    outlines
        Polygons; their order is that of the columns of a profile.
    plane
        Where distances are computed.
    bounds
        West, south, east, north in degrees. The tables cover these and all outlines, with a
        margin.
    largest_m
        The largest radius, in metres, for which the coarse table is used.
    """

    def __init__(
        self,
        outlines: Sequence[Outline],
        plane: Plane,
        bounds: tuple[float, float, float, float],
        largest_m: float,
    ) -> None:
        self.outlines = outlines
        self.plane = plane
        self.largest_m = largest_m
        boxes = [o.shape.bounds for o in outlines if not o.shape.is_empty]
        corners = np.array([bounds, *boxes])
        west, south = corners[:, :2].min(axis=0) - _AROUND
        east, north = corners[:, 2:].max(axis=0) + _AROUND
        width = (east - west) * 111_320.0 * np.cos(np.radians((south + north) / 2))
        height = (north - south) * 111_000.0
        self.coarse = Grid.over(
            (float(west), float(south), float(east), float(north)),
            max(1, int(np.ceil(width / _COARSE_M))),
            max(1, int(np.ceil(height / _COARSE_M))),
        )
        self.fine = self.coarse.divided(DIVISION)
        self._known: Profiles | None = None

    def knowing(self, profiles: Profiles) -> Tables:
        """Return the same tables with profiles that were made before."""
        found = copy(self)
        found._known = profiles
        return found

    @cached_property
    def profiles(self) -> Profiles:
        """The sets of outlines that hold each cell."""
        if self._known is not None:
            return self._known
        fine = _Labels(self.fine.rows * self.fine.columns)
        touched = []
        for outline in self.outlines:
            cells, edges, inside = self.fine.classify(outline.shape)
            touched.append((cells, edges))
            fine.add(inside)
        coarse = _Labels(self.clear.shape[1])
        for clear in self.clear:
            coarse.add(np.flatnonzero(clear < 0))
        reach = np.abs(self.clear).min(axis=0) / np.float32(_MARGIN)
        centre = Runs.of(fine.profile)
        return Profiles(centre, fine.members, touched, coarse.profile, coarse.members, reach)

    # -- exact points -----------------------------------------------------------------------

    @property
    def sure(self) -> Runs:
        """The profile of each fine cell; -1 if an outline touches it, and on the rim."""
        rim = occurring(self.fine.rim)  # what lies beyond is given its cells
        return self.profiles.centre.replaced(self._crossings.cells, -1).replaced(rim, -1)

    def profiles_of(self, longitude: Array, latitude: Array, cells: Array) -> Array:
        """Return (n, outlines): which outlines hold each of n points, given their fine cells."""
        held = self.profiles.members[self.profiles.centre.at(cells)]
        self._crossings.cross(held, longitude, latitude, cells)
        return np.asarray(held)

    @cached_property
    def _crossings(self) -> Crossings:
        """What decides in the fine cells that an outline touches; none of them is on the rim."""
        return Crossings(self.fine, self.outlines, self.profiles.touched)

    # -- discs ------------------------------------------------------------------------------

    @cached_property
    def clear(self) -> Array:
        """(outlines, cells) metres by which a coarse cell is clear of an outline.

        Positive where the whole cell lies outside, negative where it lies inside; 0 where
        neither is sure. Never larger than the true distance.
        """
        x, y, spread = self.coarse.centres_in(self.plane)
        longitude, latitude = self.coarse.centres()
        enough = self.largest_m * _MARGIN**2  # no disc reaches farther
        found = np.full((len(self.outlines), len(x)), enough, dtype=np.float32)
        for o, outline in enumerate(self.outlines):
            if outline.shape.is_empty:
                continue
            near = outline.plane_box_distance(x, y) < enough + spread
            distance = np.maximum(outline.least_distance(x[near], y[near]) - spread, 0.0)
            inside = outline.covers(longitude[near], latitude[near])
            found[o, near] = np.where(inside, -distance, np.minimum(distance, enough))
        found[:, self.coarse.rim] = 0.0  # they stand for all that lies beyond
        return found

    def decided(self, outline: int, cells: Array, radius: Array) -> tuple[Array, Array]:
        """Tell which discs lie wholly inside an outline, and which wholly outside."""
        clear = self.clear[outline][cells]
        reach = radius * _MARGIN
        return reach < -clear, reach < clear


class _Labels:
    """Numbers the sets of outlines that hold each cell, adding one outline after the other."""

    def __init__(self, cells: int) -> None:
        self.profile = np.zeros(cells, dtype=np.int32)
        self.members = np.zeros((1, 0), dtype=bool)

    def add(self, inside: Array) -> None:
        """Add the next outline, given the positions of the cells that it holds."""
        before = len(self.members)
        present, which = distinct(self.profile[inside], before)
        self.profile[inside] = before + which
        members = np.concatenate([self.members, self.members[present]])
        self.members = np.column_stack([members, np.arange(len(members)) >= before])


@dataclass(frozen=True, eq=False)
class CellIndex:
    """The index for one boundary and basis: both tables of cells, and the nearest outlines.

    Attributes
    ----------
    tables
        The cells.
    division
        What is known of the outline nearest to each fine cell.
    """

    tables: Tables
    division: Division

    @classmethod
    def of(cls, tables: Tables, sets: Sequence[tuple[int, ...]]) -> CellIndex:
        """Make the index for sets of positions of outlines, in each of which one is nearest."""
        divider = Divider(tables.outlines, sets, tables.plane, tables.coarse)
        return cls(tables, divider.division)

    def among(self, sets: Sequence[tuple[int, ...]]) -> CellIndex:
        """Return the index for some of the sets."""
        return CellIndex(self.tables, self.division.among(sets))

    @property
    def sets(self) -> Sequence[tuple[int, ...]]:
        """The sets of positions of outlines, in each of which one is nearest."""
        return self.division.sets

    @cached_property
    def nearest(self) -> Nearest:
        """What finds the outline nearest to a point in a fine cell."""
        tables = self.tables
        return Nearest(tables.outlines, self.division, tables.plane, tables.coarse)
