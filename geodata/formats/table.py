"""A file as rows and columns, before anything in it is given a meaning."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from geodata.errors import InputError
from geodata.findings import Finding, Severity
from geodata.grammar import load

if TYPE_CHECKING:
    import pyarrow as pa

HEADER = b"dezone.header"
"""Metadata of a field: the header as it stands in the file, where the name had to differ."""

JSON_TEXT = b"dezone.json"
"""Metadata of a field: its cells are JSON texts, not strings."""

RAGGED = b"dezone.ragged"
"""Metadata of a batch: rows (counted from 0 in the batch) with too many or too few cells."""

FIRST_ROW = b"dezone.first-row"
"""Metadata of a batch: the number of its first row; the first row of a file is 1."""

MOST_COLUMNS = 16_384
"""As many as a spreadsheet can have; a file with more is probably broken."""

Scan = Callable[[int, "Sequence[str] | None"], "Iterator[pa.RecordBatch]"]


@dataclass(frozen=True)
class Dialect:
    """How a delimited file is written."""

    separator: str = ","
    line_end: str = "\n"
    bom: bool = False
    suffix: str = ".csv"


@dataclass(frozen=True)
class Table:
    """Rows and columns of a file.

    `scan` yields batches of at most so many rows, with only the columns named if any are; it can
    be called again. `geometry` names a column of WKB in `crs` (None: the file states none).
    `epoch` is that of a workbook's serial dates, `moments` are columns that say when something was
    where no other does. `keep` holds what must outlive the table, such as
    temporary files.
    """

    format: str
    schema: pa.Schema
    scan: Scan
    rows: int | None = None
    findings: tuple[Finding, ...] = ()
    geometry: str | None = None
    crs: str | None = None
    layer: str | None = None
    epoch: Literal[1900, 1904] | None = None
    dialect: Dialect | None = None
    parts: tuple[str, ...] = ()
    keep: tuple[Any, ...] = field(default=(), repr=False)
    moments: tuple[str, ...] = ()


Piece = tuple["pa.RecordBatch", Any]
"""A batch, and which of its rows have lost something: an array of bool, or None."""


class Broken(Exception):  # noqa: N818  (told as an InputError)
    """Nothing more can be read from here; its text says what was found."""


@dataclass(frozen=True)
class Layer:
    """A layer of a file, before it is known whether the file is whole.

    Attributes
    ----------
    name
        As the file has it.
    schema, geometry, crs
        As in `Table`.
    pieces
        Called with a size and the names of columns (None: all), yields pieces; raises `Broken`.
    declared
        How many rows the file says it has; None where it does not say.
    broken
        What was found wrong while the file was opened; empty where nothing was.
    findings
        What is to be told of the file.
    moments
        As in `Table`.
    """

    name: str
    schema: pa.Schema
    geometry: str | None
    crs: str | None
    pieces: Callable[[int, Sequence[str] | None], Iterator[Piece]]
    declared: int | None = None
    broken: str = ""
    findings: tuple[Finding, ...] = ()
    moments: tuple[str, ...] = ()


@dataclass
class Job:
    """One file to write: what goes in, and what is counted on the way.

    `like` is the table that the rows come from, whose dialect, epoch, layer and CRS are kept;
    `tags` is a row to be written before the others. `guard` defuses cells that a spreadsheet would
    run. `workers` is the number of threads, one for each core where 0.
    """

    schema: pa.Schema
    rows_in: Iterable[pa.RecordBatch]
    suffix: str
    like: Table | None = None
    tags: Sequence[str] | None = None
    guard: bool = False
    workers: int = 0
    rows: int = 0
    findings: list[Finding] = field(default_factory=list)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the batches, counting their rows."""
        for batch in self.rows_in:
            yield batch
            self.rows += batch.num_rows

    def crs(self) -> str | None:
        """Return the CRS of the geometries, None where the source does not say.

        It is that of the source's own, whether or not positions were taken from them; points that
        are added are longitude and latitude.
        """
        if self.like is None or geometry_column(self.like.schema) is None:
            return "EPSG:4326"
        return self.like.crs


def geometry_column(schema: pa.Schema) -> str | None:
    """Return the name of the column of geometries, None where there is none."""
    import json

    for one in schema:
        if (one.metadata or {}).get(b"ARROW:extension:name", b"").startswith(b"geoarrow.wkb"):
            return str(one.name)
    raw = (schema.metadata or {}).get(b"geo")
    return None if raw is None else str(json.loads(raw)["primary_column"])


def about_file(severity: Severity, kind: str, before: str, after: str) -> Finding:
    """Return a finding about the file as a whole."""
    import numpy as np

    return Finding(severity, kind, "", before, after, np.empty(0, dtype=np.int64))


def unique(headers: Sequence[str]) -> tuple[list[str], list[Finding]]:
    """Return a name of its own for each header, and what had to be changed for that.

    Raises
    ------
    InputError
        There are none, or more than a spreadsheet can have.
    """
    if not headers:
        raise InputError("expected a header with the names of the columns, found none; add one.")
    if len(headers) > MOST_COLUMNS:
        raise InputError(
            f"expected at most {MOST_COLUMNS} columns, found {len(headers)}; check the separator, "
            "or leave out columns."
        )
    names: list[str] = []
    taken = set(headers)
    seen: set[str] = set()
    findings: list[Finding] = []
    tried: dict[str, int] = {}  # by name: the last number, all below which are taken
    for position, header in enumerate(headers, start=1):
        name = header
        if not header.strip():
            name = f"column_{position}"
        plain = header.strip() or "column"
        while name in seen or (name != header and name in taken):
            tried[plain] = tried.get(plain, 1) + 1
            name = f"{plain}_{tried[plain]}"
        if name != header:
            kind = "no-header" if not header.strip() else "same-header"
            findings.append(about_file(Severity.REPAIR, kind, header, f"called {name!r} here"))
        seen.add(name)
        names.append(name)
    return names, findings


def check_filled(name: str, rows: int, columns: int, filled: int) -> None:
    """Refuse rows that nearly all lack most of a table's columns; `filled` counts their cells."""
    if is_sparse(rows * columns, filled):
        raise InputError(
            f"{name}: expected rows about as long as the header, found {filled} cells in {rows} "
            f"rows below {columns} columns; leave out the columns that hold nothing."
        )


def is_sparse(cells: int, filled: int) -> bool:
    """Tell whether so few of a table's cells hold something that it would fill any memory."""
    return cells > _MOST_EMPTY and cells > _MOST_SPARSE * filled


_MOST_EMPTY: int = load("limits")["cells"]["always"]
_MOST_SPARSE: int = load("limits")["cells"]["sparse"]


def field_of(name: str, header: str, kind: Any) -> pa.Field:
    """Return a field that remembers its header."""
    import pyarrow as pa

    metadata = None if name == header else {HEADER: header.encode()}
    return pa.field(name, kind, metadata=metadata)


def checked(batch: pa.RecordBatch, name: str) -> pa.RecordBatch:
    """Return the batch if its texts are UTF-8, which the writers of some files do not see to."""
    import pyarrow as pa

    for name_of, column in zip(batch.schema.names, batch.columns, strict=True):
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            try:
                column.validate(full=True)
            except pa.ArrowInvalid as error:
                raise InputError(
                    f"{name}: expected text in UTF-8 in column {name_of!r}, found other bytes; "
                    "write the file anew."
                ) from error
    return batch


def marks(batch: pa.RecordBatch) -> tuple[int, list[int]]:
    """Return the number of a batch's first row, and which of its rows are ragged."""
    metadata = batch.schema.metadata or {}
    ragged = metadata.get(RAGGED, b"").decode()
    return int(metadata.get(FIRST_ROW, b"1")), [int(row) for row in ragged.split(",") if row]


def ragged_findings(rows: Sequence[int], first_row: int) -> list[Finding]:
    """Return the refusal of rows that have more or fewer cells than the header."""
    import numpy as np

    if not rows:
        return []
    why = "not as many cells as the header, so nobody can tell which is which"
    numbers = np.asarray(rows, dtype=np.int64) + first_row
    return [Finding(Severity.REFUSAL, "ragged-row", "", "", why, numbers)]


def headers(schema: pa.Schema) -> list[str]:
    """Return the headers as they stood in the source."""
    return [(f.metadata or {}).get(HEADER, f.name.encode()).decode() for f in schema]
