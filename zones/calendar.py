"""Time: what was in force when, and which extents held."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import NamedTuple

import msgspec
import numpy as np

from geodata.atlas import Atlas
from geodata.columns.incidents import NO_DAY, Reason, set_of
from geodata.locks import MAKING
from geodata.schema import Agreement, AgreementKind, Extent, Phase, PhaseName
from zones.arrays import Array, distinct
from zones.prepared import once_per_atlas

FIRST_DAY, LAST_DAY = -(10**9), 10**9
"""Days before and after all others, which stand for open ends."""

_EPOCH = dt.date(1970, 1, 1).toordinal()


class Basis(StrEnum):
    """From when a zone counts as in force: the memorandum, or its own arrangement."""

    MEMORANDUM = "memorandum"
    ARRANGEMENT = "arrangement"


class Time(StrEnum):
    """Whether a zone was in force on the days of an incident."""

    IN_FORCE = "in_force"
    NOT_YET = "not_yet"
    ENDED = "ended"
    PARTLY = "partly"
    UNKNOWN = "unknown"


TIMES = tuple(Time)
PHASES = tuple(PhaseName)
IN_FORCE, NOT_YET, ENDED, PARTLY, NO_TIME = range(5)
"""Positions in `TIMES`."""


def day_number(day: dt.date) -> int:
    """Return the number of a day, counted from 1970-01-01."""
    return day.toordinal() - _EPOCH


def day_of(number: int) -> dt.date:
    """Return the day with this number."""
    return dt.date.fromordinal(number + _EPOCH)


class Terms(msgspec.Struct, frozen=True):
    """What was in force for one zone on the days of an incident.

    Attributes
    ----------
    time
        Whether the zone was in force on all of the days, on some, or on none.
    phase
        On the first day.
    contested, spans_phases
        Whether the zone was contested on any of the days; whether its phase changed.
    agreements
        Ids of those in force, oldest first, on any of the days on which the zone was in force.
    round
        Of the newest of the zone's own arrangements among them, else of the memorandum.
    guarantors, mediators
        Of all its own arrangements among them, else of the memorandum.
    framework_guarantors
        Of the memorandum.
    """

    time: Time
    phase: PhaseName
    contested: bool
    spans_phases: bool
    agreements: tuple[str, ...]
    round: str | None
    guarantors: tuple[str, ...]
    mediators: tuple[str, ...]
    framework_guarantors: tuple[str, ...]

    @property
    def reasons(self) -> np.uint32:
        """The reasons, as a set of `Reason`, why these days leave an answer open."""
        said = {
            Reason.PARTLY_IN_FORCE: self.time is Time.PARTLY,
            Reason.SPANS_PHASES: self.spans_phases,
            Reason.CONTESTED: self.contested,
        }
        return set_of(*(reason for reason, holds in said.items() if holds))


class When(msgspec.Struct, frozen=True, eq=False):
    """What was in force on the days of n incidents.

    Attributes
    ----------
    dated : (n,) bool
    time : (n,) uint8
        Position in `TIMES`, for the zone reported.
    phase : (n,) int8
        Position in `PHASES` on the first day; -1 where unknown.
    terms : (n,) int32
        Position in `Calendar.known_terms`; -1 where the zone or the days are unknown.
    in_force : (n, zones) bool
        Which zones were in force on some day, or may have been.
    reasons : (n,) uint32
        Set of `Reason`.
    """

    dated: Array
    time: Array
    phase: Array
    terms: Array
    in_force: Array
    reasons: Array


class Governing(NamedTuple):
    """Which of a zone's extents count on the days of n incidents.

    `first` and `last` are positions of the first and the last extent, `main` is that of the one
    that covers more of the days than any other.
    """

    first: Array
    last: Array
    main: Array


class Calendar:
    """The phases of each zone of an atlas, and the days on which its extents change.

    All days are numbers counted from 1970-01-01, local to the atlas's time zone. Everything that
    depends on days changes only at the `cuts`. A *period* is the time between two of them, in
    which all days are alike; a *span* is a pair of periods, those of the first and the last day
    of an incident.

    Parameters
    ----------
    atlas
        What is known.
    basis
        From when a zone counts as in force.
    """

    def __init__(self, atlas: Atlas, basis: Basis = Basis.MEMORANDUM) -> None:
        self.atlas = atlas
        self.basis = Basis(basis)
        self.zones = tuple(zone.id for zone in atlas.zones)
        self.known_terms: list[Terms] = []
        self._meanings: dict[int, _Meaning] = {}

    # -- periods and spans ------------------------------------------------------------------

    @cached_property
    def cuts(self) -> Array:
        """Sorted day numbers on which anything changes."""
        days: set[int] = set()
        for phase in self.atlas.phases:
            days.update(_numbers(phase.start))
        for agreement in self.atlas.agreements:
            days.update(_numbers(agreement.in_force, agreement.until))
        for extent in self.atlas.extents:
            days.update(_numbers(extent.valid_from, extent.valid_to))
        return np.array(sorted(days), dtype=np.int64)

    def period(self, days: Array) -> Array:
        """Return the period in which each day lies; 0 is before the first cut."""
        return np.searchsorted(self.cuts, days, side="right")

    @cached_property
    def _table(self) -> tuple[Array, int]:
        """The period of every day from before the first cut to after the last; its first day.

        A day before the table lies in its first period, one after it in its last.
        """
        if not len(self.cuts):
            return np.zeros(1, dtype=np.int32), 0
        start = int(self.cuts[0]) - 1
        table = self.period(np.arange(start, int(self.cuts[-1]) + 1))
        return table.astype(np.int32), start

    @property
    def spans(self) -> int:
        """How many spans there are; the last is that of incidents without a date."""
        return (len(self.cuts) + 1) ** 2 + 1

    def span(self, first: Array, last: Array) -> Array:
        """Return the number of the span of days, both included; `NO_DAY` is no date."""
        table, start = self._table
        width = len(self.cuts) + 1
        begin = table.take(first - start, mode="clip")
        if last is first:
            span = begin * np.int32(width + 1)
        else:
            span = begin * np.int32(width) + table.take(last - start, mode="clip")
        none = first == NO_DAY
        if last is not first:
            none |= last == NO_DAY
        if none.any():
            span[none] = self.spans - 1
        return np.asarray(span)

    def changes_extents(self, span: int) -> bool:
        """Tell whether the extents change within a span; without a date all of them count."""
        if span == self.spans - 1:
            return False
        begin, end = self._periods(span)
        return bool(self._extent_changes[begin] != self._extent_changes[end])

    def _periods(self, span: int) -> tuple[int, int]:
        return divmod(span, len(self.cuts) + 1)

    @cached_property
    def _extent_changes(self) -> Array:
        """How many changes of any extent lie before each period."""
        extents = self.atlas.extents  # where one ends, that of another boundary may stand for it
        days = {d for e in extents for d in _numbers(e.valid_from, e.valid_to)}
        changes = [cut in days for cut in self.cuts.tolist()]
        return np.concatenate([[0], np.cumsum(changes)])

    # -- what was in force ------------------------------------------------------------------

    def force(self, zone: str) -> tuple[int, int]:
        """Return the first day in force and the first day no longer in force.

        Under the basis `memorandum` a zone is in force from its first phase after `before`, under
        `arrangement` from the first phase in which its own arrangement is; under both until
        `ended`. A zone that was never arranged is never in force under `arrangement`.
        """
        begin, end = LAST_DAY, LAST_DAY
        for phase in self._phases[zone]:
            if phase.start is None:
                continue
            number = day_number(phase.start)
            if phase.phase is PhaseName.ENDED:
                end = number
            elif self.basis is Basis.MEMORANDUM or phase.is_arranged:
                begin = min(begin, number)
        return begin, end

    @cached_property
    def in_force(self) -> tuple[int, int]:
        """First day any zone was in force, and the first day on which none was any more."""
        days = [self.force(zone) for zone in self.zones]
        return min(begin for begin, _ in days), max(end for _, end in days)

    def terms(self, zone: str, first_period: int, last_period: int | None = None) -> Terms:
        """Return what was in force for a zone from one period to another, or in one period."""
        first = self._day_in(first_period)
        last = first if last_period is None else self._day_in(last_period)
        begin, end = self.force(zone)
        phases = self._phases_between(zone, first, last)
        agreements = [
            a
            for a in self._agreements[zone]
            if max(first, begin, _start(a)) <= min(last, end - 1, _stop(a) - 1)
        ]
        framework = [a for a in agreements if a.kind is AgreementKind.MEMORANDUM]
        own = [a for a in agreements if a.kind is AgreementKind.ARRANGEMENT] or framework
        return Terms(
            time=_time(first, last, begin, end),
            phase=phases[0].phase,
            contested=any(phase.phase is PhaseName.CONTESTED for phase in phases),
            spans_phases=len(phases) > 1,
            agreements=tuple(a.id for a in agreements),
            round=own[-1].round if own else None,
            guarantors=_each_once(a.guarantors for a in own),
            mediators=_each_once(a.mediators for a in own),
            framework_guarantors=_each_once(a.guarantors for a in framework),
        )

    def terms_on(self, zone: str, day: int) -> Terms:
        """Return what was in force for a zone on one day."""
        return self.terms(zone, int(self.period(np.array([day]))[0]))

    def anywhere(self, first_period: int, last_period: int) -> Time:
        """Tell whether any zone was in force on the days, for incidents without a known zone.

        `in_force` if at least one zone was in force on every day, `partly` if some zone was on
        some day; `not_yet` before the first zone and `ended` after the last.
        """
        first, last = self._day_in(first_period), self._day_in(last_period)
        times = {_time(first, last, *self.force(zone)) for zone in self.zones}
        for time in (Time.IN_FORCE, Time.PARTLY, Time.ENDED):
            if time in times:
                return time if time is not Time.ENDED or times == {Time.ENDED} else Time.PARTLY
        return Time.NOT_YET

    def assess(self, zone: Array, first: Array, last: Array) -> When:
        """Return what was in force on the days of incidents.

        Parameters
        ----------
        zone : (n,) array of int
            Position of the zone that is reported; -1 where none is known.
        first, last : (n,) array of int64
            Days, both included; `NO_DAY` where there is no date.
        """
        n = len(zone)
        dated = (first != NO_DAY) & (last != NO_DAY)
        time = np.full(n, NO_TIME, dtype=np.uint8)
        phase = np.full(n, -1, dtype=np.int8)
        terms = np.full(n, -1, dtype=np.int32)
        in_force = np.ones((n, len(self.zones)), dtype=bool)
        reasons = np.where(dated, np.uint32(0), Reason.NO_DATE.bit)
        rows = np.flatnonzero(dated)
        if rows.size:
            present, which = distinct(self.span(first[rows], last[rows]), self.spans)
            of_spans = [self._meaning(span) for span in present.tolist()]
            here = which, zone[rows]  # -1 is the last column: the zone is not known
            times = np.stack([one.time for one in of_spans])
            time[rows] = times[here]
            phase[rows] = np.stack([one.phase for one in of_spans])[here]
            terms[rows] = np.stack([one.terms for one in of_spans])[here]
            reasons[rows] |= np.stack([one.reasons for one in of_spans])[here]
            in_force[rows] = np.isin(times[:, :-1], (IN_FORCE, PARTLY))[which]
        return When(dated, time, phase, terms, in_force, reasons)

    def _meaning(self, span: int) -> _Meaning:
        """Return what a span means for each zone; the last column is for an unknown zone."""
        with MAKING:
            if span not in self._meanings:
                begin, end = self._periods(span)
                found = [self.terms(zone, begin, end) for zone in self.zones]
                times = [*(one.time for one in found), self.anywhere(begin, end)]
                count = len(self.known_terms)
                self._meanings[span] = _Meaning(
                    np.array([TIMES.index(time) for time in times], dtype=np.uint8),
                    np.array([*(PHASES.index(one.phase) for one in found), -1], dtype=np.int8),
                    np.array([*range(count, count + len(found)), -1], dtype=np.int32),
                    np.array([*(one.reasons for one in found), 0], dtype=np.uint32),
                )
                self.known_terms += found
            return self._meanings[span]

    # -- the atlas's records, zone by zone --------------------------------------------------

    @cached_property
    def _phases(self) -> dict[str, list[Phase]]:
        found: dict[str, list[Phase]] = {zone: [] for zone in self.zones}
        for phase in self.atlas.phases:
            found[phase.zone].append(phase)
        return found

    @cached_property
    def _agreements(self) -> dict[str, list[Agreement]]:
        return {
            zone: [a for a in self.atlas.agreements if zone in a.zones and a.in_force is not None]
            for zone in self.zones
        }

    def _day_in(self, period: int) -> int:
        return int(self.cuts[period - 1]) if period else FIRST_DAY

    def _phases_between(self, zone: str, first: int, last: int) -> list[Phase]:
        phases = self._phases[zone]
        starts = [day_number(p.start) if p.start else FIRST_DAY for p in phases]
        stops = [*starts[1:], LAST_DAY]
        return [
            phase
            for phase, start, stop in zip(phases, starts, stops, strict=True)
            if start <= last and first < stop
        ]


class _Meaning(msgspec.Struct, frozen=True, eq=False):
    """Columns as of `When`, one value for each zone."""

    time: Array
    phase: Array
    terms: Array
    reasons: Array


@once_per_atlas
def calendar_of(atlas: Atlas, basis: Basis = Basis.MEMORANDUM) -> Calendar:
    """Return the calendar of an atlas, made once a process."""
    return Calendar(atlas, basis)


@lru_cache(maxsize=256)
def _starts(days: tuple[dt.date, ...]) -> Array:
    return np.array([day_number(day) for day in days], dtype=np.int64)


def governing(extents: Sequence[Extent], first: Array, last: Array) -> Governing:
    """Return for each incident the first, the last and the governing extent's position.

    The governing extent covers more of the days than any other; of two equals, the earlier one.
    Before the first extent and after the last, the one nearest in time is used, so that a report
    from another time is still described by where it lies.

    Parameters
    ----------
    extents
        Extents of one zone under one boundary, in order, without gaps.
    first, last : (n,) array of int
        Day numbers; without a date from `FIRST_DAY` to `LAST_DAY`.
    """
    starts = _starts(tuple(extent.valid_from for extent in extents))
    i = np.maximum(starts.searchsorted(first, side="right") - 1, 0)
    j = np.maximum(starts.searchsorted(last, side="right") - 1, 0)
    main = i.copy()
    several = np.flatnonzero(i != j)
    if several.size:
        stops = np.append(starts[1:], LAST_DAY)
        opens = starts.copy()
        opens[0] = FIRST_DAY
        covered = (
            np.minimum(last[several, None] + 1, stops) - np.maximum(first[several, None], opens)
        ).clip(0)
        main[several] = covered.argmax(axis=1)
    return Governing(i, j, main)


def _time(first: int, last: int, begin: int, end: int) -> Time:
    if last < begin:
        return Time.NOT_YET
    if first >= end:
        return Time.ENDED
    return Time.IN_FORCE if first >= begin and last < end else Time.PARTLY


def _each_once(lists: Iterable[Iterable[str]]) -> tuple[str, ...]:
    """Return the items of all lists, each once, in order of first appearance."""
    return tuple(dict.fromkeys(one for some in lists for one in some))


def _numbers(*days: dt.date | None) -> Iterable[int]:
    return [day_number(day) for day in days if day is not None]


def _start(agreement: Agreement) -> int:
    return day_number(agreement.in_force) if agreement.in_force else LAST_DAY


def _stop(agreement: Agreement) -> int:
    return day_number(agreement.until) if agreement.until else LAST_DAY
