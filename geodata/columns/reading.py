"""Incidents read from the rows of a file: positions, radii, days, and what went wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
import numpy.typing as npt

from geodata.columns.cells import Log
from geodata.columns.mapping import Mapping
from geodata.columns.plan import Plan
from geodata.columns.radii import Radii, radii_of
from geodata.columns.when import NO_DAY, When, days_of
from geodata.columns.where import Where, positions
from geodata.findings import Finding
from geodata.formats.delimited import marks, ragged_findings
from geodata.formats.table import JSON_TEXT

if TYPE_CHECKING:
    import pyarrow as pa

    from geodata.atlas import Atlas
    from geodata.columns.precision import PrecisionTable

__all__ = [
    "NO_DAY",
    "TROUBLES",
    "Incidents",
    "Plan",
    "Source",
    "Trouble",
    "open_incidents",
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


class Source(Protocol):
    """An open file of incidents."""

    @property
    def schema(self) -> pa.Schema:
        """The columns as they are to be written back."""
        ...

    @property
    def plan(self) -> Plan:
        """All that is decided for the file as a whole."""
        ...

    @property
    def rows(self) -> int | None:
        """How many rows, where that is known without reading the file."""
        ...

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found about the file as a whole."""
        ...

    @property
    def tags(self) -> tuple[str, ...] | None:
        """A row of HXL tags that is no incident."""
        ...

    @property
    def mapping(self) -> Mapping:
        """Which column means what, and why."""
        ...

    @property
    def parts(self) -> tuple[str, ...]:
        """The files of a folder or a pattern, by name; empty for a single file."""
        ...

    def batches(
        self, size: int = 65536, columns: Sequence[str] | None = None
    ) -> Iterator[pa.RecordBatch]:
        """Yield the original columns (or some), untouched, in order; CSV cells as text.

        The metadata of a batch's schema carry the number of its first row. May be called again.
        """
        ...


def open_incidents(
    path: str | Path,
    *,
    atlas: Atlas | None = None,
    mapping: Mapping | None = None,
    format: str | None = None,
    encoding: str | None = None,
    separator: str | None = None,
    layer: str | None = None,
    sheet: str | None = None,
    crs: str | None = None,
    radius_m: float | None = None,
    precision: PrecisionTable | None = None,
    admin: Sequence[str | Path] = (),
    order: Literal["dmy", "mdy"] | None = None,
    decimal: Literal[".", ","] | None = None,
    epoch: Literal[1900, 1904] | None = None,
) -> Source:
    """Open a file of incidents: ``-`` is standard input, a folder or a pattern is Parquet.

    The atlas gives time zone, names of months, bounds and placeholders. What is stated here goes
    before the mapping, and the mapping before what is recognised by the headers.

    Raises
    ------
    InputError
        No such file, a format, encoding, separator, layer, sheet or column that is not proved and
        was not stated, or a file that is broken; the message lists the choices.
    CRSError
        Geometries without a CRS, or a CRS that is none.
    """
    from geodata.columns.opening import open_file

    return open_file(
        path,
        atlas=atlas,
        mapping=mapping,
        format=format,
        encoding=encoding,
        separator=separator,
        layer=layer,
        sheet=sheet,
        crs=crs,
        radius_m=radius_m,
        precision=precision,
        admin=admin,
        order=order,
        decimal=decimal,
        epoch=epoch,
    )


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
