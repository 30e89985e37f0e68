"""A file looked at before it is used: what is what, ten rows as read, what is wrong with it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geodata.columns.diagnostics import Doctor
from geodata.columns.incidents import NO_DAY, Incidents, reasons_in
from geodata.columns.mapping import LEVELS, write_mapping
from geodata.columns.opening import OpenFile, open_incidents
from geodata.columns.options import ReadingOptions
from geodata.columns.reading import read_batch
from geodata.findings import Report

if TYPE_CHECKING:
    from geodata.atlas import Atlas

__all__ = ["Inspection", "Preview", "inspect_file", "write_repairs"]

_PREVIEW = 10


@dataclass(frozen=True)
class Preview:
    """One row as it would be read."""

    row: int
    latitude: float | None
    longitude: float | None
    radius_m: float | None
    radius_source: str
    first: dt.date | None
    last: dt.date | None
    trouble: tuple[str, ...]


@dataclass(frozen=True)
class Inspection:
    """What is known of a file after reading it whole."""

    source: OpenFile
    rows: int
    troubled: int
    preview: tuple[Preview, ...]
    report: Report

    def mapping_text(self) -> str:
        """Return the mapping as TOML, with the first rows as read as comments."""
        lines = [f"The first {len(self.preview)} of {self.rows} rows, as read:"]
        lines += [preview_line(one) for one in self.preview]
        return write_mapping(self.source.mapping, self.source.schema.names, "\n".join(lines))


def inspect_file(
    path: str | Path,
    options: ReadingOptions | None = None,
    *,
    atlas: Atlas | None = None,
    keep_rows: bool = False,
) -> Inspection:
    """Read a file whole, and tell what was mended, doubted and refused in it.

    With `keep_rows` the report has every row, for `write_repairs`.

    Raises
    ------
    InputError, CRSError
        The file cannot be read, or something has to be stated.
    """
    source = open_incidents(path, options, atlas=atlas)
    report = Report(keep_rows=keep_rows)
    report.add(source.findings)
    doctor = Doctor(source.plan)
    preview: list[Preview] = []
    rows = troubled = 0
    for batch in source.batches():
        found = read_batch(batch, source.plan)
        report.add(found.findings)
        doctor.see(batch, found)
        for i in range(min(_PREVIEW - len(preview), len(found))):
            preview.append(_preview(found, i, rows + i + 1))
        rows += len(found)
        troubled += int((found.reasons != 0).sum())
    report.add(doctor.findings())
    return Inspection(source, rows, troubled, tuple(preview), report)


def _preview(found: Incidents, i: int, row: int) -> Preview:
    def number(value: Any) -> float | None:
        return None if np.isnan(value) else float(value)

    def day(value: Any) -> dt.date | None:
        return None if value == NO_DAY else dt.date(1970, 1, 1) + dt.timedelta(days=int(value))

    return Preview(
        row,
        number(found.latitude[i]),
        number(found.longitude[i]),
        number(found.radius_m[i]),
        found.radius_sources[found.radius_source[i]],
        day(found.first[i]),
        day(found.last[i]),
        tuple(reason.value for reason in reasons_in(found.reasons[i])),
    )


def preview_line(one: Preview) -> str:
    """Return one row as read, on one line."""
    place = "no place"
    if one.latitude is not None and one.longitude is not None:
        place = f"{one.latitude:.6f}, {one.longitude:.6f}"
    radius = "radius unknown" if one.radius_m is None else f"radius {one.radius_m:g} m"
    radius = f"{radius} ({one.radius_source})"
    if one.radius_source in LEVELS:
        radius = f"polygon of a {one.radius_source}"
    days = "no date" if one.first is None or one.last is None else one.first.isoformat()
    if one.first != one.last and one.last is not None:
        days += f"/{one.last.isoformat()}"
    trouble = f"  {', '.join(one.trouble)}" if one.trouble else ""
    return f"{one.row}: {place}  {radius}  {days}{trouble}"


def write_repairs(path: str | Path, report: Report) -> int:
    """Write every finding row by row as a table, in the format of the suffix; return how many.

    The report must have kept its rows. Row 0 is the file as a whole. Foreign text that a
    spreadsheet could run is defused.
    """
    import pyarrow as pa

    from geodata.formats.writing import write_table

    names = ("row", "column", "severity", "kind", "before", "after")
    rows = list(report.rows())
    columns: list[Any] = list(zip(*rows, strict=True)) if rows else [[] for _ in names]
    kinds = [pa.int64(), *[pa.string()] * 5]
    table = pa.table(
        [pa.array(list(cells), kind) for cells, kind in zip(columns, kinds, strict=True)],
        names=list(names),
    )
    count, _ = write_table(path, table.schema, table.to_batches(), guard_formulas=True)
    return count
