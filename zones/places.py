"""Places of incidents by their type: which can be relied on, and what share of each lies inside."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import ClassVar

import msgspec
import numpy as np
import shapely

from geodata.atlas import Atlas
from geodata.columns.incidents import NO_DAY, PLACEHOLDER_DEG, Reason
from geodata.grammar import load
from geodata.ledger import Ledger
from geodata.schema import Polygonal
from zones.arrays import Array, occurring
from zones.holders import Holders
from zones.index.cells import CellIndex
from zones.index.nearest import nearest_of
from zones.plane import Plane
from zones.shares import Outline

_SHARES = load("limits")["shares"]

INSIDE_SHARE: float = _SHARES["inside"]
"""An incident is inside when at least this share of its place is surely inside."""

OUTSIDE_SHARE: float = _SHARES["outside"]
"""An incident is outside when at most this share of its place is possibly inside."""

SHARE_DIGITS: int = _SHARES["decimals"]
"""Shares are rounded to so many digits before they are compared with the limits.

So the shares that a record states are those that decided.
"""

Box = tuple[float, float, float, float]
"""West, south, east, north in degrees."""

FAR_ABROAD_DEG: float = load("limits")["far_abroad_degrees"]
"""Farther than this beyond the country's rectangle a place is outside, whatever its radius."""

_METRES_A_DEGREE = 110_000.0  # of latitude, at least


class LocationRules:
    """Which positions can be relied on.

    Parameters
    ----------
    atlas
        Gives the rectangle around the country, and the points that stand for a whole area.
    coarsest_radius_m
        A location that is known only within a larger radius counts as unknown.
    """

    def __init__(self, atlas: Atlas, coarsest_radius_m: float) -> None:
        self.bounds: Box = atlas.meta.bounds
        self.coarsest_radius_m = coarsest_radius_m
        points = sorted((p.longitude, p.latitude) for p in atlas.meta.placeholders)
        self._known_x = np.array([x for x, _ in points])  # in order
        self._known_y = np.array([y for _, y in points])

    def usable(self, x: Array, y: Array, radius: Array) -> tuple[Array, Array]:
        """Tell which locations can be relied on, and the set of `Reason` that concerns each.

        One beyond the country is usable, with a reason; far beyond it, whatever its radius.
        Arrays of n floats: degrees (WGS 84) and metres, NaN where they are not known.
        """
        there = np.isfinite(x) & np.isfinite(y)
        placeholder = self._is_placeholder(x, y)
        coarse = there & ~(radius <= self.coarsest_radius_m)
        if coarse.any():
            coarse &= ~self.is_abroad(x, y, FAR_ABROAD_DEG)
        reasons = np.zeros(len(x), dtype=np.uint32)
        reasons[~there] |= Reason.NO_LOCATION.bit
        reasons[placeholder] |= Reason.PLACEHOLDER_LOCATION.bit
        reasons[coarse] |= Reason.COARSE_LOCATION.bit
        reasons[there & self.is_abroad(x, y)] |= Reason.OUTSIDE_COUNTRY.bit
        return np.asarray(there & ~placeholder & ~coarse), reasons

    def is_abroad(self, x: Array, y: Array, by: float = 0.0) -> Array:
        """Tell which points lie beyond the country's rectangle by so many degrees; NaN does not."""
        west, south, east, north = self.bounds
        away = (x < west - by) | (x > east + by) | (y < south - by) | (y > north + by)
        return np.asarray(away)

    @property
    def placeholder_boxes(self) -> list[Box]:
        """The box around each placeholder within which a point counts as it."""
        reach = PLACEHOLDER_DEG
        points = zip(self._known_x.tolist(), self._known_y.tolist(), strict=True)
        return [(x - reach, y - reach, x + reach, y + reach) for x, y in points]

    def _is_placeholder(self, x: Array, y: Array) -> Array:
        """Tell which points are placeholders; few share the longitude of one."""
        known_x, known_y = self._known_x, self._known_y
        found = np.zeros(len(x), dtype=bool)
        if not len(known_x):
            return found
        after = np.minimum(np.searchsorted(known_x, x - PLACEHOLDER_DEG), len(known_x) - 1)
        rows = np.flatnonzero(np.abs(x - known_x[after]) <= PLACEHOLDER_DEG)
        if rows.size:
            near_x = np.abs(x[rows, None] - known_x) <= PLACEHOLDER_DEG
            near_y = np.abs(y[rows, None] - known_y) <= PLACEHOLDER_DEG
            found[rows] = (near_x & near_y).any(axis=1)
        return found


class Discs(msgspec.Struct, frozen=True, eq=False):
    """Discs around points.

    Attributes
    ----------
    outlines
        The polygons of which shares are computed.
    longitude, latitude, radius_m : (n,) array of float
        Degrees (WGS 84), and geodesic metres; NaN where they are not known.
    index
        The fast index, where it has been made.
    cells : (n,) array of int, optional
        The coarse cells of the points, where there is an index.
    """

    outlines: Sequence[Outline]
    longitude: Array
    latitude: Array
    radius_m: Array
    index: CellIndex | None = None
    cells: Array | None = None

    speaks_of_points: ClassVar[bool] = True

    def __len__(self) -> int:
        return len(self.longitude)

    @property
    def has_extent(self) -> Array:
        """(n,) Which are more than a point."""
        return np.asarray(self.radius_m > 0)

    @property
    def limits(self) -> tuple[Array, Array]:
        """(n,) The least share that is inside, and the largest that is outside."""
        return np.full(len(self), INSIDE_SHARE), np.full(len(self), OUTSIDE_SHARE)

    def take(self, rows: Array) -> Discs:
        """Return some of the places."""
        return Discs(
            self.outlines,
            self.longitude[rows],
            self.latitude[rows],
            self.radius_m[rows],
            self.index,
            None if self.cells is None else self.cells[rows],
        )

    def usable(self, rules: LocationRules) -> tuple[Array, Array]:
        """Tell which can be relied on; the set of `Reason` that speaks against each."""
        return rules.usable(self.longitude, self.latitude, self.radius_m)

    def touching(self, box: Box) -> Array:
        """Return the positions of the places that may touch a box."""
        return _touching(self.longitude, self.latitude, self.radius_m, box)

    def share(self, outline: int, rows: Array) -> Array:
        """Return the share of some of the places that lies inside an outline, from 0 to 1."""
        x, y, radius = self.longitude[rows], self.latitude[rows], self.radius_m[rows]
        if self.index is None or self.cells is None:
            return self.outlines[outline].share(x, y, radius)
        inside, outside = self.index.tables.decided(outline, self.cells[rows], radius)
        share = inside.astype(float)
        left = np.flatnonzero(~(inside | outside))
        share[left] = self.outlines[outline].share(x[left], y[left], radius[left])
        return share


def _touching(x: Array, y: Array, radius_m: Array, box: Box) -> Array:
    """Return the positions of the discs that may touch a box."""
    west, south, east, north = box
    up = radius_m / _METRES_A_DEGREE
    along = up / max(math.cos(math.radians(max(abs(south), abs(north)) + 2.0)), 0.01)
    inside = (x >= west - along) & (x <= east + along) & (y >= south - up) & (y <= north + up)
    return inside.nonzero()[0]


class UnitShares:
    """Admin units, and how much of each lies inside outlines: computed once, then looked up.

    Parameters
    ----------
    polygons
        Valid polygons in EPSG:4326 that hold some ground.
    outlines
        What they are compared with.
    plane
        Where ground is measured.
    """

    def __init__(
        self, polygons: Sequence[Polygonal], outlines: Sequence[Outline], plane: Plane
    ) -> None:
        self.polygons = polygons
        self.outlines = outlines
        self.plane = plane
        self.bounds = shapely.bounds(np.asarray(polygons, dtype=object))
        self._known = np.full((len(outlines), len(polygons)), np.nan)
        self._points = np.full((len(polygons), 2), np.nan)

    @cached_property
    def ground(self) -> Array:
        """(units,) square metres of each."""
        return np.array([self.plane.area(polygon) for polygon in self.polygons])

    def share(self, outline: int, unit: Array) -> Array:
        """Return the share of each unit's ground that lies inside an outline, from 0 to 1.

        Parameters
        ----------
        outline
            Position among the outlines.
        unit : (n,) array of int
            Positions among the polygons; each pair is computed once.
        """
        known = self._known[outline]
        for one in occurring(unit[np.isnan(known[unit])]).tolist():
            known[one] = self._compute(outline, one)
        return np.asarray(known[unit])

    def points(self, unit: Array, longitude: Array, latitude: Array) -> tuple[Array, Array]:
        """Return where distances are measured from: the position given, else one in the polygon.

        Parameters
        ----------
        unit : (n,) array of int
            Positions among the polygons; -1 where none of them is the place.
        longitude, latitude : (n,) array of float
            Degrees; NaN where no position is given.
        """
        rows = np.flatnonzero((unit >= 0) & ~(np.isfinite(longitude) & np.isfinite(latitude)))
        if not rows.size:
            return longitude, latitude
        for one in occurring(unit[rows]).tolist():
            if np.isnan(self._points[one, 0]):
                point = shapely.point_on_surface(self.polygons[one])
                self._points[one] = point.x, point.y
        longitude, latitude = longitude.copy(), latitude.copy()
        longitude[rows], latitude[rows] = self._points[unit[rows]].T
        return longitude, latitude

    def limits(self, unit: Array, coarsest_radius_m: float) -> tuple[Array, Array]:
        """Return the least share of each unit that is inside, and the largest that is outside.

        The ground that may be left over is never more than for the largest disc: a twentieth of a
        governorate can hold a whole zone, and incidents are not spread evenly.
        """
        largest = math.pi * coarsest_radius_m**2
        part = np.minimum(largest / self.ground[unit], 1.0)
        inside = np.round(1.0 - part * (1.0 - INSIDE_SHARE), SHARE_DIGITS)
        return inside, np.round(part * OUTSIDE_SHARE, SHARE_DIGITS)

    def _compute(self, outline: int, unit: int) -> float:
        polygon, shape = self.polygons[unit], self.outlines[outline].shape
        west, south, east, north = self.bounds[unit]
        left, low, right, high = shape.bounds  # NaN where it is empty
        if not (left <= east and west <= right and low <= north and south <= high):
            return 0.0
        # No question like `intersects`: the shape is prepared, and other threads ask about it.
        inside = self.plane.area(shapely.intersection(shape, polygon))
        return min(inside / float(self.ground[unit]), 1.0)


class AdminUnits(msgspec.Struct, frozen=True, eq=False):
    """Districts and governorates that incidents are coded to.

    Attributes
    ----------
    shares
        The polygons, and what is known of them.
    unit : (n,) array of int
        Position among the polygons.
    longitude, latitude : (n,) array of float
        The point from which distances are measured, in degrees (WGS 84).
    coarsest_radius_m
        Radius of the largest disc that counts as a location; it limits how much of a polygon may
        be left over.
    """

    shares: UnitShares
    unit: Array
    longitude: Array
    latitude: Array
    coarsest_radius_m: float

    speaks_of_points: ClassVar[bool] = False

    def __len__(self) -> int:
        return len(self.unit)

    @property
    def has_extent(self) -> Array:
        """(n,) Which are more than a point: all."""
        return np.ones(len(self), dtype=bool)

    @property
    def limits(self) -> tuple[Array, Array]:
        """(n,) The least share that is inside, and the largest that is outside."""
        return self.shares.limits(self.unit, self.coarsest_radius_m)

    def take(self, rows: Array) -> AdminUnits:
        """Return some of the places."""
        return AdminUnits(
            self.shares,
            self.unit[rows],
            self.longitude[rows],
            self.latitude[rows],
            self.coarsest_radius_m,
        )

    def usable(self, rules: LocationRules) -> tuple[Array, Array]:
        """Tell which can be relied on (all), and which lie wholly abroad, as sets of `Reason`."""
        reasons = np.zeros(len(self), dtype=np.uint32)
        here = np.zeros(len(self), dtype=bool)
        here[self.touching(rules.bounds)] = True
        reasons[~here] |= Reason.OUTSIDE_COUNTRY.bit
        return np.ones(len(self), dtype=bool), reasons

    def touching(self, box: Box) -> Array:
        """Return the positions of the places that may touch a box."""
        west, south, east, north = box
        left, lower, right, upper = self.shares.bounds[self.unit].T
        return np.flatnonzero(
            (right >= west) & (left <= east) & (upper >= south) & (lower <= north)
        )

    def share(self, outline: int, rows: Array) -> Array:
        """Return the share of some of the places that lies inside an outline, from 0 to 1."""
        return self.shares.share(outline, self.unit[rows])


class SettlementShares:
    """Settlements, and how much of each lies inside outlines: computed once, then looked up.

    Parameters
    ----------
    ledger
        The settlements.
    outlines
        What they are compared with.
    deciding : (outlines,) array of int
        For each outline, the one that decides instead of it on settlements whose holder is known:
        the best outline of its extent if that is drawn from the ledger, else -1.
    """

    def __init__(self, ledger: Ledger, outlines: Sequence[Outline], deciding: Array) -> None:
        n = len(ledger)
        self.longitude, self.latitude = ledger.longitude[:n], ledger.latitude[:n]
        self.radius_m = ledger.radius_m
        self._outlines, self._deciding = outlines, deciding
        # Of the discs of their sizes, and of their points.
        self._known = {True: np.full((len(outlines), n), np.nan)}
        self._known[False] = self._known[True].copy()
        self._nearest: dict[tuple[int, ...], Array] = {}

    def share(self, outline: int, settlement: Array, known: Array) -> Array:
        """Return the share of each settlement that lies inside an outline, from 0 to 1.

        Parameters
        ----------
        outline
            Position among the outlines.
        settlement : (n,) array of int
            Positions in the ledger.
        known : (n,) array of bool
            Whether it is known who held each of them.
        """
        deciding = int(self._deciding[outline])
        if deciding < 0:
            return self._look_up(outline, settlement, whole=True)
        share = np.empty(len(settlement))
        share[known] = self._look_up(deciding, settlement[known], whole=False)
        share[~known] = self._look_up(outline, settlement[~known], whole=True)
        return share

    def nearest(self, outlines: tuple[int, ...], settlement: Array) -> Array:
        """Return which of some outlines is nearest to each settlement, by position among them."""
        if outlines not in self._nearest:
            self._nearest[outlines] = np.full(len(self.radius_m), -1)
        known = self._nearest[outlines]
        new = occurring(settlement[known[settlement] < 0])
        if new.size:
            several = [self._outlines[o] for o in outlines]
            known[new] = nearest_of(several, self.longitude[new], self.latitude[new])
        return np.asarray(known[settlement])

    def _look_up(self, outline: int, settlement: Array, *, whole: bool) -> Array:
        known = self._known[whole][outline]
        new = occurring(settlement[np.isnan(known[settlement])])
        if new.size:
            radius = self.radius_m[new] if whole else np.zeros(len(new))
            x, y = self.longitude[new], self.latitude[new]
            known[new] = self._outlines[outline].share(x, y, radius)
        return np.asarray(known[settlement])


class Settlements(msgspec.Struct, frozen=True, eq=False):
    """Settlements of the ledger that incidents lie in.

    Attributes
    ----------
    shares
        What is known of the settlements.
    settlement : (n,) array of int
        Position in the ledger.
    holders
        Who may have held them on the days.
    by_ledger
        Whether the boundary asked for is drawn from the ledger.
    """

    shares: SettlementShares
    settlement: Array
    holders: Holders
    by_ledger: bool

    speaks_of_points: ClassVar[bool] = True

    def __len__(self) -> int:
        return len(self.settlement)

    @property
    def longitude(self) -> Array:
        """(n,) Degrees (WGS 84) of the settlement's point."""
        return np.asarray(self.shares.longitude[self.settlement])

    @property
    def latitude(self) -> Array:
        """(n,) Degrees (WGS 84) of the settlement's point."""
        return np.asarray(self.shares.latitude[self.settlement])

    @property
    def has_extent(self) -> Array:
        """(n,) Which are more than a point: those that the ledger does not decide."""
        return ~self.holders.known if self.by_ledger else np.ones(len(self), dtype=bool)

    @property
    def limits(self) -> tuple[Array, Array]:
        """(n,) The least share that is inside, and the largest that is outside."""
        return np.full(len(self), INSIDE_SHARE), np.full(len(self), OUTSIDE_SHARE)

    def take(self, rows: Array) -> Settlements:
        """Return some of the places."""
        holders = self.holders.take(rows)
        return Settlements(self.shares, self.settlement[rows], holders, self.by_ledger)

    def usable(self, rules: LocationRules) -> tuple[Array, Array]:
        """Tell which can be relied on (all), and which lie abroad, as sets of `Reason`."""
        reasons = np.zeros(len(self), dtype=np.uint32)
        abroad = rules.is_abroad(self.longitude, self.latitude)
        reasons[abroad] |= Reason.OUTSIDE_COUNTRY.bit
        return np.ones(len(self), dtype=bool), reasons

    def touching(self, box: Box) -> Array:
        """Return the positions of the places that may touch a box."""
        return _touching(self.longitude, self.latitude, self.shares.radius_m[self.settlement], box)

    def share(self, outline: int, rows: Array) -> Array:
        """Return the share of some of the places that lies inside an outline, from 0 to 1."""
        return self.shares.share(outline, self.settlement[rows], self.holders.known[rows])


Places = Discs | AdminUnits | Settlements
"""The places of n incidents, all of one type; callers need not know which type.

`speaks_of_points` tells whether reasons about the point itself, such as `near-boundary`, apply.
"""


def settlement_columns(places: Places, first: Array, last: Array) -> dict[str, Array]:
    """Return the columns of verdicts about settlements and their holders."""
    if not isinstance(places, Settlements):
        none = np.full(len(places), -1, dtype=np.int32)
        return {"settlement": none, "held_first": none, "held_last": none}
    holders = places.holders
    told = holders.known & (first != NO_DAY) & (last != NO_DAY)
    return {
        "settlement": places.settlement.astype(np.int32),
        "held_first": np.where(told, holders.first, -1).astype(np.int32),
        "held_last": np.where(told, holders.last, -1).astype(np.int32),
    }
