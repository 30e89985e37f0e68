"""Incidents read from the rows of a file: positions, radii, days, and what went wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from geodata.columns.cells import texts
from geodata.columns.incidents import NO_DAY, Incidents, PlaceType, Reason, set_of
from geodata.columns.plan import Plan
from geodata.columns.radii import Radii, radii_of
from geodata.columns.when import When, days_of
from geodata.columns.where import Where, positions
from geodata.findings import Finding, Log
from geodata.formats.table import JSON_TEXT, marks, ragged_findings

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Plan", "read_batch", "spoken"]


def read_batch(batch: pa.RecordBatch, plan: Plan) -> Incidents:
    """Return the incidents of one batch of a source; a pure function of the two.

    Clean columns go the fast way (numbers, ISO days, dates, timestamps); only the distinct odd
    cells are read one by one.
    """
    first_row, ragged = marks(batch)
    log = Log(first_row, keep_rows=True)
    batch = spoken(batch, plan.mapping.columns())
    where = positions(batch, plan, log)
    when = days_of(batch, plan, log)
    radii = radii_of(batch, plan, log, where)
    reasons = np.zeros(batch.num_rows, dtype=np.uint32)
    for reason, rows in (
        (Reason.NO_LOCATION, where.missing),
        (Reason.UNREADABLE_LOCATION, where.unreadable),
        (Reason.NO_DATE, when.missing),
        (Reason.UNREADABLE_DATE, when.unreadable),
        (Reason.FUTURE_DATE, when.future),
    ):
        if rows.any():
            reasons[rows] |= reason.bit
    findings = log.kept
    if ragged:
        findings = _disown(ragged, where, when, radii, reasons, log)
    return Incidents(
        longitude=where.longitude,
        latitude=where.latitude,
        radius_m=radii.metres,
        first=when.first,
        last=when.last,
        place_type=np.where(radii.area < 0, PlaceType.DISC, PlaceType.ADMIN_UNIT).astype(np.uint8),
        unit=radii.area,
        units=plan.areas,
        radius_source=radii.source,
        radius_sources=plan.radius_sources,
        reasons=reasons,
        findings=tuple(findings),
    )


def spoken(batch: pa.RecordBatch, names: Sequence[str]) -> pa.RecordBatch:
    """Return the columns that are read, in types that are; JSON texts as what they say."""
    import pyarrow as pa

    columns = [_readable(batch.column(name), batch.schema.field(name)) for name in names]
    return pa.RecordBatch.from_arrays(columns, names=list(names)) if columns else batch


def _readable(column: pa.Array, field: pa.Field) -> pa.Array:
    import json

    import pyarrow as pa

    kind = column.type
    if (field.metadata or {}).get(JSON_TEXT):
        said = [None if cell is None else json.loads(cell) for cell in column.to_pylist()]
        cells = [v if v is None or isinstance(v, str) else json.dumps(v) for v in said]
        return pa.array(cells, pa.string())
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return column.cast(pa.string())
    if pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind):
        return column.cast(pa.binary())
    if pa.types.is_nested(kind) or isinstance(kind, pa.BaseExtensionType):
        return texts(column)
    return texts(column) if pa.types.is_fixed_size_binary(kind) else column


def _disown(
    ragged: list[int],
    where: Where,
    when: When,
    radii: Radii,
    reasons: npt.NDArray[np.uint32],
    log: Log,
) -> list[Finding]:
    """Take nothing from rows whose cells cannot be told apart."""
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
