"""Space times time: the verdict on an incident, and what kept it from being plain."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cached_property, lru_cache

import numpy as np

from geodata.atlas import Atlas, Estimate, Extent, PhaseName
from geodata.columns.areas import Areas
from geodata.columns.incidents import Reason
from zones.area_shares import AreaShares
from zones.calendar import NO_DAY, Basis, Calendar, Spell, Time, governing
from zones.index.cases import Cases
from zones.index.grid import distinct
from zones.index.nearest import nearest_of
from zones.index.profiles import CellIndex
from zones.plane import Array, Plane
from zones.shares import Outline

__all__ = [
    "INSIDE_SHARE",
    "OUTSIDE_SHARE",
    "SHARE_DIGITS",
    "Incidents",
    "Judge",
    "Judgements",
    "Reason",
    "Space",
    "Verdict",
]

INSIDE_SHARE = 0.95
"""An incident is inside when at least this share of its disc is surely inside."""

OUTSIDE_SHARE = 0.05
"""It is outside when at most this share of its disc is possibly inside."""

SHARE_DIGITS = 4
"""Shares are rounded to these before they are compared: a record decides for itself."""

_PLACEHOLDER_DEG = 0.0005  # 50 m: the same point, however many digits were kept


class Space(StrEnum):
    """Where an incident lies with regard to a zone."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    STRADDLES = "straddles"
    UNKNOWN = "unknown"


class Verdict(StrEnum):
    """Did it happen inside a zone that was in force?"""

    INSIDE = "inside"
    OUTSIDE = "outside"
    UNDETERMINED = "undetermined"
    UNCERTAIN = "uncertain"


VERDICTS, SPACES, TIMES, REASONS = (tuple(kind) for kind in (Verdict, Space, Time, Reason))
PHASES = tuple(PhaseName)

_PLACE_REASONS = REASONS[: REASONS.index(Reason.OUTSIDE_COUNTRY) + 1]
_BIT = {reason: np.uint32(1 << i) for i, reason in enumerate(REASONS)}
_MANY = 100_000  # incidents of a judge: from here on the cells are worth making
_METRES_A_DEGREE = 110_000.0  # of latitude, at least
_ABOUT_THE_LINE = (
    Reason.COARSE_LOCATION,
    Reason.NEAR_BOUNDARY,
    Reason.BOUNDARIES_DISAGREE,
    Reason.SPANS_EXTENTS,
)
_INSIDE, _OUTSIDE, _STRADDLES, _UNKNOWN = range(4)
_IN_FORCE, _NOT_YET, _ENDED, _PARTLY, _NO_TIME = range(5)


@dataclass(frozen=True)
class Judgements:
    """Verdicts on n incidents, as arrays of codes.

    Attributes
    ----------
    verdict, space, time : (n,) uint8
        Positions in `VERDICTS`, `SPACES`, `TIMES`.
    zone : (n,) int8
        Position among the atlas's zones; -1 where there is no usable location.
    phase : (n,) int8
        Position in `PHASES` of the zone's phase on the first day; -1 where unknown.
    share_low, share_best, share_high : (n,) float
        Shares of the disc under the boundary asked for; NaN where there is no location.
    boundaries : (n, b) uint8
        Position in `SPACES` under each of the atlas's boundaries; 255 where it has no extent
        on those days.
    spell : (n,) int32
        Position in `spells`: agreements, round and guarantors; -1 where there are none to give.
    reasons : (n,) uint32
        One bit a reason, in the order of `REASONS`.
    spells : tuple of Spell
    """

    verdict: Array
    space: Array
    time: Array
    zone: Array
    phase: Array
    share_low: Array
    share_best: Array
    share_high: Array
    boundaries: Array
    spell: Array
    reasons: Array
    spells: tuple[Spell, ...]

    def __len__(self) -> int:
        return len(self.verdict)

    def take(self, index: Array) -> Judgements:
        """Return the judgements at these positions."""
        index = index.astype(np.intp)  # once, not once an array
        picked = {
            f.name: np.take(getattr(self, f.name), index, axis=0)
            for f in fields(self)
            if f.name != "spells"
        }
        return Judgements(**picked, spells=self.spells)

    def joined(self, other: Judgements) -> Judgements:
        """Return these judgements and those of another call of the same judge."""
        both = {
            f.name: np.concatenate([getattr(self, f.name), getattr(other, f.name)])
            for f in fields(self)
            if f.name != "spells"
        }
        return Judgements(**both, spells=max(self.spells, other.spells, key=len))


@dataclass(frozen=True)
class Incidents:
    """What the kernel is asked about, column by column, as for `Judge.judge`.

    Where every incident is of one day, `last` is the very array that `first` is.
    """

    longitude: Array
    latitude: Array
    radius_m: Array
    first: Array
    last: Array

    @property
    def columns(self) -> tuple[Array, Array, Array, Array, Array]:
        """The arrays, in the order in which the kernel takes them."""
        return self.longitude, self.latitude, self.radius_m, self.first, self.last

    def __len__(self) -> int:
        return len(self.longitude)

    def part(self, rows: slice | Array) -> Incidents:
        """Return some of the incidents."""
        x, y, radius, first = (column[rows] for column in self.columns[:4])
        return Incidents(x, y, radius, first, first if self.one_day else self.last[rows])

    @property
    def one_day(self) -> bool:
        """Whether it is seen at once that each incident is of one day."""
        return self.last is self.first


@dataclass(frozen=True)
class _Ground:
    """One zone under one boundary: its extents in order, each as three outlines."""

    extents: list[Extent]
    outlines: list[dict[Estimate, Outline]]


class Judge:
    """Answers, for arrays of incidents, under one boundary and one basis.

    Parameters
    ----------
    atlas
        What is known.
    boundary
        Which way of drawing the zones decides; the atlas's default where None. The others are
        answered as well, for comparison.
    basis
        From when a zone counts as in force.
    coarsest_radius_m
        A location known no better than this is no location; the atlas's own where None.
    """

    def __init__(
        self,
        atlas: Atlas,
        *,
        boundary: str | None = None,
        basis: Basis | str = Basis.MEMORANDUM,
        coarsest_radius_m: float | None = None,
    ) -> None:
        self.atlas = atlas
        self.boundary = atlas.boundary(boundary or atlas.meta.default_boundary).id
        self.basis = Basis(basis)
        self.coarsest_radius_m = (
            atlas.meta.coarsest_radius_m if coarsest_radius_m is None else coarsest_radius_m
        )
        self.calendar = Calendar(atlas, self.basis)
        self.zones = self.calendar.zones
        self.boundaries = tuple(b.id for b in atlas.boundaries)
        self.plane = Plane(atlas.meta.bounds)
        self._making = threading.RLock()  # threads share a judge
        self._asked = 0
        self._cases: Cases | None = None
        self._meanings: dict[int, tuple[Array, Array, Array, Array]] = {}
        self._spells: list[Spell] = []

    @cached_property
    def grounds(self) -> dict[tuple[str, str], _Ground]:
        """The extents of each zone under each boundary that draws it."""
        found: dict[tuple[str, str], _Ground] = {}
        for extent in self.atlas.extents:
            ground = found.setdefault((extent.boundary, extent.zone), _Ground([], []))
            ground.extents.append(extent)
            ground.outlines.append({e: Outline(extent.geometry(e), self.plane) for e in Estimate})
        return found

    @cached_property
    def _drawn(self) -> tuple[int, ...]:
        """Positions of the zones that the boundary asked for draws: some may draw but a few."""
        return tuple(
            z for z, zone in enumerate(self.zones) if (self.boundary, zone) in self.grounds
        )

    # -- the kernel -------------------------------------------------------------------------

    def judge(
        self,
        longitude: Array,
        latitude: Array,
        radius_m: Array,
        first: Array,
        last: Array,
        *,
        areas: Areas | None = None,
        area: Array | None = None,
    ) -> Judgements:
        """Give the verdict on each incident.

        Parameters
        ----------
        longitude, latitude : (n,) array of float
            Degrees, WGS 84; NaN where there is no location.
        radius_m : (n,) array of float
            Geodesic radius in metres, 0 for an exact point; NaN where it is not known.
        first, last : (n,) array of int64
            Day numbers from 1970-01-01, both included; `NO_DAY` where there is no date.
        areas
            Polygons of districts or governorates, where some were given.
        area : (n,) array of int, optional
            Position among the polygons of the one that takes the disc's place; -1 for a disc.

        Returns
        -------
        Judgements
            Of the same length and order.
        """
        found, which = self.answers(
            longitude, latitude, radius_m, first, last, areas=areas, area=area
        )
        return found if which is None else found.take(which)

    def answers(
        self,
        longitude: Array,
        latitude: Array,
        radius_m: Array,
        first: Array,
        last: Array,
        *,
        areas: Areas | None = None,
        area: Array | None = None,
    ) -> tuple[Judgements, Array | None]:
        """Give the answers that occur, and for each incident which of them is its own.

        Parameters are those of `judge`. Of many incidents most share their answer with others, and
        whatever is made of answers need be made only once for each. Without the second array, each
        incident has its own.
        """
        one_day = last is first or np.array_equal(first, last)
        incidents = Incidents(longitude, latitude, radius_m, first, first if one_day else last)
        if areas is None or area is None or not (area >= 0).any():
            return self._answers(incidents)
        coded, discs = np.flatnonzero(area >= 0), np.flatnonzero(area < 0)
        found, own = self._answers(incidents.part(discs))
        others, case = self.of_areas(areas).judge_areas(incidents.part(coded), area[coded])
        which = np.empty(len(area), dtype=np.int32)
        which[discs] = np.arange(len(discs)) if own is None else own
        which[coded] = len(found) + case
        return found.joined(others), which

    @lru_cache(maxsize=4)  # noqa: B019  (lives as long as its judge)
    def of_areas(self, areas: Areas) -> AreaJudge:
        """Return the judge of incidents whose place is one of these polygons."""
        return AreaJudge(self, areas)

    def _answers(self, incidents: Incidents) -> tuple[Judgements, Array | None]:
        self._asked += len(incidents)
        if self._asked < _MANY:
            return self.reckon(incidents), None
        # Incidents that cells decide fall into few cases: one of each case is reckoned, and all
        # that no cell decides. The same function reckons both, so the answers are the same.
        case, known = self.cases.sort(incidents)
        rows = np.flatnonzero(case < 0)
        own = self.reckon(incidents.part(rows), by_cells=True)
        if known is None:
            return own, None
        present, which = distinct(case, len(known) + 1)  # -1 is the last of so many
        count = len(present) - bool(rows.size)
        which[rows] = count + np.arange(len(rows), dtype=np.int32)
        return known.take(present[:count]).joined(own), which

    def reckon(self, incidents: Incidents, *, by_cells: bool = False) -> Judgements:
        """Give the verdict on each incident by its own numbers; cells may spare work, no more."""
        longitude, latitude, radius_m, first, last = incidents.columns
        n = len(longitude)
        reasons = np.zeros(n, dtype=np.uint32)
        located = self.locate(longitude, latitude, radius_m, reasons)
        dated = (first != NO_DAY) & (last != NO_DAY)
        reasons[~dated] |= _BIT[Reason.NO_DATE]

        rows = np.flatnonzero(located)
        x, y, radius = longitude[rows], latitude[rows], radius_m[rows]
        days = (
            np.where(dated, first, -(10**9))[rows],
            np.where(dated, last, 10**9)[rows],
        )
        cells = self.index.coarse.cells(x, y) if by_cells else None
        available = self._available(first, last, dated)
        own = self.boundaries.index(self.boundary)
        shares, changed = self._shares(x, y, radius, *days, cells)
        space_by_zone = self._spaces(shares[0], shares[2], radius)  # incident, zone

        zone = np.full(n, -1, dtype=np.int8)
        zone[rows] = self._choose_zones(shares, x, y, *days, cells)
        at = np.arange(len(rows)), zone[rows].astype(np.intp)
        low, best, high = (np.full(n, np.nan) for _ in range(3))
        for target, estimate in ((low, 0), (best, 1), (high, 2)):
            target[rows] = shares[estimate][at]

        space = np.full(n, _UNKNOWN, dtype=np.uint8)
        space[rows] = space_by_zone[at]
        boundaries = np.where(available, np.uint8(_UNKNOWN), np.uint8(255))
        boundaries[rows, own] = space[rows]
        for b in range(len(self.boundaries)):
            if b != own:
                there = np.flatnonzero(available[rows, b])
                boundaries[rows[there], b] = self._spaces_under(
                    self.boundaries[b],
                    x[there],
                    y[there],
                    radius[there],
                    days[0][there],
                    days[1][there],
                    None if cells is None else cells[there],
                )

        time, phase, spell, spells, alive = self._times(zone, first, last, dated, reasons)
        elsewhere = np.ones(n, dtype=bool)
        elsewhere[rows] = ((space_by_zone == _OUTSIDE) | ~alive[rows]).all(axis=1)
        elsewhere[~located] = ~alive[~located].any(axis=1)

        verdict = np.full(n, VERDICTS.index(Verdict.UNCERTAIN), dtype=np.uint8)
        verdict[(space == _INSIDE) & (time == _IN_FORCE)] = VERDICTS.index(Verdict.INSIDE)
        verdict[~located | ~dated] = VERDICTS.index(Verdict.UNDETERMINED)
        verdict[elsewhere] = VERDICTS.index(Verdict.OUTSIDE)

        concerned = (space == _INSIDE) | (space == _STRADDLES)
        in_time = (time == _IN_FORCE) | (time == _PARTLY)
        spell[~(concerned & in_time)] = -1
        self._explain_space(rows, x, y, radius, days, at, space, changed, reasons)
        disagree = ((boundaries != space[:, None]) & (boundaries != 255)).any(axis=1)
        reasons[located & disagree] |= _BIT[Reason.BOUNDARIES_DISAGREE]
        quiet = ~(concerned & in_time)
        for reason in (Reason.CONTESTED, Reason.SPANS_PHASES, Reason.PARTLY_IN_FORCE):
            reasons[quiet] &= ~_BIT[reason]
        by_time = located & ((time == _NOT_YET) | (time == _ENDED))
        for reason in _ABOUT_THE_LINE:
            reasons[by_time & elsewhere] &= ~_BIT[reason]
        return Judgements(
            verdict=verdict,
            space=space,
            time=time,
            zone=zone,
            phase=phase,
            share_low=low,
            share_best=best,
            share_high=high,
            boundaries=boundaries,
            spell=spell,
            reasons=reasons,
            spells=spells,
        )

    # -- many incidents ---------------------------------------------------------------------

    @property
    def cases(self) -> Cases:
        """The cases that cells tell apart; made when they are first needed."""
        with self._making:
            if self._cases is None:
                self._cases = Cases(self)
            return self._cases

    @cached_property
    def index(self) -> CellIndex:
        """The cells that decide most incidents without reckoning."""
        return CellIndex(
            self._outlines,
            sorted(self._best_outlines.values()),
            self.plane,
            self.atlas.meta.bounds,
            self.coarsest_radius_m,
        )

    @cached_property
    def _best_outlines(self) -> dict[tuple[int, ...], tuple[int, ...]]:
        """Positions of the best outlines of all zones, by which extents govern on some day."""
        starts = [-(10**9), *self.calendar.cuts.tolist(), -(10**9)]
        ends = [-(10**9), *self.calendar.cuts.tolist(), 10**9]  # the last: no date
        mains = [
            governing(self.grounds[self.boundary, self.zones[z]].extents, *days)[2]
            for days in [(np.array(starts), np.array(ends))]
            for z in self._drawn
        ]
        return {
            combination: self._bests(combination)
            for combination in zip(*(main.tolist() for main in mains), strict=True)
        }

    def _bests(self, combination: tuple[int, ...]) -> tuple[int, ...]:
        """Return the positions of the best outlines of the extents that govern, one a zone."""
        return tuple(
            self._position[self.boundary, self.zones[z], k, Estimate.BEST]
            for z, k in zip(self._drawn, combination, strict=True)
        )

    @cached_property
    def _outlines(self) -> list[Outline]:
        return [
            self.grounds[boundary, zone].outlines[k][estimate]
            for boundary, zone, k, estimate in self._position
        ]

    @cached_property
    def _position(self) -> dict[tuple[str, str, int, Estimate], int]:
        """Where each outline stands in the index."""
        keys = [
            (boundary, zone, k, estimate)
            for (boundary, zone), ground in self.grounds.items()
            for k in range(len(ground.outlines))
            for estimate in Estimate
        ]
        return {key: position for position, key in enumerate(keys)}

    # -- where ------------------------------------------------------------------------------

    @cached_property
    def _placeholders(self) -> tuple[Array, Array]:
        """Longitudes, in order, and latitudes of the points that stand for a whole area."""
        points = sorted((p.longitude, p.latitude) for p in self.atlas.meta.placeholders)
        return np.array([x for x, _ in points]), np.array([y for _, y in points])

    @property
    def placeholder_boxes(self) -> list[tuple[float, float, float, float]]:
        """West, south, east, north of what counts as each point that stands for a whole area."""
        reach = _PLACEHOLDER_DEG
        points = zip(*(known.tolist() for known in self._placeholders), strict=True)
        return [(x - reach, y - reach, x + reach, y + reach) for x, y in points]

    def _is_placeholder(self, x: Array, y: Array) -> Array:
        """Tell which points are placeholders; few share the longitude of one."""
        known_x, known_y = self._placeholders
        found = np.zeros(len(x), dtype=bool)
        if not len(known_x):
            return found
        after = np.minimum(np.searchsorted(known_x, x - _PLACEHOLDER_DEG), len(known_x) - 1)
        rows = np.flatnonzero(np.abs(x - known_x[after]) <= _PLACEHOLDER_DEG)
        if rows.size:
            near_x = np.abs(x[rows, None] - known_x) <= _PLACEHOLDER_DEG
            near_y = np.abs(y[rows, None] - known_y) <= _PLACEHOLDER_DEG
            found[rows] = (near_x & near_y).any(axis=1)
        return found

    def is_abroad(self, x: Array, y: Array) -> Array:
        """Tell which points lie beyond the rectangle around the country; NaN does not."""
        west, south, east, north = self.atlas.meta.bounds
        return np.asarray((x < west) | (x > east) | (y < south) | (y > north))

    def locate(self, x: Array, y: Array, radius: Array, reasons: Array) -> Array:
        """Tell which incidents have a usable location; note why the others have none."""
        there = np.isfinite(x) & np.isfinite(y)
        reasons[~there] |= _BIT[Reason.NO_LOCATION]
        placeholder = self._is_placeholder(x, y)
        reasons[placeholder] |= _BIT[Reason.PLACEHOLDER_LOCATION]
        coarse = there & ~(radius <= self.coarsest_radius_m)
        reasons[coarse] |= _BIT[Reason.COARSE_LOCATION]
        reasons[there & self.is_abroad(x, y)] |= _BIT[Reason.OUTSIDE_COUNTRY]
        return np.asarray(there & ~placeholder & ~coarse)

    def outline_number(self, boundary: str, zone: str, k: int, estimate: Estimate) -> int:
        """Return where an outline of the k-th extent of a zone stands among all."""
        return self._position[boundary, zone, k, estimate]

    def usable(self, longitude: Array, latitude: Array, radius_m: Array) -> tuple[Array, Array]:
        """Tell which incidents have a location that can be judged, and which lie abroad.

        Abroad is beyond the rectangle around the country; a location may be both.
        """
        reasons = np.zeros(len(longitude), dtype=np.uint32)
        usable = self.locate(longitude, latitude, radius_m, reasons)
        return usable, (reasons & _BIT[Reason.OUTSIDE_COUNTRY]) != 0

    def _shares(
        self,
        x: Array,
        y: Array,
        radius: Array,
        first: Array,
        last: Array,
        cells: Array | None,
    ) -> tuple[Array, Array]:
        """Return shares (estimate, incident, zone) and whether extents changed.

        Where the days span several extents: the smallest low, the largest high, and the best of
        the extent that covers more of the days.
        """
        shares = np.zeros((3, len(x), len(self.zones)))
        changed = np.zeros((len(x), len(self.zones)), dtype=bool)
        for z in self._drawn:
            zone = self.zones[z]
            rows = self.within_reach(self.boundary, zone, x, y, radius)
            if not rows.size:
                continue
            spans = governing(self.grounds[self.boundary, zone].extents, first[rows], last[rows])
            changed[rows, z] = spans[0] != spans[1]
            cell = None if cells is None else cells[rows]
            for e, estimate in enumerate(Estimate):
                shares[e, rows, z] = self._zone_shares(
                    self.boundary, zone, estimate, x[rows], y[rows], radius[rows], spans, cell
                )
        return shares, changed

    def within_reach(self, boundary: str, zone: str, x: Array, y: Array, radius: Array) -> Array:
        """Return the positions of the incidents whose disc may touch some extent of a zone."""
        west, south, east, north = self._boxes[boundary, zone]
        up = radius / _METRES_A_DEGREE
        along = up / max(math.cos(math.radians(max(abs(south), abs(north)) + 2.0)), 0.01)
        return np.flatnonzero(
            (x >= west - along) & (x <= east + along) & (y >= south - up) & (y <= north + up)
        )

    @cached_property
    def _boxes(self) -> dict[tuple[str, str], tuple[float, float, float, float]]:
        """Bounds in degrees around all extents of each zone under each boundary."""
        found = {}
        for key, ground in self.grounds.items():
            boxes = [extent.high.bounds for extent in ground.extents if not extent.high.is_empty]
            west, south, east, north = zip(*boxes, strict=True) if boxes else ([np.inf],) * 4
            found[key] = min(west), min(south), max(east), max(north)
        return found

    def _spaces_under(
        self,
        boundary: str,
        x: Array,
        y: Array,
        radius: Array,
        first: Array,
        last: Array,
        cells: Array | None,
    ) -> Array:
        """Return the space of each incident under a boundary that is asked only for comparison.

        That of the zone with the largest best share, then high. No share is reckoned that does
        not matter: the best where only one zone has a share at all, the low where the high is
        too small already.
        """
        low, best, high = shares = np.zeros((3, len(x), len(self.zones)))

        def reckon(estimate: Estimate, target: Array, matters: Array | None = None) -> None:
            for z, zone in enumerate(self.zones):
                if (boundary, zone) not in self.grounds:
                    continue
                if matters is None:
                    rows = self.within_reach(boundary, zone, x, y, radius)
                else:
                    rows = np.flatnonzero(matters[:, z])
                if rows.size:
                    target[rows, z] = self._zone_shares(
                        boundary,
                        zone,
                        estimate,
                        x[rows],
                        y[rows],
                        radius[rows],
                        governing(self.grounds[boundary, zone].extents, first[rows], last[rows]),
                        None if cells is None else cells[rows],
                    )

        reckon(Estimate.HIGH, high)
        several = (high > 0).sum(axis=1) > 1
        reckon(Estimate.BEST, best, (high > 0) & several[:, None])
        reckon(Estimate.LOW, low, high >= INSIDE_SHARE)
        at = np.arange(len(x)), _leading(shares)
        return self._spaces(low[at], high[at], radius)

    def _spaces(self, low: Array, high: Array, radius: Array) -> Array:
        return _spaces(low, high, INSIDE_SHARE, OUTSIDE_SHARE)

    def _zone_shares(
        self,
        boundary: str,
        zone: str,
        estimate: Estimate,
        x: Array,
        y: Array,
        radius: Array,
        governed: tuple[Array, Array, Array],
        cells: Array | None,
    ) -> Array:
        """Return shares under one estimate, over the extents from i to j of which one is main."""
        i, j, main = governed
        share = np.full(len(x), 1.0 if estimate is Estimate.LOW else 0.0)
        keep = np.minimum if estimate is Estimate.LOW else np.maximum
        for k in range(len(self.grounds[boundary, zone].extents)):
            rows = np.flatnonzero(main == k if estimate is Estimate.BEST else (i <= k) & (k <= j))
            if rows.size:
                position = self._position[boundary, zone, k, estimate]
                found = self._share(position, x, y, radius, cells, rows)
                share[rows] = keep(share[rows], found)
        return np.round(share, SHARE_DIGITS)

    def _share(
        self, position: int, x: Array, y: Array, radius: Array, cells: Array | None, rows: Array
    ) -> Array:
        """Return the shares of some rows; where there are cells, only of those they leave open."""
        outline = self._outlines[position]
        if cells is None:
            return outline.share(x[rows], y[rows], radius[rows])
        inside, outside = self.index.decided(position, cells[rows], radius[rows])
        share = inside.astype(float)
        open_rows = np.flatnonzero(~(inside | outside))
        chosen = rows[open_rows]
        share[open_rows] = outline.share(x[chosen], y[chosen], radius[chosen])
        return share

    def _choose_zones(
        self,
        shares: Array,
        x: Array,
        y: Array,
        first: Array,
        last: Array,
        cells: Array | None,
    ) -> Array:
        """Return the zone to report: the largest best share, then high; else the nearest."""
        chosen = _leading(shares)
        rows = np.flatnonzero(shares[2].max(axis=1) == 0)
        if rows.size:
            cell = None if cells is None else cells[rows]
            chosen[rows] = self._nearest(x[rows], y[rows], first[rows], last[rows], cell)
        return chosen.astype(np.int8)

    def _nearest(self, x: Array, y: Array, first: Array, last: Array, cells: Array | None) -> Array:
        """Return the zone whose best boundary is nearest to each point."""
        grounds = [self.grounds[self.boundary, self.zones[z]] for z in self._drawn]
        sizes = tuple(len(ground.extents) for ground in grounds)
        mains = [governing(ground.extents, first, last)[2] for ground in grounds]
        present, which = distinct(np.ravel_multi_index(mains, sizes), math.prod(sizes))
        told = None
        if cells is not None:
            told = self.index.nearest.tell(x, y, self.index.fine.cells(x, y))
        px, py = self.plane.project(x, y)
        found = np.empty(len(x), dtype=np.int64)
        for number, combination in enumerate(zip(*np.unravel_index(present, sizes), strict=True)):
            rows = np.flatnonzero(which == number)
            bests = self._bests(tuple(int(k) for k in combination))
            if told is not None and bests in self.index.sets:
                found[rows] = told[rows, self.index.sets.index(bests)]
            else:
                found[rows] = nearest_of([self._outlines[o] for o in bests], px[rows], py[rows])
        return np.asarray(np.array(self._drawn)[found])

    def _available(self, first: Array, last: Array, dated: Array) -> Array:
        """Tell which boundaries have an extent on the days; the one asked for always has."""
        found = np.zeros((len(first), len(self.boundaries)), dtype=bool)
        for b, boundary in enumerate(self.boundaries):
            if boundary == self.boundary:
                found[:, b] = True
                continue
            for (name, _), ground in self.grounds.items():
                if name == boundary:
                    begin, end = _validity(ground.extents)
                    found[:, b] |= ~dated | ((first < end) & (last >= begin))
        return found

    def _explain_space(
        self,
        rows: Array,
        x: Array,
        y: Array,
        radius: Array,
        days: tuple[Array, Array],
        at: tuple[Array, Array],
        space: Array,
        changed: Array,
        reasons: Array,
    ) -> None:
        """Note why a location straddles: it is coarse, or near the line, or the line moved."""
        open_question = space[rows] == _STRADDLES
        if not open_question.any():
            return
        reasons[rows[open_question & (radius > 0)]] |= _BIT[Reason.COARSE_LOCATION]
        reasons[rows[open_question & changed[at]]] |= _BIT[Reason.SPANS_EXTENTS]
        for z in range(len(self.zones)):
            mine = np.flatnonzero(open_question & (at[1] == z))
            if not mine.size:
                continue
            ground = self.grounds[self.boundary, self.zones[z]]
            i, j, _ = governing(ground.extents, days[0][mine], days[1][mine])
            for k, outlines in enumerate(ground.outlines):
                held = mine[(i <= k) & (k <= j)]
                band = outlines[Estimate.HIGH].covers(x[held], y[held])
                band &= ~outlines[Estimate.LOW].covers(x[held], y[held])
                reasons[rows[held[band]]] |= _BIT[Reason.NEAR_BOUNDARY]

    # -- when -------------------------------------------------------------------------------

    def _times(
        self, zone: Array, first: Array, last: Array, dated: Array, reasons: Array
    ) -> tuple[Array, Array, Array, tuple[Spell, ...], Array]:
        """Return time, phase, spell (with the list of spells) and which zones were in force."""
        n = len(zone)
        time = np.full(n, _NO_TIME, dtype=np.uint8)
        phase = np.full(n, -1, dtype=np.int8)
        spell = np.full(n, -1, dtype=np.int32)
        alive = np.ones((n, len(self.zones)), dtype=bool)
        rows = np.flatnonzero(dated)
        if not rows.size:
            return time, phase, spell, tuple(self._spells), alive
        moment = self.calendar.moment(first[rows], last[rows])
        present, which = distinct(moment, self.calendar.moments)
        codes, phases, numbers, bits = zip(*map(self._meaning, present.tolist()), strict=True)
        here = which, zone[rows]
        time[rows] = np.stack(codes)[here]
        phase[rows] = np.stack(phases)[here]
        spell[rows] = np.stack(numbers)[here]
        reasons[rows] |= np.stack(bits)[here]
        in_force = np.isin(np.stack(codes)[:, :-1], (_IN_FORCE, _PARTLY))
        alive[rows] = in_force[which]
        return time, phase, spell, tuple(self._spells), alive

    def _meaning(self, moment: int) -> tuple[Array, Array, Array, Array]:
        """Return what a moment means for each zone: time, phase, number of its spell, reasons.

        The last column is for incidents of which the zone is not known.
        """
        with self._making:
            if moment not in self._meanings:
                width = len(self.zones) + 1
                codes, phases = np.empty(width, dtype=np.uint8), np.full(width, -1, dtype=np.int8)
                numbers, bits = np.full(width, -1, np.int32), np.zeros(width, np.uint32)
                a, b = self.calendar.segments(moment)
                for z, name in enumerate(self.zones):
                    one = self.calendar.spell(name, a, b)
                    codes[z] = TIMES.index(one.time)
                    phases[z] = PHASES.index(one.phase)
                    numbers[z] = len(self._spells)
                    bits[z] = (
                        one.contested * _BIT[Reason.CONTESTED]
                        | one.spans_phases * _BIT[Reason.SPANS_PHASES]
                        | (one.time is Time.PARTLY) * _BIT[Reason.PARTLY_IN_FORCE]
                    )
                    self._spells.append(one)
                codes[-1] = TIMES.index(self.calendar.anywhere(a, b))
                self._meanings[moment] = codes, phases, numbers, bits
            return self._meanings[moment]


class AreaJudge(Judge):
    """The same judge, of incidents whose place is a polygon instead of a disc.

    Where the other has a column of radii, this one has the positions of polygons: whatever is
    asked about a disc is asked about the polygon, and the rest is the same.
    """

    def __init__(self, judge: Judge, areas: Areas) -> None:
        # What the other has prepared, this one uses as well.
        prepared = (judge.grounds, judge.index, judge._drawn, judge._position, judge._boxes)
        assert all(one is not None for one in prepared)  # noqa: S101  (asked for, so that it is)
        vars(self).update(vars(judge))
        self.shares = AreaShares(areas.polygons, judge._outlines, judge.plane)

    def judge_areas(self, incidents: Incidents, area: Array) -> tuple[Judgements, Array]:
        """Return judgements on some incidents, and for each incident the position of its own.

        Incidents of one polygon and one nearest zone, whose days lie between the same cuts, differ
        in nothing that the verdict depends on: one of them is reckoned.
        """
        x, y = self.shares.points(area, incidents.longitude, incidents.latitude)
        first, last = incidents.first, incidents.last
        dated = (first != NO_DAY) & (last != NO_DAY)
        days = np.where(dated, first, -(10**9)), np.where(dated, last, 10**9)
        self._asked += len(x)
        cells = self.index.coarse.cells(x, y) if self._asked >= _MANY else None
        nearest = self._nearest(x, y, *days, cells)
        moment = self.calendar.moment(first, last)
        key = (area.astype(np.int64) * self.calendar.moments + moment) * len(self.zones) + nearest
        # Which extent covers more of the days, only the days themselves tell.
        spans = [m for m in np.unique(moment).tolist() if self.calendar.spans_extents(m)]
        alone = np.flatnonzero(np.isin(moment, spans))
        key[alone] = -1 - np.arange(len(alone))
        _, example, case = np.unique(key, return_index=True, return_inverse=True)
        chosen = Incidents(x, y, area.astype(float), first, last).part(example)
        return self.reckon(chosen), case.reshape(-1)

    def locate(self, x: Array, y: Array, area: Array, reasons: Array) -> Array:
        """Every polygon is a usable location; note which lie abroad as a whole."""
        west, south, east, north = self.atlas.meta.bounds
        left, lower, right, upper = self.shares.bounds[area.astype(np.intp)].T
        abroad = (right < west) | (left > east) | (upper < south) | (lower > north)
        reasons[abroad] |= _BIT[Reason.OUTSIDE_COUNTRY]
        return np.ones(len(area), dtype=bool)

    def within_reach(self, boundary: str, zone: str, x: Array, y: Array, area: Array) -> Array:
        west, south, east, north = self._boxes[boundary, zone]
        left, lower, right, upper = self.shares.bounds[area.astype(np.intp)].T
        return np.flatnonzero(
            (right >= west) & (left <= east) & (upper >= south) & (lower <= north)
        )

    def limits(self, area: Array) -> tuple[Array, Array]:
        """Return the least share that is inside, and the largest that is outside, by polygon.

        What may be left over is no more ground than of the largest disc: a twentieth of a
        governorate can hold a whole zone, and incidents are not spread evenly.
        """
        largest = math.pi * self.coarsest_radius_m**2
        part = np.minimum(largest / self.shares.ground[area.astype(np.intp)], 1.0)
        outside = np.round(part * OUTSIDE_SHARE, SHARE_DIGITS)
        inside = np.round(1.0 - part * (1.0 - INSIDE_SHARE), SHARE_DIGITS)
        return inside, outside

    def _spaces(self, low: Array, high: Array, area: Array) -> Array:
        inside, outside = (limit.reshape(-1, *(1,) * (low.ndim - 1)) for limit in self.limits(area))
        return _spaces(low, high, inside, outside)

    def _share(
        self, position: int, x: Array, y: Array, area: Array, cells: Array | None, rows: Array
    ) -> Array:
        return self.shares.share(position, area[rows].astype(np.intp))

    def _explain_space(
        self,
        rows: Array,
        x: Array,
        y: Array,
        area: Array,
        days: tuple[Array, Array],
        at: tuple[Array, Array],
        space: Array,
        changed: Array,
        reasons: Array,
    ) -> None:
        """Note why a polygon straddles: nothing finer is known, or the line moved."""
        open_question = space[rows] == _STRADDLES
        reasons[rows[open_question]] |= _BIT[Reason.COARSE_LOCATION]
        reasons[rows[open_question & changed[at]]] |= _BIT[Reason.SPANS_EXTENTS]


def _leading(shares: Array) -> Array:
    """Return the zone with the largest best share, the largest high share where best is 0."""
    best = shares[1]
    high = shares[2]
    return np.asarray(np.where(best.max(axis=1) > 0, best.argmax(axis=1), high.argmax(axis=1)))


def _spaces(low: Array, high: Array, inside: Array | float, outside: Array | float) -> Array:
    space = np.full(low.shape, _STRADDLES, dtype=np.uint8)
    space[high <= outside] = _OUTSIDE
    space[low >= inside] = _INSIDE
    return space


def _validity(extents: list[Extent]) -> tuple[int, int]:
    last = extents[-1].valid_to
    begin = np.datetime64(extents[0].valid_from, "D").astype(int)
    return int(begin), 10**9 if last is None else int(np.datetime64(last, "D").astype(int))
