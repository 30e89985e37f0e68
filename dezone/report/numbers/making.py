"""A report from a file of incidents: read once, counted in every way, and put together."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from dezone.provenance import libraries, software_sha256
from dezone.report.model import (
    Input,
    Line,
    Lines,
    Made,
    PhaseCount,
    Report,
    Series,
    Setting,
    Total,
    Variant,
)
from dezone.report.numbers.areas import (
    DEATHS_UNIT,
    Days,
    area_names,
    by_day,
    counts_of,
    in_force,
    masks,
    rounded,
)
from dezone.report.numbers.changes import Changes, moved
from dezone.report.numbers.counting import Asked, Counted, Tally, count_incidents
from dezone.report.numbers.events import events_of, phases_of
from dezone.report.numbers.findings import find
from dezone.report.numbers.ground import Ground
from dezone.report.numbers.rates import require_scipy
from geodata.columns.mapping import ROLES, ColumnMapping
from geodata.columns.opening import open_incidents
from geodata.columns.options import ReadingOptions
from geodata.errors import InputError
from geodata.findings import Log
from geodata.formats.parquet import parquet_parts
from geodata.formats.spool import from_standard_input, legible
from geodata.formats.storage import fetched, file_hash, is_remote, list_parts, names_of
from geodata.formats.suffixes import files_of
from geodata.formats.table import Table
from zones.arrays import Array
from zones.calendar import Basis, Calendar, calendar_of, day_number, day_of
from zones.record import software
from zones.tables.question import Question, ask

if TYPE_CHECKING:
    from geodata.columns.opening import OpenFile
    from zones.verdict import Assessor

RADII_M = (0.0, 1_000.0, 5_000.0, 25_000.0)
"""The radii that every located incident is given in turn, to see how far the totals move."""

SHIFT_DAYS = 3
"""All incidents are taken so many days earlier and later, to see the same."""

_SHOWN_BEFORE = 2 * 364
_SHOWN_AFTER = 364

Progress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class Identity:
    """What incidents are known by: a name, and the hash and number of their bytes."""

    name: str
    sha256: str
    size: int

    @classmethod
    def of_bytes(cls, name: str, content: bytes) -> Identity:
        """Return the identity of incidents that are in memory."""
        return cls(name, hashlib.sha256(content).hexdigest(), len(content))


def make_report(
    incidents: str | Path | Table,
    question: Question | None = None,
    *,
    identity: Identity | None = None,
    strict: bool = False,
    findings: Log | None = None,
    progress: Progress | None = None,
    workers: int = 0,
    **reading: Any,
) -> Report:
    """Count a file of incidents by area, week and phase, and tell what changed when.

    Parameters
    ----------
    incidents
        As for `zones.tables.files.tag_file`: a file in any format that is read, ``-`` for
        standard input, or Parquet as a folder, a pattern or an address. Rows that are no file
        come as a `Table`.
    question
        By which boundary and basis, and by which atlas; `zones.tables.question.ask` makes one.
    identity
        What a `Table` is known by; a file is known by its own name and bytes.
    strict
        Whether to stop at the first row that cannot be read.
    findings
        Where to gather the repairs, warnings and refusals of the reading.
    progress
        Called with the number of rows done, and of all rows where it is known.
    workers
        Threads; as many as there are cores where 0. The report does not depend on it.
    **reading
        What is stated about the input (`geodata.columns.options.ReadingOptions`).

    Raises
    ------
    InputError
        The input cannot be read; or, with `strict`, one of its rows.
    """
    require_scipy()
    question = question or ask()
    assessor = question.assessor
    options = ReadingOptions.of(**reading)
    asked = _asked(assessor)
    with _brought(incidents, identity) as (brought, known):
        source = open_incidents(brought, options, atlas=question.atlas)
        counted = count_incidents(
            source,
            assessor,
            asked,
            strict=strict,
            findings=findings,
            workers=workers,
            progress=progress,
        )
        return _Assembly(assessor, source, counted, asked).report(known, options)


@contextmanager
def _brought(
    given: str | Path | Table, identity: Identity | None
) -> Iterator[tuple[str | Table, Identity]]:
    """Give the input as something on this machine, and what it is known by."""
    if isinstance(given, Table):
        yield given, identity or Identity.of_bytes("", b"")
        return
    incidents = str(given)
    if incidents == "-":
        folder, path = from_standard_input()
        yield str(path), _identity("standard input", [str(path)])
        folder.close()
        return
    if is_remote(incidents):
        parts = list_parts(incidents)
        if len(parts) > 1:
            raise InputError(
                f"expected one file at an address, found {len(parts)} parts at {incidents!r}; "
                "copy them to a folder and name that."
            )
        with fetched(parts[0]) as local:
            yield str(local), _identity(names_of(parts)[0], [str(local)])
        return
    name = legible(Path(incidents).name or Path(incidents).absolute().name)
    yield incidents, _identity(name, _files(Path(incidents)))


def _files(path: Path) -> list[str]:
    """Return all the files that make up an input; none where it is not there."""
    if parts := parquet_parts(path):
        return [str(part) for part in parts]
    # What is wrong with one that is not there, the reader says.
    return sorted(map(str, files_of(path))) if path.is_file() else []


_LISTS = ("place_codes", "dms", "span", "also", "also_days")


def _identity(name: str, files: Sequence[str]) -> Identity:
    found = [file_hash(file) for file in files]
    size = sum(number for _, number in found)
    if len(found) == 1:
        return Identity(name, found[0][0], size)
    whole = hashlib.sha256()
    for part, (digest, _) in zip(names_of(tuple(files)) if files else (), found, strict=True):
        whole.update(f"{part}\0{digest}\0".encode())
    return Identity(name, whole.hexdigest(), size)


def _asked(assessor: Assessor) -> tuple[Asked, ...]:
    """Return every way in which the incidents are laid on ground, the one asked for first."""
    drawn = {extent.boundary for extent in assessor.atlas.extents}
    others = [b for b in assessor.boundaries if b != assessor.boundary and b in drawn]
    return (
        Asked(assessor.boundary, deaths=True),
        *(Asked(boundary) for boundary in others),
        *(Asked(assessor.boundary, radius) for radius in RADII_M),
    )


class _Assembly:
    """Puts a report together from what was counted."""

    def __init__(
        self, assessor: Assessor, source: OpenFile, counted: Counted, asked: Sequence[Asked]
    ) -> None:
        self.assessor = assessor
        self.atlas = assessor.atlas
        self.source = source
        self.counted = counted
        self.asked = asked
        self.tally = counted.tallies[0]
        self.ground = Ground(assessor, assessor.boundary)
        self.deaths = source.mapping.deaths is not None
        if not self.deaths:
            self.tally = replace(self.tally, sums=self.tally.sums[:, :1])
        self.areas = area_names(assessor.zones)

    def report(self, identity: Identity, options: ReadingOptions) -> Report:
        """Return the whole report."""
        given, totals = self._input(identity), self._totals()
        changes, variants = self.changes.all(), tuple(self._variants())
        return Report(
            input=given,
            setting=self._setting(options),
            made=self._made(),
            areas=self.areas,
            weeks=self._series("week", self._weeks()),
            months=self._series("month", self._months()),
            phases=tuple(self._phases()),
            totals=totals,
            events=self.changes.events,
            changes=changes,
            variants=variants,
            findings=find(given, self.areas, totals, changes, variants),
        )

    # -- what it is of ----------------------------------------------------------------------

    def _input(self, identity: Identity) -> Input:
        counted, mapping = self.counted, self.source.mapping
        return Input(
            name=identity.name,
            sha256=identity.sha256,
            bytes=identity.size,
            source=mapping.source,
            columns={role: name for role in ROLES if (name := getattr(mapping, role)) is not None}
            | {role: ", ".join(names) for role in _LISTS if (names := getattr(mapping, role))},
            rows=counted.rows,
            unreadable=counted.unreadable,
            undated=counted.undated,
            unlocated=counted.unlocated,
            abroad=counted.abroad,
            counted=counted.counted,
            first_day=day_of(self.days.begin) if len(self.days) else None,
            last_day=day_of(self.days.end - 1) if len(self.days) else None,
            spread=counted.spread,
            ground_lost=counted.ground_lost,
            ground_gained=counted.ground_gained,
            deaths=self.deaths,
            deaths_unread=counted.deaths_unread,
            told=counted.findings.kinds(),
        )

    def _setting(self, options: ReadingOptions) -> Setting:
        areas = self.source.plan.areas
        stated = {k: v for k, v in options.stated().items() if k != "admin"}
        if isinstance(mapping := stated.get("mapping"), ColumnMapping):
            named = {f.name: getattr(mapping, f.name) for f in fields(mapping)}
            stated["mapping"] = {
                k: v for k, v in named.items() if v not in (None, ()) and k != "choices"
            }
        return Setting(
            boundary=self.assessor.boundary,
            basis=self.assessor.basis.value,
            coarsest_radius_m=self.assessor.coarsest_radius_m,
            areas_sha256=None if areas is None else areas.sha256,
            reading=msgspec.json.decode(msgspec.json.encode(stated)),  # as it is read again
        )

    def _made(self) -> Made:
        return Made(
            atlas_id=self.atlas.meta.id,
            atlas_version=self.atlas.version,
            atlas_sha256=self.atlas.sha256,
            software=software(),
            software_sha256=software_sha256(),
            libraries=libraries(),
        )

    # -- by day -----------------------------------------------------------------------------

    @cached_property
    def days(self) -> Days:
        """The days that the counted incidents cover."""
        if not len(self.tally.first):
            return Days(0, 0)
        return Days(int(self.tally.first.min()), int(self.tally.last.max()) + 1)

    @cached_property
    def daily(self) -> Array:
        """Sums on the ground of the incidents' own days: (areas, 3, days, 1 or 4)."""
        levels = self.ground.on_days(self.tally.levels, self.tally.first, self.tally.last)
        return by_day(self.tally, masks(levels), self.days)

    def _sum(self, days: Days) -> Array:
        begin = days.begin - self.days.begin
        return np.asarray(self.daily[:, :, begin : begin + len(days)].sum(axis=2))

    @cached_property
    def _shown(self) -> Days:
        """The days of the series: those of the file, in so far as they are near the zones'."""
        begin, end = calendar_of(self.atlas).in_force
        if begin >= end:  # no zone ever was in force
            return self.days
        return self.days.within(Days(begin - _SHOWN_BEFORE, end + _SHOWN_AFTER))

    def _weeks(self) -> list[Days]:
        shown = self._shown
        monday = shown.begin - (shown.begin + 3) % 7  # 1970-01-01 was a Thursday
        return [Days(day, day + 7) for day in range(monday, shown.end, 7)] if len(shown) else []

    def _months(self) -> list[Days]:
        shown = self._shown
        if not len(shown):
            return []
        first, last = day_of(shown.begin), day_of(shown.end - 1)
        months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month + 1)
        edges = [day_number(dt.date(month // 12, month % 12 + 1, 1)) for month in months]
        return [Days(a, b) for a, b in pairwise(edges)]

    def _series(self, unit: str, stretches: Sequence[Days]) -> Series:
        held = [stretch.within(self._shown) for stretch in stretches]
        sums = [self._sum(stretch) for stretch in held]
        columns = 4 if self.deaths else 1
        table = np.stack(sums, axis=2) if sums else np.zeros((len(self.areas), 3, 0, columns))
        return Series(
            unit=unit,
            starts=tuple(day_of(stretch.begin) for stretch in stretches),
            days=tuple(map(len, held)),
            areas={area: _lines(table[a]) for a, area in enumerate(self.areas)},
        )

    def _phases(self) -> Iterator[PhaseCount]:
        for z, zone in enumerate(self.assessor.zones):
            force = Days(*self.assessor.calendar.force(zone))
            for phase, stop in phases_of(self.atlas, zone):
                begin = self.days.begin if phase.start is None else day_number(phase.start)
                end = self.days.end if stop is None else day_number(stop)
                held = Days(begin, end).within(self.days)
                sums = self._sum(held)
                yield PhaseCount(
                    zone=zone,
                    phase=phase.phase.value,
                    start=phase.start,
                    stop=stop,
                    first_day=day_of(held.begin) if len(held) else None,
                    last_day=day_of(held.end - 1) if len(held) else None,
                    days=len(held),
                    in_force=phase.start is not None and force.begin <= begin < force.end,
                    counts=counts_of(sums[z]),
                    rest=counts_of(sums[-1]),
                )

    def _totals(self) -> tuple[Total, ...]:
        whole = self._sum(self.days)
        held, lengths = in_force(self.tally, self.ground, self.assessor.calendar, self.days)
        return tuple(
            Total(
                area=area,
                whole=counts_of(whole[a]),
                in_force=counts_of(held[a]),
                days_in_force=lengths[a],
            )
            for a, area in enumerate(self.areas)
        )

    # -- what changed, and how far it depends on choices ------------------------------------

    @cached_property
    def changes(self) -> Changes:
        """The changes of the report itself."""
        return Changes(self.tally, self.ground, self.days, events_of(self.atlas), self.atlas)

    def _variants(self) -> Iterator[Variant]:
        own = self.assessor.calendar
        yield self._variant("asked", "", self.tally, self.ground, own)
        for one, tally in zip(self.asked[1:], self.counted.tallies[1:], strict=True):
            if one.radius_m is None:
                ground = Ground(self.assessor, one.boundary)
                yield self._variant("boundary", one.boundary, tally, ground, own)
            else:
                yield self._variant("radius", f"{one.radius_m:g}", tally, self.ground, own)
        for basis in Basis:
            if basis is not self.assessor.basis:
                other = calendar_of(self.atlas, basis)
                yield self._variant("basis", basis.value, self.tally, self.ground, other)
        for shift in (-SHIFT_DAYS, SHIFT_DAYS):
            yield self._variant("days", f"{shift:+d}", self.tally.later(shift), self.ground, own)

    def _variant(
        self, kind: str, value: str, tally: Tally, ground: Ground, calendar: Calendar
    ) -> Variant:
        shift = int(value) if kind == "days" else 0
        days = Days(self.days.begin + shift, self.days.end + shift)
        tally = replace(tally, sums=tally.sums[:, :1])
        chosen = masks(ground.on_days(tally.levels, tally.first, tally.last))
        whole = (chosen * tally.sums[:, 0]).sum(axis=2)
        held, _ = in_force(tally, ground, calendar, days)
        changes = Changes(tally, ground, days, self.changes.events, self.atlas)
        return Variant(
            id=f"{kind}={value}" if value else kind,
            kind=kind,
            value=value,
            whole=_triples(self.areas, whole),
            in_force=_triples(self.areas, held[:, :, 0]),
            moved=tuple(map(moved, changes.asked, changes.best())),
        )


def _triples(areas: Sequence[str], sums: Array) -> dict[str, tuple[float, float, float]]:
    return {
        area: (rounded(row[0]), rounded(row[1]), rounded(row[2]))
        for area, row in zip(areas, sums, strict=True)
    }


def _lines(table: Array) -> Lines:
    """Return lines from sums: (3, starts, 1 or 4)."""
    return Lines(sure=_line(table[0]), best=_line(table[1]), possible=_line(table[2]))


def _line(table: Array) -> Line:
    incidents = tuple(rounded(number) for number in table[:, 0])
    if table.shape[1] == 1:
        return Line(incidents=incidents)
    low, best, high = (
        tuple(rounded(number / DEATHS_UNIT) for number in column) for column in table.T[1:]
    )
    return Line(incidents=incidents, deaths_low=low, deaths_best=best, deaths_high=high)
