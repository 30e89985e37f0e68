"""Where incidents lie with regard to every extent of a boundary, whatever the day.

A report asks about the same incidents many times: on the ground of their own days, on that of
each event's day, under other boundaries and radii, some days earlier. None of that needs the
geometry twice. An incident's position and radius give its *level* in each extent (not at all,
possibly, more likely than not, surely inside); incidents with the same levels in all extents
share a *profile*; and everything else is a question about profiles and days.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from geodata.schema import Estimate, Extent
from zones.arrays import Array, distinct
from zones.places import INSIDE_SHARE, OUTSIDE_SHARE, SHARE_DIGITS, Discs
from zones.space import Days, unit_shares_of

if TYPE_CHECKING:
    from geodata.columns.areas import Areas
    from zones.verdict import Assessor

BEST_SHARE = 0.5
"""An incident is more likely inside than not when at least this share of its disc is."""

OUTSIDE, POSSIBLE, BEST, SURE = range(4)
"""Levels: each holds the ones before it, but for `OUTSIDE`."""


class Ground:
    """The extents of all zones under one boundary.

    Attributes
    ----------
    zones
        Ids of all the atlas's zones; some may not be drawn under the boundary.
    columns
        For each zone the columns of its extents in a table of levels, in order of time.
    """

    def __init__(self, assessor: Assessor, boundary: str) -> None:
        self.zones = assessor.zones
        self.boundary = boundary
        self._grounds = [assessor.grounds.get((boundary, zone)) for zone in assessor.zones]
        sizes = [0 if ground is None else len(ground.extents) for ground in self._grounds]
        ends = np.cumsum(sizes)
        self.columns = [list(range(end - size, end)) for end, size in zip(ends, sizes, strict=True)]
        self.width = int(sum(sizes))
        self._assessor = assessor

    def levels(self, longitude: Array, latitude: Array, radius_m: Array) -> Array:
        """Return the level of each incident in each extent.

        Parameters
        ----------
        longitude, latitude, radius_m : (n,) array of float
            Degrees (WGS 84) and metres; all known.

        Returns
        -------
        (n, extents) array of uint8
        """
        found = np.zeros((len(longitude), self.width), dtype=np.uint8)
        discs = Discs(self._assessor.grounds.outlines, longitude, latitude, radius_m)
        for z, ground in enumerate(self._grounds):
            if ground is None:
                continue
            near = discs.touching(ground.box)
            for column, outlines in zip(self.columns[z], ground.outlines, strict=True):
                rows = near
                for level, estimate, least in (
                    (POSSIBLE, Estimate.HIGH, OUTSIDE_SHARE),
                    (BEST, Estimate.BEST, BEST_SHARE),
                    (SURE, Estimate.LOW, INSIDE_SHARE),
                ):
                    share = outlines[estimate].share(
                        longitude[rows], latitude[rows], radius_m[rows]
                    )
                    share = np.round(share, SHARE_DIGITS)
                    # More than the first, at least the others: as a verdict has it.
                    rows = rows[share > least if level == POSSIBLE else share >= least]
                    found[rows, column] = level
        return found

    def levels_of_areas(self, areas: Areas) -> Array:
        """Return the level of each polygon that stands for places: (polygons, extents) of uint8."""
        found = np.zeros((len(areas.polygons), self.width), dtype=np.uint8)
        shares = unit_shares_of(self._assessor.atlas, areas)
        every = np.arange(len(found))
        inside, outside = shares.limits(every, self._assessor.coarsest_radius_m)
        for z, ground in enumerate(self._grounds):
            if ground is None:
                continue
            for k, column in enumerate(self.columns[z]):
                low, best, high = (
                    np.round(shares.share(ground.number(k, estimate), every), SHARE_DIGITS)
                    for estimate in Estimate
                )
                found[:, column] = np.select(
                    [low >= inside, best >= BEST_SHARE, high > outside], [SURE, BEST, POSSIBLE]
                )
        return found

    def on_day(self, levels: Array, day: int) -> Array:
        """Return the levels in the zones as they were drawn on one day: (n, zones) of uint8."""
        return self.on_days(levels, np.full(len(levels), day), np.full(len(levels), day))

    def on_days(self, levels: Array, first: Array, last: Array) -> Array:
        """Return the levels in the zones on the incidents' own days: (n, zones) of uint8.

        Where the days span several extents: surely inside in all of them, possibly inside in any,
        and at best what holds in the one that covers more of the days. Before the first extent
        and after the last, the nearest in time stands for the ground.
        """
        found = np.zeros((len(levels), len(self.zones)), dtype=np.uint8)
        for z, ground in enumerate(self._grounds):
            if ground is None:
                continue
            mine = levels[:, self.columns[z]]
            i, j, main = ground.governing(Days(first, last))
            here = np.take_along_axis(mine, main[:, None], axis=1)[:, 0].astype(np.uint8)
            for row in np.flatnonzero(i != j):
                span = mine[row, i[row] : j[row] + 1]
                sure, best = span.min() == SURE, here[row] >= BEST
                here[row] = SURE if sure else BEST if best else min(span.max(), POSSIBLE)
            found[:, z] = here
        return found

    def extents_on(self, day: int) -> tuple[Extent, ...]:
        """Return the extents that stand for the zones' ground on a day."""
        days = Days(np.array([day]), np.array([day]))
        return tuple(
            ground.extents[int(ground.governing(days).main[0])]
            for ground in self._grounds
            if ground is not None
        )


@dataclass
class Profiles:
    """Sets of levels that occur, numbered as they come; the same for all batches of a file."""

    numbers: dict[bytes, int] = field(default_factory=dict)

    def number(self, levels: Array) -> Array:
        """Return the number of each row's profile."""
        n, width = levels.shape
        code = np.zeros(n, dtype=np.int64)
        count = 1
        for column in range(width):
            present, code = distinct(code * 4 + levels[:, column], count * 4)
            count = len(present)
        example = np.empty(count, dtype=np.int64)
        example[code] = np.arange(n)
        known = [
            self.numbers.setdefault(levels[row].tobytes(), len(self.numbers))
            for row in example.tolist()
        ]
        return np.array(known, dtype=np.int64)[code] if n else code

    def table(self, width: int) -> Array:
        """Return the levels of every profile: (profiles, extents) of uint8."""
        rows = [np.frombuffer(key, dtype=np.uint8) for key in self.numbers]
        return np.stack(rows) if rows else np.zeros((0, width), dtype=np.uint8)
