"""Space times time: did an incident happen inside a zone that was in force?"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import reduce
from typing import Any

import msgspec
import numpy as np
from msgspec.structs import replace

from geodata.atlas import Atlas
from geodata.columns.incidents import (
    Alternative,
    Incidents,
    PlaceType,
    Reason,
    reasons_in,
)
from geodata.ledger import Ledger
from geodata.locks import MAKING
from geodata.schema import DrawnFrom
from zones.arrays import Array, distinct
from zones.calendar import IN_FORCE, PHASES, TIMES, Basis, Terms, When, calendar_of
from zones.evidence import (
    is_concerned,
    is_gained,
    reasons_for,
    why_held,
    why_open,
    why_unreadable,
)
from zones.holders import control_of, held_in_words, settlement_in_words
from zones.index.cells import CellIndex
from zones.index.classes import EquivalenceClasses, classes_of
from zones.index.kept import Kept
from zones.places import AdminUnits, Discs, LocationRules, Places, Settlements, settlement_columns
from zones.prepared import once_per_atlas
from zones.space import (
    INSIDE,
    NO_SPACE,
    OUTSIDE,
    SPACES,
    UNKNOWN,
    Days,
    Drawing,
    Where,
    grounds_of,
    index_of,
    leading_zone,
    settlement_shares_of,
    space_codes,
    unit_shares_of,
)


class Verdict(StrEnum):
    """Did it happen inside a zone that was in force?"""

    INSIDE = "inside"
    OUTSIDE = "outside"
    UNDETERMINED = "undetermined"
    UNCERTAIN = "uncertain"


VERDICTS = tuple(Verdict)

_MANY = 100_000  # incidents of an assessor: from here on the index is worth making


class Verdicts(msgspec.Struct, frozen=True, eq=False):
    """Verdicts on n incidents, as columns of codes.

    Attributes
    ----------
    verdict, space, time : (n,) uint8
        Positions in `VERDICTS`, `SPACES`, `TIMES`.
    zone : (n,) int8
        Position in `zone_ids`; -1 where there is no usable location.
    phase : (n,) int8
        Position in `PHASES` of the zone's phase on the first day; -1 where unknown.
    share_low, share_best, share_high : (n,) float
        Shares of the place by the boundary asked for; NaN where there is no location.
    boundaries : (n, b) uint8
        Position in `SPACES` by each of `boundary_ids`; `NO_SPACE` where one has no extent on those
        days.
    drawn_by : (n,) uint32
        Which of `boundary_ids` drew the zone on those days, as bits; 0 where there is no zone.
    terms : (n,) int32
        Position in `known_terms`: agreements, round and guarantors; -1 where there are none.
    reasons : (n,) uint32
        Set of `Reason`, by their bits.
    settlement : (n,) int32
        Position in `ledger` of the settlement that is the place; -1 where none is.
    held_first, held_last : (n,) int32
        Positions in its holdings of the first and the last on the days; -1 where there is no date,
        or nobody says who held it.
    zone_ids, boundary_ids : tuple of str
        Of the atlas.
    known_terms : sequence of Terms
        Of the calendar, which adds new ones as they are needed.
    ledger
        Of the atlas.
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
    drawn_by: Array
    terms: Array
    reasons: Array
    settlement: Array
    held_first: Array
    held_last: Array
    zone_ids: tuple[str, ...]
    boundary_ids: tuple[str, ...]
    known_terms: Sequence[Terms]
    ledger: Ledger

    def __len__(self) -> int:
        return len(self.verdict)

    def take(self, rows: Array) -> Verdicts:
        """Return the verdicts at these positions."""
        rows = rows.astype(np.intp)  # once, not once an array
        columns: dict[str, Any] = {
            name: np.take(getattr(self, name), rows, axis=0) for name in _COLUMNS
        }
        return replace(self, **columns)

    def joined(self, other: Verdicts) -> Verdicts:
        """Return these verdicts and, after them, others of the same assessor."""
        columns: dict[str, Any] = {
            name: np.concatenate([getattr(self, name), getattr(other, name)]) for name in _COLUMNS
        }
        return replace(self, **columns)

    def distinct(self) -> tuple[Verdicts, Array]:
        """Return the distinct verdicts, and for each row the position of its own."""
        parts = [getattr(self, name).reshape(len(self), -1) for name in _COLUMNS]
        key = np.concatenate(
            [part.view(np.int64) if part.dtype.kind == "f" else part for part in parts], axis=1
        )
        _, example, which = np.unique(key, axis=0, return_index=True, return_inverse=True)
        return self.take(example), which.reshape(-1)

    def drawing_boundaries(self, bits: int) -> list[str]:
        """Return the ids of boundaries by their bits."""
        return [name for b, name in enumerate(self.boundary_ids) if bits >> b & 1]

    def row(self, i: int) -> dict[str, Any]:
        """Return one verdict with the names and types of a `Record`'s fields."""
        terms = self.known_terms[self.terms[i]] if self.terms[i] >= 0 else None
        shares = ((name, float(getattr(self, name)[i])) for name in _SHARES)
        return {
            "verdict": VERDICTS[self.verdict[i]].value,
            "zone": self.zone_ids[self.zone[i]] if self.zone[i] >= 0 else None,
            "space": SPACES[self.space[i]].value,
            "time": TIMES[self.time[i]].value,
            "phase": PHASES[self.phase[i]].value if self.phase[i] >= 0 else None,
            **{name: None if np.isnan(share) else share for name, share in shares},
            "boundaries": {
                name: SPACES[code].value
                for name, code in zip(self.boundary_ids, self.boundaries[i].tolist(), strict=True)
                if code != NO_SPACE
            },
            "drawn_by": self.drawing_boundaries(int(self.drawn_by[i])),
            "agreements": list(terms.agreements) if terms else [],
            "round": terms.round if terms else None,
            "guarantors": list(terms.guarantors) if terms else [],
            "mediators": list(terms.mediators) if terms else [],
            "framework_guarantors": list(terms.framework_guarantors) if terms else [],
            "reasons": [reason.value for reason in reasons_in(self.reasons[i])],
            **settlement_in_words(self.ledger, int(self.settlement[i])),
            **held_in_words(self.ledger, int(self.held_first[i]), int(self.held_last[i])),
        }


_SHARES = ("share_low", "share_best", "share_high")
_COLUMNS = tuple(
    name
    for name in Verdicts.__struct_fields__
    if name not in ("zone_ids", "boundary_ids", "known_terms", "ledger")
)


class Assessor:
    """Assesses incidents by one boundary and one basis; threads may share it.

    Parameters
    ----------
    atlas
        What is known.
    boundary
        The way of drawing the zones that decides; the atlas's default where None. The answers of
        the others are given for comparison.
    basis
        From when a zone counts as in force.
    coarsest_radius_m
        A location that is known only within a larger radius counts as unknown; the atlas's own
        limit where None.

    Raises
    ------
    AtlasError
        There is no such boundary.
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
        self.rules = LocationRules(atlas, self.coarsest_radius_m)
        self.calendar = calendar_of(atlas, self.basis)
        self.grounds = grounds_of(atlas)
        self.zones = self.grounds.zones
        self.boundaries = tuple(b.id for b in atlas.boundaries)
        self.drawings = {name: Drawing(self.grounds, name) for name in self.boundaries}
        self._asked = 0
        self._index: CellIndex | None = None
        self._classes: EquivalenceClasses | None = None
        # The verdicts on equivalence classes, and for each class, and for none, which is its own.
        self._known: Verdicts | None = None
        self._known_of = np.full(1, -1, dtype=np.int32)
        self._settled: Kept[Verdicts] = Kept()

    # -- answers ----------------------------------------------------------------------------

    def assess(self, incidents: Incidents) -> Verdicts:
        """Return the verdict on each incident, in their order."""
        found, which = self.assess_distinct(incidents)
        return found if which is None else found.take(which)

    def assess_distinct(self, incidents: Incidents) -> tuple[Verdicts, Array | None]:
        """Return the distinct verdicts, and for each incident the position of its own.

        Most of many incidents share their verdict with others, so whatever is made from verdicts
        is made once for each. If the second array is None, each incident has its own verdict.
        """
        if incidents.place_type.any():
            found, which = self._assess_by_type(incidents)
        else:
            found, which = self._assess_discs(incidents)
        for other in incidents.alternatives:
            meant = self.assess(other.incidents)
            found, which = _doubted(found, which, other, meant, ~incidents.unreadable[other.rows])
        bad = np.flatnonzero(incidents.unreadable)
        if bad.size:
            return _unreadable(incidents, found, which, bad)
        return found, which

    def compute(self, incidents: Incidents) -> Verdicts:
        """Return the verdict on each incident from its own numbers alone, without an index."""
        found: list[Verdicts] = []
        order: list[Array] = []
        for kind in PlaceType:
            rows = np.flatnonzero(incidents.place_type == kind)
            if rows.size or kind is PlaceType.DISC:
                some = incidents.take(rows)
                found.append(self._compute(self._places(kind, some), some.first, some.last))
                order.append(rows)
        return reduce(Verdicts.joined, found).take(np.argsort(np.concatenate(order)))

    def _assess_by_type(self, incidents: Incidents) -> tuple[Verdicts, Array | None]:
        ways = {
            PlaceType.DISC: self._assess_discs,
            PlaceType.ADMIN_UNIT: self._assess_units,
            PlaceType.SETTLEMENT: self._assess_settlements,
        }
        which = np.empty(len(incidents), dtype=np.int32)
        found: list[Verdicts] = []
        count = 0
        for kind, assess in ways.items():
            rows = np.flatnonzero(incidents.place_type == kind)
            if not rows.size:
                continue
            some, own = assess(incidents.take(rows))
            which[rows] = count + (np.arange(len(rows)) if own is None else own)
            found.append(some)
            count += len(some)
        return reduce(Verdicts.joined, found), which

    def _assess_discs(self, incidents: Incidents) -> tuple[Verdicts, Array | None]:
        self._asked += len(incidents)
        if self._asked < _MANY:
            return self.compute(incidents), None
        # One incident of each equivalence class is computed, and every incident that has no class,
        # by the same function, so the verdicts are the same.
        classes = self.classes.of(incidents)
        rows = np.flatnonzero(classes < 0)
        alone = incidents.take(rows)
        own = self._compute(self._discs(alone, self.index), alone.first, alone.last)
        known, position = self._verdicts_on(classes, incidents)
        if known is None:
            return own, None
        present, which = distinct(position, len(known) + 1)  # -1 is the last of so many
        count = len(present) - bool(rows.size)
        which[rows] = count + np.arange(len(rows), dtype=np.int32)
        return known.take(present[:count]).joined(own), which

    def _verdicts_on(self, classes: Array, incidents: Incidents) -> tuple[Verdicts | None, Array]:
        """Return the verdicts on all classes, and the position of each incident's, -1 for none.

        For a class that has no verdict yet, the first incident is computed.
        """
        position, new = self._positions(classes)
        if new.size:
            with MAKING:
                position, new = self._positions(classes)
                numbers, first = np.unique(classes[new], return_index=True)
                some = incidents.take(new[first])
                found = self._compute(self._discs(some, self.index), some.first, some.last)
                before = 0 if self._known is None else len(self._known)
                self._known = found if self._known is None else self._known.joined(found)
                longer = np.full(max(len(self._known_of), len(self.classes) + 1), -1, np.int32)
                longer[: len(self._known_of)] = self._known_of
                longer[numbers] = before + np.arange(len(numbers), dtype=np.int32)
                self._known_of = longer  # last: other threads read it without the lock
                position, _ = self._positions(classes)
        return self._known, position

    def _positions(self, classes: Array) -> tuple[Array, Array]:
        """Return the positions of the verdicts on classes, and the rows whose class has none."""
        known_of = self._known_of
        at = np.where(classes < len(known_of) - 1, classes, -1)
        position = known_of.take(at)
        return position, np.flatnonzero((position < 0) & (classes >= 0))

    def _assess_units(self, incidents: Incidents) -> tuple[Verdicts, Array]:
        """Return the verdicts on classes of admin units, and for each incident its own."""
        places = self._units(incidents)
        self._asked += len(places)
        index = self.index if self._asked >= _MANY else None
        days = Days.of(incidents.first, incidents.last)
        x, y = places.longitude, places.latitude
        nearest = self.drawings[self.boundary].nearest(x, y, days, index)
        key = incidents.unit.astype(np.int64) * len(self.zones) + nearest
        _, example, which = classes_of(self.calendar, key, incidents.first, incidents.last)
        first, last = incidents.first[example], incidents.last[example]
        return self._compute(places.take(example), first, last), which

    def _assess_settlements(self, incidents: Incidents) -> tuple[Verdicts, Array]:
        """Return the verdicts on classes of settlements, and for each incident its own.

        Incidents at one settlement with the same holders are one class, whose verdict is kept.
        """
        places = self._settlements(incidents)
        first, last = places.holders.first, places.holders.last
        holdings = len(self.atlas.ledger.holder)
        key = np.where(first < 0, holdings + places.settlement, first).astype(np.int64)
        key = key * (holdings + 1) + last - first
        classes, example, which = classes_of(self.calendar, key, incidents.first, incidents.last)

        def compute(new: Array) -> Verdicts:
            rows = example[new]
            return self._compute(places.take(rows), incidents.first[rows], incidents.last[rows])

        with MAKING:
            return self._settled.of(classes, compute), which

    def measured_from(self, incidents: Incidents) -> tuple[Array, Array]:
        """Return longitude and latitude of the points from which distances are measured.

        That is the position given, or the point of the settlement, or for an admin unit without a
        position a point within its polygon.
        """
        x, y = incidents.longitude, incidents.latitude
        if incidents.units is not None:
            x, y = unit_shares_of(self.atlas, incidents.units).points(incidents.unit, x, y)
        rows = np.flatnonzero(incidents.settlement >= 0)
        if rows.size:
            x, y = x.copy(), y.copy()
            settlement, ledger = incidents.settlement[rows], self.atlas.ledger
            x[rows], y[rows] = ledger.longitude[settlement], ledger.latitude[settlement]
        return x, y

    def usable(self, incidents: Incidents) -> tuple[Array, Array]:
        """Tell which incidents have a place that can be relied on, and which lie abroad.

        Abroad means beyond the rectangle around the country; a place may be both.
        """
        usable, reasons = self._discs(incidents).usable(self.rules)
        for kind in (PlaceType.ADMIN_UNIT, PlaceType.SETTLEMENT):
            rows = np.flatnonzero(incidents.place_type == kind)
            if rows.size:
                places = self._places(kind, incidents.take(rows))
                usable[rows], reasons[rows] = places.usable(self.rules)
        return usable, (reasons & Reason.OUTSIDE_COUNTRY.bit) != 0

    # -- the kernel -------------------------------------------------------------------------

    def _places(self, kind: PlaceType, incidents: Incidents) -> Places:
        """Return the places of incidents that are all of one type."""
        if kind is PlaceType.ADMIN_UNIT:
            return self._units(incidents)
        if kind is PlaceType.SETTLEMENT:
            return self._settlements(incidents)
        return self._discs(incidents)

    def _units(self, incidents: Incidents) -> AdminUnits:
        assert incidents.units is not None  # noqa: S101  (there are some among the places)
        shares = unit_shares_of(self.atlas, incidents.units)
        x, y = self.measured_from(incidents)
        return AdminUnits(shares, incidents.unit, x, y, self.coarsest_radius_m)

    def _settlements(self, incidents: Incidents) -> Settlements:
        days = Days.of(incidents.first, incidents.last)
        holders = control_of(self.atlas).holders(incidents.settlement, *days)
        by_ledger = self.atlas.boundary(self.boundary).drawn_from is DrawnFrom.LEDGER
        shares = settlement_shares_of(self.atlas)
        return Settlements(shares, incidents.settlement, holders, by_ledger)

    def _discs(self, incidents: Incidents, index: CellIndex | None = None) -> Discs:
        x, y, radius = incidents.longitude, incidents.latitude, incidents.radius_m
        cells = None if index is None else index.tables.coarse.cells(x, y)
        return Discs(self.grounds.outlines, x, y, radius, index, cells)

    def _compute(self, places: Places, first: Array, last: Array) -> Verdicts:
        """Return the verdict on each place and its days."""
        where = self._where(places, Days.of(first, last))
        when = self.calendar.assess(where.zone, first, last)
        elsewhere = np.asarray((where.outside | ~when.in_force).all(axis=1))
        return Verdicts(
            verdict=_combine(where, when, elsewhere),
            space=where.space,
            time=when.time,
            zone=where.zone,
            phase=when.phase,
            share_low=where.share_low,
            share_best=where.share_best,
            share_high=where.share_high,
            boundaries=where.boundaries,
            drawn_by=where.drawn_by,
            terms=np.where(is_concerned(where, when), when.terms, np.int32(-1)),
            reasons=reasons_for(where, when, elsewhere),
            **settlement_columns(places, first, last),
            zone_ids=self.zones,
            boundary_ids=self.boundaries,
            known_terms=self.calendar.known_terms,
            ledger=self.atlas.ledger,
        )

    def _where(self, places: Places, days: Days) -> Where:
        """Return where places lie with regard to the zones."""
        n = len(places)
        usable, reasons = places.usable(self.rules)
        rows = np.flatnonzero(usable)
        known, on = places.take(rows), days.take(rows)
        drawing = self.drawings[self.boundary]
        shares, changed = drawing.shares(known, on)
        spaces = space_codes(shares[0], shares[2], known.limits)  # place, zone
        leading = self._leading(drawing, shares, known, on)
        gained = np.zeros(spaces.shape, dtype=bool)
        if isinstance(known, Settlements):
            gained = is_gained(drawing, known, on, spaces)
            leading = np.where(gained.any(axis=1), gained.argmax(axis=1), leading)
        at = np.arange(len(rows)), leading
        zone = np.full(n, -1, dtype=np.int8)
        zone[rows] = leading
        low, best, high = (np.full(n, np.nan) for _ in range(3))
        low[rows], best[rows], high[rows] = shares[(slice(None), *at)]
        space = np.full(n, UNKNOWN, dtype=np.uint8)
        space[rows] = spaces[at]
        outside = np.zeros((n, len(self.zones)), dtype=bool)
        outside[rows] = (spaces == OUTSIDE) & ~gained
        is_open = np.zeros(n, dtype=bool)
        reasons[rows] |= why_open(drawing, known, on, leading, spaces[at], changed[at])
        if isinstance(known, Settlements):
            of_space = spaces[at], shares[2][at]
            is_open[rows], why = why_held(drawing, known, on, leading, *of_space)
            why[gained.any(axis=1) & on.dated] |= Reason.GROUND_GAINED.bit
            reasons[rows] |= why
        drawn_by = np.zeros(n, dtype=np.uint32)
        drawn_by[rows] = drawing.drawn_by(on, leading, self.boundaries)
        boundaries = np.empty((n, len(self.boundaries)), dtype=np.uint8)
        for b, (name, other) in enumerate(self.drawings.items()):
            if name == self.boundary:
                own = ~usable | (drawn_by >> np.uint32(b) & 1 > 0)
                boundaries[:, b] = np.where(own, space, np.uint8(NO_SPACE))
                continue
            drawn = other.is_drawn(days)
            boundaries[:, b] = np.where(drawn, np.uint8(UNKNOWN), np.uint8(NO_SPACE))
            there = np.flatnonzero(drawn[rows])
            boundaries[rows[there], b] = other.spaces(known.take(there), on.take(there))
        return Where(
            usable,
            zone,
            low,
            best,
            high,
            space,
            outside,
            is_open,
            boundaries,
            drawn_by,
            reasons,
        )

    def _leading(self, drawing: Drawing, shares: Array, places: Places, days: Days) -> Array:
        """Return the zone to report: the largest best share, then high; else the nearest."""
        leading = leading_zone(shares)
        rows = np.flatnonzero(shares[2].max(axis=1) == 0)
        if rows.size:
            leading[rows] = drawing.nearest_to(places.take(rows), days.take(rows))
        return leading

    # -- what spares work -------------------------------------------------------------------

    @property
    def index(self) -> CellIndex:
        """The fast index, which answers for most places without computing shares."""
        with MAKING:
            if self._index is None:
                sets = self.drawings[self.boundary].sets_of_bests(self.calendar)
                self._index = index_of(self.atlas, tuple(sets))
            return self._index

    @property
    def classes(self) -> EquivalenceClasses:
        """The equivalence classes that the index distinguishes, made when first needed."""
        with MAKING:
            if self._classes is None:
                self._classes = EquivalenceClasses(self.index, self.calendar, self.rules)
            return self._classes


@once_per_atlas
def assessor_of(
    atlas: Atlas,
    boundary: str | None = None,
    basis: Basis = Basis.MEMORANDUM,
    coarsest_radius_m: float | None = None,
) -> Assessor:
    """Return the assessor for these choices, prepared once in a process."""
    return Assessor(atlas, boundary=boundary, basis=basis, coarsest_radius_m=coarsest_radius_m)


def _combine(where: Where, when: When, elsewhere: Array) -> Array:
    """Return the verdicts: positions in `VERDICTS`."""
    verdict = np.full(len(elsewhere), VERDICTS.index(Verdict.UNCERTAIN), dtype=np.uint8)
    inside = (where.space == INSIDE) & (when.time == IN_FORCE) & ~where.is_open
    verdict[inside] = VERDICTS.index(Verdict.INSIDE)
    verdict[~where.usable | ~when.dated] = VERDICTS.index(Verdict.UNDETERMINED)
    verdict[elsewhere] = VERDICTS.index(Verdict.OUTSIDE)
    return verdict


def _doubted(
    found: Verdicts, which: Array | None, other: Alternative, meant: Verdicts, read: Array
) -> tuple[Verdicts, Array | None]:
    """Return verdicts with a reason where another reading of a row that was read changes them."""
    own = other.rows if which is None else which[other.rows]
    changes = (found.verdict[own] != meant.verdict) & read
    own, rows = own[changes], other.rows[changes]
    if which is not None:  # the verdicts that are doubted stand beside those that are not
        present, position = np.unique(own, return_inverse=True)
        which = which.copy()
        which[rows] = len(found) + position
        own = len(found) + np.arange(len(present))
        found = found.joined(found.take(present))
    verdict, reasons = found.verdict.copy(), found.reasons.copy()
    reasons[own] |= other.reason.bit
    if other.is_likely:  # what is undetermined stays so
        left = own[verdict[own] != VERDICTS.index(Verdict.UNDETERMINED)]
        verdict[left] = VERDICTS.index(Verdict.UNCERTAIN)
    return replace(found, verdict=verdict, reasons=reasons), which


def _unreadable(
    incidents: Incidents, found: Verdicts, which: Array | None, rows: Array
) -> tuple[Verdicts, Array | None]:
    """Return verdicts that are undetermined where something given could not be read."""
    own = rows
    if which is not None:  # each of these rows gets a verdict of its own
        found, which = found.joined(found.take(which[rows])), which.copy()
        own = len(found) - len(rows) + np.arange(len(rows), dtype=which.dtype)
        which[rows] = own
    verdict, reasons = found.verdict.copy(), found.reasons.copy()
    verdict[own] = VERDICTS.index(Verdict.UNDETERMINED)
    reasons[own] = why_unreadable(incidents.take(rows), reasons[own])
    return replace(found, verdict=verdict, reasons=reasons), which
