"""Incidents counted once, batch by batch, so that every later question is about few numbers.

A `Tally` holds, for each profile (see `ground`) and each pair of first and last day
that occurs, how many incidents there are and how many deaths they have. Numbers are whole, deaths
in thousandths, so the sums do not depend on the order of the rows or of the batches.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from dezone.report.numbers.ground import Ground, Profiles
from geodata.columns.deaths import deaths_of
from geodata.columns.diagnostics import FEW_ROWS, Diagnostics
from geodata.columns.incidents import NO_DAY, Incidents, Reason
from geodata.columns.reading import decode_json
from geodata.findings import Log
from geodata.formats.table import FIRST_ROW
from geodata.parallel import in_order
from zones.arrays import Array
from zones.tables.tagging import BATCH, plain_texts, read_incidents

if TYPE_CHECKING:
    import pyarrow as pa

    from geodata.columns.opening import OpenFile
    from geodata.columns.plan import Plan
    from zones.verdict import Assessor

_THOUSANDTHS = 1_000
_MERGE_AT = 1 << 20  # parts of a tally are put together when they hold so many lines


@dataclass(frozen=True)
class Asked:
    """One way of laying incidents on ground: under a boundary, with their own radius or another.

    `radius_m` None is their own; `deaths` tells whether deaths are asked for, too.
    """

    boundary: str
    radius_m: float | None = None
    deaths: bool = False


@dataclass(frozen=True)
class Tally:
    """Lines of incidents that are alike, in order of first day, last day, profile.

    Attributes
    ----------
    first, last : (n,) int64
        Days since 1970-01-01, both included.
    levels : (n, extents) uint8
        Of the line's profile, as `Ground.levels`.
    sums : (n, 1 or 4) int64
        Incidents; then, where they are asked for, thousandths of deaths: low, best, high.
    """

    first: Array
    last: Array
    levels: Array
    sums: Array

    def part(self, rows: Array) -> Tally:
        """Return some of the lines."""
        return Tally(self.first[rows], self.last[rows], self.levels[rows], self.sums[rows])

    def later(self, days: int) -> Tally:
        """Return the tally as if every incident had happened so many days later."""
        return replace(self, first=self.first + days, last=self.last + days)


@dataclass
class Counted:
    """What came of a file: where its rows went, and a tally for each way that was asked."""

    rows: int = 0
    unreadable: int = 0
    undated: int = 0
    unlocated: int = 0
    abroad: int = 0
    counted: int = 0
    spread: int = 0
    ground_lost: int = 0
    ground_gained: int = 0
    deaths_unread: int = 0
    tallies: tuple[Tally, ...] = ()
    findings: Log = field(default_factory=Log)


@dataclass(frozen=True)
class _Batch:
    """One batch, reduced: counts of rows by where they went, and keys with sums a way."""

    whither: tuple[int, ...]
    parts: tuple[tuple[Array, Array, Array], ...]
    incidents: Incidents


def count_incidents(
    source: OpenFile,
    assessor: Assessor,
    asked: Sequence[Asked],
    *,
    strict: bool = False,
    findings: Log | None = None,
    workers: int = 0,
    progress: Callable[[int, int | None], None] | None = None,
) -> Counted:
    """Count the incidents of a file in every way that is asked, in one reading.

    What was mended, doubted and refused goes to `findings`.

    Raises
    ------
    InputError
        The file cannot be read; or, with `strict`, one of its rows.
    """
    grounds = {one.boundary: Ground(assessor, one.boundary) for one in asked}
    diagnostics = Diagnostics(source, log=findings, most_rows=FEW_ROWS)
    diagnostics.see_rows(source.batches(FEW_ROWS))
    found = Counted(findings=diagnostics.log)
    makers = [_Maker(grounds[one.boundary].width, 4 if one.deaths else 1) for one in asked]

    def work(batch: pa.RecordBatch) -> _Batch:
        return _reduce(batch, source.plan, assessor, grounds, asked, strict=strict)

    mapping = source.plan.mapping
    read = list(dict.fromkeys((*mapping.columns(), *mapping.of("deaths"))))
    for part in in_order(work, source.batches(BATCH, read or None), workers=workers):
        for name, number in zip(_WHITHER, part.whither, strict=True):
            setattr(found, name, getattr(found, name) + number)
        for maker, (levels, keys, sums) in zip(makers, part.parts, strict=True):
            maker.add(levels, keys, sums)
        diagnostics.see(None, part.incidents)
        if progress is not None:
            progress(found.rows, source.rows)
    diagnostics.close(strict=strict)
    found.tallies = tuple(maker.tally() for maker in makers)
    return found


_WHITHER = (
    "rows", "unreadable", "undated", "unlocated", "abroad", "counted", "spread", "deaths_unread",
    "ground_lost", "ground_gained",
)  # fmt: skip


def _reduce(
    batch: pa.RecordBatch,
    plan: Plan,
    assessor: Assessor,
    grounds: dict[str, Ground],
    asked: Sequence[Asked],
    *,
    strict: bool,
) -> _Batch:
    """Read one batch, and gather the rows that are alike: a pure function."""
    plain = plain_texts(batch, plan, plan.mapping.of("deaths"))
    incidents = read_incidents(plain, plan, strict=strict)
    bad = incidents.refused
    log = Log(int((batch.schema.metadata or {}).get(FIRST_ROW, b"1")), keep_rows=True)
    deaths = deaths_of(decode_json(plain, plan.mapping.of("deaths")), plan, log)
    x, y = incidents.longitude, incidents.latitude
    # An exact point stays one, though its place is a settlement: the radius is only its size.
    radius = np.where(incidents.settlement >= 0, 0.0, incidents.radius_m)
    first, last = incidents.first, incidents.last
    area = incidents.unit
    usable, abroad = assessor.usable(incidents)
    undated = ~bad & (first == NO_DAY)
    unlocated = ~bad & ~undated & ~usable
    abroad = ~bad & ~undated & ~unlocated & abroad
    rows = np.flatnonzero(~(bad | undated | unlocated | abroad))
    x, y, radius, first, last = x[rows], y[rows], radius[rows], first[rows], last[rows]
    area = area[rows]
    discs, coded = np.flatnonzero(area < 0), np.flatnonzero(area >= 0)

    sums = np.ones((len(rows), 1), dtype=np.int64)
    unread = 0
    if deaths is not None:
        figures = np.stack([deaths.low, deaths.best, deaths.high], axis=1)[rows]
        unread = int(np.isnan(figures[:, 1]).sum())
        thousandths = np.round(np.nan_to_num(figures) * _THOUSANDTHS).astype(np.int64)
        sums = np.concatenate([sums, thousandths], axis=1)
    else:
        sums = np.concatenate([sums, np.zeros((len(rows), 3), dtype=np.int64)], axis=1)
    parts = []
    for one in asked:
        own = radius if one.radius_m is None else np.full(len(rows), one.radius_m)
        ground = grounds[one.boundary]
        levels = np.zeros((len(rows), ground.width), dtype=np.uint8)
        levels[discs] = ground.levels(x[discs], y[discs], own[discs])
        if coded.size and plan.areas is not None:
            levels[coded] = ground.levels_of_areas(plan.areas)[area[coded]]
        profiles = Profiles()
        number = profiles.number(levels)
        keys = np.stack([first, last, number], axis=1)
        keys, gathered = _gather(keys, sums if one.deaths else sums[:, :1])
        parts.append((profiles.table(levels.shape[1]), keys, gathered))
    whither = (
        batch.num_rows, bad.sum(), undated.sum(), unlocated.sum(), abroad.sum(), len(rows),
        (last > first).sum(), unread, *_moved(assessor, incidents.take(rows)),
    )  # fmt: skip
    incidents = replace(incidents, findings=(*incidents.findings, *log.kept))
    return _Batch(tuple(int(n) for n in whither), tuple(parts), incidents)


def _moved(assessor: Assessor, incidents: Incidents) -> tuple[int, int]:
    """Return how many incidents lie in settlements that a zone had lost, and had gained."""
    settled = incidents.take(np.flatnonzero(incidents.settlement >= 0))
    found, which = assessor.assess_distinct(settled)
    reasons = found.reasons if which is None else found.reasons[which]
    lost, gained = (
        int((reasons & reason.bit != 0).sum())
        for reason in (Reason.GROUND_LOST, Reason.GROUND_GAINED)
    )
    return lost, gained


def _gather(keys: Array, sums: Array) -> tuple[Array, Array]:
    """Return the distinct keys in order, with the sums of each."""
    if not len(keys):
        return keys, sums
    order = np.lexsort(keys.T[::-1])
    keys, sums = keys[order], sums[order]
    new = np.concatenate([[True], (keys[1:] != keys[:-1]).any(axis=1)])
    starts = np.flatnonzero(new)
    return keys[starts], np.add.reduceat(sums, starts, axis=0)


class _Maker:
    """Puts the parts of a tally together, with profiles numbered for the whole file."""

    def __init__(self, extents: int, sums: int) -> None:
        self._extents = extents
        self._profiles = Profiles()
        self._keys = [np.zeros((0, 3), dtype=np.int64)]
        self._sums = [np.zeros((0, sums), dtype=np.int64)]

    def add(self, levels: Array, keys: Array, sums: Array) -> None:
        numbers = self._profiles.number(levels)
        self._keys.append(np.column_stack([keys[:, :2], numbers[keys[:, 2]]]))
        self._sums.append(sums)
        if sum(map(len, self._keys)) > max(_MERGE_AT, 2 * len(self._keys[0])):
            self._merge()

    def _merge(self) -> None:
        keys, sums = _gather(np.concatenate(self._keys), np.concatenate(self._sums))
        self._keys, self._sums = [keys], [sums]

    def tally(self) -> Tally:
        self._merge()
        keys, sums = self._keys[0], self._sums[0]
        table = self._profiles.table(self._extents)
        # Profiles are numbered as they come: put in an order that the rows do not decide.
        rank = np.empty(len(table), dtype=np.int64)
        rank[np.lexsort(table.T[::-1])] = np.arange(len(table))
        levels = table[keys[:, 2]]
        order = np.lexsort((rank[keys[:, 2]], keys[:, 1], keys[:, 0]))
        return Tally(keys[order, 0], keys[order, 1], levels[order], sums[order])


def spread(first: Array, last: Array, sums: Array, begin: int, end: int) -> Array:
    """Return sums by day, each line spread evenly over its days.

    Parameters
    ----------
    first, last : (n,) int64
        Days, both included; those before `begin` or from `end` on are left out.
    sums : (n, k) int64
    begin, end
        The first day, and the first day after the last.

    Returns
    -------
    (end - begin, k) float64
    """
    days = max(end - begin, 0)
    k = sums.shape[1]
    found = np.zeros((days, k))
    if not days:
        return found
    single = (first == last) & (first >= begin) & (first < end)
    rows = np.flatnonzero(single)
    for column in range(k):  # whole numbers: exact, in whatever order
        found[:, column] = np.bincount(
            first[rows] - begin, weights=sums[rows, column], minlength=days
        )
    rows = np.flatnonzero((first != last) & (first < end) & (last >= begin))
    if rows.size:
        rate = sums[rows] / (last[rows] - first[rows] + 1)[:, None]
        steps = np.zeros((days + 1, k))
        np.add.at(steps, np.maximum(first[rows] - begin, 0), rate)
        np.add.at(steps, np.minimum(last[rows] + 1 - begin, days), -rate)
        found += np.cumsum(steps, axis=0)[:-1]
    return found
