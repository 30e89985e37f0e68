"""Space: the share of an incident's place inside each zone, as each boundary draws it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np
import shapely

from geodata.atlas import Atlas
from geodata.columns.incidents import NO_DAY
from geodata.schema import DrawnFrom, Estimate, Extent
from zones.arrays import Array, distinct
from zones.calendar import FIRST_DAY, LAST_DAY, Calendar, Governing, day_number, governing
from zones.index.cells import CellIndex, Tables
from zones.index.nearest import nearest_of
from zones.index.shipped import read_shipped
from zones.places import (
    INSIDE_SHARE,
    SHARE_DIGITS,
    Box,
    Discs,
    Places,
    Settlements,
    SettlementShares,
    UnitShares,
)
from zones.plane import Plane
from zones.prepared import once_per_atlas
from zones.shares import Outline

if TYPE_CHECKING:
    from geodata.columns.areas import Areas


class Space(StrEnum):
    """Where an incident lies with regard to a zone."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    STRADDLES = "straddles"
    UNKNOWN = "unknown"


SPACES = tuple(Space)
INSIDE, OUTSIDE, STRADDLES, UNKNOWN = range(4)
"""Positions in `SPACES`."""

NO_SPACE = 255
"""Stands for a position in `SPACES` where a boundary has no extent on the days."""

_ESTIMATES = tuple(Estimate)
_AT_ONCE = 256  # points against every edge of a line


class Days(NamedTuple):
    """First and last day of n incidents; one without a date may have happened on any day."""

    first: Array
    last: Array

    @classmethod
    def of(cls, first: Array, last: Array) -> Days:
        """Return days with open ends where there is no date."""
        dated = (first != NO_DAY) & (last != NO_DAY)
        return cls(np.where(dated, first, FIRST_DAY), np.where(dated, last, LAST_DAY))

    @property
    def dated(self) -> Array:
        """(n,) Whether each has a date."""
        return np.asarray((self.first > FIRST_DAY) | (self.last < LAST_DAY))

    def take(self, rows: Array) -> Days:
        """Return the days of some incidents."""
        return Days(self.first[rows], self.last[rows])


class Ground(msgspec.Struct, frozen=True, eq=False, dict=True):
    """One zone under one boundary: its extents in order of time, each as three outlines.

    Where the boundary has no extents of its own, those of the default boundary take their place.
    `positions` are those of each extent's first outline among all outlines of the atlas;
    `by_ledger` tells which extents are drawn from the ledger of settlements.
    """

    boundary: str
    zone: str
    positions: tuple[int, ...]
    by_ledger: tuple[bool, ...]
    extents: tuple[Extent, ...]
    outlines: tuple[Mapping[Estimate, Outline], ...]

    def governing(self, days: Days) -> Governing:
        """Return which of the extents apply on the days."""
        return governing(self.extents, days.first, days.last)

    def number(self, k: int, estimate: Estimate) -> int:
        """Return the position of an outline of the k-th extent among all of the atlas."""
        return self.positions[k] + _ESTIMATES.index(estimate)

    @cached_property
    def box(self) -> Box:
        """The box around all extents, in degrees."""
        boxes = [extent.high.bounds for extent in self.extents if not extent.high.is_empty]
        west, south, east, north = zip(*boxes, strict=True) if boxes else ([np.inf],) * 4
        return min(west), min(south), max(east), max(north)

    @cached_property
    def _drawn(self) -> tuple[int, int]:
        """The first day of the boundary's own extents and that after the last; 0 if none."""
        own = [extent for extent in self.extents if extent.boundary == self.boundary]
        if not own:
            return 0, 0
        end = own[-1].valid_to
        return day_number(own[0].valid_from), LAST_DAY if end is None else day_number(end)

    def is_drawn(self, days: Days) -> Array:
        """Tell whether the boundary has an extent of its own on any of the days."""
        start, stop = self._drawn
        return np.asarray((days.first < stop) & (days.last >= start) & (start < stop))

    def drawn_by(self, days: Days, boundaries: Sequence[str]) -> Array:
        """Return the boundaries whose extents apply on the days.

        (n,) array of uint32, with a bit for each boundary by its position.
        """
        i, j, _ = self.governing(days)
        found = np.zeros(len(i), dtype=np.uint32)
        for k, extent in enumerate(self.extents):
            found[(i <= k) & (k <= j)] |= np.uint32(1 << boundaries.index(extent.boundary))
        return found

    def shares(self, places: Places, estimate: Estimate, governed: Governing) -> Array:
        """Return shares by one estimate over the extents that apply on the days.

        Where several apply: the smallest low, the largest high, and the best of the main one.
        """
        low = estimate is Estimate.LOW
        share = np.full(len(places), 1.0 if low else 0.0)
        keep = np.minimum if low else np.maximum
        for k in range(len(self.extents)):
            if estimate is Estimate.BEST:
                rows = np.flatnonzero(governed.main == k)
            else:
                rows = np.flatnonzero((governed.first <= k) & (k <= governed.last))
            if rows.size:
                found = places.share(self.number(k, estimate), rows)
                share[rows] = keep(share[rows], found)
        return np.round(share, SHARE_DIGITS)

    def between_low_and_high(self, x: Array, y: Array, days: Days) -> Array:
        """Tell which points lie between low and high of any extent that applies on the days."""
        found = np.zeros(len(x), dtype=bool)
        i, j, _ = self.governing(days)
        for k, outlines in enumerate(self.outlines):
            rows = np.flatnonzero((i <= k) & (k <= j))
            band = outlines[Estimate.HIGH].covers(x[rows], y[rows])
            band &= ~outlines[Estimate.LOW].covers(x[rows], y[rows])
            found[rows] |= band
        return found

    def accuracy(self, k: int, x: Array, y: Array) -> Array:
        """Return the error of the k-th best boundary at points on it, in whole metres.

        It is interpolated between the vertices of the nearest edge. NaN where the boundary states
        no errors.
        """
        if k not in self._lines_with_errors:
            self._lines_with_errors[k] = _LineWithErrors.of(self.extents[k])
        line = self._lines_with_errors[k]
        return np.full(len(x), np.nan) if line is None else line.error_at(x, y)

    @cached_property
    def _lines_with_errors(self) -> dict[int, _LineWithErrors | None]:
        """The line of each extent with its errors, made when first asked for."""
        return {}


class Grounds(Mapping[tuple[str, str], Ground]):
    """The ground of each zone under each boundary, by boundary and zone."""

    def __init__(self, atlas: Atlas) -> None:
        self.plane = Plane(atlas.meta.bounds)
        self.zones = tuple(zone.id for zone in atlas.zones)
        self.outlines: list[Outline] = []
        ledger = {b.id for b in atlas.boundaries if b.drawn_from is DrawnFrom.LEDGER}
        deciding: list[int] = []
        known: dict[int, tuple[int, Mapping[Estimate, Outline]]] = {}  # of each line that is drawn
        for extent in atlas.extents:
            outlines = {e: Outline(extent.geometry(e), self.plane) for e in Estimate}
            known[id(extent.best)] = len(self.outlines), outlines
            best = len(self.outlines) + _ESTIMATES.index(Estimate.BEST)
            deciding += [best if extent.boundary in ledger else -1] * len(_ESTIMATES)
            self.outlines += outlines.values()
        self.deciding = np.array(deciding, dtype=np.int64)
        grouped: dict[tuple[str, str], list[Extent]] = {}
        for boundary in atlas.boundaries:
            for extent in atlas.extents_under(boundary.id):
                grouped.setdefault((boundary.id, extent.zone), []).append(extent)
        self._grounds: dict[tuple[str, str], Ground] = {}
        for key, extents in grouped.items():
            positions, drawn = zip(*(known[id(x.best)] for x in extents), strict=True)
            by_ledger = tuple(x.boundary in ledger for x in extents)
            self._grounds[key] = Ground(*key, positions, by_ledger, tuple(extents), drawn)

    def __getitem__(self, key: tuple[str, str]) -> Ground:
        return self._grounds[key]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._grounds)

    def __len__(self) -> int:
        return len(self._grounds)

    def distances(
        self, boundary: str, zone: Array, x: Array, y: Array, first: Array, last: Array
    ) -> tuple[Array, Array]:
        """Return how far points lie from the best boundary of a zone, and its error there.

        Parameters
        ----------
        boundary
            Which way of drawing the zones.
        zone : (n,) array of int
            Position of the zone of each point; -1 for none.
        x, y : (n,) array of float
            Degrees, WGS 84.
        first, last : (n,) array of int
            Days; the extent that governs on them applies.

        Returns
        -------
        distance, accuracy : (n,) array of float
            Whole metres; the distance is geodesic, positive inside. NaN where there is no zone.
        """
        distance, accuracy = (np.full(len(zone), np.nan) for _ in range(2))
        for z, name in enumerate(self.zones):
            ground = self.get((boundary, name))
            rows = np.flatnonzero((zone == z) & ~np.isnan(x))
            if ground is None or not rows.size:
                continue
            main = ground.governing(Days(first[rows], last[rows])).main
            for k, outlines in enumerate(ground.outlines):
                mine = rows[main == k]
                if mine.size:
                    metres, *nearest = outlines[Estimate.BEST].distance(x[mine], y[mine])
                    distance[mine] = np.round(metres)
                    accuracy[mine] = ground.accuracy(k, *nearest)
        return distance, accuracy


@once_per_atlas
def grounds_of(atlas: Atlas) -> Grounds:
    """Return the ground of an atlas's zones, prepared once a process."""
    return Grounds(atlas)


@once_per_atlas
def tables_of(atlas: Atlas) -> Tables:
    """Return the tables of cells of an atlas; their parts are made when first asked for."""
    grounds, meta = grounds_of(atlas), atlas.meta
    return Tables(grounds.outlines, grounds.plane, meta.bounds, meta.coarsest_radius_m)


@once_per_atlas
def shipped_index_of(atlas: Atlas) -> CellIndex | None:
    """Return the shipped index if it was made from this atlas's outlines, else None."""
    return read_shipped(tables_of(atlas))


@once_per_atlas
def index_of(atlas: Atlas, sets: tuple[tuple[int, ...], ...]) -> CellIndex:
    """Return the index of an atlas: the shipped one if it fits, else a new one.

    Parameters
    ----------
    sets
        Sets of positions of outlines, in each of which the nearest is looked for.
    """
    shipped = shipped_index_of(atlas)
    if shipped is not None and set(sets) <= set(shipped.sets):
        return shipped.among(sets)
    return CellIndex.of(tables_of(atlas), sets)


@once_per_atlas
def settlement_shares_of(atlas: Atlas) -> SettlementShares:
    """Return the settlements of an atlas and their shares in its zones, prepared once a process."""
    grounds = grounds_of(atlas)
    return SettlementShares(atlas.ledger, grounds.outlines, grounds.deciding)


@once_per_atlas
def unit_shares_of(atlas: Atlas, units: Areas) -> UnitShares:
    """Return admin units and their shares in an atlas's zones, prepared once a process."""
    grounds = grounds_of(atlas)
    return UnitShares(units.polygons, grounds.outlines, grounds.plane)


class Drawing:
    """All zones as one boundary draws them, or as the default boundary does where it does not.

    Parameters
    ----------
    grounds
        Of the atlas.
    boundary
        Which way of drawing the zones.
    """

    def __init__(self, grounds: Grounds, boundary: str) -> None:
        self.boundary = boundary
        self._all = grounds
        self._count = len(grounds.zones)
        self.grounds = {
            z: grounds[boundary, zone]
            for z, zone in enumerate(grounds.zones)
            if (boundary, zone) in grounds
        }

    def is_drawn(self, days: Days, zone: Array | None = None) -> Array:
        """Tell whether the boundary has an extent of its own on the days, of any zone."""
        found = np.zeros(len(days.first), dtype=bool)
        for z, ground in self.grounds.items():
            drawn = ground.is_drawn(days)
            found |= drawn if zone is None else drawn & (zone == z)
        return found

    def drawn_by(self, days: Days, zone: Array, boundaries: Sequence[str]) -> Array:
        """Return the boundaries that drew a zone on the days, as bits by their position."""
        found = np.zeros(len(zone), dtype=np.uint32)
        for z, ground in self.grounds.items():
            rows = np.flatnonzero(zone == z)
            found[rows] = ground.drawn_by(days.take(rows), boundaries)
        return found

    def shares(self, places: Places, days: Days) -> tuple[Array, Array]:
        """Return shares (estimate, place, zone), and whether the extents of each zone changed.

        Where the days span several extents: the smallest low, the largest high, and the best of
        the extent that covers more of the days than any other.
        """
        shares = np.zeros((len(_ESTIMATES), len(places), self._count))
        changed = np.zeros((len(places), self._count), dtype=bool)
        for z, ground in self.grounds.items():
            rows = places.touching(ground.box)
            if not rows.size:
                continue
            near, governed = places.take(rows), ground.governing(days.take(rows))
            changed[rows, z] = governed.first != governed.last
            for e, estimate in enumerate(_ESTIMATES):
                shares[e, rows, z] = ground.shares(near, estimate, governed)
        return shares, changed

    def spaces(self, places: Places, days: Days) -> Array:
        """Return where each place lies by this boundary: positions in `SPACES`.

        The answer is about the zone with the largest best share, then high. It is `NO_SPACE`
        where the boundary itself does not draw that zone, or any zone, on the days. Shares that
        cannot matter are not computed: the best where only one zone has a share at all, the low
        where the high is already too small.
        """
        low, best, high = shares = np.zeros((len(_ESTIMATES), len(places), self._count))

        def compute(estimate: Estimate, target: Array, matters: Array | None = None) -> None:
            for z, ground in self.grounds.items():
                if matters is None:
                    rows = places.touching(ground.box)
                else:
                    rows = np.flatnonzero(matters[:, z])
                if rows.size:
                    governed = ground.governing(days.take(rows))
                    target[rows, z] = ground.shares(places.take(rows), estimate, governed)

        compute(Estimate.HIGH, high)
        several = (high > 0).sum(axis=1) > 1
        compute(Estimate.BEST, best, (high > 0) & several[:, None])
        compute(Estimate.LOW, low, high >= INSIDE_SHARE)
        leading = leading_zone(shares)
        at = np.arange(len(places)), leading
        space = space_codes(low[at], high[at], places.limits)
        drawn = self.is_drawn(days) & ((high[at] == 0) | self.is_drawn(days, leading))
        return np.where(drawn, space, np.uint8(NO_SPACE))

    def nearest(self, x: Array, y: Array, days: Days, index: CellIndex | None = None) -> Array:
        """Return the position of the zone whose best boundary is nearest to each point."""
        of_sets = None
        if index is not None:
            of_sets = index.nearest.find(x, y, index.tables.fine.cells(x, y))

        def find(bests: tuple[int, ...], rows: Array) -> Array:
            if index is not None and of_sets is not None and bests in index.sets:
                return np.asarray(of_sets[rows, index.sets.index(bests)])
            return nearest_of([self._all.outlines[o] for o in bests], x[rows], y[rows])

        return self._nearest(days, find)

    def nearest_to(self, places: Places, days: Days) -> Array:
        """Return the position of the zone whose best boundary is nearest to each place."""
        if not isinstance(places, Settlements):
            index = places.index if isinstance(places, Discs) else None
            return self.nearest(places.longitude, places.latitude, days, index)
        shares, settlement = places.shares, places.settlement
        return self._nearest(days, lambda bests, rows: shares.nearest(bests, settlement[rows]))

    def _nearest(self, days: Days, find: Callable[[tuple[int, ...], Array], Array]) -> Array:
        grounds = list(self.grounds.values())
        sizes = tuple(len(ground.extents) for ground in grounds)
        mains = [ground.governing(days).main for ground in grounds]
        present, which = distinct(np.ravel_multi_index(mains, sizes), math.prod(sizes))
        found = np.empty(len(days.first), dtype=np.int64)
        for number, combination in enumerate(zip(*np.unravel_index(present, sizes), strict=True)):
            rows = np.flatnonzero(which == number)
            bests = self._bests([int(k) for k in combination])
            found[rows] = find(bests, rows)
        return np.asarray(np.array(list(self.grounds))[found])

    def sets_of_bests(self, calendar: Calendar) -> list[tuple[int, ...]]:
        """Return the sets of best outlines that govern together on some day, as positions."""
        ends = calendar.cuts.tolist()
        days = Days(
            np.array([FIRST_DAY, *ends, FIRST_DAY]),
            np.array([FIRST_DAY, *ends, LAST_DAY]),  # the last: no date
        )
        mains = [ground.governing(days).main.tolist() for ground in self.grounds.values()]
        return sorted({self._bests(combination) for combination in zip(*mains, strict=True)})

    def _bests(self, combination: Sequence[int]) -> tuple[int, ...]:
        """Return the positions of the best outlines of the extents that govern, one a zone."""
        grounds = self.grounds.values()
        return tuple(
            ground.number(k, Estimate.BEST) for ground, k in zip(grounds, combination, strict=True)
        )


class Where(msgspec.Struct, frozen=True, eq=False):
    """Where n incidents lie with regard to the zones.

    Attributes
    ----------
    usable : (n,) bool
        Whether the location can be relied on; if not, there is no zone, no share and no space.
    zone : (n,) int8
        Position of the zone that is reported; -1 where none is.
    share_low, share_best, share_high : (n,) float
    space : (n,) uint8
        Position in `SPACES`.
    outside : (n, zones) bool
        Whether the place lies outside each zone and was not gained by it.
    is_open : (n,) bool
        Whether the answer stays open because of who held the settlement, whatever the line says.
    boundaries : (n, boundaries) uint8
        Position in `SPACES` by each boundary; `NO_SPACE` where it has no extent on the days.
    drawn_by : (n,) uint32
        The boundaries that drew the zone reported on the days, as bits by their position.
    reasons : (n,) uint32
        Set of `Reason`: why the place leaves the answer open.
    """

    usable: Array
    zone: Array
    share_low: Array
    share_best: Array
    share_high: Array
    space: Array
    outside: Array
    is_open: Array
    boundaries: Array
    drawn_by: Array
    reasons: Array


def leading_zone(shares: Array) -> Array:
    """Return the zone with the largest best share; where all are 0, the largest high share."""
    best, high = shares[1], shares[2]
    return np.asarray(np.where(best.max(axis=1) > 0, best.argmax(axis=1), high.argmax(axis=1)))


def space_codes(low: Array, high: Array, limits: tuple[Array, Array]) -> Array:
    """Return positions in `SPACES` for shares: (n,), or (n, zones)."""
    inside, outside = (limit.reshape(-1, *(1,) * (low.ndim - 1)) for limit in limits)
    space = np.full(low.shape, STRADDLES, dtype=np.uint8)
    space[high <= outside] = OUTSIDE
    space[low >= inside] = INSIDE
    return space


class _LineWithErrors(msgspec.Struct, frozen=True, eq=False):
    """The vertices of a boundary, whether each is joined to the next, and their errors."""

    points: Array
    joined: Array
    errors: Array

    @classmethod
    def of(cls, extent: Extent) -> _LineWithErrors | None:
        """Return the best boundary of an extent; None where it has no errors."""
        if extent.accuracy_m is None:
            return None
        rings = shapely.get_rings(shapely.get_parts(extent.best))
        ring = np.repeat(np.arange(len(rings)), shapely.get_num_coordinates(rings))
        errors = np.array(list(_flatten(extent.accuracy_m)), dtype=float)
        return cls(shapely.get_coordinates(extent.best), ring[:-1] == ring[1:], errors)

    def error_at(self, x: Array, y: Array) -> Array:
        """Return the error at points on the line, in whole metres, from those of two vertices."""
        found = np.empty(len(x))
        for start in range(0, len(x), _AT_ONCE):
            here = np.stack([x, y], axis=-1)[start : start + _AT_ONCE, None]
            # Degrees are squeezed so that both axes are alike: enough to tell the nearest edge.
            squeeze = np.ones_like(here)
            squeeze[..., 0] = np.cos(np.radians(here[..., 1]))
            a, b = self.points[:-1] * squeeze, self.points[1:] * squeeze
            step = b - a
            length = np.maximum((step**2).sum(axis=-1), 1e-18)
            along = (((here * squeeze - a) * step).sum(axis=-1) / length).clip(0, 1)
            gap = ((a + along[..., None] * step - here * squeeze) ** 2).sum(axis=-1)
            gap[:, ~self.joined] = np.inf
            i = gap.argmin(axis=1)
            along = along[np.arange(len(i)), i]
            rise = self.errors[i + 1] - self.errors[i]
            found[start : start + _AT_ONCE] = self.errors[i] + along * rise
        return np.round(found)


def _flatten(nested: Sequence[Any]) -> Iterator[float]:
    for item in nested:
        if isinstance(item, list):
            yield from _flatten(item)
        else:
            yield item
