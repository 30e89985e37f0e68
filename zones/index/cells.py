"""The cells of the fast index: they decide what lies clear of every outline, and nothing else.

Two tables of cells cover the country. A *fine* one is for exact points: a cell that no outline
touches lies wholly inside or outside of each, so all its points share one answer. A *coarse* one
is for discs: each cell knows how far it is clear of each outline, so a disc that is smaller lies
wholly on one side. What no cell decides is computed one by one, so the answers are exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from zones.arrays import Array, distinct
from zones.index.crossings import Crossings
from zones.index.grid import Grid
from zones.index.nearest import DIVISION, Nearest
from zones.plane import Plane
from zones.shares import Outline

_COARSE_M = 3_000.0
_AROUND = 0.3  # degrees beyond the country that the cells still cover
_MARGIN = 1.002  # more than the plane's scale departs from 1


class CellIndex:
    """The cells of both tables, for a list of outlines.

    Parameters
    ----------
    outlines
        Polygons; their order is that of the columns of a profile.
    sets
        Positions of outlines among which the nearest is asked for.
    plane
        Where distances are computed.
    bounds
        West, south, east, north in degrees: what the tables cover, with a little around it and
        around all outlines.
    largest_m
        The largest radius that the coarse table is asked about, in metres.
    """

    def __init__(
        self,
        outlines: Sequence[Outline],
        sets: Sequence[tuple[int, ...]],
        plane: Plane,
        bounds: tuple[float, float, float, float],
        largest_m: float,
    ) -> None:
        self.outlines = outlines
        self.sets = tuple(sets)
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

    # -- exact points -----------------------------------------------------------------------

    @cached_property
    def nearest(self) -> Nearest:
        """Which outline is nearest to a fine cell."""
        return Nearest(self.outlines, self.sets, self.plane, self.coarse)

    @cached_property
    def fine_profiles(self) -> tuple[Array, Array]:
        """Profile of each fine cell, -1 where an outline touches it or beside the rim.

        A profile is a set of outlines, those that hold the cell: a row of the (profiles,
        outlines) table of bool, which comes second.
        """
        profile, members = self._by_centre
        profile = profile.copy()
        profile[self._crossings.cells] = -1
        profile[self.fine.rim] = -1  # what lies beyond is given its cells
        return profile, members

    def profiles_of(self, longitude: Array, latitude: Array, cells: Array) -> Array:
        """Return (n, outlines) which outlines hold each of n points, given their fine cells."""
        centre, members = self._by_centre
        held = members[centre[cells]]
        self._crossings.cross(held, longitude, latitude, cells)
        return np.asarray(held)

    @cached_property
    def _classified(self) -> list[tuple[Array, Array, Array]]:
        return [self.fine.classify(outline.shape) for outline in self.outlines]

    @cached_property
    def _by_centre(self) -> tuple[Array, Array]:
        """Profile of the centre of each fine cell, and what profiles are."""
        profiles = _Profiles(self.fine.rows * self.fine.columns)
        for _, _, inside in self._classified:
            profiles.add(inside)
        return profiles.profile, profiles.members

    @cached_property
    def _crossings(self) -> Crossings:
        """What decides in the fine cells that outlines touch; none reaches the rim."""
        touched = [(cells, edges) for cells, edges, _ in self._classified]
        return Crossings(self.fine, self.outlines, touched)

    # -- discs ------------------------------------------------------------------------------

    @cached_property
    def clear(self) -> Array:
        """(outlines, cells) metres by which a coarse cell is clear of an outline.

        Positive where the whole cell lies outside, negative where it lies inside; 0 where
        nothing is sure. Never more than true.
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

    @cached_property
    def coarse_profiles(self) -> tuple[Array, Array, Array]:
        """Profile of each coarse cell, what profiles are, and the radius up to which they hold."""
        profiles = _Profiles(self.clear.shape[1])
        for clear in self.clear:
            profiles.add(np.flatnonzero(clear < 0))
        reach = np.abs(self.clear).min(axis=0) / np.float32(_MARGIN)
        return profiles.profile, profiles.members, reach

    def decided(self, outline: int, cells: Array, radius: Array) -> tuple[Array, Array]:
        """Tell which discs lie wholly inside an outline, and which wholly outside."""
        clear = self.clear[outline][cells]
        reach = radius * _MARGIN
        return reach < -clear, reach < clear


class _Profiles:
    """Labels the sets of outlines that cells lie in, one outline after the other."""

    def __init__(self, cells: int) -> None:
        self.profile = np.zeros(cells, dtype=np.int32)
        self.members = np.zeros((1, 0), dtype=bool)

    def add(self, inside: Array) -> None:
        """Take the positions of the cells that the next outline holds."""
        before = len(self.members)
        present, which = distinct(self.profile[inside], before)
        self.profile[inside] = before + which
        members = np.concatenate([self.members, self.members[present]])
        self.members = np.column_stack([members, np.arange(len(members)) >= before])
