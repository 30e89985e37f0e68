"""Incidents read from the rows of a file: positions, radii, days, and what went wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from geodata.columns.cells import Log
from geodata.columns.plan import Plan
from geodata.columns.radii import Radii, radii_of
from geodata.columns.when import NO_DAY, When, days_of
from geodata.columns.where import Where, positions
from geodata.findings import Finding
from geodata.formats.delimited import marks, ragged_findings
from geodata.formats.table import JSON_TEXT

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "NO_DAY",
    "TROUBLES",
    "Incidents",
    "Plan",
    "Trouble",
    "read_batch",
    "spoken",
]


class Trouble(StrEnum):
    """Why a row has no position or no days; the words are those of a verdict's reasons."""

    NO_LOCATION = "no-location"
    UNREADABLE_LOCATION = "unreadable-location"
    NO_DATE = "no-date"
    UNREADABLE_DATE = "unreadable-date"
    FUTURE_DATE = "future-date"


TROUBLES = tuple(Trouble)
"""Bit i of `Incidents.trouble` is TROUBLES[i]."""


@dataclass(frozen=True)
class Incidents:
    """n incidents as arrays, in the order of their rows.

    Attributes
    ----------
    longitude, latitude : (n,) float64
        Degrees, WGS 84; NaN where there is no position, or none that can be read.
    radius_m : (n,) float64
        NaN where it is not known (also where `area` is used instead).
    radius_source : (n,) uint8
        Position in `radius_sources`.
    radius_sources : tuple of str
        The same for every batch of a file.
    first, last : (n,) int64
        Days since 1970-01-01, both included; NO_DAY where there is no date, or none to be read.
    area : (n,) int32
        Position in `Plan.areas.polygons` of the polygon that stands for the disc; else -1.
    trouble : (n,) uint32
        One bit a trouble, in the order of `TROUBLES`.
    findings : tuple of Finding
        Repairs, warnings and refusals, with their rows.
    """

    longitude: npt.NDArray[np.float64]
    latitude: npt.NDArray[np.float64]
    radius_m: npt.NDArray[np.float64]
    radius_source: npt.NDArray[np.uint8]
    radius_sources: tuple[str, ...]
    first: npt.NDArray[np.int64]
    last: npt.NDArray[np.int64]
    area: npt.NDArray[np.int32]
    trouble: npt.NDArray[np.uint32]
    findings: tuple[Finding, ...]

    def __len__(self) -> int:
        return len(self.longitude)


def read_batch(batch: pa.RecordBatch, plan: Plan) -> Incidents:
    """Return the incidents of one batch of a source; a pure function of the two.

    Clean columns go the fast way (numbers, ISO days, dates, timestamps); only the distinct odd
    cells are read one by one.
    """
    first_row, ragged = marks(batch)
    log = Log(first_row)
    batch = spoken(batch, plan.mapping.columns())
    where = positions(batch, plan, log)
    when = days_of(batch, plan, log)
    radii = radii_of(batch, plan, log, where)
    trouble = np.zeros(batch.num_rows, dtype=np.uint32)
    for name, rows in (
        (Trouble.NO_LOCATION, where.missing),
        (Trouble.UNREADABLE_LOCATION, where.unreadable),
        (Trouble.NO_DATE, when.missing),
        (Trouble.UNREADABLE_DATE, when.unreadable),
        (Trouble.FUTURE_DATE, when.future),
    ):
        if rows.any():
            trouble[rows] |= np.uint32(1 << TROUBLES.index(name))
    findings = log.findings
    if ragged:
        findings = _disown(ragged, where, when, radii, trouble, log)
    return Incidents(
        longitude=where.longitude,
        latitude=where.latitude,
        radius_m=radii.metres,
        radius_source=radii.source,
        radius_sources=plan.radius_sources,
        first=when.first,
        last=when.last,
        area=radii.area,
        trouble=trouble,
        findings=tuple(findings),
    )


def spoken(batch: pa.RecordBatch, names: Sequence[str]) -> pa.RecordBatch:
    """Return the columns that are read, JSON texts as what they say: a string without quotes."""
    import json

    import pyarrow as pa

    fields = [batch.schema.field(name) for name in names]
    if not any((field.metadata or {}).get(JSON_TEXT) for field in fields):
        return batch
    columns = []
    for field in fields:
        column = batch.column(field.name)
        if (field.metadata or {}).get(JSON_TEXT):
            said = [None if cell is None else json.loads(cell) for cell in column.to_pylist()]
            texts = [
                None if value is None else value if isinstance(value, str) else json.dumps(value)
                for value in said
            ]
            column = pa.array(texts, pa.string())
        columns.append(column)
    return pa.RecordBatch.from_arrays(columns, names=[field.name for field in fields])


def _disown(
    ragged: list[int],
    where: Where,
    when: When,
    radii: Radii,
    trouble: npt.NDArray[np.uint32],
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
    both = (Trouble.UNREADABLE_LOCATION, Trouble.UNREADABLE_DATE)
    trouble[rows] = sum(1 << TROUBLES.index(one) for one in both)
    kept = []
    for one in log.findings:
        left = np.setdiff1d(one.rows, rows + log.first_row, assume_unique=True)
        if left.size:
            kept.append(replace(one, rows=left))
    return ragged_findings(ragged, log.first_row) + kept
