"""Space times time: the verdict on an incident, and what kept it from being plain."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cached_property, lru_cache

import numpy as np

from geodata.atlas import Atlas, Estimate, Extent, PhaseName
from geodata.incidents.areas import Areas
from zones.areas import AreaShares
from zones.index import CellIndex, distinct
from zones.phases import NO_DAY, Basis, Calendar, Spell, Time, governing
from zones.plane import Array, Plane
from zones.shares import Outline

__all__ = [
    "INSIDE_SHARE",
    "OUTSIDE_SHARE",
    "SHARE_DIGITS",
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


class Reason(StrEnum):
    """What kept an answer from being plain, in the order in which a record lists it."""

    NO_LOCATION = "no-location"
    UNREADABLE_LOCATION = "unreadable-location"
    PLACEHOLDER_LOCATION = "placeholder-location"
    COARSE_LOCATION = "coarse-location"
    OUTSIDE_COUNTRY = "outside-country"
    NEAR_BOUNDARY = "near-boundary"
    BOUNDARIES_DISAGREE = "boundaries-disagree"
    SPANS_EXTENTS = "spans-extents"
    NO_DATE = "no-date"
    UNREADABLE_DATE = "unreadable-date"
    FUTURE_DATE = "future-date"
    PARTLY_IN_FORCE = "partly-in-force"
    SPANS_PHASES = "spans-phases"
    CONTESTED = "contested"


VERDICTS, SPACES, TIMES, REASONS = (tuple(kind) for kind in (Verdict, Space, Time, Reason))
PHASES = tuple(PhaseName)

_PLACE_REASONS = REASONS[: REASONS.index(Reason.OUTSIDE_COUNTRY) + 1]
_BIT = {reason: np.uint32(1 << i) for i, reason in enumerate(REASONS)}
_MANY = 5_000  # from here on the cells are worth making
_CHUNK = 65_536  # rows at a time: what fits a core's cache
_METRES_A_DEGREE = 110_000.0  # of latitude, at least
_AROUND = 0.3  # degrees beyond the country that the cells still cover
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

    def followed_by(self, other: Judgements) -> Judgements:
        """Return these judgements and then the others."""
        joined = {
            f.name: np.concatenate([getattr(self, f.name), getattr(other, f.name)])
            for f in fields(self)
            if f.name not in ("spell", "spells")
        }
        shifted = np.where(other.spell < 0, other.spell, other.spell + len(self.spells))
        return Judgements(
            **joined,
            spell=np.concatenate([self.spell, shifted.astype(np.int32)]),
            spells=(*self.spells, *other.spells),
        )


@dataclass(frozen=True)
class _Incidents:
    """What the kernel is asked about, column by column."""

    longitude: Array
    latitude: Array
    radius_m: Array
    first: Array
    last: Array

    @property
    def columns(self) -> tuple[Array, Array, Array, Array, Array]:
        return self.longitude, self.latitude, self.radius_m, self.first, self.last

    def part(self, rows: slice | Array) -> _Incidents:
        return _Incidents(*(column[rows] for column in self.columns))


@dataclass(frozen=True)
class _Setting:
    """What the places of incidents are looked up in, at some moments.

    Attributes
    ----------
    fine
        How many profiles the fine table has; those of the coarse table follow.
    unlocated
        The first number of a place that stands for a reason, not for a position.
    alone : (moments, profiles) bool
        Whether no outline that matters at a moment holds the profile.
    spans : (moments,) bool
        Whether an extent changes within the moment.
    bests
        Distinct sets of best boundaries, one outline a zone.
    drawn : (moments,) int
        Which of these sets holds at a moment.
    """

    fine: int
    unlocated: int
    alone: Array
    spans: Array
    bests: list[tuple[int, ...]]
    drawn: Array

    @property
    def places(self) -> int:
        """How many numbers of places there can be."""
        return self.unlocated + (1 << len(_PLACE_REASONS))


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
        incidents = _Incidents(longitude, latitude, radius_m, first, last)
        if areas is None or area is None or not (area >= 0).any():
            return self._judge(incidents)
        coded = np.flatnonzero(area >= 0)
        discs = np.flatnonzero(area < 0)
        found = self._judge(incidents.part(discs))
        others, case = self.of_areas(areas).judge_areas(incidents.part(coded), area[coded])
        position = np.empty(len(area), dtype=np.intp)
        position[discs] = np.arange(len(discs))
        position[coded] = len(discs) + case
        return found.followed_by(others).take(position)

    @lru_cache(maxsize=4)  # noqa: B019  (lives as long as its judge)
    def of_areas(self, areas: Areas) -> AreaJudge:
        """Return the judge of incidents whose place is one of these polygons."""
        return AreaJudge(self, areas)

    def _judge(self, incidents: _Incidents) -> Judgements:
        longitude = incidents.longitude
        if len(longitude) < _MANY:
            return self._reckon(incidents)
        # Incidents that cells decide fall into few cases: one of each case is reckoned, and all
        # that no cell decides. The same function reckons both, so the answers are the same.
        case, count = self._cases(incidents)
        rows = np.flatnonzero(case < 0)
        example = np.empty(count, dtype=np.int64)
        decided = np.flatnonzero(case >= 0)
        example[case[decided]] = decided
        found = self._reckon(incidents.part(np.concatenate([example, rows])))
        case[rows] = count + np.arange(len(rows), dtype=np.int32)
        return found.take(case)

    def _reckon(self, incidents: _Incidents) -> Judgements:
        longitude, latitude, radius_m, first, last = incidents.columns
        n = len(longitude)
        reasons = np.zeros(n, dtype=np.uint32)
        located = self._locate(longitude, latitude, radius_m, reasons)
        dated = (first != NO_DAY) & (last != NO_DAY)
        reasons[~dated] |= _BIT[Reason.NO_DATE]

        rows = np.flatnonzero(located)
        x, y, radius = longitude[rows], latitude[rows], radius_m[rows]
        days = (
            np.where(dated, first, -(10**9))[rows],
            np.where(dated, last, 10**9)[rows],
        )
        cells = self.index.coarse.cells(x, y) if len(rows) >= _MANY else None
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

    @cached_property
    def index(self) -> CellIndex:
        """The cells that decide most incidents without reckoning."""
        west, south, east, north = self.atlas.meta.bounds
        return CellIndex(
            self._outlines,
            self.plane,
            (west - _AROUND, south - _AROUND, east + _AROUND, north + _AROUND),
            self.coarsest_radius_m,
        )

    def _cases(self, incidents: _Incidents) -> tuple[Array, int]:
        """Return the case that each incident falls into, -1 where no cell decides, and how many.

        Two incidents of one case differ in nothing that the verdict depends on: they lie in the
        same outlines, have the same nearest zone, and their days lie between the same cuts.
        """
        n = len(incidents.longitude)
        chunks = [slice(i, i + _CHUNK) for i in range(0, n, _CHUNK)]
        moment = np.empty(n, dtype=np.int32)
        for chunk in chunks:
            moment[chunk] = self._moments(incidents.first[chunk], incidents.last[chunk])
        moments, moment = distinct(moment, self._moment_count)
        setting = self._setting(tuple(moments.tolist()))
        place = np.empty(n, dtype=np.int32)
        for chunk in chunks:
            place[chunk] = self._places(incidents.part(chunk), moment[chunk], setting)
        left_over = setting.places * len(moments)
        key = place * np.int32(len(moments)) + moment
        key[place < 0] = left_over
        present, case = distinct(key, left_over + 1)
        count = len(present)
        if count and present[-1] == left_over:
            count -= 1
            case[case == count] = -1
        return case, count

    @property
    def _moment_count(self) -> int:
        return (len(self.calendar.cuts) + 1) ** 2 + 1

    def _moments(self, first: Array, last: Array) -> Array:
        """Return a number for the pair of stretches between cuts that days lie in.

        The last number is that of incidents without a date.
        """
        table, start = self.calendar.table
        end = len(table) - 1
        moment = table[np.clip(first - start, 0, end)] * (len(self.calendar.cuts) + 1)
        moment += table[np.clip(last - start, 0, end)]
        moment[(first == NO_DAY) | (last == NO_DAY)] = self._moment_count - 1
        return np.asarray(moment)

    @lru_cache(maxsize=16)  # noqa: B019  (lives as long as its judge)
    def _setting(self, moments: tuple[int, ...]) -> _Setting:
        """Return what the places of incidents at these moments are looked up in."""
        _, fine_members = self.index.fine_profiles
        _, coarse_members, _ = self.index.coarse_profiles
        members = np.concatenate([fine_members, coarse_members])
        governed = [self._governing_outlines(moment) for moment in moments]
        bests = sorted({best for best, _ in governed})
        steps = self.calendar.extent_steps
        width = len(self.calendar.cuts) + 1
        return _Setting(
            fine=len(fine_members),
            unlocated=len(members) * len(self.zones) * 4,
            alone=np.stack([~members[:, holding].any(axis=1) for _, holding in governed]),
            spans=np.array(
                [
                    moment < self._moment_count - 1
                    and steps[moment // width] != steps[moment % width]
                    for moment in moments
                ]
            ),
            bests=bests,
            drawn=np.array([bests.index(best) for best, _ in governed]),
        )

    def _places(self, incidents: _Incidents, moment: Array, setting: _Setting) -> Array:
        """Return a number for all that matters about where each incident is; -1 if undecided."""
        x, y, radius = incidents.longitude, incidents.latitude, incidents.radius_m
        reasons = np.zeros(len(x), dtype=np.uint32)
        located = self._locate(x, y, radius, reasons)
        fine, _ = self.index.fine_profiles
        coarse, _, reach = self.index.coarse_profiles
        around = self.index.coarse.cells(x, y)
        exact = radius == 0

        # Beyond the fine table no outline reaches; the empty profile is the first.
        cell = self.index.fine.cells(x, y)
        profile = np.where(cell >= 0, fine[cell], 0)
        sure = radius < reach[around]
        profile = np.where(exact, profile, np.where(sure, setting.fine + coarse[around], -1))
        profile[setting.spans[moment] | (around < 0) | ~located] = -1

        # Where no outline that matters on the days holds the incident, the nearest zone counts.
        nearest = np.zeros(len(x), dtype=np.int32)
        own = np.array(self._drawn, dtype=np.int32)
        lonely = np.flatnonzero((profile >= 0) & setting.alone[moment, profile])
        drawn = setting.drawn[moment[lonely]]
        for d, bests in enumerate(setting.bests):
            rows = lonely[drawn == d]
            among = self.index.nearest_to(bests, x[rows], y[rows], around[rows])
            nearest[rows] = own[among]

        abroad = (reasons & _BIT[Reason.OUTSIDE_COUNTRY]) > 0
        place = ((profile * len(self.zones) + nearest) * 2 + abroad) * 2 + ~exact
        place[profile < 0] = -1
        # Without a location only the reason matters: the first few bits.
        unlocated = ~located
        place[unlocated] = setting.unlocated + reasons[unlocated].astype(np.int32)
        return np.asarray(place)

    def _governing_outlines(self, moment: int) -> tuple[tuple[int, ...], list[int]]:
        """Return the outlines of best boundaries at a moment, and those that hold an incident.

        One best boundary a zone, under the boundary asked for; an incident that none of the
        holding ones covers has no share in any zone.
        """
        best, holding = [], []
        for z in self._drawn:
            zone = self.zones[z]
            ground = self.grounds[self.boundary, zone]
            low, high, main = self._extents_at(ground, moment)
            best.append(self._position[self.boundary, zone, main, Estimate.BEST])
            holding.append(best[-1])
            holding += [
                self._position[self.boundary, zone, k, Estimate.HIGH] for k in range(low, high + 1)
            ]
        return tuple(best), holding

    def _extents_at(self, ground: _Ground, moment: int) -> tuple[int, int, int]:
        calendar = self.calendar
        first, last = -(10**9), 10**9
        if moment < self._moment_count - 1:
            a, b = divmod(moment, len(calendar.cuts) + 1)
            first = int(calendar.cuts[a - 1]) if a else first
            last = int(calendar.cuts[b - 1]) if b else first
        i, j, main = governing(ground.extents, np.array([first]), np.array([last]))
        return int(i[0]), int(j[0]), int(main[0])

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

    def _locate(self, x: Array, y: Array, radius: Array, reasons: Array) -> Array:
        """Tell which incidents have a usable location; note why the others have none."""
        there = np.isfinite(x) & np.isfinite(y)
        reasons[~there] |= _BIT[Reason.NO_LOCATION]
        placeholder = self._is_placeholder(x, y)
        reasons[placeholder] |= _BIT[Reason.PLACEHOLDER_LOCATION]
        coarse = there & ~(radius <= self.coarsest_radius_m)
        reasons[coarse] |= _BIT[Reason.COARSE_LOCATION]
        west, south, east, north = self.atlas.meta.bounds
        abroad = there & ((x < west) | (x > east) | (y < south) | (y > north))
        reasons[abroad] |= _BIT[Reason.OUTSIDE_COUNTRY]
        return np.asarray(there & ~placeholder & ~coarse)

    def outline_number(self, boundary: str, zone: str, k: int, estimate: Estimate) -> int:
        """Return where an outline of the k-th extent of a zone stands among all."""
        return self._position[boundary, zone, k, estimate]

    def usable(self, longitude: Array, latitude: Array, radius_m: Array) -> tuple[Array, Array]:
        """Tell which incidents have a location that can be judged, and which lie abroad.

        Abroad is beyond the rectangle around the country; a location may be both.
        """
        reasons = np.zeros(len(longitude), dtype=np.uint32)
        usable = self._locate(longitude, latitude, radius_m, reasons)
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
        drawn = [self.zones[z] for z in self._drawn]
        grounds = [self.grounds[self.boundary, zone] for zone in drawn]
        sizes = tuple(len(ground.extents) for ground in grounds)
        mains = [governing(ground.extents, first, last)[2] for ground in grounds]
        present, which = distinct(np.ravel_multi_index(mains, sizes), math.prod(sizes))
        found = np.empty(len(x), dtype=np.int64)
        for number, combination in enumerate(zip(*np.unravel_index(present, sizes), strict=True)):
            rows = np.flatnonzero(which == number)
            best = tuple(
                self._position[self.boundary, zone, int(k), Estimate.BEST]
                for zone, k in zip(drawn, combination, strict=True)
            )
            found[rows] = self.index.nearest_to(
                best, x[rows], y[rows], None if cells is None else cells[rows]
            )
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
            return time, phase, spell, (), alive
        width = len(self.calendar.cuts) + 1
        moment = self.calendar.segment(first[rows]) * width + self.calendar.segment(last[rows])
        present, which = distinct(moment, width * width)

        spells: list[Spell] = []
        codes = np.empty((len(present), len(self.zones) + 1), dtype=np.uint8)
        phases = np.full(codes.shape, -1, dtype=np.int8)
        numbers = np.full(codes.shape, -1, dtype=np.int32)
        bits = np.zeros(codes.shape, dtype=np.uint32)
        for m, key in enumerate(present.tolist()):
            a, b = divmod(key, width)
            for z, name in enumerate(self.zones):
                one = self.calendar.spell(name, a, b)
                codes[m, z] = TIMES.index(one.time)
                phases[m, z] = PHASES.index(one.phase)
                numbers[m, z] = len(spells)
                bits[m, z] = (
                    one.contested * _BIT[Reason.CONTESTED]
                    | one.spans_phases * _BIT[Reason.SPANS_PHASES]
                    | (one.time is Time.PARTLY) * _BIT[Reason.PARTLY_IN_FORCE]
                )
                spells.append(one)
            codes[m, -1] = TIMES.index(self.calendar.anywhere(a, b))
        time[rows] = codes[which, zone[rows]]
        phase[rows] = phases[which, zone[rows]]
        spell[rows] = numbers[which, zone[rows]]
        reasons[rows] |= bits[which, zone[rows]]
        alive[rows] = ((codes == _IN_FORCE) | (codes == _PARTLY))[which, :-1]
        return time, phase, spell, tuple(spells), alive


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

    def judge_areas(self, incidents: _Incidents, area: Array) -> tuple[Judgements, Array]:
        """Return judgements on some incidents, and for each incident the position of its own.

        Incidents of one polygon and one nearest zone, whose days lie between the same cuts, differ
        in nothing that the verdict depends on: one of them is reckoned.
        """
        x, y = self.shares.points(area, incidents.longitude, incidents.latitude)
        first, last = incidents.first, incidents.last
        dated = (first != NO_DAY) & (last != NO_DAY)
        days = np.where(dated, first, -(10**9)), np.where(dated, last, 10**9)
        cells = self.index.coarse.cells(x, y) if len(x) >= _MANY else None
        nearest = self._nearest(x, y, *days, cells)
        moment = self._moments(first, last)
        key = (area.astype(np.int64) * self._moment_count + moment) * len(self.zones) + nearest
        # Which extent covers more of the days, only the days themselves tell.
        steps = self.calendar.extent_steps
        width = len(self.calendar.cuts) + 1
        begin, end = np.divmod(np.where(dated, moment, 0), width)
        alone = np.flatnonzero(dated & (steps[begin] != steps[end]))
        key[alone] = -1 - np.arange(len(alone))
        _, example, case = np.unique(key, return_index=True, return_inverse=True)
        chosen = _Incidents(x, y, area.astype(float), first, last).part(example)
        return self._reckon(chosen), case.reshape(-1)

    def _locate(self, x: Array, y: Array, area: Array, reasons: Array) -> Array:
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
