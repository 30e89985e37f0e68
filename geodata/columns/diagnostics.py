"""A file looked at as a whole: ten rows as read, and what only all rows together show."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geodata.columns.areas import LEVELS
from geodata.columns.cells import Bools, Ints, Keys, blank, cell_keys, row_keys
from geodata.columns.headers.unused import unused_place
from geodata.columns.incidents import NO_DAY, Incidents, Reason, reasons_in
from geodata.columns.mapping import write_mapping
from geodata.columns.opening import OpenFile, open_incidents
from geodata.columns.options import ReadingOptions
from geodata.columns.plan import SharedPoints
from geodata.columns.reading import read_batch
from geodata.errors import InputError
from geodata.findings import Finding, Log, Severity
from geodata.formats.table import about_file

if TYPE_CHECKING:
    import pyarrow as pa

    from geodata.atlas import Atlas

_PREVIEW = 10
MOST_ROWS = 2_000_000
"""Rows that are looked at for duplicates and shared points, where a file is inspected."""

FEW_ROWS = 50_000
"""Rows that are looked at for these while something else is done with the file."""

_MOST_POINTS = 10


class Diagnostics:
    """All that is found in a file, seen batch after batch: the one list that every command shows.

    Parameters
    ----------
    source
        The file, of which something may have been found already.
    log
        Where to gather it; a new one where None.
    most_rows
        How many rows are looked at for duplicates and shared points; memory does not grow with
        those that follow.
    """

    def __init__(
        self,
        source: OpenFile,
        *,
        log: Log | None = None,
        most_rows: int = MOST_ROWS,
    ) -> None:
        self.plan, self._names = source.plan, source.schema.names
        self.log = Log() if log is None else log
        self.log.add(source.findings)
        self._most = most_rows
        self.rows = self.looked = self.nowhere = 0
        self._points = SharedPoints()
        self._seen, self._ids = Seen(), Seen()
        self._twice = self._same_id = np.zeros(0, dtype=np.int64)

    def see(self, batch: pa.RecordBatch | None, incidents: Incidents) -> None:
        """Take in what was read of one batch, and the batch itself if it has all columns."""
        self.log.add(incidents.findings)
        self.nowhere += int(np.count_nonzero(incidents.reasons & Reason.NO_LOCATION.bit))
        if self.looked < self._most:
            if batch is not None:
                self._duplicates(batch, self.rows)
            self._points.add(incidents.latitude, incidents.longitude)
            self.looked += len(incidents)
        self.rows += len(incidents)

    def see_rows(self, batches: Iterable[pa.RecordBatch]) -> None:
        """Look for duplicates in rows of all columns, where `see` gets none of these."""
        before = 0
        for batch in batches:
            self._duplicates(batch.slice(0, self._most - before), before)
            before += batch.num_rows
            if before >= self._most:
                return

    def close(self, *, strict: bool = False) -> Log:
        """Return all that was found, when the last batch was seen.

        Raises
        ------
        InputError
            With `strict`, where there is a warning.
        """
        self.log.add(self._findings())
        warning = self.log.first(Severity.WARNING) if strict else None
        if warning is not None:
            raise InputError(
                f"expected a file without warnings, since --strict is given, found {warning}; "
                "`dezone inspect` shows them all."
            )
        return self.log

    def _duplicates(self, batch: pa.RecordBatch, before: int) -> None:
        keys = [cell_keys(column) for column in batch.columns]
        again = self._seen.again(row_keys(keys, batch.num_rows))
        self._twice = np.append(self._twice, before + 1 + np.flatnonzero(again))
        name = self.plan.mapping.id
        if name is not None:
            at = batch.schema.get_field_index(name)
            rows = np.flatnonzero(~blank(batch.column(at)))
            rows = rows[self._ids.again(keys[at][rows])]
            self._same_id = np.append(self._same_id, before + 1 + rows)

    def _findings(self) -> tuple[Finding, ...]:
        """Return what the file as a whole shows."""
        found: list[Finding] = []

        def note(kind: str, column: str, before: str, after: str, rows: Ints) -> None:
            if rows.size:
                found.append(Finding(Severity.WARNING, kind, column, before, after, rows))

        note("duplicate-row", "", "", "the same as an earlier row in every cell", self._twice)
        name = self.plan.mapping.id or ""
        only_id = np.array(
            sorted({*self._same_id.tolist()} - {*self._twice.tolist()}), dtype=np.int64
        )
        note("duplicate-id", name, "", "an earlier row has the same id, and other cells", only_id)
        points = self._points
        for (latitude, longitude), count in points.shared()[:_MOST_POINTS]:
            found.append(
                about_file(
                    Severity.WARNING,
                    "shared-point",
                    f"{latitude:g}, {longitude:g}",
                    f"{count} of {points.total} incidents share it: a place, or a placeholder?",
                )
            )
        if self.nowhere and (unused := unused_place(self._names, self.plan.mapping)):
            found.append(unused)
        axes = self.plan.proofs.axes() if self.log.count("swapped-axes") else None
        if axes is not None and axes.swapped:
            why = (
                f"{axes.swapped} rows fit the country only with their axes swapped, "
                f"{axes.as_read} only as read, {axes.both} either way, {axes.neither} neither; "
                "nothing was changed"
            )
            if axes.point_to_an_exchange:
                cure = "exchange latitude and longitude in a mapping file"
                if self.plan.mapping.position:
                    cure = "call the column 'lon lat'"
                why += ", and verdicts that a swap would change are uncertain "
                why += f"(if they are swapped, {cure})"
            found.append(about_file(Severity.WARNING, "axes", "", why))
        if self.rows > self.looked and self._most == MOST_ROWS:
            found.append(
                about_file(
                    Severity.WARNING,
                    "not-looked-at",
                    "",
                    f"duplicates and shared points after row {self.looked}",
                )
            )
        return tuple(found)


# -- what occurs more than once ----------------------------------------------------------------


class Seen:
    """Keys that were seen before.

    Examples
    --------
    >>> seen = Seen()
    >>> seen.again(np.array([3, 5, 3], dtype=np.uint64)).tolist()
    [False, False, True]
    >>> seen.again(np.array([5, 7], dtype=np.uint64)).tolist()
    [True, False]
    """

    def __init__(self) -> None:
        self._keys = np.zeros(0, dtype=np.uint64)

    def again(self, keys: Keys) -> Bools:
        """Tell of each key whether it was seen before, here or earlier; take them in."""
        present, first = np.unique(keys, return_index=True)
        again = np.ones(len(keys), dtype=bool)
        at = np.searchsorted(self._keys, present)
        known = np.append(self._keys, np.uint64(0))[at] == present
        known[at == len(self._keys)] = False
        again[first[~known]] = False
        self._keys = np.insert(self._keys, at[~known], present[~known])
        return again


# -- a file read whole ----------------------------------------------------------------------------


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
    log: Log

    @property
    def is_doubtful(self) -> bool:
        """Whether there is a warning or a refusal."""
        return any(map(self.log.kinds, (Severity.WARNING, Severity.REFUSAL)))

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
    """Read a file whole: its first rows as read, and its repairs, warnings and refusals.

    With `keep_rows` the log has every row, for `write_repairs`.

    Raises
    ------
    InputError, CRSError
        The file cannot be read, or something has to be stated.
    """
    source = open_incidents(path, options, atlas=atlas)
    diagnostics = Diagnostics(source, log=Log(keep_rows=keep_rows))
    preview: list[Preview] = []
    rows = troubled = 0
    for batch in source.batches():
        found = read_batch(batch, source.plan)
        diagnostics.see(batch, found)
        for i in range(min(_PREVIEW - len(preview), len(found))):
            preview.append(_preview(found, i, rows + i + 1))
        rows += len(found)
        troubled += int((found.reasons != 0).sum())
    return Inspection(source, rows, troubled, tuple(preview), diagnostics.close())


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


def write_repairs(path: str | Path, log: Log) -> int:
    """Write every finding row by row as a table, in the format of the suffix; return how many.

    The log must have kept its rows. Row 0 is the file as a whole. Foreign text that a
    spreadsheet could run is defused.
    """
    import pyarrow as pa

    from geodata.formats.writing import write_table

    names = ("row", "column", "severity", "kind", "before", "after")
    rows = list(log.rows())
    columns: list[Any] = list(zip(*rows, strict=True)) if rows else [[] for _ in names]
    kinds = [pa.int64(), *[pa.string()] * 5]
    table = pa.table(
        [pa.array(list(cells), kind) for cells, kind in zip(columns, kinds, strict=True)],
        names=list(names),
    )
    count, _ = write_table(path, table.schema, table.to_batches(), guard_formulas=True)
    return count
