"""Time: what was in force when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache

import numpy as np

from geodata.atlas import Agreement, Atlas, Extent, Phase, PhaseName
from zones.plane import Array

__all__ = ["NO_DAY", "Basis", "Calendar", "Spell", "Time", "day_number", "day_of", "governing"]

NO_DAY = np.iinfo(np.int64).min
"""The day number that stands for a missing date (the same as numpy's NaT)."""

_EPOCH = dt.date(1970, 1, 1).toordinal()
_FIRST = -(10**9)
_LAST = 10**9


class Basis(StrEnum):
    """From when a zone counts as in force: the memorandum, or its own arrangement."""

    MEMORANDUM = "memorandum"
    ARRANGEMENT = "arrangement"


class Time(StrEnum):
    """How the days of an incident lie to the days in which a zone was in force."""

    IN_FORCE = "in_force"
    NOT_YET = "not_yet"
    ENDED = "ended"
    PARTLY = "partly"
    UNKNOWN = "unknown"


def day_number(day: dt.date) -> int:
    """Return the number of a day, counted from 1970-01-01."""
    return day.toordinal() - _EPOCH


def day_of(number: int) -> dt.date:
    """Return the day with this number."""
    return dt.date.fromordinal(number + _EPOCH)


@dataclass(frozen=True)
class Spell:
    """What the days of an incident meant for one zone.

    `time` and `contested` speak of all its days, `phase` of the first; `spans_phases` tells
    that the phase changed; `agreements` are those in force for the zone on any of the days on
    which the zone was in force, oldest first, with the round and guarantors of the newest.
    """

    time: Time
    phase: PhaseName
    contested: bool
    spans_phases: bool
    agreements: tuple[str, ...]
    round: str | None
    guarantors: tuple[str, ...]


class Calendar:
    """When each zone of an atlas was in which phase, and which of its extents held.

    All days are numbers counted from 1970-01-01, local to the atlas's time zone. Everything
    that depends on days changes only at the `cuts`; between two cuts all days are alike.
    """

    def __init__(self, atlas: Atlas, basis: Basis = Basis.MEMORANDUM) -> None:
        self.atlas = atlas
        self.basis = Basis(basis)
        self.zones = tuple(zone.id for zone in atlas.zones)

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

    def segment(self, days: Array) -> Array:
        """Return which stretch between cuts each day lies in; 0 is before the first cut."""
        return np.searchsorted(self.cuts, days, side="right")

    @cached_property
    def table(self) -> tuple[Array, int]:
        """The segment of every day from before the first cut to after the last; its first day.

        A day before the table lies in its first segment, one after it in its last.
        """
        if not len(self.cuts):
            return np.zeros(1, dtype=np.int32), 0
        start = int(self.cuts[0]) - 1
        table = self.segment(np.arange(start, int(self.cuts[-1]) + 1))
        return table.astype(np.int32), start

    @property
    def moments(self) -> int:
        """How many moments there are; the last is that of incidents without a date."""
        return (len(self.cuts) + 1) ** 2 + 1

    def moment(self, first: Array, last: Array) -> Array:
        """Return a number for the pair of segments that days lie in; `NO_DAY` is no date."""
        table, start = self.table
        width = len(self.cuts) + 1
        begin = table.take(first - start, mode="clip")
        if last is first:
            moment = begin * np.int32(width + 1)
        else:
            moment = begin * np.int32(width) + table.take(last - start, mode="clip")
        none = first == NO_DAY
        if last is not first:
            none |= last == NO_DAY
        if none.any():
            moment[none] = self.moments - 1
        return np.asarray(moment)

    def segments(self, moment: int) -> tuple[int, int]:
        """Return the segments of a moment that is none without a date."""
        return divmod(moment, len(self.cuts) + 1)

    def spans_extents(self, moment: int) -> bool:
        """Tell whether the extents change within a moment; without a date all of them count."""
        if moment == self.moments - 1:
            return False
        a, b = self.segments(moment)
        return bool(self.extent_steps[a] != self.extent_steps[b])

    @cached_property
    def extent_steps(self) -> Array:
        """How many changes of any extent lie before each segment."""
        days = [day_number(extent.valid_from) for extent in self.atlas.extents]
        changes = np.isin(self.cuts, np.array(days, dtype=np.int64))
        return np.concatenate([[0], np.cumsum(changes)])

    def force(self, zone: str) -> tuple[int, int]:
        """Return the first day in force and the first day no longer in force.

        By the basis `memorandum` a zone is in force from its first phase after `before`, by
        `arrangement` from its first `arranged` phase; in both until `ended`. A zone that was
        never arranged is never in force by its arrangement.
        """
        begin, end = _LAST, _LAST
        for phase in self._phases[zone]:
            if phase.start is None:
                continue
            number = day_number(phase.start)
            if phase.phase is PhaseName.ENDED:
                end = number
            elif self.basis is Basis.MEMORANDUM or phase.phase is PhaseName.ARRANGED:
                begin = min(begin, number)
        return begin, end

    @lru_cache(maxsize=65_536)  # noqa: B019  (lives as long as its calendar)
    def spell(self, zone: str, first_segment: int, last_segment: int) -> Spell:
        """Return what the days from one segment to another meant for a zone."""
        first, last = self._day_in(first_segment), self._day_in(last_segment)
        begin, end = self.force(zone)
        phases = self._between(zone, first, last)
        agreements = [
            a
            for a in self._agreements[zone]
            if max(first, begin, _start(a)) <= min(last, end - 1, _stop(a) - 1)
        ]
        newest = agreements[-1] if agreements else None
        return Spell(
            time=_time(first, last, begin, end),
            phase=phases[0].phase,
            contested=any(phase.phase is PhaseName.CONTESTED for phase in phases),
            spans_phases=len(phases) > 1,
            agreements=tuple(a.id for a in agreements),
            round=newest.round if newest else None,
            guarantors=newest.guarantors if newest else (),
        )

    def _day_in(self, segment: int) -> int:
        return int(self.cuts[segment - 1]) if segment else _FIRST

    def _between(self, zone: str, first: int, last: int) -> list[Phase]:
        phases = self._phases[zone]
        starts = [day_number(p.start) if p.start else _FIRST for p in phases]
        stops = [*starts[1:], _LAST]
        return [
            phase
            for phase, start, stop in zip(phases, starts, stops, strict=True)
            if start <= last and first < stop
        ]

    @cached_property
    def span(self) -> tuple[int, int]:
        """First day any zone was in force, and the first day on which none was any more."""
        spans = [self.force(zone) for zone in self.zones]
        return min(begin for begin, _ in spans), max(end for _, end in spans)

    @lru_cache(maxsize=65_536)  # noqa: B019  (lives as long as its calendar)
    def anywhere(self, first_segment: int, last_segment: int) -> Time:
        """Tell how days lie to the force of the zones when it is not known which zone.

        `in_force` where at least one zone was in force on every day, `partly` where some zone
        was on some day; `not_yet` before the first zone and `ended` after the last.
        """
        first, last = self._day_in(first_segment), self._day_in(last_segment)
        times = {_time(first, last, *self.force(zone)) for zone in self.zones}
        for time in (Time.IN_FORCE, Time.PARTLY, Time.ENDED):
            if time in times:
                return time if time is not Time.ENDED or times == {Time.ENDED} else Time.PARTLY
        return Time.NOT_YET


def governing(extents: list[Extent], first: Array, last: Array) -> tuple[Array, Array, Array]:
    """Return for each incident the first, the last and the governing extent's index.

    The governing extent covers more of the days than any other, the earlier of two equals.
    Before the first extent and after the last, the nearest in time stands for the ground: a
    report from another time is still described by where it lies.

    Parameters
    ----------
    extents
        Extents of one zone under one boundary, in order, without gaps.
    first, last : (n,) array of int
        Day numbers.
    """
    starts = np.array([day_number(e.valid_from) for e in extents], dtype=np.int64)
    i = np.clip(np.searchsorted(starts, first, side="right") - 1, 0, None)
    j = np.clip(np.searchsorted(starts, last, side="right") - 1, 0, None)
    best = i.copy()
    spans = np.flatnonzero(i != j)
    if spans.size:
        stops = np.append(starts[1:], _LAST)
        opens = starts.copy()
        opens[0] = _FIRST
        covered = (
            np.minimum(last[spans, None] + 1, stops) - np.maximum(first[spans, None], opens)
        ).clip(0)
        best[spans] = covered.argmax(axis=1)
    return i, j, best


def _time(first: int, last: int, begin: int, end: int) -> Time:
    if last < begin:
        return Time.NOT_YET
    if first >= end:
        return Time.ENDED
    return Time.IN_FORCE if first >= begin and last < end else Time.PARTLY


def _numbers(*days: dt.date | None) -> Iterable[int]:
    return [day_number(day) for day in days if day is not None]


def _start(agreement: Agreement) -> int:
    return day_number(agreement.in_force) if agreement.in_force else _LAST


def _stop(agreement: Agreement) -> int:
    return day_number(agreement.until) if agreement.until else _LAST
