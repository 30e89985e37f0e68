"""Incidents read from the rows of a file: positions, radii, days, and what went wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from geodata.columns.headers.paths import resolved
from geodata.columns.incidents import (
    AREA,
    NO_DAY,
    PLACEHOLDER_DEG,
    Alternative,
    Incidents,
    PlaceType,
    Reason,
    set_of,
)
from geodata.columns.named.settlements import Named, settlements_of
from geodata.columns.plan import Axes, Plan, Points, SharedPoints
from geodata.columns.radii import BASIC_SOURCES, DEFAULT, Radii, radii_of
from geodata.columns.when import When, days_of, exchanged_days
from geodata.columns.where import Where, count_axes, points_of, positions
from geodata.findings import Finding, Log
from geodata.formats.table import JSON_TEXT, marks, ragged_findings

if TYPE_CHECKING:
    import pyarrow as pa

    from geodata.text.names import Found


def read_batch(batch: pa.RecordBatch, plan: Plan) -> Incidents:
    """Return the incidents of one batch of a source; a pure function of the two.

    Clean columns go the fast way (numbers, ISO days, dates, timestamps); only the distinct odd
    cells are read one by one.
    """
    first_row, ragged = marks(batch)
    plan.memo.begin(batch.num_rows)
    log = Log(first_row, keep_rows=True)
    batch = decode_json(batch, plan.mapping.columns())
    where = positions(batch, plan, log)
    named = settlements_of(batch, plan, log, where)
    when = days_of(batch, plan, log)
    radii = radii_of(batch, plan, log, where)
    in_areas = np.flatnonzero(named.area >= 0)
    radii.area[in_areas], radii.metres[in_areas] = named.area[in_areas], np.nan
    radii.source[in_areas] = BASIC_SOURCES.index(AREA)
    reasons = np.zeros(batch.num_rows, dtype=np.uint32)
    for reason, rows in (
        (Reason.NO_LOCATION, where.missing & ~named.is_shared),
        (Reason.NAME_SHARED, named.is_shared),
        (Reason.UNREADABLE_LOCATION, where.unreadable),
        (Reason.NO_DATE, when.missing),
        (Reason.UNREADABLE_DATE, when.unreadable),
        (Reason.FUTURE_DATE, when.future),
    ):
        if rows.any():
            reasons[rows] |= reason.bit
    findings = log.kept
    if ragged:
        findings = _drop_ragged(ragged, where, when, radii, reasons, log)
        named.settlement[ragged] = named.shared[ragged] = -1
    incidents = Incidents(
        longitude=where.longitude,
        latitude=where.latitude,
        radius_m=radii.metres,
        first=when.first,
        last=when.last,
        place_type=np.where(radii.area < 0, PlaceType.DISC, PlaceType.ADMIN_UNIT).astype(np.uint8),
        unit=radii.area,
        units=plan.units,
        settlement=named.settlement,
        shared=named.shared,
        candidates=tuple(named.candidates),
        radius_source=radii.source,
        radius_sources=plan.radius_sources,
        reasons=reasons,
        findings=tuple(findings),
    )
    settled = incidents.settled(plan.ledger, plan.placeholders)
    others = [
        replace(one, incidents=one.incidents.settled(plan.ledger, plan.placeholders))
        for one in (
            *_alternatives(incidents, where, when, named),
            *_at_shared_points(settled, plan),
        )
    ]
    return replace(settled, alternatives=tuple(others)) if others else settled


def _alternatives(read: Incidents, where: Where, when: When, named: Named) -> Iterator[Alternative]:
    """Yield the other ways in which rows may have been meant: axes, position, name, or day."""
    for rows, meant in named.elsewhere:
        yield Alternative(Reason.POSITIONS_DISAGREE, rows, _at(meant, read.take(rows)), False)
    axes, whole, days = where.swapped, where.whole, when.exchanged
    if axes.size:
        some = read.take(axes)
        other = replace(some, longitude=some.latitude, latitude=some.longitude)
        yield Alternative(Reason.AXES_MAY_BE_SWAPPED, axes, other, where.is_exchanged)
    if where.other is not None:
        rows = np.flatnonzero(np.isfinite(where.other.longitude))
        x, y = where.other.longitude[rows], where.other.latitude[rows]
        other = replace(read.take(rows), longitude=x, latitude=y)
        yield Alternative(Reason.POSITIONS_DISAGREE, rows, other, is_likely=True)
    whole = whole[(read.radius_m[whole] == 0) & (read.radius_source[whole] == DEFAULT)]
    if whole.size:
        other = replace(read.take(whole), radius_m=np.full(len(whole), np.nan))
        yield Alternative(Reason.WHOLE_DEGREES, whole, other, not where.has_decimals)
    if days.size:
        some = read.take(days)
        first = exchanged_days(some.first)
        other = replace(some, first=first, last=first)
        yield Alternative(Reason.DAY_AND_MONTH_MAY_BE_SWAPPED, days, other, is_likely=True)
    if when.other is not None and when.other[0].size:
        rows, first, last = when.other
        other = replace(read.take(rows), first=first, last=last)
        yield Alternative(Reason.DATES_DISAGREE, rows, other, is_likely=True)


def _at(meant: Found, some: Incidents) -> Incidents:
    """Return incidents at what their name means, as exact as it is."""
    x, y, radius = meant.area
    settlement = meant.places[0].settlement if meant.relation == "at" else -1
    n = len(some)
    return replace(
        some,
        longitude=np.full(n, x),
        latitude=np.full(n, y),
        radius_m=np.full(n, radius if settlement < 0 else 0.0),
        radius_source=np.full(n, DEFAULT, dtype=np.uint8),
        place_type=np.full(n, PlaceType.DISC, dtype=np.uint8),
        settlement=np.full(n, settlement, dtype=np.int32),
    )


def _at_shared_points(settled: Incidents, plan: Plan) -> Iterator[Alternative]:
    """Yield exact points in no settlement that very many rows share, known no better than that."""
    y, x = settled.latitude, settled.longitude
    exact = (settled.radius_m == 0) & (settled.radius_source == DEFAULT) & np.isfinite(x)
    exact &= settled.place_type == PlaceType.DISC
    for longitude, latitude, _ in plan.placeholders if exact.any() else ():
        exact &= ~(
            (np.abs(x - longitude) <= PLACEHOLDER_DEG) & (np.abs(y - latitude) <= PLACEHOLDER_DEG)
        )
    if not exact.any():
        return
    shared = np.zeros(len(settled), dtype=bool)
    for latitude, longitude in plan.proofs.shared():
        shared |= (y == latitude) & (x == longitude)
    rows = np.flatnonzero(exact & shared)
    if rows.size:
        other = replace(settled.take(rows), radius_m=np.full(len(rows), np.nan), alternatives=())
        yield Alternative(Reason.SHARED_POINT, rows, other, is_likely=False)


_MOST_ROWS = 2_000_000  # in which shared points are looked for


def shared_of(batches: Iterable[pa.RecordBatch], plan: Plan) -> Points:
    """Return the points that very many of the first rows of a file share."""
    points, rows = SharedPoints(), 0
    for batch in batches:
        points.add(*points_of(decode_json(batch, plan.mapping.of("place")), plan))
        rows += batch.num_rows
        if rows >= _MOST_ROWS:
            break
    return tuple(point for point, _ in points.shared())


def axes_of(batches: Iterable[pa.RecordBatch], plan: Plan) -> Axes:
    """Return which way round the positions of a file lie in the country, counted."""
    found = Axes()
    for batch in batches:
        found = found.plus(count_axes(decode_json(batch, plan.mapping.of("place")), plan))
    return found


def decode_json(batch: pa.RecordBatch, names: Sequence[str]) -> pa.RecordBatch:
    """Return the columns that are read, JSON texts decoded: a string without its quotes."""
    import json

    import pyarrow as pa

    batch = resolved(batch, names)
    fields = [batch.schema.field(name) for name in names]
    if not any((field.metadata or {}).get(JSON_TEXT) for field in fields):
        return batch
    columns = []
    for field in fields:
        column = batch.column(field.name)
        if (field.metadata or {}).get(JSON_TEXT):
            decoded = [None if cell is None else json.loads(cell) for cell in column.to_pylist()]
            texts = [
                None if value is None else value if isinstance(value, str) else json.dumps(value)
                for value in decoded
            ]
            column = pa.array(texts, pa.string())
        columns.append(column)
    return pa.RecordBatch.from_arrays(columns, names=[field.name for field in fields])


def _drop_ragged(
    ragged: list[int],
    where: Where,
    when: When,
    radii: Radii,
    reasons: npt.NDArray[np.uint32],
    log: Log,
) -> list[Finding]:
    """Leave rows with too many or too few cells without a place, a date and other findings."""
    rows = np.asarray(ragged)
    where.longitude, where.latitude = where.longitude.copy(), where.latitude.copy()
    where.longitude[rows] = where.latitude[rows] = np.nan
    when.first, when.last = when.first.copy(), when.last.copy()
    when.first[rows] = when.last[rows] = NO_DAY
    radii.metres[rows] = np.nan
    radii.source[rows] = 0
    radii.area[rows] = -1
    reasons[rows] = set_of(Reason.UNREADABLE_LOCATION, Reason.UNREADABLE_DATE)
    kept = []
    for one in log.kept:
        left = np.setdiff1d(one.rows, rows + log.first_row, assume_unique=True)
        if left.size:
            kept.append(replace(one, rows=left))
    return ragged_findings(ragged, log.first_row) + kept
